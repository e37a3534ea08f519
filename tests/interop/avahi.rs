//! The mDNS responder of most Linux desktops.

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::line::{Listener, invented_id};
use tazcom_tests::wire::unicast_query_is_answered;
use tazcom_tests::{Avahi, Lan, NodeCommand, SOON, Signal};

const HOST_NAME: &str = "tz-avahi";

fn lanes() -> bool {
    lane::open(&[Lane::Namespaces, Lane::Avahi])
}

#[test]
fn avahi_browse_resolves_a_node_and_drops_it_on_exit() {
    if !lanes() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let avahi = Avahi::start(&right, "lan0", HOST_NAME);
    let mut node = NodeCommand::new("node").spawn(&left);
    let line = avahi.resolves(node.id(), SOON);
    for part in [
        format!(";TAZCOM\\032Node\\032{};", node.short()),
        format!(";tazcom-{}.local;", node.short()),
        format!(";{};{};", lan.address(1), node.port()),
        format!("\"id={}\"", node.id()),
        "\"version=2.0\"".to_owned(),
        "\"tz=2\"".to_owned(),
        format!("\"p={}\"", node.port()),
    ] {
        assert!(line.contains(&part), "{part} is missing in {line}");
    }
    node.end(Signal::TERM, SOON);
    avahi.forgets(node.id(), SOON);
}

#[test]
fn a_service_that_avahi_publishes_is_found_and_greeted() {
    if !lanes() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let avahi = Avahi::start(&right, "lan0", HOST_NAME);
    let listener = Listener::new(&right, lan.address(2));
    let id = invented_id(11);
    let instance = format!("TAZCOM Node {}", &id[..8]);
    let txt = [
        format!("id={id}"),
        "version=0.1".to_owned(),
        format!("p={}", listener.port),
    ];
    let publisher = avahi.publish(&instance, listener.port, &txt);

    let mut node = NodeCommand::new("node").spawn(&left);
    let found = node.discovers(&id);
    assert_eq!(found.addr(), (lan.address(2), listener.port).into());
    assert_eq!(found.text("version"), "0.1");
    listener.is_told(node.id(), SOON);
    node.is_acknowledged_by(&id);
    drop(publisher);
    assert_eq!(node.loses(&id, SOON).text("reason"), "goodbye");
}

#[test]
fn avahi_on_the_same_machine_keeps_all_its_unicast_answers() {
    if !lanes() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let avahi = Avahi::start(&left, "lan0", HOST_NAME);
    let mut node = NodeCommand::new("node").spawn(&left);
    avahi.resolves(node.id(), SOON);
    let mut peer = NodeCommand::new("peer").spawn(&right);
    node.meets(&mut peer);
    let host_name = format!("{HOST_NAME}.local");
    let answered = (0..30)
        .filter(|_| unicast_query_is_answered(&right, lan.address(1), &host_name))
        .count();
    assert_eq!(answered, 30, "of 30 unicast queries to avahi");
}
