//! Interfaces that come, go and change their address.

use std::time::Duration;

use tazcom_tests::{Host, Lan, Node, NodeCommand, SOON, Signal, eventually};
use tempfile::TempDir;

use crate::namespaces;

/// Interfaces are looked at every few seconds, not only when the kernel tells.
const NOTICED: Duration = Duration::from_secs(30);

#[test]
fn a_nic_that_appears_after_the_start_is_used() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let late = Host::new();
    let mut anna = NodeCommand::new("anna").spawn(&late);
    let mut bert = NodeCommand::new("bert").spawn(&lan.host(2));
    lan.plug(&late, "lan0", 1);
    let found = bert.says("peer_discovered", anna.id(), NOTICED);
    assert_eq!(found.addr(), anna.at(lan.address(1)));
    anna.meets(&mut bert);
}

#[test]
fn a_node_started_without_any_interface_waits_for_one() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let bare = Host::new();
    bare.nic_down("lo");
    let mut anna = NodeCommand::new("anna").spawn(&bare);
    anna.wait_for("that no interface is usable", SOON, |event| {
        event.name() == "warning"
    });
    let mut bert = NodeCommand::new("bert").spawn(&lan.host(2));
    lan.plug(&bare, "lan0", 1);
    bert.says("peer_discovered", anna.id(), NOTICED);
    anna.meets(&mut bert);
}

#[test]
fn a_changed_address_is_one_update_and_a_new_greeting() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let homes = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let at_home = |name: &str, home: &TempDir| NodeCommand::new(name).data_dir(home.path());
    let mut anna = at_home("anna", &homes[0]).spawn(&left);
    let mut bert = at_home("bert", &homes[1]).spawn(&right);
    anna.meets(&mut bert);

    bert.mark();
    left.change_address("lan0", lan.address(1), lan.address(101));
    let (anna_id, moved) = (anna.id().to_owned(), anna.at(lan.address(101)));
    bert.wait_for("the new address of anna", NOTICED, |event| {
        event.is_about("peer_updated", &anna_id) && event.addr() == moved
    });
    // The old session leads nowhere, which only asking tells; then there is another.
    let new_ip = moved.ip();
    bert.wait_for("a session with the new address", NOTICED, |event| {
        event.is_about("session_up", &anna_id) && event.addr().ip() == new_ip
    });
    bert.wait_for("the greeting to the new address", SOON, |event| {
        event.is_about("ack_received", &anna_id) && event.addr().ip() == new_ip
    });
    // Both may speak in it, also she who noticed nothing of the change and tells of none.
    for (host, home, peer) in [
        (&left, &homes[0], bert.id()),
        (&right, &homes[1], anna.id()),
    ] {
        let directory = home.path().to_str().unwrap();
        let round_trip = ["ping", "--count", "1", "--data-dir", directory, peer];
        eventually("a ping is answered", SOON, || {
            Node::cli(host, round_trip).status.success().then_some(())
        });
    }
    let removed = bert.count(|event| event.is_about("peer_removed", &anna_id));
    assert_eq!(removed, 0, "{}", bert.account());
}

#[test]
fn a_nic_that_was_down_and_is_up_again_is_used_again() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let mut anna = NodeCommand::new("anna").spawn(&left);
    let mut bert = NodeCommand::new("bert").spawn(&right);
    anna.meets(&mut bert);

    left.nic_down("lan0");
    let mut carl = NodeCommand::new("carl").spawn(&lan.host(3));
    bert.meets(&mut carl);
    let carl_id = carl.id().to_owned();
    anna.expect_none(
        "nothing comes through a NIC that is down",
        Duration::from_secs(4),
        |event| event.is_about("peer_discovered", &carl_id),
    );
    left.nic_up("lan0");
    carl.says("peer_discovered", anna.id(), NOTICED);
    anna.meets(&mut carl);
    // It hears the multicasts of those it knew before as well.
    bert.end(Signal::TERM, SOON);
    anna.loses(bert.id(), SOON);
}

#[test]
fn a_nic_replaced_by_another_is_no_end() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let mut anna = NodeCommand::new("anna").spawn(&left);
    let mut bert = NodeCommand::new("bert").spawn(&right);
    anna.meets(&mut bert);

    left.ip("link del lan0");
    lan.plug(&left, "wifi0", 51);
    let (anna_id, moved) = (anna.id().to_owned(), anna.at(lan.address(51)));
    bert.wait_for("anna on her new NIC", NOTICED, |event| {
        ["peer_updated", "peer_discovered"]
            .iter()
            .any(|name| event.is_about(name, &anna_id))
            && event.addr() == moved
    });
    let mut carl = NodeCommand::new("carl").spawn(&lan.host(3));
    anna.meets(&mut carl);
}

#[test]
fn a_restart_on_a_new_port_is_one_update() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let directory = TempDir::new().unwrap();
    let anna = || NodeCommand::new("anna").data_dir(directory.path());
    let mut before = anna().port(40_001).spawn(&left);
    let mut bert = NodeCommand::new("bert").spawn(&right);
    before.meets(&mut bert);
    before.end(Signal::KILL, SOON);

    bert.mark();
    let after = anna().port(40_002).spawn(&left);
    let (id, addr) = (after.id().to_owned(), after.at(lan.address(1)));
    // Whichever of the two opens it.
    bert.wait_for("a session with her", SOON, |event| {
        event.is_about("session_up", &id)
    });
    bert.is_in_session_with(&id);
    // What may still be under way: the second announcement, and the probes.
    bert.expect_none("she was never gone", Duration::from_secs(5), |event| {
        event.is_about("peer_removed", &id) || event.is_about("peer_discovered", &id)
    });
    let updates = bert.count(|event| event.is_about("peer_updated", &id));
    assert_eq!(updates, 1, "{}", bert.account());
    let update = bert.says("peer_updated", &id, SOON);
    assert_eq!(update.addr(), addr);
}
