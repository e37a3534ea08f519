//! What somebody said in a room, as it is shown.

use tazcom_identity::NodeId;
use tazcom_proto::{Hlc, MessageId, RoomName, UnixMillis};

use crate::display_text::DisplayText;
use crate::name::DisplayName;

/// A claimed time that differs more than this from when it was first seen here is not shown.
const CREDIBLE: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// How a message came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// On the wave that began when it was said.
    Live,
    /// Later, because somebody had what we lacked.
    Repair,
}

/// One thing that somebody said in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// What it is called.
    pub id: MessageId,
    /// Where it was said.
    pub room: RoomName,
    /// Who said it, called what it was called when it came.
    pub author: DisplayName,
    /// What was said.
    pub text: DisplayText,
    /// Whether it tells what the author does.
    pub action: bool,
    /// When it was made, as its author claims.
    pub created: UnixMillis,
    /// When it was first here.
    pub first_seen: UnixMillis,
    /// How long it is kept after that, in seconds.
    pub lifetime_secs: u64,
    /// What orders it.
    pub hlc: Hlc,
    /// Whether we said it.
    pub own: bool,
    /// Over how many nodes it came, none if it is our own.
    pub hops: u16,
    /// How it came.
    pub by: By,
    /// Whether it names us.
    pub mentions_us: bool,
}

impl Line {
    /// When it was said, as far as that can be believed: what the author claims, or when it was
    /// first here if that is more than a day away.
    #[must_use]
    pub fn said_at(&self) -> UnixMillis {
        let ahead = self.created.since(self.first_seen);
        let behind = self.first_seen.since(self.created);
        // It may have been said within the week and come only now.
        let kept = std::time::Duration::from_secs(self.lifetime_secs).max(CREDIBLE);
        match ahead <= CREDIBLE && behind <= kept {
            true => self.created,
            false => self.first_seen,
        }
    }

    /// What orders it, everywhere the same.
    pub(crate) const fn key(&self) -> Key {
        (self.hlc, self.author.id(), self.id)
    }

    pub(crate) fn expired(&self, wall: UnixMillis) -> bool {
        let kept = std::time::Duration::from_secs(self.lifetime_secs);
        self.first_seen.after(kept) <= wall
    }
}

/// The order of lines in a room.
pub(crate) type Key = (Hlc, NodeId, MessageId);

/// Where a line belongs among those of its room that are in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Behind all others.
    End,
    /// Behind this one, and others follow.
    After(MessageId),
    /// Before all others, with nothing missing between that was in memory.
    Start,
    /// Before all that memory holds: it is on disk, and not in [`RoomView`](crate::RoomView).
    Earlier,
}
