//! What is to be written into the index of words.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

/// Changes to the index of words that wait for the end of their transaction.
///
/// The index writes out what it has gathered whenever a savepoint is set, and whenever a row comes
/// that does not follow the one before. All at once, and the oldest message first, a message costs a
/// fraction of what it would cost alone.
#[derive(Default)]
pub(crate) struct Words {
    /// In the order in which they were made: the text of a new message, or none for one that went.
    changes: Vec<(i64, Option<Box<str>>)>,
}

/// What is to become of one row.
#[derive(Default)]
struct Change {
    /// There is a row of a message that went.
    out: bool,
    /// There is to be a row.
    text: Option<Box<str>>,
}

impl Words {
    /// The message with this key has come.
    pub(crate) fn come(&mut self, key: i64, text: &str) {
        self.changes.push((key, Some(text.into())));
    }

    /// The message with this key has gone.
    pub(crate) fn go(&mut self, key: i64) {
        self.changes.push((key, None));
    }

    /// Where to go back to when what follows fails.
    pub(crate) const fn mark(&self) -> usize {
        self.changes.len()
    }

    /// Forgets what was changed since.
    pub(crate) fn go_back(&mut self, mark: usize) {
        self.changes.truncate(mark);
    }

    /// Writes them.
    pub(crate) fn write(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut rows: BTreeMap<i64, Change> = BTreeMap::new();
        for (key, text) in self.changes.drain(..) {
            let row = rows.entry(key).or_default();
            // One that came and went meanwhile was never written.
            row.out |= text.is_none() && row.text.is_none();
            row.text = text;
        }
        for key in rows.iter().filter(|(_, row)| row.out).map(|(key, _)| key) {
            db.prepare_cached("DELETE FROM words WHERE rowid = ?1")?
                .execute([key])?;
        }
        for (key, row) in rows {
            if let Some(text) = row.text {
                db.prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?
                    .execute(params![key, text])?;
            }
        }
        Ok(())
    }
}
