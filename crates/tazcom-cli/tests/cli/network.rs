//! Nodes that find, greet and lose each other, and what they make of strangers.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use rustix::process::Signal;
use serde_json::json;

use crate::process::{Node, finish, tazcom};

#[test]
fn two_nodes_on_loopback_find_and_greet_each_other() {
    let home = tempfile::tempdir().unwrap();
    let [a, b] = [(); 2].map(|()| Node::ephemeral(home.path(), &[]));
    let (a_id, a_addr) = a.started();
    let (b_id, b_addr) = b.started();

    for (node, other, addr) in [(&a, &b_id, &b_addr), (&b, &a_id, &a_addr)] {
        let discovered = node.event_about("peer_discovered", "id", other);
        assert_eq!(discovered["addr"], **addr);
        assert_eq!(discovered["via"], "mdns@lo");
        assert_eq!(discovered["version"], "2.0");
    }
    b.signal(Signal::TERM);
    let removed = a.event_about("peer_removed", "id", &b_id);
    assert_eq!(removed["reason"], "goodbye");
    for part in ["Peer Discovered", "Peer Removed"] {
        a.logged(&format!("{part}: {b_id}"));
    }
    assert_eq!(b.end().0, Some(0));
}

#[test]
fn each_of_two_nodes_greets_and_is_acknowledged() {
    let home = tempfile::tempdir().unwrap();
    let [a, b] = [(); 2].map(|()| Node::ephemeral(home.path(), &[]));
    let (a_id, b_id) = (a.started().0, b.started().0);
    for (node, other) in [(&a, &b_id), (&b, &a_id)] {
        let ack = node.event_about("ack_received", "id", other);
        assert!(ack["rtt_ms"].as_f64().unwrap() > 0.0);
        node.logged(&format!("Sent HELLO to {other} @ 127.0.0.1:"));
        node.logged(&format!("Received ACK from {other}"));
    }
}

#[test]
fn a_peer_given_by_hand_is_greeted_without_discovery() {
    let home = tempfile::tempdir().unwrap();
    let a = Node::ephemeral(home.path(), &["--discovery", "none"]);
    let (a_id, a_addr) = a.started();
    let b = Node::ephemeral(home.path(), &["--discovery", "none", "--peer", &a_addr]);
    let (b_id, _) = b.started();

    assert_eq!(b.event("hello_sent")["addr"], *a_addr);
    let ack = b.event("ack_received");
    assert_eq!((&ack["id"], &ack["verified"]), (&json!(a_id), &json!(true)));
    assert_eq!(a.event("hello_received")["from"], *b_id);
    a.logged("Message from ('127.0.0.1', ");
}

#[test]
fn a_peer_given_by_name_is_greeted() {
    let home = tempfile::tempdir().unwrap();
    let a = Node::ephemeral(home.path(), &["--discovery", "none"]);
    let (_, a_addr) = a.started();
    let port = a_addr.rsplit(':').next().unwrap();
    let by_name = format!("localhost:{port}");
    let b = Node::ephemeral(home.path(), &["--discovery", "none", "--peer", &by_name]);
    assert_eq!(b.event("ack_received")["addr"], *a_addr);
}

#[test]
fn a_peer_that_is_not_there_is_a_warning() {
    let home = tempfile::tempdir().unwrap();
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let node = Node::ephemeral(home.path(), &["--discovery", "none", "--peer", &nobody]);
    let warning = node.event_about("warning", "kind", "connection_refused");
    assert_eq!(warning["addr"], *nobody);
    node.logged(&format!("[WARN ] Connection refused by unknown @ {nobody}"));
}

#[test]
fn who_sees_nobody_is_told_what_was_tried() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::ephemeral(home.path(), &["--discovery", "none"]);
    let alone = node.event_about("warning", "kind", "alone");
    assert_eq!(alone["tried"]["discovery"], "none");
    assert_eq!(alone["tried"]["interfaces"][0]["name"], "lo");
    assert!(alone["message"].as_str().unwrap().contains("--peer"));
    node.logged("[WARN ] Nobody found yet.");
}

#[test]
fn what_a_stranger_sends_cannot_command_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::ephemeral(home.path(), &["--discovery", "none"]);
    let (_, addr) = node.started();
    let mut stranger = TcpStream::connect(&addr).unwrap();
    let line = "{\"type\":\"\\u001b]52;c;ZXZpbA==\\u0007\\u202e\"}\n";
    stranger.write_all(line.as_bytes()).unwrap();
    let mut answer = String::new();
    stranger.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "ERROR\n");

    let warning = node.event_about("warning", "kind", "unknown_message_type");
    let logged = node.logged("unknown type");
    for text in [warning["message"].as_str().unwrap(), &logged] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
    }
}

#[test]
fn a_message_over_the_limit_is_a_warning_that_names_address_and_limit() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::ephemeral(home.path(), &["--discovery", "none"]);
    let (_, addr) = node.started();
    let mut stranger = TcpStream::connect(&addr).unwrap();
    let from = stranger.local_addr().unwrap();
    stranger.write_all(&[b'{'; 1025]).unwrap();
    let warning = node.event_about("warning", "kind", "message_too_large");
    assert_eq!(warning["addr"], from.to_string());
    node.logged(&format!(
        "Message from ('127.0.0.1', {}) exceeds size limit (1024 bytes)",
        from.port()
    ));
}

#[test]
fn a_port_in_use_is_a_clear_error() {
    let home = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut command = tazcom(home.path());
    command.args(["run", "--ephemeral", "--interface", "lo", "--port", &port]);
    finish(&mut command).fails(1, &[&port, "in use"]);
}

#[test]
fn a_mistyped_interface_is_told_with_those_there_are() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, kind) in [
        (&["--interface", "absent0"][..], "discovery_degraded"),
        (
            &["--interface", "absent0", "--discovery", "none"],
            "interface_missing",
        ),
    ] {
        let mut command = tazcom(home.path());
        command.args(["run", "--json", "--ephemeral"]);
        let node = Node::spawn(command.args(arguments));
        let warning = node.event_about("warning", "kind", kind);
        let message = warning["message"].as_str().unwrap();
        let (before, there) = message.split_once("absent0").unwrap();
        assert!(there.contains("lo"), "{before}absent0{there}");
        node.signal(Signal::TERM);
        let (code, log) = node.end();
        assert_eq!(code, Some(0));
        let has = |part: &str| log.iter().any(|line| line.contains(part));
        assert!(
            has("nobody can reach this node") && has(message),
            "{log:#?}"
        );
        assert!(!has("Listening on"), "{log:#?}");
    }
    // Beside one that is there. Somebody may be found on that one.
    let mut command = tazcom(home.path());
    command.args(["peers", "--interface", "lo", "--timeout", "0.1"]);
    let found = finish(command.args(["--interface", "absent0"]));
    assert!(found.stderr().contains("absent0; there is"), "{found:?}");
    let node = Node::ephemeral(home.path(), &["--interface", "absent0"]);
    node.event_about("warning", "kind", "interface_missing");
    node.logged("No interface here is absent0; there is ");
}

#[test]
fn a_flood_is_counted_for_people_and_complete_for_programs() {
    const GREETINGS: usize = 150;

    let home = tempfile::tempdir().unwrap();
    let node = Node::ephemeral(home.path(), &["--discovery", "none"]);
    let (_, addr) = node.started();
    let hello = format!("{{\"type\":\"HELLO\",\"from\":\"{}\"}}\n", "A".repeat(43));
    for _ in 0..GREETINGS {
        let mut client = TcpStream::connect(&addr).unwrap();
        client.write_all(hello.as_bytes()).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "ACK\n");
    }
    for _ in 0..GREETINGS {
        node.event("hello_received");
    }
    node.logged("more of \"Message from\" not shown");
}
