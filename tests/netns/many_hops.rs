//! Messages over hosts that are on two networks, where no packet crosses.

use tazcom_tests::{Event, Host, Lan, Node, SOON, Signal, User};

use crate::{hears, namespaces};

/// A room that only those at the ends join.
const STAGE: &str = "#stage";
const MESSAGES: usize = 10;

/// Networks in a row, a host on every two that are next to each other, and somebody at each end.
pub(crate) struct Chain {
    _lans: Vec<Lan>,
    /// From one end to the other.
    pub(crate) users: Vec<User>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) hosts: Vec<Host>,
}

impl Chain {
    pub(crate) fn new(networks: u8) -> Self {
        let lans: Vec<Lan> = (1..=networks).map(Lan::new).collect();
        let mut hosts = vec![lans[0].host(2)];
        for pair in lans.windows(2) {
            let middle = pair[0].host(10);
            pair[1].plug(&middle, "lan1", 11);
            assert!(!middle.forwards(), "the system would do our work");
            hosts.push(middle);
        }
        hosts.push(lans[lans.len() - 1].host(2));
        let users: Vec<User> = hosts
            .iter()
            .enumerate()
            .map(|(place, host): (usize, &Host)| User::new(&format!("host {place}"), host))
            .collect();
        let mut nodes: Vec<Node> = users.iter().map(User::runs).collect();
        for place in 1..nodes.len() {
            let (before, after) = nodes.split_at_mut(place);
            after[0].meets(&mut before[place - 1]);
        }
        let mut chain = Self {
            _lans: lans,
            users,
            nodes,
            hosts,
        };
        for end in [0, chain.last()] {
            // Whoever listens joins. Once is enough.
            let joined = ["listen", STAGE, "--timeout", "0.1"];
            let _ = chain.users[end].does(joined).is(0);
        }
        chain.nodes[0].mark();
        chain
    }

    pub(crate) fn last(&self) -> usize {
        self.users.len() - 1
    }

    /// Says something at one end and waits for it at the other, which it tells.
    fn crosses(&mut self, from: usize, to: usize, text: &str) -> Event {
        let id = self.users[from].says(STAGE, text);
        let heard = hears(&mut self.nodes[to], &id);
        assert_eq!(heard.text("text"), text);
        assert_eq!(heard.text("author"), self.nodes[from].id());
        heard
    }

    /// Asserts that a trace from one end to the other names everybody between.
    fn is_traced(&self) {
        let target = self.nodes[self.last()].id();
        let traced = self.users[0].does(["trace", target, "--json"]).is(0);
        let path = traced.event("path");
        assert_eq!(path.value("reached"), true, "{path}");
        let ids: Vec<&str> = path
            .value("path")
            .as_array()
            .unwrap()
            .iter()
            .map(|person| person["id"].as_str().unwrap())
            .collect();
        let expected: Vec<&str> = self.nodes.iter().map(Node::id).collect();
        assert_eq!(ids, expected, "{path}");
        let shown = self.users[0].does(["trace", &target[..8]]).is(0);
        let hops = format!("{} hops", self.last());
        assert!(shown.text().contains(&hops), "{}", shown.account());
    }
}

#[test]
fn messages_cross_a_host_on_two_networks_that_never_joined_their_room() {
    if !namespaces() {
        return;
    }
    let mut chain = Chain::new(2);
    for number in 0..MESSAGES {
        chain.crosses(0, 2, &format!("over {number}"));
        chain.crosses(2, 0, &format!("and back {number}"));
    }
    chain.is_traced();
    // The sender learns of the one it has no session with.
    let told = ["send", STAGE, "did you get it?", "--wait-ack", "--json"];
    let told = chain.users[0].does(told).is(0).event("delivered");
    assert_eq!(told.value("reached"), 1, "{told}");

    let rooms = chain.users[1].does(["rooms", "--json"]).is(0).events();
    let stage = rooms.iter().find(|room| room.text("room") == STAGE);
    assert_eq!(stage.unwrap().value("joined"), false);
    let shown = chain.nodes[1].count(|event| event.name() == "message");
    assert_eq!(shown, 0, "what is said there is not for the one between");
}

#[test]
fn a_host_between_two_networks_that_is_killed_loses_nothing() {
    if !namespaces() {
        return;
    }
    let mut chain = Chain::new(2);
    chain.crosses(0, 2, "before");
    chain.nodes[1].end(Signal::KILL, SOON);
    let gateway = chain.nodes[1].id().to_owned();
    for end in [0, 2] {
        chain.nodes[end].says("session_down", &gateway, SOON);
        chain.nodes[end].mark();
    }
    let missed = [
        chain.users[0].says(STAGE, "said while it was away"),
        chain.users[2].says(STAGE, "here, too"),
    ];
    chain.nodes[1] = chain.users[1].runs();
    for end in [0, 2] {
        chain.nodes[end].says("session_up", &gateway, SOON);
    }
    hears(&mut chain.nodes[2], &missed[0]);
    hears(&mut chain.nodes[0], &missed[1]);
    chain.crosses(0, 2, "after");
    chain.crosses(2, 0, "and back");
    let [one, other] = [0, 2].map(|end| {
        let history = chain.users[end].history(STAGE);
        let texts = history.iter().map(|said| said.text("text").to_owned());
        texts.collect::<Vec<String>>()
    });
    assert_eq!(one.len(), 5, "{one:?}");
    assert_eq!(one, other, "the same, in the same order");
}

#[test]
fn over_five_networks_each_message_comes_once_and_its_hops_are_counted() {
    if !namespaces() {
        return;
    }
    let mut chain = Chain::new(5);
    let last = chain.last();
    let mut said = Vec::new();
    for number in 0..MESSAGES {
        let heard = chain.crosses(0, last, &format!("over {number}"));
        assert_eq!(heard.value("hops"), 5, "four hosts are between: {heard}");
        said.push(heard.text("id").to_owned());
        let heard = chain.crosses(last, 0, &format!("and back {number}"));
        assert_eq!(heard.value("hops"), 5, "four hosts are between: {heard}");
    }
    chain.is_traced();
    for id in &said {
        let node = &mut chain.nodes[last];
        let shown = node.count(|event| event.name() == "message" && event.text("id") == id);
        assert_eq!(shown, 1, "{}", node.account());
    }
    assert_eq!(chain.users[last].history(STAGE).len(), 2 * MESSAGES);
}
