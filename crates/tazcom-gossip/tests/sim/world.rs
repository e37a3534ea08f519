//! Many machines in virtual time: sessions with latency, clocks that differ, stores that survive.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use tazcom_gossip::{By, Channel, CloseReason, Config, Gossip, Held, Input, Output, Skew, Traced};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::{Content, Draft, Hlc, MessageId, RoomName, Scope, UnixMillis, VerifiedEnvelope};
use tazcom_testkit::{Clock, Seed};

/// What honest clocks say when virtual time begins.
pub(crate) const TODAY: u64 = 1_790_000_000_000;

/// How long a store takes to put on disk what it was given.
const COMMIT: Duration = Duration::from_millis(20);

/// One host: a machine while it runs, and what is on its disk.
pub(crate) struct Node {
    pub(crate) id: NodeId,
    key: SecretKey,
    pub(crate) machine: Option<Gossip>,
    /// The disk.
    pub(crate) store: BTreeMap<MessageId, VerifiedEnvelope>,
    /// Not on the disk yet.
    uncommitted: Vec<VerifiedEnvelope>,
    /// How often each message was delivered since the last start.
    pub(crate) delivered: HashMap<MessageId, u32>,
    pub(crate) sessions: BTreeSet<usize>,
    /// The subnets it is attached to.
    pub(crate) subnets: Vec<u32>,
    /// Its clock less the honest ones, in ms.
    pub(crate) clock: i64,
    hlc: Hlc,
    wait: Option<Instant>,
    starts: u64,
    pub(crate) skews: Vec<Skew>,
    pub(crate) traced: Vec<(u64, Traced)>,
    pub(crate) closed: Vec<(NodeId, CloseReason)>,
    pub(crate) synced: Vec<(NodeId, usize, usize)>,
}

#[derive(Debug)]
enum What {
    Frame {
        from: usize,
        to: usize,
        /// Of which session between the two.
        session: u64,
        channel: Channel,
        bytes: Bytes,
    },
    Timeout(usize),
    /// The other end has gone, and this one notices.
    Gone {
        at: usize,
        peer: usize,
        session: u64,
    },
    Commit(usize),
}

/// What was counted since the last [`World::count_anew`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// Frames that carry an envelope, and envelopes within repair.
    pub(crate) data: u64,
    /// All other frames.
    pub(crate) control: u64,
    pub(crate) bytes: u64,
    /// First deliveries, live and by repair.
    pub(crate) live: u64,
    pub(crate) repaired: u64,
    /// Between a message and each of its deliveries, in us.
    pub(crate) latencies: Vec<u32>,
    pub(crate) hops: u64,
    pub(crate) max_hops: u16,
}

pub(crate) struct World {
    clock: Clock,
    /// Virtual time since the start.
    pub(crate) now: Duration,
    seed: Seed,
    rng: ChaCha8Rng,
    pub(crate) config: Config,
    pub(crate) nodes: Vec<Node>,
    by_id: HashMap<NodeId, usize>,
    /// By the smaller and the larger index: which session there is.
    sessions: HashMap<(usize, usize), u64>,
    last_session: u64,
    events: BinaryHeap<Reverse<(Duration, u64)>>,
    whats: HashMap<u64, What>,
    last_event: u64,
    /// When each message was published.
    pub(crate) published: HashMap<MessageId, Duration>,
    pub(crate) counts: Counts,
    /// Pairs for which this is true cannot meet.
    pub(crate) cut: Option<fn(usize, usize) -> bool>,
    /// Whether signatures are taken for good.
    pub(crate) trusting: bool,
    /// Messages that were delivered to a node that had them on its disk.
    pub(crate) shown_again: u32,
    /// Handles so far.
    pub(crate) handled: u64,
}

impl World {
    pub(crate) fn new(seed: u64, config: Config) -> Self {
        let seed = Seed(seed);
        Self {
            clock: Clock::start(),
            now: Duration::ZERO,
            seed,
            rng: seed.rng(1),
            config,
            nodes: Vec::new(),
            by_id: HashMap::new(),
            sessions: HashMap::new(),
            last_session: 0,
            events: BinaryHeap::new(),
            whats: HashMap::new(),
            last_event: 0,
            published: HashMap::new(),
            counts: Counts::default(),
            cut: None,
            trusting: false,
            shown_again: 0,
            handled: 0,
        }
    }

    /// A node that is attached to these subnets, and not running yet.
    pub(crate) fn add(&mut self, subnets: &[u32]) -> usize {
        let at = self.nodes.len();
        let key = SecretKey::from_seed(self.seed.bytes(1000 + at as u64));
        let id = key.node_id();
        self.by_id.insert(id, at);
        self.nodes.push(Node {
            id,
            key,
            machine: None,
            store: BTreeMap::new(),
            uncommitted: Vec::new(),
            delivered: HashMap::new(),
            sessions: BTreeSet::new(),
            subnets: subnets.to_vec(),
            clock: 0,
            hlc: Hlc::default(),
            wait: None,
            starts: 0,
            skews: Vec::new(),
            traced: Vec::new(),
            closed: Vec::new(),
            synced: Vec::new(),
        });
        at
    }

    pub(crate) fn instant(&self) -> Instant {
        self.clock.at(self.now)
    }

    pub(crate) fn wall(&self, at: usize) -> UnixMillis {
        let honest = TODAY + self.now.as_millis() as u64;
        UnixMillis(honest.saturating_add_signed(self.nodes[at].clock))
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        (self.rng.next_u64() % most.max(1) as u64) as usize
    }

    /// Starts a node from its disk.
    pub(crate) fn start(&mut self, at: usize) {
        let now = self.instant();
        let node = &mut self.nodes[at];
        node.starts += 1;
        let held = node.store.values().map(Held::from);
        let seed = Seed(self.seed.0.wrapping_add(node.starts << 32)).bytes(at as u64);
        #[cfg_attr(not(feature = "__sim"), expect(unused_mut))]
        let mut machine = Gossip::new(self.config.clone(), node.id, seed, now, held);
        #[cfg(feature = "__sim")]
        if self.trusting {
            machine.trust_signatures();
        }
        node.machine = Some(machine);
        node.delivered.clear();
        self.handle(at, Input::Timeout);
    }

    /// The power fails: what was not on the disk is gone, and the others notice after a while.
    pub(crate) fn kill(&mut self, at: usize, noticed_after: Duration) {
        let node = &mut self.nodes[at];
        node.machine = None;
        node.uncommitted.clear();
        node.wait = None;
        for peer in std::mem::take(&mut node.sessions) {
            // None when that one has lost its power too and we had not noticed.
            let Some(session) = self.sessions.remove(&pair(at, peer)) else {
                continue;
            };
            self.after(
                noticed_after,
                What::Gone {
                    at: peer,
                    peer: at,
                    session,
                },
            );
        }
    }

    pub(crate) fn is_up(&self, at: usize) -> bool {
        self.nodes[at].machine.is_some()
    }

    /// A subnet that both are attached to.
    pub(crate) fn common_subnet(&self, one: usize, other: usize) -> Option<u32> {
        let there = &self.nodes[other].subnets;
        let common = self.nodes[one]
            .subnets
            .iter()
            .find(|net| there.contains(net));
        common.copied()
    }

    /// Opens a session, if both run, can meet, and have none.
    pub(crate) fn connect(&mut self, one: usize, other: usize) -> bool {
        let may = one != other
            && self.is_up(one)
            && self.is_up(other)
            && !self.sessions.contains_key(&pair(one, other))
            && !self.nodes[one].sessions.contains(&other)
            && !self.nodes[other].sessions.contains(&one)
            && !self.cut.is_some_and(|cut| cut(one, other));
        let Some(network) = self.common_subnet(one, other).filter(|_| may) else {
            return false;
        };
        self.last_session += 1;
        self.sessions.insert(pair(one, other), self.last_session);
        for (at, peer) in [(one, other), (other, one)] {
            self.nodes[at].sessions.insert(peer);
            let peer = self.nodes[peer].id;
            self.handle(at, Input::SessionUp { peer, network });
        }
        true
    }

    /// Ends a session on both sides.
    pub(crate) fn disconnect(&mut self, one: usize, other: usize) {
        if self.sessions.remove(&pair(one, other)).is_none() {
            return;
        }
        for (at, peer) in [(one, other), (other, one)] {
            self.nodes[at].sessions.remove(&peer);
            let peer = self.nodes[peer].id;
            self.handle(at, Input::SessionDown { peer });
        }
    }

    /// Every session between two for which this is true ends, and none can be opened.
    pub(crate) fn cut(&mut self, cut: fn(usize, usize) -> bool) {
        self.cut = Some(cut);
        let apart: Vec<_> = self.sessions.keys().copied().collect();
        let mut apart: Vec<_> = apart.into_iter().filter(|(a, b)| cut(*a, *b)).collect();
        apart.sort_unstable();
        for (one, other) in apart {
            self.disconnect(one, other);
        }
    }

    /// Sees to it that each node has so many sessions in each of its subnets, as far as there are
    /// others: what a session manager does.
    pub(crate) fn keep_sessions(&mut self, each: usize) {
        let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, node) in self.nodes.iter().enumerate() {
            if node.machine.is_some() {
                for subnet in &node.subnets {
                    members.entry(*subnet).or_default().push(at);
                }
            }
        }
        for (subnet, members) in members {
            for &at in &members {
                let have = |world: &Self| {
                    let peers = world.nodes[at].sessions.iter();
                    peers
                        .filter(|peer| world.nodes[**peer].subnets.contains(&subnet))
                        .count()
                };
                let want = each.min(members.len() - 1);
                for _ in 0..4 * want {
                    if have(self) >= want {
                        break;
                    }
                    let other = members[self.below(members.len())];
                    self.connect(at, other);
                }
            }
        }
    }

    /// A node says something. It is on its disk before it goes out.
    pub(crate) fn publish(&mut self, at: usize, text: &str) -> MessageId {
        let wall = self.wall(at);
        let node = &mut self.nodes[at];
        let time = node.machine.as_ref().unwrap().network_time(wall);
        node.hlc = node.hlc.tick(time);
        let content = Content::Text {
            text: text.into(),
            action: false,
        };
        let scope = Scope::Room(RoomName::lobby());
        let draft = Draft::new(scope, content, node.hlc, time);
        let envelope = draft.sign(&node.key).unwrap();
        let id = envelope.id();
        node.store.insert(id, envelope.clone());
        *node.delivered.entry(id).or_default() += 1;
        self.published.insert(id, self.now);
        self.handle(at, Input::Publish(envelope));
        id
    }

    /// Puts history onto a disk.
    pub(crate) fn remember(&mut self, at: usize, envelopes: &[VerifiedEnvelope]) {
        let entries = envelopes.iter().map(|one| (one.id(), one.clone()));
        self.nodes[at].store.extend(entries);
    }

    pub(crate) fn tell(&mut self, at: usize, input: Input) {
        self.handle(at, input);
    }

    fn after(&mut self, delay: Duration, what: What) {
        self.last_event += 1;
        self.whats.insert(self.last_event, what);
        self.events
            .push(Reverse((self.now + delay, self.last_event)));
    }

    /// 1 to 5 ms, always the same between two.
    fn latency(&self, one: usize, other: usize) -> Duration {
        let (a, b) = pair(one, other);
        let mixed = (a as u64 ^ self.seed.0.rotate_left(17))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(b as u64)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Duration::from_micros(1000 + (mixed >> 33) % 4000)
    }

    fn handle(&mut self, at: usize, input: Input) {
        let (now, wall) = (self.instant(), self.wall(at));
        let Some(machine) = self.nodes[at].machine.as_mut() else {
            return;
        };
        self.handled += 1;
        machine.handle(now, wall, input);
        loop {
            let machine = self.nodes[at].machine.as_mut().unwrap();
            match machine.poll_output() {
                Output::Wait(until) => {
                    let node = &mut self.nodes[at];
                    if node.wait != until
                        && let Some(until) = until
                    {
                        node.wait = Some(until);
                        let delay = until.saturating_duration_since(now);
                        self.after(delay, What::Timeout(at));
                    }
                    break;
                }
                output => self.carry_out(at, output),
            }
        }
    }

    fn carry_out(&mut self, at: usize, output: Output) {
        match output {
            Output::Send {
                peer,
                channel,
                bytes,
                ..
            } => {
                let to = self.by_id[&peer];
                let Some(&session) = self.sessions.get(&pair(at, to)) else {
                    return;
                };
                self.count_frame(channel, &bytes);
                let what = What::Frame {
                    from: at,
                    to,
                    session,
                    channel,
                    bytes,
                };
                self.after(self.latency(at, to), what);
            }
            Output::Deliver {
                envelope, hops, by, ..
            } => {
                let id = envelope.id();
                let node = &mut self.nodes[at];
                // What is on the disk has been shown before the last start.
                self.shown_again += u32::from(node.store.contains_key(&id));
                *node.delivered.entry(id).or_default() += 1;
                node.hlc = node.hlc.max(envelope.hlc());
                if node.uncommitted.is_empty() {
                    self.after(COMMIT, What::Commit(at));
                }
                self.nodes[at].uncommitted.push(envelope);
                match by {
                    By::Live => self.counts.live += 1,
                    By::Repair => self.counts.repaired += 1,
                }
                self.counts.hops += u64::from(hops);
                self.counts.max_hops = self.counts.max_hops.max(hops);
                if let Some(at) = self.published.get(&id) {
                    let took = (self.now - *at).as_micros();
                    self.counts
                        .latencies
                        .push(took.try_into().unwrap_or(u32::MAX));
                }
            }
            Output::Fetch { request, ids } => {
                let node = &self.nodes[at];
                let envelopes = ids.iter().filter_map(|id| {
                    let waits = || node.uncommitted.iter().find(|one| one.id() == *id);
                    node.store.get(id).or_else(waits).cloned()
                });
                let envelopes = envelopes.collect();
                let (now, wall) = (self.instant(), self.wall(at));
                let machine = self.nodes[at].machine.as_mut().unwrap();
                machine.handle(now, wall, Input::Fetched { request, envelopes });
            }
            Output::Close { peer, reason } => {
                self.nodes[at].closed.push((peer, reason));
                let peer = self.by_id[&peer];
                self.disconnect(at, peer);
            }
            Output::Skew(skew) => self.nodes[at].skews.push(skew),
            Output::Traced { token, result } => self.nodes[at].traced.push((token, result)),
            Output::Synced {
                peer,
                received,
                sent,
            } => self.nodes[at].synced.push((peer, received, sent)),
            _ => {}
        }
    }

    fn count_frame(&mut self, channel: Channel, bytes: &Bytes) {
        self.counts.bytes += bytes.len() as u64;
        // `[kind, value]`: the second byte is the kind.
        let kind = bytes[1];
        match (channel, kind) {
            (Channel::Gossip, 0) => self.counts.data += 1,
            (Channel::Sync, 18) => {
                let frame = tazcom_proto::sync::SyncFrame::decode(bytes);
                if let Ok(Some(tazcom_proto::sync::SyncFrame::Envelopes { envelopes, .. })) = frame
                {
                    self.counts.data += envelopes.len() as u64;
                }
            }
            _ => self.counts.control += 1,
        }
    }

    pub(crate) fn count_anew(&mut self) {
        self.counts = Counts::default();
    }

    /// Lets time pass.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(Reverse((at, _))) = self.events.peek()
            && *at <= until
        {
            let Reverse((at, number)) = self.events.pop().unwrap();
            self.now = at;
            let what = self.whats.remove(&number).unwrap();
            self.happen(what);
        }
        self.now = until;
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Frame {
                from,
                to,
                session,
                channel,
                bytes,
            } => {
                if self.sessions.get(&pair(from, to)) == Some(&session) {
                    let peer = self.nodes[from].id;
                    self.handle(
                        to,
                        Input::Frame {
                            peer,
                            channel,
                            bytes,
                        },
                    );
                }
            }
            What::Timeout(at) => {
                let now = self.instant();
                if self.nodes[at].wait.is_some_and(|wait| wait <= now) {
                    self.nodes[at].wait = None;
                    self.handle(at, Input::Timeout);
                }
            }
            What::Gone { at, peer, session } => {
                let newer = self.sessions.get(&pair(at, peer));
                if newer.is_none_or(|newer| *newer == session)
                    && self.nodes[at].sessions.remove(&peer)
                {
                    let peer = self.nodes[peer].id;
                    self.handle(at, Input::SessionDown { peer });
                }
            }
            What::Commit(at) => {
                let node = &mut self.nodes[at];
                let done = std::mem::take(&mut node.uncommitted);
                node.store
                    .extend(done.into_iter().map(|one| (one.id(), one)));
            }
        }
    }

    /// Messages that running nodes do not have, of these.
    pub(crate) fn missing(&self, of: &[MessageId]) -> usize {
        let up = self.nodes.iter().filter(|node| node.machine.is_some());
        up.map(|node| {
            let has = |id: &&MessageId| {
                node.store.contains_key(*id) || node.uncommitted.iter().any(|one| one.id() == **id)
            };
            of.iter().filter(|id| !has(id)).count()
        })
        .sum()
    }

    /// Deliveries of one message to one node beyond the first.
    pub(crate) fn repeated(&self) -> u32 {
        let all = self.nodes.iter().flat_map(|node| node.delivered.values());
        let twice: u32 = all.map(|count| count.saturating_sub(1)).sum();
        twice + self.shown_again
    }

    pub(crate) fn random_up(&mut self) -> usize {
        loop {
            let at = self.below(self.nodes.len());
            if self.is_up(at) {
                return at;
            }
        }
    }
}

fn pair(one: usize, other: usize) -> (usize, usize) {
    (one.min(other), one.max(other))
}
