//! What whoever holds the handle wants of the conversation, and who waits for which answer.

use std::collections::BTreeMap;
use std::fmt;

use tazcom_chat::{DisplayName, FindError, Input, Kept, Line, Reached};
use tazcom_gossip::Traced;
use tazcom_identity::NodeId;
use tazcom_proto::{MessageId, RoomName, VerifiedEnvelope};
use tokio::sync::oneshot;

use crate::around::Present;
use crate::converse::TalkError;
use crate::private::PrivateAsk;

/// Questions that may wait for their answers. A handle that asks more waits for its turn.
pub(crate) const MAX_ASKED: usize = 64;

/// What is asked for.
pub(crate) enum Ask {
    /// To be said, or done in the conversation.
    Chat(Do, oneshot::Sender<Said>),
    /// The way to a node.
    Trace(NodeId, oneshot::Sender<Traced>),
    /// Envelopes that came from a file and are on the disk now.
    Imported(Vec<VerifiedEnvelope>),
    /// Envelopes of the disk, as they are shown.
    Render(Vec<Kept>, oneshot::Sender<Rendered>),
    /// The rooms, as the conversation sees them.
    Rooms(oneshot::Sender<Vec<RoomState>>),
    /// Who is there.
    Present(oneshot::Sender<Vec<Present>>),
    /// Who was heard in a room.
    Members(RoomName, oneshot::Sender<Vec<DisplayName>>),
    /// Who is meant.
    Find(String, oneshot::Sender<Result<DisplayName, FindError>>),
    /// Something private.
    Private(PrivateAsk),
    /// What people are called.
    Names(Vec<NodeId>, oneshot::Sender<Vec<DisplayName>>),
}

/// Envelopes of the disk, as they are shown.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) lines: Vec<Line>,
    /// How far those got that are our own.
    pub(crate) reached: BTreeMap<MessageId, Reached>,
}

/// Something to be done in the conversation.
#[derive(Clone)]
pub(crate) enum Do {
    Say {
        room: RoomName,
        text: String,
        action: bool,
    },
    Join {
        room: RoomName,
        recent: Vec<Kept>,
    },
    Leave {
        room: RoomName,
    },
    Name(String),
    Topic {
        room: RoomName,
        topic: String,
    },
}

/// A room that has been joined, or of which something was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoomState {
    /// Which.
    pub room: RoomName,
    /// Whether this node has joined it.
    pub joined: bool,
    /// What it is about, made safe to show.
    pub topic: Option<tazcom_chat::DisplayText>,
    /// Who has been heard there, in a joined room.
    pub members: usize,
}

/// What became of it: the id of what was said, if something was.
pub(crate) type Said = Result<Option<MessageId>, TalkError>;

impl Do {
    pub(crate) fn into_input(self, reference: u64) -> Input {
        match self {
            Self::Say { room, text, action } => Input::Say {
                room,
                text,
                action,
                reference,
            },
            Self::Join { room, recent } => Input::Join {
                room,
                recent,
                reference,
            },
            Self::Leave { room } => Input::Leave { room },
            Self::Name(name) => Input::SetName { name, reference },
            Self::Topic { room, topic } => Input::SetTopic {
                room,
                topic,
                reference,
            },
        }
    }
}

/// Says nothing of what is to be said.
impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chat(..) => "Chat",
            Self::Trace(..) => "Trace",
            Self::Imported(_) => "Imported",
            Self::Render(..) => "Render",
            Self::Rooms(_) => "Rooms",
            Self::Present(_) => "Present",
            Self::Members(..) => "Members",
            Self::Find(..) => "Find",
            Self::Names(..) => "Names",
            Self::Private(_) => "Private",
        })
    }
}

/// Who waits for what. As many as have asked and were not answered: whoever goes on asking without
/// reading waits in the queue before this.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    last: u64,
    said: BTreeMap<u64, oneshot::Sender<Said>>,
    traced: BTreeMap<u64, oneshot::Sender<Traced>>,
}

impl Asking {
    /// Somebody waits; the number names him.
    pub(crate) fn said(&mut self, reply: oneshot::Sender<Said>) -> u64 {
        self.last += 1;
        self.said.insert(self.last, reply);
        self.last
    }

    pub(crate) fn trace(&mut self, reply: oneshot::Sender<Traced>) -> u64 {
        self.last += 1;
        self.traced.retain(|_, waiting| !waiting.is_closed());
        self.traced.insert(self.last, reply);
        self.last
    }

    /// Answers whoever waits under this number, if anybody does.
    pub(crate) fn answer(&mut self, reference: u64, said: Said) {
        if let Some(reply) = self.said.remove(&reference) {
            // Whoever asked may have gone.
            let _ = reply.send(said);
        }
    }

    pub(crate) fn answer_trace(&mut self, token: u64, traced: Traced) {
        if let Some(reply) = self.traced.remove(&token) {
            let _ = reply.send(traced);
        }
    }
}
