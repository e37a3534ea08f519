//! What whoever holds the handle wants done in private, and who waits for which answer.

use std::collections::BTreeMap;
use std::fmt;

use tazcom_chat::{DisplayName, DisplayText};
use tazcom_group::{PassphraseRoom, RoomKind, RoomState};
use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use tazcom_proto::inner::{InnerId, SealedRoomId};
use tazcom_store::Said;
use tazcom_trust::{How, Person};
use tokio::sync::oneshot;

use super::event::PrivateError;
use super::line::PrivateLine;

/// What is asked for.
pub(crate) enum PrivateAsk {
    /// To be told to one person.
    Tell {
        to: NodeId,
        text: String,
        action: bool,
        reply: Reply<Told>,
    },
    /// To be said in a private room.
    Say {
        room: SealedRoomId,
        text: String,
        action: bool,
        reply: Reply<InnerId>,
    },
    /// To be done with a private room.
    Room(RoomDo, Reply<SealedRoomId>),
    /// The private rooms.
    Rooms(oneshot::Sender<Vec<PrivateRoom>>),
    /// Who is who.
    Trust(TrustDo, Reply<()>),
    /// This id is not to be trusted any more.
    Revoke(Reply<()>),
    /// Emoji to compare.
    Compare(CompareDo, Reply<()>),
    /// People of whom something is known, or one of them.
    People(Option<NodeId>, oneshot::Sender<Vec<(DisplayName, Person)>>),
    /// Lines of the disk, as they are shown.
    Render(Vec<Said>, oneshot::Sender<Vec<PrivateLine>>),
}

/// To whom an answer goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, PrivateError>>;

/// Words to one person that are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// What they are called.
    pub id: InnerId,
    /// Whether they wait: no key of that person is known yet, or too many others are on their way.
    pub waiting: bool,
}

/// Something to be done with a private room.
pub(crate) enum RoomDo {
    Create {
        name: String,
        topic: String,
    },
    Enter(Box<PassphraseRoom>),
    Invite {
        room: SealedRoomId,
        who: NodeId,
    },
    Remove {
        room: SealedRoomId,
        who: NodeId,
    },
    Promote {
        room: SealedRoomId,
        who: NodeId,
    },
    Accept(SealedRoomId),
    Leave(SealedRoomId),
    Rename {
        room: SealedRoomId,
        name: String,
        topic: String,
    },
    ShareHistory {
        room: SealedRoomId,
        who: NodeId,
    },
}

/// Something to be taken note of about somebody.
#[derive(Clone, Debug)]
pub(crate) enum TrustDo {
    Verify(NodeId, How),
    Unverify(NodeId),
    Block(NodeId),
    Unblock(NodeId),
}

/// A step of comparing emoji.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CompareDo {
    /// Begin, or answer if the other has begun.
    ///
    /// With the name of the session with it, if there is one.
    Begin(NodeId, Option<[u8; 32]>),
    Confirm(NodeId, bool),
    Cancel(NodeId),
}

/// A private room, as this node sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrivateRoom {
    /// Which.
    pub id: SealedRoomId,
    /// What it is called, made safe to show.
    pub name: DisplayText,
    /// What it is about, made safe to show.
    pub topic: DisplayText,
    /// Of which kind it is. From a room with a passphrase nobody can be removed.
    pub kind: RoomKind,
    /// Whether we are in it, or how we are not.
    pub state: RoomState,
    /// Who is in it as far as is known here, and whether they may let others in. A room with a
    /// passphrase does not know.
    pub members: Vec<(DisplayName, bool)>,
    /// Whether somebody who was removed may still read what some members say, who have not heard of it.
    pub removed_may_read: bool,
    /// Since when its members are these, by our clock.
    pub known_since: UnixMillis,
    /// Who made the last change that is known here.
    pub last_change_by: Option<DisplayName>,
}

/// Who waits for which answer. As many as have asked and were not answered.
#[derive(Default)]
pub(super) struct Waiting {
    last: u64,
    told: BTreeMap<u64, (InnerId, Reply<Told>)>,
    said: BTreeMap<u64, (InnerId, Reply<InnerId>)>,
    rooms: BTreeMap<u64, Reply<SealedRoomId>>,
    /// Who has asked to enter with a passphrase. The machine answers at once.
    entering: Option<Reply<SealedRoomId>>,
}

impl Waiting {
    const fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(super) fn tell(&mut self, id: InnerId, reply: Reply<Told>) -> u64 {
        let reference = self.next();
        self.told.insert(reference, (id, reply));
        reference
    }

    pub(super) fn say(&mut self, id: InnerId, reply: Reply<InnerId>) -> u64 {
        let reference = self.next();
        self.said.insert(reference, (id, reply));
        reference
    }

    pub(super) fn room(&mut self, reply: Reply<SealedRoomId>) -> u64 {
        let reference = self.next();
        self.rooms.insert(reference, reply);
        reference
    }

    pub(super) fn enter(&mut self, reply: Reply<SealedRoomId>) -> u64 {
        self.entering = Some(reply);
        self.next()
    }

    pub(super) const fn entered(&mut self) -> Option<Reply<SealedRoomId>> {
        self.entering.take()
    }

    /// A number for what nobody waits for.
    pub(super) const fn nobody(&mut self) -> u64 {
        self.next()
    }

    pub(super) fn accepted(&mut self, reference: u64, waiting: bool) -> Option<Answer> {
        let (id, reply) = self.told.remove(&reference)?;
        Some(Answer::Told(reply, Ok(Told { id, waiting })))
    }

    pub(super) fn done(&mut self, reference: u64, room: SealedRoomId) -> Option<Answer> {
        if let Some((id, reply)) = self.said.remove(&reference) {
            return Some(Answer::Said(reply, Ok(id)));
        }
        let reply = self.rooms.remove(&reference)?;
        Some(Answer::Room(reply, Ok(room)))
    }

    pub(super) fn refused(&mut self, reference: u64, why: PrivateError) -> Option<Answer> {
        if let Some((_, reply)) = self.told.remove(&reference) {
            return Some(Answer::Told(reply, Err(why)));
        }
        if let Some((_, reply)) = self.said.remove(&reference) {
            return Some(Answer::Said(reply, Err(why)));
        }
        // Entering with a passphrase has no number: the machine answers at once.
        let entering = || self.entering.take();
        let reply = self.rooms.remove(&reference).or_else(entering)?;
        Some(Answer::Room(reply, Err(why)))
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("told", &self.told.len())
            .field("said", &self.said.len())
            .field("rooms", &self.rooms.len())
            .finish_non_exhaustive()
    }
}

/// An answer that is given when what it says is on disk.
pub(crate) enum Answer {
    Told(Reply<Told>, Result<Told, PrivateError>),
    Said(Reply<InnerId>, Result<InnerId, PrivateError>),
    Room(Reply<SealedRoomId>, Result<SealedRoomId, PrivateError>),
    Done(Reply<()>, Result<(), PrivateError>),
}

impl Answer {
    /// Whether something was done with a private room.
    pub(crate) const fn is_of_a_room(&self) -> bool {
        matches!(self, Self::Room(_, Ok(_)))
    }

    /// Whoever asked may have gone.
    pub(crate) fn give(self) {
        match self {
            Self::Told(reply, answer) => drop(reply.send(answer)),
            Self::Said(reply, answer) => drop(reply.send(answer)),
            Self::Room(reply, answer) => drop(reply.send(answer)),
            Self::Done(reply, answer) => drop(reply.send(answer)),
        }
    }

    /// What it would have said is not so: the disk did not take it.
    pub(super) fn fail(self, why: PrivateError) {
        match self {
            Self::Told(reply, _) => drop(reply.send(Err(why))),
            Self::Said(reply, _) => drop(reply.send(Err(why))),
            Self::Room(reply, _) => drop(reply.send(Err(why))),
            Self::Done(reply, _) => drop(reply.send(Err(why))),
        }
    }
}

/// Says nothing of what is to be said.
impl fmt::Debug for PrivateAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tell { .. } => "Tell",
            Self::Say { .. } => "Say",
            Self::Room(..) => "Room",
            Self::Rooms(_) => "Rooms",
            Self::Trust(..) => "Trust",
            Self::Revoke(_) => "Revoke",
            Self::Compare(..) => "Compare",
            Self::People(..) => "People",
            Self::Render(..) => "Render",
        })
    }
}
