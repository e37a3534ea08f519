//! What can be wrong with the pins, said to the person who has to mend it.

use std::io;
use std::path::PathBuf;

use crate::key_file::FileKind;
use crate::pins::{BadLine, MAX_FILE_LEN};
use crate::private_file::Refusal;
use crate::shell::Word;

/// Why the pins were not read or not written. In every case the file is as it was before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinsError {
    /// A line is neither an id nor a remark. No line of the file counts then: one that is damaged
    /// may have been the pin of somebody who is being imitated.
    #[error(
        "{}:{line}: {source}; mend or delete that line, or delete the file to meet everybody anew",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
        /// What is wrong with it.
        source: BadLine,
    },
    /// The file is longer than any that this program writes.
    #[error(
        "{} is over {MAX_FILE_LEN} bytes; move it away to meet everybody anew",
        path.display()
    )]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// The path is a symbolic link.
    #[error(
        "{} is a symbolic link, which is not followed; put the file itself there",
        path.display()
    )]
    Symlink {
        /// The link.
        path: PathBuf,
    },
    /// The path is a directory, a pipe, a socket or a device.
    #[error("{} is {kind}, not a file; move it away", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        kind: FileKind,
    },
    /// Others can read whom this node has met, or say so in its stead.
    #[error(
        "{} can be used by others (mode {mode:04o}); run: chmod 600 {}",
        path.display(), Word(path)
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The operating system refused.
    #[error("cannot {attempt} {}: {source}", path.display())]
    Io {
        /// What was tried, a verb.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl PinsError {
    pub(super) fn of(refusal: Refusal, path: PathBuf) -> Self {
        match refusal {
            Refusal::NotFound => Self::Io {
                attempt: "open",
                path,
                source: io::ErrorKind::NotFound.into(),
            },
            Refusal::Symlink => Self::Symlink { path },
            Refusal::NotAFile(kind) => Self::NotAFile { path, kind },
            Refusal::Exposed(mode) => Self::Exposed { path, mode },
            Refusal::Io { attempt, source } => Self::Io {
                attempt,
                path,
                source,
            },
        }
    }
}
