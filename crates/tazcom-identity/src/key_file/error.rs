//! What can be wrong with a key file, said to the person who has to mend it.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use crate::key_file::KeyFormatError;
use crate::private_file::Refusal;
use crate::secret_key::EntropyError;
use crate::shell::Word;

/// Why a key file was not read or not written. In every case the file is as it was before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// There is nothing at the path.
    #[error("there is no key file at {}", path.display())]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file was to be created and something is there already.
    #[error(
        "{} exists already and is never overwritten; move it away to get a new identity",
        path.display()
    )]
    AlreadyExists {
        /// What is in the way.
        path: PathBuf,
    },
    /// The path is a symbolic link. Following it would read, or one day write, a file that
    /// somebody else chose.
    #[error(
        "key file {} is a symbolic link, which is not followed; \
         put the file itself there or point --data-dir at its directory",
        path.display()
    )]
    Symlink {
        /// The link.
        path: PathBuf,
    },
    /// The path is a directory, a pipe, a socket or a device.
    #[error("key file {} is {kind}, not a file; move it away", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        kind: FileKind,
    },
    /// Others can read the file. Who has read it can be this node.
    #[error(
        "key file {} can be read by others (mode {mode:04o}); run: chmod 600 {}",
        path.display(), Word(path)
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key in it is sealed under a passphrase.
    #[error("key file {} is locked: it needs the passphrase", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file does not hold a key as this program writes it.
    #[error(
        "key file {} {source}; restore it from a backup, or move it away to get a new identity",
        path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with its contents.
        source: KeyFormatError,
    },
    /// The operating system refused.
    #[error("cannot {attempt} key file {}: {source}", path.display())]
    Io {
        /// What was tried, a verb.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No key could be drawn for a new file.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl KeyFileError {
    /// What is wrong with the contents of the file at `path`.
    pub(super) fn contents(source: KeyFormatError, path: &Path) -> Self {
        let path = path.to_owned();
        match source {
            KeyFormatError::Locked => Self::Locked { path },
            source => Self::Format { path, source },
        }
    }

    pub(super) fn of(refusal: Refusal, path: &Path) -> Self {
        let path = path.to_owned();
        match refusal {
            Refusal::NotFound => Self::NotFound { path },
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

/// What stands where a key file should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// A directory.
    Directory,
    /// A named pipe.
    Fifo,
    /// A Unix socket.
    Socket,
    /// A character or block device.
    Device,
    /// Something the platform does not name.
    Other,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "a directory",
            Self::Fifo => "a named pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
            Self::Other => "something special",
        })
    }
}
