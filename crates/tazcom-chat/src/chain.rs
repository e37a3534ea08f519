//! What one author has said in one room, by its numbers, and what of it is missing.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tazcom_proto::{Hlc, MessageId, Place};

/// Holes that are remembered in one chain. Whoever leaves more is told about the last of them.
const MAX_HOLES: usize = 16;

/// Ids that are remembered of one chain, to see when one number is used twice.
const MAX_IDS: usize = 32;

/// What is missing between two messages that came.
#[derive(Clone, Copy, Debug)]
struct Hole {
    from: u64,
    to: u64,
    before: MessageId,
    tell_at: Instant,
    told: bool,
    /// When what is missing is too old to come.
    closes_at: Instant,
}

/// What came, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) place: Place,
    pub(crate) id: MessageId,
    pub(crate) hlc: Hlc,
    /// When nobody keeps it any longer, nor what was said before it.
    pub(crate) expires: Instant,
}

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Gap { before: MessageId, missing: u64 },
    Closed { before: MessageId, filled: bool },
    Forked,
}

/// Costs the same whatever numbers its author writes.
#[derive(Debug)]
pub(crate) struct Chain {
    low: u64,
    low_id: MessageId,
    low_expires: Instant,
    high: u64,
    /// The largest clock reading in it.
    newest: Hlc,
    /// What is not after this was said before the author began to count anew.
    before: Option<Hlc>,
    /// Numbers below are on disk, or may be.
    floor: u64,
    holes: VecDeque<Hole>,
    ids: VecDeque<(u64, MessageId)>,
    forked: bool,
}

impl Chain {
    /// The first thing that came of an author. If it is `restored`, what was before is on disk.
    pub(crate) fn new(link: &Link, restored: bool) -> Self {
        let seq = link.place.seq;
        Self {
            low: seq,
            low_id: link.id,
            low_expires: link.expires,
            high: seq,
            newest: link.hlc,
            before: None,
            floor: if restored { seq } else { 0 },
            holes: VecDeque::new(),
            ids: [(seq, link.id)].into(),
            forked: false,
        }
    }

    /// Takes one more thing, which is not here yet.
    pub(crate) fn take(&mut self, now: Instant, after: Duration, link: &Link) -> Vec<Change> {
        let seq = link.place.seq;
        let mut changes = Vec::new();
        if self.before >= Some(link.hlc) {
            return changes;
        }
        if self.contradicts(link) {
            changes.extend(self.fork());
        }
        if seq > self.high {
            if seq - self.high > 1 {
                self.open(now, after, self.high + 1, seq - 1, link.id, link.expires);
            }
            self.high = seq;
        } else if seq < self.low {
            if self.low - seq > 1 && seq >= self.floor {
                let (before, expires) = (self.low_id, self.low_expires);
                self.open(now, after, seq + 1, self.low - 1, before, expires);
            }
            (self.low, self.low_id, self.low_expires) = (seq, link.id, link.expires);
        } else if let Some(at) = self.hole_of(seq) {
            changes.extend(self.fill(at, link));
        } else if link.hlc > self.newest {
            changes.extend(self.begin_anew(link));
        }
        changes.extend(self.forget());
        self.newest = self.newest.max(link.hlc);
        self.ids.push_back((seq, link.id));
        if self.ids.len() > MAX_IDS {
            self.ids.pop_front();
        }
        changes
    }

    /// One number with two ids, or another message before it than the one it names.
    fn contradicts(&self, link: &Link) -> bool {
        let Place { seq, previous } = link.place;
        self.ids.iter().any(|(other, id)| {
            (*other == seq && *id != link.id)
                || (other.checked_add(1) == Some(seq)
                    && previous.is_some_and(|previous| previous != *id))
        })
    }

    fn fork(&mut self) -> Option<Change> {
        let first = !std::mem::replace(&mut self.forked, true);
        first.then_some(Change::Forked)
    }

    /// A number that was used is used for something newer than all there is: the author has
    /// forgotten what it said, and counts anew.
    fn begin_anew(&mut self, link: &Link) -> Vec<Change> {
        let mut changes: Vec<Change> = self.fork().into_iter().collect();
        let told = self.holes.drain(..).filter(|hole| hole.told);
        changes.extend(told.map(|hole| Change::Closed {
            before: hole.before,
            filled: false,
        }));
        let seq = link.place.seq;
        (self.low, self.low_id, self.low_expires) = (seq, link.id, link.expires);
        self.high = seq;
        self.floor = 0;
        self.before = Some(self.newest);
        self.ids.clear();
        changes
    }

    fn open(
        &mut self,
        now: Instant,
        after: Duration,
        from: u64,
        to: u64,
        before: MessageId,
        closes_at: Instant,
    ) {
        let at = self.holes.partition_point(|hole| hole.to < from);
        let hole = Hole {
            from,
            to,
            before,
            tell_at: now + after,
            told: false,
            closes_at,
        };
        self.holes.insert(at, hole);
    }

    fn hole_of(&self, seq: u64) -> Option<usize> {
        let at = self.holes.partition_point(|hole| hole.to < seq);
        let found = self.holes.get(at)?;
        (found.from <= seq).then_some(at)
    }

    /// What is left of a hole is before what came, and behind it.
    fn fill(&mut self, at: usize, link: &Link) -> Vec<Change> {
        let Some(hole) = self.holes.remove(at) else {
            return Vec::new();
        };
        let seq = link.place.seq;
        let behind = (seq < hole.to).then(|| Hole {
            from: seq + 1,
            ..hole
        });
        let ahead = (seq > hole.from).then(|| Hole {
            to: seq - 1,
            before: link.id,
            closes_at: link.expires,
            ..hole
        });
        for left in [behind, ahead].into_iter().flatten() {
            self.holes.insert(at, left);
        }
        if !hole.told {
            return Vec::new();
        }
        let closed = Change::Closed {
            before: hole.before,
            filled: true,
        };
        let behind = behind.map_or(closed, |hole| hole.gap());
        let ahead = ahead.map(|hole| hole.gap());
        [behind].into_iter().chain(ahead).collect()
    }

    fn forget(&mut self) -> Option<Change> {
        if self.holes.len() <= MAX_HOLES {
            return None;
        }
        self.holes.pop_front().and_then(Hole::given_up)
    }

    /// What there is to tell for the time that has passed.
    pub(crate) fn timeout(&mut self, now: Instant) -> Vec<Change> {
        let mut changes = Vec::new();
        self.holes.retain_mut(|hole| {
            if hole.closes_at <= now {
                changes.extend((*hole).given_up());
                return false;
            }
            if !hole.told && hole.tell_at <= now {
                hole.told = true;
                changes.push(hole.gap());
            }
            true
        });
        changes
    }

    /// When there is something to tell next.
    pub(crate) fn next(&self) -> Option<Instant> {
        let next = |hole: &Hole| match hole.told {
            true => hole.closes_at,
            false => hole.tell_at.min(hole.closes_at),
        };
        self.holes.iter().map(next).min()
    }

    /// What has been told of it is no longer watched.
    pub(crate) fn end(self) -> impl Iterator<Item = Change> {
        self.holes.into_iter().filter_map(Hole::given_up)
    }
}

impl Hole {
    const fn gap(&self) -> Change {
        Change::Gap {
            before: self.before,
            missing: (self.to - self.from).saturating_add(1),
        }
    }

    fn given_up(self) -> Option<Change> {
        self.told.then_some(Change::Closed {
            before: self.before,
            filled: false,
        })
    }
}
