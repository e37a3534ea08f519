//! What a link does to a segment: how long it takes, and whether it has to be sent again.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;

use crate::seed::Seed;

/// How long TCP waits before it sends a segment again: the least RTO of the common systems
/// (RFC 6298 asks for a second, which nobody waits on a LAN). It doubles with every loss.
pub(super) const RETRANSMISSION_TIMEOUT: Duration = Duration::from_millis(200);

/// A segment lost this often in a row gets through the next time, so that even a loss of 1.0 ends
/// (after 51 s).
const MOST_LOSSES: u32 = 8;

/// How the net treats what is written.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamConditions {
    /// How long a segment takes one way; drawn for each one. Order within a stream is kept, so a
    /// segment waits for a slower one before it. Tokio's timers tick in milliseconds: a reader is
    /// woken at the next tick.
    pub latency: RangeInclusive<Duration>,
    /// The share of segments lost, 0.0 to 1.0. A lost one arrives later by a retransmission
    /// timeout (200 ms, doubling with each further loss).
    pub loss: f64,
}

impl Default for StreamConditions {
    /// A wired LAN: 200 to 500 µs, nothing lost.
    fn default() -> Self {
        Self {
            latency: Duration::from_micros(200)..=Duration::from_micros(500),
            loss: 0.0,
        }
    }
}

/// The only place that draws lots.
#[derive(Debug)]
pub(super) struct Wire {
    conditions: StreamConditions,
    rng: ChaCha8Rng,
}

impl Wire {
    pub(super) fn new(seed: Seed, conditions: StreamConditions) -> Self {
        Self {
            conditions,
            // Apart from the parts that number nodes from 0 and from the emulated LAN's.
            rng: seed.rng(u64::MAX - 1),
        }
    }

    pub(super) fn set_conditions(&mut self, conditions: StreamConditions) {
        self.conditions = conditions;
    }

    /// How long the next segment takes, retransmissions included.
    pub(super) fn one_way(&mut self) -> Duration {
        let mut waited = Duration::ZERO;
        let mut timeout = RETRANSMISSION_TIMEOUT;
        for _ in 0..MOST_LOSSES {
            if !self.loses() {
                break;
            }
            waited += timeout;
            timeout *= 2;
        }
        waited + self.latency()
    }

    fn loses(&mut self) -> bool {
        let loss = self.conditions.loss;
        loss > 0.0 && f64::from(self.rng.next_u32()) < loss * f64::from(u32::MAX)
    }

    fn latency(&mut self) -> Duration {
        let (least, most) = (
            *self.conditions.latency.start(),
            *self.conditions.latency.end(),
        );
        let span = most.saturating_sub(least).as_nanos();
        let span = u64::try_from(span)
            .unwrap_or(u64::MAX - 1)
            .min(u64::MAX - 1);
        if span == 0 {
            return least;
        }
        least + Duration::from_nanos(self.rng.next_u64() % (span + 1))
    }
}
