//! One connection, and the transactions on it.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::files::Held;
use crate::row::signed;
use crate::schema::{self, Unfit};
use crate::words::Words;
use crate::{Config, StoreError};

/// The path that errors of a store in memory name.
const IN_MEMORY: &str = "the messages in memory";

/// Statements that are kept ready: all that there are.
const STATEMENTS: usize = 128;

/// Bytes in a page of the database.
const PAGE_LEN: u64 = 4_096;

/// Pages that SQLite can count.
const MAX_PAGES: u64 = 0xFFFF_FFFE;

/// Bytes of the log beside the database that are kept when it is empty again.
const LOG_LEN: u32 = 16 << 20;

/// What a node keeps, on disk or in memory.
///
/// All operations take as long as the disk does. A program that does other things at the same time
/// uses a [`StoreThread`](crate::StoreThread).
///
/// **What survives.** An operation that has returned has been written *and* flushed (SQLite's
/// write-ahead log with `synchronous=FULL`): it survives the end of the process and the loss of power,
/// as far as the disk tells the truth. One that has not returned is there wholly or not at all.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    config: Config,
    words: Words,
    /// None in memory, and in a second connection to the same files.
    held: Option<Held>,
}

impl Store {
    /// Opens the store in `directory`, a data directory that is there, and makes it if there is none:
    /// the file `messages.db`, mode 0600, and beside it what SQLite needs, and a lock.
    ///
    /// # Errors
    /// Any [`StoreError`] but the last few: it names the file and says what to do. A file that was
    /// there is as it was.
    pub fn open(directory: &Path, config: Config) -> Result<Self, StoreError> {
        let mut held = Held::take(directory)?;
        held.prepare()?;
        let path = held.database.clone();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let failed = |error| StoreError::of(&path, &error);
        let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
        let mut store = Self {
            connection,
            path,
            config,
            words: Words::default(),
            held: None,
        };
        store.make_ready()?;
        held.mark_made()?;
        store.held = Some(held);
        Ok(store)
    }

    /// A store that is gone when it is dropped.
    ///
    /// # Errors
    /// [`StoreError::Internal`] when there is no memory for it.
    pub fn in_memory(config: Config) -> Result<Self, StoreError> {
        let path = PathBuf::from(IN_MEMORY);
        let connection =
            Connection::open_in_memory().map_err(|error| StoreError::of(&path, &error))?;
        let mut store = Self {
            connection,
            path,
            config,
            words: Words::default(),
            held: None,
        };
        store.make_ready()?;
        Ok(store)
    }

    /// A second connection for reading. It sees what was committed before each operation, and waits
    /// for nobody. None in memory, where there is nothing to share.
    pub(crate) fn open_reader(&self) -> Result<Option<Self>, StoreError> {
        if self.held.is_none() {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let failed = |error| self.failed(&error);
        let connection = Connection::open_with_flags(&self.path, flags).map_err(failed)?;
        tune(&connection)
            .and_then(|()| connection.pragma_update(None, "cell_size_check", true))
            .and_then(|()| connection.pragma_update(None, "trusted_schema", false))
            .map_err(failed)?;
        let reader = Self {
            connection,
            path: self.path.clone(),
            config: self.config,
            words: Words::default(),
            held: None,
        };
        Ok(Some(reader))
    }

    /// Moves a damaged database in `directory` aside, and tells where it is now. The next
    /// [`open`](Self::open) makes a new one.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while it is used; [`StoreError::Io`] when the system does not move it.
    pub fn set_aside(directory: &Path) -> Result<PathBuf, StoreError> {
        Held::take(directory)?.set_aside()
    }

    /// Reads everything and looks whether it fits together. Takes seconds on a large file.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it does not.
    pub fn check(&self) -> Result<(), StoreError> {
        let sound = self
            .read(|db| db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)))?;
        if sound == "ok" {
            return Ok(());
        }
        Err(StoreError::Damaged {
            path: self.path.clone(),
            what: "its parts do not fit together",
        })
    }

    /// The limits.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Where it is. In memory no file has this name.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn make_ready(&mut self) -> Result<(), StoreError> {
        self.configure().map_err(|error| self.failed(&error))?;
        schema::migrate(&mut self.connection).map_err(|unfit| match unfit {
            Unfit::Foreign => StoreError::Foreign {
                path: self.path.clone(),
            },
            Unfit::Newer { found, known } => StoreError::Newer {
                path: self.path.clone(),
                found,
                known,
            },
            Unfit::Failed(error) => self.failed(&error),
        })
    }

    fn configure(&self) -> rusqlite::Result<()> {
        let db = &self.connection;
        tune(db)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "journal_size_limit", LOG_LEN)?;
        db.pragma_update(None, "cell_size_check", true)?;
        // What was deleted is overwritten: it was private.
        db.pragma_update(None, "secure_delete", true)?;
        db.pragma_update(None, "trusted_schema", false)?;
        let pages = signed((self.config.file / PAGE_LEN).clamp(1, MAX_PAGES));
        db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
    }

    pub(crate) fn failed(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::of(&self.path, error)
    }

    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.connection).map_err(|error| self.failed(&error))
    }

    /// Does all of `work` or nothing of it: as a transaction, or as a part of the one that is open.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&Connection, &Config, &mut Words) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let alone = self.connection.is_autocommit();
        let (db, config, words) = (&self.connection, &self.config, &mut self.words);
        let mark = words.mark();
        let done = within(db, || {
            let value = work(db, config, words)?;
            if alone {
                words.write(db)?;
            }
            Ok(value)
        });
        if done.is_err() {
            words.go_back(mark);
        }
        done.map_err(|error| self.failed(&error))
    }

    /// Does all of `work` or nothing of it, as a part of the transaction that is open.
    pub(crate) fn all_or_nothing<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read(|db| run(db, "SAVEPOINT request"))?;
        let mark = self.words.mark();
        let done = work(self).and_then(|value| {
            self.read(|db| run(db, "RELEASE request"))?;
            Ok(value)
        });
        if done.is_err() {
            self.words.go_back(mark);
            roll_back_to(&self.connection, "request");
        }
        done
    }

    /// Writes the words that wait, so that a search in the transaction that is open finds them.
    pub(crate) fn write_words(&mut self) -> Result<(), StoreError> {
        self.words
            .write(&self.connection)
            .map_err(|error| self.failed(&error))
    }

    /// Begins a transaction that holds all writes until [`commit`](Self::commit).
    pub(crate) fn begin(&self) -> Result<(), StoreError> {
        self.read(|db| run(db, "BEGIN IMMEDIATE"))
    }

    /// Whether the transaction that was begun is still there: a full disk may have ended it.
    pub(crate) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        let done = self
            .write_words()
            .and_then(|()| self.read(|db| run(db, "COMMIT")));
        if done.is_err() {
            self.roll_back();
        }
        done
    }

    /// Takes back all since [`begin`](Self::begin).
    pub(crate) fn roll_back(&mut self) {
        self.words.go_back(0);
        if self.in_transaction() {
            // It fails only when SQLite has done so already.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

/// Prepares statements once and for all.
///
/// By default SQLite plans a statement anew whenever other values are bound to it, as the values might
/// favour another index. Here they never do, and planning cost a tenth of what a message costs a node.
fn tune(db: &Connection) -> rusqlite::Result<()> {
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
}

/// Carries out a statement that has no values and no result, and is needed again.
fn run(db: &Connection, statement: &str) -> rusqlite::Result<()> {
    db.prepare_cached(statement)?.execute([]).map(drop)
}

/// A savepoint outside of a transaction is one.
fn within<T>(db: &Connection, work: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    run(db, "SAVEPOINT step")?;
    let done = work().and_then(|value| {
        run(db, "RELEASE step")?;
        Ok(value)
    });
    if done.is_err() {
        roll_back_to(db, "step");
    }
    done
}

fn roll_back_to(db: &Connection, name: &str) {
    if !db.is_autocommit() {
        // When even this fails, SQLite has taken everything back already.
        let _ = db.execute_batch(&format!("ROLLBACK TO {name}; RELEASE {name}"));
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
            .field("alone", &self.held.is_some())
            .finish_non_exhaustive()
    }
}
