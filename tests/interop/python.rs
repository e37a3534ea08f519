//! The corrected Python original.

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Host, Lan, Node, NodeCommand, PythonPeer, SOON, Signal};

const LOOPBACK: std::net::Ipv4Addr = std::net::Ipv4Addr::LOCALHOST;

fn lanes() -> bool {
    lane::open(&[Lane::Namespaces, Lane::Python])
}

#[test]
fn python_and_a_node_greet_each_other_on_a_lan() {
    if !lanes() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let mut node = NodeCommand::new("node").spawn(&left);
    let mut python = PythonPeer::spawn("python", &right, lan.address(2));
    greet_each_other(&mut node, &mut python);
    let found = python.wait_for("found", SOON, |event| event.name() == "found");
    assert_eq!(found.addr(), node.at(lan.address(1)));
    assert_eq!(found.text("version"), "2.0");
    assert_eq!(found.text("p"), node.port().to_string());
    assert_eq!(
        found.text("server"),
        format!("tazcom-{}.local.", node.short())
    );
    assert_eq!(node.discovers(python.id()).text("version"), "0.1");
}

#[test]
fn python_and_a_node_greet_each_other_on_loopback() {
    if !lanes() {
        return;
    }
    let host = Host::new();
    let mut python = PythonPeer::spawn("python", &host, LOOPBACK);
    let mut node = NodeCommand::new("node").interface("lo").spawn(&host);
    greet_each_other(&mut node, &mut python);
}

fn greet_each_other(node: &mut Node, python: &mut PythonPeer) {
    let python_id = python.id().to_owned();
    node.discovers(&python_id);
    let heard = [
        node.is_acknowledged_by(&python_id),
        node.is_greeted_by(&python_id),
    ];
    for event in heard {
        assert_eq!(event.value("verified"), false, "{event}");
    }
    let sessions = node.count(|event| event.is_about("session_up", &python_id));
    assert_eq!(sessions, 0, "{}", node.account());
    // It was called for a session first, and took that for a line.
    python.wait_for("the preamble", SOON, |said| {
        said.name() == "line_received" && said.text("line").starts_with("TAZCOM/2")
    });
    for event in ["found", "hello_sent", "ack", "hello_received"] {
        python.wait_for(event, SOON, |said| said.is_about(event, node.id()));
    }
}

#[test]
fn a_node_sees_pythons_goodbye() {
    if !lanes() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let mut node = NodeCommand::new("node").spawn(&left);
    let mut python = PythonPeer::spawn("python", &right, lan.address(2));
    greet_each_other(&mut node, &mut python);
    python.end(Signal::TERM, SOON);
    let lost = node.loses(python.id(), SOON);
    assert_eq!(lost.text("reason"), "goodbye");
}

#[test]
fn python_sees_a_nodes_goodbye_and_keeps_the_others() {
    if !lanes() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right, third) = (lan.host(1), lan.host(2), lan.host(3));
    let mut node = NodeCommand::new("node").spawn(&left);
    let mut other = NodeCommand::new("other").spawn(&third);
    let mut python = PythonPeer::spawn("python", &right, lan.address(2));
    greet_each_other(&mut node, &mut python);
    greet_each_other(&mut other, &mut python);
    node.end(Signal::TERM, SOON);
    python.wait_for("removed", SOON, |event| {
        event.is_about("removed", node.id())
    });
    python.expect_none(
        "the other is still there",
        std::time::Duration::from_secs(4),
        |event| event.is_about("removed", other.id()),
    );
}
