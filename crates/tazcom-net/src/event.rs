//! What the endpoint tells its user.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use std::{fmt, io};

use tazcom_identity::NodeId;
use tazcom_proto::{PeerText, RequestError};

/// Something that happened on the network.
///
/// Everything in it that a stranger wrote is safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A HELLO was written to a peer.
    HelloSent {
        /// Whom we took it for; `None` for an address given by hand.
        id: Option<NodeId>,
        /// Where.
        addr: SocketAddr,
    },
    /// The peer answered it with ACK. The peer counts as greeted now.
    AckReceived {
        /// Whom we took it for. ACK proves nothing about who answered.
        id: Option<NodeId>,
        /// Where.
        addr: SocketAddr,
        /// From just before the HELLO was written until the ACK was read.
        rtt: Duration,
    },
    /// Somebody greeted us and was answered with ACK.
    HelloReceived {
        /// Who it claims to be; nothing proves it.
        from: NodeId,
        /// From where. The port is the connection's, not the one it listens on.
        addr: SocketAddr,
        /// The line as it came, without its newline.
        text: PeerText,
    },
    /// Nothing listens there. Retried with back-off.
    DialRefused {
        /// Whom we took it for.
        id: Option<NodeId>,
        /// Where.
        addr: SocketAddr,
    },
    /// No connection by the deadline. Retried with back-off.
    DialTimedOut {
        /// Whom we took it for.
        id: Option<NodeId>,
        /// Where.
        addr: SocketAddr,
    },
    /// The dial failed in another way. Retried with back-off.
    DialFailed {
        /// Whom we took it for.
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
    /// Somebody greeted us in our own name; it got no answer.
    SelfHello {
        /// From where.
        addr: SocketAddr,
    },
    /// More came than a line may hold; closed without an answer.
    LineTooLong {
        /// From where.
        addr: SocketAddr,
        /// The longest line accepted, in bytes with its newline.
        limit: usize,
    },
    /// What came is not of this protocol; closed without an answer.
    Malformed {
        /// From where.
        addr: SocketAddr,
        /// What was wrong.
        reason: Malformation,
    },
    /// A well-formed message of a type we do not know; answered with ERROR.
    UnknownType {
        /// From where.
        addr: SocketAddr,
        /// The type it named.
        type_name: PeerText,
    },
    /// No whole message came in time; closed without an answer.
    Deadline {
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
    /// More complaints of this kind came in the last window than were passed on.
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
        /// How many since the last such event.
        count: u64,
    },
    /// The reader was too slow: events were lost here.
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// How a dial failed other than being refused or timing out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DialFailure {
    /// The peer was reached and said nothing by the deadline.
    #[error("connected, but it did not answer within {} s", .within.as_secs_f64())]
    NoAnswer {
        /// The deadline, counted from the beginning of the dial.
        within: Duration,
    },
    /// The peer closed the connection without an answer.
    #[error("the peer closed the connection without an answer")]
    Closed,
    /// The peer answered ERROR.
    #[error("the peer answered ERROR: it does not know HELLO")]
    Rejected,
    /// The answer was neither ACK nor ERROR: whoever listens there does not speak our protocol.
    #[error("it answered \"{0}\" instead of ACK: another program may be listening there")]
    UnexpectedAnswer(PeerText),
    /// The operating system could not connect.
    #[error("{}", io::Error::from(*.0))]
    Io(io::ErrorKind),
    /// The peer was reached, and the connection broke before its answer.
    #[error("the connection broke before an answer: {}", io::Error::from(*.0))]
    Broken(io::ErrorKind),
}

/// What was wrong with what came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformation {
    /// The first byte opens no protocol we speak.
    #[error("it does not speak this protocol (first byte 0x{first_byte:02x})")]
    UnknownProtocol {
        /// The byte.
        first_byte: u8,
    },
    /// The connection ended within a line.
    #[error("the connection ended before the line did")]
    Unfinished,
    /// The line is no request.
    #[error(transparent)]
    Request(#[from] RequestError),
}

/// Which limit a connection met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionLimit {
    /// Half-open connections in all; the oldest of the busiest address was closed.
    HalfOpen(usize),
    /// Half-open connections from one address; its oldest was closed.
    HalfOpenPerAddress(usize),
    /// Requests a second in all; closed without an answer.
    Rate(u32),
    /// Requests a second from one address; closed without an answer.
    RatePerAddress(u32),
    /// Requests a second from one IPv6 network of 64 bits; closed without an answer.
    RatePerNetwork(u32),
    /// The process has no file descriptors left, or the system no memory for sockets: connections
    /// wait in the backlog until it has.
    Resources,
}

impl fmt::Display for ConnectionLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HalfOpen(limit) => write!(f, "{limit} unanswered connections"),
            Self::HalfOpenPerAddress(limit) => {
                write!(f, "{limit} unanswered connections from one address")
            }
            Self::Rate(limit) => write!(f, "{limit} requests a second"),
            Self::RatePerAddress(limit) => write!(f, "{limit} requests a second from one address"),
            Self::RatePerNetwork(limit) => {
                write!(f, "{limit} requests a second from one IPv6 network")
            }
            Self::Resources => f.write_str("no file descriptors or socket memory left"),
        }
    }
}

/// The kinds of complaint that are limited per source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// [`Event::LineTooLong`].
    LineTooLong,
    /// [`Event::Malformed`].
    Malformed,
    /// [`Event::UnknownType`].
    UnknownType,
    /// [`Event::Deadline`].
    Deadline,
    /// [`Event::ConnectionLimit`].
    ConnectionLimit,
    /// [`Event::SelfHello`].
    SelfHello,
}

impl WarningKind {
    /// The kind of complaint an event is and whom it is about, if it is one.
    pub(crate) fn of(event: &Event) -> Option<(Self, Option<IpAddr>)> {
        let (kind, addr) = match event {
            Event::LineTooLong { addr, .. } => (Self::LineTooLong, Some(addr)),
            Event::Malformed { addr, .. } => (Self::Malformed, Some(addr)),
            Event::UnknownType { addr, .. } => (Self::UnknownType, Some(addr)),
            Event::Deadline { addr, .. } => (Self::Deadline, Some(addr)),
            Event::ConnectionLimit { addr, .. } => (Self::ConnectionLimit, addr.as_ref()),
            Event::SelfHello { addr } => (Self::SelfHello, Some(addr)),
            _ => return None,
        };
        Some((kind, addr.map(SocketAddr::ip)))
    }
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LineTooLong => "messages over the size limit",
            Self::Malformed => "malformed messages",
            Self::UnknownType => "messages of unknown type",
            Self::Deadline => "connections without a message in time",
            Self::ConnectionLimit => "connections over a limit",
            Self::SelfHello => "greetings in our own name",
        })
    }
}
