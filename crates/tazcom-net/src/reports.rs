//! How often the same complaint is passed on. Sans-IO.
//!
//! A flood must not become a flood of log lines, and yet nothing may be lost silently: the first
//! few complaints of a kind about an address pass at once, the others are counted, and the count
//! is told when the window ends.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use crate::config::ReportLimits;
use crate::event::{Event, WarningKind};

/// Whom a complaint is counted against; `None` when addresses are no longer kept apart.
type Key = (WarningKind, Option<IpAddr>);

#[derive(Debug)]
pub(crate) struct Reports {
    limits: ReportLimits,
    /// Bounded by `limits.tracked` and one more for each kind.
    windows: HashMap<Key, Window>,
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
        let ends = now + self.limits.window;
        let window = self.windows.entry(key).or_insert(Window {
            ends,
            passed: 0,
            suppressed: 0,
        });
        if window.passed < self.limits.burst.get() {
            window.passed += 1;
            true
        } else {
            window.suppressed += 1;
            false
        }
    }

    /// Ends a window that is over and tells what it held back, until there is none.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<Event> {
        loop {
            let (&key, _) = self.windows.iter().find(|(_, window)| window.ends <= now)?;
            let window = self.windows.remove(&key)?;
            if let Some(event) = told(key, &window) {
                return Some(event);
            }
        }
    }

    /// Ends every window, when no later one will come.
    pub(crate) fn flush(&mut self) -> impl Iterator<Item = Event> + use<> {
        std::mem::take(&mut self.windows)
            .into_iter()
            .filter_map(|(key, window)| told(key, &window))
    }

    /// When the next window ends.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.windows.values().map(|window| window.ends).min()
    }
}

fn told((kind, source): Key, window: &Window) -> Option<Event> {
    (window.suppressed > 0).then_some(Event::Suppressed {
        kind,
        source,
        count: window.suppressed,
    })
}
