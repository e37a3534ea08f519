//! How much of one kind of event people are shown.
//!
//! Whoever can send packets can make events: forged peers by the hundred a second. People are shown
//! a burst large enough for a crowd that arrives at once, then a steady trickle and, once a second,
//! how much was held back. Programs, which asked for JSON, get everything.

use std::time::Duration;

use tazcom_node::{ChatEvent, Event, PrivateEvent, Warning};
use tokio::time::Instant;

use crate::output::line::Line;

/// Events of a kind that are shown at once: a swarm of 50 that comes, is greeted and greets.
const BURST: f64 = 100.0;
/// Events of a kind a second that are shown in the long run.
const PER_SECOND: f64 = 10.0;
/// How often what was held back is told.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// One budget for each kind of event. As many as there are [`kind`]s.
#[derive(Debug, Default)]
pub(super) struct Flood {
    budgets: Vec<Budget>,
}

#[derive(Debug)]
struct Budget {
    kind: &'static str,
    is_warning: bool,
    tokens: f64,
    counted_at: Instant,
    held_back: u64,
    /// When what is held back is to be told.
    due: Option<Instant>,
}

impl Flood {
    /// Whether people are shown this event.
    pub(super) fn lets_through(&mut self, event: &Event, now: Instant) -> bool {
        let kind = kind(event);
        let place = self.budgets.iter().position(|budget| budget.kind == kind);
        let place = place.unwrap_or_else(|| {
            self.budgets.push(Budget {
                kind,
                is_warning: matches!(event, Event::Warning(_)),
                tokens: BURST,
                counted_at: now,
                held_back: 0,
                due: None,
            });
            self.budgets.len() - 1
        });
        self.budgets[place].take(now)
    }

    /// When [`held_back`](Self::held_back) has something to say.
    pub(super) fn due(&self) -> Option<Instant> {
        self.budgets.iter().filter_map(|budget| budget.due).min()
    }

    /// What was held back and is due to be told.
    pub(super) fn held_back(&mut self, now: Instant) -> Vec<Line> {
        let due = |budget: &&mut Budget| budget.due.is_some_and(|due| due <= now);
        self.budgets
            .iter_mut()
            .filter(due)
            .map(Budget::tell)
            .collect()
    }

    /// All that was held back and is not told yet.
    pub(super) fn rest(&mut self) -> Vec<Line> {
        let due = |budget: &&mut Budget| budget.due.is_some();
        self.budgets
            .iter_mut()
            .filter(due)
            .map(Budget::tell)
            .collect()
    }
}

impl Budget {
    fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.counted_at);
        self.counted_at = now;
        self.tokens = (self.tokens + passed.as_secs_f64() * PER_SECOND).min(BURST);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return true;
        }
        self.held_back += 1;
        self.due.get_or_insert(now + TELL_EVERY);
        false
    }

    fn tell(&mut self) -> Line {
        self.due = None;
        let held_back = std::mem::take(&mut self.held_back);
        let text = format!("{held_back} more of \"{}\" not shown", self.kind);
        if self.is_warning {
            Line::warn(text)
        } else {
            Line::info(text)
        }
    }
}

/// What kinds are told apart, by the words their lines have in common.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::PeerDiscovered(_) => "Peer Discovered",
        Event::PeerUpdated(_) => "Peer Updated",
        Event::PeerRemoved { .. } => "Peer Removed",
        Event::SessionUp { .. } => "Session established",
        Event::SessionDown { .. } => "Session ended",
        Event::HelloSent { .. } => "Sent HELLO",
        Event::AckReceived { .. } => "Received ACK",
        Event::HelloReceived { .. } => "Message from",
        Event::Chat(chat) => match &**chat {
            ChatEvent::Message { .. } => "messages in rooms",
            _ => "words about rooms and people",
        },
        Event::Private(private) => match &**private {
            PrivateEvent::Suspicious { .. } | PrivateEvent::Unopened { .. } => {
                "private messages that were refused"
            }
            PrivateEvent::Invited { .. } => "invitations",
            PrivateEvent::VerificationAsked { .. } => "wants to compare emoji",
            _ => "words about private rooms and people",
        },
        Event::InterfaceUp(_) => "Interface in use",
        Event::InterfaceDown(_) => "Interface gone",
        Event::Warning(warning) => match warning {
            Warning::ConnectionRefused { .. } => "Connection refused",
            Warning::ConnectionTimeout { .. } => "Connection timeout",
            Warning::ConnectionFailed { .. } => "Error communicating",
            Warning::ConnectionLimit { .. } => "Connection closed",
            Warning::MessageTooLarge { .. } => "Message exceeds size limit",
            Warning::MalformedMessage { .. } => "Message is malformed",
            Warning::UnknownMessageType { .. } => "Message has unknown type",
            Warning::MessageTimeout { .. } => "Message did not come",
            Warning::HandshakeFailed { .. } => "Handshake failed",
            Warning::Pretence { .. } => "Somebody pretends to be an old version",
            Warning::TwoHosts { .. } => "Two hosts have the key",
            Warning::SelfHello { .. } => "Message in this node's own name",
            Warning::IdentityConflict { .. } => "Another node announces this node's id",
            Warning::Disk { .. } => "The disk fails",
            Warning::Suppressed { .. } => "summaries",
            _ => "warnings",
        },
        _ => "events",
    }
}

#[cfg(test)]
mod tests {
    use tazcom_identity::NodeId;

    use super::*;

    fn sent() -> Event {
        Event::HelloSent {
            id: Some(NodeId::from_bytes([1; 32])),
            addr: "192.168.1.5:4711".parse().unwrap(),
        }
    }

    fn warning() -> Event {
        Event::Warning(Warning::SelfDial {
            addr: "192.168.1.5:4711".parse().unwrap(),
        })
    }

    fn shown(flood: &mut Flood, event: &Event, times: usize, now: Instant) -> usize {
        (0..times)
            .filter(|_| flood.lets_through(event, now))
            .count()
    }

    #[test]
    fn a_crowd_is_shown_and_a_flood_is_counted() {
        let now = Instant::now();
        let mut flood = Flood::default();
        assert_eq!(shown(&mut flood, &sent(), 100, now), 100);
        assert_eq!(flood.due(), None);
        assert_eq!(shown(&mut flood, &sent(), 500, now), 0);
        assert_eq!(flood.held_back(now), []);
        let later = flood.due().unwrap();
        assert_eq!(later, now + TELL_EVERY);
        assert_eq!(
            flood.held_back(later),
            [Line::info("500 more of \"Sent HELLO\" not shown")]
        );
        assert_eq!((flood.due(), flood.held_back(later)), (None, vec![]));
        assert_eq!(shown(&mut flood, &sent(), 500, later), 10);
    }

    #[test]
    fn a_flood_of_one_kind_hides_no_other() {
        let now = Instant::now();
        let mut flood = Flood::default();
        shown(&mut flood, &sent(), 1000, now);
        assert!(flood.lets_through(&warning(), now));
        shown(&mut flood, &warning(), 1000, now);
        let rest = flood.rest();
        assert_eq!(rest.len(), 2);
        assert_eq!(rest[1], Line::warn("901 more of \"warnings\" not shown"));
    }
}
