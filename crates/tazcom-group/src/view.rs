//! A room as it is shown.

use std::fmt;

use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use tazcom_proto::inner::SealedRoomId;

/// A room as it is shown. Name and topic are written by others: not for a terminal as they are.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoomView {
    /// Its id.
    pub id: SealedRoomId,
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub topic: String,
    /// Of which kind it is.
    pub kind: RoomKind,
    /// What we are in it.
    pub state: RoomState,
    /// Its members as known to us, in the order of their ids, ourselves included.
    pub members: Vec<Member>,
    /// Whether a member may not know yet that somebody was removed, and so seal what it says to that
    /// one as well.
    pub removed_may_read: bool,
    /// How often we have begun to seal with a new key.
    pub epoch: u64,
    /// Since when, by our clock, the membership is as it is shown; zero in a passphrase room.
    pub known_since: UnixMillis,
    /// Who made the last change that we know of.
    pub last_change_by: Option<NodeId>,
}

/// One member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub id: NodeId,
    /// Whether it can invite, remove, promote and rename.
    pub admin: bool,
    /// By whose word it is a member.
    pub by: NodeId,
}

/// Of which kind a private room is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoomKind {
    /// Its members are known, and each seals with keys that it changes.
    Members,
    /// One secret for all: nobody can be removed, and whoever learns the passphrase reads everything
    /// that was ever said.
    Passphrase,
}

/// What we are in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoomState {
    /// A member.
    Member,
    /// Invited: a member to the others, and we have not accepted yet.
    Invited {
        /// By whom.
        by: NodeId,
    },
    /// We have left.
    Left,
    /// We were removed.
    Removed {
        /// By whom.
        by: NodeId,
    },
}

impl RoomState {
    /// Whether what is said there reaches us.
    pub(crate) const fn hears(self) -> bool {
        matches!(self, Self::Member | Self::Invited { .. })
    }
}

/// Tells no name.
impl fmt::Debug for RoomView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoomView")
            .field("kind", &self.kind)
            .field("state", &self.state)
            .field("members", &self.members.len())
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}
