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
use tazcom_node::{Event, Warning};

use crate::output::describe;

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
    PeerDiscovered(PeerRecord<'a>),
    PeerUpdated(PeerRecord<'a>),
    PeerRemoved {
        id: NodeId,
        reason: String,
    },
    HelloSent {
        id: Option<NodeId>,
        addr: SocketAddr,
    },
    AckReceived {
        id: Option<NodeId>,
        addr: SocketAddr,
        rtt_ms: f64,
    },
    HelloReceived {
        from: NodeId,
        addr: SocketAddr,
    },
    InterfaceUp(InterfaceRecord<'a>),
    InterfaceDown(InterfaceRecord<'a>),
    Warning(Box<WarningRecord<'a>>),
    /// The node has ended.
    Stopped,
    /// One peer of a list.
    Peer {
        #[serde(flatten)]
        peer: PeerRecord<'a>,
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
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PeerRecord<'a> {
    id: NodeId,
    /// Where to dial it first.
    addr: Option<SocketAddr>,
    via: Option<String>,
    version: &'a str,
    /// All of its addresses, in the order to try them.
    addrs: Vec<SocketAddr>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct InterfaceRecord<'a> {
    name: &'a str,
    kind: String,
    addrs: Vec<IpAddr>,
}

/// A warning: its kind and message always, the rest as it applies.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct WarningRecord<'a> {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<NodeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    addr: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tried: Option<TriedRecord<'a>>,
}

/// What a node that sees nobody has tried.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TriedRecord<'a> {
    discovery: String,
    interfaces: Vec<InterfaceRecord<'a>>,
    skipped: Vec<InterfaceRecord<'a>>,
    queries_sent: u64,
    packets_from_others: u64,
    instances_refused: u64,
    peers_by_hand: usize,
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
            Event::AckReceived { id, addr, rtt } => Self::AckReceived {
                id: *id,
                addr: *addr,
                // Whole microseconds are what a clock and a socket are good for.
                rtt_ms: (rtt.as_secs_f64() * 1e6).round() / 1e3,
            },
            Event::HelloReceived { from, addr, .. } => Self::HelloReceived {
                from: *from,
                addr: *addr,
            },
            Event::InterfaceUp(interface) => Self::InterfaceUp(InterfaceRecord::of(interface)),
            Event::InterfaceDown(interface) => Self::InterfaceDown(InterfaceRecord::of(interface)),
            Event::Warning(warning) => Self::Warning(Box::new(WarningRecord::of(warning))),
            Event::Resync { missed } => Self::Warning(Box::new(WarningRecord {
                kind: "events_missed",
                message: format!("{missed} events were not shown"),
                count: Some(*missed),
                ..WarningRecord::default()
            })),
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

impl<'a> PeerRecord<'a> {
    fn of(peer: &'a Peer) -> Self {
        Self {
            id: peer.id,
            addr: peer.socket_addrs().next(),
            via: peer.addrs.first().map(|addr| addr.via.to_string()),
            version: &peer.version,
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

impl<'a> WarningRecord<'a> {
    fn of(warning: &'a Warning) -> Self {
        let plain = |kind| Self {
            kind,
            message: describe::message(warning),
            ..Self::default()
        };
        let about = |kind, id: &Option<NodeId>, addr: &SocketAddr| Self {
            id: *id,
            addr: Some(*addr),
            ..plain(kind)
        };
        let from = |kind, addr: &SocketAddr| about(kind, &None, addr);
        match warning {
            Warning::Alone(tried) => Self {
                tried: Some(TriedRecord {
                    discovery: tried.backend.to_string(),
                    interfaces: InterfaceRecord::all(&tried.interfaces),
                    skipped: InterfaceRecord::all(&tried.skipped),
                    queries_sent: tried.stats.queries_sent,
                    packets_from_others: tried.stats.packets_from_others,
                    instances_refused: tried.stats.instances_refused,
                    peers_by_hand: tried.peers_by_hand,
                }),
                ..plain("alone")
            },
            Warning::IdentityConflict { source } => Self {
                source: Some(*source),
                ..plain("identity_conflict")
            },
            Warning::SelfHello { addr } => from("identity_conflict", addr),
            Warning::Degraded { interface, .. } => Self {
                interface: interface.as_deref(),
                ..plain("discovery_degraded")
            },
            Warning::ConnectionRefused { id, addr } => about("connection_refused", id, addr),
            Warning::ConnectionTimeout { id, addr } => about("connection_timeout", id, addr),
            Warning::ConnectionFailed { id, addr, .. } => about("connection_failed", id, addr),
            Warning::SelfDial { addr } => from("peer_is_self", addr),
            Warning::MessageTooLarge { addr, .. } => from("message_too_large", addr),
            Warning::MalformedMessage { addr, .. } => from("malformed_message", addr),
            Warning::UnknownMessageType { addr, .. } => from("unknown_message_type", addr),
            Warning::MessageTimeout { addr, .. } => from("message_timeout", addr),
            Warning::ConnectionLimit { addr, .. } => Self {
                addr: *addr,
                ..plain("connection_limit")
            },
            Warning::Suppressed { source, count, .. } => Self {
                source: *source,
                count: Some(*count),
                ..plain("suppressed")
            },
            Warning::PeersRefused { count } => Self {
                count: Some(*count),
                ..plain("peers_refused")
            },
            Warning::PartEnded { .. } => plain("part_ended"),
            _ => plain("other"),
        }
    }

    /// A warning of the command line itself: no interface is what was asked for.
    pub(crate) fn interface_missing(message: String) -> Self {
        Self {
            kind: "interface_missing",
            message,
            ..Self::default()
        }
    }

    /// A warning of the command line itself: a name has no address.
    pub(crate) fn unresolved(message: String) -> Self {
        Self {
            kind: "peer_unresolved",
            message,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests;
