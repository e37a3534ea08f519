//! Names of what this program keeps in a data directory. Nothing else is ever removed.

use std::ffi::OsStr;

use tazcom_identity::key_file;
use tazcom_identity::private_file::is_draft_name;

use crate::vault::FILE_NAME as VAULT;

/// There while a wipe has begun and has not ended.
pub(super) const MARKER: &str = "wiping";

/// What everything else is sealed with, and who one is.
pub(super) const KEYS: [&str; 2] = [VAULT, key_file::FILE_NAME];

/// Held while a node runs, and by the wipe itself. Nothing is in it.
pub(super) const LOCK: &str = "node.lock";

/// Whatever other crates of this program write there.
const OTHERS: [&str; 4] = ["peers.pins", "config.toml", "control.sock", "messages.lock"];

/// The database, also one that was damaged and put aside, and what SQLite keeps beside it.
const DATABASE: &str = "messages.db";
const ASIDE: &str = ".damaged-";
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Whether `name` is of a file that is to be removed between the keys and the marker.
pub(super) fn is_ours(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    OTHERS.contains(&name) || is_database(name) || is_draft(name)
}

fn is_database(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(DATABASE) else {
        return false;
    };
    let beside = match rest.strip_prefix(ASIDE) {
        Some(aside) => {
            let number = aside.trim_start_matches(|c: char| c.is_ascii_digit());
            match number.len() < aside.len() {
                true => number,
                false => return false,
            }
        }
        None => rest,
    };
    BESIDE.contains(&beside)
}

/// What a write that was cut off has left.
pub(super) fn is_draft(name: &str) -> bool {
    let drafted = KEYS.iter().chain(&OTHERS).chain([&MARKER]);
    drafted.into_iter().any(|of| is_draft_name(name, of))
}
