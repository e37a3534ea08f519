//! Which ratchet something goes in, and when a new one is begun.

use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use vodozemac::olm::Session;

use super::Direct;
use crate::event::SecurityEvent;
use crate::row::RowKey;

impl Direct {
    /// The ratchet for the next message to somebody: the one in which something came last, because the
    /// other side certainly has that one. None when it has to wait.
    ///
    /// `counts`: it is one of those of which not too many may be on their way. `after`: only a younger
    /// one will do.
    pub(super) fn ratchet_for(
        &mut self,
        now: UnixMillis,
        to: NodeId,
        counts: bool,
        after: Option<u64>,
    ) -> Option<u64> {
        let loads = self.outbox.loads(&to);
        let peer = self.peers.get(&to)?;
        let has_room = |number: &u64| {
            let load = loads.get(number).copied().unwrap_or_default();
            !counts || load < self.config.window
        };
        let fit = peer.live().filter(|ratchet| {
            after.is_none_or(|after| ratchet.number > after) && has_room(&ratchet.number)
        });
        if let Some(best) = fit.max_by_key(|ratchet| (ratchet.received, ratchet.number)) {
            return Some(best.number);
        }
        // What somebody else makes us say, or say again, does not make us begin ratchets as it likes.
        let on_demand = !counts || after.is_some();
        if !on_demand {
            return match peer.live().count() < self.config.ratchets {
                true => self.begin(now, to, false),
                false => None,
            };
        }
        if !peer.may_begin_afresh(now, &self.config) {
            let since = peer.fresh.map_or(now, |(at, _)| at);
            let at = since.after(self.config.fresh_every);
            self.retry.insert(to, at);
            return None;
        }
        let number = self.begin(now, to, true)?;
        self.peers.get_mut(&to)?.fresh = Some((now, number));
        Some(number)
    }

    /// Begins a ratchet; `afresh`: because something could not be opened. None without a key of the other
    /// side.
    pub(super) fn begin(&mut self, now: UnixMillis, to: NodeId, afresh: bool) -> Option<u64> {
        let peer = self.peers.get_mut(&to)?;
        let identity = peer.identity?;
        let key = peer.take_key(now, afresh)?;
        self.dirty.insert(RowKey::Peer(to));
        let Some(session) = self.keys.begin(identity, key) else {
            peer.bundle = peer.bundle.filter(|bundle| bundle.fallback != key);
            self.security(SecurityEvent::BadKeys { who: to });
            return None;
        };
        self.add(now, to, session, identity)
    }

    /// Takes in a ratchet, for which an old one may have to go.
    pub(super) fn add(
        &mut self,
        now: UnixMillis,
        who: NodeId,
        session: Session,
        identity: [u8; 32],
    ) -> Option<u64> {
        let peer = self.peers.get_mut(&who)?;
        let (number, gone) = peer.add(now, session, identity, &self.config);
        self.dirty.insert(RowKey::Peer(who));
        self.dirty.insert(RowKey::Ratchet(who, number));
        let gone = gone.map(|gone| RowKey::Ratchet(who, gone));
        self.dirty.extend(gone);
        Some(number)
    }
}
