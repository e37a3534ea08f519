//! How a session ended, in words for people and for programs.

use std::fmt;

use tazcom_session::{ByeCode, End, SessionError};

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DownReason {
    /// We said goodbye.
    ByUs(ByeCode),
    /// The peer said goodbye.
    ByPeer(ByeCode),
    /// The connection broke, or the peer broke the protocol.
    Abnormal(SessionError),
    /// The peer did not answer when it was asked whether it is there.
    Unanswered,
    /// The peer did not read what was written to it.
    Blocked,
    /// The session's task was cut off.
    CutOff,
}

impl DownReason {
    /// One word in `snake_case`, for programs. Words are only ever added.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ByUs(_) => "closed_by_us",
            Self::ByPeer(ByeCode::Shutdown) => "peer_shut_down",
            Self::ByPeer(ByeCode::Duplicate) => "duplicate",
            Self::ByPeer(ByeCode::Policy) => "not_wanted",
            Self::ByPeer(ByeCode::Full) => "peer_full",
            Self::ByPeer(_) => "closed_by_peer",
            Self::Abnormal(SessionError::Closed) => "connection_lost",
            Self::Abnormal(SessionError::Dead { .. }) | Self::Unanswered => "silent",
            Self::Abnormal(_) => "protocol_violation",
            Self::Blocked => "not_reading",
            Self::CutOff => "cut_off",
        }
    }

    /// A goodbye in words.
    pub(crate) const fn words(code: ByeCode) -> &'static str {
        match code {
            ByeCode::Done => "nothing more to say",
            ByeCode::Duplicate => "another session with it stays",
            ByeCode::Policy => "it does not want this node",
            ByeCode::Full => "it has as many sessions as it may",
            ByeCode::Expired => "the session was too old",
            ByeCode::Shutdown => "it shuts down",
            _ => "for a reason this version does not know",
        }
    }
}

impl From<End> for DownReason {
    fn from(end: End) -> Self {
        match end {
            End::ByUs(code) => Self::ByUs(code),
            End::ByPeer(code) => Self::ByPeer(code),
            End::Abnormal(error) => Self::Abnormal(error),
            _ => Self::CutOff,
        }
    }
}

impl fmt::Display for DownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByUs(ByeCode::Shutdown) => f.write_str("this node shuts down"),
            Self::ByUs(ByeCode::Policy) => f.write_str("the peer is blocked"),
            Self::ByUs(_) => f.write_str("closed by this node"),
            Self::ByPeer(code) => write!(f, "the peer said goodbye: {}", Self::words(*code)),
            Self::Abnormal(error) => error.fmt(f),
            Self::Unanswered => f.write_str("the peer did not answer when asked"),
            Self::Blocked => f.write_str("the peer did not read what was sent to it"),
            Self::CutOff => f.write_str("cut off"),
        }
    }
}
