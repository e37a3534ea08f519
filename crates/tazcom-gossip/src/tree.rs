//! The broadcast tree: `iroh-gossip`'s engine behind frames of our own.
//!
//! The engine is Plumtree and HyParView in one machine. Only Plumtree is used: who is a neighbour is
//! decided elsewhere, so membership frames neither come in nor go out, and a neighbour is put in by a
//! membership frame that never saw a wire.
//!
//! The engine's content of a message is what its author signed, so its id for it is ours. Signatures
//! are kept here and put on again when something is sent.

mod kept;
mod mirror;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use iroh_gossip::proto::{
    Command, Config as EngineConfig, InEvent, Message, OutEvent, PeerData, Scope, State, Timer,
    TopicId, topic,
};
use kept::Kept;
use mirror::{Mirrored, Neighbour, PlumtreeFrame};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use tazcom_identity::Signature;
use tazcom_proto::mesh::{IHave, MeshFrame};
use tazcom_proto::{MessageId, VerifiedEnvelope};

use crate::config::{Config, Tree as TreeConfig};

/// A neighbour, by a number that is used once. The engine's frames name none, so it never leaves.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub(crate) struct Slot(pub(crate) u64);

const ME: Slot = Slot(0);
/// Of a neighbour that there is not. To lose it makes the engine forget what is dead.
const NOBODY: Slot = Slot(u64::MAX);

/// There is one tree for everything.
const TOPIC: [u8; 32] = *b"tazcom/v2/one mesh for all of it";

/// As good as never: an engine without a membership has nothing to shuffle.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// How often the engine looks what it may forget.
const EVICT_EVERY: Duration = Duration::from_secs(5);

/// A frame to a neighbour.
pub(crate) type Sent = (Slot, MeshFrame);

pub(crate) struct Tree {
    engine: State<Slot, ChaCha8Rng>,
    topic: TopicId,
    timers: BTreeMap<(Instant, u64), Timer<Slot>>,
    timer_seq: u64,
    kept: Kept,
    sent: Vec<Sent>,
    max_hops: u16,
    keep: Duration,
}

impl Tree {
    pub(crate) fn new(config: &Config, seed: [u8; 32], now: Instant) -> Self {
        let topic = TopicId::from_bytes(TOPIC);
        let rng = ChaCha8Rng::from_seed(seed);
        let engine = State::new(ME, PeerData::default(), engine_config(&config.tree), rng);
        let mut tree = Self {
            engine,
            topic,
            timers: BTreeMap::new(),
            timer_seq: 0,
            kept: Kept::new(config.tree.max_kept_bytes),
            sent: Vec::new(),
            max_hops: config.tree.max_hops,
            // Longer than the engine, which looks now and then what it may forget.
            keep: config.tree.keep + 2 * EVICT_EVERY,
        };
        let nobody = Command::Join(Vec::new());
        tree.handle(now, InEvent::Command(topic, nobody));
        tree
    }

    /// There is a neighbour.
    pub(crate) fn up(&mut self, now: Instant, slot: Slot) {
        if let Some(message) = mirror::neighbour(TOPIC, Neighbour::High) {
            self.handle(now, InEvent::RecvMessage(slot, message));
        }
    }

    /// There is none any more.
    pub(crate) fn down(&mut self, now: Instant, slot: Slot) {
        self.handle(now, InEvent::PeerDisconnected(slot));
    }

    /// Forgets announcements that came to nothing.
    pub(crate) fn purge(&mut self, now: Instant) {
        self.down(now, NOBODY);
        self.kept.forget(now);
    }

    /// A message of our own.
    pub(crate) fn broadcast(&mut self, now: Instant, envelope: &VerifiedEnvelope) {
        let content = self.keep(now, envelope);
        let command = Command::Broadcast(content, Scope::Swarm);
        self.handle(now, InEvent::Command(self.topic, command));
    }

    /// A message that a neighbour has pushed and the gate has let pass.
    pub(crate) fn gossip(
        &mut self,
        now: Instant,
        slot: Slot,
        round: u16,
        envelope: &VerifiedEnvelope,
    ) {
        let content = self.keep(now, envelope);
        self.receive_gossip(now, slot, round, *envelope.id().as_bytes(), &content);
    }

    /// Another copy of a message that the tree has seen: it will prune.
    pub(crate) fn duplicate(&mut self, now: Instant, slot: Slot, id: &MessageId, envelope: &[u8]) {
        let len = envelope.len().saturating_sub(Signature::LEN);
        let signed = envelope.get(..len).unwrap_or_default();
        self.receive_gossip(now, slot, 0, *id.as_bytes(), signed);
    }

    fn receive_gossip(
        &mut self,
        now: Instant,
        slot: Slot,
        round: u16,
        id: [u8; 32],
        content: &[u8],
    ) {
        let round = round.min(self.max_hops);
        self.receive(now, slot, &PlumtreeFrame::gossip(id, content, round));
    }

    pub(crate) fn prune(&mut self, now: Instant, slot: Slot) {
        self.receive(now, slot, &PlumtreeFrame::Prune);
    }

    pub(crate) fn graft(&mut self, now: Instant, slot: Slot, id: Option<MessageId>, round: u16) {
        let id = id.map(|id| *id.as_bytes());
        let round = round.min(self.max_hops);
        self.receive(now, slot, &PlumtreeFrame::graft(id, round));
    }

    pub(crate) fn ihave(&mut self, now: Instant, slot: Slot, list: &[IHave]) {
        if list.is_empty() {
            return;
        }
        let list = list
            .iter()
            .map(|one| (*one.id.as_bytes(), one.round.min(self.max_hops)));
        self.receive(now, slot, &PlumtreeFrame::ihave(list));
    }

    fn receive(&mut self, now: Instant, slot: Slot, frame: &PlumtreeFrame<'_>) {
        if let Some(message) = mirror::plumtree(TOPIC, frame) {
            self.handle(now, InEvent::RecvMessage(slot, message));
        }
    }

    /// Carries out what is due.
    pub(crate) fn timeout(&mut self, now: Instant) {
        while let Some(first) = self.timers.first_entry()
            && first.key().0 <= now
        {
            let timer = first.remove();
            self.handle(now, InEvent::TimerExpired(timer));
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.timers.first_key_value().map(|((at, _), _)| *at)
    }

    /// The frames that are to be sent, in order.
    pub(crate) fn take_sent(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.sent)
    }

    /// Entries in tables here and envelopes that are kept, for tests of bounds.
    pub(crate) fn sizes(&self) -> (usize, usize, usize) {
        (self.timers.len(), self.kept.len(), self.kept.bytes())
    }

    /// Keeps an envelope as long as the engine may send it, and gives the part it is to know.
    fn keep(&mut self, now: Instant, envelope: &VerifiedEnvelope) -> Bytes {
        let bytes = envelope.bytes().clone();
        let content = bytes.slice(..envelope.signed().len());
        self.kept.put(envelope.id(), bytes, now + self.keep);
        content
    }

    fn handle(&mut self, now: Instant, event: InEvent<Slot>) {
        let events: Vec<_> = self.engine.handle(event, now.into(), None).collect();
        for event in events {
            match event {
                OutEvent::SendMessage(slot, message) => self.send(slot, &message),
                OutEvent::ScheduleTimer(after, timer) => {
                    self.timer_seq += 1;
                    self.timers.insert((now + after, self.timer_seq), timer);
                }
                // What the tree received, the gate has delivered. Who is a neighbour, the link
                // policy has said. Whom to disconnect is not for the engine to say.
                _ => {}
            }
        }
    }

    fn send(&mut self, slot: Slot, message: &Message<Slot>) {
        let Some(frame) = mirror::read(message, |mirrored| self.frame(mirrored)) else {
            return;
        };
        match frame {
            // The engine puts as many into one as it likes.
            MeshFrame::IHave(list) => {
                let parts = list.chunks(tazcom_proto::limits::MAX_IHAVES);
                let frames = parts.map(|part| (slot, MeshFrame::IHave(part.to_vec())));
                self.sent.extend(frames);
            }
            frame => self.sent.push((slot, frame)),
        }
    }

    /// Our frame for the engine's; none for one of the membership, and for a message that is not
    /// kept any more.
    fn frame(&self, mirrored: Mirrored<'_>) -> Option<MeshFrame> {
        let Mirrored::Plumtree(frame) = mirrored else {
            return None;
        };
        let max_hops = self.max_hops;
        Some(match frame {
            PlumtreeFrame::Gossip { id, scope, .. } => MeshFrame::Gossip {
                round: scope.round().min(max_hops),
                envelope: self.kept.get(&MessageId::from_bytes(id))?,
            },
            PlumtreeFrame::Prune => MeshFrame::Prune,
            PlumtreeFrame::Graft { id, round } => MeshFrame::Graft {
                id: id.map(MessageId::from_bytes),
                round: round.min(max_hops),
            },
            PlumtreeFrame::IHave(list) => {
                let list = list.into_iter().map(|(id, round)| IHave {
                    id: MessageId::from_bytes(id),
                    round: round.min(max_hops),
                });
                MeshFrame::IHave(list.collect())
            }
        })
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tree")
            .field("sizes", &self.sizes())
            .finish_non_exhaustive()
    }
}

fn engine_config(tree: &TreeConfig) -> topic::Config {
    let mut config = EngineConfig::default();
    // Nobody is ever pushed out of it.
    config.membership.active_view_capacity = 1 << 20;
    config.membership.shuffle_interval = NEVER;
    config.broadcast.graft_timeout_1 = tree.graft_after;
    config.broadcast.graft_timeout_2 = tree.graft_again;
    config.broadcast.dispatch_timeout = tree.announce_after;
    config.broadcast.optimization_threshold = tree.shorter_by.into();
    config.broadcast.message_cache_retention = tree.keep;
    config.broadcast.message_id_retention = tree.remember;
    config.broadcast.cache_evict_interval = EVICT_EVERY;
    // It only says how many announcements go into one frame, which is cut again here.
    config.max_message_size = 60_000;
    config
}
