//! A node on two networks at once.
//!
//! Linux since 6.6 hands a multicast to one socket of a `SO_REUSEPORT` group without asking which
//! of them joined on the interface it came in on, when that one is the only one that did. These
//! tests are what notices.

use tazcom_tests::wire::{Ear, addresses_in};
use tazcom_tests::{Host, Lan, NodeCommand, SOON, Signal};

use crate::namespaces;

#[test]
fn each_of_two_lans_is_told_only_its_own_address() {
    if !namespaces() {
        return;
    }
    let (one, two) = (Lan::new(1), Lan::new(2));
    let middle = one.host(1);
    two.plug(&middle, "lan1", 1);
    let ears = [&one, &two].map(|lan| {
        let host = lan.host(9);
        let ear = Ear::new(&host, lan.address(9));
        (host, ear)
    });

    let mut gateway = NodeCommand::new("gateway").spawn(&middle);
    let mut anna = NodeCommand::new("anna").spawn(&one.host(2));
    let mut bert = NodeCommand::new("bert").spawn(&two.host(2));
    gateway.meets(&mut anna);
    gateway.meets(&mut bert);
    assert_eq!(
        anna.discovers(gateway.id()).addr(),
        gateway.at(one.address(1))
    );
    assert_eq!(
        bert.discovers(gateway.id()).addr(),
        gateway.at(two.address(1))
    );
    gateway.end(Signal::TERM, SOON);
    anna.loses(gateway.id(), SOON);
    bert.loses(gateway.id(), SOON);

    let (anna_id, bert_id) = (anna.id().to_owned(), bert.id().to_owned());
    for (node, stranger) in [(&mut anna, &bert_id), (&mut bert, &anna_id)] {
        let met = node.count(|event| event.is_about("peer_discovered", stranger));
        assert_eq!(met, 0, "mDNS does not cross networks{}", node.account());
    }
    for ((_, ear), (own, other)) in ears.iter().zip([(&one, &two), (&two, &one)]) {
        let heard = ear.heard();
        let told: Vec<_> = heard
            .iter()
            .flat_map(|(_, packet)| addresses_in(packet))
            .collect();
        assert!(
            told.contains(&own.address(1)),
            "the gateway announced itself here: {told:?}"
        );
        let foreign = other.address(1).octets();
        let leak = heard
            .iter()
            .find(|(_, packet)| packet.windows(4).any(|bytes| bytes == foreign));
        assert!(
            leak.is_none(),
            "{other:?}'s address was told on {own:?}: {leak:?}"
        );
    }
}

#[test]
fn two_lans_of_link_local_ipv6_are_both_used() {
    if !namespaces() {
        return;
    }
    let lans = [Lan::new(1), Lan::new(2)];
    let middle = Host::with_ipv6();
    let ends = [Host::with_ipv6(), Host::with_ipv6()];
    for ((lan, nic), end) in lans.iter().zip(["lan0", "lan1"]).zip(&ends) {
        lan.plug_unaddressed(&middle, nic);
        lan.plug_unaddressed(end, "lan0");
    }
    let mut gateway = NodeCommand::new("gateway").spawn(&middle);
    let mut anna = NodeCommand::new("anna").spawn(&ends[0]);
    let mut bert = NodeCommand::new("bert").spawn(&ends[1]);
    gateway.meets(&mut anna);
    gateway.meets(&mut bert);
}

#[test]
fn two_nodes_of_one_machine_each_hear_their_own_lan() {
    if !namespaces() {
        return;
    }
    let (one, two) = (Lan::new(1), Lan::new(2));
    let middle = one.host(1);
    two.plug(&middle, "lan1", 1);
    let mut first = NodeCommand::new("first").interface("lan0").spawn(&middle);
    let mut second = NodeCommand::new("second").interface("lan1").spawn(&middle);
    let mut anna = NodeCommand::new("anna").spawn(&one.host(2));
    let mut bert = NodeCommand::new("bert").spawn(&two.host(2));
    first.meets(&mut anna);
    second.meets(&mut bert);
}
