//! The laws of a view: what is told adds up.

use std::net::{IpAddr, Ipv4Addr};

use tazcom_discovery::{PeerAddr, Via};

use super::*;

fn peer(seed: u8, port: u16) -> Peer {
    Peer {
        id: NodeId::from_bytes([seed; 32]),
        port,
        version: "2.0".to_owned(),
        sessions: true,
        addrs: vec![addr(seed), addr(seed.wrapping_add(1))],
    }
}

fn addr(last: u8) -> PeerAddr {
    PeerAddr {
        ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)),
        interface: None,
        via: Via::Mdns("eth0".to_owned()),
        source: None,
    }
}

fn roster(peers: &[Peer]) -> Roster {
    let mut roster = Roster::default();
    for peer in peers {
        roster.apply(&Event::PeerDiscovered(peer.clone()));
    }
    roster
}

#[test]
fn a_known_peer_seen_again_is_no_news() {
    assert_eq!(roster(&[peer(1, 4000)]).present(peer(1, 4000)), None);
}

#[test]
fn another_order_of_addresses_is_no_news() {
    let mut turned = peer(1, 4000);
    turned.addrs.reverse();
    assert_eq!(roster(&[peer(1, 4000)]).present(turned), None);
}

#[test]
fn another_port_is_an_update() {
    assert_eq!(
        roster(&[peer(1, 4000)]).present(peer(1, 4001)),
        Some(Event::PeerUpdated(peer(1, 4001)))
    );
}

#[test]
fn nobody_is_removed_who_was_not_discovered() {
    let id = NodeId::from_bytes([9; 32]);
    assert_eq!(roster(&[]).gone(id, LostReason::Goodbye), None);
}

#[test]
fn the_steps_between_two_views_are_one_event_a_difference() {
    let before = roster(&[peer(1, 4000), peer(2, 4000), peer(3, 4000)]);
    let steps = before.steps_to(vec![peer(2, 4000), peer(3, 4001), peer(4, 4000)]);
    assert_eq!(
        steps,
        [
            Event::PeerRemoved {
                id: NodeId::from_bytes([1; 32]),
                reason: LostReason::Expired
            },
            Event::PeerUpdated(peer(3, 4001)),
            Event::PeerDiscovered(peer(4, 4000)),
        ]
    );
}

#[test]
fn applying_the_steps_leads_to_the_other_view() {
    let mut view = roster(&[peer(1, 4000), peer(2, 4000)]);
    let present = vec![peer(2, 4002), peer(3, 4000)];
    for step in view.steps_to(present.clone()) {
        view.apply(&step);
    }
    assert_eq!(view.peers(), present);
}
