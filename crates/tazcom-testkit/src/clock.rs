//! Virtual time.

use std::time::{Duration, Instant};

/// Where a run's virtual time begins. The only place in a simulation that asks the real clock,
/// and only once, because an [`Instant`] cannot be made otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    /// Virtual time zero.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The instant `offset` after the start.
    #[must_use]
    pub fn at(self, offset: Duration) -> Instant {
        self.0 + offset
    }

    /// How long after the start `instant` is.
    #[must_use]
    pub fn elapsed(self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.0)
    }
}
