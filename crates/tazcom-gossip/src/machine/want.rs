//! Messages that a peer has and we lack. What comes is what was wanted, at the pace at which it was.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::sync::SyncFrame;
use tazcom_proto::{Envelope, MessageId};

use super::Gossip;
use crate::held::Known;
use crate::io::{Class, CloseReason};
use crate::session::Asked;

/// How long a run that was planned waits for what the peer offers.
const RUN_AFTER_OFFER: Duration = Duration::from_secs(1);

impl Gossip {
    /// A peer offers messages.
    pub(super) fn offered(&mut self, peer: NodeId, ids: Vec<MessageId>) {
        let (now, rate) = (self.now, self.config.repair.offers);
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        if !session.buckets.offers.take(now, rate, count) {
            self.stats.session_rate += 1;
            return;
        }
        if session.mend.run_at.is_some() {
            // There may be no difference any more when these have come.
            session.mend.run_at = Some(now + RUN_AFTER_OFFER);
        }
        self.touch(&peer);
        self.lack(peer, ids.into_iter());
    }

    /// The peer has these, and we may lack some of them.
    pub(super) fn lack(&mut self, peer: NodeId, ids: impl Iterator<Item = MessageId>) {
        let most = self.config.repair.max_queue;
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let wanted = &mut session.mend.wanted;
        let room = most.saturating_sub(wanted.len());
        let lacking = ids.filter(|id| self.held.known(id) == Known::No);
        wanted.extend(lacking.take(room));
        self.send_want(peer);
    }

    /// Wants the next messages of the peer, if it is not at it and we can take them.
    pub(super) fn send_want(&mut self, peer: NodeId) {
        let (now, repair) = (self.now, &self.config.repair);
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        session.mend.want_at = None;
        if session.mend.asked.is_some() || session.mend.wanted.is_empty() || session.closing {
            return;
        }
        let messages = session.buckets.take.ready_at(now, repair.take);
        let bytes = session.buckets.take_bytes.ready_at(now, repair.take_bytes);
        let ready = messages.max(bytes);
        if ready > now {
            session.mend.want_at = Some(ready);
            return self.wake(ready);
        }
        let mut ids = BTreeSet::new();
        while ids.len() < repair.want
            && let Some(id) = session.mend.wanted.pop_front()
        {
            // One asks one at a time for a message. Should it fail, the next probe shows it.
            if self.held.known(&id) == Known::No && !self.in_flight.contains_key(&id) {
                self.in_flight.insert(id, peer);
                ids.insert(id);
            }
        }
        if ids.is_empty() {
            return;
        }
        session.mend.number += 1;
        let number = session.mend.number;
        let want = SyncFrame::Want {
            number,
            ids: ids.iter().copied().collect(),
        };
        session.mend.asked = Some(Asked {
            number,
            ids,
            progress: false,
            until: now + repair.silence,
        });
        self.touch(&peer);
        self.send_sync(peer, Class::Sync, &want);
    }

    /// Messages have come. The same checks as for live ones, without their authors' buckets.
    pub(super) fn envelopes(
        &mut self,
        peer: NodeId,
        number: u64,
        last: bool,
        envelopes: Vec<Bytes>,
    ) {
        let count = u64::try_from(envelopes.len()).unwrap_or(u64::MAX);
        let asked = self.sessions.get_mut(&peer);
        let Some(asked) = asked.and_then(|one| one.mend.asked.as_mut()) else {
            self.stats.unsolicited += count;
            return;
        };
        if asked.number != number {
            self.stats.unsolicited += count;
            return;
        }
        asked.until = self.now + self.config.repair.silence;
        let mut new = Vec::new();
        for bytes in envelopes {
            let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            let Ok(envelope) = Envelope::decode(bytes) else {
                return self.close(peer, CloseReason::Malformed);
            };
            let id = envelope.id();
            if !self.was_asked(peer, &id, len) {
                self.stats.unsolicited += 1;
            } else if self.repaired(peer, envelope) {
                new.push(id);
            }
        }
        if let Some(session) = self.sessions.get_mut(&peer) {
            session.mend.received += new.len();
        }
        self.touch(&peer);
        self.offer_on(peer, &new);
        if last {
            self.finish_want(peer);
        }
    }

    /// Whether this message was wanted of this peer; it is not wanted any more then.
    fn was_asked(&mut self, peer: NodeId, id: &MessageId, len: u32) -> bool {
        let (now, repair) = (self.now, &self.config.repair);
        let Some(session) = self.sessions.get_mut(&peer) else {
            return false;
        };
        let Some(asked) = session.mend.asked.as_mut() else {
            return false;
        };
        if session.closing || !asked.ids.remove(id) {
            return false;
        }
        asked.progress = true;
        self.in_flight.remove(id);
        let buckets = &mut session.buckets;
        buckets.take.charge(now, repair.take, 1);
        buckets.take_bytes.charge(now, repair.take_bytes, len);
        true
    }

    /// Nothing more comes for this wish. What did not come is wanted again if anything came, for the
    /// peer may send only so much at once.
    fn finish_want(&mut self, peer: NodeId) {
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let Some(asked) = session.mend.asked.take() else {
            return;
        };
        for id in asked.ids {
            self.in_flight.remove(&id);
            if asked.progress {
                session.mend.wanted.push_front(id);
            }
        }
        self.send_want(peer);
        let at_rest = self.in_flight.is_empty();
        if at_rest {
            self.tell_caught_up();
        }
    }

    /// The peer has been silent for too long: somebody else is asked.
    pub(super) fn give_up_want(&mut self, peer: NodeId) {
        self.stats.timed_out += 1;
        if let Some(session) = self.sessions.get_mut(&peer) {
            session.mend.wanted.clear();
            for id in session
                .mend
                .asked
                .take()
                .into_iter()
                .flat_map(|asked| asked.ids)
            {
                self.in_flight.remove(&id);
            }
        }
        self.ask_somebody();
    }
}
