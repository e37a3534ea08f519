//! What can be wrong with a vault, said to the person who has to mend it.

use std::io;
use std::path::{Path, PathBuf};

use tazcom_identity::private_file::Refusal;
use tazcom_identity::{EntropyError, KeyFileError};

use super::FILE_NAME;

/// Why a vault was not opened, made or changed. Unless it says otherwise, the disk is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The file is something else, can be read by others, or cannot be read.
    #[error("vault {} {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it is.
        source: Refusal,
    },
    /// The file is not what this program writes.
    #[error(
        "vault {} is damaged: {what}; restore it from a backup, for without it nothing sealed can be read",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The file was written by a later version.
    #[error("vault {} was written by a later version of this program; use that one", path.display())]
    Later {
        /// The file.
        path: PathBuf,
    },
    /// The file asks for more memory or time than this program spends.
    #[error(
        "vault {} asks for more than 1 GiB, ten passes or four lanes, which this program never writes; \
         restore it from a backup",
        path.display()
    )]
    TooCostly {
        /// The file.
        path: PathBuf,
    },
    /// There is not enough memory to open it.
    #[error("there is not enough memory to open vault {}; end other programs", path.display())]
    NoMemory {
        /// The file.
        path: PathBuf,
    },
    /// The key of the node is sealed by a vault, and there is none. None is made in its place.
    #[error(
        "vault {} is gone, and the node's key beside it is locked with it; restore it from a backup",
        path.display()
    )]
    Gone {
        /// Where the file was.
        path: PathBuf,
    },
    /// It needs the passphrase, and none was given.
    #[error("the data directory of {} is locked: it needs its passphrase", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// A passphrase was given, and it needs none.
    #[error(
        "no passphrase is set for the data directory of {}; leave it out, or set one with `passphrase`",
        path.display()
    )]
    NotLocked {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be told which of the two.
    #[error("wrong passphrase, or the file {} is damaged; try again, or restore it from a backup. Without the passphrase nothing opens it; `tazcom-cli wipe` begins anew", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
    },
    /// The disk refused.
    #[error("cannot write vault {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The key of the node was sealed by another vault, or is damaged.
    #[error(
        "{} was not sealed by the vault beside it, or is damaged; restore both from one backup",
        path.display()
    )]
    Identity {
        /// The key file.
        path: PathBuf,
    },
    /// Something is wrong with the key file.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// No key could be drawn for a new node.
    #[error(transparent)]
    Key(#[from] EntropyError),
    /// The system has no randomness to give.
    #[error("the operating system gave no randomness ({0}); nothing was made")]
    Entropy(#[source] getrandom::Error),
}

impl VaultError {
    pub(super) fn path(dir: &Path) -> PathBuf {
        dir.join(FILE_NAME)
    }

    pub(super) fn damaged(dir: &Path, what: &'static str) -> Self {
        let path = Self::path(dir);
        Self::Damaged { path, what }
    }

    pub(super) fn vanished(dir: &Path) -> Self {
        Self::damaged(dir, "it was there and is gone")
    }

    /// A tag did not fit.
    pub(super) fn wrong(dir: &Path, is_locked: bool) -> Self {
        match is_locked {
            true => Self::Wrong {
                path: Self::path(dir),
            },
            false => Self::damaged(dir, "its key does not fit"),
        }
    }
}
