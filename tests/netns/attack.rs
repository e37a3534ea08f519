//! One neighbour that behaves badly, and another that does not.

use tazcom_tests::line::{Dial, exchange, greet_honestly};
use tazcom_tests::{Host, Lan, Node, NodeCommand};

use crate::namespaces;

/// A node, a host to attack it from, and a host to greet it from.
struct Street {
    lan: Lan,
    node: Node,
    attacker: Host,
    neighbour: Host,
}

impl Street {
    fn new() -> Self {
        let lan = Lan::new(1);
        let node = NodeCommand::new("node").spawn(&lan.host(1));
        let (attacker, neighbour) = (lan.host(2), lan.host(3));
        Self {
            lan,
            node,
            attacker,
            neighbour,
        }
    }

    fn addr(&self) -> std::net::SocketAddr {
        self.node.at(self.lan.address(1))
    }

    fn neighbour_is_answered(&self) {
        greet_honestly(&self.neighbour, self.addr());
    }
}

#[test]
fn a_neighbour_that_floods_with_bad_messages_keeps_nobody_else_out() {
    if !namespaces() {
        return;
    }
    let street = Street::new();
    for _ in 0..300 {
        exchange(&street.attacker, street.addr(), b"{HELLO}\n");
    }
    street.neighbour_is_answered();
}

#[test]
fn a_neighbour_that_holds_connections_open_keeps_nobody_else_out() {
    if !namespaces() {
        return;
    }
    let street = Street::new();
    let held: Vec<Dial> = (0..200)
        .map(|_| Dial::new(&street.attacker, street.addr()))
        .collect();
    street.neighbour_is_answered();
    for dial in held {
        assert!(dial.outcome().answer.is_empty());
    }
    street.neighbour_is_answered();
}
