//! How a node ends: in order, at once, or because nobody listens to it any more.

use std::io::Write;
use std::net::TcpStream;

use rustix::process::Signal;

use crate::process::Node;

#[test]
fn each_signal_ends_it_in_order_with_0() {
    let home = tempfile::tempdir().unwrap();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let node = Node::ephemeral(home.path(), &[]);
        node.started();
        node.signal(signal);
        node.event("stopped");
        let (code, log) = node.end();
        assert_eq!(code, Some(0), "{signal:?}: {log:#?}");
    }
}

#[test]
fn the_log_tells_its_life_in_the_order_people_know() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::ephemeral(home.path(), &[]);
    let (id, addr) = node.started();
    node.signal(Signal::TERM);
    let (code, log) = node.end();
    assert_eq!(code, Some(0));
    let short = &id[..8];
    let mut lines = log.iter();
    for words in [
        "[INFO ] TAZCOM Node Initialized.",
        &format!("[INFO ] Node ID: {id}"),
        &format!("[INFO ] Listening on {addr}"),
        &format!("[INFO ] TCP server started on {addr}"),
        &format!("[INFO ] Publishing service 'TAZCOM Node {short}._tazcom._tcp.local.'"),
        "[INFO ] Shutdown signal received...",
        "[INFO ] TCP server closed",
        "[INFO ] Zeroconf service unregistered",
        "[INFO ] Node shut down successfully.",
    ] {
        assert!(
            lines.any(|line| line.get(11..) == Some(words)),
            "{words:?} is missing, or not in its place: {log:#?}"
        );
    }
    assert!(log.iter().all(|line| !line.contains('\u{1b}')), "{log:#?}");
}

#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::ephemeral(home.path(), &[]);
    let (_, addr) = node.started();
    // Half a line, so that the orderly end has something to wait for.
    let mut half = TcpStream::connect(addr).unwrap();
    half.write_all(b"{\"type\"").unwrap();

    node.signal(Signal::INT);
    node.logged("Shutdown signal received...");
    node.signal(Signal::INT);
    let (code, log) = node.end();
    assert_eq!(code, Some(130), "{log:#?}");
}

#[test]
fn a_reader_that_is_gone_ends_it_in_order_with_0() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::ephemeral(home.path(), &["--discovery", "none"]);
    let (_, addr) = node.started();
    node.stop_reading();
    // The reading thread notices at its next line, the node at the one after.
    let hello = format!("{{\"type\":\"HELLO\",\"from\":\"{}\"}}\n", "A".repeat(43));
    let mut log = String::new();
    while !log.contains("shut down") {
        if let Ok(mut client) = TcpStream::connect(&addr) {
            // It may have stopped accepting by now.
            let _ = client.write_all(hello.as_bytes());
        }
        log = node.logged("");
    }
    assert_eq!(node.end().0, Some(0));
}
