//! What cannot be missed, and what is told again and again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::App;
use super::tell::line;
use crate::model::{Alert, MAX_ALERTS};
use crate::news::{Note, Weight};

/// Within this, a warning or an alert about the same is not noted again: somebody who takes one name
/// after the other does not push what is said off the screen.
const NOTED_AGAIN: Duration = Duration::from_secs(10 * 60);

/// Keys of which it is known when they were noted last. Of more the oldest is forgotten, and noted again.
const MAX_NOTED: usize = 1024;

/// Bytes of a key. The longest is a word and an id.
const MAX_KEY: usize = 128;

/// Alerts about names that look alike: whoever has some time makes as many as it likes.
const NAMES: &str = "name:";

/// What was noted, and when.
#[derive(Debug, Default)]
pub(super) struct Noted {
    last: BTreeMap<String, (Instant, Weight)>,
}

impl Noted {
    /// Whether this is to be noted now.
    fn is_due(&mut self, now: Instant, key: &str, weight: Weight) -> bool {
        let last = self.last.get(key);
        let recent = last.is_some_and(|(at, noted)| {
            *noted >= weight && now.saturating_duration_since(*at) < NOTED_AGAIN
        });
        if recent {
            return false;
        }
        if self.last.len() >= MAX_NOTED && !self.last.contains_key(key) {
            let oldest = self.last.iter().min_by_key(|(_, (at, _))| *at);
            let oldest = oldest.map(|(key, _)| key.clone());
            oldest.and_then(|oldest| self.last.remove(&oldest));
        }
        self.last.insert(key.to_owned(), (now, weight));
        true
    }
}

impl App {
    /// Notes something, unless the same was noted a short while ago. An alert is brought up to date then.
    pub(super) fn note_once(&mut self, note: Note) {
        let Note {
            place,
            text,
            weight,
            key,
        } = note;
        let key = key.filter(|key| weight > Weight::Quiet && key.len() <= MAX_KEY);
        let due = |key| self.others.noted.is_due(self.now.instant, key, weight);
        let due = key.as_deref().is_none_or(due);
        if weight == Weight::Alert {
            self.alert(line(&text), key);
        }
        if due {
            self.note(place.as_ref(), weight, text);
        }
    }

    /// Alerts, until it is acknowledged.
    pub(super) fn alert(&mut self, text: String, key: Option<String>) {
        let alerts = &mut self.model.alerts;
        let known = alerts
            .iter_mut()
            .find(|alert| alert.text == text || (key.is_some() && alert.key == key));
        if let Some(known) = known {
            known.text = text;
            return;
        }
        let about_name = |key: Option<&str>| key.is_some_and(|key| key.starts_with(NAMES));
        if alerts.len() >= MAX_ALERTS {
            let mut others = alerts.iter().enumerate().skip(1);
            let name = others.find(|(_, alert)| about_name(alert.key.as_deref()));
            match name {
                Some((at, _)) => drop(alerts.remove(at)),
                None if about_name(key.as_deref()) => return,
                None => drop(alerts.remove(1)),
            }
        }
        alerts.push_back(Alert { text, key });
    }
}
