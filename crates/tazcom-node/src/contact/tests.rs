//! How a peer that is announced is seen; sessions are looked at from outside the crate.

use std::net::SocketAddr;

use tazcom_discovery::LostReason;

use super::*;

fn id(seed: u8) -> NodeId {
    NodeId::from_bytes([seed; 32])
}

fn peer(seed: u8) -> Peer {
    Peer {
        id: id(seed),
        port: 4000,
        version: "2.0".to_owned(),
        sessions: true,
        addrs: Vec::new(),
    }
}

fn ack(seed: u8, verified: bool) -> Event {
    Event::AckReceived {
        id: Some(id(seed)),
        addr: addr(),
        rtt: Duration::from_millis(1),
        verified,
    }
}

fn addr() -> SocketAddr {
    "192.168.1.5:4000".parse().unwrap()
}

/// The only contact after these events, the first of which is the discovery of peer 1.
fn after(events: &[Event]) -> (Ledger, Contact, Instant) {
    let begin = Instant::now();
    let mut ledger = Ledger::default();
    ledger.apply(&Event::PeerDiscovered(peer(1)), begin);
    for event in events {
        ledger.apply(event, begin + Duration::from_secs(1));
    }
    let mut contacts = ledger.contacts(vec![peer(1)], Vec::new());
    assert_eq!(contacts.len(), 1);
    (ledger, contacts.remove(0), begin)
}

#[test]
fn a_peer_that_is_announced_is_not_reached_yet() {
    let (_, contact, begin) = after(&[Event::PeerUpdated(peer(1))]);
    assert!(matches!(contact.reach, Reach::NotYet));
    assert_eq!(contact.announced.unwrap().since, begin);
}

#[test]
fn a_peer_that_answered_in_plain_is_so_until_it_proves_itself_or_leaves() {
    let up = Event::SessionUp {
        id: id(1),
        addr: addr(),
        name: None,
    };
    let gone = Event::PeerRemoved {
        id: id(1),
        reason: LostReason::Expired,
    };
    let is_plain = |events: &[Event]| matches!(after(events).1.reach, Reach::Plain);
    let plain = ack(1, false);
    assert!(is_plain(std::slice::from_ref(&plain)));
    assert!(is_plain(&[plain.clone(), Event::PeerUpdated(peer(1))]));
    assert!(!is_plain(&[plain.clone(), up]));
    assert!(!is_plain(&[
        plain.clone(),
        gone,
        Event::PeerDiscovered(peer(1))
    ]));
    assert!(!is_plain(&[ack(1, true)]));
    assert!(!is_plain(&[ack(2, false)]));
}

#[test]
fn what_anybody_claims_in_plain_says_nothing_about_a_peer() {
    let claim = Event::HelloReceived {
        from: id(1),
        addr: addr(),
        text: tazcom_proto::PeerText::new("{}"),
        verified: false,
    };
    assert!(matches!(after(&[claim]).1.reach, Reach::NotYet));
}

#[test]
fn round_trips_are_kept_no_longer_than_their_sessions() {
    let (mut ledger, ..) = after(&[ack(1, true), ack(2, true)]);
    // They were measured in sessions that are over.
    assert!(ledger.round_trips.is_empty());
    ledger.measured(id(3), Duration::from_millis(1));
    ledger.apply(&Event::Resync { missed: 1 }, Instant::now());
    assert!(ledger.round_trips.is_empty());
}
