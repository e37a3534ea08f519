//! What a machine is told, and what it wants done.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::sync::ToldPeer;
use tazcom_proto::{MessageId, UnixMillis, VerifiedEnvelope};

/// A message that the store has, as the machine is told at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub id: MessageId,
    /// Who said it.
    pub author: NodeId,
    /// When it was made, as its author claims.
    pub created: UnixMillis,
    /// When it is to be forgotten.
    pub expires: UnixMillis,
}

impl From<&VerifiedEnvelope> for Held {
    fn from(envelope: &VerifiedEnvelope) -> Self {
        Self {
            id: envelope.id(),
            author: envelope.author(),
            created: envelope.created(),
            expires: envelope.expires(),
        }
    }
}

/// To which kind of payload bytes belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Payloads of kind Gossip.
    Gossip,
    /// Payloads of kind Sync.
    Sync,
}

/// How urgent bytes are, the most urgent first. A driver whose queue to a peer is full may lose the
/// oldest [`Relayed`](Self::Relayed) ones, and says [`Input::Backlog`] then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// What keeps trees and links.
    Control,
    /// A message of this node.
    Own,
    /// A message of somebody else.
    Relayed,
    /// Repair.
    Sync,
}

/// How the driver's queue to a peer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backlog {
    /// It is full, or was and something was lost.
    Full,
    /// It is empty again.
    Drained,
}

/// What has happened.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is handed in once and not kept"
)]
#[non_exhaustive]
pub enum Input {
    /// There is a session with the peer. A second one replaces the first.
    SessionUp {
        /// Who.
        peer: NodeId,
        /// Any number that is the same for all peers in one subnet and another for another.
        network: u32,
    },
    /// There is none any more.
    SessionDown {
        /// Who.
        peer: NodeId,
    },
    /// The peer has sent a payload.
    Frame {
        /// Who.
        peer: NodeId,
        /// Of which kind.
        channel: Channel,
        /// The payload.
        bytes: Bytes,
    },
    /// A message of our own; it is on the disk already.
    Publish(VerifiedEnvelope),
    /// Messages that came from a file; they are on the disk already.
    Imported(Vec<VerifiedEnvelope>),
    /// The store has given up these, or has not taken them in, and does not want them again.
    Evicted(Vec<MessageId>),
    /// The store could not take these in, and may be able to later.
    Lost(Vec<MessageId>),
    /// The store keeps nothing that was created before.
    Floor(UnixMillis),
    /// What the store has of an [`Output::Fetch`].
    Fetched {
        /// Which.
        request: u64,
        /// What is not here is not there.
        envelopes: Vec<VerifiedEnvelope>,
    },
    /// How the queue to a peer stands.
    Backlog {
        /// Who.
        peer: NodeId,
        /// How.
        state: Backlog,
    },
    /// Somebody wants to know the way to a node.
    TracePeer {
        /// By which the answer is known.
        token: u64,
        /// Which node.
        target: NodeId,
    },
    /// The peers that others may be told of, all of them.
    PeerAddresses(Vec<ToldPeer>),
    /// The deadline of the last [`Output::Wait`] has come.
    Timeout,
}

/// How a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Along the broadcast tree.
    Live,
    /// Because it was missing.
    Repair,
}

/// Why a session is to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// It sent what no honest node sends.
    Malformed,
    /// It passed on an envelope whose signature it cannot have verified.
    BadSignature,
}

/// Somebody's clock is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skew {
    /// Ours, by so many ms against the median: positive when we are behind. Zero says that it is not
    /// off any more.
    Ours(i64),
    /// A peer's, by so many ms against our time: positive when it is ahead.
    Peer(NodeId, i64),
}

/// How a trace ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Traced {
    /// The path, from this node to the target.
    Reached(Vec<NodeId>),
    /// As far as anybody knew the way.
    Lost(Vec<NodeId>),
    /// Nobody answered.
    TimedOut,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "few wait at a time, and each is handed out once"
)]
#[non_exhaustive]
pub enum Output {
    /// Send these bytes.
    Send {
        /// To whom.
        peer: NodeId,
        /// As a payload of which kind.
        channel: Channel,
        /// How urgent it is.
        class: Class,
        /// The payload.
        bytes: Bytes,
    },
    /// A message that is new here: for the store and for whoever is interested.
    Deliver {
        /// The message.
        envelope: VerifiedEnvelope,
        /// Who passed it on.
        from: NodeId,
        /// How many hops it has come, as somebody claims.
        hops: u16,
        /// How it came.
        by: By,
    },
    /// Read these from the store, and answer with [`Input::Fetched`]. One of them may have been
    /// delivered just before: the store must have been given it by then.
    Fetch {
        /// By which the answer is known.
        request: u64,
        /// Which.
        ids: Vec<MessageId>,
    },
    /// End the session.
    Close {
        /// With whom.
        peer: NodeId,
        /// Why.
        reason: CloseReason,
    },
    /// Somebody's clock is off, by more than was told before.
    Skew(Skew),
    /// Peers that a peer tells of. Hints.
    PeersTold {
        /// Who tells.
        from: NodeId,
        /// Of whom.
        peers: Vec<ToldPeer>,
    },
    /// What came of an [`Input::TracePeer`].
    Traced {
        /// Which.
        token: u64,
        /// How it ended.
        result: Traced,
    },
    /// A repair with a peer has come to rest.
    Synced {
        /// With whom.
        peer: NodeId,
        /// Messages that were new here.
        received: usize,
        /// Messages that the peer asked for and got.
        sent: usize,
    },
    /// The peer is a neighbour in the broadcast tree now.
    Linked {
        /// Who.
        peer: NodeId,
    },
    /// The peer is none any more.
    Unlinked {
        /// Who.
        peer: NodeId,
    },
    /// Nothing more, until an input comes or this.
    Wait(Option<Instant>),
}

/// The milliseconds of a duration, as far as they can be told.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
