//! Nodes that find and greet each other, and how they tell it.

use std::time::Duration;

use tazcom_tests::{Event, Host, Node, NodeCommand, SOON, Signal};

use crate::{LOOPBACK, on_loopback};

#[test]
fn two_nodes_find_and_greet_each_other() {
    let host = Host::loopback();
    let mut anna = on_loopback("anna").spawn(&host);
    let mut bert = on_loopback("bert").spawn(&host);
    anna.meets(&mut bert);

    let found = anna.discovers(bert.id());
    assert_eq!(found.addr(), bert.at(LOOPBACK));
    assert_eq!(found.text("version"), "2.0");
    assert!(found.text("via").starts_with("mdns"), "{found}");
}

#[test]
fn five_nodes_all_greet_each_other() {
    all_greet_each_other(5);
}

#[test]
fn twenty_nodes_all_greet_each_other() {
    all_greet_each_other(20);
}

fn all_greet_each_other(count: usize) {
    let host = Host::loopback();
    let mut nodes: Vec<Node> = (0..count)
        .map(|number| on_loopback(&format!("node {number}")).spawn(&host))
        .collect();
    let ids: Vec<String> = nodes.iter().map(|node| node.id().to_owned()).collect();
    for node in &mut nodes {
        let own = node.id().to_owned();
        for peer in ids.iter().filter(|id| **id != own) {
            node.discovers(peer);
            node.is_in_session_with(peer);
        }
    }
}

#[test]
fn a_machine_with_nothing_but_loopback_needs_no_flag() {
    let host = Host::loopback();
    if !host.is_private() {
        // The real machine may have other interfaces, and they are not ours to use.
        return;
    }
    let mut anna = NodeCommand::new("anna").spawn(&host);
    let mut bert = NodeCommand::new("bert").spawn(&host);
    anna.meets(&mut bert);
}

#[test]
fn a_peer_is_greeted_once_and_not_again() {
    let host = Host::loopback();
    let mut anna = on_loopback("anna").spawn(&host);
    let mut bert = on_loopback("bert").spawn(&host);
    anna.meets(&mut bert);
    let anna_id = anna.id().to_owned();
    // The second announcement comes after one second and must not be greeted like the first.
    let such = |event: &Event| event.is_about("hello_received", &anna_id);
    bert.mark();
    bert.expect_none("anna greeted us already", Duration::from_secs(3), such);
}

#[test]
fn a_peer_given_by_hand_is_greeted_without_discovery() {
    let host = Host::loopback();
    let mut anna = on_loopback("anna").discovery("none").spawn(&host);
    let addr = anna.at(LOOPBACK);
    let mut bert = on_loopback("bert")
        .discovery("none")
        .peer(addr)
        .spawn(&host);
    anna.is_in_session_with(bert.id());
    bert.is_in_session_with(anna.id());
    let acknowledged = bert.is_acknowledged_by(anna.id());
    assert_eq!(acknowledged.addr(), addr);
    let discovered =
        |event: &Event| event.name() == "peer_discovered" && event.text("via") != "static";
    assert_eq!(anna.count(discovered) + bert.count(discovered), 0);
}

#[test]
fn every_event_says_what_and_when() {
    let host = Host::loopback();
    let mut anna = on_loopback("anna").spawn(&host);
    let mut bert = on_loopback("bert").spawn(&host);
    anna.meets(&mut bert);
    bert.end(Signal::TERM, SOON);
    for event in bert.events() {
        assert!(
            !event.name().is_empty() && event.name() != "not_json",
            "{event}"
        );
        let at = event.text("at");
        // 2026-01-31T23:59:59.123Z
        assert!(
            at.len() == 24 && at.ends_with('Z') && at.as_bytes()[19] == b'.',
            "{event}"
        );
    }
    assert_eq!(bert.events().last().map(Event::name), Some("stopped"));
}

#[test]
fn a_person_reads_the_story_in_order() {
    let host = Host::loopback();
    let mut anna = on_loopback("anna").spawn(&host);
    let mut bert = on_loopback("bert").spawn(&host);
    anna.meets(&mut bert);
    let (anna_id, anna_short, anna_addr) = (
        anna.id().to_owned(),
        anna.short().to_owned(),
        anna.at(LOOPBACK),
    );
    let (bert_id, bert_addr) = (bert.id().to_owned(), bert.at(LOOPBACK));
    // Where the session leads: to where bert listens only if it is anna who opened it.
    let session_addr = anna.says("session_up", &bert_id, SOON).addr();
    assert_eq!(session_addr == bert_addr, anna.dials(&bert));
    bert.end(Signal::TERM, SOON);
    anna.loses(&bert_id, SOON);
    anna.end(Signal::INT, SOON);

    let log = anna.log();
    let opening = [
        "TAZCOM Node Initialized.".to_owned(),
        format!("Node ID: {anna_id}"),
        format!("Listening on {anna_addr}"),
        format!("TCP server started on {anna_addr}"),
        format!("Publishing service 'TAZCOM Node {anna_short}._tazcom._tcp.local.'"),
        format!("Peer Discovered: {bert_id} @ {bert_addr}"),
        format!("Session with {bert_id} @ {session_addr} established"),
        format!("Sent HELLO to {bert_id} @ {session_addr}"),
        format!("Received ACK from {bert_id}"),
        format!("Session with {bert_id} ended: "),
        format!("Peer Removed: {bert_id}"),
        "Shutdown signal received...".to_owned(),
        "TCP server closed".to_owned(),
        "Zeroconf service unregistered".to_owned(),
        "Node shut down successfully.".to_owned(),
    ];
    assert_in_order(&log, &opening);
    assert_in_order(
        &log,
        &["Message from ('127.0.0.1', ".to_owned(), "HELLO".to_owned()],
    );
    for line in log.lines() {
        let bytes = line.as_bytes();
        let prefixed = bytes.first() == Some(&b'[')
            && bytes.get(9..12) == Some(b"] [")
            && line.get(17..19) == Some("] ");
        assert!(prefixed, "not `[HH:MM:SS] [LEVEL] `: {line:?}");
    }
}

fn assert_in_order(log: &str, texts: &[String]) {
    let mut rest = log;
    for text in texts {
        let Some((_, after)) = rest.split_once(text.as_str()) else {
            panic!("{text:?} is missing, or not in its place, in\n{log}");
        };
        rest = after;
    }
}
