//! What somebody tried, or what a person should know.

use std::collections::BTreeMap;

use tazcom_identity::NodeId;

/// Something about somebody's keys or messages that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityEvent {
    /// Somebody we are in touch with has other keys than before. Its id signed them: it may have lost
    /// what was on its disk. To be shown.
    NewKeys {
        /// Who.
        who: NodeId,
    },
    /// A bundle that is older than what is known names another key. It was ignored.
    OldKeys {
        /// Whose.
        who: NodeId,
    },
    /// A bundle whose time is over, or a frame with a key that makes every secret the same. It was
    /// ignored.
    BadKeys {
        /// Whose.
        who: NodeId,
    },
    /// A ratchet begun with the long-term key of somebody else than who signed, or with a one-time key
    /// that was given to somebody else.
    ForeignKey {
        /// Who signed.
        who: NodeId,
    },
    /// What was opened says that somebody else said it than who signed.
    ForeignSender {
        /// Who signed.
        who: NodeId,
    },
    /// What was opened, or its envelope, is for somebody else.
    NotForMe {
        /// Who signed.
        who: NodeId,
    },
    /// The same sealed bytes again, or the same message sealed again. It is shown once.
    Repeated {
        /// Who signed.
        who: NodeId,
    },
    /// A message from before what is remembered, or from the future. It was refused.
    OutOfTime {
        /// Who signed.
        who: NodeId,
    },
    /// Nothing that is ever sealed.
    Malformed {
        /// Who signed.
        who: NodeId,
    },
    /// It could not be opened. Its author is told so, if there is a way.
    Unopened {
        /// Who signed.
        who: NodeId,
    },
    /// More of something than is kept, so that something was dropped.
    TooMuch {
        /// Of whom.
        who: NodeId,
    },
}

impl SecurityEvent {
    /// What happened, in a word for a counter.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NewKeys { .. } => "new_keys",
            Self::OldKeys { .. } => "old_keys",
            Self::BadKeys { .. } => "bad_keys",
            Self::ForeignKey { .. } => "foreign_key",
            Self::ForeignSender { .. } => "foreign_sender",
            Self::NotForMe { .. } => "not_for_me",
            Self::Repeated { .. } => "repeated",
            Self::OutOfTime { .. } => "out_of_time",
            Self::Malformed { .. } => "malformed",
            Self::Unopened { .. } => "unopened",
            Self::TooMuch { .. } => "too_much",
        }
    }
}

/// How often each [`SecurityEvent`] happened since the machine was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    /// How often the event with this [`name`](SecurityEvent::name) happened.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// All that happened at all, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.0.iter().map(|(name, count)| (*name, *count))
    }

    pub(crate) fn count(&mut self, event: &SecurityEvent) {
        let count = self.0.entry(event.name()).or_default();
        *count = count.saturating_add(1);
    }
}
