//! Why the store could not do something, told to a person: which file, what happened, what to do.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use rusqlite::ErrorCode;

/// The option of the command line that calls [`Store::set_aside`](crate::Store::set_aside), as the
/// errors name it.
pub const SET_ASIDE_OPTION: &str = "--set-aside-damaged";

/// Why the store could not do something. What it did not do has left no trace, unless it says so.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file is no database any more, or parts of it cannot be read. It is left as it is.
    #[error(
        "{} is damaged ({what}); nothing was deleted; start with {SET_ASIDE_OPTION} to move it \
         aside and begin a new one", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that was noticed.
        what: &'static str,
    },
    /// A later version of the program has written it.
    #[error(
        "{} was written by a newer version (format {found}, this version knows {known}); \
         update this program, or choose another directory with --data-dir", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this version knows.
        known: i64,
    },
    /// It is a database, but another program's.
    #[error("{} is the database of another program; move it away", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The disk, or what the store may take of it, is full. What was kept before is still there.
    #[error(
        "cannot write to {}: the disk is full, or the limit of the file is reached; make room; \
         what was stored before is still there", path.display()
    )]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The file, its directory or its file system cannot be written to.
    #[error(
        "cannot write to {}: it is read-only; make it and its directory writable for you, or \
         choose another directory with --data-dir", path.display()
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Another process has it open.
    #[error(
        "{} is in use by another process; end that one, or choose another directory with \
         --data-dir", path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// Others can read the messages.
    #[error(
        "{} can be used by others (mode {mode:04o}); make it private: chmod 600", path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A link or a directory is where the file should be.
    #[error("{} is not a file of its own; move it away", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {attempt} {}: {source}", path.display())]
    Io {
        /// What was tried, a verb.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The stream that is exported to or imported from failed. What was imported before it did is
    /// kept.
    #[error("cannot {attempt} the messages: {source}")]
    Stream {
        /// What was tried, a verb.
        attempt: &'static str,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// More than the store takes of it.
    #[error("{what}: at most {most} are allowed")]
    TooMany {
        /// Of what, with its unit.
        what: &'static str,
        /// The limit.
        most: u64,
    },
    /// The [`StoreThread`](crate::StoreThread) has ended. Nothing was done.
    #[error("the store is closed")]
    Closed,
    /// The database refused for a reason that is a mistake of this program.
    #[error("{}: {what}; this is a mistake in the program", path.display())]
    Internal {
        /// The file.
        path: PathBuf,
        /// What it said, without any content.
        what: Box<str>,
    },
}

impl StoreError {
    /// What a failure of the database means for the file at `path`.
    ///
    /// The text that SQLite gives with a failure may quote what was asked for, so only the name of
    /// the failure is used.
    pub(crate) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        let rusqlite::Error::SqliteFailure(failure, _) = error else {
            return Self::of_value(path, error);
        };
        match failure.code {
            ErrorCode::DatabaseCorrupt => Self::Damaged {
                path,
                what: "a page is not as it was written",
            },
            ErrorCode::NotADatabase => Self::Damaged {
                path,
                what: "it does not begin as a database does",
            },
            ErrorCode::DiskFull => Self::Full { path },
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly { path },
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed => Self::Locked { path },
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => Self::Io {
                attempt: "use",
                path,
                source: Arc::new(io::Error::other(failure.to_string())),
            },
            _ => Self::Internal {
                path,
                what: failure.to_string().into(),
            },
        }
    }

    /// A value that is not of the type it was written with was not written by this program.
    fn of_value(path: PathBuf, error: &rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match error {
            E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::Utf8Error(..)
            | E::InvalidColumnType(..) => Self::Damaged {
                path,
                what: "a value is not of its kind",
            },
            _ => Self::Internal {
                path,
                what: "a statement does not fit".into(),
            },
        }
    }

    /// What a failure of the operating system means.
    pub(crate) fn io(attempt: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { path }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::Io {
                attempt,
                path,
                source: Arc::new(source),
            },
        }
    }

    pub(crate) fn stream(attempt: &'static str, source: io::Error) -> Self {
        Self::Stream {
            attempt,
            source: Arc::new(source),
        }
    }
}

/// Why a request was not taken by the [`StoreThread`](crate::StoreThread). It was not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubmitError {
    /// As many requests wait as may. Ask again when one of yours was answered.
    Full,
    /// The thread has ended.
    Closed,
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the store has as many requests as it takes",
            Self::Closed => "the store is closed",
        })
    }
}

impl std::error::Error for SubmitError {}
