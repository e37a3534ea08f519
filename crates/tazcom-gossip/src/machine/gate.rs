//! The gate: nothing comes to the tree, to the store or to anybody else that has not passed here.
//!
//! The engine forwards in the same breath in which it receives, so whatever is to be judged is judged
//! before. The order is that of cost.

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::mesh::IHave;
use tazcom_proto::{Envelope, MessageId, VerifiedEnvelope};

use super::Gossip;
use crate::authors::Empty;
use crate::held::Known;
use crate::io::{By, CloseReason, Output};
use crate::tree::Slot;

impl Gossip {
    /// A neighbour pushes an envelope.
    pub(super) fn pushed(&mut self, peer: NodeId, slot: Slot, round: u16, bytes: Bytes) {
        let Ok(envelope) = Envelope::decode(bytes) else {
            return self.close(peer, CloseReason::Malformed);
        };
        let id = envelope.id();
        self.answered(&peer, &id);
        match self.held.known(&id) {
            Known::No => {}
            Known::Gone => {
                self.stats.gone += 1;
                return;
            }
            Known::Held { in_tree, came } => {
                return self.pushed_again(peer, slot, round, envelope, in_tree, came);
            }
        }
        if !self.in_window(&envelope) || !self.has_room() {
            return;
        }
        let author = envelope.author();
        let len = u32::try_from(envelope.bytes().len()).unwrap_or(u32::MAX);
        let rates = &self.config.authors;
        if let Err(empty) = self.authors.allow(&author, self.now, rates, len) {
            let counter = match empty {
                Empty::Author => &mut self.stats.author_rate,
                Empty::Strangers => &mut self.stats.stranger_rate,
                Empty::Everybody => &mut self.stats.total_rate,
            };
            *counter += 1;
            return;
        }
        let Some(envelope) = self.verified(peer, envelope) else {
            return;
        };
        let rates = &self.config.authors;
        self.authors.take(&author, self.now, rates, len);
        self.hold(&envelope);
        self.held.in_tree(&id, self.now);
        self.tree.gossip(self.now, slot, round, &envelope);
        if let Some(session) = self.sessions.get_mut(&peer) {
            session.link.firsts = session.link.firsts.saturating_add(1);
        }
        self.stats.live += 1;
        let hops = round.min(self.config.tree.max_hops).saturating_add(1);
        self.deliver(envelope, peer, hops, By::Live);
    }

    /// A copy of what is held. The tree must see it while it remembers the first, or its branches
    /// never grow apart; and it must not when it does not, for it would send it on as new.
    fn pushed_again(
        &mut self,
        peer: NodeId,
        slot: Slot,
        round: u16,
        envelope: Envelope,
        in_tree: Option<std::time::Instant>,
        came: Option<std::time::Instant>,
    ) {
        let (now, tree) = (self.now, &self.config.tree);
        if in_tree.is_some_and(|at| now.duration_since(at) < tree.duplicate) {
            self.stats.duplicates += 1;
            let id = envelope.id();
            self.tree.duplicate(now, slot, &id, envelope.bytes());
            return;
        }
        // Repair was faster than the tree. Those behind us have it from nobody else yet.
        let just_repaired = in_tree.is_none() && came.is_some_and(|at| now - at < tree.keep);
        if !just_repaired {
            self.stats.old += 1;
            return;
        }
        self.stats.duplicates += 1;
        if let Some(envelope) = self.verified(peer, envelope) {
            self.held.in_tree(&envelope.id(), now);
            self.tree.gossip(now, slot, round, &envelope);
        }
    }

    /// A peer has sent an envelope that was wanted of it. Gives whether it was new.
    pub(super) fn repaired(&mut self, peer: NodeId, envelope: Envelope) -> bool {
        if self.held.known(&envelope.id()) != Known::No
            || !self.in_window(&envelope)
            || !self.has_room()
        {
            return false;
        }
        let Some(envelope) = self.verified(peer, envelope) else {
            return false;
        };
        let author = envelope.author();
        self.authors.heard(&author, self.now, &self.config.authors);
        self.hold(&envelope);
        self.stats.repaired += 1;
        self.deliver(envelope, peer, 0, By::Repair);
        true
    }

    /// A neighbour announces what it has.
    pub(super) fn announced(&mut self, peer: NodeId, slot: Slot, mut list: Vec<IHave>) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        let (rate, most) = (self.config.session.ihaves, self.config.tree.max_announced);
        if !session.buckets.ihaves.take(now, rate, count) {
            self.stats.session_rate += 1;
            return;
        }
        list.retain(|one| {
            self.held.known(&one.id) == Known::No && session.announced.insert(one.id, most)
        });
        self.tree.ihave(now, slot, &list);
    }

    /// Whether its times can be believed. What is refused costs nobody anything: clocks may differ.
    fn in_window(&mut self, envelope: &Envelope) -> bool {
        let (time, window) = (self.time(), &self.config.window);
        if envelope.created() > time.after(window.future)
            || envelope.hlc().millis > time.after(window.hlc_future)
        {
            self.stats.future += 1;
            return false;
        }
        if envelope.expires().after(window.expired) < time || envelope.created() < self.held.floor()
        {
            self.stats.expired += 1;
            return false;
        }
        true
    }

    fn has_room(&mut self) -> bool {
        let room = !self.held.is_full();
        self.stats.full += u64::from(!room);
        room
    }

    /// Checks the signature. Whoever passes on a bad one has not checked it, and loses its session.
    fn verified(&mut self, peer: NodeId, envelope: Envelope) -> Option<VerifiedEnvelope> {
        if self.trusting {
            return Some(envelope.assume_verified());
        }
        let verified = envelope.verify().ok();
        if verified.is_none() {
            self.close(peer, CloseReason::BadSignature);
        }
        verified
    }

    pub(super) fn hold(&mut self, envelope: &VerifiedEnvelope) {
        let (created, expires) = (envelope.created(), envelope.expires());
        self.held
            .insert(envelope.id(), created, expires, Some(self.now));
    }

    fn deliver(&mut self, envelope: VerifiedEnvelope, from: NodeId, hops: u16, by: By) {
        let most = self.config.trace.max_heard;
        self.paths.heard(&envelope, from, most);
        self.out.push_back(Output::Deliver {
            envelope,
            from,
            hops,
            by,
        });
    }

    /// The peer has sent what it may have been grafted for.
    fn answered(&mut self, peer: &NodeId, id: &MessageId) {
        if let Some(session) = self.sessions.get_mut(peer) {
            session.link.grafted.retain(|(grafted, _)| grafted != id);
        }
    }
}
