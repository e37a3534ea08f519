//! How often the same complaint is passed on. Sans-IO.
//!
//! A flood must not become a flood of log lines, and yet nothing may be lost silently: the first
//! few complaints of a kind about an address pass at once, the others are counted, and the count
//! is told when the window ends. Many addresses together pass no more than a limit in all; beyond
//! it they are told as one count.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use crate::bucket::Bucket;
use crate::config::ReportLimits;
use crate::event::{Event, WarningKind};

/// Whom a complaint is counted against; `None` when addresses are no longer kept apart.
type Key = (WarningKind, Option<IpAddr>);

#[derive(Debug)]
pub(crate) struct Reports {
    limits: ReportLimits,
    /// Bounded by `limits.tracked` and one more for each kind.
    windows: HashMap<Key, Window>,
    /// What passes of one kind in all; one bucket for each kind there is.
    totals: HashMap<WarningKind, Bucket>,
}

#[derive(Debug)]
struct Window {
    ends: Instant,
    passed: u32,
    suppressed: u64,
}

impl Reports {
    pub(crate) fn new(limits: ReportLimits) -> Self {
        Self {
            limits,
            windows: HashMap::new(),
            totals: HashMap::new(),
        }
    }

    /// Whether this complaint is passed on; when not, it has been counted.
    pub(crate) fn pass(&mut self, now: Instant, kind: WarningKind, source: Option<IpAddr>) -> bool {
        let crowded = self.windows.len() >= self.limits.tracked.get();
        let key = if crowded && !self.windows.contains_key(&(kind, source)) {
            (kind, None)
        } else {
            (kind, source)
        };
        let passed = self.windows.get(&key).map_or(0, |window| window.passed);
        if passed >= self.limits.burst.get() {
            self.window(now, key).suppressed += 1;
            false
        } else if self.within_total(now, kind) {
            self.window(now, key).passed += 1;
            true
        } else {
            self.window(now, (kind, None)).suppressed += 1;
            false
        }
    }

    /// Ends a window that is over and tells what it held back, until there is none.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<Event> {
        loop {
            let (&key, _) = self.windows.iter().find(|(_, window)| window.ends <= now)?;
            if let Some(event) = self.end(now, key) {
                return Some(event);
            }
        }
    }

    /// Ends every window, when no later one will come.
    pub(crate) fn flush(&mut self, now: Instant) -> Vec<Event> {
        let mut keys: Vec<Key> = self.windows.keys().copied().collect();
        // Those without an address last, since the others may add to them.
        keys.sort_by_key(|(_, source)| source.is_none());
        let mut told: Vec<Event> = keys
            .into_iter()
            .filter_map(|key| self.end(now, key))
            .collect();
        // What had no such window before has one now.
        let begun: Vec<Key> = self.windows.keys().copied().collect();
        told.extend(begun.into_iter().filter_map(|key| self.end(now, key)));
        told
    }

    /// When the next window ends.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.windows.values().map(|window| window.ends).min()
    }

    fn end(&mut self, now: Instant, (kind, source): Key) -> Option<Event> {
        let count = self.windows.remove(&(kind, source))?.suppressed;
        if count == 0 {
            return None;
        }
        if source.is_some() && !self.within_total(now, kind) {
            self.window(now, (kind, None)).suppressed += count;
            return None;
        }
        Some(Event::Suppressed {
            kind,
            source,
            count,
        })
    }

    fn within_total(&mut self, now: Instant, kind: WarningKind) -> bool {
        let bucket = self.totals.entry(kind).or_insert_with(|| Bucket::full(now));
        bucket.try_take(now, self.limits.total).is_ok()
    }

    fn window(&mut self, now: Instant, key: Key) -> &mut Window {
        let ends = now + self.limits.window;
        self.windows.entry(key).or_insert(Window {
            ends,
            passed: 0,
            suppressed: 0,
        })
    }
}
