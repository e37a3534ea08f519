//! Who is known to speak sessions, who pretends that they do not, and who really does not. Sans-IO.
//!
//! Whoever can answer in a peer's place can make it look old, and nobody can be made to look new:
//! so what was proven once stays, and what contradicts it is counted.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tazcom_identity::NodeId;

use crate::event::Event;

/// Pretences are counted over this time.
const WINDOW: Duration = Duration::from_secs(600);

/// From so many in a window on it is told.
const TOLD_FROM: usize = 3;

/// Times kept for one id: enough to count with, whatever a flood sends.
const MAX_TIMES: usize = 1000;

/// Ids in whose name somebody pretended lately, and addresses that answered in plain. Past it the
/// oldest are forgotten.
const MAX_TRACKED: usize = 1024;

/// Ids known to speak sessions. Past it no more are learned in this run: they are pinned again
/// when they are met again.
const MAX_KNOWN: usize = 4096;

#[derive(Debug)]
pub(crate) struct Modern {
    known: BTreeSet<NodeId>,
    pretences: HashMap<NodeId, Pretences>,
    legacy_for: Duration,
    /// Until when an address is greeted in plain at once.
    legacy: HashMap<(Option<NodeId>, SocketAddr), Instant>,
}

#[derive(Debug, Default)]
struct Pretences {
    /// Oldest first.
    times: VecDeque<Instant>,
    told: Option<Instant>,
}

impl Modern {
    pub(crate) fn new(known: BTreeSet<NodeId>, legacy_for: Duration) -> Self {
        Self {
            known,
            pretences: HashMap::new(),
            legacy_for,
            legacy: HashMap::new(),
        }
    }

    /// A peer has proven itself.
    pub(crate) fn proven(&mut self, id: NodeId) {
        if self.known.len() < MAX_KNOWN {
            self.known.insert(id);
        }
        self.legacy.retain(|(who, _), _| *who != Some(id));
    }

    pub(crate) fn knows(&self, id: NodeId) -> bool {
        self.known.contains(&id)
    }

    /// Somebody pretends that a peer that is known to speak sessions does not; what is to be told.
    pub(crate) fn pretended(&mut self, now: Instant, id: NodeId, addr: SocketAddr) -> Option<Event> {
        if self.pretences.len() >= MAX_TRACKED && !self.pretences.contains_key(&id) {
            let oldest = self.pretences.iter();
            let oldest = oldest.min_by_key(|(_, pretences)| pretences.times.back().copied());
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                self.pretences.remove(&oldest);
            }
        }
        let pretences = self.pretences.entry(id).or_default();
        pretences.times.push_back(now);
        let lately = |at: &Instant| now.saturating_duration_since(*at) < WINDOW;
        while pretences.times.front().is_some_and(|at| !lately(at))
            || pretences.times.len() > MAX_TIMES
        {
            pretences.times.pop_front();
        }
        let count = pretences.times.len();
        if count < TOLD_FROM || pretences.told.as_ref().is_some_and(lately) {
            return None;
        }
        pretences.told = Some(now);
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Some(Event::Pretence { id, addr, count })
    }

    /// An address has answered in plain.
    pub(crate) fn is_legacy(&mut self, now: Instant, who: Option<NodeId>, addr: SocketAddr) {
        self.legacy.retain(|_, until| *until > now);
        if self.legacy.len() < MAX_TRACKED {
            self.legacy.insert((who, addr), now + self.legacy_for);
        }
    }

    /// Whether an address is greeted in plain at once.
    pub(crate) fn greets_in_plain(
        &self,
        now: Instant,
        who: Option<NodeId>,
        addr: SocketAddr,
    ) -> bool {
        let until = self.legacy.get(&(who, addr));
        until.is_some_and(|until| *until > now) && !who.is_some_and(|id| self.knows(id))
    }
}
