//! The other verbs, beside a running node.

use std::time::Duration;

use tazcom_tests::{Event, Host, Node};
use tempfile::TempDir;

use crate::on_loopback;

#[test]
fn id_prints_the_id_the_node_runs_with() {
    let host = Host::loopback();
    let directory = TempDir::new().unwrap();
    let path = directory.path().to_str().unwrap();
    let told = Node::cli(&host, ["id", "--data-dir", path]);
    let node = on_loopback("anna").data_dir(directory.path()).spawn(&host);
    assert!(
        String::from_utf8_lossy(&told.stdout).contains(node.id()),
        "{told:?}"
    );
    let while_it_runs = Node::cli(&host, ["id", "--data-dir", path]);
    assert_eq!(while_it_runs.stdout, told.stdout, "{while_it_runs:?}");
}

#[test]
fn peers_lists_a_running_node_without_announcing_itself() {
    let host = Host::loopback();
    let mut node = on_loopback("anna").spawn(&host);
    node.mark();
    let told = Node::cli(
        &host,
        ["peers", "--json", "--interface", "lo", "--timeout", "5"],
    );
    assert_eq!(told.status.code(), Some(0), "{told:?}");
    assert!(
        String::from_utf8_lossy(&told.stdout).contains(node.id()),
        "{told:?}"
    );
    if host.is_private() {
        let seen = |event: &Event| event.name() == "peer_discovered";
        node.expect_none("`peers` announces nothing", Duration::from_secs(2), seen);
    }
}

#[test]
fn peers_says_no_when_nobody_is_there() {
    let host = Host::loopback();
    if !host.is_private() {
        // Others may be on the real machine.
        return;
    }
    let told = Node::cli(&host, ["peers", "--interface", "lo", "--timeout", "2"]);
    assert_eq!(told.status.code(), Some(1), "{told:?}");
}

#[test]
fn a_wrong_flag_is_wrong_usage() {
    let told = Node::cli(&Host::loopback(), ["run", "--no-such-flag"]);
    assert_eq!(told.status.code(), Some(2), "{told:?}");
}
