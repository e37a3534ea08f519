//! What is missing, of whom and where.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tazcom_identity::NodeId;
use tazcom_proto::{RoomName, UnixMillis, VerifiedEnvelope};

use crate::bounded::Bounded;
use crate::chain::{Chain, Change, Link};
use crate::config::Config;

/// Whose chain, and where.
pub(crate) type Whose = (RoomName, NodeId);

#[derive(Debug)]
pub(crate) struct Gaps {
    after: Duration,
    chains: Bounded<Whose, Chain>,
    /// The chains with holes, and when each has something to tell.
    due: BTreeSet<(Instant, Whose)>,
}

impl Gaps {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            after: config.gap_after,
            chains: Bounded::new(config.chains),
            due: BTreeSet::new(),
        }
    }

    /// Takes note of what came; what is said for the moment has no place.
    pub(crate) fn take(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        envelope: &VerifiedEnvelope,
        restored: bool,
    ) -> Vec<(Whose, Change)> {
        let (Some(room), Some(place)) = (envelope.room(), envelope.place()) else {
            return Vec::new();
        };
        let whose = (room.clone(), envelope.author());
        // A claim about the future keeps nothing for longer than it may live.
        let left = envelope.expires().since(wall).min(envelope.lifetime());
        let link = Link {
            place,
            id: envelope.id(),
            hlc: envelope.hlc(),
            expires: now + left,
        };
        self.chains.touch(&whose);
        let Some(chain) = self.chains.get_mut(&whose) else {
            let gone = self.chains.insert(whose, Chain::new(&link, restored));
            return gone.map_or_else(Vec::new, |(whose, chain)| self.drop_chain(whose, chain));
        };
        let before = chain.next();
        let changes = chain.take(now, self.after, &link);
        let after = chain.next();
        self.move_due(&whose, before, after);
        named(&whose, changes)
    }

    /// Forgets a room.
    pub(crate) fn leave(&mut self, room: &RoomName) {
        let there: Vec<Whose> = self
            .chains
            .iter()
            .map(|(whose, _)| whose)
            .filter(|whose| whose.0 == *room)
            .cloned()
            .collect();
        for whose in there {
            if let Some(chain) = self.chains.remove(&whose) {
                self.drop_chain(whose, chain);
            }
        }
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    pub(crate) fn timeout(&mut self, now: Instant) -> Vec<(Whose, Change)> {
        let mut all = Vec::new();
        while let Some((at, _)) = self.due.first()
            && *at <= now
        {
            let Some((_, whose)) = self.due.pop_first() else {
                break;
            };
            let Some(chain) = self.chains.get_mut(&whose) else {
                continue;
            };
            let changes = chain.timeout(now);
            let after = chain.next();
            self.move_due(&whose, None, after);
            all.extend(named(&whose, changes));
        }
        all
    }

    fn drop_chain(&mut self, whose: Whose, chain: Chain) -> Vec<(Whose, Change)> {
        self.move_due(&whose, chain.next(), None);
        let changes = chain.end().collect();
        named(&whose, changes)
    }

    fn move_due(&mut self, whose: &Whose, before: Option<Instant>, after: Option<Instant>) {
        if before == after {
            return;
        }
        if let Some(before) = before {
            self.due.remove(&(before, whose.clone()));
        }
        if let Some(after) = after {
            self.due.insert((after, whose.clone()));
        }
    }
}

fn named(whose: &Whose, changes: Vec<Change>) -> Vec<(Whose, Change)> {
    let name = |change| (whose.clone(), change);
    changes.into_iter().map(name).collect()
}
