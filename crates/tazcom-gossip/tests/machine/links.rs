//! Who is a neighbour in the tree.

use std::time::Duration;

use tazcom_gossip::{Backlog, Config, Input, Output};
use tazcom_identity::NodeId;
use tazcom_proto::mesh::MeshFrame;
use tazcom_proto::sync::{SyncFrame, UnlinkReason};

use crate::victim::{Victim, key, message};

fn crowded() -> Config {
    let mut config = Config::lan();
    (config.links.all_up_to, config.links.all_again_at) = (8, 6);
    config
}

fn peer(n: u32) -> NodeId {
    key(n).node_id()
}

/// What it last said to a peer about their link.
fn last(victim: &Victim, peer: NodeId) -> Option<SyncFrame> {
    let said = victim.sent_sync(peer).into_iter().rev();
    let mut of_links =
        said.filter(|frame| matches!(frame, SyncFrame::Link { .. } | SyncFrame::Unlink(_)));
    of_links.next()
}

fn chosen(victim: &Victim, peers: std::ops::RangeInclusive<u32>) -> Vec<NodeId> {
    let link = Some(SyncFrame::Link { chosen: true });
    let all = peers.map(peer);
    all.filter(|peer| last(victim, *peer) == link).collect()
}

#[test]
fn all_sessions_are_links_up_to_the_limit_and_a_few_beyond_it() {
    let mut victim = Victim::new(Config::lan());
    for n in 1..=32 {
        victim.session(n);
    }
    assert_eq!(chosen(&victim, 1..=32).len(), 32);
    victim.session(33);
    assert_eq!(chosen(&victim, 1..=33).len(), 4);
    // The others do not have to be links any more, if the peers do not choose them either.
    for n in 5..=33 {
        victim.tell(Input::SessionDown { peer: peer(n) });
    }
    victim.pass(Duration::from_secs(2));
    assert_eq!(chosen(&victim, 1..=4).len(), 4);
}

#[test]
fn a_link_is_there_when_both_have_said_so() {
    let mut victim = Victim::new(Config::lan());
    let one = victim.session(1);
    assert_eq!(victim.gossip.links().count(), 0);
    victim.sync(one, &SyncFrame::Link { chosen: false });
    assert_eq!(victim.gossip.links().collect::<Vec<_>>(), [one]);
    assert!(victim.out.contains(&Output::Linked { peer: one }));
    victim.tell(Input::SessionDown { peer: one });
    assert!(victim.out.contains(&Output::Unlinked { peer: one }));
}

#[test]
fn a_frame_of_the_tree_may_be_faster_than_the_answer() {
    let mut victim = Victim::new(Config::lan());
    let one = victim.session(1);
    victim.push(one, message(9, "hello").bytes());
    assert_eq!(victim.delivered().len(), 1);
    assert_eq!(victim.gossip.links().count(), 1);
}

#[test]
fn a_node_in_two_networks_chooses_some_in_each() {
    let mut victim = Victim::new(crowded());
    for n in 1..=60 {
        let network = if n <= 50 { 1 } else { 2 };
        victim.tell(Input::SessionUp {
            peer: peer(n),
            network,
        });
    }
    assert_eq!(chosen(&victim, 1..=50).len(), 3);
    assert_eq!(chosen(&victim, 51..=60).len(), 3);
}

#[test]
fn whoever_refuses_is_not_asked_again_soon_and_another_is() {
    let mut victim = Victim::new(crowded());
    for n in 1..=20 {
        victim.session(n);
    }
    let refusing = chosen(&victim, 1..=20);
    for peer in &refusing {
        victim.sync(*peer, &SyncFrame::Unlink(UnlinkReason::Enough));
    }
    victim.pass(Duration::from_secs(2));
    let now = chosen(&victim, 1..=20);
    let asked_again = now.iter().filter(|peer| {
        let links = victim.sent_sync(**peer).into_iter();
        links
            .filter(|frame| matches!(frame, SyncFrame::Link { .. }))
            .count()
            > 1
    });
    assert_eq!(asked_again.count(), 0);
    assert!(now.iter().filter(|peer| !refusing.contains(peer)).count() >= 4);
}

#[test]
fn whoever_does_not_answer_is_given_up() {
    let mut victim = Victim::new(crowded());
    for n in 1..=20 {
        victim.session(n);
    }
    let silent = chosen(&victim, 1..=20);
    victim.pass(Duration::from_secs(12));
    for peer in silent {
        assert_eq!(
            last(&victim, peer),
            Some(SyncFrame::Unlink(UnlinkReason::Enough))
        );
    }
}

#[test]
fn a_link_that_neither_chooses_ends() {
    let mut victim = Victim::new(crowded());
    for n in 1..=20 {
        victim.session(n);
    }
    let chosen = chosen(&victim, 1..=20);
    let other = (1..=20)
        .map(peer)
        .find(|peer| !chosen.contains(peer))
        .unwrap();
    victim.sync(other, &SyncFrame::Link { chosen: true });
    assert_eq!(
        last(&victim, other),
        Some(SyncFrame::Link { chosen: false })
    );
    assert!(victim.gossip.links().any(|link| link == other));
    victim.sync(other, &SyncFrame::Link { chosen: false });
    assert!(victim.gossip.links().all(|link| link != other));
}

#[test]
fn a_peer_that_never_reads_is_no_link_after_ten_seconds_and_one_again_when_it_does() {
    let mut victim = Victim::new(Config::lan());
    let (slow, quick) = (victim.neighbour(1), victim.neighbour(2));
    let state = Backlog::Full;
    victim.tell(Input::Backlog { peer: slow, state });
    victim.pass(Duration::from_secs(9));
    assert_eq!(victim.gossip.links().count(), 2);
    victim.pass(Duration::from_secs(2));
    assert_eq!(victim.gossip.links().collect::<Vec<_>>(), [quick]);
    assert_eq!(
        last(&victim, slow),
        Some(SyncFrame::Unlink(UnlinkReason::Slow))
    );
    victim.out.clear();
    victim.push(quick, message(9, "hello").bytes());
    assert!(victim.sent_mesh(slow).is_empty());
    // It reads again: a link, and what it has missed is looked for.
    let state = Backlog::Drained;
    victim.tell(Input::Backlog { peer: slow, state });
    assert_eq!(last(&victim, slow), Some(SyncFrame::Link { chosen: true }));
    let asks = victim
        .sent_sync(slow)
        .into_iter()
        .any(|frame| matches!(frame, SyncFrame::Status(status) if status.answer));
    assert!(asks);
}

#[test]
fn one_who_finds_us_slow_is_not_asked_until_it_asks() {
    let mut victim = Victim::new(Config::lan());
    let one = victim.neighbour(1);
    victim.out.clear();
    victim.sync(one, &SyncFrame::Unlink(UnlinkReason::Slow));
    victim.pass(Duration::from_secs(300));
    assert_eq!(last(&victim, one), None);
    victim.sync(one, &SyncFrame::Link { chosen: true });
    assert_eq!(victim.gossip.links().count(), 1);
}

#[test]
fn a_session_that_replaces_another_begins_anew() {
    let mut victim = Victim::new(Config::lan());
    let one = victim.neighbour(1);
    victim.session(1);
    assert_eq!(victim.gossip.links().count(), 0);
    victim.sync(one, &SyncFrame::Link { chosen: true });
    victim.out.clear();
    victim.tell(Input::Publish(message(0, "hello")));
    assert!(matches!(
        victim.sent_mesh(one)[..],
        [MeshFrame::Gossip { .. }]
    ));
}
