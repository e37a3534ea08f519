//! Keys of others: bundles out of the mesh, and one-time keys out of sessions.

use tazcom_identity::NodeId;
use tazcom_proto::direct::DirectFrame;
use tazcom_proto::inner::kind;
use tazcom_proto::{Content, Scope, UnixMillis, VerifiedEnvelope, cbor};
use zeroize::Zeroizing;

use super::Direct;
use crate::bundle::{Bundle, is_weak};
use crate::event::SecurityEvent;
use crate::io::Output;
use crate::row::RowKey;

impl Direct {
    pub(super) fn prekeys(&mut self, now: UnixMillis, envelope: &VerifiedEnvelope) {
        let who = envelope.author();
        let Content::Prekeys { identity, fallback } = *envelope.content() else {
            return;
        };
        if *envelope.scope() != Scope::Mesh || who == self.me {
            return;
        }
        let expires = envelope.expires();
        if expires <= now || is_weak(&identity) || is_weak(&fallback) {
            return self.security(SecurityEvent::BadKeys { who });
        }
        let order = (envelope.hlc(), envelope.id());
        let bundle = Bundle {
            identity,
            fallback,
            order,
            expires,
        };
        let known = match self.peers.get(&who) {
            Some(peer) => peer.newest.map(|newest| (newest, peer.identity)),
            None => self
                .strangers
                .get(&who)
                .map(|old| (old.order, Some(old.identity))),
        };
        if let Some((newest, known)) = known
            && order <= newest
        {
            if known.is_some_and(|known| known != identity) {
                self.security(SecurityEvent::OldKeys { who });
            }
            return;
        }
        let Some(peer) = self.peers.get_mut(&who) else {
            self.strangers.put(who, bundle);
            return self.again(now, who);
        };
        peer.newest = Some(order);
        self.dirty.insert(RowKey::Peer(who));
        self.pin(who, identity);
        if let Some(peer) = self.peers.get_mut(&who) {
            peer.bundle = Some(bundle);
        }
        self.again(now, who);
    }

    pub(super) fn session_up(&mut self, now: UnixMillis, who: NodeId) {
        if who == self.me || self.blocked.contains(&who) {
            return;
        }
        if let Some((key, new)) = self.keys.reserve(now, who, &self.config) {
            if new {
                self.dirty.insert(RowKey::Keys);
            }
            let identity = self.keys.identity();
            let frame = DirectFrame::OneTimeKey { identity, key };
            self.out.push_back(Output::Frame { to: who, frame });
        }
    }

    /// The session proves that it is from `who`, and that it is of now.
    pub(super) fn one_time_key(
        &mut self,
        now: UnixMillis,
        who: NodeId,
        identity: [u8; 32],
        key: [u8; 32],
    ) {
        if who == self.me || self.blocked.contains(&who) {
            return;
        }
        if is_weak(&identity) || is_weak(&key) {
            return self.security(SecurityEvent::BadKeys { who });
        }
        if !self.meet(now, who) {
            return self.security(SecurityEvent::TooMuch { who });
        }
        self.pin(who, identity);
        if let Some(peer) = self.peers.get_mut(&who)
            && peer.give(key)
        {
            self.dirty.insert(RowKey::Peer(who));
        }
        self.again(now, who);
        // One of the two begins, so that there is one ratchet and not two.
        let begins = self.me < who;
        let has_none = self
            .peers
            .get(&who)
            .is_some_and(|peer| peer.live().next().is_none());
        if begins
            && has_none
            && let Some(ratchet) = self.begin(now, who, false)
        {
            let mut nothing = Zeroizing::new(Vec::with_capacity(1));
            cbor::put_null(&mut nothing);
            self.say_once(now, who, ratchet, kind::HELLO, nothing);
        }
    }

    /// Takes this for somebody's long-term key, and says so when there was another one.
    pub(super) fn pin(&mut self, who: NodeId, identity: [u8; 32]) {
        let Some(peer) = self.peers.get_mut(&who) else {
            return;
        };
        if peer.identity == Some(identity) {
            return;
        }
        self.dirty.insert(RowKey::Peer(who));
        if peer.pin(identity) {
            self.security(SecurityEvent::NewKeys { who });
        }
    }

    /// What waited for keys of somebody: our words, and its own.
    fn again(&mut self, now: UnixMillis, who: NodeId) {
        for envelope in self.aside.take(&who) {
            self.dirty.insert(RowKey::Aside(envelope.id()));
            self.sealed(now, envelope);
        }
        self.flush(now, who);
    }

    /// Who is known to have this long-term key.
    pub(super) fn owner(&self, identity: &[u8; 32]) -> Option<NodeId> {
        self.pinned(identity)
            .or_else(|| self.strangers.owner(identity))
    }

    /// Whose long-term key this is, beyond what a stranger claims in a bundle.
    pub(super) fn pinned(&self, identity: &[u8; 32]) -> Option<NodeId> {
        if self.keys.identity() == *identity {
            return Some(self.me);
        }
        let mut peers = self.peers.iter();
        let peer = peers.find(|(_, peer)| peer.identity.as_ref() == Some(identity));
        peer.map(|(who, _)| *who)
    }
}
