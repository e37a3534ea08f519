//! Engines on an emulated LAN, in virtual time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tazcom_discovery::engine::{Engine, Family, Input, LinkId, MDNS_PORT, Output};
use tazcom_discovery::{
    Event, Interface, InterfaceAddr, InterfaceIndex, InterfaceKind, LocalService, Peer,
};
use tazcom_identity::NodeId;
use tazcom_testkit::{Clock, LinkConfig, Port, Seed, Segment, SimLan, fixed_id};

/// A world of nodes and segments.
pub(crate) struct World {
    pub(crate) seed: Seed,
    clock: Clock,
    now: Instant,
    lan: SimLan<Vec<u8>>,
    nodes: Vec<Node>,
    /// When each node wants to be woken; stale entries are recognised by the node's own deadline.
    wakes: BinaryHeap<Reverse<(Instant, usize)>>,
    ports: BTreeMap<Port, (usize, LinkId, IpAddr)>,
    /// Bytes of all packets sent.
    pub(crate) bytes: u64,
    /// Every packet sent, when wanted.
    pub(crate) capture: Option<Vec<Captured>>,
}

pub(crate) struct Captured {
    pub(crate) node: usize,
    pub(crate) link: LinkId,
    pub(crate) payload: Vec<u8>,
}

pub(crate) struct Node {
    pub(crate) id: NodeId,
    pub(crate) engine: Engine,
    pub(crate) events: Vec<(Duration, Event)>,
    pub(crate) finished: bool,
    deadline: Option<Instant>,
    ports: BTreeMap<LinkId, Port>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let clock = Clock::start();
        Self {
            seed: Seed(seed),
            clock,
            now: clock.at(Duration::ZERO),
            lan: SimLan::new(Seed(seed)),
            nodes: Vec::new(),
            wakes: BinaryHeap::new(),
            ports: BTreeMap::new(),
            bytes: 0,
            capture: None,
        }
    }

    pub(crate) fn segment(&mut self, config: LinkConfig) -> Segment {
        self.lan.add_segment(config)
    }

    /// A node that announces itself; not on any segment yet.
    pub(crate) fn node(&mut self) -> usize {
        let n = self.nodes.len();
        let id = fixed_id(u32::try_from(n).unwrap());
        self.node_with(id, true)
    }

    pub(crate) fn browser(&mut self) -> usize {
        self.node_with(fixed_id(u32::MAX), false)
    }

    pub(crate) fn node_with(&mut self, id: NodeId, announce: bool) -> usize {
        let n = self.nodes.len();
        let seed = self.seed.bytes(n as u64);
        self.nodes.push(Node {
            id,
            engine: Engine::new(seed),
            events: Vec::new(),
            finished: false,
            deadline: None,
            ports: BTreeMap::new(),
        });
        if announce {
            self.register(n, 7000);
        }
        n
    }

    pub(crate) fn register(&mut self, node: usize, port: u16) {
        let id = self.nodes[node].id;
        self.input(
            node,
            Input::Register(LocalService {
                id,
                port,
                version: "2.0".to_owned(),
            }),
        );
    }

    /// Plugs interface `index` of a node into a segment, with address `ip/16`.
    pub(crate) fn plug(&mut self, node: usize, index: u32, segment: Segment, ip: Ipv4Addr) {
        let link = LinkId {
            interface: InterfaceIndex(index),
            family: Family::V4,
        };
        let port = match self.nodes[node].ports.get(&link) {
            Some(port) => *port,
            None => self.lan.attach(segment),
        };
        self.lan.set_up(port, true);
        self.nodes[node].ports.insert(link, port);
        self.ports.insert(port, (node, link, IpAddr::V4(ip)));
        self.input(
            node,
            Input::InterfaceUp {
                interface: Interface {
                    index: InterfaceIndex(index),
                    name: format!("eth{index}"),
                    kind: InterfaceKind::Lan,
                    addrs: vec![InterfaceAddr {
                        ip: IpAddr::V4(ip),
                        prefix_len: 16,
                    }],
                },
                families: vec![Family::V4],
            },
        );
    }

    /// Pulls the cable; the node is told only if `noticed`.
    pub(crate) fn pull(&mut self, node: usize, index: u32, noticed: bool) {
        let link = LinkId {
            interface: InterfaceIndex(index),
            family: Family::V4,
        };
        self.lan.set_up(self.nodes[node].ports[&link], false);
        if noticed {
            self.input(node, Input::InterfaceDown(InterfaceIndex(index)));
        }
    }

    /// Kills a node: it neither hears nor says anything any more.
    pub(crate) fn kill(&mut self, node: usize) {
        for port in self.nodes[node].ports.values() {
            self.lan.set_up(*port, false);
        }
        self.nodes[node].finished = true;
    }

    pub(crate) fn lan(&mut self) -> &mut SimLan<Vec<u8>> {
        &mut self.lan
    }

    pub(crate) fn port_of(&self, node: usize) -> Port {
        *self.nodes[node].ports.values().next().unwrap()
    }

    /// Says goodbye and ends a node.
    pub(crate) fn shutdown(&mut self, node: usize) {
        self.input(node, Input::Shutdown);
    }

    pub(crate) fn input(&mut self, node: usize, input: Input<'_>) {
        let now = self.now;
        self.nodes[node].engine.handle(now, input);
        self.drain(node);
    }

    fn drain(&mut self, n: usize) {
        loop {
            let node = &mut self.nodes[n];
            match node.engine.poll_output() {
                Output::Transmit { link, to, payload } => {
                    let port = node.ports[&link];
                    self.bytes += payload.len() as u64;
                    if let Some(capture) = &mut self.capture {
                        capture.push(Captured {
                            node: n,
                            link,
                            payload: payload.clone(),
                        });
                    }
                    match to {
                        None => self.lan.multicast(self.now, port, payload),
                        Some(to) => {
                            let target = self.ports.iter().find(|(_, (.., ip))| *ip == to.ip());
                            if let Some((target, _)) = target {
                                let target = *target;
                                self.lan.unicast(self.now, port, target, payload);
                            }
                        }
                    }
                }
                Output::Event(event) => {
                    let at = self.clock.elapsed(self.now);
                    node.events.push((at, event));
                }
                Output::Finished => node.finished = true,
                Output::Wait(deadline) => {
                    if node.deadline != deadline {
                        node.deadline = deadline;
                        if let Some(at) = deadline {
                            self.wakes.push(Reverse((at, n)));
                        }
                    }
                    return;
                }
            }
        }
    }

    /// Lets time pass until `until` after the start.
    pub(crate) fn run_until(&mut self, until: Duration) {
        let end = self.clock.at(until);
        loop {
            let wake = self.wakes.peek().map(|Reverse((at, _))| *at);
            let next = [wake, self.lan.next_at()].into_iter().flatten().min();
            let Some(next) = next.filter(|at| *at <= end) else {
                break;
            };
            self.now = self.now.max(next);
            if wake.is_some_and(|at| at <= next) {
                let Some(Reverse((at, n))) = self.wakes.pop() else {
                    continue;
                };
                if !self.nodes[n].finished && self.nodes[n].deadline == Some(at) {
                    self.nodes[n].deadline = None;
                    self.input(n, Input::Timeout);
                }
            } else if let Some(delivery) = self.lan.next_delivery() {
                let (n, link, _) = self.ports[&delivery.to];
                let (.., source) = self.ports[&delivery.from];
                if !self.nodes[n].finished {
                    self.input(
                        n,
                        Input::Datagram {
                            link,
                            source: SocketAddr::new(source, MDNS_PORT),
                            payload: &delivery.payload,
                        },
                    );
                }
            }
        }
        self.now = end;
    }

    pub(crate) fn at(&self, node: usize) -> &Node {
        &self.nodes[node]
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn packets(&self) -> u64 {
        self.lan.stats().sent
    }
}

impl Node {
    pub(crate) fn sees(&self, id: NodeId) -> Option<&Peer> {
        self.engine.peers().find(|peer| peer.id == id)
    }

    pub(crate) fn peer_count(&self) -> usize {
        self.engine.peers().count()
    }

    /// Events about peers, since a moment.
    pub(crate) fn peer_events(&self, since: Duration) -> Vec<&Event> {
        let events = self.events.iter().filter(|(at, _)| *at >= since);
        let about_peers = |event: &&Event| {
            matches!(
                event,
                Event::Found(_) | Event::Updated(_) | Event::Lost { .. }
            )
        };
        events.map(|(_, event)| event).filter(about_peers).collect()
    }
}

/// The address of node `n` on its first interface.
pub(crate) fn ip(n: usize) -> Ipv4Addr {
    let n = u16::try_from(n).unwrap() + 1;
    let [high, low] = n.to_be_bytes();
    Ipv4Addr::new(10, 0, high, low)
}

/// `n` nodes on one segment, all started at once.
pub(crate) fn lan_of(n: usize, seed: u64, config: LinkConfig) -> (World, Segment) {
    let mut world = World::new(seed);
    let segment = world.segment(config);
    for _ in 0..n {
        let node = world.node();
        world.plug(node, 1, segment, ip(node));
    }
    (world, segment)
}
