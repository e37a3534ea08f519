//! What the handle asks of its task.
//!
//! A map, not a queue: the newest sighting of a peer replaces the one before, so that however fast
//! discovery speaks, what waits here is bounded and nothing that still matters is lost.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tazcom_identity::NodeId;
use tokio::sync::Notify;

use crate::dial::{Input, Sighting};

/// Peers and addresses waiting at once; several times what the planner takes, since they wait for
/// one turn of the task only.
const MAX_WAITING: usize = 4096;

#[derive(Debug, Default)]
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

/// What came since the task last looked.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    peers: HashMap<NodeId, PeerNews>,
    hinted: HashMap<NodeId, Sighting>,
    by_hand: BTreeSet<SocketAddr>,
    /// The newest filter, if it was set anew.
    pub(crate) local: Option<Option<BTreeSet<IpAddr>>>,
    /// The host's addresses, if they were told anew.
    pub(crate) own: Option<BTreeSet<IpAddr>>,
    /// Not taken, for want of room.
    pub(crate) refused: u64,
}

/// A peer that went and came back appears anew, so both are kept, in this order.
#[derive(Debug, Default)]
struct PeerNews {
    gone: bool,
    seen: Option<Sighting>,
}

impl Inbox {
    pub(crate) fn seen(&self, sighting: Sighting) {
        self.about(sighting.id, |news| news.seen = Some(sighting));
    }

    pub(crate) fn gone(&self, id: NodeId) {
        self.about(id, |news| {
            *news = PeerNews {
                gone: true,
                seen: None,
            }
        });
    }

    pub(crate) fn hinted(&self, sighting: Sighting) {
        let mut waiting = self.lock();
        // One too many is told of again by whoever knows of it.
        if waiting.hinted.len() < MAX_WAITING || waiting.hinted.contains_key(&sighting.id) {
            waiting.hinted.insert(sighting.id, sighting);
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    pub(crate) fn by_hand(&self, addr: SocketAddr) {
        let mut waiting = self.lock();
        if waiting.by_hand.len() < MAX_WAITING {
            waiting.by_hand.insert(addr);
        } else {
            waiting.refused += 1;
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    pub(crate) fn allow_local(&self, local: Option<BTreeSet<IpAddr>>) {
        self.lock().local = Some(local);
        self.arrived.notify_one();
    }

    pub(crate) fn own_addresses(&self, own: BTreeSet<IpAddr>) {
        self.lock().own = Some(own);
        self.arrived.notify_one();
    }

    /// Waits until something came, then takes all of it. Cancel-safe: nothing is taken before the
    /// last await.
    pub(crate) async fn take(&self) -> Waiting {
        self.arrived.notified().await;
        std::mem::take(&mut *self.lock())
    }

    fn about(&self, id: NodeId, change: impl FnOnce(&mut PeerNews)) {
        let mut waiting = self.lock();
        if waiting.peers.len() < MAX_WAITING || waiting.peers.contains_key(&id) {
            change(waiting.peers.entry(id).or_default());
        } else {
            waiting.refused += 1;
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    /// A panic elsewhere leaves the map whole: every change to it is a single call.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// All of it as the planner takes it. Whoever left goes first: their places may be what the
    /// newcomers need.
    pub(crate) fn into_inputs(self) -> impl Iterator<Item = Input> {
        let mut gone = Vec::new();
        let mut seen = Vec::new();
        for (id, news) in self.peers {
            gone.extend(news.gone.then_some(Input::Gone(id)));
            seen.extend(news.seen.map(Input::Seen));
        }
        let hinted = self.hinted.into_values().map(Input::Hinted);
        let by_hand = self.by_hand.into_iter().map(Input::ByHand);
        gone.into_iter().chain(seen).chain(by_hand).chain(hinted)
    }
}
