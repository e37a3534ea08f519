//! Which sessions there are, and which of two with one peer stays. Sans-IO: it is told what
//! happened and says what to do; the driver owns connections and clock.
//!
//! Two nodes that dial each other at the same moment end up with two sessions. Were each to choose,
//! they could choose differently and lose both; so the one with the smaller id chooses, and the
//! other ends nothing for some seconds that the first may still want.

mod reason;
mod table;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Instant;

pub use reason::DownReason;
pub(crate) use table::Links;
use tazcom_identity::NodeId;
use tazcom_proto::PeerText;
use tazcom_session::ByeCode;

/// Names a session's connection; never used twice, and they grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LinkId(pub(super) u64);

/// A peer has proven who it is on a new connection.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) peer: NodeId,
    /// Whether we dialled.
    pub(crate) ours: bool,
    /// The other end.
    pub(crate) addr: SocketAddr,
    /// Whether whoever dialled wants it to replace the session there is.
    pub(crate) renews: bool,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It becomes a session.
    Take(LinkId),
    /// It is told goodbye. For [`ByeCode::Full`], which limit was met.
    Refuse(ByeCode, Option<crate::event::ConnectionLimit>),
}

/// What the table wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Say goodbye on this one.
    Close(LinkId, ByeCode),
    /// Ask whether this one's peer is there: it answers within [`doubt`], or ends.
    ///
    /// [`doubt`]: crate::LinkLimits::doubt
    Probe(LinkId),
    /// From now on what waits for the peer goes through this one.
    Carry(NodeId, LinkId),
    /// The first session with a peer stands.
    Up {
        peer: NodeId,
        addr: SocketAddr,
        name: Option<PeerText>,
    },
    /// The last one is over.
    Down {
        peer: NodeId,
        addr: SocketAddr,
        reason: DownReason,
    },
    /// Two hosts have the same id.
    TwoHosts {
        id: NodeId,
        kept: SocketAddr,
        refused: SocketAddr,
    },
    /// Nothing until then, or until something happens.
    Wait(Option<Instant>),
}

/// One session's connection.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) id: LinkId,
    pub(crate) peer: NodeId,
    pub(crate) ours: bool,
    pub(crate) addr: SocketAddr,
    pub(crate) since: Instant,
    pub(crate) name: Option<PeerText>,
    /// Whether the responder has said welcome.
    pub(crate) stands: bool,
    /// Said to the others with this peer as soon as this one stands, if it takes their place.
    replaces: Option<ByeCode>,
    /// Whether we have said goodbye on it.
    leaving: bool,
}
