//! Nodes that end without a goodbye.

use std::time::Duration;

use tazcom_tests::line::{Listener, invented_id};
use tazcom_tests::wire::{Announcement, Speaker};
use tazcom_tests::{Lan, NodeCommand, SOON, Signal};

use crate::namespaces;

/// The records of a host hold for 120 s (RFC 6762 section 10); 5 s are for the rest.
const EXPIRED: Duration = Duration::from_secs(125);
/// The system of a killed process closes its connections.
const AT_ONCE: Duration = Duration::from_secs(3);
/// Of two nodes the one with the larger id dials after 2.5 s, and has the rest of its time to fail.
const NOTICED: Duration = Duration::from_secs(5);
/// Two queries and ten seconds of silence (RFC 6762 section 10.4), and the dial that failed before.
const CONFIRMED: Duration = Duration::from_secs(15);

#[test]
fn a_killed_node_is_noticed_at_once_and_lost_soon() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let mut anna = NodeCommand::new("anna").spawn(&left);
    let mut bert = NodeCommand::new("bert").spawn(&right);
    anna.meets(&mut bert);
    bert.end(Signal::KILL, SOON);
    let down = anna.says("session_down", bert.id(), AT_ONCE);
    assert_eq!(down.text("reason"), "connection_lost", "{down}");
    // Its records would hold for two minutes, but nobody is where they lead.
    let lost = anna.loses(bert.id(), NOTICED + CONFIRMED);
    assert_eq!(lost.text("reason"), "unreachable", "{}", anna.account());
}

#[test]
fn slow_a_peer_that_announces_itself_no_more_is_lost_when_its_records_run_out() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let mut anna = NodeCommand::new("anna").spawn(&left);
    // It answers whenever it is greeted, so that only its records can tell.
    let address = lan.address(2);
    let listener = Listener::new(&right, address);
    let announced = Announcement {
        id: invented_id(21),
        port: listener.port,
        address,
        ttl: 120,
    };
    Speaker::new(&right, address, address).say(&announced.packet());
    anna.is_acknowledged_by(&announced.id);
    let lost = anna.loses(&announced.id, EXPIRED);
    assert_eq!(lost.text("reason"), "expired", "{}", anna.account());
}

#[test]
fn a_killed_node_is_lost_soon_once_a_dial_has_failed() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let mut anna = NodeCommand::new("anna").spawn(&left);
    let mut bert = NodeCommand::new("bert").spawn(&right);
    anna.meets(&mut bert);
    bert.end(Signal::KILL, SOON);

    // Bert's machine announces a new port in his name, as it would had he been killed right after
    // a restart: anna dials, and nobody is there.
    let address = lan.address(2);
    let last_words = Announcement {
        id: bert.id().to_owned(),
        port: 40_002,
        address,
        ttl: 120,
    };
    anna.mark();
    Speaker::new(&right, address, address).say(&last_words.packet());
    anna.warns("connection_refused", SOON);
    let lost = anna.loses(bert.id(), CONFIRMED);
    assert_eq!(lost.text("reason"), "unreachable", "{}", anna.account());
}

#[test]
fn a_node_that_refuses_connections_but_lives_is_kept() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let mut anna = NodeCommand::new("anna").spawn(&left);
    let mut bert = NodeCommand::new("bert").spawn(&right);
    anna.meets(&mut bert);

    // A stranger moves bert to a port where nobody listens. Bert is asked, answers, and stays.
    let stranger = lan.host(3);
    let forged = Announcement {
        id: bert.id().to_owned(),
        port: 40_002,
        address: lan.address(2),
        ttl: 120,
    };
    anna.mark();
    Speaker::new(&stranger, lan.address(3), lan.address(3)).say(&forged.packet());
    let bert_id = bert.id().to_owned();
    anna.expect_none("bert lives, and so does his session", CONFIRMED, |event| {
        event.is_about("peer_removed", &bert_id) || event.is_about("session_down", &bert_id)
    });
    // What anna believes last is the truth again.
    let at = bert.at(lan.address(2));
    let last = anna
        .events()
        .iter()
        .rev()
        .find(|event| event.is_about("peer_updated", &bert_id))
        .cloned();
    assert!(
        last.is_none_or(|event| event.addr() == at),
        "{}",
        anna.account()
    );
}
