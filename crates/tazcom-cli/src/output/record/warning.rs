//! What programs are told of what went wrong.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;
use tazcom_identity::NodeId;
use tazcom_node::Warning;

use crate::output::describe;
use crate::output::record::InterfaceRecord;

/// A warning: its kind and message always, the rest as it applies.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct WarningRecord<'a> {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<NodeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    addr: Option<SocketAddr>,
    /// Of two hosts, the one whose session stays; `addr` is the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<SocketAddr>,
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

impl<'a> WarningRecord<'a> {
    pub(super) fn of(warning: &'a Warning) -> Self {
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
            Warning::Pretence { id, addr, count } => Self {
                count: Some(u64::from(*count)),
                ..about("pretence", &Some(*id), addr)
            },
            Warning::TwoHosts { id, kept, refused } => Self {
                kept: Some(*kept),
                ..about("two_hosts", &Some(*id), refused)
            },
            Warning::HandshakeFailed { addr, .. } => from("handshake_failed", addr),
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

    /// Events came faster than they were shown.
    pub(super) fn events_missed(missed: u64) -> Self {
        Self {
            kind: "events_missed",
            message: format!("{missed} events were not shown"),
            count: Some(missed),
            ..Self::default()
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

    /// A warning of the command line itself: others cannot ask this node.
    pub(crate) fn control_unavailable(message: String) -> Self {
        Self {
            kind: "control_unavailable",
            message,
            ..Self::default()
        }
    }

    /// What it says, to people.
    pub(crate) fn message(&self) -> &str {
        &self.message
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
