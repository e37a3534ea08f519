//! When we say what we are called.

use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_core::Rng as _;

use crate::config::Config;

#[derive(Debug)]
pub(crate) struct Profile {
    rng: ChaCha8Rng,
    interval: Duration,
    apart: Duration,
    said: Option<Instant>,
    due: Option<Instant>,
}

impl Profile {
    pub(crate) const fn new(config: &Config, rng: ChaCha8Rng) -> Self {
        Self {
            rng,
            interval: config.profile_interval,
            apart: config.profile_apart,
            said: None,
            due: None,
        }
    }

    /// There is somebody again after there was nobody.
    pub(crate) fn somebody_came(&mut self, now: Instant) {
        let next = self.said.map_or(now, |said| now.max(said + self.apart));
        self.due = Some(self.due.map_or(next, |due| due.min(next)));
    }

    /// There is nobody left to whom it could be said.
    pub(crate) const fn nobody_left(&mut self) {
        self.due = None;
    }

    /// It is another one now.
    pub(crate) const fn changed(&mut self, now: Instant) {
        self.due = Some(now);
    }

    pub(crate) const fn next(&self) -> Option<Instant> {
        self.due
    }

    /// Whether it is to be said now. If so it has been, and is again after the interval.
    pub(crate) fn timeout(&mut self, now: Instant) -> bool {
        if self.due.is_none_or(|due| due > now) {
            return false;
        }
        let part = f64::from(self.rng.next_u32()) / f64::from(u32::MAX);
        self.said = Some(now);
        self.due = Some(now + self.interval.mul_f64(0.2f64.mul_add(part, 0.9)));
        true
    }
}
