//! Peers told by peers.

use std::net::SocketAddr;
use std::time::Duration;

use tazcom_gossip::{Config, Input, Output};
use tazcom_proto::sync::{SyncFrame, ToldPeer};

use crate::victim::{Victim, key};

fn told(n: u32) -> ToldPeer {
    let port = 1024 + u16::try_from(n).unwrap();
    ToldPeer {
        id: key(n).node_id(),
        addresses: vec![SocketAddr::from(([192, 0, 2, 1], port))],
    }
}

fn tells(victim: &Victim, n: u32) -> Vec<Vec<ToldPeer>> {
    let sent = victim.sent_sync(key(n).node_id()).into_iter();
    sent.filter_map(|frame| match frame {
        SyncFrame::Peers(peers) => Some(peers),
        _ => None,
    })
    .collect()
}

#[test]
fn neighbours_are_told_of_others_and_not_of_themselves() {
    let mut victim = Victim::new(Config::lan());
    victim.tell(Input::PeerAddresses(vec![told(1), told(2)]));
    victim.session(1);
    victim.session(3);
    assert_eq!(tells(&victim, 1), [[told(2)]]);
    assert_eq!(tells(&victim, 3), [[told(1), told(2)]]);
}

#[test]
fn changes_are_told_now_and_then_and_only_so_many_peers_at_once() {
    let mut victim = Victim::new(Config::lan());
    victim.session(1);
    for n in 2..=100 {
        victim.tell(Input::PeerAddresses((2..=n).map(told).collect()));
        victim.pass(Duration::from_millis(100));
    }
    victim.pass(Duration::from_secs(60));
    let sizes: Vec<usize> = tells(&victim, 1).iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 32]);
}

#[test]
fn what_is_told_is_passed_on_up_to_a_limit_and_without_ourselves() {
    let mut victim = Victim::new(Config::lan());
    let peer = victim.session(1);
    let peers: Vec<ToldPeer> = (0..32).map(told).collect();
    for _ in 0..10 {
        victim.sync(peer, &SyncFrame::Peers(peers.clone()));
    }
    let heard = victim.out.iter().filter_map(|output| match output {
        Output::PeersTold { from, peers } if *from == peer => Some(peers.len()),
        _ => None,
    });
    assert_eq!(heard.collect::<Vec<_>>(), [30; 4]);
}
