//! Calling the user: the bell, and notifications.

use std::time::{Duration, Instant};

use tazcom_chat::DisplayText;

use super::App;
use crate::io::Output;
use crate::news::Said;
use crate::place::Place;
use crate::settings::Bell;

/// The least time between two calls. A flood of mentions is one noise a second.
const APART: Duration = Duration::from_secs(1);

/// Characters of a notification. It names a room and a person, and never what was said.
const MAX_NOTIFICATION: usize = 80;

/// Whether the user looks here, and when it was called last.
#[derive(Debug)]
pub(super) struct Caller {
    focused: bool,
    /// Whether the marker was set since the user looks elsewhere.
    marked: bool,
    rung: Option<Instant>,
    notified: Option<Instant>,
}

impl Default for Caller {
    /// A terminal that does not tell has the user's attention.
    fn default() -> Self {
        Self {
            focused: true,
            marked: false,
            rung: None,
            notified: None,
        }
    }
}

impl Caller {
    /// The terminal has the user's attention, or no longer.
    pub(super) const fn focus(&mut self, focused: bool) {
        self.focused = focused;
        self.marked = false;
    }

    /// Whether the next line gets the marker before it.
    pub(super) const fn marks(&self) -> bool {
        !self.focused && !self.marked
    }

    pub(super) const fn has_marked(&mut self) {
        self.marked = true;
    }
}

impl App {
    /// Calls the user for a line, if it wants that.
    pub(super) fn call_user(&mut self, said: &Said) {
        if self.plain.is_some() || !self.model.ready || said.own {
            return;
        }
        let Some(index) = self.places.get(&said.place).copied() else {
            return;
        };
        let open = index == self.model.current;
        let Some(talk) = self.model.talks.get(index) else {
            return;
        };
        if (open && self.caller.focused) || talk.is_quiet() {
            return;
        }
        let to_us = said.mentions_us || said.place.is_private();
        let wanted = |when: Bell| match when {
            Bell::Off => false,
            Bell::Mentions => to_us,
            Bell::All => true,
        };
        let settings = self.model.look.settings;
        let now = self.now.instant;
        if wanted(settings.bell) && is_apart(&mut self.caller.rung, now) {
            self.outputs.push_back(Output::Bell);
        }
        if wanted(settings.notify) && is_apart(&mut self.caller.notified, now) {
            let who = said.author.short();
            let text = match &said.place {
                Place::Person(_) => format!("TAZCOM: {who}"),
                place => format!("TAZCOM: {who} in {}", self.model.label(place)),
            };
            let text = DisplayText::line(&text, MAX_NOTIFICATION);
            self.outputs.push_back(Output::Notify(text.to_string()));
        }
    }
}

fn is_apart(last: &mut Option<Instant>, now: Instant) -> bool {
    let apart = last.is_none_or(|last| now.saturating_duration_since(last) >= APART);
    if apart {
        *last = Some(now);
    }
    apart
}
