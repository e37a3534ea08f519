//! Repair with peers that lie, ask for everything, or say nothing.

use std::time::Duration;

use tazcom_gossip::{By, CloseReason, Config, Held, Input, Output};
use tazcom_proto::sync::{Status, SyncFrame};
use tazcom_proto::{MessageId, UnixMillis, VerifiedEnvelope};

use crate::victim::{TODAY, Victim, message};

fn status(fingerprint: u8) -> SyncFrame {
    SyncFrame::Status(Status {
        wall: TODAY,
        floor: UnixMillis(0),
        fingerprint: [fingerprint; 16],
        answer: false,
    })
}

fn messages(count: u32) -> Vec<VerifiedEnvelope> {
    (0..count).map(|n| message(9, &n.to_string())).collect()
}

fn reconcile(run: u64, message: &[u8]) -> SyncFrame {
    SyncFrame::Reconcile {
        run,
        floor: UnixMillis(0),
        message: message.to_vec().into(),
    }
}

#[test]
fn envelopes_nobody_wanted_are_not_looked_at() {
    let mut victim = Victim::new(Config::lan());
    let liar = victim.neighbour(1);
    let envelopes = vec![message(9, "hello").bytes().clone()];
    victim.sync(
        liar,
        &SyncFrame::Envelopes {
            number: 1,
            last: true,
            envelopes: envelopes.clone(),
        },
    );
    // Nor when something else was.
    let wanted = message(9, "something else").id();
    victim.repair(liar, &envelopes, &[wanted]);
    assert!(victim.delivered().is_empty());
    assert_eq!(victim.stats().unsolicited, 2);
    assert_eq!(victim.closed(), []);
}

#[test]
fn what_was_wanted_is_delivered_once_and_offered_on() {
    let mut victim = Victim::new(Config::lan());
    let (one, other) = (victim.neighbour(1), victim.neighbour(2));
    let envelope = message(9, "hello");
    let bytes = envelope.bytes().clone();
    victim.repair(
        one,
        &[bytes.clone(), bytes.clone()],
        &[envelope.id(), envelope.id()],
    );
    assert_eq!(victim.delivered(), [(envelope.id(), By::Repair)]);
    victim.pass(Duration::from_millis(10));
    let offered = SyncFrame::Offer(vec![envelope.id()]);
    assert!(victim.sent_sync(other).contains(&offered));
    assert!(!victim.sent_sync(one).contains(&offered));
}

#[test]
fn nothing_is_offered_to_who_holds_the_same_as_the_one_it_came_from() {
    let mut victim = Victim::new(Config::lan());
    let (one, other) = (victim.neighbour(1), victim.neighbour(2));
    victim.sync(one, &status(7));
    victim.sync(other, &status(7));
    let envelope = message(9, "hello");
    victim.repair(one, &[envelope.bytes().clone()], &[envelope.id()]);
    victim.pass(Duration::from_secs(1));
    let offers = victim.sent_sync(other);
    assert!(
        !offers
            .iter()
            .any(|frame| matches!(frame, SyncFrame::Offer(_)))
    );
}

#[test]
fn only_so_many_messages_are_wanted_at_once_and_more_when_they_have_come() {
    let all = messages(200);
    let ids: Vec<MessageId> = all.iter().map(|one| one.id()).collect();
    let mut victim = Victim::new(Config::lan());
    let peer = victim.neighbour(1);
    victim.sync(peer, &SyncFrame::Offer(ids));
    let mut rounds = 0;
    while let Some((number, ids)) = victim.wanted(peer) {
        victim.out.clear();
        assert!(ids.len() <= 64);
        let wanted = all.iter().filter(|one| ids.contains(&one.id()));
        let envelopes = wanted.map(|one| one.bytes().clone()).collect();
        victim.sync(
            peer,
            &SyncFrame::Envelopes {
                number,
                last: true,
                envelopes,
            },
        );
        rounds += 1;
    }
    assert_eq!(rounds, 4);
    assert_eq!(victim.gossip.held(), 200);
}

#[test]
fn one_that_offers_and_does_not_deliver_is_given_up_and_another_is_asked() {
    let mut victim = Victim::new(Config::lan());
    let (liar, honest) = (victim.neighbour(1), victim.neighbour(2));
    let envelope = message(9, "hello");
    victim.sync(liar, &SyncFrame::Offer(vec![envelope.id()]));
    // As long as it is wanted of one, it is wanted of no other.
    victim.repair(honest, &[envelope.bytes().clone()], &[envelope.id()]);
    assert!(victim.delivered().is_empty());
    victim.pass(Duration::from_secs(15));
    assert_eq!(victim.stats().timed_out, 1);
    victim.repair(honest, &[envelope.bytes().clone()], &[envelope.id()]);
    assert_eq!(victim.delivered().len(), 1);
}

#[test]
fn a_peer_that_leaves_in_the_middle_leaves_nothing_behind() {
    let mut victim = Victim::new(Config::lan());
    victim.neighbour(2);
    victim.pass(Duration::from_secs(1));
    victim.out.clear();
    let before = victim.gossip.entries();
    let liar = victim.neighbour(1);
    let ids = messages(500).iter().map(|one| one.id()).collect();
    victim.sync(liar, &SyncFrame::Offer(ids));
    victim.sync(liar, &status(7));
    victim.sync(liar, &reconcile(1, &[0x61]));
    victim.tell(Input::SessionDown { peer: liar });
    victim.out.clear();
    victim.pass(Duration::from_secs(1));
    // That it was here is remembered.
    let after = victim.gossip.entries();
    assert!(after <= before + 1, "{after} entries, {before} before");
}

#[test]
fn whoever_asks_for_everything_again_and_again_is_served_at_its_pace() {
    let all = messages(1000);
    let held = all.iter().map(Held::from);
    let mut victim = Victim::holding(Config::lan(), held);
    let peer = victim.neighbour(1);
    let ids: Vec<MessageId> = all.iter().map(|one| one.id()).collect();
    let mut served = 0;
    for number in 0..1000 {
        victim.out.clear();
        let ids = ids.clone();
        victim.sync(peer, &SyncFrame::Want { number, ids });
        let fetch = victim.out.iter().find_map(|output| match output {
            Output::Fetch { request, .. } => Some(*request),
            _ => None,
        });
        if let Some(request) = fetch {
            let envelopes = all.clone();
            victim.tell(Input::Fetched { request, envelopes });
            let sent = victim.sent_sync(peer).into_iter().map(|frame| match frame {
                SyncFrame::Envelopes { envelopes, .. } => {
                    envelopes.iter().map(|one| one.len()).sum()
                }
                _ => 0,
            });
            served += sent.sum::<usize>();
        }
        victim.pass(Duration::from_millis(10));
    }
    // Ten seconds: 8,192 messages at once and 1,000 a second, whatever was asked for.
    assert!(served <= 19_000 * all[0].bytes().len(), "{served} bytes");
    assert!(served > 8000 * all[0].bytes().len(), "{served} bytes");
}

#[test]
fn a_peer_may_begin_only_so_many_runs() {
    let mut victim = Victim::new(Config::lan());
    let peer = victim.neighbour(1);
    victim.out.clear();
    for run in 0..100 {
        victim.sync(peer, &reconcile(run, &[0x61]));
    }
    let sent = victim.sent_sync(peer);
    let refused = sent
        .iter()
        .filter(|frame| matches!(frame, SyncFrame::Refuse { .. }));
    assert_eq!(refused.count(), 92);
}

#[test]
fn a_run_has_only_so_many_rounds() {
    let mut victim = Victim::new(Config::lan());
    let peer = victim.neighbour(1);
    victim.out.clear();
    for _ in 0..70 {
        victim.sync(peer, &reconcile(1, &[0x61]));
    }
    let sent = victim.sent_sync(peer);
    let answered = sent
        .iter()
        .filter(|frame| matches!(frame, SyncFrame::ReconcileReply { .. }));
    assert_eq!(
        answered.count(),
        69,
        "the 65th is refused and the next begins anew"
    );
}

#[test]
fn what_is_no_reconciliation_closes() {
    for message in [
        &[][..],
        &[0x50],
        &[0x61, 0, 0, 9],
        &[0x61, 0, 0, 2, 0xc0, 0x80, 0x80, 0],
    ] {
        let mut victim = Victim::new(Config::lan());
        let peer = victim.neighbour(1);
        victim.sync(peer, &reconcile(1, message));
        assert_eq!(
            victim.closed(),
            [(peer, CloseReason::Malformed)],
            "{message:?}"
        );
    }
}

#[test]
fn answers_to_runs_nobody_began_are_nothing() {
    let mut victim = Victim::new(Config::lan());
    let peer = victim.neighbour(1);
    let message = vec![0x61].into();
    victim.sync(peer, &SyncFrame::ReconcileReply { run: 1, message });
    victim.sync(peer, &SyncFrame::Refuse { run: 1 });
    victim.sync(peer, &SyncFrame::Done { run: 1 });
    assert_eq!(victim.closed(), []);
    assert_eq!(victim.stats().unsolicited, 2);
}

#[test]
fn offers_of_what_there_is_not_are_bounded() {
    let mut config = Config::lan();
    config.repair.max_queue = 1000;
    let mut victim = Victim::new(config);
    let liar = victim.neighbour(1);
    let before = victim.gossip.entries();
    for n in 0..60_u32 {
        let ids = (0..1024).map(|m| MessageId::of(&(n * 1024 + m).to_be_bytes()));
        victim.sync(liar, &SyncFrame::Offer(ids.collect()));
        victim.out.clear();
    }
    assert!(victim.gossip.entries() <= before + 1000 + 2 * 64);
}

#[test]
fn repair_takes_a_thousand_at_once_and_has_a_limit() {
    let mut config = Config::lan();
    config.repair.take = tazcom_gossip::Rate::new(10, 100);
    let all = messages(300);
    let ids: Vec<MessageId> = all.iter().map(|one| one.id()).collect();
    let mut victim = Victim::new(config);
    let peer = victim.neighbour(1);
    victim.sync(peer, &SyncFrame::Offer(ids));
    let serve = |victim: &mut Victim| {
        while let Some((number, ids)) = victim.wanted(peer) {
            victim.out.clear();
            let wanted = all.iter().filter(|one| ids.contains(&one.id()));
            let envelopes = wanted.map(|one| one.bytes().clone()).collect();
            victim.sync(
                peer,
                &SyncFrame::Envelopes {
                    number,
                    last: true,
                    envelopes,
                },
            );
        }
    };
    serve(&mut victim);
    assert_eq!(
        victim.gossip.held(),
        128,
        "two wishes, until the bucket is empty"
    );
    victim.pass(Duration::from_secs(3));
    serve(&mut victim);
    assert_eq!(victim.gossip.held(), 192);
}
