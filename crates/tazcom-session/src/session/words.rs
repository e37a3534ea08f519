//! What goes into a session and what comes out of it.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::End;
use crate::wire::body::{ByeCode, PayloadKind, Welcome};

/// What the user of a session wants of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Greet: the HELLO of POC-02, from whom is proven.
    Hello,
    /// Answer a greeting.
    Ack,
    /// Carry this, in one frame or as many as it takes.
    Send(PayloadKind, Bytes),
    /// Measure a round trip; [`Event::Pong`] comes with the same tag.
    Ping {
        /// To tell one's pings apart.
        tag: u64,
    },
    /// Say goodbye, and end once what the peer had sent by then has arrived.
    Close(ByeCode),
}

/// What a session wants done.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionOutput {
    /// Write this frame.
    Send(Bytes),
    /// Something for the user.
    Event(Event),
    /// Nothing until something arrives or this instant comes.
    Wait(Instant),
    /// Final: the session is over. Whatever was to be sent has been put out before.
    Ended(End),
}

/// What a session tells its user.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// To an initiator, first of all: the responder takes it.
    Welcomed(Welcome),
    /// The peer greets.
    Hello,
    /// The peer answers a greeting.
    Ack,
    /// A whole payload arrived.
    Received(PayloadKind, Bytes),
    /// A ping was answered.
    Pong {
        /// Of the [`Command::Ping`]; `None` when the session asked by itself.
        tag: Option<u64>,
        /// Time between asking and being answered.
        round_trip: Duration,
    },
    /// This session is old or has carried much: open another and then close this one. Said once.
    RenewalDue,
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hello => f.write_str("Hello"),
            Self::Ack => f.write_str("Ack"),
            Self::Send(kind, bytes) => write!(f, "Send({kind:?}, {} bytes)", bytes.len()),
            Self::Ping { tag } => write!(f, "Ping {{ tag: {tag} }}"),
            Self::Close(code) => write!(f, "Close({code:?})"),
        }
    }
}

impl fmt::Debug for SessionOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(bytes) => write!(f, "Send({} bytes)", bytes.len()),
            Self::Event(event) => f.debug_tuple("Event").field(event).finish(),
            Self::Wait(deadline) => f.debug_tuple("Wait").field(deadline).finish(),
            Self::Ended(end) => f.debug_tuple("Ended").field(end).finish(),
        }
    }
}

impl fmt::Debug for Event {
    /// Without names and content: this ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Welcomed(_) => f.write_str("Welcomed(..)"),
            Self::Hello => f.write_str("Hello"),
            Self::Ack => f.write_str("Ack"),
            Self::Received(kind, bytes) => write!(f, "Received({kind:?}, {} bytes)", bytes.len()),
            Self::Pong { tag, round_trip } => f
                .debug_struct("Pong")
                .field("tag", tag)
                .field("round_trip", round_trip)
                .finish(),
            Self::RenewalDue => f.write_str("RenewalDue"),
        }
    }
}
