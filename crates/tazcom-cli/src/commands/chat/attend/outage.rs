//! What to do when the node cuts off whoever follows it.

use std::time::Duration;

use tokio::time::Instant;

use super::super::told::words;
use crate::control::AskError;

/// How long to wait before it is followed again: the first time, and at most. In between it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// After how long without lasting success it is told, and after how long it is given up.
const TOLD_AFTER: Duration = Duration::from_secs(1);
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);

/// How often it is asked again while it answers too many others: for 16 seconds.
const BUSY_TRIES: u32 = 7;

/// A time in which the node was cut off again and again.
#[derive(Debug, Default)]
pub(super) struct Outage {
    /// Since when; none when there is none.
    since: Option<Instant>,
    /// How long was waited the last time.
    pause: Duration,
    /// How often it has answered too many others, since it was followed the last time.
    refused: u32,
    /// Whether the user knows.
    is_told: bool,
    /// Whether something may be lost that was not asked for since.
    is_lost: bool,
    /// Whether what was lost was asked for once.
    has_asked: bool,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// What the user is to be told.
    pub(super) told: Option<String>,
    /// After how long it is followed again; none when it is given up.
    pub(super) pause: Option<Duration>,
}

impl Outage {
    /// It was cut off. What happens now is lost if it `was_ready`, which is when it had told all before.
    pub(super) fn cut(&mut self, now: Instant, error: &AskError, was_ready: bool) -> Next {
        self.is_lost |= was_ready;
        match error {
            AskError::Refused { kind, .. } if kind == "busy" && self.refused < BUSY_TRIES => {
                self.refused += 1;
            }
            AskError::Ended | AskError::Io(_) | AskError::TimedOut => {}
            error => {
                return Next {
                    told: Some(why(error)),
                    pause: None,
                };
            }
        }
        let since = *self.since.get_or_insert(now);
        let lasts = now.saturating_duration_since(since);
        if lasts >= GIVEN_UP_AFTER {
            let told = (!self.is_told).then(|| "the node does not tell what happens".to_owned());
            return Next { told, pause: None };
        }
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        let is_to_be_told = lasts >= TOLD_AFTER && !self.is_told;
        self.is_told |= is_to_be_told;
        Next {
            told: is_to_be_told.then(|| {
                "the node does not go on telling this chat what happens; it is asked again for a \
                 minute"
                    .to_owned()
            }),
            pause: Some(self.pause),
        }
    }

    /// The node is followed again, and may be cut off at once. Whether what was lost is to be asked for.
    pub(super) const fn ready(&mut self) -> bool {
        self.refused = 0;
        if self.has_asked || !self.is_lost {
            return false;
        }
        self.has_asked = true;
        self.is_lost = false;
        true
    }

    /// It lasts. Whether what was lost is to be asked for.
    pub(super) fn end(&mut self) -> bool {
        std::mem::take(self).is_lost
    }
}

/// Why it is not followed, in words.
fn why(error: &AskError) -> String {
    match error {
        // It is a request like any other, for a node that knows it.
        AskError::Refused { kind, .. } if kind == "bad_request" => {
            "the node that runs is of another version than this chat; end it, and start it anew"
                .to_owned()
        }
        error => words(&error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy() -> AskError {
        AskError::Refused {
            kind: "busy".to_owned(),
            message: "it answers eight others".to_owned(),
        }
    }

    #[test]
    fn a_node_that_closes_at_once_is_asked_ever_more_seldom_told_of_once_and_given_up() {
        let mut outage = Outage::default();
        let begun = Instant::now();
        let mut now = begun;
        let mut pauses = Vec::new();
        let mut told = 0;
        loop {
            let next = outage.cut(now, &AskError::Ended, false);
            told += usize::from(next.told.is_some());
            let Some(pause) = next.pause else { break };
            pauses.push(pause);
            now += pause;
        }
        assert!(pauses.is_sorted());
        assert_eq!(pauses.first(), Some(&FIRST_PAUSE));
        assert_eq!(pauses.last(), Some(&LONGEST_PAUSE));
        assert_eq!(told, 1);
        let lasted = now - begun;
        assert!(lasted >= GIVEN_UP_AFTER && lasted <= GIVEN_UP_AFTER + LONGEST_PAUSE);
    }

    #[test]
    fn nobody_is_given_up_without_a_word() {
        let mut outage = Outage::default();
        let now = Instant::now();
        assert_eq!(outage.cut(now, &AskError::TimedOut, false).told, None);
        let next = outage.cut(now + GIVEN_UP_AFTER, &AskError::TimedOut, false);
        assert!(next.told.is_some() && next.pause.is_none());
    }

    #[test]
    fn being_ready_now_and_then_does_not_end_an_outage_and_lasting_does() {
        let mut outage = Outage::default();
        let begun = Instant::now();
        let _ = outage.cut(begun, &AskError::Ended, true);
        assert!(outage.ready(), "what was lost is asked for at once");
        let next = outage.cut(begun + TOLD_AFTER, &AskError::Ended, true);
        assert!(next.told.is_some());
        assert_eq!(next.pause, Some(FIRST_PAUSE * 2));
        assert!(!outage.ready(), "and not each time");
        assert!(outage.end(), "but once it is over");
        let next = outage.cut(begun + GIVEN_UP_AFTER, &AskError::Ended, true);
        assert_eq!((next.told, next.pause), (None, Some(FIRST_PAUSE)));
    }

    #[test]
    fn nothing_is_lost_of_what_was_never_followed() {
        let mut outage = Outage::default();
        let _ = outage.cut(Instant::now(), &AskError::Ended, false);
        assert!(!outage.ready() && !outage.end());
    }

    #[test]
    fn a_node_that_answers_too_many_others_is_asked_so_often_each_time() {
        let mut outage = Outage::default();
        let now = Instant::now();
        for _ in 0..BUSY_TRIES {
            assert!(outage.cut(now, &busy(), false).pause.is_some());
        }
        let _ = outage.ready();
        for _ in 0..BUSY_TRIES {
            assert!(outage.cut(now, &busy(), true).pause.is_some());
        }
        let next = outage.cut(now, &busy(), true);
        assert_eq!(next.pause, None);
        assert_eq!(next.told.as_deref(), Some("it answers eight others"));
    }

    #[test]
    fn a_node_that_cannot_be_followed_is_given_up_at_once() {
        let mut outage = Outage::default();
        let next = outage.cut(Instant::now(), &AskError::Unreadable, true);
        assert!(next.told.is_some() && next.pause.is_none());
        let old = AskError::Refused {
            kind: "bad_request".to_owned(),
            message: "unknown".to_owned(),
        };
        let next = outage.cut(Instant::now(), &old, false);
        assert!(next.told.is_some_and(|text| text.contains("version")));
    }
}
