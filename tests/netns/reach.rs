//! Which interfaces a node uses, and what it says where nobody can be reached.

use std::time::Duration;

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Host, Lan, NodeCommand, Process, SOON};

use crate::namespaces;

/// "Within 5 s it says what it has tried", and a second for a busy machine.
const ALONE_BY: Duration = Duration::from_secs(6);

#[test]
fn a_vpn_and_a_dummy_interface_are_left_alone() {
    if !lane::open(&[Lane::Namespaces, Lane::Python]) {
        return;
    }
    let lan = Lan::new(1);
    let left = lan.host(1);
    let mut tunnel = left.command("python3");
    tunnel.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/netns/hold_tun.py"));
    let mut tunnel = Process::spawn("tunnel", &mut tunnel);
    tunnel.wait_for("tun0", SOON, |event| event.name() == "started");
    // A kernel without `dummy` may have its like, `ifb`: a link that leads nowhere.
    let dummy = ["dummy", "ifb"]
        .iter()
        .any(|kind| left.try_ip(&format!("link add dummy0 type {kind}")));
    let nics = if dummy {
        &["tun0", "dummy0"][..]
    } else {
        &["tun0"]
    };
    for (nic, third) in nics.iter().zip(8..) {
        left.ip(&format!("address add 10.{third}.0.1/24 dev {nic}"));
        left.nic_up(nic);
    }
    let mut anna = NodeCommand::new("anna").spawn(&left);
    let mut bert = NodeCommand::new("bert").spawn(&lan.host(2));
    anna.meets(&mut bert);
    assert_eq!(bert.discovers(anna.id()).addr(), anna.at(lan.address(1)));
    let interfaces = anna.started().value("interfaces").to_string();
    for nic in nics {
        assert!(!interfaces.contains(nic), "{interfaces}");
        assert_eq!(left.packets_sent(nic), 0, "something was sent on {nic}");
    }
    assert!(interfaces.contains("lan0"), "{interfaces}");
}

#[test]
fn an_interface_asked_for_is_the_only_one_used() {
    if !namespaces() {
        return;
    }
    let (one, two) = (Lan::new(1), Lan::new(2));
    let middle = one.host(1);
    two.plug(&middle, "lan1", 1);
    let mut anna = NodeCommand::new("anna").interface("lan1").spawn(&middle);
    let mut bert = NodeCommand::new("bert").spawn(&one.host(2));
    let mut carl = NodeCommand::new("carl").spawn(&two.host(2));
    anna.meets(&mut carl);
    let anna_id = anna.id().to_owned();
    bert.expect_none(
        "anna is not on this network",
        Duration::from_secs(3),
        |event| event.is_about("peer_discovered", &anna_id),
    );
}

#[test]
fn on_a_network_that_isolates_its_clients_a_node_says_it_is_alone() {
    if !lane::open(&[Lane::Namespaces, Lane::Nftables]) {
        return;
    }
    let lan = Lan::new(1);
    lan.isolate_clients();
    let mut anna = NodeCommand::new("anna").spawn(&lan.host(1));
    let mut bert = NodeCommand::new("bert").spawn(&lan.host(2));
    for node in [&mut anna, &mut bert] {
        let alone = node.warns("alone", ALONE_BY);
        assert!(
            alone.text("message").contains("lan0"),
            "it names what was tried: {alone}"
        );
        assert_eq!(node.count(|event| event.name() == "peer_discovered"), 0);
    }
    lan.join_clients();
    // The next query of one of them, at 13 s, ends it.
    anna.says("peer_discovered", bert.id(), Duration::from_secs(45));
    anna.meets(&mut bert);
}

#[test]
fn a_network_of_link_local_ipv6_alone_is_enough() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (Host::with_ipv6(), Host::with_ipv6());
    lan.plug_unaddressed(&left, "lan0");
    lan.plug_unaddressed(&right, "lan0");
    let mut anna = NodeCommand::new("anna").spawn(&left);
    let mut bert = NodeCommand::new("bert").spawn(&right);
    anna.meets(&mut bert);
    assert!(anna.discovers(bert.id()).addr().is_ipv6());
}

#[test]
fn both_address_families_at_once_are_one_peer() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (Host::with_ipv6(), Host::with_ipv6());
    lan.plug(&left, "lan0", 1);
    lan.plug(&right, "lan0", 2);
    let mut anna = NodeCommand::new("anna").spawn(&left);
    let mut bert = NodeCommand::new("bert").spawn(&right);
    anna.meets(&mut bert);
    let bert_id = bert.id().to_owned();
    anna.expect_none("nobody left", Duration::from_secs(3), |event| {
        event.is_about("peer_removed", &bert_id)
    });
    let found = anna.count(|event| event.is_about("peer_discovered", &bert_id));
    assert_eq!(found, 1, "{}", anna.account());
    bert.end(tazcom_tests::Signal::TERM, SOON);
    anna.loses(&bert_id, SOON);
}
