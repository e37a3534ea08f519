//! What the chat wants of the node, and what comes back.

use std::fmt;
use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_proto::RoomName;
use tazcom_proto::inner::SealedRoomId;
use zeroize::Zeroizing;

use crate::news::Said;
use crate::place::Place;

/// A question to the node, or something that it is to do.
#[derive(Clone, PartialEq, Eq)]
pub enum Ask {
    /// Say something.
    Say {
        /// Where.
        to: Place,
        /// What.
        text: String,
        /// Whether it tells what one does.
        action: bool,
    },
    /// What was said in a conversation. Answered by [`Answer::History`].
    History {
        /// Where.
        of: Place,
        /// Before this; none is the newest.
        before: Option<Box<Said>>,
        /// How many lines.
        limit: u32,
    },
    /// Look for words in an open room. Answered by [`Answer::Text`].
    Search {
        /// Where.
        room: RoomName,
        /// What.
        words: String,
    },
    /// Whom a text means. Answered by [`Answer::Person`].
    Find {
        /// As typed.
        who: String,
    },
    /// Enter an open room.
    Join(RoomName),
    /// Leave an open room or a private one, or decline an invitation.
    Leave(Place),
    /// Take a name.
    Nick(String),
    /// Say what an open room, or a private one, is about.
    Topic {
        /// Which.
        of: Place,
        /// What about.
        topic: String,
    },
    /// All that is known of somebody. Answered by [`Answer::Text`].
    Whois(NodeId),
    /// Show nothing more of somebody, or again.
    Block {
        /// Whom.
        who: NodeId,
        /// Again.
        undo: bool,
    },
    /// The rooms there are. Answered by [`Answer::Text`].
    Rooms,
    /// Round trips. Answered by [`Answer::Text`].
    Ping(NodeId),
    /// The way to somebody. Answered by [`Answer::Text`].
    Trace(NodeId),
    /// Greet an address, host name or IP and port.
    Connect(String),
    /// Make a private room. Answered by [`Answer::Place`].
    Create {
        /// What it is to be called.
        name: String,
    },
    /// Enter the room of a passphrase. Answered by [`Answer::Place`].
    Enter {
        /// What it is called.
        name: String,
        /// The passphrase.
        passphrase: Zeroizing<String>,
    },
    /// Enter a private room into which we were invited.
    Accept(SealedRoomId),
    /// Let somebody into a private room.
    Invite {
        /// Which.
        room: SealedRoomId,
        /// Whom.
        who: NodeId,
    },
    /// Take somebody out of a private room.
    Remove {
        /// Which.
        room: SealedRoomId,
        /// Whom.
        who: NodeId,
    },
    /// Let a member let others in.
    Promote {
        /// Where.
        room: SealedRoomId,
        /// Whom.
        who: NodeId,
    },
    /// Give a member the keys of what was said before.
    ShareHistory {
        /// Where.
        room: SealedRoomId,
        /// To whom.
        who: NodeId,
    },
    /// Give a private room another name.
    Rename {
        /// Which.
        room: SealedRoomId,
        /// What.
        name: String,
    },
    /// Compare emoji with somebody, or answer. What to compare comes as news, and so does the end;
    /// answered when it has ended, or cannot begin.
    Compare(NodeId),
    /// Whether they are the same.
    Confirm {
        /// With whom.
        who: NodeId,
        /// Whether.
        same: bool,
    },
    /// Call off comparing.
    Cancel(NodeId),
}

/// Names what is asked and nothing more: a log is not the place for it.
impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Say { .. } => "Say",
            Self::History { .. } => "History",
            Self::Search { .. } => "Search",
            Self::Find { .. } => "Find",
            Self::Join(_) => "Join",
            Self::Leave(_) => "Leave",
            Self::Nick(_) => "Nick",
            Self::Topic { .. } => "Topic",
            Self::Whois(_) => "Whois",
            Self::Block { .. } => "Block",
            Self::Rooms => "Rooms",
            Self::Ping(_) => "Ping",
            Self::Trace(_) => "Trace",
            Self::Connect(_) => "Connect",
            Self::Create { .. } => "Create",
            Self::Enter { .. } => "Enter",
            Self::Accept(_) => "Accept",
            Self::Invite { .. } => "Invite",
            Self::Remove { .. } => "Remove",
            Self::Promote { .. } => "Promote",
            Self::ShareHistory { .. } => "ShareHistory",
            Self::Rename { .. } => "Rename",
            Self::Compare(_) => "Compare",
            Self::Confirm { .. } => "Confirm",
            Self::Cancel(_) => "Cancel",
        })
    }
}

/// What comes back.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It is done. For what was said: on disk, and called so; the line itself comes as news.
    Done,
    /// Who is meant.
    Person(tazcom_chat::DisplayName),
    /// The conversation that there is now.
    Place(Place),
    /// What was said, the oldest first, and whether there may be more before.
    History {
        /// The lines.
        lines: Vec<Said>,
        /// Whether there may be more.
        more: bool,
    },
    /// Lines for people.
    Text(String),
    /// It was not done: why, in words for people.
    Refused(String),
}

/// Says nothing of what is in it: a log is not the place for it.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "Done",
            Self::Person(_) => "Person",
            Self::Place(_) => "Place",
            Self::History { .. } => "History",
            Self::Text(_) => "Text",
            Self::Refused(_) => "Refused",
        })
    }
}

/// How long an answer may take before the user is told that there is none.
pub const ANSWER_DEADLINE: Duration = Duration::from_secs(150);
