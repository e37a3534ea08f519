//! Nodes on an emulated network.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tazcom_identity::{NodeId, SecretKey};
use tazcom_net::{Config, Endpoint, Event, Events, SeenAddr, SessionInfo, Sighting};
use tazcom_testkit::{Seed, SimNet, StreamConditions};
use tokio::time::{Instant, timeout};

use crate::transport::{Emulated, EmulatedListener};

/// Where every node listens.
pub(crate) const PORT: u16 = 4000;

pub(crate) struct Lab {
    pub(crate) seed: Seed,
    pub(crate) net: SimNet,
}

pub(crate) struct Node {
    pub(crate) id: NodeId,
    pub(crate) addr: SocketAddr,
    pub(crate) endpoint: Endpoint,
    events: Events,
    /// Everything it told so far, and when.
    pub(crate) told: Vec<(Instant, Event)>,
}

/// Keys in the order of their ids: of two nodes, the one with the smaller number decides.
pub(crate) fn identity(n: u8) -> SecretKey {
    static SEEDS: OnceLock<Vec<[u8; 32]>> = OnceLock::new();
    let seeds = SEEDS.get_or_init(|| {
        let mut seeds: Vec<[u8; 32]> = (0..=u8::MAX).map(|n| [n; 32]).collect();
        seeds.sort_by_cached_key(|seed| SecretKey::from_seed(*seed).node_id());
        seeds
    });
    SecretKey::from_seed(seeds[usize::from(n)])
}

pub(crate) fn ip(n: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, n])
}

pub(crate) fn calm() -> StreamConditions {
    StreamConditions {
        latency: Duration::from_millis(1)..=Duration::from_millis(5),
        loss: 0.0,
    }
}

impl Lab {
    pub(crate) fn new(seed: Seed, conditions: StreamConditions) -> Self {
        let net = SimNet::new(seed, conditions);
        Self { seed, net }
    }

    pub(crate) fn node(&self, n: u8) -> Node {
        self.node_with(n, n, Config::lan())
    }

    /// The node with key `n` on host `host`.
    pub(crate) fn node_with(&self, n: u8, host: u8, config: Config) -> Node {
        let config = Config {
            seed: Some(self.seed.0 ^ u64::from(host) << 32),
            ..config
        };
        let host = self.net.host(ip(host));
        let listener = host.listen(PORT).expect("nobody listens there yet");
        let addr = listener.local_addr();
        let listeners = vec![EmulatedListener(listener)];
        let identity = Arc::new(identity(n));
        let id = identity.node_id();
        let started = Endpoint::start(identity, &config, Emulated(host), listeners);
        let (endpoint, events) = started.expect("its randomness is given");
        Node {
            id,
            addr,
            endpoint,
            events,
            told: Vec::new(),
        }
    }
}

impl Node {
    pub(crate) fn meet(&self, other: &Self) {
        self.meet_at(other.id, &[other.addr]);
    }

    pub(crate) fn meet_at(&self, id: NodeId, addrs: &[SocketAddr]) {
        let addrs = addrs.iter().map(|addr| SeenAddr {
            addr: *addr,
            source: Some(addr.ip()),
        });
        self.endpoint.peer_seen(Sighting {
            id,
            addrs: addrs.collect(),
            sessions: true,
        });
    }

    pub(crate) fn session(&self, with: NodeId) -> Option<SessionInfo> {
        let sessions = self.endpoint.sessions();
        sessions.into_iter().find(|session| session.id == with)
    }

    /// Reads what it has told by now.
    pub(crate) async fn catch_up(&mut self) {
        while let Ok(Some(event)) = tokio::time::timeout(Duration::ZERO, self.events.next()).await {
            self.told.push((Instant::now(), event));
        }
    }

    /// How many of what it told are such.
    pub(crate) fn count(&self, such: impl Fn(&Event) -> bool) -> usize {
        self.told.iter().filter(|(_, event)| such(event)).count()
    }

    /// Forgets what it told.
    pub(crate) fn forget(&mut self) {
        self.told.clear();
    }
}

pub(crate) fn is_up(event: &Event) -> bool {
    matches!(event, Event::SessionUp { .. })
}

pub(crate) fn is_down(event: &Event) -> bool {
    matches!(event, Event::SessionDown { .. })
}

/// Lets virtual time pass: where time is paused it jumps there as soon as nothing else is to be
/// done before.
pub(crate) async fn elapse(time: Duration) {
    let _ = timeout(time, std::future::pending::<()>()).await;
}

/// Lets virtual time pass, in steps, while everybody's events are read.
pub(crate) async fn pass(time: Duration, nodes: &mut [&mut Node]) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        let left = end - Instant::now();
        elapse(left.min(Duration::from_millis(50))).await;
        for node in nodes.iter_mut() {
            node.catch_up().await;
        }
    }
}

/// Lets time pass until it is so.
pub(crate) async fn until(
    what: &str,
    within: Duration,
    nodes: &mut [&mut Node],
    so: impl Fn(&[&mut Node]) -> bool,
) -> Duration {
    let begun = Instant::now();
    while !so(nodes) {
        let told: Vec<_> = nodes.iter().map(|node| &node.told).collect();
        assert!(
            begun.elapsed() < within,
            "not {what} within {within:?}: {told:#?}"
        );
        pass(Duration::from_millis(10), nodes).await;
    }
    begun.elapsed()
}

/// Whether the two have one session, the same one.
pub(crate) fn are_linked(one: &Node, other: &Node) -> bool {
    match (one.session(other.id), other.session(one.id)) {
        (Some(here), Some(there)) => here.binding == there.binding,
        _ => false,
    }
}
