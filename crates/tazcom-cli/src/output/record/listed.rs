//! One peer of a list: where it is, how far we have got with it, and what is proven of that.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tazcom_discovery::Peer;
use tazcom_identity::NodeId;
use tazcom_node::{Backend, Contact, Node, PROTOCOL_VERSION, Reach, Role};

use crate::output::PeerRecord;
use crate::ping::milliseconds;

/// A peer of a list. Read again by those who have it from a running node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listed {
    #[serde(flatten)]
    pub(crate) peer: PeerRecord,
    /// Whether it is the node of this data directory.
    pub(crate) own: bool,
    /// Since it was announced; since its session began where it is not announced.
    pub(crate) age_ms: u64,
    /// How far we have got with it.
    pub(crate) session: Option<Standing>,
    /// The session, where there is one.
    pub(crate) connection: Option<Connection>,
    /// What it speaks: as far as we have talked to it, else what it announces.
    pub(crate) protocol: Option<Protocol>,
    /// Whether a handshake has proven who it is.
    pub(crate) verified: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// There is a session.
    Up,
    /// It was greeted in plain and has answered.
    Plain,
}

/// A session with a peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Connection {
    /// The other end of the connection.
    pub(crate) addr: SocketAddr,
    /// Which end we are.
    pub(crate) role: RoleWord,
    pub(crate) up_ms: u64,
    /// What it calls itself.
    pub(crate) name: Option<String>,
    /// The last round trip that was measured in it.
    pub(crate) rtt_ms: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleWord {
    /// We dialled.
    Initiator,
    /// It dialled.
    Responder,
}

/// What a peer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Protocol {
    /// Sessions.
    #[serde(rename = "TAZCOM/2")]
    Sessions,
    /// Greetings in plain.
    #[serde(rename = "POC-02")]
    Plain,
}

impl Listed {
    /// A peer that a node knows.
    pub(crate) fn contact(contact: &Contact) -> Self {
        let announced = contact.announced.as_ref();
        let (connection, up) = match &contact.reach {
            Reach::Session { session, rtt } => {
                let up = session.since.elapsed();
                let connection = Connection {
                    addr: session.addr,
                    role: RoleWord::of(session.role),
                    up_ms: whole_ms(up),
                    name: session.name.as_ref().map(ToString::to_string),
                    rtt_ms: rtt.map(milliseconds),
                };
                (Some(connection), up)
            }
            _ => (None, Duration::ZERO),
        };
        let peer = match announced {
            Some(announced) => PeerRecord::of(&announced.peer),
            None => PeerRecord {
                id: contact.id,
                addr: connection.as_ref().and_then(Connection::listens_at),
                via: None,
                version: None,
                addrs: Vec::new(),
                trust: None,
            },
        };
        let hint = announced.and_then(|announced| Protocol::announced(&announced.peer));
        let (session, protocol) = match &contact.reach {
            Reach::Session { .. } => (Some(Standing::Up), Some(Protocol::Sessions)),
            Reach::Plain => (Some(Standing::Plain), Some(Protocol::Plain)),
            _ => (None, hint),
        };
        Self {
            peer,
            own: false,
            age_ms: whole_ms(announced.map_or(up, |announced| announced.since.elapsed())),
            verified: connection.is_some(),
            session,
            connection,
            protocol,
        }
    }

    /// A peer that is announced, seen by somebody who talks to nobody.
    pub(crate) fn announced(peer: &Peer, age: Duration, own: Option<NodeId>) -> Self {
        Self {
            peer: PeerRecord::of(peer),
            own: own == Some(peer.id),
            age_ms: whole_ms(age),
            session: None,
            connection: None,
            protocol: Protocol::announced(peer),
            verified: false,
        }
    }

    /// The node that is asked, as others see it.
    pub(crate) fn own(node: &Node, age: Duration) -> Self {
        let addrs = node.reachable_at();
        let interfaces = node.interfaces();
        let is_announced = node.backend() != Backend::None;
        let interface = interfaces.first().filter(|_| is_announced);
        Self {
            peer: PeerRecord {
                id: node.id(),
                addr: addrs.first().copied(),
                via: interface.map(|interface| format!("mdns@{}", interface.name)),
                version: Some(PROTOCOL_VERSION.to_owned()),
                addrs,
                trust: None,
            },
            own: true,
            age_ms: whole_ms(age),
            session: None,
            connection: None,
            protocol: Some(Protocol::Sessions),
            verified: false,
        }
    }
}

impl Connection {
    /// Where the peer listens, as far as the session tells: whoever dialled us did it from any port.
    fn listens_at(&self) -> Option<SocketAddr> {
        (self.role == RoleWord::Initiator).then_some(self.addr)
    }
}

impl RoleWord {
    fn of(role: Role) -> Self {
        match role {
            Role::Initiator => Self::Initiator,
            Role::Responder => Self::Responder,
        }
    }
}

impl Protocol {
    /// What a record hints at. Anybody can announce anything.
    fn announced(peer: &Peer) -> Option<Self> {
        match peer.version.as_str() {
            _ if peer.sessions => Some(Self::Sessions),
            "0.1" => Some(Self::Plain),
            _ => None,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sessions => "TAZCOM/2",
            Self::Plain => "POC-02",
        })
    }
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
