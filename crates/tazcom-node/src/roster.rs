//! The peers one observer knows of, and the events that lead from one such view to the next.
//!
//! The run loop keeps one for the node, every subscriber one for itself, for one promise: whatever was missed on the way, the events an observer gets always add up to the
//! truth. Nobody is removed who was not discovered, nobody is discovered twice.

use std::collections::BTreeMap;

use tazcom_discovery::{self as discovery, LostReason, Peer};
use tazcom_identity::NodeId;

use crate::event::{Event, Warning};

/// Who is there, by id. Bounded by discovery, which knows 1024 peers at most.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    peers: BTreeMap<NodeId, Peer>,
}

impl Roster {
    /// Everybody, in the order of their ids.
    #[must_use]
    pub fn peers(&self) -> Vec<Peer> {
        self.peers.values().cloned().collect()
    }

    /// Whether nobody is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    /// What an event of discovery means to somebody with this view: nothing, one event, or
    /// several. It does not change the view; [`apply`](Self::apply) each.
    #[must_use]
    pub fn steps(&self, event: discovery::Event) -> Vec<Event> {
        let step = match event {
            discovery::Event::Resync(present) => return self.steps_to(present),
            discovery::Event::Found(peer) | discovery::Event::Updated(peer) => self.present(peer),
            discovery::Event::Lost { id, reason } => self.gone(id, reason),
            discovery::Event::InterfaceUp(interface) => Some(Event::InterfaceUp(interface)),
            discovery::Event::InterfaceDown(interface) => Some(Event::InterfaceDown(interface)),
            discovery::Event::IdentityConflict { source } => {
                Some(Event::Warning(Warning::IdentityConflict { source }))
            }
            discovery::Event::Degraded { interface, reason } => {
                Some(Event::Warning(Warning::Degraded { interface, reason }))
            }
            other => Some(Event::Warning(Warning::Unnamed {
                description: format!("{other:?}"),
            })),
        };
        step.into_iter().collect()
    }

    /// `peer` is there, as told: a discovery, an update, or nothing new.
    pub(crate) fn present(&self, peer: Peer) -> Option<Event> {
        match self.peers.get(&peer.id) {
            None => Some(Event::PeerDiscovered(peer)),
            Some(known) if is_same(known, &peer) => None,
            Some(_) => Some(Event::PeerUpdated(peer)),
        }
    }

    /// `id` is gone: a removal, unless nobody was told of it.
    pub(crate) fn gone(&self, id: NodeId, reason: LostReason) -> Option<Event> {
        self.peers
            .contains_key(&id)
            .then_some(Event::PeerRemoved { id, reason })
    }

    /// What has to be told to somebody with this view so that it becomes `present`: removals
    /// first, so that an observer never holds more than both views together.
    ///
    /// Why a peer went is among what was missed; its records are gone, so `Expired` is said.
    pub(crate) fn steps_to(&self, present: Vec<Peer>) -> Vec<Event> {
        let removed = self
            .peers
            .keys()
            .filter(|id| !present.iter().any(|peer| peer.id == **id))
            .map(|id| Event::PeerRemoved {
                id: *id,
                reason: LostReason::Expired,
            });
        let mut steps: Vec<Event> = removed.collect();
        steps.extend(present.into_iter().filter_map(|peer| self.present(peer)));
        steps
    }

    /// Takes note of an event that is being told.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::PeerDiscovered(peer) | Event::PeerUpdated(peer) => {
                self.peers.insert(peer.id, peer.clone());
            }
            Event::PeerRemoved { id, .. } => {
                self.peers.remove(id);
            }
            // Nothing else says who is there.
            _ => {}
        }
    }
}

/// Whether two sights of a peer are the same but for the order of its addresses, which only says
/// which of them was heard of last.
fn is_same(known: &Peer, seen: &Peer) -> bool {
    let mut known_addrs: Vec<_> = known.addrs.iter().collect();
    let mut seen_addrs: Vec<_> = seen.addrs.iter().collect();
    known_addrs.sort();
    seen_addrs.sort();
    known.port == seen.port
        && known.version == seen.version
        && known.sessions == seen.sessions
        && known_addrs == seen_addrs
}

#[cfg(test)]
mod tests;
