//! How far the node has got with each peer.
//!
//! Sessions are the network's to know. What is kept here is what neither it nor discovery keeps:
//! since when a peer is announced, that it was greeted in plain, and how long it took to answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tazcom_discovery::Peer;
use tazcom_identity::NodeId;
use tazcom_net::SessionInfo;

use crate::event::Event;

/// What a node knows of a peer and has to do with it.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Who. Proven when [`reach`](Self::reach) is a session, else what somebody announces.
    pub id: NodeId,
    /// What is announced of it; `None` when nothing is, or no longer.
    pub announced: Option<Announced>,
    /// How far we have got with it.
    pub reach: Reach,
}

/// An announcement that stands.
#[derive(Clone, Debug)]
pub struct Announced {
    /// What it says.
    pub peer: Peer,
    /// Since when we know of it.
    pub since: Instant,
}

/// How far a node has got with a peer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reach {
    /// There is a session: a handshake has proven who the peer is.
    Session {
        /// With whom, where and since when.
        session: SessionInfo,
        /// The last round trip that was measured in it.
        rtt: Option<Duration>,
    },
    /// It answered a greeting of POC-02. Nothing proves who that was.
    Plain,
    /// It has not been reached, so far or any more.
    NotYet,
}

/// What is kept of each peer beside its record and its session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    /// As many as are announced, which discovery bounds.
    announced: BTreeMap<NodeId, Entry>,
    /// As many as there are sessions, which the network bounds.
    round_trips: BTreeMap<NodeId, Duration>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    since: Instant,
    /// Whether it answered in plain and has not proven itself since.
    plain: bool,
}

impl Ledger {
    /// Takes note of an event that is being told.
    pub(crate) fn apply(&mut self, event: &Event, now: Instant) {
        match event {
            Event::PeerDiscovered(peer) | Event::PeerUpdated(peer) => {
                let plain = false;
                let entry = Entry { since: now, plain };
                self.announced.entry(peer.id).or_insert(entry);
            }
            Event::PeerRemoved { id, .. } => {
                self.announced.remove(id);
            }
            Event::SessionUp { id, .. } => {
                self.round_trips.remove(id);
                self.answered_in(false, *id);
            }
            Event::SessionDown { id, .. } => {
                self.round_trips.remove(id);
            }
            Event::AckReceived {
                id: Some(id),
                rtt,
                verified,
                ..
            } => {
                if *verified {
                    self.measured(*id, *rtt);
                }
                self.answered_in(!verified, *id);
            }
            // Ends of sessions may be among what was missed.
            Event::Resync { .. } => self.round_trips.clear(),
            _ => {}
        }
    }

    /// A round trip was measured in the session with a peer.
    pub(crate) fn measured(&mut self, id: NodeId, rtt: Duration) {
        self.round_trips.insert(id, rtt);
    }

    fn answered_in(&mut self, plain: bool, id: NodeId) {
        if let Some(entry) = self.announced.get_mut(&id) {
            entry.plain = plain;
        }
    }

    /// Everybody who is announced or has a session, in the order of their ids.
    pub(crate) fn contacts(
        &mut self,
        announced: Vec<Peer>,
        sessions: Vec<SessionInfo>,
    ) -> Vec<Contact> {
        let mut contacts: BTreeMap<NodeId, Contact> = announced
            .into_iter()
            .map(|peer| (peer.id, self.announced(peer)))
            .collect();
        let mut round_trips = BTreeMap::new();
        for session in sessions {
            let id = session.id;
            let rtt = self.round_trips.get(&id).copied();
            round_trips.extend(rtt.map(|rtt| (id, rtt)));
            let contact = contacts.entry(id).or_insert(Contact {
                id,
                announced: None,
                reach: Reach::NotYet,
            });
            contact.reach = Reach::Session { session, rtt };
        }
        // What was measured in sessions that are over goes with them.
        self.round_trips = round_trips;
        contacts.into_values().collect()
    }

    fn announced(&self, peer: Peer) -> Contact {
        let entry = self.announced.get(&peer.id);
        Contact {
            id: peer.id,
            reach: match entry {
                Some(Entry { plain: true, .. }) => Reach::Plain,
                _ => Reach::NotYet,
            },
            announced: Some(Announced {
                peer,
                since: entry.map_or_else(Instant::now, |entry| entry.since),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
