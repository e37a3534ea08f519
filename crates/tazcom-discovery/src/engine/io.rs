//! What goes into the engine and what comes out of it.

use std::net::SocketAddr;
use std::time::Instant;

use tazcom_identity::NodeId;

use crate::event::Event;
use crate::interface::{Interface, InterfaceIndex};
use crate::service::LocalService;

/// An IP version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4, group `224.0.0.251`.
    V4,
    /// IPv6, group `ff02::fb`.
    V6,
}

/// One interface and family: what a socket belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId {
    /// The interface.
    pub interface: InterfaceIndex,
    /// The family.
    pub family: Family,
}

/// What happens to the engine.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram came in.
    Datagram {
        /// On which link.
        link: LinkId,
        /// From where.
        source: SocketAddr,
        /// What.
        payload: &'a [u8],
    },
    /// The time named by [`Output::Wait`] has come.
    Timeout,
    /// An interface can be used, or one in use has other addresses or families now.
    InterfaceUp {
        /// The interface as it is now.
        interface: Interface,
        /// The families it can send and receive on.
        families: Vec<Family>,
    },
    /// An interface can no longer be used.
    InterfaceDown(InterfaceIndex),
    /// Announce this service from now on, in place of any before it.
    Register(LocalService),
    /// A dial to this peer failed: confirm that it is there (RFC 6762 section 10.4).
    ReportUnreachable(NodeId),
    /// Say goodbye. [`Output::Finished`] follows once it has been said twice.
    Shutdown,
}

/// What the engine wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a datagram.
    Transmit {
        /// On which link.
        link: LinkId,
        /// To one host; to the multicast group when `None`.
        to: Option<SocketAddr>,
        /// At most [`limits::MAX_SENT_LEN`](super::limits::MAX_SENT_LEN) bytes.
        payload: Vec<u8>,
    },
    /// Tell the user.
    Event(Event),
    /// Both goodbyes have been handed out; nothing follows.
    Finished,
    /// Nothing more to do until this time, or until an input when `None`.
    Wait(Option<Instant>),
}
