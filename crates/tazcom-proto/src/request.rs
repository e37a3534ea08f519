//! What a client says: one JSON object in one line.

use bytes::Bytes;
use tazcom_identity::{NodeId, ParseNodeIdError};

use crate::PeerText;

mod json;

/// A request, as read from one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A greeting, answered with [`Reply::Ack`](crate::Reply::Ack).
    Hello(Hello),
}

/// `{"type":"HELLO","from":"<id>"}`: a node says that it is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Who says so. A claim: the line is not signed.
    pub from: NodeId,
}

impl Request {
    /// Reads a line, given without its newline.
    ///
    /// Spaces (a carriage return among them), any order of keys, and unknown keys with any values
    /// are accepted. A key that counts and is there twice is refused: readers differ on which of
    /// the two to believe. Nesting is not limited but costs no stack, because unknown values are
    /// skipped without recursion. What is in `from` counts for a greeting only: a later version may use
    /// the key for something else.
    ///
    /// # Errors
    ///
    /// [`RequestError`]. [`UnknownType`](RequestError::UnknownType) is to be answered with
    /// [`Reply::Error`](crate::Reply::Error), the others with closing the connection.
    pub fn parse(line: &[u8]) -> Result<Self, RequestError> {
        json::parse(line)
    }
}

impl Hello {
    const BEFORE: &'static [u8] = br#"{"type":"HELLO","from":""#;
    const AFTER: &'static [u8] = b"\"}\n";

    /// Bytes in an encoded greeting, newline included.
    pub const ENCODED_LEN: usize = Self::BEFORE.len() + NodeId::TEXT_LEN + Self::AFTER.len();

    /// The line to send, newline included.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut line = Vec::with_capacity(Self::ENCODED_LEN);
        line.extend_from_slice(Self::BEFORE);
        let mut text = [0; NodeId::TEXT_LEN];
        line.extend_from_slice(self.from.encode(&mut text).as_bytes());
        line.extend_from_slice(Self::AFTER);
        line.into()
    }
}

/// Why a line is not a request. Nothing was changed; the message is safe to print.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Not UTF-8, wherever in the line.
    #[error("not UTF-8 from byte {}", valid_up_to + 1)]
    NotUtf8 {
        /// How many bytes are.
        valid_up_to: usize,
    },
    /// Not JSON, or more than one value.
    #[error("not JSON from byte {column}")]
    NotJson {
        /// Where it stopped being JSON, counted from 1; 0 for an empty line.
        column: usize,
    },
    /// JSON, but no object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A key every request has is missing.
    #[error("no \"{key}\" in it")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A key every request has once is there twice.
    #[error("\"{key}\" twice in it")]
    Repeated {
        /// The key.
        key: &'static str,
    },
    /// The value of a key every request has is not a string.
    #[error("\"{key}\" is not a string")]
    NotAString {
        /// The key.
        key: &'static str,
    },
    /// A well-formed request of a type this version does not know.
    #[error("unknown type \"{0}\"")]
    UnknownType(PeerText),
    /// A greeting from something that is not a node id.
    #[error("bad id in \"from\": {0}")]
    BadId(#[from] ParseNodeIdError),
}
