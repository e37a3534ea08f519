//! Every number of the conversation, with its unit and its reason.

use std::collections::BTreeMap;
use std::time::Duration;

use tazcom_proto::RoomName;
use tazcom_proto::limits::MAX_LIFETIME_SECS;

/// For whose messages this node sends receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptPolicy {
    /// For nobody's: whoever posts does not learn that it is here.
    Never,
    /// For those in rooms it has joined.
    JoinedRooms,
    /// For those in every room: for a relay that wants to be counted.
    EveryRoom,
}

/// How much is kept in memory, and how long things may take.
///
/// Nothing in it is negotiated: nodes with different values still understand each other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// How long what is said here may be kept by others, 1 s to 7 days.
    pub lifetime: Duration,
    /// The same for rooms that differ.
    pub room_lifetimes: BTreeMap<RoomName, Duration>,
    /// Rooms that may be joined at once. More than anybody follows.
    pub rooms: usize,
    /// Rooms of which something was heard. Beyond that the one of which nothing was heard longest
    /// is forgotten.
    pub known_rooms: usize,
    /// Lines of a room in memory: what somebody may scroll through without asking the disk. Beyond
    /// that the oldest go.
    pub lines: usize,
    /// Bytes of text of a room in memory, so that long lines cost no more than short ones.
    pub line_bytes: usize,
    /// Ids of messages that are remembered so that none is shown twice; the oldest go first. What
    /// is still in a timeline is known beside these.
    pub seen: usize,
    /// People whose names are known.
    pub people: usize,
    /// Authors who are known to be in a room, for each room.
    pub members: usize,
    /// Authors, counted in each room, of whom it is known what is missing. 10,000 strangers who say
    /// one thing each forget nothing but each other.
    pub chains: usize,
    /// How long a message must be missing before it is told. Repair is usually faster.
    pub gap_after: Duration,
    /// No more lines for this long: what a merge brought is complete.
    pub merge_quiet: Duration,
    /// A merge is told after this at the latest, and another one begins.
    pub merge_longest: Duration,
    /// How old a message that comes late must be to be a sign of a merge. What was overtaken on its
    /// way is younger.
    pub late_after: Duration,
    /// How long a node that starts, or joins a room, takes what is repaired for history at most, if
    /// nobody says that the repair is complete.
    pub catch_up: Duration,
    /// A split that has not been healed after this long was people going home.
    pub split_forgotten: Duration,
    /// For whose messages receipts are sent.
    pub receipts: ReceiptPolicy,
    /// The least time receipts are gathered. Messages that come together are told together.
    pub receipt_gather: Duration,
    /// Receipts that all people in the mesh send in a second, together.
    pub receipts_per_second: u32,
    /// Messages that wait for their receipt.
    pub receipts_pending: usize,
    /// Messages older than [`receipt_lifetime`](Self::receipt_lifetime) that one repair may bring a
    /// receipt for.
    pub receipts_per_repair: usize,
    /// How long a receipt may be kept. Who asks later asks anew.
    pub receipt_lifetime: Duration,
    /// The least time between two words about how far one message got.
    pub reach_interval: Duration,
    /// Own messages of which it is followed how far they get; the oldest go first.
    pub reach_messages: usize,
    /// People counted for one message.
    pub reach_people: usize,
    /// How long somebody who was heard counts as being there.
    pub presence: Duration,
    /// About how often the own name is said, plus or minus a tenth.
    pub profile_interval: Duration,
    /// How long a name may be kept.
    pub profile_lifetime: Duration,
    /// The least time between two times that the own name is said because somebody came.
    pub profile_apart: Duration,
    /// Own messages that are not on disk yet. Whoever says more is told to wait.
    pub unkept: usize,
    /// People who may be ignored.
    pub ignored: usize,
}

impl Config {
    /// For the network of a home, an office or an event. The default.
    #[must_use]
    pub const fn lan() -> Self {
        Self {
            lifetime: WEEK,
            room_lifetimes: BTreeMap::new(),
            rooms: 64,
            known_rooms: 1024,
            lines: 2000,
            line_bytes: 1 << 20,
            seen: 16_384,
            people: 4096,
            members: 1024,
            chains: 4096,
            gap_after: Duration::from_secs(2),
            merge_quiet: Duration::from_secs(2),
            merge_longest: Duration::from_secs(60),
            late_after: Duration::from_secs(2),
            catch_up: Duration::from_secs(30),
            split_forgotten: Duration::from_secs(24 * 60 * 60),
            receipts: ReceiptPolicy::JoinedRooms,
            receipt_gather: Duration::from_millis(20),
            receipts_per_second: 50,
            receipts_pending: 4096,
            receipts_per_repair: 256,
            receipt_lifetime: Duration::from_secs(60 * 60),
            reach_interval: Duration::from_millis(500),
            reach_messages: 128,
            reach_people: 4096,
            presence: Duration::from_secs(10 * 60),
            profile_interval: Duration::from_secs(6 * 60 * 60),
            profile_lifetime: Duration::from_secs(24 * 60 * 60),
            profile_apart: Duration::from_secs(10 * 60),
            unkept: 256,
            ignored: 1024,
        }
    }

    /// Seconds that what is said in a room may be kept.
    pub(crate) fn lifetime_of(&self, room: &RoomName) -> u32 {
        lifetime_secs(*self.room_lifetimes.get(room).unwrap_or(&self.lifetime))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::lan()
    }
}

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// As an envelope has it.
pub(crate) fn lifetime_secs(lifetime: Duration) -> u32 {
    u32::try_from(lifetime.as_secs())
        .unwrap_or(MAX_LIFETIME_SECS)
        .clamp(1, MAX_LIFETIME_SECS)
}
