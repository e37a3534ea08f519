//! What peers say their clocks say.

use tazcom_gossip::{Config, Output, Skew};
use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use tazcom_proto::sync::{Status, SyncFrame};

use crate::victim::{TODAY, Victim, made};

const HOUR: u64 = 3_600_000;

fn says(victim: &mut Victim, peer: NodeId, wall: u64) {
    victim.sync(
        peer,
        &SyncFrame::Status(Status {
            wall: UnixMillis(wall),
            floor: UnixMillis(0),
            fingerprint: [0; 16],
            answer: false,
        }),
    );
}

fn skews(victim: &Victim) -> Vec<Skew> {
    let skews = victim.out.iter().filter_map(|output| match output {
        Output::Skew(skew) => Some(*skew),
        _ => None,
    });
    skews.collect()
}

#[test]
fn a_peer_whose_clock_is_off_is_named_once() {
    let mut victim = Victim::new(Config::lan());
    let peer = victim.session(1);
    for late in [0, 10, 2000, 0] {
        says(&mut victim, peer, TODAY.0 - 3 * HOUR - late);
    }
    assert_eq!(skews(&victim), [Skew::Peer(peer, -3 * 3_600_000)]);
    says(&mut victim, peer, TODAY.0);
    assert_eq!(skews(&victim).last(), Some(&Skew::Peer(peer, 0)));
}

#[test]
fn three_peers_correct_us_and_then_messages_are_judged_by_their_time() {
    let mut victim = Victim::new(Config::lan());
    let ahead = TODAY.0 + 48 * HOUR;
    let of_theirs = made(9, "hello", 48 * 3_600_000);
    let peers = [1, 2, 3].map(|n| victim.neighbour(n));
    victim.push(peers[0], of_theirs.bytes());
    assert!(victim.delivered().is_empty());
    for peer in peers {
        says(&mut victim, peer, ahead);
    }
    assert!(skews(&victim).contains(&Skew::Ours(48 * 3_600_000)));
    assert_eq!(victim.gossip.network_time(TODAY), UnixMillis(ahead));
    victim.push(peers[0], of_theirs.bytes());
    assert_eq!(victim.delivered().len(), 1);
}

#[test]
fn one_wild_clock_among_honest_ones_moves_nothing() {
    let mut victim = Victim::new(Config::lan());
    for (n, wall) in [(1, TODAY.0), (2, u64::MAX), (3, TODAY.0 + 1000)] {
        let peer = victim.session(n);
        says(&mut victim, peer, wall);
    }
    assert_eq!(victim.gossip.network_time(TODAY), TODAY);
}
