//! Failures, charged to whoever announced the address that failed.
//!
//! A forged record costs its author nothing and us a dial. Success cannot be forged on somebody
//! else's behalf, so only failure is rationed: after so many in a window, a source's records wait.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Instant;

use crate::config::DialLimits;

/// The account for addresses nobody in particular announced.
type Account = Option<IpAddr>;

#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Bounded by the number of peers: past it the account with the oldest failure is dropped.
    accounts: HashMap<Account, Record>,
}

#[derive(Debug, Default)]
struct Record {
    /// When dials failed, oldest first; bounded by `failures_per_source`.
    failures: VecDeque<Instant>,
    /// Dials under way. They count as failures until they are not, or sixteen at once would slip
    /// past a limit of twenty.
    under_way: usize,
    /// The dial that began last.
    turn: u64,
}

/// Who goes first, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Standing {
    /// Whether it caused a failed dial within the window.
    pub(crate) failed_lately: bool,
    /// When it last had its turn, in dials; 0 when nothing is held against it.
    pub(crate) turn: u64,
}

impl Sources {
    /// Where a source stands; `None` while it has as many dials under way as it may.
    pub(crate) fn standing(
        &self,
        now: Instant,
        source: Account,
        limits: &DialLimits,
    ) -> Option<Standing> {
        let record = self.accounts.get(&source);
        if record.is_some_and(|record| record.under_way >= limits.per_source.get()) {
            return None;
        }
        Some(Standing {
            failed_lately: record
                .and_then(|record| record.failures.back())
                .is_some_and(|last| *last + limits.failure_window > now),
            turn: record.map_or(0, |record| record.turn),
        })
    }

    /// Reserves a dial, which is the source's `turn`.
    ///
    /// # Errors
    /// The source has used up its failures, or its dials at once; the earliest instant to ask
    /// again.
    pub(crate) fn begin(
        &mut self,
        now: Instant,
        source: Account,
        turn: u64,
        limits: &DialLimits,
    ) -> Result<(), Instant> {
        let record = self.accounts.entry(source).or_default();
        record.forget_old(now, limits);
        if record.failures.len() + record.under_way >= limits.failures_per_source.get() {
            // With every reservation still under way nothing is due yet: look again soon.
            let free_at = record
                .failures
                .front()
                .map_or(now + limits.backoff_min, |oldest| {
                    *oldest + limits.failure_window
                });
            return Err(free_at);
        }
        if record.under_way >= limits.per_source.get() {
            return Err(now + limits.backoff_min);
        }
        record.under_way += 1;
        record.turn = turn;
        Ok(())
    }

    /// Settles a reserved dial.
    pub(crate) fn settle(
        &mut self,
        now: Instant,
        source: Account,
        failed: bool,
        limits: &DialLimits,
    ) {
        if let Some(record) = self.accounts.get_mut(&source) {
            record.under_way = record.under_way.saturating_sub(1);
            if failed {
                record.failures.push_back(now);
            }
            record.forget_old(now, limits);
        }
        self.accounts
            .retain(|_, record| record.under_way > 0 || !record.failures.is_empty());
        self.bound(limits);
    }

    fn bound(&mut self, limits: &DialLimits) {
        if self.accounts.len() <= limits.peers.get() {
            return;
        }
        let settled = self
            .accounts
            .iter()
            .filter(|(_, record)| record.under_way == 0);
        let oldest = settled
            .min_by_key(|(_, record)| record.failures.back().copied())
            .map(|(account, _)| *account);
        if let Some(oldest) = oldest {
            self.accounts.remove(&oldest);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.accounts.len()
    }
}

impl Record {
    fn forget_old(&mut self, now: Instant, limits: &DialLimits) {
        while self
            .failures
            .front()
            .is_some_and(|at| *at + limits.failure_window <= now)
        {
            self.failures.pop_front();
        }
    }
}
