//! What is told of private conversations and of who is who.

use tazcom_chat::{DisplayName, DisplayText};
use tazcom_direct as direct;
use tazcom_group as group;
use tazcom_identity::NodeId;
use tazcom_proto::inner::{InnerId, SealedRoomId};
use tazcom_trust::{Failure, How, Level, Sas};

use super::line::PrivateLine;

/// A private conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Talk {
    /// With one person.
    Person(NodeId),
    /// In a private room.
    Room(SealedRoomId),
}

/// What has become of one's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fate {
    /// They wait: no key of whom they are for is known yet, or too many are on their way.
    Waiting,
    /// They are sealed, on disk, and with whoever is there.
    Sent,
    /// Whom they are for has opened them.
    Delivered,
    /// Nobody has opened them within the week, and nobody will.
    Expired,
}

impl Fate {
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Waiting => 0,
            Self::Sent => 1,
            Self::Delivered => 2,
            Self::Expired => 3,
        }
    }

    pub(super) const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Waiting,
            2 => Self::Delivered,
            3 => Self::Expired,
            _ => Self::Sent,
        }
    }
}

/// A fact of a private conversation, or of who is who. All text of strangers in it can be shown as it
/// is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrivateEvent {
    /// Somebody said something. For our own words: they are on disk.
    Message(Box<PrivateLine>),
    /// Something has become of our own words.
    Fate {
        /// Where they were said.
        talk: Talk,
        /// Which.
        id: InnerId,
        /// What.
        fate: Fate,
    },
    /// Somebody invites us into a private room.
    Invited {
        /// Which.
        room: SealedRoomId,
        /// What it is called, as whoever invites says.
        name: DisplayText,
        /// Who.
        by: DisplayName,
    },
    /// Something about a private room has changed.
    Room {
        /// Which.
        room: SealedRoomId,
        /// What it is called.
        name: DisplayText,
        /// What has changed.
        change: RoomChange,
    },
    /// Somebody's keys for private messages are new: it has lost what it had, or somebody else holds
    /// its key. If it was verified, it is so no longer, which is told before.
    NewKeys {
        /// Whose.
        who: DisplayName,
    },
    /// Something was refused that no honest node sends.
    Suspicious {
        /// In whose name it came.
        who: DisplayName,
        /// What it was.
        what: &'static str,
    },
    /// A message came that cannot be opened. Its author is asked to seal it anew.
    Unopened {
        /// Whose.
        from: DisplayName,
    },
    /// Somebody wants to compare emoji.
    VerificationAsked {
        /// Who.
        by: DisplayName,
    },
    /// These are to be compared with what the other sees.
    VerificationShown {
        /// With whom.
        with: DisplayName,
        /// What to compare.
        sas: Box<Sas>,
    },
    /// Comparing did not come to its end. Nothing has changed.
    VerificationFailed {
        /// With whom.
        with: DisplayName,
        /// Why.
        why: Failure,
    },
    /// How far somebody is trusted has changed.
    Trust {
        /// Who.
        who: DisplayName,
        /// From now on.
        level: Level,
        /// How it was verified, if it was just now.
        how: Option<How>,
    },
    /// Somebody goes on under another id, and both ids say so.
    Succeeded {
        /// The id until now.
        previous: DisplayName,
        /// The id from now on.
        next: DisplayName,
        /// How far that one is trusted.
        level: Level,
    },
    /// Somebody says that its id is not to be trusted any more.
    Revoked {
        /// Who.
        who: DisplayName,
    },
}

/// What has changed about a private room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoomChange {
    /// Somebody is a member now.
    Added {
        /// Who.
        who: DisplayName,
        /// Who let it in.
        by: DisplayName,
    },
    /// A member may let others in now.
    Promoted {
        /// Who.
        who: DisplayName,
    },
    /// Somebody is no member any more. Perhaps it is us.
    Removed {
        /// Who.
        who: DisplayName,
        /// Who removed it; itself when it left.
        by: DisplayName,
    },
    /// It has another name or another topic.
    Renamed,
    /// Somebody has given us the keys to what was said before we came.
    HistoryShared {
        /// Who.
        by: DisplayName,
    },
    /// Something was said that cannot be read until its key comes. Told once for each key.
    MissingKey {
        /// Who said it.
        from: DisplayName,
    },
    /// Something was said that will not be read: its key did not come in time.
    Unreadable {
        /// Who said it.
        from: DisplayName,
    },
}

/// Why something private was not done. Nothing of it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateError {
    /// A message to one person cannot be said.
    #[error(transparent)]
    Direct(#[from] direct::Refusal),
    /// Something in a private room cannot be done.
    #[error(transparent)]
    Room(#[from] group::Refusal),
    /// The passphrase is too easy to guess.
    #[error(transparent)]
    WeakPassphrase(#[from] group::WeakPassphrase),
    /// Who is who cannot be kept.
    #[error(transparent)]
    Trust(#[from] tazcom_trust::BookError),
    /// The words are of somebody else.
    #[error(transparent)]
    Words(#[from] tazcom_trust::words::WordsError),
    /// What is sealed to an old id is opened by nobody.
    #[error("they go on as {next}; write to that")]
    Succeeded {
        /// Their new id.
        next: NodeId,
    },
    /// Nobody writes to an id that is not to be trusted any more.
    #[error("they have said that this id is not to be trusted any more; nothing is sent to it")]
    Revoked,
    /// Nothing can be compared with somebody there is no session with.
    #[error("there is no connection to them now; both have to be on the same network to compare")]
    NoSession,
    /// More than a message holds, or nothing.
    #[error(
        "a message has 1 to {} bytes, this has {len}",
        tazcom_proto::limits::MAX_TEXT_LEN
    )]
    TextLength {
        /// Its bytes.
        len: usize,
    },
    /// The disk did not do it.
    #[error(transparent)]
    Store(#[from] tazcom_store::StoreError),
    /// Too much waits for the disk.
    #[error("the disk does not keep up; try again in a moment")]
    Busy,
    /// The node has ended.
    #[error("the node has ended")]
    Ended,
}
