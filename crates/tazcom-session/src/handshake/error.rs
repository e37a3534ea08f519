//! Why there is no session.

use tazcom_identity::{NodeId, SignatureError};

use crate::wire::caps::CapsError;

/// Why a handshake failed. There is no session; the connection is to be closed without a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// It answers as POC-02 does: it greets in plain text and knows no sessions.
    #[error("the peer speaks the plain protocol of POC-02 only")]
    Legacy,
    /// The first bytes are not those of this version.
    #[error("the first bytes are not those of a session")]
    Preamble,
    /// A handshake message has another length than it can have.
    #[error("handshake message {message} with {found} bytes")]
    Length {
        /// Which message, counted from 1.
        message: u8,
        /// The length announced.
        found: u16,
    },
    /// A public key with which no secret can be agreed on: a point of small order.
    #[error("handshake message {message} calls for a key agreement that yields nothing")]
    SmallOrder {
        /// The message that could not be read or written, counted from 1.
        message: u8,
    },
    /// Changed on its way, or made for another handshake.
    #[error("handshake message {message} is not authentic")]
    Unauthentic {
        /// Which message, counted from 1.
        message: u8,
    },
    /// The signature does not prove the identity for this handshake.
    #[error("the peer did not prove who it is: {0}")]
    Identity(#[from] SignatureError),
    /// Whoever answered is not whom we called.
    #[error("called {}, was answered by {}", expected.short(), found.short())]
    OtherPeer {
        /// Whom we called.
        expected: NodeId,
        /// Who answered. Not proven.
        found: NodeId,
    },
    /// It says that it is us.
    #[error("the peer uses this node's own id")]
    OwnId,
    /// The initiator's capabilities cannot be read.
    #[error(transparent)]
    Caps(#[from] CapsError),
    /// More arrived behind the handshake than may wait there.
    #[error("too much was sent before the handshake was taken note of")]
    TooEarly,
    /// It took too long.
    #[error("the handshake was not finished in time")]
    Deadline,
    /// The connection ended.
    #[error("the connection ended during the handshake")]
    Closed,
    /// `finish` was called before the peer was authenticated.
    #[error("the handshake is not finished")]
    Unfinished,
}
