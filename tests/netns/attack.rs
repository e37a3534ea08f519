//! One neighbour that behaves badly, and another that does not.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tazcom_tests::line::{Dial, exchange, greet_honestly, hello, invented_id, say_from};
use tazcom_tests::wire::{Announcement, Speaker};
use tazcom_tests::{Host, Lan, Node, NodeCommand, SOON, eventually, pause};

use crate::namespaces;

/// A node, a host to attack it from, and a host to greet it from.
struct Street {
    lan: Lan,
    machine: Host,
    node: Node,
    attacker: Host,
    neighbour: Host,
}

impl Street {
    fn new() -> Self {
        let lan = Lan::new(1);
        let machine = lan.host(1);
        let node = NodeCommand::new("node").spawn(&machine);
        let (attacker, neighbour) = (lan.host(2), lan.host(3));
        Self {
            lan,
            machine,
            node,
            attacker,
            neighbour,
        }
    }

    fn addr(&self) -> std::net::SocketAddr {
        self.node.at(self.lan.address(1))
    }

    /// A service on the node's own machine, which nobody else is to be led to.
    fn lan_service(&self, ip: Ipv4Addr) -> TcpListener {
        let service = self.machine.enter(|| TcpListener::bind((ip, 0)));
        let service = service.expect("a free port");
        service
            .set_nonblocking(true)
            .expect("a socket can be made not to block");
        service
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

/// Addresses one attacker gives itself: with five lines a second each they are ten times what
/// used to empty the node's budget.
const ADDRESSES: u8 = 100;
const FLOODERS: u8 = 4;

#[test]
fn complete_lines_from_a_hundred_addresses_keep_nobody_else_out() {
    if !namespaces() {
        return;
    }
    let street = Street::new();
    let sources: Vec<Ipv4Addr> = (0..ADDRESSES)
        .map(|n| street.lan.address(100 + n))
        .collect();
    for source in &sources {
        street
            .attacker
            .ip(&format!("address add {source}/24 dev lan0"));
    }
    let (node, line) = (street.addr(), hello(&invented_id(66)));
    let (over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for share in sources.chunks(usize::from(ADDRESSES / FLOODERS)) {
            let flood = || {
                for source in share.iter().cycle() {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    let was_answered = say_from(*source, node, line.as_bytes());
                    answered.fetch_add(usize::from(was_answered), Ordering::Relaxed);
                }
            };
            let attacker = &street.attacker;
            scope.spawn(move || attacker.enter(flood));
        }
        let _over = Over(&over);
        // More than one burst of the old limit: from here on it would be empty.
        eventually("the flood is at its height", SOON, || {
            (answered.load(Ordering::Relaxed) > 300).then_some(())
        });
        for _ in 0..10 {
            street.neighbour_is_answered();
            pause(Duration::from_millis(300));
        }
    });
}

/// Ends the flood, also when the test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

const FORGERS: u8 = 12;
const FORGED_OF_EACH: u16 = 32;
/// An honest newcomer is found and greeted in well under a second; the rest is for a busy machine.
const GREETED_BY: Duration = Duration::from_secs(5);

#[test]
fn forged_peers_that_accept_and_never_answer_do_not_hold_up_a_newcomer() {
    if !namespaces() {
        return;
    }
    let mut street = Street::new();
    let tarpits: Vec<TcpListener> = (0..FORGED_OF_EACH)
        .map(|_| {
            let bound = street.attacker.enter(|| TcpListener::bind(("0.0.0.0", 0)));
            let bound = bound.expect("a free port");
            bound
                .set_nonblocking(true)
                .expect("a socket can be made not to block");
            bound
        })
        .collect();
    for forger in 0..FORGERS {
        let source = street.lan.address(100 + forger);
        street
            .attacker
            .ip(&format!("address add {source}/24 dev lan0"));
        let speaker = Speaker::new(&street.attacker, source, source);
        let forged = tarpits
            .iter()
            .zip(1_u64..)
            .map(|(tarpit, number)| Announcement {
                id: invented_id(u64::from(forger) * 1000 + number),
                port: tarpit.local_addr().expect("a bound address").port(),
                address: source,
                ttl: 120,
            });
        speaker.say_all(forged.map(|forged| forged.packet()), 2000);
    }
    // As many as used to be dialled at once. The connections are kept, and never answered.
    let mut held = Vec::new();
    eventually("the node calls forged peers", SOON, || {
        held.extend(tarpits.iter().filter_map(|tarpit| tarpit.accept().ok()));
        (held.len() >= 16).then_some(())
    });

    let newcomer = NodeCommand::new("newcomer").spawn(&street.neighbour);
    street.node.discovers(newcomer.id());
    street.node.says("session_up", newcomer.id(), GREETED_BY);
    street.node.is_in_session_with(newcomer.id());
    drop(held);
}

#[test]
fn a_forged_record_does_not_aim_a_node_at_its_own_host() {
    if !namespaces() {
        return;
    }
    let mut street = Street::new();
    let victim = street.lan.address(1);
    let private = street.lan_service(victim);
    let forger = street.lan.address(2);
    let forged = Announcement {
        id: invented_id(67),
        port: private.local_addr().expect("a bound address").port(),
        address: victim,
        ttl: 120,
    };
    Speaker::new(&street.attacker, forger, forger).say(&forged.packet());
    // Whatever it makes of the first it has made by the time it has greeted the second.
    let newcomer = NodeCommand::new("newcomer").spawn(&street.neighbour);
    street.node.is_acknowledged_by(newcomer.id());
    street.node.discovers(&forged.id);
    pause(Duration::from_secs(1));
    assert!(private.accept().is_err(), "{}", street.node.account());
}
