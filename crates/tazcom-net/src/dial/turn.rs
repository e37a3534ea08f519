//! Whose turn it is when more are due than may be dialled.

use std::time::Instant;

use super::planner::{Planner, charged_to};
use super::source::Standing;
use super::target::Who;

/// Nothing can be dialled before the next input or this instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stalled {
    pub(super) until: Option<Instant>,
}

/// Who goes first, the least first: the standing of the source, and whether the target has failed.
type Rank = (Standing, bool);

impl Planner {
    /// Of those that are due, the one to dial now: sources that caused no failure lately go first,
    /// then whoever's source waits longest, then who never failed. However many records one source
    /// forges, and however long each takes to fail, they wait for each other and not others for
    /// them.
    pub(super) fn whose_turn(&mut self, now: Instant) -> Result<(Instant, Who), Stalled> {
        if let Some(stalled) = self.stalled
            && stalled.until.is_none_or(|until| now < until)
        {
            return Err(stalled);
        }
        let mut first: Option<(Rank, (Instant, Who))> = None;
        for &(at, who) in &self.due {
            if at > now {
                if first.is_none() {
                    let stalled = Stalled { until: Some(at) };
                    self.stalled = Some(stalled);
                    return Err(stalled);
                }
                break;
            }
            let ranked = self.rank(now, who).map(|rank| (rank, (at, who)));
            first = match (first, ranked) {
                (Some(first), Some(ranked)) => Some(first.min(ranked)),
                (first, ranked) => first.or(ranked),
            };
        }
        first.map(|(_, due)| due).ok_or_else(|| {
            let stalled = Stalled { until: None };
            self.stalled = Some(stalled);
            stalled
        })
    }

    /// `None` while as many dials are under way for its sources as may be.
    fn rank(&self, now: Instant, who: Who) -> Option<Rank> {
        let target = self.targets.get(&who)?;
        let has_failed = target.failed_rounds > 0;
        let untried = target.addrs.get(target.tried..)?;
        untried
            .iter()
            .filter_map(|seen| {
                let standing = match charged_to(who, *seen, self.loopback_exempt) {
                    Some(account) => self.sources.standing(now, account, &self.limits)?,
                    // A person waits for what they typed; hosts on loopback are one source.
                    None => Standing {
                        failed_lately: has_failed && who.id().is_some(),
                        turn: 0,
                    },
                };
                Some((standing, has_failed))
            })
            .min()
    }
}
