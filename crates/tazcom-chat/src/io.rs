//! What the conversation is told, and what it wants done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Instant;

use tazcom_identity::NodeId;
use tazcom_proto::{Hlc, MessageId, RoomName, Scope, UnixMillis, VerifiedEnvelope};

use crate::event::ChatEvent;
use crate::line::By;

/// What is known from before.
#[derive(Clone, Debug, Default)]
pub struct Restored {
    /// The own name, as the user gave it.
    pub name: Option<String>,
    /// The joined rooms, and of each what the disk has last.
    pub rooms: BTreeMap<RoomName, Vec<Kept>>,
    /// The last own message of each scope: its number and its id. All of them: a place that is
    /// forgotten is used a second time.
    pub places: BTreeMap<Scope, (u64, MessageId)>,
    /// The newest clock reading of anything on disk.
    pub newest: Hlc,
    /// The last profile of each person that is known.
    pub people: Vec<Kept>,
    /// Who is ignored.
    pub ignored: BTreeSet<NodeId>,
}

impl Restored {
    /// What a node has that starts for the first time: the lobby.
    #[must_use]
    pub fn fresh() -> Self {
        Self {
            rooms: [(RoomName::lobby(), Vec::new())].into(),
            ..Self::default()
        }
    }
}

/// An envelope from the own disk.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The envelope.
    pub envelope: VerifiedEnvelope,
    /// When it was first here.
    pub first_seen: UnixMillis,
    /// Over how many nodes it came.
    pub hops: u16,
    /// Who has said that it has it, if it is our own and that was looked up.
    pub have: Option<BTreeSet<NodeId>>,
}

/// An envelope that came and is on disk.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The envelope.
    pub envelope: VerifiedEnvelope,
    /// When it was first here.
    pub first_seen: UnixMillis,
    /// How it came.
    pub by: By,
    /// Over how many nodes.
    pub hops: u16,
}

/// What the conversation is told.
#[derive(Clone)]
#[non_exhaustive]
pub enum Input {
    /// The user says something.
    Say {
        /// Where.
        room: RoomName,
        /// What, 1 to 4,096 bytes.
        text: String,
        /// Whether it tells what the user does.
        action: bool,
        /// Comes back with what becomes of it.
        reference: u64,
    },
    /// The user enters a room.
    Join {
        /// Which.
        room: RoomName,
        /// What the disk has last of it.
        recent: Vec<Kept>,
        /// Comes back when it is refused.
        reference: u64,
    },
    /// The user leaves a room.
    Leave {
        /// Which.
        room: RoomName,
    },
    /// The user has seen all of a room.
    Read {
        /// Which.
        room: RoomName,
    },
    /// The user takes a name.
    SetName {
        /// Which.
        name: String,
        /// Comes back when it is refused.
        reference: u64,
    },
    /// The user says what a room is about.
    SetTopic {
        /// Which.
        room: RoomName,
        /// What about; empty is nothing.
        topic: String,
        /// Comes back when it is refused.
        reference: u64,
    },
    /// The user wants to see no more of somebody, or again.
    Ignore {
        /// Of whom.
        who: NodeId,
        /// Whether to ignore.
        ignore: bool,
        /// Comes back when it is refused.
        reference: u64,
    },
    /// An envelope came that was not here before. It is on disk.
    Arrived(Box<Arrival>),
    /// What was to be published is on disk, and on its way.
    Published {
        /// Which.
        id: MessageId,
    },
    /// What was to be published could not be written, and was shown to nobody.
    NotKept {
        /// Which.
        id: MessageId,
    },
    /// With whom there are links now.
    Reachable {
        /// All of them.
        peers: BTreeSet<NodeId>,
        /// Of those that are gone since the last time: who went without a goodbye.
        lost: BTreeSet<NodeId>,
        /// Of those that are gone: who said that it ends, and is nowhere.
        left: BTreeSet<NodeId>,
    },
    /// A repair with a peer is complete.
    Synced {
        /// With whom.
        peer: NodeId,
    },
    /// By how much a clock is off.
    Skew {
        /// Whose; none is ours.
        who: Option<NodeId>,
        /// Milliseconds that it is ahead; negative when it is behind.
        offset_millis: i64,
    },
    /// The instant waited for has come.
    Timeout,
}

/// Says nothing of what is in it: a log is not the place for it.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Say { .. } => "Say",
            Self::Join { .. } => "Join",
            Self::Leave { .. } => "Leave",
            Self::Read { .. } => "Read",
            Self::SetName { .. } => "SetName",
            Self::SetTopic { .. } => "SetTopic",
            Self::Ignore { .. } => "Ignore",
            Self::Arrived(_) => "Arrived",
            Self::Published { .. } => "Published",
            Self::NotKept { .. } => "NotKept",
            Self::Reachable { .. } => "Reachable",
            Self::Synced { .. } => "Synced",
            Self::Skew { .. } => "Skew",
            Self::Timeout => "Timeout",
        })
    }
}

/// What the conversation wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// Write it to the disk, then publish it, then say [`Input::Published`]; or
    /// [`Input::NotKept`] if it cannot be written. In the order in which they are given.
    Publish {
        /// The envelope.
        envelope: Box<VerifiedEnvelope>,
        /// The number given with what it was made of; none for what nobody asked for.
        reference: Option<u64>,
    },
    /// Tell whoever listens.
    Event(ChatEvent),
    /// Keep this in place of what was kept before.
    Remember(Memory),
    /// Nothing until then, or until the next input.
    Wait(Option<Instant>),
}

/// What is to be known after a restart, beside the envelopes.
#[derive(Clone, PartialEq, Eq)]
pub struct Memory {
    /// The own name.
    pub name: Option<String>,
    /// The joined rooms.
    pub rooms: BTreeSet<RoomName>,
    /// Who is ignored.
    pub ignored: BTreeSet<NodeId>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("rooms", &self.rooms.len())
            .field("ignored", &self.ignored.len())
            .finish_non_exhaustive()
    }
}
