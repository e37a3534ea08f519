//! What a server answers to a request.

use crate::PeerText;

/// The one line a server sends before it closes the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The request was understood.
    Ack,
    /// The request was well formed and of a type the server does not know.
    Error,
}

impl Reply {
    /// Reads a line, given without its newline. A carriage return at its end is dropped.
    ///
    /// # Errors
    ///
    /// [`ReplyError`] when it is neither word. Nothing is known of the request then.
    pub fn parse(line: &[u8]) -> Result<Self, ReplyError> {
        match line.strip_suffix(b"\r").unwrap_or(line) {
            b"ACK" => Ok(Self::Ack),
            b"ERROR" => Ok(Self::Error),
            other => Err(ReplyError(PeerText::from_bytes(other))),
        }
    }

    /// The bytes on the wire, newline included.
    #[must_use]
    pub const fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Ack => b"ACK\n",
            Self::Error => b"ERROR\n",
        }
    }
}

/// An answer that is neither `ACK` nor `ERROR`, safe to print.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("answered \"{0}\" instead of ACK")]
pub struct ReplyError(PeerText);
