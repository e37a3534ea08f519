//! What the machine is told, and what it wants done.

use std::fmt;

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::direct::DirectFrame;
use tazcom_proto::inner::{Inner, InnerId};
use tazcom_proto::limits::MAX_INNER_LEN;
use tazcom_proto::{Hlc, UnixMillis, VerifiedEnvelope};
use zeroize::Zeroizing;

use crate::event::SecurityEvent;

/// What the machine is told.
#[derive(Clone)]
#[non_exhaustive]
pub enum Input {
    /// Something is to be said to one person.
    Send {
        /// To whom.
        to: NodeId,
        /// What it is called: drawn at random for each message.
        id: InnerId,
        /// What orders it.
        hlc: Hlc,
        /// When it is said.
        created: UnixMillis,
        /// Of what kind it is; not one of those that the machine itself says.
        kind: u64,
        /// One CBOR value.
        body: Zeroizing<Vec<u8>>,
        /// Comes back with the answer.
        reference: u64,
    },
    /// Somebody's bundle of keys, from the mesh, or from the disk at start.
    Prekeys(VerifiedEnvelope),
    /// An envelope sealed to us.
    Sealed(VerifiedEnvelope),
    /// There is a session with somebody now.
    SessionUp(NodeId),
    /// There is none any more.
    SessionDown(NodeId),
    /// A key for one use, out of the session with `from`.
    OneTimeKey {
        /// Whose.
        from: NodeId,
        /// Its long-term key.
        identity: [u8; 32],
        /// The key.
        key: [u8; 32],
    },
    /// Nothing of somebody is opened any more, and nothing sealed for it. Not kept: the driver says it
    /// again after a start.
    Block(NodeId),
    /// As it was before.
    Unblock(NodeId),
    /// The time that was due has come.
    Tick,
}

/// Says nothing of what is in it: a log is not the place for it.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Send { .. } => "Send",
            Self::Prekeys(_) => "Prekeys",
            Self::Sealed(_) => "Sealed",
            Self::SessionUp(_) => "SessionUp",
            Self::SessionDown(_) => "SessionDown",
            Self::OneTimeKey { .. } => "OneTimeKey",
            Self::Block(_) => "Block",
            Self::Unblock(_) => "Unblock",
            Self::Tick => "Tick",
        })
    }
}

/// What the machine wants done, after its rows are on the disk.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Output {
    /// Sign these bytes as an envelope sealed to `to`, and publish it.
    Publish {
        /// For whom.
        to: NodeId,
        /// What is sealed.
        bytes: Bytes,
        /// Which message it carries, if it is one of [`Input::Send`].
        id: Option<InnerId>,
        /// How long it may be kept, in seconds.
        lifetime_secs: u32,
        /// It is of no use to anybody but whoever there is a session with, and not missed when it is
        /// lost: it may go in that session instead ([`DirectFrame::Sealed`]), and nobody else has to
        /// carry it.
        in_session: bool,
    },
    /// Publish the own bundle.
    Prekeys {
        /// The long-term key.
        identity: [u8; 32],
        /// The fallback key.
        fallback: [u8; 32],
        /// How long the bundle may be used, in seconds.
        lifetime_secs: u32,
    },
    /// Send this in the session with somebody.
    Frame {
        /// With whom.
        to: NodeId,
        /// What.
        frame: DirectFrame,
    },
    /// [`Input::Send`] was taken.
    Accepted {
        /// As given.
        reference: u64,
        /// As given.
        id: InnerId,
        /// It is not sealed yet: no key of the receiver is known, or too much is on its way to it.
        waiting: bool,
    },
    /// [`Input::Send`] was not taken.
    Refused {
        /// As given.
        reference: u64,
        /// Why.
        why: Refusal,
    },
    /// A message came.
    Opened(Opened),
    /// What became of a message of ours.
    Fate {
        /// To whom it is.
        to: NodeId,
        /// Which.
        id: InnerId,
        /// What became of it.
        fate: Fate,
    },
    /// Something is not as it should be.
    Security(SecurityEvent),
}

/// What became of a message of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fate {
    /// It waited, and is on its way now.
    Sealed,
    /// The receiver has opened it, and says so.
    Delivered,
    /// The receiver did not say that it has it, and nobody keeps it any longer.
    Expired,
}

/// Why a message was not taken. Nothing of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It is for ourselves.
    #[error("a message to oneself")]
    ToSelf,
    /// The receiver is blocked.
    #[error("the receiver is blocked")]
    Blocked,
    /// As many messages to this person wait as may wait.
    #[error("{most} messages to this person have not arrived; no more are kept")]
    PeerFull {
        /// How many may wait.
        most: usize,
    },
    /// As many messages wait as may wait.
    #[error("{most} messages have not arrived; no more are kept")]
    Full {
        /// How many may wait.
        most: usize,
    },
    /// There are messages for as many people as there may be.
    #[error("messages wait for {most} people; no more are kept")]
    TooManyPeople {
        /// How many there may be.
        most: usize,
    },
    /// It is too long.
    #[error("a private message has at most {MAX_INNER_LEN} bytes")]
    TooLong,
    /// Its body is not one CBOR value.
    #[error("the body of a private message is one CBOR value")]
    NotAValue,
    /// Its kind is one that only the machine itself says.
    #[error("messages of kind {kind} are not for sending")]
    Reserved {
        /// Its kind.
        kind: u64,
    },
    /// A message of this name is on its way to the same person.
    #[error("a message of this name is on its way")]
    Known,
    /// It was said longer ago than messages are tried.
    #[error("a message older than any that is tried")]
    TooOld,
}

/// A message that came out of a ratchet with who sent it, and was seen for the first time.
///
/// Only the machine makes these, so whatever takes one shows nothing that merely claims to be private:
///
/// ```compile_fail
/// fn forge(inner: tazcom_proto::inner::Inner) -> tazcom_direct::Opened {
///     tazcom_direct::Opened::new(inner)
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Opened(Inner);

impl Opened {
    pub(crate) const fn new(inner: Inner) -> Self {
        Self(inner)
    }

    /// Who said it: it signed the envelope, its ratchet sealed it, and it says so inside.
    #[must_use]
    pub const fn from(&self) -> NodeId {
        self.0.from
    }

    /// What it is called.
    #[must_use]
    pub const fn id(&self) -> InnerId {
        self.0.id
    }

    /// What orders it.
    #[must_use]
    pub const fn hlc(&self) -> Hlc {
        self.0.hlc
    }

    /// When it was said, by its author's clock.
    #[must_use]
    pub const fn created(&self) -> UnixMillis {
        self.0.created
    }

    /// Of what kind it is.
    #[must_use]
    pub const fn kind(&self) -> u64 {
        self.0.kind
    }

    /// What it says: one CBOR value.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }
}

/// Says nothing of what is in it.
impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({:?})", self.0.id)
    }
}
