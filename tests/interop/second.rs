//! The second implementation of the wire protocol, written from its document alone.

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Host, Node, NodeCommand, Process, SOON, Signal, python_script};

fn lanes() -> bool {
    lane::open(&[Lane::Namespaces, Lane::Python])
}

fn node() -> NodeCommand {
    NodeCommand::new("node")
        .interface("lo")
        .discovery("none")
        .calls_itself("nora")
}

/// What both ends of an honest conversation tell of each other.
fn both_are_content(node: &mut Node, python: &mut Process, python_id: &str) {
    let authenticated = python.wait_for("a handshake", SOON, |said| said.name() == "authenticated");
    assert_eq!(authenticated.text("id"), node.id());
    for heard in ["hello", "ack", "pong"] {
        python.wait_for(heard, SOON, |said| said.name() == heard);
    }
    let up = node.says("session_up", python_id, SOON);
    assert_eq!(up.text("name"), "pia");
    for event in [
        node.is_acknowledged_by(python_id),
        node.is_greeted_by(python_id),
    ] {
        assert_eq!(event.value("verified"), true, "{event}");
    }
}

#[test]
fn it_reproduces_every_frozen_conversation() {
    if !lanes() {
        return;
    }
    let host = Host::new();
    let mut python = python_script("python", &host, "second_peer.py", &["self-test"]);
    let said = python.wait_for("its account", SOON, |said| said.name() == "self_test");
    assert!(said.texts("vectors").len() >= 14, "{said}");
    assert!(python.wait_for_exit(SOON).success());
}

#[test]
fn it_opens_a_session_with_a_node_and_they_greet_and_ping() {
    if !lanes() {
        return;
    }
    let host = Host::new();
    let mut node = node().spawn(&host);
    let (port, id) = (node.port().to_string(), node.id().to_owned());
    // In one piece: an id may begin with a hyphen.
    let expected = format!("--expect={id}");
    let seed = "11".repeat(32);
    let mut python = python_script(
        "python",
        &host,
        "second_peer.py",
        &[
            "initiate",
            "127.0.0.1",
            &port,
            &expected,
            "--name",
            "pia",
            "--seed",
            &seed,
            "--pings",
            "20",
            "--send",
            // Of a kind that nobody has a use for yet: bytes that mean nothing would end the session.
            "file:65536",
        ],
    );
    let python_id = id_of(&seed);
    both_are_content(&mut node, &mut python, &python_id);
    let welcome = python.wait_for("a welcome", SOON, |said| said.name() == "welcome");
    assert_eq!(welcome.text("name"), "nora", "{welcome}");
    assert!(python.wait_for_exit(SOON).success(), "{}", python.account());
    assert_eq!(python.count(|said| said.name() == "pong"), 20);
    let down = node.says("session_down", &python_id, SOON);
    assert_eq!(down.text("reason"), "closed_by_peer");
}

#[test]
fn it_answers_a_node_that_dials_it() {
    if !lanes() {
        return;
    }
    let host = Host::new();
    let seed = "22".repeat(32);
    let arguments = ["respond", "--name", "pia", "--seed", &seed, "--stay", "30"];
    let mut python = python_script("python", &host, "second_peer.py", &arguments);
    let listening = python.wait_for("its port", SOON, |said| said.name() == "listening");
    let python_id = listening.text("id").to_owned();
    let mut node = node().peer(listening.addr()).spawn(&host);
    both_are_content(&mut node, &mut python, &python_id);
    node.end(Signal::TERM, SOON);
    let bye = python.wait_for("a goodbye", SOON, |said| said.name() == "bye");
    assert_eq!(bye.value("code"), 5, "{bye}");
    assert!(python.wait_for_exit(SOON).success(), "{}", python.account());
}

fn id_of(seed: &str) -> String {
    let bytes = seed.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).expect("digits");
        u8::from_str_radix(pair, 16).expect("digits")
    });
    let seed: Vec<u8> = bytes.collect();
    let seed: [u8; 32] = seed.try_into().expect("32 bytes");
    tazcom_tests::session::Stranger::with_seed(seed).id()
}
