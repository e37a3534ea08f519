//! Far too much of everything.

use std::time::Duration;

use tazcom_gossip::{Config, Held, Input};
use tazcom_proto::VerifiedEnvelope;
use tazcom_proto::sync::SyncFrame;

use crate::victim::{Victim, made, message};

#[test]
fn a_flood_of_one_author_dies_at_the_first_hop_and_leaves_the_others_alone() {
    let flood: Vec<VerifiedEnvelope> = (0..2000).map(|n| message(1, &n.to_string())).collect();
    let mut victim = Victim::new(Config::lan());
    let (flooder, honest, other) = (
        victim.neighbour(1),
        victim.neighbour(2),
        victim.neighbour(3),
    );
    let mut said = 0;
    for (n, envelope) in (0..).zip(&flood) {
        victim.push(flooder, envelope.bytes());
        if n % 200 == 0 {
            victim.push(honest, message(2, &n.to_string()).bytes());
            said += 1;
        }
        victim.pass(Duration::from_millis(5));
    }
    // 50 at once and 5 a second for 10 s.
    let (passed, live) = (victim.stats().author_rate, victim.stats().live);
    assert_eq!(live - said, 2000 - passed);
    assert!((90..=101).contains(&(live - said)), "{live} went through");
    assert_eq!(
        victim.sent_mesh(other).len() as u64,
        live,
        "and no more went on"
    );
}

#[test]
fn ten_thousand_new_authors_share_one_bucket_and_those_known_have_their_own() {
    let mut victim = Victim::holding(Config::lan(), [Held::from(&message(9000, "before"))]);
    let (flooder, honest) = (victim.neighbour(1), victim.neighbour(2));
    for n in 0..10_000 {
        // Made up as it goes: names cost nothing.
        let text = n.to_string();
        victim.push(flooder, made(10_000 + n, &text, 0).bytes());
        if n % 1000 == 0 {
            victim.push(honest, message(2, &text).bytes());
            victim.push(honest, message(9000, &text).bytes());
        }
        victim.pass(Duration::from_millis(1));
        victim.out.clear();
    }
    let stats = victim.stats();
    // Ten seconds: 1,000 at once and 50 a second, of what the session let through.
    assert!(stats.live <= 20 + 1500, "{} went through", stats.live);
    assert!(stats.session_rate + stats.stranger_rate >= 8000);
    assert_eq!(stats.author_rate, 0);
    assert!(
        victim.gossip.entries() < 20_000,
        "{} entries",
        victim.gossip.entries()
    );
    // Whoever was known before the flood still gets through at once.
    victim.push(honest, message(9000, "after").bytes());
    victim.push(honest, message(2, "after").bytes());
    assert_eq!(victim.delivered().len(), 2);
}

#[test]
fn all_neighbours_together_have_a_limit() {
    let mut config = Config::lan();
    config.authors.all = tazcom_gossip::Rate::new(10, 100);
    let mut victim = Victim::new(config);
    for n in 1..=20 {
        let peer = victim.neighbour(n);
        for m in 0..10 {
            victim.push(peer, message(n, &m.to_string()).bytes());
        }
    }
    assert_eq!(victim.stats().live, 100);
    assert_eq!(victim.stats().total_rate, 100);
}

#[test]
fn nothing_is_taken_in_when_there_is_no_room() {
    let mut config = Config::lan();
    config.max_held = 3;
    let mut victim = Victim::new(config);
    let peer = victim.neighbour(1);
    for n in 0..4 {
        victim.push(peer, message(1, &n.to_string()).bytes());
    }
    assert_eq!(victim.delivered().len(), 3);
    assert_eq!(victim.stats().full, 1);
    victim.tell(Input::Evicted(vec![message(1, "0").id()]));
    victim.push(peer, message(1, "3").bytes());
    assert_eq!(victim.delivered().len(), 4);
}

#[test]
fn own_messages_go_out_at_the_pace_at_which_others_take_them() {
    let mut victim = Victim::new(Config::lan());
    let peer = victim.neighbour(1);
    for n in 0..100 {
        victim.tell(Input::Publish(message(0, &n.to_string())));
    }
    assert_eq!(
        victim.sent_mesh(peer).len(),
        40,
        "a fifth less than others take"
    );
    victim.pass(Duration::from_secs(10));
    assert_eq!(victim.sent_mesh(peer).len(), 80);
    victim.pass(Duration::from_secs(5));
    assert_eq!(victim.sent_mesh(peer).len(), 100);
}

#[test]
fn what_was_imported_is_offered_and_not_pushed() {
    let mut victim = Victim::new(Config::lan());
    let peer = victim.neighbour(1);
    let imported: Vec<_> = (0..500).map(|n| message(9, &n.to_string())).collect();
    for envelope in &imported {
        victim.tell(Input::Publish(envelope.clone()));
    }
    victim.pass(Duration::from_millis(10));
    assert!(victim.sent_mesh(peer).is_empty());
    let ids = imported.iter().map(|one| one.id()).collect();
    assert!(victim.sent_sync(peer).contains(&SyncFrame::Offer(ids)));
}

#[test]
fn own_messages_beyond_what_may_wait_are_left_to_repair() {
    let mut config = Config::lan();
    config.max_waiting = 10;
    let mut victim = Victim::new(config);
    victim.neighbour(1);
    for n in 0..51 {
        victim.tell(Input::Publish(message(0, &n.to_string())));
    }
    assert_eq!(victim.stats().left_to_repair, 1);
    assert_eq!(victim.gossip.held(), 51);
}
