//! `ping`: through a running node, without one, and all the ways in which it says no.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;

use crate::announced::{Announced, speaks_poc_02};
use crate::process::{Finished, Node, finish, tazcom};

fn ping(home: &Path, arguments: &[&str]) -> Finished {
    let mut command = tazcom(home);
    command.args(["ping", "--interface", "lo", "--interval", "0.01"]);
    finish(command.args(arguments))
}

/// Two nodes with a session: one with its data in `home`, the other's id and address.
fn pair(home: &Path) -> (Node, Node, String, String) {
    let node = Node::start(home, &["--interface", "lo"]);
    node.started();
    let other = Node::ephemeral(home, &[]);
    let (id, addr) = other.started();
    node.event_about("session_up", "id", &id);
    (node, other, id, addr)
}

#[test]
fn a_running_node_pings_by_id_by_its_beginning_and_by_address() {
    let home = tempfile::tempdir().unwrap();
    let (_node, _other, id, addr) = pair(home.path());
    for peer in [&id, &id[..12], &addr] {
        let told = ping(home.path(), &[peer]);
        told.fails(0, &[]);
        let lines: Vec<&str> = told.stdout().lines().collect();
        assert_eq!(lines.len(), 6, "{lines:#?}");
        for (seq, line) in (1..=5).zip(&lines) {
            assert!(line.starts_with(&format!("{seq}: {} @ 127.0.0.1:", &id[..8])));
            assert!(line.ends_with(" ms"), "{line}");
        }
        let start = "5 sent, 5 answered; round trip min/median/p95/max ";
        assert!(lines[5].starts_with(start), "{}", lines[5]);
    }
}

#[test]
fn round_trips_as_json_are_one_line_each_and_a_summary() {
    let home = tempfile::tempdir().unwrap();
    let (_node, _other, id, _) = pair(home.path());
    let told = ping(home.path(), &[&id, "--count", "3", "--json"]);
    told.fails(0, &[]);
    let records: Vec<Value> = told
        .stdout()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (seq, record) in (1..=3).zip(&records) {
        assert_eq!(record["event"], "pong");
        assert_eq!(record["seq"], seq);
        assert_eq!(record["id"], *id);
        assert!(record["rtt_ms"].as_f64().unwrap() > 0.0);
    }
    let summary = &records[3];
    assert_eq!(summary["event"], "ping_summary");
    assert_eq!(
        (&summary["sent"], &summary["answered"]),
        (&3.into(), &3.into())
    );
    let ms = |field: &str| summary[field].as_f64().unwrap();
    assert!(ms("min_ms") <= ms("median_ms") && ms("median_ms") <= ms("p95_ms"));
    assert!(ms("p95_ms") <= ms("max_ms"));
}

#[test]
fn without_a_running_node_one_runs_for_the_pings_alone() {
    let home = tempfile::tempdir().unwrap();
    let other = Node::ephemeral(home.path(), &[]);
    let (id, addr) = other.started();
    for peer in [&id, &id[..12], &addr] {
        let told = ping(home.path(), &[peer, "--count", "2", "--timeout", "30"]);
        told.fails(0, &[]);
        assert!(told.stdout().contains("2 sent, 2 answered"), "{told:?}");
    }
    // It met with the key that `run` has, and keeps whom it met.
    let own = finish(tazcom(home.path()).arg("id"));
    other.event_about("session_down", "id", own.stdout().trim());
    let pins = home.path().join(".local/share/tazcom/peers.pins");
    assert!(fs::read_to_string(pins).unwrap().contains(&id));
}

#[test]
fn whom_nobody_knows_is_not_waited_for_long_and_what_to_do_is_said() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(home.path(), &["--interface", "lo", "--discovery", "none"]);
    let (own, _) = node.started();
    ping(home.path(), &[&own[..4]]).fails(1, &["this node itself"]);
    ping(home.path(), &["AAAAAAAA"]).fails(1, &["AAAAAAAA", "tazcom-cli peers"]);
    ping(home.path(), &["127.0.0.1:1"]).fails(1, &["127.0.0.1:1", "--peer"]);
    drop(node);
    let alone = ping(home.path(), &["AAAAAAAA", "--timeout", "0.5"]);
    alone.fails(1, &["AAAAAAAA", "tazcom-cli peers"]);
}

#[test]
fn a_beginning_that_several_ids_have_is_refused_with_the_candidates() {
    let home = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = silent.local_addr().unwrap();
    let alike = [1, 2].map(|seed| Announced::at(addr, seed));
    let [one, other] = [alike[0].id(), alike[1].id()];
    let node = Node::start(home.path(), &["--interface", "lo"]);
    node.record("both", {
        let seen = std::cell::Cell::new(0);
        let both = [one.clone(), other.clone()];
        move |record| {
            let is_one =
                record["event"] == "peer_discovered" && both.iter().any(|id| record["id"] == **id);
            seen.set(seen.get() + i32::from(is_one));
            seen.get() == 2
        }
    });
    ping(home.path(), &[&one[..4]]).fails(2, &[&one, &other]);
}

#[test]
fn a_peer_of_the_plain_protocol_cannot_be_pinged() {
    let home = tempfile::tempdir().unwrap();
    let (_poc, addr) = speaks_poc_02();
    let peer = Announced::at(addr, 3);
    let node = Node::start(home.path(), &["--interface", "lo"]);
    node.event_about("ack_received", "id", &peer.id());
    ping(home.path(), &[&peer.id()]).fails(1, &[&peer.id(), "plain protocol (POC-02)"]);
    drop(node);

    let addr = addr.to_string();
    let by_hand = ping(home.path(), &[&addr, "--timeout", "30"]);
    by_hand.fails(1, &["plain protocol (POC-02)"]);
}

#[test]
fn a_known_peer_without_a_session_is_waited_for_and_then_it_timed_out() {
    let home = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = Announced::at(silent.local_addr().unwrap(), 4);
    let node = Node::start(home.path(), &["--interface", "lo"]);
    node.event_about("peer_discovered", "id", &peer.id());
    let told = ping(home.path(), &[&peer.id(), "--timeout", "0.3"]);
    told.fails(4, &["no session with", "0.3 s"]);
}

#[test]
fn who_cannot_be_reached_is_told_with_the_reason() {
    let home = tempfile::tempdir().unwrap();
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let told = ping(home.path(), &[&nobody, "--timeout", "0.5"]);
    told.fails(
        4,
        &[
            "no session with",
            "Connection refused by unknown @ 127.0.0.1:",
        ],
    );
}

#[test]
fn ctrl_c_sums_up_what_there_was() {
    let home = tempfile::tempdir().unwrap();
    let (_node, _other, id, _) = pair(home.path());
    let mut command = tazcom(home.path());
    command.args([
        "ping",
        &id,
        "--count",
        "10000",
        "--interval",
        "0.01",
        "--json",
    ]);
    let pinging = Node::spawn(&mut command);
    pinging.event("pong");
    pinging.signal(Signal::INT);
    let summary = pinging.event("ping_summary");
    assert!(summary["answered"].as_u64().unwrap() >= 1);
    assert_eq!(pinging.end().0, Some(130));
}

#[test]
fn pings_to_a_peer_that_has_left_are_counted_as_unanswered() {
    let home = tempfile::tempdir().unwrap();
    let (node, other, id, _) = pair(home.path());
    let mut command = tazcom(home.path());
    command.args([
        "ping",
        &id,
        "--count",
        "10000",
        "--interval",
        "0.01",
        "--json",
    ]);
    let pinging = Node::spawn(&mut command);
    pinging.event("pong");
    other.signal(Signal::TERM);
    node.event_about("session_down", "id", &id);
    let unanswered = pinging.event("ping_unanswered");
    assert!(unanswered["reason"].as_str().unwrap().contains("session"));
    pinging.signal(Signal::INT);
    assert_eq!(pinging.end().0, Some(130));
}
