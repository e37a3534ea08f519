//! What time it is, by our clock and those of the peers we have sessions with.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;

use crate::config::Window;
use crate::io::{Skew, millis};

/// A jump of our own clock is one when it differs by more than this from what has passed.
const JUMP: i64 = 1000;

/// What a peer's clock was off when it last told.
#[derive(Debug)]
struct Peer {
    /// Its time less ours, in ms.
    offset: i64,
    /// What was last said of it.
    told: i64,
}

/// The clocks.
#[derive(Debug, Default)]
pub(crate) struct Clocks {
    peers: BTreeMap<NodeId, Peer>,
    /// What is added to our clock, in ms.
    correction: i64,
    /// What was last said of it.
    told: i64,
    /// When our clock was last read, and what it said.
    read: Option<(Instant, UnixMillis)>,
}

impl Clocks {
    /// Our clock says this now. When somebody has set it, the others are off by so much less.
    pub(crate) fn read(&mut self, now: Instant, wall: UnixMillis) {
        if let Some((then, said)) = self.read {
            let passed = millis(now.saturating_duration_since(then));
            let jump = difference(wall, said).saturating_sub(passed);
            if jump.saturating_abs() > JUMP {
                for peer in self.peers.values_mut() {
                    peer.offset = peer.offset.saturating_sub(jump);
                }
                if self.correction != 0 {
                    self.correction = self.correction.saturating_sub(jump);
                }
            }
        }
        self.read = Some((now, wall));
    }

    /// The time that counts, when our clock says this.
    pub(crate) fn time(&self, wall: UnixMillis) -> UnixMillis {
        UnixMillis(wall.0.saturating_add_signed(self.correction))
    }

    /// A peer's clock says this. Gives what is worth telling, and whether our time has changed.
    pub(crate) fn told(
        &mut self,
        peer: NodeId,
        theirs: UnixMillis,
        wall: UnixMillis,
        window: &Window,
    ) -> (Vec<Skew>, bool) {
        let offset = difference(theirs, wall);
        self.peers
            .entry(peer)
            .or_insert(Peer { offset, told: 0 })
            .offset = offset;
        let mut skews = Vec::new();
        let changed = self.judge(wall, window);
        let tell = millis(window.tell);
        if self.correction.abs_diff(self.told) > tell.unsigned_abs() {
            self.told = self.correction;
            skews.push(Skew::Ours(self.correction));
        }
        // Who seemed right by our old time may be wrong by the new one.
        let correction = self.correction;
        for (peer, clock) in &mut self.peers {
            let off = clock.offset.saturating_sub(correction);
            let off = if off.saturating_abs() <= tell { 0 } else { off };
            if off.abs_diff(clock.told) > tell.unsigned_abs() {
                clock.told = off;
                skews.push(Skew::Peer(*peer, off));
            }
        }
        (skews, changed)
    }

    pub(crate) fn forget(&mut self, peer: &NodeId) {
        self.peers.remove(peer);
    }

    /// What must be added to our clock. As long as too few can be asked, what was found last holds.
    fn judge(&mut self, wall: UnixMillis, window: &Window) -> bool {
        // Ours has a vote as well, if it is a clock at all: three others must agree against it.
        let implausible = wall < window.earliest;
        let enough = if implausible { 1 } else { window.peers };
        if self.peers.len() < enough {
            return false;
        }
        let mut offsets: Vec<i64> = self.peers.values().map(|peer| peer.offset).collect();
        if !implausible {
            offsets.push(0);
        }
        let Some(median) = median(&mut offsets) else {
            return false;
        };
        let before = self.correction;
        let off = median.saturating_abs() > millis(window.off_median);
        self.correction = if off { median } else { 0 };
        before.abs_diff(self.correction) > millis(Duration::from_secs(1)).unsigned_abs()
    }
}

/// Of an even number, the one of the two in the middle that is nearer to what we believe.
fn median(offsets: &mut [i64]) -> Option<i64> {
    offsets.sort_unstable();
    let len = offsets.len();
    let high = offsets.get(len / 2).copied()?;
    let low = match len.is_multiple_of(2) {
        true => offsets.get((len / 2).checked_sub(1)?).copied()?,
        false => high,
    };
    Some(if low.saturating_abs() < high.saturating_abs() {
        low
    } else {
        high
    })
}

fn difference(one: UnixMillis, other: UnixMillis) -> i64 {
    let difference = i128::from(one.0) - i128::from(other.0);
    i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
}
