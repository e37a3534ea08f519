//! Sessions as a running node tells of them, and what it keeps of whom it has met.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::announced::{Announced, speaks_poc_02};
use crate::process::{Node, finish, tazcom};

/// Stops a hang. Nothing here takes a tenth of it.
const DEADLINE: Duration = Duration::from_secs(30);

#[test]
fn two_nodes_come_to_one_session_and_greet_each_other_inside_it() {
    let home = tempfile::tempdir().unwrap();
    let a = Node::ephemeral(home.path(), &["--name", "Ana's"]);
    let b = Node::ephemeral(home.path(), &[]);
    let (a_id, b_id) = (a.started().0, b.started().0);
    for (node, other, name) in [(&a, &b_id, None), (&b, &a_id, Some("Ana's"))] {
        let up = node.event_about("session_up", "id", other);
        assert_eq!(up["name"].as_str(), name);
        let addr = up["addr"].as_str().unwrap();
        node.logged(&format!("Session with {other} @ {addr} established"));
        let wanted = |event, field: &'static str| {
            node.record(event, move |record| {
                record["event"] == event && record[field] == **other && record["verified"] == true
            })
        };
        // In whichever order they come.
        let first = node.record("a greeting", |record| {
            let event = record["event"].as_str();
            matches!(event, Some("ack_received" | "hello_received")) && record["verified"] == true
        });
        match first["event"].as_str().unwrap() {
            "ack_received" => wanted("hello_received", "from"),
            _ => wanted("ack_received", "id"),
        };
    }
    b.signal(Signal::TERM);
    let down = a.event_about("session_down", "id", &b_id);
    assert_eq!(down["reason"], "peer_shut_down");
    a.logged(&format!("Session with {b_id} ended: "));
}

#[test]
fn whom_a_node_has_met_is_kept_in_a_private_file() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(home.path(), &["--interface", "lo"]);
    node.started();
    let other = Node::ephemeral(home.path(), &[]);
    let (id, _) = other.started();
    node.event_about("session_up", "id", &id);
    node.signal(Signal::TERM);
    assert_eq!(node.end().0, Some(0));

    let file = home.path().join(".local/share/tazcom/peers.pins");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.lines().any(|line| line == id), "{text}");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[test]
fn who_was_met_is_not_taken_for_an_old_version_by_a_node_that_was_killed() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(home.path(), &["--interface", "lo"]);
    node.started();
    let other = Node::ephemeral(home.path(), &[]);
    let (id, _) = other.started();
    let file = home.path().join(".local/share/tazcom/peers.pins");
    let until = Instant::now() + DEADLINE;
    // It is written while the node runs.
    while !fs::read_to_string(&file).is_ok_and(|text| text.contains(&id)) {
        assert!(Instant::now() < until, "nobody was written down");
        std::thread::yield_now();
    }
    node.signal(Signal::KILL);
    drop(node);
    other.signal(Signal::TERM);
    assert_eq!(other.end().0, Some(0));

    let (_poc, addr) = speaks_poc_02();
    let _pretender = Announced::under(id.parse().unwrap(), addr);
    let node = Node::start(home.path(), &["--interface", "lo"]);
    let outcome = node.record("what became of the dial", |record| {
        record["id"] == *id && matches!(record["event"].as_str(), Some("ack_received" | "warning"))
    });
    assert_eq!(outcome["kind"], "connection_failed", "{outcome}");
}

#[test]
fn a_node_that_met_nobody_keeps_no_list() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(home.path(), &["--interface", "lo", "--discovery", "none"]);
    node.started();
    node.signal(Signal::TERM);
    assert_eq!(node.end().0, Some(0));
    let file = home.path().join(".local/share/tazcom/peers.pins");
    assert!(!file.exists());
}

#[test]
fn a_damaged_list_is_refused_with_its_line_and_kept() {
    let home = tempfile::tempdir().unwrap();
    finish(tazcom(home.path()).arg("id")).fails(0, &[]);
    let file = home.path().join(".local/share/tazcom/peers.pins");
    fs::write(&file, "# mine\nnobody\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    for arguments in [&["run"][..], &["ping", "AAAA"]] {
        finish(tazcom(home.path()).args(arguments)).fails(1, &["peers.pins:2: "]);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\nnobody\n");
}
