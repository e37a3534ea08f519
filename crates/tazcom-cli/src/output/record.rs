//! What programs are told: one JSON object a line.
//!
//! `event` names what happened, `at` says when (RFC 3339, milliseconds, UTC). Fields are only ever
//! added.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tazcom_discovery::{Interface, Peer};
use tazcom_identity::NodeId;
use tazcom_node::Event;

mod warning;

pub(crate) use warning::WarningRecord;

/// Something to tell, without its time.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Record<'a> {
    /// The node runs.
    Started {
        id: NodeId,
        listen: Vec<SocketAddr>,
        service: Option<String>,
        interfaces: Vec<&'a str>,
    },
    PeerDiscovered(PeerRecord),
    PeerUpdated(PeerRecord),
    PeerRemoved {
        id: NodeId,
        reason: String,
    },
    /// The handshake has proven who it is.
    SessionUp {
        id: NodeId,
        addr: SocketAddr,
        name: Option<&'a str>,
    },
    SessionDown {
        id: NodeId,
        addr: SocketAddr,
        reason: &'a str,
    },
    HelloSent {
        id: Option<NodeId>,
        addr: SocketAddr,
    },
    AckReceived {
        id: Option<NodeId>,
        addr: SocketAddr,
        rtt_ms: f64,
        /// Whether it came inside a session.
        verified: bool,
    },
    HelloReceived {
        from: NodeId,
        addr: SocketAddr,
        verified: bool,
    },
    InterfaceUp(InterfaceRecord<'a>),
    InterfaceDown(InterfaceRecord<'a>),
    Warning(Box<WarningRecord<'a>>),
    /// The node has ended.
    Stopped,
    /// One peer of a list.
    Peer {
        #[serde(flatten)]
        peer: PeerRecord,
        /// Whether it is the node of this data directory.
        own: bool,
        age_ms: u64,
    },
    /// Whose data directory this is.
    Id {
        id: NodeId,
        short: String,
    },
}

/// A peer and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PeerRecord {
    pub(crate) id: NodeId,
    /// Where to dial it first.
    pub(crate) addr: Option<SocketAddr>,
    pub(crate) via: Option<String>,
    /// `None` when it is not announced.
    pub(crate) version: Option<String>,
    /// All of its addresses, in the order to try them.
    pub(crate) addrs: Vec<SocketAddr>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct InterfaceRecord<'a> {
    name: &'a str,
    kind: String,
    addrs: Vec<IpAddr>,
}

impl<'a> Record<'a> {
    /// The record of an event.
    pub(crate) fn of(event: &'a Event) -> Option<Self> {
        Some(match event {
            Event::PeerDiscovered(peer) => Self::PeerDiscovered(PeerRecord::of(peer)),
            Event::PeerUpdated(peer) => Self::PeerUpdated(PeerRecord::of(peer)),
            Event::PeerRemoved { id, reason } => Self::PeerRemoved {
                id: *id,
                reason: reason.to_string(),
            },
            Event::HelloSent { id, addr } => Self::HelloSent {
                id: *id,
                addr: *addr,
            },
            Event::AckReceived {
                id,
                addr,
                rtt,
                verified,
            } => Self::AckReceived {
                id: *id,
                addr: *addr,
                rtt_ms: milliseconds(*rtt),
                verified: *verified,
            },
            Event::HelloReceived {
                from,
                addr,
                verified,
                ..
            } => Self::HelloReceived {
                from: *from,
                addr: *addr,
                verified: *verified,
            },
            Event::SessionUp { id, addr, name } => Self::SessionUp {
                id: *id,
                addr: *addr,
                name: name.as_ref().map(|name| name.as_str()),
            },
            Event::SessionDown { id, addr, reason } => Self::SessionDown {
                id: *id,
                addr: *addr,
                reason: reason.as_str(),
            },
            Event::InterfaceUp(interface) => Self::InterfaceUp(InterfaceRecord::of(interface)),
            Event::InterfaceDown(interface) => Self::InterfaceDown(InterfaceRecord::of(interface)),
            Event::Warning(warning) => Self::Warning(Box::new(WarningRecord::of(warning))),
            Event::Resync { missed } => {
                Self::Warning(Box::new(WarningRecord::events_missed(*missed)))
            }
            _ => return None,
        })
    }

    /// The record of one peer of a list.
    pub(crate) fn peer(peer: &'a Peer, age: Duration, own: Option<NodeId>) -> Self {
        Self::Peer {
            peer: PeerRecord::of(peer),
            own: own == Some(peer.id),
            age_ms: u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// The line with its newline, as of now.
    pub(crate) fn to_line(&self) -> serde_json::Result<String> {
        #[derive(Serialize)]
        struct Dated<'a> {
            #[serde(flatten)]
            record: &'a Record<'a>,
            at: String,
        }
        let mut line = serde_json::to_string(&Dated {
            record: self,
            at: format!("{:.3}", Timestamp::now()),
        })?;
        line.push('\n');
        Ok(line)
    }
}

impl PeerRecord {
    pub(crate) fn of(peer: &Peer) -> Self {
        Self {
            id: peer.id,
            addr: peer.socket_addrs().next(),
            via: peer.addrs.first().map(|addr| addr.via.to_string()),
            version: Some(peer.version.clone()),
            addrs: peer.socket_addrs().collect(),
        }
    }
}

impl<'a> InterfaceRecord<'a> {
    fn of(interface: &'a Interface) -> Self {
        Self {
            name: &interface.name,
            kind: interface.kind.to_string(),
            addrs: interface.addrs.iter().map(|addr| addr.ip).collect(),
        }
    }

    fn all(interfaces: &'a [Interface]) -> Vec<Self> {
        interfaces.iter().map(Self::of).collect()
    }
}

/// In milliseconds, to the microsecond: that is what a clock and a socket are good for.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests;
