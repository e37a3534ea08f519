//! A token bucket as one instant: the generic cell rate algorithm (ITU-T I.371).
//!
//! Integer arithmetic, so nothing drifts, and 16 bytes of state.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crate::config::Rate;

/// One bucket. Starts full.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// When the bucket will be full again: the "theoretical arrival time" of the algorithm.
    full_at: Instant,
}

impl Bucket {
    pub(crate) fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes one token, or says when there will be one.
    pub(crate) fn try_take(&mut self, now: Instant, rate: Rate) -> Result<(), Instant> {
        self.try_take_leaving(now, rate, 0)
    }

    /// The same, as long as so many tokens are left afterwards; they are fewer than the burst.
    pub(crate) fn try_take_leaving(
        &mut self,
        now: Instant,
        rate: Rate,
        leaving: u32,
    ) -> Result<(), Instant> {
        let interval = interval(rate);
        // With less than one whole interval of room left, the last token is out.
        let latest = interval * (rate.burst.get() - 1).saturating_sub(leaving);
        let full_at = self.full_at.max(now);
        if full_at.duration_since(now) <= latest {
            self.full_at = full_at + interval;
            Ok(())
        } else {
            Err(full_at - latest)
        }
    }

    /// Takes so many at once, whether or not they are there; says when there would be one again,
    /// if there is none now.
    pub(crate) fn charge(&mut self, now: Instant, rate: Rate, tokens: u32) -> Option<Instant> {
        let interval = interval(rate);
        self.full_at = self.full_at.max(now) + interval * tokens;
        let latest = interval * (rate.burst.get() - 1);
        let overdrawn = self.full_at.duration_since(now) > latest;
        overdrawn.then(|| self.full_at - latest)
    }

    /// Whether nothing would change if this bucket were forgotten.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }

    pub(crate) fn full_at(&self) -> Instant {
        self.full_at
    }
}

fn interval(rate: Rate) -> Duration {
    Duration::from_secs(1) / rate.per_second.get()
}
