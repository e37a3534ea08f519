//! Times that somebody claims, and the clock that orders messages.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 00:00 UTC, as somebody claims.
///
/// Nobody's clock is trusted: a Raspberry Pi without a battery believes that it is 1970, and
/// whoever likes can write any number. All arithmetic ends at the ends of the range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// The time so much later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// The time so much earlier.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// How long after `earlier` this is; zero when it is not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl From<SystemTime> for UnixMillis {
    fn from(time: SystemTime) -> Self {
        // Before 1970 is 1970.
        Self(time.duration_since(UNIX_EPOCH).map_or(0, millis))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A hybrid logical clock (Kulkarni et al., *Logical Physical Clocks*, 2014): the largest time
/// anybody has claimed so far, and a counter for what happens within the same millisecond.
///
/// An answer is always later than what it answers, whatever the two clocks say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hlc {
    /// The physical part.
    pub millis: UnixMillis,
    /// The logical part.
    pub counter: u32,
}

impl Hlc {
    /// The reading for an event of our own: later than this reading, and not before `now`.
    #[must_use]
    pub const fn tick(self, now: UnixMillis) -> Self {
        if now.0 > self.millis.0 {
            return Self {
                millis: now,
                counter: 0,
            };
        }
        match self.counter.checked_add(1) {
            Some(counter) => Self {
                millis: self.millis,
                counter,
            },
            None => Self {
                millis: UnixMillis(self.millis.0.saturating_add(1)),
                counter: 0,
            },
        }
    }
}
