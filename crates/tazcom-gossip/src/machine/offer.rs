//! Messages that we have and a peer lacks.
//!
//! What was repaired is not pushed along the tree, for most neighbours of a latecomer have it: it is
//! offered, and whoever lacks it wants it.

use tazcom_identity::NodeId;
use tazcom_proto::MessageId;
use tazcom_proto::limits::MAX_SYNC_IDS;
use tazcom_proto::sync::SyncFrame;

use super::Gossip;
use crate::io::Class;

impl Gossip {
    /// These are to be offered to the peer.
    pub(super) fn offer(&mut self, peer: NodeId, ids: impl Iterator<Item = MessageId>) {
        let most = self.config.repair.max_queue;
        let at = self.now + self.config.repair.offer_after;
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let mend = &mut session.mend;
        let room = most.saturating_sub(mend.offers.len());
        mend.offers.extend(ids.take(room));
        if mend.offers.is_empty() {
            return;
        }
        let at = *mend.offer_at.get_or_insert(at);
        self.wake(at);
    }

    /// New messages that came from one peer are offered to our neighbours, but to none that holds the
    /// same as that peer: a latecomer has nothing to offer to those who have it all.
    pub(super) fn offer_on(&mut self, from: NodeId, ids: &[MessageId]) {
        let source = self.sessions.get(&from).and_then(|one| one.mend.status);
        let source = source.map(|status| status.fingerprint);
        let others = self.sessions.iter().filter(|(peer, one)| {
            let holds = one.mend.status.map(|status| status.fingerprint);
            let same = holds.is_some() && holds == source;
            **peer != from && one.link.is_up() && !same
        });
        let others: Vec<NodeId> = others.map(|(peer, _)| *peer).collect();
        for peer in others {
            self.offer(peer, ids.iter().copied());
        }
    }

    /// The time to offer something to the peer has come.
    pub(super) fn send_offer(&mut self, peer: NodeId) {
        let pause = self.now + self.config.repair.offer_pause;
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let mend = &mut session.mend;
        mend.offer_at = None;
        let mut ids = Vec::new();
        while ids.len() < MAX_SYNC_IDS
            && let Some(id) = mend.offers.pop_front()
        {
            if self.held.counts(&id) {
                ids.push(id);
            }
        }
        if !mend.offers.is_empty() {
            mend.offer_at = Some(pause);
        }
        if !ids.is_empty() {
            self.touch(&peer);
            self.keep_status(peer);
            self.send_sync(peer, Class::Sync, &SyncFrame::Offer(ids));
        }
    }
}
