//! What the machine is told.

use std::fmt;

use tazcom_identity::NodeId;
use tazcom_proto::inner::{InnerId, SealedRoomId};
use tazcom_proto::{Hlc, UnixMillis, VerifiedEnvelope};
use zeroize::Zeroizing;

use crate::passphrase::PassphraseRoom;

/// What the machine is told. A `reference` comes back in [`Output::Done`](crate::Output::Done) or
/// [`Output::Refused`](crate::Output::Refused).
#[expect(
    clippy::large_enum_variant,
    reason = "it is handed over once, and never kept"
)]
#[expect(
    missing_docs,
    reason = "`reference`, `room` and `who` are the same everywhere"
)]
pub enum Input {
    /// Make a private room. Its name has 1 to 48 bytes, its topic up to 256.
    Create {
        name: String,
        topic: String,
        reference: u64,
    },
    /// Be in the room of a passphrase. It is [`Event::Entered`](crate::RoomEvent::Entered) then.
    Enter(PassphraseRoom),
    /// Make somebody a member. Only admins can.
    Invite {
        room: SealedRoomId,
        who: NodeId,
        reference: u64,
    },
    /// Remove a member. Only admins can, and nobody can remove the creator.
    Remove {
        room: SealedRoomId,
        who: NodeId,
        reference: u64,
    },
    /// Make a member an admin. Only admins can. To take it back, remove and invite again.
    Promote {
        room: SealedRoomId,
        who: NodeId,
        reference: u64,
    },
    /// Accept an invitation.
    Accept { room: SealedRoomId, reference: u64 },
    /// Leave a room, or decline an invitation. A passphrase room is forgotten with its key.
    Leave { room: SealedRoomId, reference: u64 },
    /// Call a room otherwise. Only admins can.
    Rename {
        room: SealedRoomId,
        name: String,
        topic: String,
        reference: u64,
    },
    /// Hand a member all keys of the room from the first index there is, in its own name: what was
    /// said before can be read then by whoever has the envelopes.
    ShareHistory {
        room: SealedRoomId,
        who: NodeId,
        reference: u64,
    },
    /// Say something in a room.
    Say {
        room: SealedRoomId,
        /// What it is called; chosen at random.
        id: InnerId,
        /// What orders it.
        hlc: Hlc,
        /// When it is said.
        created: UnixMillis,
        /// Of what kind it is.
        kind: u64,
        /// One CBOR value, in the one encoding there is.
        body: Zeroizing<Vec<u8>>,
        reference: u64,
    },
    /// A direct message whose kind is of private rooms came out of the ratchet with its sender.
    Carried {
        /// Its sender.
        from: NodeId,
        /// When its sender says it was made.
        created: UnixMillis,
        /// Its kind, from [`FIRST_OF_ROOMS`](tazcom_proto::inner::kind::FIRST_OF_ROOMS) on.
        kind: u64,
        /// What it says.
        body: Zeroizing<Vec<u8>>,
    },
    /// An envelope with one of our [`tags`](crate::Groups::tags).
    Sealed(VerifiedEnvelope),
    /// Hear nothing of somebody: no invitation, no message. Its operations and keys still count, or
    /// the others would see another room than we. It is not kept: say it again after each start, before
    /// anything else. Past [`max_blocked`](crate::Config::max_blocked) it is not taken.
    Block(NodeId),
    /// Hear somebody again.
    Unblock(NodeId),
    /// The time has come that [`due`](crate::Groups::due) told.
    Tick,
}

/// Says nothing of what is in it.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create { .. } => "Create(..)",
            Self::Enter(_) => "Enter(..)",
            Self::Invite { .. } => "Invite(..)",
            Self::Remove { .. } => "Remove(..)",
            Self::Promote { .. } => "Promote(..)",
            Self::Accept { .. } => "Accept(..)",
            Self::Leave { .. } => "Leave(..)",
            Self::Rename { .. } => "Rename(..)",
            Self::ShareHistory { .. } => "ShareHistory(..)",
            Self::Say { .. } => "Say(..)",
            Self::Carried { .. } => "Carried(..)",
            Self::Sealed(_) => "Sealed(..)",
            Self::Block(_) => "Block(..)",
            Self::Unblock(_) => "Unblock(..)",
            Self::Tick => "Tick",
        })
    }
}
