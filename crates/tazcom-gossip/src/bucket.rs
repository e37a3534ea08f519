//! A token bucket as one instant: the generic cell rate algorithm (ITU-T I.371).
//!
//! Integer arithmetic, so nothing drifts, and 16 bytes of state.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

/// How fast something may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Tokens that come back each second; at least one does.
    pub per_second: u32,
    /// Tokens there are at most.
    pub burst: u32,
}

impl Rate {
    /// Of what is not limited.
    pub const UNLIMITED: Self = Self::new(u32::MAX, u32::MAX);

    /// A rate.
    #[must_use]
    pub const fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second, burst }
    }

    fn time_for(self, tokens: u32) -> Duration {
        if self.per_second == u32::MAX {
            return Duration::ZERO;
        }
        let nanos = u64::from(tokens) * 1_000_000_000;
        Duration::from_nanos(nanos / u64::from(self.per_second.max(1)))
    }
}

/// One bucket. Starts full.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// When the bucket will be full again: the "theoretical arrival time" of the algorithm.
    full_at: Instant,
}

impl Bucket {
    pub(crate) const fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes so many tokens if they are there.
    pub(crate) fn take(&mut self, now: Instant, rate: Rate, tokens: u32) -> bool {
        let full_at = self.full_at.max(now) + rate.time_for(tokens);
        let enough = full_at.duration_since(now) <= rate.time_for(rate.burst);
        if enough {
            self.full_at = full_at;
        }
        enough
    }

    /// Takes so many tokens whether or not they are there.
    pub(crate) fn charge(&mut self, now: Instant, rate: Rate, tokens: u32) {
        self.full_at = self.full_at.max(now) + rate.time_for(tokens);
    }

    /// From when on there is a token.
    pub(crate) fn ready_at(&self, now: Instant, rate: Rate) -> Instant {
        let room = rate.time_for(rate.burst.saturating_sub(1));
        self.full_at.checked_sub(room).map_or(now, |at| at.max(now))
    }
}
