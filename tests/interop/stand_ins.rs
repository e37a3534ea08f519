//! The harness itself, tried on foreign implementations among themselves: when one of these
//! fails, the fault is not in the product.

use std::time::Duration;

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::line::{greet_honestly, invented_id};
use tazcom_tests::wire::{Announcement, Ear, Speaker, addresses_in, unicast_query_is_answered};
use tazcom_tests::{Avahi, Host, Lan, PythonPeer, SOON, Signal, eventually};

#[test]
fn two_python_peers_greet_and_part() {
    if !lane::open(&[Lane::Namespaces, Lane::Python]) {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let mut anna = PythonPeer::spawn("anna", &left, lan.address(1));
    let mut bert = PythonPeer::spawn("bert", &right, lan.address(2));
    let bert_id = bert.id().to_owned();
    for event in ["found", "hello_sent", "ack", "hello_received"] {
        anna.wait_for(event, SOON, |said| said.is_about(event, &bert_id));
    }
    bert.end(Signal::TERM, SOON);
    anna.wait_for("removed", SOON, |said| said.is_about("removed", &bert_id));
}

#[test]
fn python_on_loopback_answers_a_greeting() {
    if !lane::open(&[Lane::Namespaces, Lane::Python]) {
        return;
    }
    let host = Host::new();
    let mut anna = PythonPeer::spawn("anna", &host, [127, 0, 0, 1].into());
    let started = anna.wait_for("started", SOON, |said| said.name() == "started");
    let port = started
        .value("port")
        .as_u64()
        .and_then(|port| u16::try_from(port).ok());
    greet_honestly(&host, ([127, 0, 0, 1], port.unwrap()).into());
    anna.wait_for("the greeting", SOON, |said| {
        said.is_about("hello_received", &invented_id(1))
    });
}

#[test]
fn avahi_hears_an_announcement_and_answers_unicast() {
    if !lane::open(&[Lane::Namespaces, Lane::Avahi]) {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let ear = Ear::new(&right, lan.address(2));
    let avahi = Avahi::start(&left, "lan0", "tz-avahi");
    let said = Announcement {
        id: invented_id(7),
        port: 4321,
        address: lan.address(2),
        ttl: 120,
    };
    let speaker = Speaker::new(&right, lan.address(2), lan.address(2));
    speaker.say(&said.packet());
    let line = avahi.resolves(&invented_id(7), SOON);
    assert!(
        line.contains("\"p=4321\"") && line.contains("10.77.1.2"),
        "{line}"
    );
    let answered =
        (0..30).filter(|_| unicast_query_is_answered(&right, lan.address(1), "tz-avahi.local"));
    assert_eq!(answered.count(), 30);
    speaker.say(&Announcement { ttl: 0, ..said }.packet());
    avahi.forgets(&invented_id(7), SOON);
    eventually("our own packets were heard", Duration::from_secs(5), || {
        let heard = ear.heard();
        heard
            .iter()
            .any(|(_, packet)| addresses_in(packet).contains(&lan.address(2)))
            .then_some(())
    });
}
