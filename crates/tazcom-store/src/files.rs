//! The files of a store: made private, held by one process, moved aside.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::StoreError;

/// The database.
pub(crate) const FILE_NAME: &str = "messages.db";

/// Held by the process that uses the database. It stays: removing it would let two processes hold
/// locks on two files of that name. In it stands whether a database has been made.
const LOCK_FILE_NAME: &str = "messages.lock";

/// Written into the lock file once there is a database.
const MADE: &[u8] = b"made\n";

/// What SQLite puts beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Names that are tried for a database that is moved aside.
const MAX_ASIDE: u32 = 1_000;

/// The files of one store, held until dropped.
///
/// The lock is the operating system's and ends with the process, `kill -9` included. It is on a file
/// of its own: SQLite's locks on the database end when anybody in the process closes it.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) database: PathBuf,
    lock: File,
}

impl Held {
    /// Takes the files in `directory`, which is there.
    pub(crate) fn take(directory: &Path) -> Result<Self, StoreError> {
        let database = directory.join(FILE_NAME);
        let path = directory.join(LOCK_FILE_NAME);
        let lock = private()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| StoreError::io("open", &path, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { database, lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: database }),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &path, error)),
        }
    }

    /// Makes the file if it is not there, for its owner alone; checks it if it is.
    ///
    /// SQLite takes an empty file for a new database. Where there has been one that is a loss, which
    /// must not pass in silence.
    pub(crate) fn prepare(&mut self) -> Result<(), StoreError> {
        let path = &self.database.clone();
        match fs::symlink_metadata(path) {
            Ok(metadata) if !metadata.is_file() => {
                return Err(StoreError::NotAFile { path: path.clone() });
            }
            Ok(metadata) => {
                refuse_exposed(path, &metadata)?;
                if metadata.len() == 0 && self.made() {
                    return Err(StoreError::Damaged {
                        path: path.clone(),
                        what: "it is empty",
                    });
                }
                return Ok(());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::io("examine", path, error)),
        }
        private()
            .write(true)
            .create_new(true)
            .open(path)
            .map(drop)
            .map_err(|error| StoreError::io("create", path, error))
    }

    /// Takes note that there is a database now.
    pub(crate) fn mark_made(&mut self) -> Result<(), StoreError> {
        if self.made() {
            return Ok(());
        }
        let write = |lock: &mut File| {
            lock.rewind()?;
            lock.write_all(MADE)
        };
        write(&mut self.lock).map_err(|error| StoreError::io("mark", &self.database, error))
    }

    fn made(&mut self) -> bool {
        let mut text = [0; MADE.len()];
        let mut read = |lock: &mut File| {
            lock.rewind()?;
            lock.read_exact(&mut text)
        };
        read(&mut self.lock).is_ok() && text == MADE
    }

    /// Moves the database and what is beside it to names of their own, and tells the database's.
    pub(crate) fn set_aside(self) -> Result<PathBuf, StoreError> {
        let path = &self.database;
        let failed = |error| StoreError::io("move", path, error);
        let aside = (1..=MAX_ASIDE)
            .map(|n| beside(path, &format!(".damaged-{n}")))
            .find(|aside| fs::symlink_metadata(aside).is_err())
            .ok_or_else(|| failed(io::ErrorKind::AlreadyExists.into()))?;
        // The log first: without its database it would be taken for that of the next one.
        for suffix in BESIDE {
            match fs::rename(beside(path, suffix), beside(&aside, suffix)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        fs::rename(path, &aside).map_err(failed)?;
        self.lock.set_len(0).map_err(failed)?;
        Ok(aside)
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn private() -> fs::OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.clone()
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, metadata: &fs::Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt as _;

    /// Any right of the group or of others.
    const EXPOSED: u32 = 0o077;

    let mode = metadata.permissions().mode() & 0o7777;
    if mode & EXPOSED != 0 {
        let path = path.to_owned();
        return Err(StoreError::Exposed { path, mode });
    }
    Ok(())
}

/// Without permission bits the directory's access list is all the protection there is.
#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &fs::Metadata) -> Result<(), StoreError> {
    Ok(())
}
