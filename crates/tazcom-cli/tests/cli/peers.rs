//! `peers`: who is there, asked of a running node or looked for.

use std::path::Path;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::announced::{Announced, speaks_poc_02};
use crate::process::{Finished, Node, finish, tazcom};

fn peers(home: &Path, arguments: &[&str]) -> Finished {
    let mut command = tazcom(home);
    finish(command.args(["peers", "--interface", "lo"]).args(arguments))
}

fn records(finished: &Finished) -> Vec<Value> {
    let lines = finished.stdout().lines();
    lines
        .map(|line| serde_json::from_str(line).expect("every line is JSON"))
        .collect()
}

fn about<'a>(records: &'a [Value], id: &str) -> &'a Value {
    records
        .iter()
        .find(|record| record["id"] == id)
        .unwrap_or_else(|| panic!("{id} is not in {records:#?}"))
}

/// The cells of the row of a table that is about this peer.
fn row(table: &Finished, id: &str) -> Vec<String> {
    let mut lines = table.stdout().lines();
    let row = lines.find(|line| line.starts_with(&id[..8]));
    let row = row.unwrap_or_else(|| panic!("{id} is not listed: {}", table.stdout()));
    row.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn peers_lists_a_running_node_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(home.path(), &["--interface", "lo"]);
    let (id, addr) = node.started();

    let table = peers(home.path(), &["--timeout", "1"]);
    table.fails(0, &[]);
    let cells = row(&table, &id);
    let (ip, port) = addr.rsplit_once(':').unwrap();
    assert_eq!(cells[1..5], [ip, port, "2.0", "mdns@lo"]);
    assert_eq!(cells[5..9], ["-", "TAZCOM/2", "-", "-"]);
    assert_eq!(cells[10..], ["(this", "node)"]);

    let list = records(&peers(home.path(), &["--timeout", "1", "--json"]));
    let record = about(&list, &id);
    assert_eq!(record["event"], "peer");
    assert_eq!(record["addr"], *addr);
    assert_eq!(record["own"], true);
    assert_eq!(record.get("trust"), None);
}

#[test]
fn a_running_node_tells_whom_it_has_verified() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(home.path(), &["--interface", "lo"]);
    node.started();
    let other = Node::ephemeral(home.path(), &["--name", "Bob"]);
    let (id, _) = other.started();
    node.event_about("session_up", "id", &id);
    node.event_about("ack_received", "id", &id);

    let list = records(&peers(home.path(), &["--json"]));
    let record = about(&list, &id);
    assert_eq!(record["session"], "up");
    assert_eq!(record["protocol"], "TAZCOM/2");
    assert_eq!(record["verified"], true);
    assert_eq!(record["trust"], "known");
    assert_eq!(record["connection"]["name"], "Bob");
    assert!(record["connection"]["rtt_ms"].as_f64().unwrap() > 0.0);
    let cells = row(&peers(home.path(), &[]), &id);
    assert_eq!(cells[5], "up");
    assert_eq!(cells[7..10], ["TAZCOM/2", "handshake", "known"]);

    // Whoever only looks has proof of nobody, and knows of nobody how far they are trusted.
    let elsewhere = tempfile::tempdir().unwrap();
    let list = records(&peers(elsewhere.path(), &["--timeout", "1", "--json"]));
    let record = about(&list, &id);
    assert_eq!(record["session"], Value::Null);
    assert_eq!(record["protocol"], "TAZCOM/2");
    assert_eq!(record["verified"], false);
    assert_eq!(record.get("trust"), None);
    assert_eq!(
        row(&peers(elsewhere.path(), &["--timeout", "1"]), &id)[7..9],
        ["no", "-"]
    );
}

#[test]
fn a_peer_of_the_plain_protocol_is_shown_as_such() {
    let home = tempfile::tempdir().unwrap();
    let (_poc, addr) = speaks_poc_02();
    let peer = Announced::at(addr, 1);
    let node = Node::start(home.path(), &["--interface", "lo"]);
    let ack = node.event_about("ack_received", "id", &peer.id());
    assert_eq!(ack["verified"], false);

    let cells = row(&peers(home.path(), &[]), &peer.id());
    assert_eq!(cells[5..9], ["plain", "POC-02", "no", "new"]);
    let list = records(&peers(home.path(), &["--json"]));
    let record = about(&list, &peer.id());
    assert_eq!(record["session"], "plain");
    assert_eq!(record["connection"], Value::Null);
}

#[test]
fn a_peer_with_a_session_is_listed_though_it_is_not_announced() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(home.path(), &["--interface", "lo", "--discovery", "none"]);
    let (_, addr) = node.started();
    let other = Node::ephemeral(home.path(), &["--discovery", "none", "--peer", &addr]);
    let (id, _) = other.started();
    node.event_about("session_up", "id", &id);
    let list = records(&peers(home.path(), &["--json"]));
    let record = about(&list, &id);
    assert_eq!(
        (&record["session"], &record["version"]),
        (&json!("up"), &Value::Null)
    );
    // It has dialled: where it listens is not known.
    assert_eq!(record["addr"], Value::Null);
    assert_eq!(row(&peers(home.path(), &[]), &id)[1..5], ["-"; 4]);
}

#[test]
fn a_running_node_is_watched_with_its_sessions() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(home.path(), &["--interface", "lo"]);
    node.started();
    let first = Node::ephemeral(home.path(), &[]);
    let (first_id, _) = first.started();
    node.event_about("session_up", "id", &first_id);

    let mut command = tazcom(home.path());
    let watch = Node::spawn(command.args(["peers", "--watch", "--json"]));
    watch.event_about("session_up", "id", &first_id);
    first.signal(Signal::TERM);
    let down = watch.event_about("session_down", "id", &first_id);
    assert_eq!(down["reason"], "peer_shut_down");
    watch.signal(Signal::INT);
    assert_eq!(watch.end().0, Some(0));
}

#[test]
fn who_watches_a_node_that_ends_is_told() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(home.path(), &["--interface", "lo"]);
    node.started();
    let other = Node::ephemeral(home.path(), &[]);
    let (id, _) = other.started();
    node.event_about("session_up", "id", &id);
    let mut command = tazcom(home.path());
    let watch = Node::spawn(command.args(["peers", "--watch", "--json"]));
    watch.event_about("session_up", "id", &id);
    node.signal(Signal::TERM);
    assert_eq!(node.end().0, Some(0));
    watch.logged("the node that was asked has ended");
    assert_eq!(watch.end().0, Some(1));
}

#[test]
fn peers_that_finds_nobody_says_what_it_tried_and_ends_with_1() {
    let home = tempfile::tempdir().unwrap();
    let mut command = tazcom(home.path());
    command.args([
        "peers",
        "--interface",
        "absent0",
        "--timeout",
        "0.2",
        "--json",
    ]);
    let finished = finish(&mut command);
    finished.fails(
        1,
        &["Nobody found yet", "on no interface", "Not looked on: lo"],
    );
    let last = finished.stdout().lines().last().unwrap();
    let record: Value = serde_json::from_str(last).unwrap();
    assert_eq!(record["kind"], "alone");
    assert!(
        !home.path().join(".local").exists(),
        "peers wrote something"
    );
}

#[test]
fn peers_that_watches_shows_who_comes_and_goes() {
    let home = tempfile::tempdir().unwrap();
    let mut command = tazcom(home.path());
    command.args(["peers", "--watch", "--json", "--interface", "lo"]);
    let watch = Node::spawn(&mut command);
    let node = Node::ephemeral(home.path(), &[]);
    let (id, _) = node.started();
    watch.event_about("peer_discovered", "id", &id);
    node.signal(Signal::TERM);
    watch.event_about("peer_removed", "id", &id);
    watch.signal(Signal::INT);
    assert_eq!(watch.end().0, Some(0));
}
