//! What is said of a target before there is a session.

use std::net::{IpAddr, Ipv4Addr};

use tazcom_discovery::{Peer, PeerAddr, Via};
use tazcom_node::Announced;

use super::*;

fn id(seed: u8) -> NodeId {
    NodeId::from_bytes([seed; 32])
}

fn contact(seed: u8, reach: Reach) -> Contact {
    let peer = Peer {
        id: id(seed),
        port: 4711,
        version: "2.0".to_owned(),
        sessions: true,
        addrs: vec![PeerAddr {
            ip: IpAddr::V4(Ipv4Addr::new(192, 168, 1, seed)),
            interface: None,
            via: Via::Mdns("eth0".to_owned()),
            source: None,
        }],
    };
    Contact {
        id: id(seed),
        announced: Some(Announced {
            peer,
            since: std::time::Instant::now(),
        }),
        reach,
    }
}

fn target(text: &str) -> Target {
    text.parse().unwrap()
}

#[test]
fn nobody_is_meant_by_what_nobody_has() {
    let contacts = [contact(1, Reach::NotYet)];
    for text in [
        "zzzz",
        &id(2).to_string(),
        "192.168.1.1:4712",
        "laptop:4711",
    ] {
        assert_eq!(judge(&target(text), &contacts), Verdict::Nobody, "{text}");
    }
}

#[test]
fn a_peer_is_known_by_its_id_its_beginning_and_its_address() {
    let contacts = [contact(1, Reach::NotYet), contact(2, Reach::NotYet)];
    for text in ["AQEB", &id(1).to_string(), "192.168.1.1:4711"] {
        assert_eq!(judge(&target(text), &contacts), Verdict::Known, "{text}");
    }
}

#[test]
fn a_beginning_that_several_have_is_refused_with_all_of_them() {
    let mut alike = [1; 32];
    alike[31] = 2;
    let mut contacts = [contact(1, Reach::NotYet), contact(2, Reach::NotYet)];
    contacts[1].id = NodeId::from_bytes(alike);
    let Verdict::Refused(refusal) = judge(&target("AQEBAQ"), &contacts) else {
        panic!("it was not refused");
    };
    let text = refusal.to_string();
    for contact in &contacts {
        assert!(text.contains(&contact.id.to_string()), "{text}");
    }
}

#[test]
fn a_list_of_candidates_has_an_end() {
    let text = Refusal::Ambiguous {
        target: target("AAAA"),
        candidates: (0..10).map(id).collect(),
    }
    .to_string();
    assert!(text.contains(&id(7).to_string()), "{text}");
    assert!(!text.contains(&id(8).to_string()), "{text}");
    assert!(text.contains("2 more"), "{text}");
}

#[test]
fn a_plain_peer_is_refused_in_plain_words() {
    let contacts = [contact(1, Reach::Plain)];
    let Verdict::Refused(refusal) = judge(&target("AQEB"), &contacts) else {
        panic!("it was not refused");
    };
    assert!(refusal.to_string().contains("POC-02"), "{refusal}");
}
