//! A node on two networks at once.

use tazcom_tests::wire::{Ear, addresses_in};
use tazcom_tests::{Lan, NodeCommand, SOON, Signal};

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
