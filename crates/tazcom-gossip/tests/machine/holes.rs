//! What the bare engine lets happen (its unit tests show that it does) and the machine does not.

use std::time::Duration;

use tazcom_gossip::{By, Config, Output};
use tazcom_identity::NodeId;
use tazcom_proto::MessageId;
use tazcom_proto::mesh::{IHave, MeshFrame};
use tazcom_proto::sync::{SyncFrame, UnlinkReason};

use crate::victim::{Victim, key, message};

fn ihaves(from: u32, count: u32) -> MeshFrame {
    let list = (from..from + count).map(|n| IHave {
        id: MessageId::of(&n.to_be_bytes()),
        round: 0,
    });
    MeshFrame::IHave(list.collect())
}

#[test]
fn hole_1_a_round_of_65535_is_taken_for_64() {
    let mut victim = Victim::new(Config::lan());
    let (one, other) = (victim.neighbour(1), victim.neighbour(2));
    let envelope = message(9, "hello").bytes().clone();
    let round = u16::MAX;
    victim.mesh(one, &MeshFrame::Gossip { round, envelope });
    victim.mesh(one, &MeshFrame::Graft { id: None, round });
    let id = MessageId::of(b"x");
    victim.mesh(one, &MeshFrame::IHave(vec![IHave { id, round }]));
    victim.pass(Duration::from_secs(1));
    let pushed = victim.sent_mesh(other);
    assert!(matches!(pushed[..], [MeshFrame::Gossip { round: 64, .. }]));
    let grafts = victim.sent_mesh(one);
    assert!(matches!(grafts[..], [MeshFrame::Graft { round: 64, .. }]));
    assert_eq!(victim.closed(), []);
}

#[test]
fn hole_2_invented_announcements_are_limited_and_forgotten() {
    let mut victim = Victim::new(Config::lan());
    let liar = victim.neighbour(1);
    let before = victim.gossip.entries();
    let mut most = 0;
    for n in 0..2000 {
        victim.mesh(liar, &ihaves(n * 128, 128));
        victim.pass(Duration::from_millis(10));
        victim.out.clear();
        most = most.max(victim.gossip.entries());
    }
    // A quarter of a million came within 20 s; 2,000 at once and 500 a second were let through.
    assert!(victim.stats().session_rate > 1500);
    assert!(most - before < 6000, "{most} entries");
    victim.pass(Duration::from_secs(10));
    // What is left are the ids announced last, which are never more than so many.
    assert!(victim.gossip.entries() - before <= 2048 + 256);
}

#[test]
fn hole_2_an_announcement_repeated_costs_nothing() {
    let mut victim = Victim::new(Config::lan());
    let liar = victim.neighbour(1);
    for _ in 0..10 {
        victim.mesh(liar, &ihaves(0, 128));
    }
    victim.out.clear();
    victim.pass(Duration::from_secs(2));
    assert_eq!(victim.sent_mesh(liar).len(), 128, "one graft each");
}

#[test]
fn holes_3_and_4_no_frame_of_the_membership_has_a_number_on_our_wire() {
    let mut victim = Victim::new(Config::lan());
    let liar = victim.neighbour(1);
    // The engine's own encoding of a shuffle.
    let bytes = [&[b't'; 32][..], &[0, 2, 9, 0, 0xff, 0xff, 3]].concat();
    victim.bytes(liar, tazcom_gossip::Channel::Gossip, bytes);
    assert_eq!(victim.closed().len(), 1);
}

#[test]
fn hole_5_nobody_is_pushed_out_by_those_who_ask() {
    let mut config = Config::lan();
    (config.links.all_up_to, config.links.all_again_at) = (8, 6);
    let mut victim = Victim::new(config);
    for n in 1..=40 {
        victim.session(n);
    }
    victim.pass(Duration::from_secs(2));
    let chosen: Vec<NodeId> = (1..=40)
        .map(|n| key(n).node_id())
        .filter(|peer| {
            let last = victim
                .sent_sync(*peer)
                .into_iter()
                .rev()
                .find(|frame| matches!(frame, SyncFrame::Link { .. } | SyncFrame::Unlink(_)));
            last == Some(SyncFrame::Link { chosen: true })
        })
        .collect();
    assert_eq!(chosen.len(), 4);
    for peer in &chosen {
        victim.sync(*peer, &SyncFrame::Link { chosen: false });
    }
    // All the others ask, again and again.
    for _ in 0..10 {
        for n in 1..=40 {
            let peer = key(n).node_id();
            if !chosen.contains(&peer) {
                victim.sync(peer, &SyncFrame::Link { chosen: true });
            }
        }
        victim.pass(Duration::from_secs(2));
    }
    let links: Vec<NodeId> = victim.gossip.links().collect();
    assert!(chosen.iter().all(|peer| links.contains(peer)));
    assert_eq!(links.len(), 4 + 12);
    assert!(
        !victim
            .out
            .iter()
            .any(|output| matches!(output, Output::Unlinked { .. }))
    );
}

#[test]
fn hole_6_a_neighbour_that_announces_and_never_delivers_is_replaced() {
    let mut config = Config::lan();
    (config.links.all_up_to, config.links.all_again_at) = (8, 6);
    let mut victim = Victim::new(config);
    for n in 1..=40 {
        victim.session(n);
    }
    victim.pass(Duration::from_secs(2));
    let asked: Vec<NodeId> = (1..=40)
        .map(|n| key(n).node_id())
        .filter(|peer| victim.sent_sync(*peer).last() == Some(&SyncFrame::Link { chosen: true }))
        .collect();
    for peer in &asked {
        victim.sync(*peer, &SyncFrame::Link { chosen: false });
    }
    let liar = asked[0];
    for n in 0..20 {
        victim.mesh(liar, &ihaves(n, 1));
        victim.pass(Duration::from_secs(1));
    }
    victim.out.clear();
    victim.pass(Duration::from_secs(300));
    assert_eq!(victim.stats().replaced, 1);
    assert!(
        victim
            .sent_sync(liar)
            .contains(&SyncFrame::Unlink(UnlinkReason::Enough))
    );
    assert!(victim.gossip.links().all(|link| link != liar));
}

#[test]
fn hole_7_whoever_is_no_neighbour_is_not_pushed_to() {
    let mut config = Config::lan();
    (config.links.all_up_to, config.links.all_again_at) = (0, 0);
    (config.links.chosen, config.links.inbound) = (0, 0);
    let mut victim = Victim::new(config);
    let liar = victim.session(1);
    victim.mesh(liar, &MeshFrame::Graft { id: None, round: 0 });
    victim.tell(tazcom_gossip::Input::Publish(message(0, "hello")));
    victim.pass(Duration::from_secs(1));
    assert!(victim.sent_mesh(liar).is_empty());
    assert_eq!(victim.stats().unlinked, 1);
}

#[test]
fn hole_8_an_old_message_is_not_delivered_again() {
    let mut victim = Victim::new(Config::lan());
    let (liar, other) = (victim.neighbour(1), victim.neighbour(2));
    let envelope = message(9, "hello");
    victim.push(liar, envelope.bytes());
    assert_eq!(victim.delivered(), [(envelope.id(), By::Live)]);
    victim.out.clear();
    for _ in 0..20 {
        victim.pass(Duration::from_secs(130));
        victim.push(liar, envelope.bytes());
    }
    assert_eq!(victim.delivered(), []);
    assert!(victim.sent_mesh(other).is_empty());
    assert_eq!((victim.stats().duplicates, victim.stats().old), (3, 17));
}

#[test]
fn hole_9_duplicates_are_limited() {
    let mut victim = Victim::new(Config::lan());
    let liar = victim.neighbour(1);
    let envelope = message(9, "hello");
    for _ in 0..10_000 {
        victim.push(liar, envelope.bytes());
    }
    assert!(victim.sent_mesh(liar).len() <= 1200);
    assert!(victim.stats().session_rate >= 8800);
}
