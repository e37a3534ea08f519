//! What there is, as whoever shows a node is told of it.

use serde::{Deserialize, Serialize};
use tazcom_identity::NodeId;

use super::conversation::Person;
use super::people::MemberRecord;

/// A conversation that there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConversationRecord {
    /// `#lobby`, `@` and an id, or `+` and the id of a private room.
    pub(crate) place: String,
    /// What it is called, where that is not what it is named by.
    pub(crate) name: Option<String>,
    pub(crate) topic: Option<String>,
    /// `in`, `invited` or `out`.
    pub(crate) standing: String,
    /// Whether a passphrase is all that it takes to be in it.
    pub(crate) passphrase: bool,
    /// Who is in it as far as is known; of an open room, who was heard in it.
    pub(crate) members: Vec<MemberRecord>,
}

/// Somebody who is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PresentRecord {
    #[serde(flatten)]
    pub(crate) who: Person,
    /// Whether there is a session with it.
    pub(crate) direct: bool,
    /// The neighbour from which it was heard last.
    pub(crate) via: Option<Person>,
    /// `new`, `known`, `verified` or `blocked`.
    pub(crate) trust: String,
}

/// Is it working?
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StatusRecord {
    /// The interfaces in use.
    pub(crate) interfaces: Vec<String>,
    pub(crate) listens: Vec<String>,
    pub(crate) present: Vec<PresentRecord>,
    /// Who is verified, whether or not it is there.
    #[serde(default)]
    pub(crate) verified: Vec<NodeId>,
    /// What was tried and what to do, when nobody is there: a line each.
    pub(crate) tried: Vec<String>,
    /// Rooms that were heard of and not joined.
    #[serde(default)]
    pub(crate) heard: Vec<String>,
}

/// What there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum AroundRecord {
    /// Who the node is.
    Me { id: NodeId, name: Option<String> },
    /// There is a conversation, or something about it has changed.
    Conversation(ConversationRecord),
    /// A conversation is no more.
    Gone { place: String },
    /// How it goes.
    Status(StatusRecord),
    /// All that there was has been told.
    Ready,
}
