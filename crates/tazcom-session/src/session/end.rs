//! How sessions end, and why something could not be sent.

use std::time::Duration;

use crate::limits::{MAX_PAYLOAD_LEN, MAX_PINGS_IN_FLIGHT};
use crate::wire::body::{BodyError, ByeCode};
use crate::wire::frame::FrameError;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// We said goodbye.
    ByUs(ByeCode),
    /// The peer said goodbye. Everything it sent before has been delivered.
    ByPeer(ByeCode),
    /// Neither did. What was not acknowledged may not have arrived.
    Abnormal(SessionError),
}

/// Why a session ended without a goodbye. The connection is to be closed without a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The connection ended.
    #[error("the connection ended without a goodbye")]
    Closed,
    /// What arrived is no frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A frame said something that cannot be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// A frame did not become whole in time.
    #[error("a frame was begun and not finished in time")]
    FrameDeadline,
    /// The responder said something before its welcome, or the initiator welcomed, or twice.
    #[error("a welcome where there should be none, or none where there should be one")]
    Welcome,
    /// The responder was silent after the handshake.
    #[error("the peer did not say welcome in time")]
    NoWelcome,
    /// Parts that do not fit together, or make more than there may be.
    #[error("parts that do not make a body")]
    Parts,
    /// An answer to a ping that was not the next to be answered.
    #[error("an answer to a ping that was not asked")]
    Pong,
    /// More pings than a peer may send.
    #[error("too many pings")]
    PingFlood,
    /// More frames than a session may carry.
    #[error("more frames than a session may carry")]
    TooManyFrames,
    /// Nothing was heard for too long.
    #[error("nothing was heard from the peer for {} s", after.as_secs())]
    Dead {
        /// The silence that was too long.
        after: Duration,
    },
}

/// Why something was not sent. The session is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The session has ended or is ending.
    #[error("the session is over")]
    Over,
    /// The payload is longer than the largest.
    #[error("a payload of {len} bytes, at most {MAX_PAYLOAD_LEN} are allowed")]
    TooLong {
        /// Bytes of the payload.
        len: usize,
    },
    /// Too many pings wait for their answers.
    #[error("{MAX_PINGS_IN_FLIGHT} pings wait for their answers already")]
    TooManyPings,
}
