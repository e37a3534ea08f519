//! Messages of our own.

use tazcom_identity::NodeId;
use tazcom_proto::{MessageId, VerifiedEnvelope};

use super::Gossip;
use crate::held::Known;

impl Gossip {
    /// A message of our own goes out at the pace at which others take an author's. What waits in vain
    /// is held all the same, and repair finds it. So does what was imported and is somebody else's.
    pub(super) fn publish(&mut self, envelope: VerifiedEnvelope) {
        if envelope.author() != self.me {
            return self.imported(&[envelope]);
        }
        if self.held.known(&envelope.id()) != Known::No {
            return;
        }
        self.hold(&envelope);
        if self.waiting.len() >= self.config.max_waiting {
            self.stats.left_to_repair += 1;
            return;
        }
        self.waiting.push_back(envelope);
        self.send_waiting();
    }

    /// A file may hold more than is said in a day. It does not go out live, where what is said now
    /// would have to wait for it: it is offered like what was repaired.
    pub(super) fn imported(&mut self, envelopes: &[VerifiedEnvelope]) {
        let mut new: Vec<MessageId> = Vec::new();
        for envelope in envelopes {
            if self.held.known(&envelope.id()) == Known::No && !self.held.is_full() {
                self.hold(envelope);
                new.push(envelope.id());
            }
        }
        let links: Vec<NodeId> = self.links().collect();
        for peer in links {
            self.offer(peer, new.iter().copied());
        }
    }

    pub(super) fn send_waiting(&mut self) {
        let rate = self.config.authors.own;
        while let Some(envelope) = self.waiting.front() {
            if !self.pace.take(self.now, rate, 1) {
                let at = self.pace.ready_at(self.now, rate);
                self.wake(at);
                return;
            }
            let envelope = envelope.clone();
            self.waiting.pop_front();
            self.held.in_tree(&envelope.id(), self.now);
            self.tree.broadcast(self.now, &envelope);
        }
    }

    pub(super) fn waiting_until(&self) -> Option<std::time::Instant> {
        let rate = self.config.authors.own;
        let waiting = !self.waiting.is_empty();
        waiting.then(|| self.pace.ready_at(self.now, rate))
    }
}
