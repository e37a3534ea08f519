//! The exact words, and the absence of anything a terminal would obey.

use std::net::Ipv4Addr;
use std::time::Duration;

use tazcom_discovery::{InterfaceAddr, InterfaceIndex, InterfaceKind, PeerAddr, Stats, Via};
use tazcom_node::{Backend, Tried};

use super::*;

const ID: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

fn id() -> NodeId {
    NodeId::from_bytes([1; 32])
}

fn addr() -> SocketAddr {
    "192.168.1.5:4711".parse().unwrap()
}

fn peer() -> Peer {
    Peer {
        id: id(),
        port: 4711,
        version: "2.0".to_owned(),
        sessions: true,
        addrs: vec![PeerAddr {
            ip: IpAddr::V4(Ipv4Addr::new(192, 168, 1, 5)),
            interface: None,
            via: Via::Mdns("eth0".to_owned()),
            source: None,
        }],
    }
}

#[test]
fn the_words_of_the_first_node_are_kept() {
    let id = Some(id());
    let addr = addr();
    for (event, expected) in [
        (
            Event::PeerDiscovered(peer()),
            format!("Peer Discovered: {ID} @ 192.168.1.5:4711"),
        ),
        (
            Event::PeerRemoved {
                id: self::id(),
                reason: tazcom_discovery::LostReason::Goodbye,
            },
            format!("Peer Removed: {ID}"),
        ),
        (
            Event::HelloSent { id, addr },
            format!("Sent HELLO to {ID} @ 192.168.1.5:4711"),
        ),
        (
            Event::HelloSent { id: None, addr },
            "Sent HELLO to unknown @ 192.168.1.5:4711".to_owned(),
        ),
        (
            Event::AckReceived {
                id,
                addr,
                rtt: Duration::from_millis(1),
                verified: true,
            },
            format!("Received ACK from {ID}"),
        ),
        (
            Event::SessionUp {
                id: self::id(),
                addr,
                name: None,
            },
            format!("Session with {ID} @ 192.168.1.5:4711 established"),
        ),
        (
            Event::Warning(Warning::ConnectionRefused { id, addr }),
            format!("Connection refused by {ID} @ 192.168.1.5:4711"),
        ),
        (
            Event::Warning(Warning::ConnectionTimeout { id, addr }),
            format!("Connection timeout to {ID} @ 192.168.1.5:4711"),
        ),
        (
            Event::Warning(Warning::MessageTooLarge { addr, limit: 1024 }),
            "Message from ('192.168.1.5', 4711) exceeds size limit (1024 bytes)".to_owned(),
        ),
    ] {
        let lines = lines(&event);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].text, expected);
        let is_warning = matches!(event, Event::Warning(_));
        assert_eq!(lines[0].level == Level::Warn, is_warning);
    }
}

fn interface(name: &str, kind: InterfaceKind) -> Interface {
    Interface {
        index: InterfaceIndex(2),
        name: name.to_owned(),
        kind,
        addrs: vec![InterfaceAddr {
            ip: IpAddr::V4(Ipv4Addr::new(192, 168, 1, 5)),
            prefix_len: 24,
        }],
    }
}

fn tried() -> Tried {
    Tried {
        backend: Backend::Native,
        interfaces: vec![interface("wlan0", InterfaceKind::Lan)],
        skipped: vec![interface("wg0", InterfaceKind::PointToPoint)],
        stats: Stats {
            queries_sent: 3,
            ..Stats::default()
        },
        peers_by_hand: 0,
    }
}

fn alone(tried: Tried) -> String {
    message(&Warning::Alone(Box::new(tried)))
}

#[test]
fn who_sees_nobody_is_told_what_was_tried_and_what_to_do() {
    let text = alone(tried());
    for part in [
        "Looked on wlan0 (192.168.1.5, lan). Sent 3 queries, heard 0 packets from others.",
        "Not looked on: wg0 (192.168.1.5, point-to-point).",
        "same Wi-Fi",
        "UDP 5353",
        "--interface",
        "--peer HOST:PORT",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

#[test]
fn who_hears_others_is_not_sent_to_the_wifi_settings() {
    let mut tried = tried();
    tried.stats.packets_from_others = 1;
    tried.stats.instances_refused = 2;
    let text = alone(tried);
    assert!(text.contains("heard 1 packet from others"), "{text:?}");
    assert!(text.contains("multicast works"), "{text:?}");
    assert!(text.contains("Refused 2 announcements"), "{text:?}");
    assert!(!text.contains("Wi-Fi"), "{text:?}");
}

#[test]
fn who_has_no_interface_is_told_so() {
    let text = alone(Tried {
        interfaces: Vec::new(),
        ..tried()
    });
    assert!(text.contains("Looked on no interface."), "{text:?}");
    assert!(text.contains("cable"), "{text:?}");
}

#[test]
fn who_switched_discovery_off_is_reminded() {
    let text = alone(Tried {
        backend: Backend::None,
        peers_by_hand: 1,
        ..tried()
    });
    assert!(text.contains("Discovery is off"), "{text:?}");
    assert!(text.contains("the one --peer"), "{text:?}");
}

#[test]
fn who_looked_on_loopback_alone_is_told_so() {
    let text = alone(Tried {
        interfaces: vec![interface("lo", InterfaceKind::Loopback)],
        ..tried()
    });
    assert!(text.contains("Only this machine"), "{text:?}");
}

#[test]
fn a_pretence_says_who_from_where_what_it_means_and_that_nothing_has_changed() {
    let text = message(&Warning::Pretence {
        id: id(),
        addr: addr(),
        count: 3,
    });
    for part in [
        ID,
        "192.168.1.5",
        "3 times",
        "old version",
        "encryption",
        "nothing has changed",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

#[test]
fn two_hosts_with_one_key_are_both_named() {
    let refused = "192.168.1.66:4711".parse().unwrap();
    let text = message(&Warning::TwoHosts {
        id: id(),
        kept: addr(),
        refused,
    });
    for part in [
        ID,
        "192.168.1.5:4711 stays",
        "192.168.1.66:4711 was refused",
        "stolen",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}
