//! What people are told: the words of the log.
//!
//! The words of the lines that the first TAZCOM node wrote are kept: people and scripts know them.

use std::net::{IpAddr, SocketAddr};

use tazcom_discovery::{Interface, Peer};
use tazcom_identity::NodeId;
use tazcom_node::{Event, Part, Warning};

use crate::output::line::{Level, Line};
use crate::output::tried;

mod conversation;
mod private;

pub(crate) use conversation::{day_and_clock, name_warning, note};
pub(crate) use private::private_note;

/// The lines an event is told in; usually one.
pub(super) fn lines(event: &Event) -> Vec<Line> {
    let text = match event {
        Event::PeerDiscovered(peer) => format!("Peer Discovered: {}", peer_at(peer)),
        Event::PeerUpdated(peer) => format!("Peer Updated: {}", peer_at(peer)),
        Event::PeerRemoved { id, .. } => format!("Peer Removed: {id}"),
        Event::SessionUp { id, addr, .. } => {
            format!("Session with {} established", at(Some(*id), *addr))
        }
        Event::SessionDown { id, reason, .. } => format!("Session with {id} ended: {reason}"),
        Event::HelloSent { id, addr } => format!("Sent HELLO to {}", at(*id, *addr)),
        Event::AckReceived { id, addr, .. } => match id {
            Some(id) => format!("Received ACK from {id}"),
            None => format!("Received ACK from {}", at(None, *addr)),
        },
        Event::HelloReceived { addr, text, .. } => {
            format!("Message from {}: {text}", tuple(*addr))
        }
        Event::Chat(event) => return conversation::lines(event),
        Event::Private(event) => return private::lines(event),
        Event::InterfaceUp(interface) => format!("Interface in use: {}", interface_text(interface)),
        Event::InterfaceDown(interface) => format!("Interface gone: {}", interface.name),
        Event::Warning(warning) => {
            return message_lines(warning)
                .into_iter()
                .map(|text| Line {
                    level: Level::Warn,
                    text,
                })
                .collect();
        }
        Event::Resync { missed } => {
            return vec![Line::warn(format!(
                "Too slow: {missed} events were not shown"
            ))];
        }
        _ => return Vec::new(),
    };
    vec![Line::info(text)]
}

/// A warning in one line.
pub(super) fn message(warning: &Warning) -> String {
    message_lines(warning).join(" ")
}

fn message_lines(warning: &Warning) -> Vec<String> {
    vec![match warning {
        Warning::Alone(tried) => return tried::explain(tried),
        Warning::IdentityConflict { source } => format!(
            "Another node announces this node's id from {source}: \
             give one of the two its own --data-dir"
        ),
        Warning::SelfHello { addr } => format!(
            "Message from {} greets in this node's own name: is its key used twice?",
            tuple(*addr)
        ),
        Warning::Pretence { id, addr, count } => format!(
            "Somebody at {} has answered or greeted {count} times in the name of {id} as an old \
             version would, to be talked to without encryption. {} has proven itself before, so \
             none of it was believed and nothing has changed",
            addr.ip(),
            id.short()
        ),
        Warning::TwoHosts { id, kept, refused } => format!(
            "Two hosts have the key of {id}: the session with {kept} stays, {refused} was refused. \
             If the key was copied on purpose, give one of the two its own --data-dir; \
             if not, it was stolen"
        ),
        Warning::HandshakeFailed { addr, reason } => {
            format!("Handshake with {} failed: {reason}", tuple(*addr))
        }
        Warning::Degraded { reason, .. } => format!("Discovery is degraded: {reason}"),
        Warning::ConnectionRefused { id, addr } => {
            format!("Connection refused by {}", at(*id, *addr))
        }
        Warning::ConnectionTimeout { id, addr } => {
            format!("Connection timeout to {}", at(*id, *addr))
        }
        Warning::ConnectionFailed { id, addr, reason } => {
            format!("Error communicating with {}: {reason}", at(*id, *addr))
        }
        Warning::SelfDial { addr } => format!("Peer {addr} is this node itself: not greeted"),
        Warning::MessageTooLarge { addr, limit } => format!(
            "Message from {} exceeds size limit ({limit} bytes)",
            tuple(*addr)
        ),
        Warning::MalformedMessage { addr, reason } => {
            format!("Message from {} is malformed: {reason}", tuple(*addr))
        }
        Warning::UnknownMessageType { addr, type_name } => {
            format!("Message from {} has unknown type {type_name}", tuple(*addr))
        }
        Warning::MessageTimeout { addr, limit } => format!(
            "Message from {} did not come within {} s",
            tuple(*addr),
            limit.as_secs_f32()
        ),
        Warning::ConnectionLimit {
            addr: Some(addr),
            limit,
        } => format!("Connection from {} closed: {limit}", tuple(*addr)),
        Warning::ConnectionLimit { addr: None, limit } => format!("Connections wait: {limit}"),
        Warning::Suppressed {
            kind,
            source: Some(source),
            count,
        } => format!("{count} more {kind} from {source}"),
        Warning::Suppressed {
            kind,
            source: None,
            count,
        } => format!("{count} more {kind} from many addresses"),
        Warning::Disk { reason } => {
            format!("The disk fails: {reason}. What is not kept is not shown")
        }
        Warning::PeersRefused { count } => {
            format!("{count} more peers announced than a node keeps; they are not greeted")
        }
        Warning::PartEnded {
            part: Part::Discovery,
        } => "Discovery has ended: start again to find others".to_owned(),
        Warning::PartEnded {
            part: Part::Network,
        } => "The TCP server has ended: start again to greet and be greeted".to_owned(),
        Warning::Unnamed { description } => description.clone(),
        other => format!("{other:?}"),
    }]
}

/// `name (address, address, kind)`.
pub(super) fn interface_text(interface: &Interface) -> String {
    let addrs = interface.addrs.iter().map(|addr| addr.ip.to_string());
    let kind = std::iter::once(interface.kind.to_string());
    let details: Vec<String> = addrs.chain(kind).collect();
    format!("{} ({})", interface.name, details.join(", "))
}

fn peer_at(peer: &Peer) -> String {
    match peer.socket_addrs().next() {
        Some(addr) => at(Some(peer.id), addr),
        None => format!("{} @ no address yet", peer.id),
    }
}

/// `<id> @ <ip>:<port>`; peers given by hand have no id before they show one.
fn at(id: Option<NodeId>, addr: SocketAddr) -> String {
    match id {
        Some(id) => format!("{id} @ {addr}"),
        None => format!("unknown @ {addr}"),
    }
}

/// An address as Python prints one: `('192.168.1.5', 4711)`.
fn tuple(addr: SocketAddr) -> String {
    let ip: IpAddr = addr.ip();
    format!("('{ip}', {})", addr.port())
}

#[cfg(test)]
mod tests;
