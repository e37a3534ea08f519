//! Envelopes that are forged, replayed, re-encoded, expired or from the future, live and by repair.

use std::time::Duration;

use bytes::Bytes;
use tazcom_gossip::{By, CloseReason, Config, Held, Input, Output};
use tazcom_proto::mesh::MeshFrame;
use tazcom_proto::sync::SyncFrame;
use tazcom_proto::{Hlc, UnixMillis, VerifiedEnvelope};

use crate::victim::{TODAY, Victim, draft, forged, key, made, message};

const HOUR: i64 = 3_600_000;

/// Whether it is delivered when it is pushed, and when it is offered.
fn taken(envelope: &VerifiedEnvelope) -> [bool; 2] {
    [true, false].map(|live| {
        let mut victim = Victim::new(Config::lan());
        let peer = victim.neighbour(1);
        match live {
            true => victim.push(peer, envelope.bytes()),
            false => victim.repair(peer, &[envelope.bytes().clone()], &[envelope.id()]),
        }
        assert_eq!(victim.closed(), [], "clocks may differ");
        !victim.delivered().is_empty()
    })
}

#[test]
fn a_bad_signature_costs_whoever_passed_it_on_its_session() {
    let envelope = message(9, "hello");
    let mut victim = Victim::new(Config::lan());
    let (liar, honest) = (victim.neighbour(1), victim.neighbour(2));
    victim.push(liar, &forged(&envelope));
    assert_eq!(victim.closed(), [(liar, CloseReason::BadSignature)]);
    assert!(victim.delivered().is_empty());
    assert!(victim.sent_mesh(honest).is_empty());
    // It was not remembered under that id: the true one is still taken.
    victim.push(honest, envelope.bytes());
    assert_eq!(victim.delivered(), [(envelope.id(), By::Live)]);
}

#[test]
fn a_bad_signature_does_the_same_in_repair() {
    let envelope = message(9, "hello");
    let mut victim = Victim::new(Config::lan());
    let liar = victim.neighbour(1);
    victim.repair(liar, &[forged(&envelope)], &[envelope.id()]);
    assert_eq!(victim.closed(), [(liar, CloseReason::BadSignature)]);
    assert!(victim.delivered().is_empty());
}

#[test]
fn forging_an_author_does_not_empty_its_bucket() {
    let mut victim = Victim::new(Config::lan());
    let honest = victim.neighbour(1);
    for n in 2..102 {
        let liar = victim.neighbour(n);
        victim.push(liar, &forged(&message(1, &n.to_string())));
        victim.tell(Input::SessionDown { peer: liar });
    }
    assert_eq!(victim.stats().bad_signatures, 100);
    victim.push(honest, message(1, "hello").bytes());
    assert_eq!(victim.delivered().len(), 1);
}

#[test]
fn one_message_under_two_signatures_is_one() {
    // An author can sign twice. Whoever comes second is not even looked at.
    let envelope = message(9, "hello");
    let mut victim = Victim::new(Config::lan());
    let (one, other) = (victim.neighbour(1), victim.neighbour(2));
    victim.push(one, envelope.bytes());
    victim.push(other, &forged(&envelope));
    assert_eq!(victim.delivered().len(), 1);
    assert_eq!(victim.closed(), []);
    assert_eq!(victim.sent_mesh(other).last(), Some(&MeshFrame::Prune));
    // And what is sent on bears the signature that was verified.
    victim.out.clear();
    let id = Some(envelope.id());
    victim.mesh(other, &MeshFrame::Graft { id, round: 1 });
    let sent = victim.sent_mesh(other);
    assert!(
        matches!(&sent[..], [MeshFrame::Gossip { envelope: sent, .. }] if sent == envelope.bytes())
    );
}

#[test]
fn another_encoding_of_the_same_is_no_envelope() {
    let envelope = message(9, "hello");
    let mut bytes = envelope.bytes().to_vec();
    // The head of the body: a map whose length is written in two bytes.
    let head = bytes[32];
    bytes.splice(32..33, [0xb8, head & 0x1f]);
    let mut victim = Victim::new(Config::lan());
    let peer = victim.neighbour(1);
    victim.push(peer, &Bytes::from(bytes));
    assert_eq!(victim.closed(), [(peer, CloseReason::Malformed)]);
}

#[test]
fn times_are_believed_within_the_window_and_not_beyond() {
    let minute = 60_000;
    let week = 7 * 24 * HOUR;
    for (from_now, taken_in) in [
        (0, true),
        (24 * HOUR, true),
        (24 * HOUR + minute, false),
        (10 * 365 * 24 * HOUR, false),
        (-20 * HOUR, true),
        (-week, true),
        (-week - 9 * minute, true),
        (-week - 11 * minute, false),
        (-10 * 365 * 24 * HOUR, false),
        (i64::MIN, false),
    ] {
        let envelope = made(9, "hello", from_now);
        assert_eq!(taken(&envelope), [taken_in; 2], "{from_now} ms from now");
    }
}

#[test]
fn a_clock_that_orders_may_run_ahead_for_three_days_and_no_more() {
    for (hours, taken_in) in [(71, true), (73, false)] {
        let mut draft = draft("hello", TODAY);
        draft.hlc = Hlc {
            millis: UnixMillis(TODAY.0 + hours * 3_600_000),
            counter: u32::MAX,
        };
        assert_eq!(taken(&draft.sign(&key(9)).unwrap()), [taken_in; 2]);
    }
    let mut furthest = draft("hello", TODAY);
    furthest.hlc.millis = UnixMillis(u64::MAX);
    assert_eq!(taken(&furthest.sign(&key(9)).unwrap()), [false; 2]);
}

#[test]
fn what_has_expired_here_is_not_taken_in_again() {
    let mut draft = draft("hello", TODAY);
    draft.lifetime_secs = 60;
    let envelope = draft.sign(&key(9)).unwrap();
    let mut victim = Victim::new(Config::lan());
    let peer = victim.neighbour(1);
    victim.push(peer, envelope.bytes());
    for _ in 0..30 {
        victim.pass(Duration::from_secs(30));
        victim.push(peer, envelope.bytes());
        victim.repair(peer, &[envelope.bytes().clone()], &[envelope.id()]);
        assert!(victim.delivered().is_empty());
    }
    assert_eq!(victim.gossip.held(), 0);
}

#[test]
fn what_was_evicted_is_not_taken_in_again() {
    let envelope = message(9, "hello");
    let mut victim = Victim::new(Config::lan());
    let peer = victim.neighbour(1);
    victim.push(peer, envelope.bytes());
    victim.tell(Input::Evicted(vec![envelope.id()]));
    victim.out.clear();
    victim.push(peer, envelope.bytes());
    victim.repair(peer, &[envelope.bytes().clone()], &[envelope.id()]);
    assert!(victim.delivered().is_empty());
    assert!(victim.wanted(peer).is_none());
    // Nor is it given to others.
    let ids = vec![envelope.id()];
    victim.sync(peer, &SyncFrame::Want { number: 1, ids });
    assert!(
        !victim
            .out
            .iter()
            .any(|output| matches!(output, Output::Fetch { .. }))
    );
}

#[test]
fn what_is_below_the_floor_is_not_taken_in() {
    let envelope = made(9, "hello", -HOUR);
    let mut victim = Victim::new(Config::lan());
    victim.tell(Input::Floor(UnixMillis(TODAY.0 - 1000)));
    let peer = victim.neighbour(1);
    victim.push(peer, envelope.bytes());
    assert!(victim.delivered().is_empty());
}

#[test]
fn what_the_store_holds_is_not_delivered_after_a_restart() {
    let envelope = message(9, "hello");
    let mut victim = Victim::holding(Config::lan(), [Held::from(&envelope)]);
    let (peer, other) = (victim.neighbour(1), victim.neighbour(2));
    victim.push(peer, envelope.bytes());
    assert!(victim.delivered().is_empty());
    assert!(victim.sent_mesh(other).is_empty());
}

#[test]
fn what_repair_was_faster_with_is_sent_on_along_the_tree_all_the_same() {
    let envelope = message(9, "hello");
    let mut victim = Victim::new(Config::lan());
    let (one, other) = (victim.neighbour(1), victim.neighbour(2));
    victim.repair(one, &[envelope.bytes().clone()], &[envelope.id()]);
    victim.out.clear();
    victim.push(one, envelope.bytes());
    assert!(victim.delivered().is_empty());
    assert_eq!(victim.sent_mesh(other).len(), 1);
}

#[test]
fn an_author_whose_numbers_jump_is_not_locked_out() {
    // The machine does not look at them; who shows gaps does.
    let mut victim = Victim::new(Config::lan());
    let peer = victim.neighbour(1);
    for seq in [2, 1 << 63, u64::MAX, 3, 3] {
        let mut draft = draft(&seq.to_string(), TODAY);
        draft.place = Some(tazcom_proto::Place {
            seq,
            previous: Some(message(9, "before").id()),
        });
        victim.push(peer, draft.sign(&key(9)).unwrap().bytes());
    }
    assert_eq!(victim.delivered().len(), 4);
}
