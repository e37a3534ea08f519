//! The table at its limits, and two tables that must come to the same end.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tazcom_identity::NodeId;
use tazcom_session::ByeCode;

use super::{Arrival, DownReason, LinkId, Links, Output, Verdict};
use crate::config::Config;
use crate::event::ConnectionLimit;

fn id(n: u16) -> NodeId {
    let mut bytes = [0; 32];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    NodeId::from_bytes(bytes)
}

fn addr(host: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, host], 4000))
}

fn table(us: u16) -> Links {
    Links::new(id(us), Config::lan().links, BTreeSet::new(), true)
}

fn from_peer(peer: u16, host: u8) -> Arrival {
    Arrival {
        peer: id(peer),
        ours: false,
        addr: addr(host),
        renews: false,
    }
}

fn taken(verdict: Verdict) -> LinkId {
    match verdict {
        Verdict::Take(link) => link,
        refused => panic!("{refused:?}"),
    }
}

fn drained(links: &mut Links, now: Instant) -> Vec<Output> {
    let mut outputs = Vec::new();
    loop {
        match links.poll_output(now) {
            Output::Wait(_) => return outputs,
            output => outputs.push(output),
        }
    }
}

#[test]
fn sixteen_sessions_with_one_address_are_taken_and_no_more() {
    let (mut links, now) = (table(0), Instant::now());
    for peer in 1..=16 {
        taken(links.arrived(now, from_peer(peer, 1)));
    }
    let limit = ConnectionLimit::SessionsPerAddress(16);
    let refused = Verdict::Refuse(ByeCode::Full, Some(limit));
    assert_eq!(links.arrived(now, from_peer(17, 1)), refused);
    let next = taken(links.arrived(now, from_peer(17, 2)));
    links.ended(next, DownReason::CutOff);
    assert_eq!(links.arrived(now, from_peer(18, 1)), refused);
}

#[test]
fn the_one_address_of_all_nodes_of_a_host_is_free_of_that_limit_and_not_of_the_total() {
    let (mut links, now) = (table(0), Instant::now());
    let local = |peer| Arrival {
        addr: SocketAddr::from(([127, 0, 0, 1], 4000)),
        ..from_peer(peer, 0)
    };
    for peer in 1..=256 {
        assert!(!links.is_full());
        taken(links.arrived(now, local(peer)));
    }
    assert!(links.is_full());
    let refused = Verdict::Refuse(ByeCode::Full, Some(ConnectionLimit::Sessions(256)));
    assert_eq!(links.arrived(now, local(257)), refused);
    // Another one of a peer that is there takes a place that is about to be free.
    taken(links.arrived(now, local(256)));
}

#[test]
fn a_fourth_session_of_a_pair_is_refused() {
    let (mut links, now) = (table(9), Instant::now());
    for _ in 0..3 {
        taken(links.arrived(now, from_peer(1, 1)));
    }
    let refused = Verdict::Refuse(ByeCode::Duplicate, None);
    assert_eq!(links.arrived(now, from_peer(1, 1)), refused);
}

#[test]
fn who_is_blocked_is_told_so_and_nothing_else() {
    let mut links = Links::new(id(0), Config::lan().links, [id(1)].into(), true);
    let now = Instant::now();
    let refused = Verdict::Refuse(ByeCode::Policy, None);
    assert_eq!(links.arrived(now, from_peer(1, 1)), refused);
    assert!(drained(&mut links, now).is_empty());
    taken(links.arrived(now, from_peer(2, 2)));
}

#[test]
fn an_old_session_that_does_not_answer_gives_way_and_one_that_does_stays() {
    for answers in [true, false] {
        let (mut links, now) = (table(0), Instant::now());
        let old = taken(links.arrived(now, from_peer(1, 1)));
        links.stands(old, None);
        drained(&mut links, now);
        let later = now + Duration::from_secs(60);
        let new = taken(links.arrived(later, from_peer(1, 2)));
        links.stands(new, None);
        assert_eq!(drained(&mut links, later), [Output::Probe(old)]);
        if answers {
            links.alive(old);
            let two = Output::TwoHosts {
                id: id(1),
                kept: addr(1),
                refused: addr(2),
            };
            let close = Output::Close(new, ByeCode::Duplicate);
            assert_eq!(drained(&mut links, later), [close, two]);
        } else {
            links.ended(old, DownReason::Unanswered);
            assert_eq!(drained(&mut links, later), [Output::Carry(id(1), new)]);
        }
    }
}

#[test]
fn nothing_goes_through_a_successor_before_the_old_session_is_over() {
    let (mut links, now) = (table(0), Instant::now());
    let old = taken(links.arrived(now, from_peer(1, 1)));
    links.stands(old, None);
    drained(&mut links, now);
    let renewal = Arrival {
        renews: true,
        ..from_peer(1, 1)
    };
    let new = taken(links.arrived(now, renewal));
    links.stands(new, None);
    let close = Output::Close(old, ByeCode::Duplicate);
    assert_eq!(drained(&mut links, now), [close]);
    links.ended(old, DownReason::ByPeer(ByeCode::Done));
    assert_eq!(drained(&mut links, now), [Output::Carry(id(1), new)]);
}

/// One end of a connection in the network of the property below.
#[derive(Clone, Copy, Debug)]
struct End {
    link: LinkId,
    open: bool,
}

/// Two tables, the connections between them, and what is under way.
struct World {
    now: Instant,
    start: Instant,
    tables: [Links; 2],
    /// By connection, at each end: none before the handshake has come so far.
    ends: BTreeMap<usize, [Option<End>; 2]>,
    events: BTreeSet<(Instant, usize, Step)>,
    made: usize,
    delays: Vec<u64>,
}

/// What happens to an end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Node dials.
    Dial(usize),
    /// The responder is told who calls.
    Reach(usize),
    /// The initiator is welcomed.
    Welcome(usize),
    /// The other end has closed.
    Close(usize),
    /// A ping is answered.
    Answer(usize),
}

impl World {
    fn new(delays: Vec<u64>) -> Self {
        let start = Instant::now();
        Self {
            now: start,
            start,
            tables: [table(0), table(1)],
            ends: BTreeMap::new(),
            events: BTreeSet::new(),
            made: 0,
            delays,
        }
    }

    fn delay(&self, what: usize) -> Duration {
        Duration::from_millis(self.delays[what % self.delays.len()])
    }

    fn later(&mut self, connection: usize, step: Step) {
        let at = self.now + self.delay(connection * 7 + self.events.len());
        self.events.insert((at, connection, step));
    }

    /// A connection that is authenticated at `node`; the other end hears of it later.
    fn arrive(&mut self, connection: usize, node: usize, ours: bool) {
        let arrival = Arrival {
            peer: id(1 - u16::try_from(node).unwrap()),
            ours,
            addr: addr(1),
            renews: false,
        };
        match self.tables[node].arrived(self.now, arrival) {
            Verdict::Take(link) => {
                self.ends.entry(connection).or_default()[node] = Some(End { link, open: true });
                if ours {
                    self.later(connection, Step::Reach(1 - node));
                } else {
                    self.tables[node].stands(link, None);
                    self.later(connection, Step::Welcome(1 - node));
                }
            }
            Verdict::Refuse(..) if ours => {}
            Verdict::Refuse(..) => self.later(connection, Step::Close(1 - node)),
        }
    }

    fn step(&mut self, connection: usize, step: Step) {
        let end = |world: &Self, node: usize| {
            let ends = world.ends.get(&connection)?;
            ends[node].filter(|end| end.open).map(|end| end.link)
        };
        match step {
            Step::Dial(node) => {
                let peer = id(1 - u16::try_from(node).unwrap());
                if !self.tables[node].has(peer) {
                    self.arrive(connection, node, true);
                }
            }
            Step::Reach(node) => {
                // Whoever called may have gone since.
                if end(self, 1 - node).is_some() {
                    self.arrive(connection, node, false);
                }
            }
            Step::Welcome(node) => {
                if let Some(link) = end(self, node) {
                    self.tables[node].stands(link, None);
                }
            }
            Step::Close(node) => {
                if let Some(link) = end(self, node) {
                    self.end(connection, node, link);
                    self.later(connection, Step::Close(1 - node));
                }
            }
            Step::Answer(node) => {
                if let (Some(link), Some(_)) = (end(self, node), end(self, 1 - node)) {
                    self.tables[node].alive(link);
                }
            }
        }
        self.drain();
    }

    fn end(&mut self, connection: usize, node: usize, link: LinkId) {
        self.tables[node].ended(link, DownReason::ByPeer(ByeCode::Duplicate));
        if let Some(Some(end)) = self.ends.get_mut(&connection).map(|ends| &mut ends[node]) {
            end.open = false;
        }
    }

    fn drain(&mut self) {
        for node in [0, 1] {
            for output in drained(&mut self.tables[node], self.now) {
                let connection = |link: LinkId| {
                    let ends = self.ends.iter();
                    let mut mine =
                        ends.filter(|(_, ends)| ends[node].is_some_and(|end| end.link == link));
                    mine.next().map(|(connection, _)| *connection)
                };
                match output {
                    Output::Close(link, _) => {
                        let connection = connection(link).expect("it is one of ours");
                        // Its own end goes on until the other has closed.
                        self.later(connection, Step::Close(1 - node));
                    }
                    Output::Probe(link) => {
                        let connection = connection(link).expect("it is one of ours");
                        self.later(connection, Step::Answer(node));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Lets everything happen; a node without a session dials again, as its planner would.
    fn run(&mut self, until: Duration) {
        loop {
            let wakes = (0..2).filter_map(|node| match self.tables[node].poll_output(self.now) {
                Output::Wait(at) => at,
                output => panic!("{output:?} was left over"),
            });
            let wakes = wakes.min();
            let next = self.events.first().map(|(at, ..)| *at);
            let Some(at) = [wakes, next].into_iter().flatten().min() else {
                return;
            };
            if at > self.start + until {
                return;
            }
            self.now = self.now.max(at);
            if next == Some(at) {
                let (_, connection, step) = self.events.pop_first().expect("there is one");
                self.step(connection, step);
            } else {
                self.drain();
            }
        }
    }

    fn dial(&mut self, node: usize, at: Duration) {
        self.made += 1;
        self.events
            .insert((self.start + at, self.made, Step::Dial(node)));
    }

    fn open(&self) -> Vec<(bool, bool)> {
        let is_open = |end: Option<End>| end.is_some_and(|end| end.open);
        let ends = self
            .ends
            .values()
            .map(|ends| (is_open(ends[0]), is_open(ends[1])));
        ends.filter(|ends| *ends != (false, false)).collect()
    }
}

proptest! {
    /// However long everything takes, dials from both sides leave one session, the same for both.
    #[test]
    fn of_any_crossing_dials_one_session_is_left(
        delays in prop::collection::vec(0_u64..300, 1..20),
        dials in prop::collection::vec((0_usize..2, 0_u64..1000), 1..4),
    ) {
        let mut world = World::new(delays);
        for (node, at) in dials {
            world.dial(node, Duration::from_millis(at));
        }
        // Whoever has none by then dials again, the smaller id first.
        world.dial(0, Duration::from_secs(3));
        world.dial(1, Duration::from_secs(5));
        world.run(Duration::from_secs(30));
        prop_assert_eq!(world.open(), vec![(true, true)]);
    }
}

#[test]
fn the_limits_are_those_of_the_configuration() {
    let mut limits = Config::lan().links;
    limits.total = NonZeroUsize::MIN;
    let mut links = Links::new(id(0), limits, BTreeSet::new(), true);
    let now = Instant::now();
    taken(links.arrived(now, from_peer(1, 1)));
    let refused = Verdict::Refuse(ByeCode::Full, Some(ConnectionLimit::Sessions(1)));
    assert_eq!(links.arrived(now, from_peer(2, 2)), refused);
}
