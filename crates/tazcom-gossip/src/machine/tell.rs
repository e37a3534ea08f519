//! Peers told by peers. Addresses pass through; nobody here looks at them.

use std::time::Instant;

use tazcom_identity::NodeId;
use tazcom_proto::limits::{MAX_TOLD_ADDRESSES, MAX_TOLD_PEERS};
use tazcom_proto::sync::{SyncFrame, ToldPeer};

use super::Gossip;
use crate::io::{Class, Output};

/// Peers that others may be told of, at most. A node has no more sessions.
const MAX_KNOWN: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Told {
    peers: Vec<ToldPeer>,
    /// When all are to be told of a change.
    pub(super) at: Option<Instant>,
    last: Option<Instant>,
}

impl Told {
    pub(super) fn len(&self) -> usize {
        self.peers.len()
    }
}

impl Gossip {
    /// These are all that others may be told of.
    pub(super) fn peer_addresses(&mut self, mut peers: Vec<ToldPeer>) {
        peers.truncate(MAX_KNOWN);
        for peer in &mut peers {
            peer.addresses.truncate(MAX_TOLD_ADDRESSES);
        }
        if peers == self.told.peers {
            return;
        }
        self.told.peers = peers;
        let pause = self.config.repair.tell_every;
        let earliest = self.told.last.map_or(self.now, |last| last + pause);
        let earliest = earliest.max(self.now);
        let at = *self.told.at.get_or_insert(earliest);
        self.wake(at);
    }

    /// Everybody is told of the change.
    pub(super) fn tell_all(&mut self) {
        self.told.at = None;
        self.told.last = Some(self.now);
        let all: Vec<NodeId> = self.sessions.keys().copied().collect();
        for peer in all {
            self.tell(peer);
        }
    }

    /// Tells a peer of some others, drawn from all.
    pub(super) fn tell(&mut self, peer: NodeId) {
        let others = self.told.peers.iter().filter(|one| one.id != peer);
        let mut others: Vec<ToldPeer> = others.cloned().collect();
        while others.len() > MAX_TOLD_PEERS {
            let at = self.below(others.len());
            others.swap_remove(at);
        }
        if !others.is_empty() {
            self.send_sync(peer, Class::Sync, &SyncFrame::Peers(others));
        }
    }

    /// A peer tells of others.
    pub(super) fn peers_told(&mut self, from: NodeId, mut peers: Vec<ToldPeer>) {
        let (now, rate) = (self.now, self.config.repair.told);
        let Some(session) = self.sessions.get_mut(&from) else {
            return;
        };
        let count = u32::try_from(peers.len()).unwrap_or(u32::MAX);
        if !session.buckets.told.take(now, rate, count) {
            self.stats.session_rate += 1;
            return;
        }
        peers.retain(|one| one.id != self.me && one.id != from && !one.addresses.is_empty());
        if !peers.is_empty() {
            self.out.push_back(Output::PeersTold { from, peers });
        }
    }
}
