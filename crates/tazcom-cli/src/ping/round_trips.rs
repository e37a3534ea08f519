//! What many round trips come to.

use std::fmt;
use std::time::Duration;

/// Counts and times of one row of pings. Bounded by [`MAX_COUNT`](crate::ping::MAX_COUNT).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoundTrips {
    unanswered: usize,
    times: Vec<Duration>,
}

/// The spread of the times: each is one that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spread {
    pub(crate) min: Duration,
    pub(crate) median: Duration,
    pub(crate) p95: Duration,
    pub(crate) max: Duration,
}

impl RoundTrips {
    pub(crate) fn add(&mut self, answer: Option<Duration>) {
        match answer {
            Some(time) => self.times.push(time),
            None => self.unanswered += 1,
        }
    }

    pub(crate) fn sent(&self) -> usize {
        self.answered() + self.unanswered
    }

    pub(crate) fn answered(&self) -> usize {
        self.times.len()
    }

    /// `None` when nothing was answered.
    pub(crate) fn spread(&self) -> Option<Spread> {
        let mut times = self.times.clone();
        times.sort_unstable();
        Some(Spread {
            min: *times.first()?,
            median: nearest_rank(&times, 50)?,
            p95: nearest_rank(&times, 95)?,
            max: *times.last()?,
        })
    }
}

impl fmt::Display for RoundTrips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sent, {} answered", self.sent(), self.answered())?;
        let Some(spread) = self.spread() else {
            return Ok(());
        };
        let Spread {
            min,
            median,
            p95,
            max,
        } = spread;
        let [min, median, p95, max] = [min, median, p95, max].map(milliseconds);
        write!(
            f,
            "; round trip min/median/p95/max {min:.2}/{median:.2}/{p95:.2}/{max:.2} ms"
        )
    }
}

/// In milliseconds, to the microsecond: that is what a clock and a socket are good for.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// The smallest time that at least `percent` of all do not exceed.
fn nearest_rank(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: &[u64], unanswered: usize) -> RoundTrips {
        let mut trips = RoundTrips::default();
        for time in micros {
            trips.add(Some(Duration::from_micros(*time)));
        }
        (0..unanswered).for_each(|_| trips.add(None));
        trips
    }

    #[test]
    fn the_summary_is_one_line() {
        assert_eq!(
            of(&[310, 240, 210, 250, 220], 0).to_string(),
            "5 sent, 5 answered; round trip min/median/p95/max 0.21/0.24/0.31/0.31 ms"
        );
    }

    #[test]
    fn without_an_answer_there_are_no_times() {
        assert_eq!(of(&[], 3).to_string(), "3 sent, 0 answered");
        assert_eq!(of(&[], 0).spread(), None);
    }

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let spread = |micros: &[u64]| of(micros, 1).spread().unwrap();
        let times = |micros: [u64; 4]| {
            let [min, median, p95, max] = micros.map(Duration::from_micros);
            Spread {
                min,
                median,
                p95,
                max,
            }
        };
        assert_eq!(spread(&[7]), times([7, 7, 7, 7]));
        assert_eq!(spread(&[2, 1]), times([1, 1, 2, 2]));
        let hundred: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(spread(&hundred), times([1, 50, 95, 100]));
        let twenty_one: Vec<u64> = (1..=21).collect();
        assert_eq!(spread(&twenty_one), times([1, 11, 20, 21]));
    }
}
