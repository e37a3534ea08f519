//! What the user has been told, and what is still to be told.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Instant;

use super::source::Sources;
use super::{Event, LostReason};
use crate::names::InstanceKey;
use crate::peer::Peer;

/// What is known now of an instance, over all interfaces.
#[derive(Debug)]
pub(crate) enum Standing {
    /// A peer, and the address that is charged for events about it.
    Present(Peer, IpAddr),
    /// A peer whose addresses are being replaced. A newcomer is told of at once, a change when it
    /// is clear what holds: else a machine with two ways into one LAN would change for ever.
    Settling(Peer, IpAddr),
    /// Not clear at the moment: what was told stands.
    Unclear,
    /// Gone.
    Gone,
}

/// Peers as told to the user.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    told: BTreeMap<InstanceKey, (Peer, IpAddr)>,
    /// Instances whose standing is to be looked at, with the earliest time for it.
    dirty: BTreeMap<InstanceKey, Dirty>,
}

#[derive(Debug)]
struct Dirty {
    not_before: Instant,
    /// Who has waited longest is told of first.
    since: Instant,
    reason: LostReason,
}

impl Roster {
    /// Something changed about `key`; `reason` is told if it turns out to be gone.
    pub(crate) fn touch(&mut self, now: Instant, key: InstanceKey, reason: Option<LostReason>) {
        let dirty = self.dirty.entry(key).or_insert(Dirty {
            not_before: now,
            since: now,
            reason: LostReason::Expired,
        });
        if let Some(reason) = reason {
            dirty.reason = reason;
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.dirty.values().map(|dirty| dirty.not_before).min()
    }

    /// The peers as told.
    pub(crate) fn peers(&self) -> impl Iterator<Item = &Peer> {
        self.told.values().map(|(peer, _)| peer)
    }

    /// Tells what changed, as far as the sources' event limits allow; the rest waits.
    pub(crate) fn settle(
        &mut self,
        now: Instant,
        sources: &mut Sources,
        events: &mut VecDeque<Event>,
        mut standing: impl FnMut(&InstanceKey) -> Standing,
    ) {
        let due = self
            .dirty
            .iter()
            .filter(|(_, dirty)| dirty.not_before <= now);
        let mut due: Vec<_> = due.map(|(key, dirty)| (dirty.since, *key)).collect();
        due.sort_unstable();
        for (_, key) in due {
            let told = self.told.get(&key);
            let standing = match standing(&key) {
                Standing::Settling(peer, source) if told.is_none() => {
                    Standing::Present(peer, source)
                }
                standing => standing,
            };
            let charged = match (&standing, told) {
                (Standing::Unclear | Standing::Settling(..), _) | (Standing::Gone, None) => {
                    self.dirty.remove(&key);
                    continue;
                }
                (Standing::Present(peer, _), Some((told, _))) if same(peer, told) => {
                    self.dirty.remove(&key);
                    continue;
                }
                // Who is gone was paid for when it was found; to keep it would fill the roster.
                (Standing::Gone, Some(_)) => None,
                (Standing::Present(_, source), _) => Some(*source),
            };
            if let Some(source) = charged
                && let Err(later) = sources.allow_event(now, source)
            {
                if let Some(dirty) = self.dirty.get_mut(&key) {
                    dirty.not_before = later;
                }
                continue;
            }
            let reason = self.dirty.remove(&key).map(|dirty| dirty.reason);
            self.tell(key, standing, reason.unwrap_or(LostReason::Expired), events);
        }
    }

    fn tell(
        &mut self,
        key: InstanceKey,
        standing: Standing,
        reason: LostReason,
        events: &mut VecDeque<Event>,
    ) {
        match standing {
            Standing::Unclear | Standing::Settling(..) => {}
            Standing::Gone => {
                if let Some((peer, _)) = self.told.remove(&key) {
                    events.push_back(Event::Lost {
                        id: peer.id,
                        reason,
                    });
                }
            }
            Standing::Present(peer, source) => {
                let before = self.told.insert(key, (peer.clone(), source));
                match before {
                    Some((before, _)) if before.id == peer.id => {
                        events.push_back(Event::Updated(peer));
                    }
                    Some((before, _)) => {
                        // Two ids with the same first eight characters share a DNS name.
                        events.push_back(Event::Lost {
                            id: before.id,
                            reason: LostReason::Expired,
                        });
                        events.push_back(Event::Found(peer));
                    }
                    None => events.push_back(Event::Found(peer)),
                }
            }
        }
    }
}

/// Whether nothing a user cares about differs: neither the order of addresses nor who told us.
fn same(a: &Peer, b: &Peer) -> bool {
    let addrs = |peer: &Peer| {
        let mut addrs: Vec<_> = peer.addrs.iter().map(|a| (a.ip, a.interface)).collect();
        addrs.sort_unstable();
        addrs
    };
    a.id == b.id
        && a.port == b.port
        && a.version == b.version
        && a.sessions == b.sessions
        && addrs(a) == addrs(b)
}
