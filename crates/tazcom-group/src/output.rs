//! What the machine wants done and known.

use std::fmt;

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::inner::{Inner, InnerId, SealedRoomId};
use tazcom_proto::{Hlc, Seal, UnixMillis};
use zeroize::Zeroizing;

/// What the machine wants done and known.
#[non_exhaustive]
pub enum Output {
    /// Send this to somebody, in a direct message and in no other way.
    Carry {
        /// To whom.
        to: NodeId,
        /// Its kind.
        kind: u64,
        /// What it says: one CBOR value.
        body: Zeroizing<Vec<u8>>,
    },
    /// Sign this, as sealed content in the scope of the tag, and send it to everybody.
    Publish {
        /// In which room it is said.
        room: SealedRoomId,
        /// The tag that its relays see.
        tag: [u8; 32],
        /// How it is sealed.
        seal: Seal,
        /// The ciphertext.
        bytes: Bytes,
        /// What was said is called.
        id: Option<InnerId>,
    },
    /// What was asked for is done.
    Done {
        /// As it was asked.
        reference: u64,
        /// In which room.
        room: SealedRoomId,
    },
    /// What was asked for is not done; nothing has changed.
    Refused {
        /// As it was asked.
        reference: u64,
        /// Why not.
        why: Refusal,
    },
    /// Somebody else said something in a room.
    Opened(RoomOpened),
    /// A room has changed.
    Event(RoomEvent),
    /// Somebody did what no honest node does.
    Security(SecurityEvent),
}

/// Why something that was asked for is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such room here.
    #[error("there is no such private room here")]
    NoSuchRoom,
    /// We are in as many rooms as there may be.
    #[error("you are in as many private rooms as there may be; leave one first")]
    TooManyRooms,
    /// The name or topic is too long, or the name is missing.
    #[error("a private room has a name of 1 to 48 bytes and a topic of up to 256")]
    Name,
    /// We are not a member (any more).
    #[error("you are not a member of this room")]
    NotMember,
    /// Only admins of the room can.
    #[error("only admins of this room can do that")]
    NotAdmin,
    /// It has as many members as it may have.
    #[error("the room has 64 members, and no more fit in")]
    RoomFull,
    /// It is a member already.
    #[error("they are a member already")]
    AlreadyMember,
    /// It is none.
    #[error("they are not a member of this room")]
    TheyAreNotMember,
    /// The creator cannot be removed.
    #[error("whoever made the room cannot be removed, only leave")]
    Creator,
    /// There is no invitation to accept.
    #[error("there is no invitation to this room")]
    NotInvited,
    /// The invitation is not accepted yet.
    #[error("accept the invitation first")]
    NotAccepted,
    /// Passphrase rooms have no members.
    #[error("a room with a passphrase has no members: whoever knows it is in")]
    PassphraseRoom,
    /// Too much to be said in one message.
    #[error("this is too long for one private message")]
    TooLong,
    /// It was changed too often. Its creator can change it still, or a new room be made.
    #[error("the room was changed too often; its creator has to change something first")]
    LogFull,
}

/// Something that was said in a private room. Only what came out of a seal becomes one.
pub struct RoomOpened {
    pub(crate) room: SealedRoomId,
    pub(crate) inner: Inner,
    pub(crate) vouched_by: Option<NodeId>,
}

impl RoomOpened {
    /// In which room.
    #[must_use]
    pub const fn room(&self) -> SealedRoomId {
        self.room
    }

    /// Who said it: signed the envelope, and owns the key that opened it.
    #[must_use]
    pub const fn from(&self) -> NodeId {
        self.inner.from
    }

    /// What it is called.
    #[must_use]
    pub const fn id(&self) -> InnerId {
        self.inner.id
    }

    /// What orders it.
    #[must_use]
    pub const fn hlc(&self) -> Hlc {
        self.inner.hlc
    }

    /// When it was said, by its author's clock.
    #[must_use]
    pub const fn created(&self) -> UnixMillis {
        self.inner.created
    }

    /// Of what kind it is.
    #[must_use]
    pub const fn kind(&self) -> u64 {
        self.inner.kind
    }

    /// What it says: one CBOR value.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.inner.body
    }

    /// Who handed over the key, when it was not the author: that one says whose key it is. (The author
    /// signed the envelope all the same.)
    #[must_use]
    pub const fn vouched_by(&self) -> Option<NodeId> {
        self.vouched_by
    }
}

/// What has changed. Names are written by others: not for a terminal as they are.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "`room`, `name`, `who` and `by` are the same everywhere"
)]
pub enum RoomEvent {
    /// We have entered a room with its passphrase.
    Entered { room: SealedRoomId },
    /// Somebody invites us.
    Invited {
        room: SealedRoomId,
        name: String,
        by: NodeId,
    },
    /// Somebody is a member now.
    MemberAdded {
        room: SealedRoomId,
        who: NodeId,
        by: NodeId,
    },
    /// A member is an admin now.
    Promoted { room: SealedRoomId, who: NodeId },
    /// Somebody is no member any more; `by` is itself when it has left. Perhaps it is us.
    MemberRemoved {
        room: SealedRoomId,
        who: NodeId,
        by: NodeId,
    },
    /// We have left.
    Left { room: SealedRoomId },
    /// It is called otherwise, or about something else.
    Renamed {
        room: SealedRoomId,
        name: String,
        topic: String,
    },
    /// We seal with a new key from now on.
    Rotated { room: SealedRoomId, epoch: u64 },
    /// Somebody has handed us keys to what was said before.
    HistoryShared { room: SealedRoomId, by: NodeId },
    /// There is something from somebody that cannot be read until its key comes. Told once a session.
    MissingKey { room: SealedRoomId, from: NodeId },
    /// There was, and no more: its key did not come in time, or too much was waiting.
    Unreadable { room: SealedRoomId, from: NodeId },
}

/// What no honest node does. What it concerned was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "`room` and `from` are the same everywhere")]
pub enum SecurityEvent {
    /// A key of somebody who was never a member.
    KeyFromStranger { room: SealedRoomId, from: NodeId },
    /// A key for a session of which there is another one.
    KeyConflict { room: SealedRoomId, from: NodeId },
    /// A message with the session of somebody else.
    ForeignSession { room: SealedRoomId, from: NodeId },
    /// Two messages with one index of one session.
    IndexReused { room: SealedRoomId, from: NodeId },
    /// Something that opens and was said by another, or elsewhere.
    Misdirected { room: SealedRoomId, from: NodeId },
    /// Something of a member that its key does not open.
    Corrupt { room: SealedRoomId, from: NodeId },
    /// An operation of somebody without the right to it, or one that its author did not sign.
    Unauthorised { room: SealedRoomId, from: NodeId },
    /// A direct message that is not made as they are.
    Malformed { from: NodeId },
}

/// Says nothing of what is in it.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Carry { to, kind, .. } => write!(f, "Carry({to:?}, {kind})"),
            Self::Publish { bytes, .. } => write!(f, "Publish({} bytes)", bytes.len()),
            Self::Done { reference, .. } => write!(f, "Done({reference})"),
            Self::Refused { reference, why } => write!(f, "Refused({reference}, {why:?})"),
            Self::Opened(opened) => opened.fmt(f),
            Self::Event(event) => event.fmt(f),
            Self::Security(event) => event.fmt(f),
        }
    }
}

/// Says nothing of what is in it.
impl fmt::Debug for RoomOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RoomOpened").field(&self.inner).finish()
    }
}

/// Tells no name.
impl fmt::Debug for RoomEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entered { .. } => f.write_str("Entered(..)"),
            Self::Invited { by, .. } => write!(f, "Invited({by:?})"),
            Self::MemberAdded { who, by, .. } => write!(f, "MemberAdded({who:?}, {by:?})"),
            Self::Promoted { who, .. } => write!(f, "Promoted({who:?})"),
            Self::MemberRemoved { who, by, .. } => write!(f, "MemberRemoved({who:?}, {by:?})"),
            Self::Left { .. } => f.write_str("Left(..)"),
            Self::Renamed { .. } => f.write_str("Renamed(..)"),
            Self::Rotated { epoch, .. } => write!(f, "Rotated({epoch})"),
            Self::HistoryShared { by, .. } => write!(f, "HistoryShared({by:?})"),
            Self::MissingKey { from, .. } => write!(f, "MissingKey({from:?})"),
            Self::Unreadable { from, .. } => write!(f, "Unreadable({from:?})"),
        }
    }
}
