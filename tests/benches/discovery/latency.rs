//! How soon a newcomer sees a node that is there, and is seen by it.

use std::time::{Duration, Instant};

use tazcom_tests::{Lan, pause};

use crate::kind::{Kind, Place};
use crate::watched::Watched;

/// A node that is there has run for so long: its start must be over.
const SETTLED: Duration = Duration::from_secs(3);

/// Between two tries. A record is multicast at most once a second (RFC 6762 section 6), so a
/// newcomer that follows sooner waits for that.
const PAUSE: Duration = Duration::from_millis(1200);

/// A try that takes longer has failed; it counts as this long.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running node, and the place where newcomers appear.
#[derive(Debug)]
pub(crate) struct Arena {
    kind: Kind,
    resident: Watched,
    resident_id: String,
    newcomers: Place,
    rested: Instant,
    lan: Option<Lan>,
    pub(crate) sees: Spread,
    pub(crate) is_seen: Spread,
}

impl Arena {
    /// Starts the running node on `at`; newcomers appear on `newcomers`.
    pub(crate) fn new(kind: Kind, at: &Place, newcomers: Place) -> Self {
        let mut resident = kind.start(at);
        Self {
            kind,
            resident_id: resident.id(),
            resident,
            newcomers,
            rested: Instant::now() + SETTLED,
            lan: None,
            sees: Spread::default(),
            is_seen: Spread::default(),
        }
    }

    /// Keeps the network that both are on.
    pub(crate) fn keeping(mut self, lan: Lan) -> Self {
        self.lan = Some(lan);
        self
    }

    /// One newcomer comes, is met, and goes.
    pub(crate) fn try_once(&mut self) {
        pause(self.rested.saturating_duration_since(Instant::now()));
        let mut newcomer = self.kind.start(&self.newcomers);
        let id = newcomer.id();
        let sees = newcomer.finds(&self.resident_id, PATIENCE);
        let is_seen = self.resident.finds(&id, PATIENCE);
        let begun = newcomer.begun();
        let after = |at: Option<Instant>| at.map_or(PATIENCE, |at| at.duration_since(begun));
        self.sees.add(after(sees));
        self.is_seen.add(after(is_seen));
        newcomer.end(PATIENCE);
        self.rested = Instant::now() + PAUSE;
    }
}

/// Durations, of which the least, the median and the most count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread {
    sorted: Vec<Duration>,
}

impl Spread {
    fn add(&mut self, duration: Duration) {
        let at = self.sorted.partition_point(|known| *known <= duration);
        self.sorted.insert(at, duration);
    }

    /// In milliseconds; the mean of the middle two where there is no middle one.
    pub(crate) fn median_ms(&self) -> f64 {
        let middle = self.sorted.len() / 2;
        let upper = ms(self.sorted.get(middle));
        if self.sorted.len() % 2 == 1 {
            return upper;
        }
        f64::midpoint(ms(self.sorted.get(middle.wrapping_sub(1))), upper)
    }

    /// Least, median and most.
    pub(crate) fn in_ms(&self) -> [f64; 3] {
        [
            ms(self.sorted.first()),
            self.median_ms(),
            ms(self.sorted.last()),
        ]
    }

    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// Whether the median met its node at all.
    pub(crate) fn succeeded(&self) -> bool {
        self.median_ms() < ms(Some(&PATIENCE))
    }
}

fn ms(duration: Option<&Duration>) -> f64 {
    duration.map_or(f64::INFINITY, |duration| duration.as_secs_f64() * 1e3)
}
