//! What the conversation tells.

use tazcom_proto::limits::{MAX_NAME_LEN, MAX_TEXT_LEN, MAX_TOPIC_LEN};
use tazcom_proto::{MessageId, RoomName, UnixMillis};

use crate::display_text::DisplayText;
use crate::line::{Line, Position};
use crate::name::{DisplayName, NameWarning};

/// A fact of the conversation. All text of strangers in it can be shown as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChatEvent {
    /// Somebody said something in a joined room. For our own words: they are on disk.
    Message {
        /// What.
        line: Box<Line>,
        /// Where it belongs.
        position: Position,
        /// The number given with our own words.
        reference: Option<u64>,
    },
    /// How far our own message got.
    Reach {
        /// Which.
        id: MessageId,
        /// How many people have said that they have it.
        reached: usize,
        /// How many people there are, as far as is known. Never fewer than `reached`.
        of: usize,
        /// The first few of those that have not said so.
        missing: Vec<DisplayName>,
    },
    /// Something that somebody said in a room has not come. Told again, with the same `before`, when
    /// it is no longer as much.
    Gap {
        /// Where.
        room: RoomName,
        /// Who said it.
        author: DisplayName,
        /// How much is missing.
        missing: Missing,
        /// The message that came and says that something was before it.
        before: MessageId,
    },
    /// Nothing is missing any more before that message.
    GapClosed {
        /// Where.
        room: RoomName,
        /// Whose.
        author: DisplayName,
        /// As in [`Gap`](Self::Gap).
        before: MessageId,
        /// Whether it came. If not, it is too old to come.
        filled: bool,
    },
    /// Somebody counts its messages in a room anew, or twice: its node lost its memory, or its key is
    /// in two places. Told once for each room.
    Forked {
        /// Where.
        room: RoomName,
        /// Whose.
        author: DisplayName,
    },
    /// Peers were lost without a goodbye. Told again, with the same `at`, when more are lost.
    Split {
        /// The first 64 of those lost and not found again.
        lost: Vec<DisplayName>,
        /// How many are lost.
        count: usize,
        /// Since when.
        at: UnixMillis,
    },
    /// They are back, and what they had said, or others had, is in its place.
    Merged {
        /// The room; none when nothing was new in any.
        room: Option<RoomName>,
        /// How many lines.
        merged: usize,
        /// When the split began, if one was noticed.
        split_at: Option<UnixMillis>,
        /// When it ended.
        rejoined_at: UnixMillis,
    },
    /// Somebody is called otherwise than before.
    NameChanged {
        /// Before; none for the first name.
        old: Option<DisplayName>,
        /// From now on.
        new: DisplayName,
        /// What is to be said about it.
        warnings: Vec<NameWarning>,
    },
    /// There is a room, or it is about something else than before.
    RoomSeen {
        /// Which.
        room: RoomName,
        /// What it is about, if anybody has said.
        topic: Option<DisplayText>,
        /// By whom that is known.
        by: DisplayName,
    },
    /// What was asked for was not done, and nothing has changed.
    Refused {
        /// The number given with it.
        reference: u64,
        /// Why.
        why: Refusal,
    },
    /// A clock is off, or no longer.
    ClockSkew {
        /// Whose; none is ours.
        who: Option<DisplayName>,
        /// Milliseconds that it is ahead; negative when it is behind.
        offset_millis: i64,
    },
}

/// How much is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// So many messages, up to [`MAX_COUNTED`].
    Exactly(u64),
    /// More than that. Whoever writes any number he likes is not quoted.
    Many,
}

/// Missing messages that are counted.
pub const MAX_COUNTED: u64 = 9_999;

impl Missing {
    pub(crate) const fn of(count: u64) -> Self {
        match count {
            0..=MAX_COUNTED => Self::Exactly(count),
            _ => Self::Many,
        }
    }
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nothing to say.
    #[error("there is nothing to send")]
    Empty,
    /// More than one message holds.
    #[error(
        "{len} bytes do not fit into one message, which holds {MAX_TEXT_LEN}; nothing was sent"
    )]
    TextTooLong {
        /// Its bytes.
        len: usize,
    },
    /// More than a topic holds.
    #[error("a topic holds {MAX_TOPIC_LEN} bytes, this has {len}")]
    TopicTooLong {
        /// Its bytes.
        len: usize,
    },
    /// More than a name holds.
    #[error("a name holds {MAX_NAME_LEN} bytes, this has {len}")]
    NameTooLong {
        /// Its bytes.
        len: usize,
    },
    /// Nothing of the name can be read.
    #[error("a name needs a letter or a digit")]
    NameUnreadable,
    /// Nobody can be called so.
    #[error("nobody can be called so: it could be taken for the program or for everybody")]
    NameReserved,
    /// The room has not been joined.
    #[error("join {room} first")]
    NotJoined {
        /// Which.
        room: RoomName,
    },
    /// So many rooms are joined already.
    #[error("{most} rooms are joined already; leave one first")]
    TooManyRooms {
        /// How many there may be.
        most: usize,
    },
    /// So many people are ignored already.
    #[error("{most} people are ignored already")]
    TooManyIgnored {
        /// How many there may be.
        most: usize,
    },
    /// So many messages are on their way to the disk.
    #[error("the disk does not keep up; try again in a moment")]
    Busy,
    /// It could not be written to the disk.
    #[error("it could not be kept on disk, and was not sent")]
    NotKept,
    /// No envelope can be made of it.
    #[error("it could not be signed: {0}")]
    Unsignable(#[from] tazcom_proto::DraftError),
}
