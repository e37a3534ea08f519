//! What the endpoint tells its user.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use std::{fmt, io};

use tazcom_identity::NodeId;
use tazcom_proto::{PeerText, RequestError};
use tazcom_session::{ByeCode, HandshakeError};

use crate::link::DownReason;

/// Something that happened on the network.
///
/// Everything in it that a stranger wrote is safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A session with a peer stands: the handshake has proven who it is. There is one a peer; when
    /// it is replaced by a newer one, nothing is told.
    SessionUp {
        /// Who it is.
        id: NodeId,
        /// The other end of the connection.
        addr: SocketAddr,
        /// What it calls itself.
        name: Option<PeerText>,
    },
    /// The last session with a peer is over. While the peer is announced it is dialled again.
    SessionDown {
        /// Who it was.
        id: NodeId,
        /// The other end of the connection.
        addr: SocketAddr,
        /// How it ended.
        reason: DownReason,
    },
    /// A HELLO was written to a peer, inside the session or, to one that knows no sessions, in
    /// plain.
    HelloSent {
        /// Whom we took it for; `None` for an address given by hand that was greeted in plain.
        id: Option<NodeId>,
        /// Where.
        addr: SocketAddr,
    },
    /// The peer answered it with ACK. The peer counts as greeted now.
    AckReceived {
        /// Whom we took it for; proven when `verified`.
        id: Option<NodeId>,
        /// Where.
        addr: SocketAddr,
        /// From just before the HELLO was written until the ACK was read.
        rtt: Duration,
        /// Whether it came inside a session. In plain, ACK proves nothing about who answered.
        verified: bool,
    },
    /// Somebody greeted us and was answered with ACK.
    HelloReceived {
        /// Who it is; a claim that nothing proves unless `verified`.
        from: NodeId,
        /// From where. The port is the connection's, not the one it listens on.
        addr: SocketAddr,
        /// The line as it came, without its newline; inside a session, what it would have been.
        text: PeerText,
        /// Whether it came inside a session.
        verified: bool,
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
    /// A handshake that somebody began with us failed; closed without a byte.
    HandshakeFailed {
        /// From where.
        addr: SocketAddr,
        /// Why.
        reason: HandshakeError,
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
    /// It answered, and no session came of it.
    #[error("{}", no_session(.0))]
    Handshake(HandshakeError),
    /// It took us for who we are and said goodbye.
    #[error("it refused the session: {}", DownReason::words(*.0))]
    Refused(ByeCode),
    /// It answers like an old version, yet this peer has proven itself before: somebody else
    /// answers in its place, and is not greeted.
    #[error("it answers like an old version, which this peer is not: somebody may be answering in its place")]
    Downgraded,
    /// We have as many sessions as we may.
    #[error("this node has as many sessions as it may")]
    TooManySessions,
}

fn no_session(error: &HandshakeError) -> String {
    match error {
        HandshakeError::Length { .. } => {
            "its answer is no handshake: another program may be listening there".to_owned()
        }
        other => other.to_string(),
    }
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
    /// Handshakes a second in all; closed without an answer.
    Handshakes(u32),
    /// Handshakes a second from one address; closed without an answer.
    HandshakesPerAddress(u32),
    /// Handshakes a second from one IPv6 network of 64 bits; closed without an answer.
    HandshakesPerNetwork(u32),
    /// Sessions in all; told `Bye`.
    Sessions(usize),
    /// Sessions with one address; told `Bye`.
    SessionsPerAddress(usize),
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
            Self::Handshakes(limit) => write!(f, "{limit} handshakes a second"),
            Self::HandshakesPerAddress(limit) => {
                write!(f, "{limit} handshakes a second from one address")
            }
            Self::HandshakesPerNetwork(limit) => {
                write!(f, "{limit} handshakes a second from one IPv6 network")
            }
            Self::Sessions(limit) => write!(f, "{limit} sessions"),
            Self::SessionsPerAddress(limit) => write!(f, "{limit} sessions with one address"),
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
    /// [`Event::HandshakeFailed`].
    Handshake,
    /// [`Event::TwoHosts`].
    TwoHosts,
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
            Event::HandshakeFailed { addr, .. } => (Self::Handshake, Some(addr)),
            Event::TwoHosts { refused, .. } => (Self::TwoHosts, Some(refused)),
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
            Self::Handshake => "failed handshakes",
            Self::TwoHosts => "sessions of a second host with the same id",
        })
    }
}
