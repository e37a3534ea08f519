//! What a client asks for and cannot have, and why.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_node::{DisplayName, FindError, PrivateError, RoomName, TalkError};

use super::client::{BadRequest, Cut};
use crate::args::MAX_TIMEOUT;

/// What a client cannot have.
pub(super) struct Refused {
    pub(super) kind: &'static str,
    pub(super) message: String,
    pub(super) candidates: Vec<NodeId>,
}

impl Refused {
    pub(super) fn new(kind: &'static str, message: impl fmt::Display) -> Self {
        Self {
            kind,
            message: message.to_string(),
            candidates: Vec::new(),
        }
    }
}

impl From<TalkError> for Refused {
    fn from(error: TalkError) -> Self {
        let kind = match &error {
            TalkError::Refused(_) => "refused",
            TalkError::Store(_) | TalkError::File { .. } => "disk",
            TalkError::Busy => "busy",
            _ => "ended",
        };
        Self::new(kind, error)
    }
}

impl From<PrivateError> for Refused {
    fn from(error: PrivateError) -> Self {
        let kind = match &error {
            PrivateError::Store(_) => "disk",
            PrivateError::Busy => "busy",
            PrivateError::Ended => "ended",
            PrivateError::NoSession => "no_session",
            PrivateError::WeakPassphrase(_) => "bad_request",
            _ => "refused",
        };
        Self::new(kind, error)
    }
}

impl From<BadRequest> for Refused {
    fn from(BadRequest(message): BadRequest) -> Self {
        Self::new("bad_request", message)
    }
}

impl From<FindError> for Refused {
    fn from(error: FindError) -> Self {
        let (kind, candidates) = match &error {
            FindError::Ambiguous { candidates, .. } => (
                "ambiguous_peer",
                candidates.iter().map(DisplayName::id).collect(),
            ),
            _ => ("unknown_peer", Vec::new()),
        };
        Self {
            candidates,
            ..Self::new(kind, error)
        }
    }
}

/// The client is gone, or is to be told why not.
pub(super) enum Stop {
    Cut(Cut),
    Refused(Refused),
}

impl From<Cut> for Stop {
    fn from(cut: Cut) -> Self {
        Self::Cut(cut)
    }
}

impl<E: Into<Refused>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

pub(super) fn room_of(text: &str) -> Result<RoomName, BadRequest> {
    text.parse()
        .map_err(|error| BadRequest(format!("room: {error}")))
}

pub(super) fn within(millis: u64) -> Result<Duration, BadRequest> {
    let time = Duration::from_millis(millis);
    match time.is_zero() || time > MAX_TIMEOUT {
        false => Ok(time),
        true => {
            let longest = MAX_TIMEOUT.as_millis();
            Err(BadRequest(format!("a time: 1 to {longest} ms")))
        }
    }
}

/// The node is elsewhere: a path is only the same there when it begins at the root.
pub(super) fn absolute(path: &Path) -> Result<&Path, BadRequest> {
    match path.is_absolute() {
        true => Ok(path),
        false => Err(BadRequest("path: expected an absolute one".to_owned())),
    }
}
