//! What programs are told: one JSON object a line.
//!
//! `event` names what happened, `at` says when (RFC 3339, milliseconds, UTC). Fields are only ever
//! added.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tazcom_discovery::{Interface, Peer};
use tazcom_identity::NodeId;
use tazcom_node::Event;

use crate::ping::{Round, RoundTrips, milliseconds};

mod around;
mod conversation;
mod listed;
mod people;
mod private;
mod warning;

pub(crate) use around::{AroundRecord, ConversationRecord, PresentRecord, StatusRecord};
pub(crate) use conversation::{
    ChatFacts, ChatRecord, MessageRecord, NameWarningRecord, Person, ReachRecord, RoomRecord, time,
};
pub(crate) use listed::{Listed, Standing};
pub(crate) use people::{
    CompareRecord, MemberRecord, PrivateRoomRecord, WhoisRecord, hex, level_word, room_text,
    talk_text,
};
pub(crate) use private::{MISMATCH, PrivateFacts, PrivateMessageRecord, PrivateRecord};
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
        /// How far it is trusted, where that was looked at.
        #[serde(skip_serializing_if = "Option::is_none")]
        trust: Option<&'static str>,
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
    Peer(Box<Listed>),
    /// A ping was answered.
    Pong {
        id: NodeId,
        addr: SocketAddr,
        seq: u32,
        rtt_ms: f64,
    },
    /// A ping was not.
    PingUnanswered {
        id: NodeId,
        addr: SocketAddr,
        seq: u32,
        reason: String,
    },
    /// What a row of pings came to; no times when none was answered.
    PingSummary {
        id: Option<NodeId>,
        addr: Option<SocketAddr>,
        sent: usize,
        answered: usize,
        min_ms: Option<f64>,
        median_ms: Option<f64>,
        p95_ms: Option<f64>,
        max_ms: Option<f64>,
    },
    /// What was said is on disk, and on its way to whoever is there.
    Queued {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<String>,
        /// Where it was said in private: `@` and an id, or `+` and the id of a room.
        #[serde(skip_serializing_if = "Option::is_none")]
        talk: Option<String>,
        /// It waits for a key of whom it is for.
        #[serde(skip_serializing_if = "is_false")]
        waiting: bool,
    },
    /// Others have said that it has come.
    Delivered {
        id: String,
        reached: usize,
        of: usize,
        /// The first few of those that have not said so.
        missing: Vec<Person>,
    },
    /// Nobody has said so in time.
    Undelivered {
        id: String,
    },
    /// From now on nothing is missed.
    Listening,
    /// One room of a list.
    Room(RoomRecord),
    /// Something that was said before.
    Past(MessageRecord),
    /// The end of a page of history.
    Page {
        /// Whether there may be more before.
        more: bool,
        /// Messages whose bytes on disk are not what was written there.
        damaged: usize,
        /// In private: what to ask for the page before this one with.
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<i64>,
    },
    /// What was kept for whoever shows the node.
    Kept {
        value: Option<String>,
    },
    /// The way to a peer: from this node, over others, to the last of them.
    Path {
        reached: bool,
        path: Vec<Person>,
        ms: f64,
    },
    /// What this node is called.
    Nick {
        id: NodeId,
        name: Option<String>,
    },
    /// Something that was said in private before.
    PrivatePast(PrivateMessageRecord),
    /// Somebody, and all that is known of who that is.
    Whois(Box<WhoisRecord>),
    /// A private room.
    PrivateRoom(Box<PrivateRoomRecord>),
    /// So many messages were written to a file.
    Exported {
        messages: u64,
    },
    /// What came of a file.
    Imported {
        new: usize,
        known: u64,
        refused: u64,
        bad: u64,
        /// The first of the bad lines.
        bad_lines: Vec<String>,
    },
    /// All that was asked for through the control socket has been told.
    Done,
    /// What was asked for through the control socket cannot be had.
    Error {
        kind: &'static str,
        message: String,
        /// Of whom one is to be named, where several are meant.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        candidates: Vec<NodeId>,
    },
    /// Whose data directory this is.
    Id {
        id: NodeId,
        short: String,
        /// Twelve words, to be read aloud.
        words: String,
        /// The id with check characters.
        uri: String,
    },
    /// What there is.
    #[serde(untagged)]
    Around(Box<AroundRecord>),
    /// Something in the conversation.
    #[serde(untagged)]
    Chat(Box<ChatRecord>),
    /// Something private, or about who is who.
    #[serde(untagged)]
    Private(Box<PrivateRecord>),
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// A peer and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeerRecord {
    pub(crate) id: NodeId,
    /// Where to dial it first.
    pub(crate) addr: Option<SocketAddr>,
    pub(crate) via: Option<String>,
    /// `None` when it is not announced.
    pub(crate) version: Option<String>,
    /// All of its addresses, in the order to try them.
    pub(crate) addrs: Vec<SocketAddr>,
    /// How far it is trusted. None of our own node, and where nobody has looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trust: Option<Cow<'static, str>>,
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
                trust: None,
            },
            Event::SessionDown { id, addr, reason } => Self::SessionDown {
                id: *id,
                addr: *addr,
                reason: reason.as_str(),
            },
            Event::Chat(event) => Self::Chat(Box::new(ChatRecord::of(event)?)),
            Event::Private(event) => Self::Private(Box::new(PrivateRecord::of(event)?)),
            Event::InterfaceUp(interface) => Self::InterfaceUp(InterfaceRecord::of(interface)),
            Event::InterfaceDown(interface) => Self::InterfaceDown(InterfaceRecord::of(interface)),
            Event::Warning(warning) => Self::Warning(Box::new(WarningRecord::of(warning))),
            Event::Resync { missed } => {
                Self::Warning(Box::new(WarningRecord::events_missed(*missed)))
            }
            _ => return None,
        })
    }

    /// The same, saying how far those are trusted whom it is about, as far as `level` tells: `new`,
    /// `known`, `verified` or `blocked`.
    pub(crate) fn with_trust(mut self, level: impl Fn(NodeId) -> Option<&'static str>) -> Self {
        let word = |who: NodeId| level(who).map(Cow::Borrowed);
        match &mut self {
            Self::PeerDiscovered(peer) | Self::PeerUpdated(peer) => peer.trust = word(peer.id),
            Self::Peer(listed) => listed.peer.trust = word(listed.peer.id),
            Self::SessionUp { id, trust, .. } => *trust = level(*id),
            Self::Past(message) => message.trust = word(message.author),
            Self::PrivatePast(message) => message.trust = word(message.author),
            Self::Chat(record) => {
                if let ChatFacts::Message { message, .. } = &mut record.event {
                    message.trust = word(message.author);
                }
            }
            Self::Private(record) => {
                if let PrivateFacts::PrivateMessage(message) = &mut record.facts {
                    message.trust = word(message.author);
                }
            }
            _ => {}
        }
        self
    }

    /// The record of a ping and what came of it.
    pub(crate) fn round(round: &Round) -> Self {
        let Round { id, addr, seq, .. } = *round;
        match &round.outcome {
            Ok(rtt) => Self::Pong {
                id,
                addr,
                seq,
                rtt_ms: milliseconds(*rtt),
            },
            Err(reason) => Self::PingUnanswered {
                id,
                addr,
                seq,
                reason: reason.clone(),
            },
        }
    }

    /// The record of what a row of pings came to; to whom, if it came to any.
    pub(crate) fn summary(to: Option<(NodeId, SocketAddr)>, trips: &RoundTrips) -> Self {
        let spread = trips.spread();
        Self::PingSummary {
            id: to.map(|(id, _)| id),
            addr: to.map(|(_, addr)| addr),
            sent: trips.sent(),
            answered: trips.answered(),
            min_ms: spread.map(|spread| milliseconds(spread.min)),
            median_ms: spread.map(|spread| milliseconds(spread.median)),
            p95_ms: spread.map(|spread| milliseconds(spread.p95)),
            max_ms: spread.map(|spread| milliseconds(spread.max)),
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
            trust: None,
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

#[cfg(test)]
mod tests;
