//! Everything a node tells, in one closed enum.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tazcom_chat::ChatEvent;
use tazcom_discovery::{Interface, LostReason, Peer, Stats};
use tazcom_identity::NodeId;
use tazcom_net::{
    ConnectionLimit, DialFailure, DownReason, HandshakeError, Malformation, WarningKind,
};
use tazcom_proto::PeerText;

use crate::private::PrivateEvent;
use crate::{Backend, reach};

/// Something that happened to the node.
///
/// Ids and addresses are what strangers claim, except where it says that they are proven; texts of
/// theirs are safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A peer is announced on the network.
    PeerDiscovered(Peer),
    /// A known peer changed its port, version or addresses.
    PeerUpdated(Peer),
    /// A peer is gone.
    PeerRemoved {
        /// Who.
        id: NodeId,
        /// Why.
        reason: LostReason,
    },
    /// A session with a peer stands: a handshake has proven who it is.
    SessionUp {
        /// Who it is.
        id: NodeId,
        /// The other end of the connection.
        addr: SocketAddr,
        /// What it calls itself, made safe to print.
        name: Option<PeerText>,
    },
    /// The session with a peer is over. While the peer is announced it is dialled again.
    SessionDown {
        /// Who it was.
        id: NodeId,
        /// The other end of the connection.
        addr: SocketAddr,
        /// How it ended.
        reason: DownReason,
    },
    /// A HELLO was written to a peer: inside the session, or in plain to one that knows none.
    HelloSent {
        /// Whom we took it for; `None` for an address given by hand that was greeted in plain.
        id: Option<NodeId>,
        /// Where.
        addr: SocketAddr,
    },
    /// The peer answered our HELLO with ACK.
    AckReceived {
        /// Whom we took it for; proven when `verified`.
        id: Option<NodeId>,
        /// Where.
        addr: SocketAddr,
        /// From just before the HELLO was written until the ACK was read.
        rtt: Duration,
        /// Whether it came inside a session. Elsewhere it proves nothing about who answered.
        verified: bool,
    },
    /// Somebody greeted us and was answered with ACK.
    HelloReceived {
        /// Who it is; a claim that nothing proves unless `verified`.
        from: NodeId,
        /// From where. The port is the connection's, not the one it listens on.
        addr: SocketAddr,
        /// What it said, made safe to print; inside a session, what it would have been in plain.
        text: PeerText,
        /// Whether it came inside a session.
        verified: bool,
    },
    /// Something in the conversation: a message, how far one got, a gap, a name.
    Chat(Box<ChatEvent>),
    /// Something in a private conversation, or about who is who.
    Private(Box<PrivateEvent>),
    /// Which rooms this node is in, what it is called, or whose words it ignores has changed, by whoever
    /// holds a handle.
    OwnChanged,
    /// An interface is in use now, or its addresses changed.
    InterfaceUp(Interface),
    /// An interface is no longer in use.
    InterfaceDown(Interface),
    /// Something a person should hear of. The node goes on.
    Warning(Warning),
    /// Events were lost to a slow reader. What follows at once brings the view of peers up to
    /// date: one removal, update or discovery for each peer that changed meanwhile. Greetings,
    /// warnings and sessions among the lost are gone; [`Node::sessions`](crate::Node::sessions)
    /// tells which there are.
    Resync {
        /// How many events were lost.
        missed: u64,
    },
}

/// Something went wrong that the node lives with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Nothing was seen or heard of any other node in the first [`ALONE_AFTER`](crate::ALONE_AFTER).
    Alone(Box<Tried>),
    /// Another machine, or another process, announces our own id.
    IdentityConflict {
        /// Where its record came from.
        source: IpAddr,
    },
    /// Somebody greeted us in our own name; it got no answer.
    SelfHello {
        /// From where.
        addr: SocketAddr,
    },
    /// Somebody pretends that a peer which has proven itself before runs an old version, so as to
    /// be talked to in plain. Nothing came of it. Told from the third time within ten minutes on,
    /// once in ten minutes.
    Pretence {
        /// In whose name.
        id: NodeId,
        /// Where it was seen last.
        addr: SocketAddr,
        /// How often in the last ten minutes.
        count: u32,
    },
    /// A second host speaks with the id of a peer whose session answers. The second was refused.
    TwoHosts {
        /// Whose id.
        id: NodeId,
        /// The host whose session stays.
        kept: SocketAddr,
        /// The one that was refused.
        refused: SocketAddr,
    },
    /// A handshake that somebody began with us failed; closed without an answer.
    HandshakeFailed {
        /// From where.
        addr: SocketAddr,
        /// Why.
        reason: HandshakeError,
    },
    /// Discovery goes on, but not everywhere.
    Degraded {
        /// The interface that failed; `None` when no interface is usable at all.
        interface: Option<String>,
        /// What happened and what would mend it.
        reason: String,
    },
    /// Nothing listens at a peer's address. Retried with back-off.
    ConnectionRefused {
        /// Whom we took it for; `None` for an address given by hand.
        id: Option<NodeId>,
        /// Where.
        addr: SocketAddr,
    },
    /// A peer could not be connected to in time. Retried with back-off.
    ConnectionTimeout {
        /// Whom we took it for; `None` for an address given by hand.
        id: Option<NodeId>,
        /// Where.
        addr: SocketAddr,
    },
    /// Greeting a peer failed in another way. Retried with back-off.
    ConnectionFailed {
        /// Whom we took it for; `None` for an address given by hand.
        id: Option<NodeId>,
        /// Where.
        addr: SocketAddr,
        /// How.
        reason: DialFailure,
    },
    /// An address given by hand is our own; it is not dialled.
    SelfDial {
        /// The address.
        addr: SocketAddr,
    },
    /// More came than a message may hold; closed without an answer.
    MessageTooLarge {
        /// From where.
        addr: SocketAddr,
        /// The longest line accepted, in bytes with its newline.
        limit: usize,
    },
    /// What came is not of this protocol; closed without an answer.
    MalformedMessage {
        /// From where.
        addr: SocketAddr,
        /// What was wrong.
        reason: Malformation,
    },
    /// A well-formed message of a type we do not know; answered with ERROR.
    UnknownMessageType {
        /// From where.
        addr: SocketAddr,
        /// The type, made safe to print.
        type_name: PeerText,
    },
    /// No whole message came in time; closed without an answer.
    MessageTimeout {
        /// From where.
        addr: SocketAddr,
        /// The deadline that passed, counted from the accepted connection.
        limit: Duration,
    },
    /// A connection had to go, or wait, because a limit was reached.
    ConnectionLimit {
        /// Whose connection, if it was one in particular.
        addr: Option<SocketAddr>,
        /// Which limit.
        limit: ConnectionLimit,
    },
    /// More warnings of one kind came in the last while than were passed on.
    Suppressed {
        /// Which kind.
        kind: WarningKind,
        /// About whom; `None` when it were too many to keep them apart, or to tell one by one.
        source: Option<IpAddr>,
        /// How many were not passed on.
        count: u64,
    },
    /// Announced peers or addresses given by hand were not taken: the table is full.
    PeersRefused {
        /// How many since the last such warning.
        count: u64,
    },
    /// The network reported something this crate has no name for yet.
    Unnamed {
        /// Its debug form.
        description: String,
    },
    /// The disk did not do what it was to do. What it has not kept is not shown and not passed on.
    Disk {
        /// Which file, what happened, what to do.
        reason: String,
    },
    /// A part of the node ended by itself. What it did is no longer done until a restart.
    PartEnded {
        /// Which part.
        part: Part,
    },
}

/// A part of the node that runs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Finds peers.
    Discovery,
    /// Greets and is greeted.
    Network,
}

/// What a node has tried to find others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// How it looks for others.
    pub backend: Backend,
    /// The interfaces it looks on.
    pub interfaces: Vec<Interface>,
    /// The interfaces it leaves out.
    pub skipped: Vec<Interface>,
    /// What discovery sent and heard.
    pub stats: Stats,
    /// How many addresses were given by hand; none of them has answered.
    pub peers_by_hand: usize,
}

impl Tried {
    /// As it is now.
    pub(crate) fn now(
        backend: Backend,
        interfaces: Vec<Interface>,
        stats: Stats,
        peers_by_hand: usize,
    ) -> Self {
        let is_used =
            |present: &Interface| interfaces.iter().any(|used| used.index == present.index);
        let skipped = reach::present()
            .into_iter()
            .filter(|present| !is_used(present))
            .collect();
        Self {
            backend,
            interfaces,
            skipped,
            stats,
            peers_by_hand,
        }
    }
}
