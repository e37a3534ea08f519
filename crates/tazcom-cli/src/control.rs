//! The control socket: how the other verbs ask the node that runs on a data directory.
//!
//! `control.sock` in that directory, for its owner alone. One request a connection, a line of JSON;
//! the answer is the records of `--json`, one a line, and a last one that says that it was the
//! last. `docs/control.md` has all of it for those who write such a program themselves.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tazcom_identity::NodeId;

mod answer;
mod attended;
#[cfg(unix)]
mod client;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod socket;
#[cfg(not(unix))]
mod unavailable;

pub(crate) use answer::{Answer, AskError, Told};
pub(crate) use attended::Attended;
#[cfg(unix)]
pub(crate) use client::{Connection, connect};
#[cfg(unix)]
pub(crate) use server::{Serving, inside, serve};
#[cfg(not(unix))]
pub(crate) use unavailable::{Connection, Serving, connect, inside, serve};

/// Name of the socket in a data directory.
pub(crate) const FILE_NAME: &str = "control.sock";

/// The longest request, in bytes with its newline: the longest text that may be kept with each of its
/// bytes escaped, and what stands around it.
#[cfg(unix)]
const MAX_REQUEST_LEN: usize = 2 * tazcom_node::MAX_KEPT_LEN + 1024;

/// How somebody was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Proof {
    /// These are the words that were read aloud.
    Words(String),
    /// This is the code that was scanned.
    Code(String),
    /// It is not any more.
    None,
}

/// What is to be done with a private room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum RoomAct {
    Create { topic: String },
    Enter { passphrase: Unshown },
    Accept,
    Leave,
    Invite { peer: String },
    Remove { peer: String },
    Promote { peer: String },
    ShareHistory { peer: String },
    Rename { name: String, topic: String },
}

/// A message that others come before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Before {
    pub(crate) order: [u64; 2],
    pub(crate) author: NodeId,
    pub(crate) id: String,
}

/// Something that is said and not shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Unshown(pub(crate) String);

impl std::fmt::Debug for Unshown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unshown(..)")
    }
}

/// What may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Who is there; or, watching, who comes and goes, until the asker leaves.
    Peers {
        #[serde(default)]
        watch: bool,
    },
    /// Say something in a room.
    Send {
        room: String,
        text: String,
        #[serde(default)]
        action: bool,
        /// How long to wait for somebody to say that it has come; absent for not at all.
        #[serde(default)]
        wait_ms: Option<u64>,
    },
    /// What is said from now on, until the asker leaves.
    Listen {
        /// Which are joined; none for all that are.
        #[serde(default)]
        rooms: Vec<String>,
        /// Private conversations: `@` and a person, or `+` and a room.
        #[serde(default)]
        talks: Vec<String>,
    },
    /// Everything there is and happens, until the asker leaves: for whoever shows the node.
    Attend,
    /// Keep this for whoever shows the node, in place of what was kept before.
    Keep { value: Unshown },
    /// What was kept.
    Kept,
    /// Enter a room.
    Join { room: String },
    /// Leave a room.
    Leave { room: String },
    /// Say what a room is about.
    Topic { room: String, topic: String },
    /// The rooms.
    Rooms,
    /// What was said.
    History {
        #[serde(default)]
        room: Option<String>,
        /// Milliseconds since 1970.
        #[serde(default)]
        since: Option<u64>,
        #[serde(default)]
        until: Option<u64>,
        #[serde(default)]
        search: Option<String>,
        /// Only what is ordered before this, which is how one pages back.
        #[serde(default)]
        before: Option<Before>,
        limit: u32,
    },
    /// The way to a peer.
    Trace {
        /// An id, or the beginning of one.
        peer: String,
        timeout_ms: u64,
    },
    /// What this node is called, or is to be.
    Nick {
        #[serde(default)]
        name: Option<String>,
    },
    /// Greet an address, and wait for its session.
    Connect {
        /// IP:PORT.
        addr: String,
        timeout_ms: u64,
    },
    /// Write what is kept to a new file.
    Export {
        #[serde(default)]
        room: Option<String>,
        /// An absolute path.
        path: PathBuf,
    },
    /// Take in a file.
    Import {
        /// An absolute path.
        path: PathBuf,
    },
    /// Say something to one person that nobody else can read.
    Tell {
        /// A name, a name with a tag, an id, or the beginning of one.
        to: String,
        text: String,
        #[serde(default)]
        action: bool,
        /// How long to wait until it was opened; absent for not at all.
        #[serde(default)]
        wait_ms: Option<u64>,
    },
    /// Say something in a private room.
    SayPrivately {
        /// Its name, its id, or the beginning of that.
        room: String,
        text: String,
        #[serde(default)]
        action: bool,
        /// How long to wait for somebody to be there; absent for not at all.
        #[serde(default)]
        wait_ms: Option<u64>,
    },
    /// What was said in private.
    PrivateHistory {
        /// `@` and a person, or `+` and a room.
        with: String,
        limit: u32,
        /// What the page before this one gave.
        #[serde(default)]
        before: Option<i64>,
    },
    /// Who somebody is; everybody of whom something is known, when nobody is named.
    Whois {
        #[serde(default)]
        peer: Option<String>,
    },
    /// Compare emoji with somebody, until both have said whether they are the same.
    Compare { peer: String, timeout_ms: u64 },
    /// Whether the emoji are the same.
    Confirm { peer: String, same: bool },
    /// Call off comparing with somebody, or decline it.
    Uncompare { peer: String },
    /// Somebody was verified in another way, or is to count as verified no longer.
    Verify { peer: String, by: Proof },
    /// Tell everybody that this node's id is not to be trusted any more.
    Revoke,
    /// Show nothing more of somebody, or again.
    Block {
        peer: String,
        #[serde(default)]
        undo: bool,
    },
    /// The private rooms.
    PrivateRooms,
    /// Do something with a private room.
    PrivateRoom { room: String, act: RoomAct },
    /// Round trips to one peer.
    Ping {
        /// An id, the beginning of one, or IP:PORT.
        peer: String,
        count: u32,
        interval_ms: u64,
        /// How long to wait for the session, and for each answer.
        timeout_ms: u64,
    },
}
