//! What no honest node does, in words, and not more often than it is worth.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tazcom_direct as direct;
use tazcom_group as group;
use tazcom_identity::NodeId;
use tazcom_trust::SuccessionError;

use super::step::Fact;

/// How long the same is not said again of the same person.
const QUIET: Duration = Duration::from_secs(10 * 60);

/// People and what they did that are remembered. Then all is forgotten, and may be said again.
const MAX_REMEMBERED: usize = 1_024;

/// What was said lately.
#[derive(Debug, Default)]
pub(super) struct Suspicions {
    said: BTreeMap<(NodeId, &'static str), Instant>,
}

impl Suspicions {
    pub(super) fn direct(&mut self, now: Instant, event: &direct::SecurityEvent) -> Option<Fact> {
        use direct::SecurityEvent as Event;
        let (who, what) = match *event {
            // What others say in somebody's name is said of nobody, and what is old does no harm.
            Event::OldKeys { .. } | Event::BadKeys { .. } | Event::Repeated { .. } => return None,
            Event::NewKeys { who } => {
                let worth = self.is_worth(now, who, "new keys");
                return worth.then_some(Fact::NewKeys(who));
            }
            Event::Unopened { who } => {
                let worth = self.is_worth(now, who, "unopened");
                return worth.then_some(Fact::Unopened(who));
            }
            Event::ForeignKey { who } => (who, "a private message with the key of somebody else"),
            Event::ForeignSender { who } => (
                who,
                "a private message that somebody else is said to have sent",
            ),
            Event::NotForMe { who } => (who, "a private message that is for somebody else"),
            Event::OutOfTime { who } => (who, "a private message from a time long gone or to come"),
            Event::Malformed { who } => (who, "a private message that is none"),
            Event::TooMuch { who } => (who, "more private messages than are kept"),
            _ => return None,
        };
        self.told(now, who, what)
    }

    pub(super) fn group(&mut self, now: Instant, event: &group::SecurityEvent) -> Option<Fact> {
        use group::SecurityEvent as Event;
        let (who, what) = match *event {
            Event::KeyFromStranger { from, .. } => (from, "a key to a room it was never in"),
            Event::KeyConflict { from, .. } => (from, "a second key in place of one it has given"),
            Event::ForeignSession { from, .. } => (from, "words with the key of somebody else"),
            Event::IndexReused { from, .. } => (from, "two messages where there can be one"),
            Event::Misdirected { from, .. } => (from, "words of somebody else, or of another room"),
            Event::Corrupt { from, .. } => (from, "words that its own key does not open"),
            Event::Unauthorised { from, .. } => (from, "a change to a room that it may not make"),
            Event::Malformed { from } => (from, "a message about a private room that is none"),
            _ => return None,
        };
        self.told(now, who, what)
    }

    pub(super) fn no_text(&mut self, now: Instant, who: NodeId) -> Option<Fact> {
        self.told(now, who, "a private text that is none")
    }

    pub(super) fn succession(
        &mut self,
        now: Instant,
        who: NodeId,
        error: &SuccessionError,
    ) -> Option<Fact> {
        let what = match error {
            SuccessionError::Fork { .. } => {
                "two successors of one id, of which neither is believed"
            }
            SuccessionError::Own => {
                "a successor of your own id, or you as one, which you did not say"
            }
            // What is old, or of strangers, is nothing to tell.
            error => {
                tracing::debug!("a succession is not followed: {error}");
                return None;
            }
        };
        self.told(now, who, what)
    }

    fn told(&mut self, now: Instant, who: NodeId, what: &'static str) -> Option<Fact> {
        self.is_worth(now, who, what)
            .then_some(Fact::Suspicious(who, what))
    }

    fn is_worth(&mut self, now: Instant, who: NodeId, what: &'static str) -> bool {
        let last = self.said.get(&(who, what));
        if last.is_some_and(|at| now.saturating_duration_since(*at) < QUIET) {
            return false;
        }
        if self.said.len() >= MAX_REMEMBERED {
            self.said.clear();
        }
        self.said.insert((who, what), now);
        true
    }
}
