//! Every bound of private rooms, with its unit and its reason.

use std::time::Duration;

use tazcom_proto::limits::MAX_INNER_LEN;

/// Members of a private room, at most.
///
/// Each change of keys costs one direct message a member: 64 of them are 27 KB.
pub const MAX_MEMBERS: usize = 64;

/// Operations that one may name as those it has seen last. More heads than admins who act at the same
/// time there are not; whatever is left over stays a head.
pub const MAX_PARENTS: usize = 16;

/// Bytes of one signed operation: the state of a room of [`MAX_MEMBERS`] with [`MAX_PARENTS`].
pub const MAX_OP_LEN: usize = 3584;

/// Bytes of what is handed to a direct message: the longest [`Inner`](tazcom_proto::inner::Inner) less
/// who says it to whom, when, and as what.
pub const MAX_BODY_LEN: usize = MAX_INNER_LEN - 192;

/// Operations of one author without rights in a room: it may leave as often as it was let in, and
/// nobody is let in that often.
pub const MAX_LEAVES: usize = 16;

/// Sessions that one message with shared keys may hold: 40 of 200 bytes fit; half of them leave room.
pub const MAX_SHARED_KEYS: usize = 20;

/// Operations, or messages that were shown, in one row: one more costs writing at most so many again
/// (operations: 230 KB when each is as long as it may be, 20 KB as they are made), and the whole log of
/// a room takes 64 rows.
pub(crate) const BLOCK: usize = 64;

/// How often, and how many, at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Rooms, those that were left and not yet forgotten included. 64: more than people tell apart.
    pub max_rooms: usize,
    /// Invitations that nobody has answered yet, so that strangers cannot take up all rooms.
    pub max_invitations: usize,
    /// ... of one inviter, so that one cannot keep out all others.
    pub max_invitations_each: usize,
    /// Of whom we want to hear nothing. They are kept by whoever says so, and said again at each start;
    /// past this number no more are taken. 8,192: more than a network has people.
    pub max_blocked: usize,
    /// Operations of a room. Past them only its creator, who begins a new log, can change anything.
    pub max_ops: usize,
    /// Operations after which the creator, before its next one, begins a new log with the state.
    pub snapshot_after: usize,
    /// Operations of a room that wait for those they build on.
    pub max_pending_ops: usize,
    /// Sealed messages of a room that wait for their key.
    pub max_waiting: usize,
    /// ... and of all rooms together: so that rooms somebody makes up do not fill the disk.
    pub max_waiting_in_all: usize,
    /// Direct messages that came before the invitation, or before the operation, they need.
    pub max_held: usize,
    /// ... of one sender, so that one cannot push out all others.
    pub max_held_each: usize,
    /// Sessions kept of one member: 32 are a month of days on each of which somebody was removed. As
    /// many may come from others.
    pub max_sessions_each: usize,
    /// Sessions of a room that came from their owners: 16 of each of [`MAX_MEMBERS`].
    pub max_sessions: usize,
    /// ... and those that others handed over, which never take the places of the former.
    pub max_shared_sessions: usize,
    /// Sessions of all rooms together.
    pub max_sessions_in_all: usize,
    /// Messages of one session that are taken, from the first whose key is known: honest senders stop
    /// at [`rotate_messages`](Self::rotate_messages). It bounds how far a ratchet is turned and what is
    /// remembered of it: 36 bytes a message, 9 KB in all.
    pub max_session_messages: u32,
    /// Messages after which a sender begins a new session (Matrix: 100).
    pub rotate_messages: u32,
    /// ... and the time after which it does (Matrix: a week).
    pub rotate_after: Duration,
    /// How long keys of others are kept: a session is used for a week, and what was sealed with it
    /// travels for another. One day more for clocks that disagree.
    pub key_retention: Duration,
    /// How long a message waits for its key until it is told that the key is missing.
    pub missing_after: Duration,
    /// How long messages, and what came too early, wait at all: as long as envelopes live.
    pub wait_at_most: Duration,
    /// Between two questions about missing operations; doubled each time.
    pub ask_again: Duration,
    /// How often it is asked before what waits for missing operations is given up.
    pub max_asks: u32,
    /// Messages of a passphrase room that are remembered, so that each is shown once.
    pub max_remembered: usize,
}

impl Config {
    /// For people.
    #[must_use]
    pub const fn lan() -> Self {
        Self {
            max_rooms: 64,
            max_invitations: 16,
            max_invitations_each: 4,
            max_blocked: 8192,
            max_ops: 4096,
            snapshot_after: 1024,
            max_pending_ops: 64,
            max_waiting: 256,
            max_waiting_in_all: 4096,
            max_held: 64,
            max_held_each: 8,
            max_sessions_each: 32,
            max_sessions: 1024,
            max_shared_sessions: 1024,
            max_sessions_in_all: 8192,
            max_session_messages: 256,
            rotate_messages: 100,
            rotate_after: Duration::from_secs(7 * DAY),
            key_retention: Duration::from_secs(15 * DAY),
            missing_after: Duration::from_secs(30),
            wait_at_most: Duration::from_secs(7 * DAY),
            ask_again: Duration::from_secs(10),
            max_asks: 8,
            max_remembered: 4096,
        }
    }

    /// Rows that are kept at most, whatever others send: 28,800 for people. Per room one for what we are
    /// in it, those that wait for others, and its operations, 64 in a row; or, of a passphrase
    /// room, what was shown, as many in a row. In all two a session, one a message that waits, and one
    /// a message that came too early.
    #[must_use]
    pub const fn max_rows(&self) -> usize {
        let members = self.max_ops.div_ceil(BLOCK) + self.max_pending_ops;
        // What is remembered need not begin with a row.
        let shared = self.max_remembered.div_ceil(BLOCK) + 1;
        let room = 1 + if members > shared { members } else { shared };
        self.max_rooms * room
            + 2 * self.max_sessions_in_all
            + self.max_waiting_in_all
            + self.max_held
    }

    /// For simulations: as for people, with the numbers that take long to reach made small.
    #[must_use]
    pub const fn sim() -> Self {
        Self {
            max_ops: 64,
            snapshot_after: 24,
            rotate_messages: 5,
            ..Self::lan()
        }
    }
}

const DAY: u64 = 24 * 60 * 60;
