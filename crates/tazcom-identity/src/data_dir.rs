//! The directory a running node owns.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::key_file::{self, KeyFileError};
use crate::pins::{self, Pins, PinsError};
use crate::secret_key::SecretKey;
use crate::shell::Word;

/// Name of the lock file. It stays when the node ends: removing it would let two nodes hold locks
/// on two files of that name.
const LOCK_FILE_NAME: &str = "node.lock";

/// A data directory, held for one node until dropped.
///
/// The lock is the operating system's, so it ends with the process however that ends, `kill -9`
/// included.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Takes the directory at `path`, creating it, mode 0700, if it is not there.
    ///
    /// What a process that was ended while it wrote the key or the pins has left behind is removed.
    ///
    /// # Errors
    ///
    /// [`DataDirError::InUse`] when another node holds it, in this process or another;
    /// otherwise [`DataDirError`] says what is wrong with it. Nothing in it is changed then.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, DataDirError> {
        let path = path.into();
        let failed = |attempt, source| DataDirError::Io {
            attempt,
            path: path.clone(),
            source,
        };
        create_private(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                DataDirError::NotADirectory { path: path.clone() }
            }
            _ => failed("create", error),
        })?;
        let metadata = fs::metadata(&path).map_err(|error| failed("examine", error))?;
        refuse_writable_by_all(&path, &metadata)?;
        let lock = open_lock(&path.join(LOCK_FILE_NAME)).map_err(|error| failed("lock", error))?;
        match lock.try_lock() {
            Ok(()) => {
                key_file::sweep_drafts(&path);
                pins::sweep_drafts(&path);
                Ok(Self { path, _lock: lock })
            }
            Err(TryLockError::WouldBlock) => Err(DataDirError::InUse { path }),
            Err(TryLockError::Error(error)) => Err(failed("lock", error)),
        }
    }

    /// Where it is, as given to [`open`](Self::open).
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The key in `node.key`; a new one is drawn and written when there is no such file.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`]. A file that is there and cannot be read as a key is left as it is, and
    /// no new identity is made behind the owner's back.
    pub fn load_or_create_key(&self) -> Result<SecretKey, KeyFileError> {
        let path = self.path.join(key_file::FILE_NAME);
        match key_file::load(&path) {
            Err(KeyFileError::NotFound { .. }) => {}
            result => return result,
        }
        let key = SecretKey::generate()?;
        match key_file::create(&path, &key) {
            Ok(()) => Ok(key),
            // Put there by somebody who does not take the lock, a Python node or a person.
            Err(KeyFileError::AlreadyExists { .. }) => key_file::load(&path),
            Err(error) => Err(error),
        }
    }

    /// The pins in `peers.pins`; none when there is no such file.
    ///
    /// # Errors
    ///
    /// [`PinsError`]. A file that cannot be read is left as it is; so that it stays, save only pins
    /// that were loaded here.
    pub fn load_pins(&self) -> Result<Pins, PinsError> {
        pins::load(&self.path)
    }

    /// Writes `pins` to `peers.pins`, mode 0600, in place of the file that is there.
    ///
    /// The new file is there whole or not at all, power loss included.
    ///
    /// # Errors
    ///
    /// [`PinsError::Io`] when the disk refuses. The file is then as it was.
    pub fn save_pins(&self, pins: &Pins) -> Result<(), PinsError> {
        pins::save(&self.path, pins)
    }
}

/// Why a data directory could not be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataDirError {
    /// Another node holds it. Two nodes with one key would be one id at two addresses.
    #[error(
        "another node is using {}; give this one its own directory with --data-dir, \
         or keep nothing with --ephemeral",
        path.display()
    )]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// There is a file where the directory, or one above it, should be.
    #[error(
        "data directory {} is not a directory; choose another with --data-dir",
        path.display()
    )]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// Everybody may replace the files in it.
    #[error(
        "data directory {} can be changed by everybody (mode {mode:04o}); run: chmod 700 {}",
        path.display(), Word(path)
    )]
    WritableByAll {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The operating system refused.
    #[error(
        "cannot {attempt} data directory {}: {source}; choose another with --data-dir",
        path.display()
    )]
    Io {
        /// What was tried, a verb.
        attempt: &'static str,
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Creates the directory and those above it for the owner alone. One that is there is kept.
fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Refuses a directory where anybody could put another key in the place of ours. Where the sticky
/// bit keeps others from that, as in `/tmp`, everybody may write.
#[cfg(unix)]
fn refuse_writable_by_all(path: &Path, metadata: &fs::Metadata) -> Result<(), DataDirError> {
    use std::os::unix::fs::PermissionsExt as _;

    const WRITABLE_BY_ALL: u32 = 0o002;
    const STICKY: u32 = 0o1000;

    let mode = metadata.permissions().mode() & 0o7777;
    if mode & WRITABLE_BY_ALL != 0 && mode & STICKY == 0 {
        return Err(DataDirError::WritableByAll {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_writable_by_all(_: &Path, _: &fs::Metadata) -> Result<(), DataDirError> {
    Ok(())
}

#[cfg(unix)]
fn open_lock(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    // A link is not followed, and a pipe put there is not waited for.
    let flags =
        OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(
        path,
        flags,
        Mode::from(0o600),
    )?))
}

#[cfg(not(unix))]
fn open_lock(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}
