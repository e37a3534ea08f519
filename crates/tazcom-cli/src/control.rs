//! The control socket: how the other verbs ask the node that runs on a data directory.
//!
//! `control.sock` in that directory, for its owner alone. One request a connection, a line of JSON;
//! the answer is the records of `--json`, one a line, and a last one that says that it was the
//! last. `docs/control.md` has all of it for those who write such a program themselves.

use serde::{Deserialize, Serialize};

mod answer;
#[cfg(unix)]
mod client;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod socket;
#[cfg(not(unix))]
mod unavailable;

pub(crate) use answer::{Answer, AskError, Told};
#[cfg(unix)]
pub(crate) use client::{Connection, connect};
#[cfg(unix)]
pub(crate) use server::serve;
#[cfg(not(unix))]
pub(crate) use unavailable::{Connection, connect, serve};

/// Name of the socket in a data directory.
pub(crate) const FILE_NAME: &str = "control.sock";

/// The longest request, in bytes with its newline. The longest that makes sense has about 150.
#[cfg(unix)]
const MAX_REQUEST_LEN: usize = 4096;

/// What may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Who is there; or, watching, who comes and goes, until the asker leaves.
    Peers {
        #[serde(default)]
        watch: bool,
    },
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
