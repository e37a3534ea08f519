//! What is said in private over the machines of strangers, to somebody who is not there.

use std::time::Duration;

use tazcom_tests::{Capture, SOON, Signal, User, eventually};

use crate::many_hops::Chain;
use crate::namespaces;

const CANARY: &str = "canary-over-two-relays";
const WITHIN: Duration = Duration::from_secs(60);

/// How many sealed messages somebody keeps that this author wrote.
fn sealed_by(user: &User, author: &str) -> usize {
    let exported = user.does(["export"]).is(0);
    let lines = exported.text().lines();
    lines.filter(|line| line.contains(author)).count()
}

fn fate(user: &User, to: &str, text: &str) -> Option<String> {
    let history = user.history(to);
    let line = history.iter().find(|event| event.text("text") == text);
    line.map(|event| event.text("fate").to_owned())
}

#[test]
fn a_private_word_waits_with_two_relays_for_somebody_who_is_away_and_they_cannot_read_it() {
    if !namespaces() {
        return;
    }
    let mut chain = Chain::new(3);
    let last = chain.last();
    let mut captures: Vec<Capture> = chain.hosts.iter().map(Capture::start).collect();
    let [ana, bob] = [0, last].map(|place| chain.nodes[place].id().to_owned());
    let (to_bob, to_ana) = (format!("@{bob}"), format!("@{ana}"));
    // They have never been in a session with each other; keys come over the others.
    let met = ["send", &to_bob, "first", "--wait-ack", "--timeout", "20"];
    let _ = chain.users[0].does(met).is(0);

    chain.nodes[last].end(Signal::TERM, SOON);
    let before: Vec<usize> = (1..last)
        .map(|relay| sealed_by(&chain.users[relay], &ana))
        .collect();
    let sent = ["send", &to_bob, CANARY, "--wait-ack", "--timeout", "0.5"];
    let _ = chain.users[0].does(sent).is(3);
    for (relay, before) in (1..last).zip(before) {
        eventually("a relay stores it", SOON, || {
            (sealed_by(&chain.users[relay], &ana) > before).then_some(())
        });
    }
    // Who sent it goes as well: only the relays have it now.
    chain.nodes[0].end(Signal::TERM, SOON);
    chain.nodes[last] = chain.users[last].runs();
    eventually("it arrives", WITHIN, || {
        let history = chain.users[last].history(&to_ana);
        let texts: Vec<&str> = history.iter().map(|event| event.text("text")).collect();
        (texts == ["first", CANARY]).then_some(())
    });
    chain.nodes[0] = chain.users[0].runs();
    eventually("the sender learns of it", WITHIN, || {
        (fate(&chain.users[0], &to_bob, CANARY)? == "delivered").then_some(())
    });

    for node in &mut chain.nodes {
        node.end(Signal::TERM, SOON);
    }
    for (user, capture) in chain.users.iter().zip(&mut captures) {
        assert!(
            !user.keeps(CANARY.as_bytes()),
            "{} keeps it readable",
            user.name()
        );
        assert!(
            !capture.holds(CANARY.as_bytes()),
            "it crossed the wire of {}",
            user.name()
        );
    }
}
