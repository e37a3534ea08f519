//! How long a record from the network is believed.

use std::time::{Duration, Instant};

use super::limits::{GOODBYE_GRACE, MAX_TTL, MIN_REFRESHED_TTL, REFRESH_JITTER, REFRESH_STEPS};

/// The life of one cached record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease {
    /// When it last came in.
    pub(crate) received: Instant,
    /// When it is no longer believed.
    pub(crate) expires: Instant,
    /// Its owner took it back.
    pub(crate) goodbye: bool,
    /// Another record has taken its place.
    pub(crate) fading: bool,
    ttl: Duration,
    /// How many of the refresh queries have been sent, by us or by anybody.
    step: u8,
    /// 0 to [`REFRESH_JITTER`], in thousandths of the TTL.
    jitter: u32,
}

impl Lease {
    /// A record that came in now with `ttl` in seconds; `random` is any random number.
    pub(crate) fn new(now: Instant, ttl: u32, random: u32) -> Self {
        let ttl = Duration::from_secs(u64::from(ttl)).min(MAX_TTL);
        Self {
            received: now,
            expires: now + ttl,
            goodbye: false,
            fading: false,
            ttl,
            step: 0,
            jitter: random % (REFRESH_JITTER + 1),
        }
    }

    /// Its owner said goodbye: it is believed for a moment more, in case that was a mistake.
    pub(crate) fn say_goodbye(&mut self, now: Instant) {
        self.goodbye = true;
        self.expires = self.expires.min(now + GOODBYE_GRACE);
    }

    /// Another record has taken its place: it is believed for a moment more, in case both hold
    /// (RFC 6762 section 10.2).
    pub(crate) fn supersede(&mut self, now: Instant) {
        self.fading = true;
        self.expires = self.expires.min(now + GOODBYE_GRACE);
    }

    /// When to ask for it again.
    pub(crate) fn refresh_at(&self) -> Option<Instant> {
        if self.goodbye || self.fading || self.ttl < MIN_REFRESHED_TTL {
            return None;
        }
        let per_mille = REFRESH_STEPS.get(usize::from(self.step))? + self.jitter;
        Some(self.received + self.ttl * per_mille / 1000)
    }

    /// Somebody asked for it just now.
    pub(crate) fn asked(&mut self, now: Instant) {
        // A question long before the first step says nothing about what will be known then.
        let soon = Duration::from_secs(2);
        while self.refresh_at().is_some_and(|at| at <= now + soon) {
            self.step += 1;
        }
    }

    /// Seconds left of its TTL.
    pub(crate) fn remaining(&self, now: Instant) -> u32 {
        let left = self.expires.saturating_duration_since(now).as_secs();
        u32::try_from(left).unwrap_or(u32::MAX)
    }

    /// Whether more than half of its TTL is left: only then may it be listed as a known answer
    /// (RFC 6762 section 7.1).
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        !self.goodbye && self.expires.saturating_duration_since(now) > self.ttl / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_refreshed_four_times_and_then_expires() {
        let start = Instant::now();
        let mut lease = Lease::new(start, 120, 0);
        let mut asked = Vec::new();
        while let Some(at) = lease.refresh_at() {
            asked.push((at - start).as_secs());
            lease.asked(at);
        }
        assert_eq!(asked, [96, 102, 108, 114]);
        assert_eq!(lease.expires - start, Duration::from_secs(120));
    }

    #[test]
    fn a_ttl_is_clamped() {
        let start = Instant::now();
        let lease = Lease::new(start, u32::MAX, 7);
        assert_eq!(lease.expires - start, MAX_TTL);
    }

    #[test]
    fn a_tiny_ttl_is_never_refreshed() {
        assert_eq!(Lease::new(Instant::now(), 9, 0).refresh_at(), None);
        assert!(Lease::new(Instant::now(), 10, 0).refresh_at().is_some());
    }

    #[test]
    fn jitter_stays_below_the_next_step() {
        let start = Instant::now();
        for random in 0..200 {
            let first = Lease::new(start, 1000, random).refresh_at().unwrap() - start;
            assert!((800..=820).contains(&first.as_secs()), "{first:?}");
        }
    }
}
