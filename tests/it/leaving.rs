//! Ctrl-C, SIGTERM, and `kill -9`.

use std::time::Duration;

use tazcom_tests::line::Dial;
use tazcom_tests::{Host, SOON, Signal, eventually};
use tempfile::TempDir;

use crate::{LOOPBACK, on_loopback};

/// A goodbye is sent at once and forgotten after a second (RFC 6762 section 10.1); nothing that
/// only expires is noticed so early.
const GOODBYE: Duration = Duration::from_secs(10);

#[test]
fn sigterm_is_a_goodbye() {
    leaves_in_order(Signal::TERM);
}

#[test]
fn ctrl_c_is_a_goodbye() {
    leaves_in_order(Signal::INT);
}

fn leaves_in_order(signal: Signal) {
    let host = Host::loopback();
    let mut anna = on_loopback("anna").spawn(&host);
    let mut bert = on_loopback("bert").spawn(&host);
    anna.meets(&mut bert);

    let status = bert.end(signal, SOON);
    assert_eq!(status.code(), Some(0), "{}", bert.account());
    let lost = anna.loses(bert.id(), GOODBYE);
    assert_eq!(lost.text("reason"), "goodbye");
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let host = Host::loopback();
    let mut anna = on_loopback("anna").spawn(&host);
    // Half a message under way makes an orderly end take its time.
    let mut half = Dial::new(&host, anna.at(LOOPBACK));
    half.send(b"{");
    anna.signal(Signal::INT);
    eventually("it begins to shut down", SOON, || {
        anna.log()
            .contains("Shutdown signal received...")
            .then_some(())
    });
    let status = anna.end(Signal::INT, Duration::from_secs(1));
    assert_eq!(status.code(), Some(130), "{}", anna.account());
}

#[test]
fn after_kill_9_the_same_node_comes_back() {
    let host = Host::loopback();
    let directory = TempDir::new().unwrap();
    let mut anna = on_loopback("anna").spawn(&host);
    let mut bert = on_loopback("bert").data_dir(directory.path()).spawn(&host);
    anna.meets(&mut bert);
    let bert_id = bert.id().to_owned();
    bert.end(Signal::KILL, SOON);

    anna.mark();
    let bert = on_loopback("bert again")
        .data_dir(directory.path())
        .spawn(&host);
    assert_eq!(bert.id(), bert_id);
    anna.says("hello_received", &bert_id, SOON);
    anna.says("ack_received", &bert_id, SOON);
}

#[test]
fn a_second_node_on_one_data_directory_is_refused() {
    let host = Host::loopback();
    let directory = TempDir::new().unwrap();
    let _first = on_loopback("first").data_dir(directory.path()).spawn(&host);
    let second = on_loopback("second")
        .data_dir(directory.path())
        .refused(&host);
    assert_eq!(second.code, 1, "{second:?}");
    for flag in ["--data-dir", "--ephemeral"] {
        assert!(second.log.contains(flag), "{flag} is not named: {second:?}");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let host = Host::loopback();
    let first = on_loopback("first").spawn(&host);
    let second = on_loopback("second").port(first.port()).refused(&host);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.log.contains(&first.port().to_string()), "{second:?}");
}
