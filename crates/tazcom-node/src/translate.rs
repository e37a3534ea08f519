//! From the network's events to the node's. One arm each, no decisions.

use tazcom_net::Event as NetEvent;

use crate::event::{Event, Warning};

impl From<NetEvent> for Event {
    fn from(event: NetEvent) -> Self {
        Self::Warning(match event {
            NetEvent::HelloSent { id, addr } => return Self::HelloSent { id, addr },
            NetEvent::AckReceived {
                id,
                addr,
                rtt,
                verified,
            } => {
                return Self::AckReceived {
                    id,
                    addr,
                    rtt,
                    verified,
                };
            }
            NetEvent::HelloReceived {
                from,
                addr,
                text,
                verified,
            } => {
                return Self::HelloReceived {
                    from,
                    addr,
                    text,
                    verified,
                };
            }
            NetEvent::SessionUp { id, addr, name } => return Self::SessionUp { id, addr, name },
            NetEvent::SessionDown { id, addr, reason } => {
                return Self::SessionDown { id, addr, reason };
            }
            NetEvent::Lagged { missed } => return Self::Resync { missed },
            NetEvent::Pretence { id, addr, count } => Warning::Pretence { id, addr, count },
            NetEvent::TwoHosts { id, kept, refused } => Warning::TwoHosts { id, kept, refused },
            NetEvent::HandshakeFailed { addr, reason } => Warning::HandshakeFailed { addr, reason },
            NetEvent::DialRefused { id, addr } => Warning::ConnectionRefused { id, addr },
            NetEvent::DialTimedOut { id, addr } => Warning::ConnectionTimeout { id, addr },
            NetEvent::DialFailed { id, addr, reason } => {
                Warning::ConnectionFailed { id, addr, reason }
            }
            NetEvent::SelfDial { addr } => Warning::SelfDial { addr },
            NetEvent::SelfHello { addr } => Warning::SelfHello { addr },
            NetEvent::LineTooLong { addr, limit } => Warning::MessageTooLarge { addr, limit },
            NetEvent::Malformed { addr, reason } => Warning::MalformedMessage { addr, reason },
            NetEvent::UnknownType { addr, type_name } => {
                Warning::UnknownMessageType { addr, type_name }
            }
            NetEvent::Deadline { addr, limit } => Warning::MessageTimeout { addr, limit },
            NetEvent::ConnectionLimit { addr, limit } => Warning::ConnectionLimit { addr, limit },
            NetEvent::Suppressed {
                kind,
                source,
                count,
            } => Warning::Suppressed {
                kind,
                source,
                count,
            },
            NetEvent::PeersRefused { count } => Warning::PeersRefused { count },
            other => Warning::Unnamed {
                description: format!("{other:?}"),
            },
        })
    }
}
