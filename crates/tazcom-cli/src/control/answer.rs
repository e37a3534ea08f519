//! What a running node answers, as the one who asked reads it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use tazcom_identity::NodeId;

use crate::exit_code::Failure;
use crate::output::{
    CompareRecord, Listed, MessageRecord, PeerRecord, Person, PrivateMessageRecord,
    PrivateRoomRecord, RoomRecord, WhoisRecord,
};

/// One line of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) told: Told,
    /// The line itself, with its newline, to be passed on.
    pub(crate) line: String,
}

/// What the line says: the records that an answer may hold.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Told {
    Peer(Box<Listed>),
    PeerDiscovered(PeerRecord),
    PeerUpdated(PeerRecord),
    PeerRemoved {
        id: NodeId,
        reason: String,
    },
    SessionUp {
        id: NodeId,
        addr: SocketAddr,
        #[serde(default)]
        trust: Option<String>,
    },
    SessionDown {
        id: NodeId,
        addr: SocketAddr,
        reason: String,
    },
    Pong {
        id: NodeId,
        addr: SocketAddr,
        seq: u32,
        rtt_ms: f64,
    },
    PingUnanswered {
        id: NodeId,
        addr: SocketAddr,
        seq: u32,
        reason: String,
    },
    Warning {
        message: String,
    },
    Message(Box<MessageRecord>),
    Queued {
        id: String,
        #[serde(default)]
        waiting: bool,
    },
    Delivered {
        id: String,
        reached: usize,
        of: usize,
    },
    Undelivered {},
    Room(Box<RoomRecord>),
    Past(Box<MessageRecord>),
    Page {
        more: bool,
        damaged: usize,
        #[serde(default)]
        before: Option<i64>,
    },
    Kept {
        value: Option<String>,
    },
    Path {
        reached: bool,
        path: Vec<Person>,
        ms: f64,
    },
    Nick {
        id: NodeId,
        name: Option<String>,
    },
    PrivateMessage(Box<PrivateMessageRecord>),
    PrivatePast(Box<PrivateMessageRecord>),
    Whois(Box<WhoisRecord>),
    PrivateRoom(Box<PrivateRoomRecord>),
    Compare(Box<CompareRecord>),
    VerificationFailed {
        why: String,
    },
    Trust {
        who: Person,
        level: String,
    },
    Exported {
        messages: u64,
    },
    Imported {
        new: usize,
        known: u64,
        refused: u64,
        bad: u64,
        bad_lines: Vec<String>,
    },
    Done,
    Error {
        kind: String,
        message: String,
    },
    /// Of a newer version.
    #[serde(other)]
    Other,
}

/// Why a running node could not be asked, or did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// It cannot be reached.
    #[error("cannot ask the node that runs there through {}: {source}", path.display())]
    Unreachable { path: PathBuf, source: io::Error },
    /// Somebody else has put a socket there.
    #[error("{} belongs to another user; choose another --data-dir", path.display())]
    Foreign { path: PathBuf },
    /// It went away.
    #[error("the node that was asked has ended")]
    Ended,
    /// It does not answer.
    #[error("the node that was asked does not answer")]
    TimedOut,
    /// What came is no record.
    #[error("the node that was asked answers what this version does not understand")]
    Unreadable,
    /// It says no.
    #[error("{message}")]
    Refused { kind: String, message: String },
    /// Reading or writing failed.
    #[error("the node that was asked cannot be talked to: {0}")]
    Io(#[from] io::Error),
}

impl Answer {
    /// The words for people in it, if it has any.
    pub(crate) fn message(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Words {
            message: Option<String>,
        }
        serde_json::from_str::<Words>(&self.line).ok()?.message
    }
}

impl AskError {
    /// The end of the program that it means.
    pub(crate) fn into_failure(self) -> Failure {
        match &self {
            Self::TimedOut => Failure::timed_out(self),
            Self::Refused { kind, .. } => match kind.as_str() {
                "ambiguous_peer" | "bad_request" => Failure::usage(self),
                "timed_out" => Failure::timed_out(self),
                _ => Failure::from(self),
            },
            // Without the cause: a pipe that breaks there is not the one our reader reads.
            Self::Io(_) => Failure::from(anyhow::Error::msg(self.to_string())),
            _ => Failure::from(self),
        }
    }
}
