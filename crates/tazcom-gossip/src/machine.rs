//! The machine: it is told what happens, and says what is to be done.

mod frames;
mod gate;
mod links;
mod offer;
mod paths;
mod publish;
mod run;
mod serve;
mod status;
mod tell;
mod tick;
mod want;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use paths::Paths;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use run::Runs;
use tazcom_identity::NodeId;
use tazcom_proto::sync::{Status as WireStatus, SyncFrame};
use tazcom_proto::{MessageId, UnixMillis, VerifiedEnvelope};
use tell::Told;

use crate::authors::Authors;
use crate::bucket::Bucket;
use crate::clocks::Clocks;
use crate::config::Config;
use crate::held::HeldIndex;
use crate::io::{Channel, Class, CloseReason, Held, Input, Output};
use crate::session::Session;
use crate::stats::Stats;
use crate::tree::{Slot, Tree};

/// How envelopes reach everybody and gaps are repaired, for one node.
pub struct Gossip {
    config: Config,
    me: NodeId,
    rng: ChaCha8Rng,
    now: Instant,
    wall: UnixMillis,
    sessions: BTreeMap<NodeId, Session>,
    slots: BTreeMap<Slot, NodeId>,
    last_slot: u64,
    /// Whether there are too many sessions for all of them to be links.
    crowded: bool,
    tree: Tree,
    /// The last message sent along the tree, encoded: it goes to several.
    encoded: Option<(Bytes, u16, Bytes)>,
    held: HeldIndex,
    clocks: Clocks,
    authors: Authors,
    runs: Runs,
    /// Messages that are wanted of somebody at the moment.
    in_flight: HashMap<MessageId, NodeId>,
    /// Whose wish a request to the store is for.
    fetches: BTreeMap<u64, NodeId>,
    last_fetch: u64,
    /// Own messages that others would not take at this pace.
    waiting: VecDeque<VerifiedEnvelope>,
    pace: Bucket,
    paths: Paths,
    told: Told,
    tick_at: Instant,
    probe_at: Instant,
    judge_at: Instant,
    /// Nothing is due before.
    next: Instant,
    out: VecDeque<Output>,
    stats: Stats,
    /// Signatures are taken for good.
    trusting: bool,
}

impl Gossip {
    /// A machine for the node `me`. All that is random in it follows from the seed. `held` are the
    /// messages in the store.
    pub fn new(
        config: Config,
        me: NodeId,
        seed: [u8; 32],
        now: Instant,
        held: impl IntoIterator<Item = Held>,
    ) -> Self {
        let mut rng = ChaCha8Rng::from_seed(seed);
        let mut for_tree = [0; 32];
        rng.fill_bytes(&mut for_tree);
        let tree = Tree::new(&config, for_tree, now);
        let mut index = HeldIndex::new(&config);
        let mut authors = Authors::new(now);
        for Held {
            id,
            author,
            created,
            expires,
        } in held
        {
            index.insert(id, created, expires, None);
            authors.establish(author, now, &config.authors);
        }
        Self {
            me,
            now,
            wall: UnixMillis(0),
            sessions: BTreeMap::new(),
            slots: BTreeMap::new(),
            last_slot: 0,
            crowded: false,
            tree,
            encoded: None,
            held: index,
            clocks: Clocks::default(),
            authors,
            runs: Runs::new(rng.next_u64()),
            in_flight: HashMap::new(),
            fetches: BTreeMap::new(),
            last_fetch: 0,
            waiting: VecDeque::new(),
            pace: Bucket::full(now),
            paths: Paths::default(),
            told: Told::default(),
            tick_at: now + config.links.check,
            probe_at: now + config.repair.probe,
            judge_at: now + config.links.judge,
            next: now,
            out: VecDeque::new(),
            stats: Stats::default(),
            trusting: false,
            rng,
            config,
        }
    }

    /// Takes every signature for good from now on. For simulations of a thousand nodes on one
    /// machine, which would do nothing but verify.
    #[cfg(feature = "__sim")]
    #[doc(hidden)]
    pub const fn trust_signatures(&mut self) {
        self.trusting = true;
    }

    /// Something has happened, at this time, when our clock says this. Drain
    /// [`poll_output`](Self::poll_output) then.
    pub fn handle(&mut self, now: Instant, wall: UnixMillis, input: Input) {
        self.now = self.now.max(now);
        self.wall = wall;
        self.clocks.read(self.now, wall);
        match input {
            Input::SessionUp { peer, network } => self.session_up(peer, network),
            Input::SessionDown { peer } => self.session_down(&peer),
            Input::Frame {
                peer,
                channel: Channel::Gossip,
                bytes,
            } => self.gossip_frame(peer, &bytes),
            Input::Frame {
                peer,
                channel: Channel::Sync,
                bytes,
            } => self.sync_frame(peer, &bytes),
            Input::Publish(envelope) => self.publish(envelope),
            Input::Imported(envelopes) => self.imported(&envelopes),
            Input::Evicted(ids) => ids.into_iter().for_each(|id| self.held.evict(id)),
            Input::Lost(ids) => ids.iter().for_each(|id| self.held.lose(id)),
            Input::Floor(floor) => self.held.set_floor(floor),
            Input::Fetched { request, envelopes } => self.fetched(request, envelopes),
            Input::Backlog { peer, state } => self.backlog(peer, state),
            Input::TracePeer { token, target } => self.trace(token, target),
            Input::PeerAddresses(peers) => self.peer_addresses(peers),
            Input::Timeout => {}
        }
        if self.now >= self.next {
            self.due();
        }
        self.flush_tree();
    }

    /// What is to be done; [`Output::Wait`] when that is all.
    pub fn poll_output(&mut self) -> Output {
        match self.out.pop_front() {
            Some(output) => output,
            None => Output::Wait(Some(self.next)),
        }
    }

    /// What time it is, when our clock says this: that, or what our peers agree on when ours is far
    /// off. Messages of this node are to be created at this time, or nobody takes them.
    #[must_use]
    pub fn network_time(&self, wall: UnixMillis) -> UnixMillis {
        self.clocks.time(wall)
    }

    /// The neighbours in the broadcast tree.
    pub fn links(&self) -> impl Iterator<Item = NodeId> {
        let up = self.sessions.iter().filter(|(_, one)| one.link.is_up());
        up.map(|(peer, _)| *peer)
    }

    /// Counters since the start.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// Messages that are held and have not expired.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Entries in all tables and queues together, for tests of bounds.
    #[doc(hidden)]
    #[must_use]
    pub fn entries(&self) -> usize {
        let sessions = self.sessions.values().map(|session| {
            let (mend, link) = (&session.mend, &session.link);
            let asked = mend.asked.as_ref().map_or(0, |asked| asked.ids.len());
            session.announced.len()
                + mend.wanted.len()
                + mend.offers.len()
                + asked
                + link.grafted.len()
        });
        let (timers, kept, _) = self.tree.sizes();
        sessions.sum::<usize>()
            + timers
            + kept
            + self.held.remembered()
            + self.authors.len()
            + self.runs.len()
            + self.in_flight.len()
            + self.fetches.len()
            + self.waiting.len()
            + self.paths.len()
            + self.told.len()
            + self.out.len()
    }

    /// The time that counts.
    fn time(&self) -> UnixMillis {
        self.clocks.time(self.wall)
    }

    fn wake(&mut self, at: Instant) {
        self.next = self.next.min(at);
    }

    /// A number below this one; 0 for 0.
    fn below(&mut self, most: usize) -> usize {
        let most = u64::try_from(most).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.rng.next_u64() % most).unwrap_or(0)
    }

    /// A time drawn between two.
    fn between(&mut self, (least, most): (Duration, Duration)) -> Duration {
        let span = u64::try_from(most.saturating_sub(least).as_nanos()).unwrap_or(u64::MAX);
        least + Duration::from_nanos(self.rng.next_u64() % span.max(1))
    }

    fn send_sync(&mut self, peer: NodeId, class: Class, frame: &SyncFrame) {
        self.out.push_back(Output::Send {
            peer,
            channel: Channel::Sync,
            class,
            bytes: frame.encode().into(),
        });
    }

    fn close(&mut self, peer: NodeId, reason: CloseReason) {
        let counter = match reason {
            CloseReason::Malformed => &mut self.stats.malformed,
            CloseReason::BadSignature => &mut self.stats.bad_signatures,
        };
        *counter += 1;
        if let Some(session) = self.sessions.get_mut(&peer)
            && !std::mem::replace(&mut session.closing, true)
        {
            self.out.push_back(Output::Close { peer, reason });
        }
    }

    fn session_up(&mut self, peer: NodeId, network: u32) {
        self.session_down(&peer);
        if peer == self.me || self.sessions.len() >= self.config.max_sessions {
            return;
        }
        self.last_slot += 1;
        let slot = Slot(self.last_slot);
        let session = Session::new(slot, network, self.now, &self.config);
        self.sessions.insert(peer, session);
        self.slots.insert(slot, peer);
        self.authors.establish(peer, self.now, &self.config.authors);
        self.send_status(peer, false);
        self.check_links();
        self.tell(peer);
    }

    fn session_down(&mut self, peer: &NodeId) {
        let Some(session) = self.sessions.remove(peer) else {
            return;
        };
        self.slots.remove(&session.slot);
        let was_link = session.link.is_up();
        if was_link {
            self.out.push_back(Output::Unlinked { peer: *peer });
        }
        self.tree.down(self.now, session.slot);
        self.clocks.forget(peer);
        self.runs.forget(peer);
        self.fetches.retain(|_, whose| whose != peer);
        let mend = session.mend;
        // What was on its way through a neighbour may be lost.
        let missing = was_link || !mend.wanted.is_empty() || mend.asked.is_some();
        for id in mend.asked.into_iter().flat_map(|asked| asked.ids) {
            self.in_flight.remove(&id);
        }
        if missing {
            self.ask_somebody();
        }
        self.check_links();
    }

    fn status(&self, answer: bool) -> WireStatus {
        WireStatus {
            wall: self.wall,
            floor: self.held.floor(),
            fingerprint: self.held.fingerprint(),
            answer,
        }
    }
}

impl std::fmt::Debug for Gossip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gossip")
            .field("sessions", &self.sessions.len())
            .field("held", &self.held.len())
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}
