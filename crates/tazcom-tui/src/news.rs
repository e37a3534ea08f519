//! What the chat is told: what there is, and what happens.

use std::collections::BTreeSet;
use std::fmt;

use tazcom_chat::{DisplayName, DisplayText};
use tazcom_identity::NodeId;
use tazcom_proto::{RoomName, UnixMillis};

use crate::place::Place;

/// What something that was said is called. Opaque.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SaidId(pub Box<str>);

impl fmt::Debug for SaidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SaidId({})", self.0)
    }
}

/// What orders what was said, the same on every node: the clock reading first, then its count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Order(pub u64, pub u64);

/// Something that somebody said.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// What it is called.
    pub id: SaidId,
    /// Where it was said.
    pub place: Place,
    /// Who said it, called what it was called then.
    pub author: DisplayName,
    /// What was said.
    pub text: DisplayText,
    /// Whether it tells what the author does.
    pub action: bool,
    /// When, as far as that can be believed.
    pub at: UnixMillis,
    /// What orders it.
    pub order: Order,
    /// Whether we said it.
    pub own: bool,
    /// Whether it names us.
    pub mentions_us: bool,
    /// What has become of it, if it is our own and that is known.
    pub fate: Option<Fate>,
    /// Who handed over the key that opened it, when that was not its author.
    pub key_from: Option<DisplayName>,
}

/// Says nothing of what is in it: a log is not the place for it.
impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Said")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What has become of our own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// On disk here; nobody has it yet. In private: no key of whom it is for is known.
    Queued,
    /// With whoever is there.
    Sent,
    /// So many have said that they have it.
    Reached {
        /// How many.
        reached: usize,
        /// How many there are.
        of: usize,
        /// The first few of the others.
        missing: Vec<DisplayName>,
    },
    /// Whom it is for has opened it.
    Delivered,
    /// Nobody has opened it within the week, and nobody will.
    Expired,
    /// It was not said at all: why. It is the user's still.
    Failed(String),
}

/// Why nobody was verified when emoji were compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotVerified {
    /// In words for people.
    pub why: String,
    /// Whether the two do not see the same: somebody may be between them.
    pub mismatch: bool,
}

/// How well somebody is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Nothing is known.
    #[default]
    New,
    /// It was met before under this id.
    Known,
    /// It was made sure who it is.
    Verified,
    /// Nothing of it is shown.
    Blocked,
}

/// How somebody can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// There is a session.
    Direct,
    /// Heard over others; the neighbour it was heard from last, if there is a session with that one.
    Via(Option<DisplayName>),
}

/// Somebody who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Who.
    pub who: DisplayName,
    /// How.
    pub presence: Presence,
    /// How well it is known.
    pub trust: Trust,
}

/// What the node is doing: is it working?
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The names of the interfaces it uses.
    pub interfaces: Vec<String>,
    /// Everybody who is there.
    pub present: Vec<Present>,
    /// Who is verified, whether or not it is there.
    pub verified: BTreeSet<NodeId>,
    /// When it sees nobody: what was tried, and what to do, a line each.
    pub tried: Vec<String>,
    /// Where it listens.
    pub listens: Vec<String>,
    /// Rooms that were heard of and not entered, as far as they are offered.
    pub heard: Vec<RoomName>,
}

/// A member of a private room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub who: DisplayName,
    /// Whether it may let others in.
    pub admin: bool,
}

/// How we are in a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// In it.
    #[default]
    In,
    /// Invited, and not in it yet.
    Invited,
    /// Not any more: we left or were removed.
    Out,
}

/// A conversation that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Which.
    pub place: Place,
    /// What it is called: for a private room its name, for a person its name; nothing for open rooms,
    /// which are called what they are.
    pub name: Option<DisplayText>,
    /// What it is about.
    pub topic: Option<DisplayText>,
    /// How we are in it.
    pub standing: Standing,
    /// Who is in it, as far as is known. Of an open room those who have been heard in it.
    pub members: Vec<Member>,
    /// Whether a passphrase is all that it takes to be in it.
    pub passphrase: bool,
}

/// Something that everybody in a conversation, or everywhere, is to be told, in words.
///
/// The words are the program's own. Names in them are cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where it belongs; none is wherever the user is.
    pub place: Option<Place>,
    /// What.
    pub text: String,
    /// How much it matters.
    pub weight: Weight,
    /// What it is about, as whoever tells it names that: who, and in which respect (`name:<id>`). Never
    /// shown. A later alert or warning with the same key stands in place of the earlier one; alerts whose
    /// key begins with `name:` are the first to give way to others.
    pub key: Option<String>,
}

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It is good to know: who is called what now, who came.
    Quiet,
    /// Something did not go well.
    Warning,
    /// Somebody may not be who it says: to be acknowledged before it goes away.
    Alert,
}

/// What to compare with somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// With whom.
    pub with: DisplayName,
    /// Seven signs and what they are called.
    pub emoji: Vec<(String, String)>,
    /// The same for terminals without emoji.
    pub numbers: [u16; 3],
}

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum News {
    /// Who we are.
    Me(DisplayName),
    /// How it goes. In place of the last.
    Status(Status),
    /// There is a conversation, or something about it has changed.
    Conversation(Conversation),
    /// A conversation is no more: the room was left.
    Gone(Place),
    /// All that there was when the chat began has been told.
    Ready,
    /// Somebody said something.
    Said(Said),
    /// Something has become of our own words.
    Fate {
        /// Which.
        id: SaidId,
        /// What.
        fate: Fate,
    },
    /// Something that somebody said has not come. In place of the last with the same `before`.
    Gap {
        /// Where.
        room: RoomName,
        /// Who said it.
        author: DisplayName,
        /// How many; none is more than anybody counts.
        missing: Option<u64>,
        /// What came after it.
        before: SaidId,
    },
    /// Nothing is missing there any more.
    GapClosed {
        /// Where.
        room: RoomName,
        /// As in [`Gap`](Self::Gap).
        before: SaidId,
        /// Whether it came.
        filled: bool,
    },
    /// Peers were lost without a goodbye.
    Split {
        /// The first few of them.
        lost: Vec<DisplayName>,
        /// How many.
        count: usize,
        /// Since when.
        at: UnixMillis,
    },
    /// They are back.
    Merged {
        /// Where; none when nothing was new.
        room: Option<RoomName>,
        /// How many lines came.
        merged: usize,
        /// Since when they were gone.
        split_at: Option<UnixMillis>,
        /// When they came back.
        rejoined_at: UnixMillis,
    },
    /// Something in words.
    Note(Note),
    /// Somebody wants to compare emoji.
    ComparisonAsked(DisplayName),
    /// This is to be compared.
    Compare(Comparison),
    /// Comparing has ended.
    Compared {
        /// With whom.
        with: NodeId,
        /// Whether it is verified now, and else why not.
        result: Result<(), NotVerified>,
    },
    /// Somebody who had no name has one now: what it has said is shown with it.
    Named(DisplayName),
    /// How well somebody is known has changed.
    Trust {
        /// Who.
        who: NodeId,
        /// How well.
        trust: Trust,
    },
    /// So many things were lost on the way here.
    Missed(u64),
    /// The node has ended.
    Ended,
}
