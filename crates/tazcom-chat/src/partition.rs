//! When a part of the mesh goes away, and what it brings when it comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use tazcom_identity::NodeId;
use tazcom_proto::{RoomName, UnixMillis};

use crate::config::Config;

/// Lost peers that are waited for. There are far fewer links.
const MAX_LOST: usize = 1024;

/// What came back together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Merge {
    /// Lines by room; empty when nothing was new.
    pub(crate) rooms: BTreeMap<RoomName, usize>,
    pub(crate) split_at: Option<UnixMillis>,
    pub(crate) rejoined_at: UnixMillis,
}

#[derive(Debug)]
struct Gathering {
    merge: Merge,
    began: Instant,
    latest: Instant,
}

#[derive(Debug)]
pub(crate) struct Partition {
    config: Config,
    /// Since when they are gone.
    lost: BTreeMap<NodeId, Instant>,
    split_at: Option<UnixMillis>,
    gathering: Option<Gathering>,
}

impl Partition {
    pub(crate) const fn new(config: Config) -> Self {
        Self {
            config,
            lost: BTreeMap::new(),
            split_at: None,
            gathering: None,
        }
    }

    /// Takes whom we lost; gives since when there is a split if these are news.
    pub(crate) fn lose(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        peers: impl Iterator<Item = NodeId>,
    ) -> Option<UnixMillis> {
        let before = self.lost.len();
        for peer in peers {
            if self.lost.len() < MAX_LOST {
                self.lost.entry(peer).or_insert(now);
            }
        }
        if self.lost.len() == before {
            return None;
        }
        Some(*self.split_at.get_or_insert(wall))
    }

    /// Somebody is there. If it was lost, what comes next is what it brings.
    pub(crate) fn back(&mut self, now: Instant, wall: UnixMillis, peer: &NodeId) {
        if self.lost.remove(peer).is_some() {
            self.gather(now, wall);
        }
    }

    pub(crate) const fn lost(&self) -> &BTreeMap<NodeId, Instant> {
        &self.lost
    }

    /// Since when what is said was said together again, while it is gathered what was said before.
    pub(crate) fn rejoined_at(&self) -> Option<UnixMillis> {
        let gathering = self.gathering.as_ref()?;
        Some(gathering.merge.rejoined_at)
    }

    /// A line came that was said apart from us.
    pub(crate) fn merged(&mut self, now: Instant, wall: UnixMillis, room: &RoomName) {
        let gathering = self.gather(now, wall);
        gathering.latest = now;
        *gathering.merge.rooms.entry(room.clone()).or_default() += 1;
    }

    fn gather(&mut self, now: Instant, wall: UnixMillis) -> &mut Gathering {
        let split_at = self.split_at;
        self.gathering.get_or_insert_with(|| Gathering {
            merge: Merge {
                rooms: BTreeMap::new(),
                split_at,
                rejoined_at: wall,
            },
            began: now,
            latest: now,
        })
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        let told = self.gathering.as_ref().map(|gathering| {
            let quiet = gathering.latest + self.config.merge_quiet;
            quiet.min(gathering.began + self.config.merge_longest)
        });
        let first = self.lost.values().min();
        let forgotten = first.map(|at| *at + self.config.split_forgotten);
        [told, forgotten].into_iter().flatten().min()
    }

    pub(crate) fn timeout(&mut self, now: Instant) -> Option<Merge> {
        let kept = self.config.split_forgotten;
        self.lost.retain(|_, at| *at + kept > now);
        let whole = self.gathering.as_ref().is_some_and(|gathering| {
            gathering.latest + self.config.merge_quiet <= now
                || gathering.began + self.config.merge_longest <= now
        });
        let merge = match whole {
            true => self.gathering.take().map(|gathering| gathering.merge),
            false => None,
        };
        // Who is still missing is missing since then.
        if self.lost.is_empty() && self.gathering.is_none() {
            self.split_at = None;
        }
        merge
    }
}

/// Whether what comes by repair is history, because we are new here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CatchUp {
    /// Until somebody can be reached.
    Alone,
    /// Until then, or until a repair is complete.
    Until(Instant),
    /// No longer.
    Done,
}

impl CatchUp {
    pub(crate) fn goes_on(self, now: Instant) -> bool {
        match self {
            Self::Alone => true,
            Self::Until(end) => now < end,
            Self::Done => false,
        }
    }
}

/// Those of `lost` that are not there after all.
pub(crate) fn really_lost<'a>(
    lost: &'a BTreeSet<NodeId>,
    peers: &'a BTreeSet<NodeId>,
) -> impl Iterator<Item = NodeId> + 'a {
    lost.difference(peers).copied()
}
