//! Small values by name.

use rusqlite::{OptionalExtension as _, params};

use crate::pools::{signed_len, tallied, tally};
use crate::row::signed;
use crate::{Store, StoreError};

/// Bytes of the name of a value.
pub const MAX_META_NAME_LEN: usize = 64;

/// Bytes of a value: a draft of the longest message, several times.
pub const MAX_META_LEN: usize = 16 * 1024;

impl Store {
    /// The value of this name.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT value FROM meta WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()
        })
    }

    /// Sets the value of this name, or takes it away.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] when the name has more than [`MAX_META_NAME_LEN`] bytes, the value
    /// more than [`MAX_META_LEN`], or there are [`Config::meta`](crate::Config::meta) others;
    /// otherwise when the file cannot be written. The value is as it was then.
    pub fn set_meta(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
        at_most("bytes of a name", name.len(), MAX_META_NAME_LEN)?;
        at_most(
            "bytes of a value",
            value.map_or(0, <[u8]>::len),
            MAX_META_LEN,
        )?;
        let most = self.config().meta;
        let fits = self.write(|db, config, _| {
            let gone = db
                .prepare_cached("DELETE FROM meta WHERE name = ?1")?
                .execute([name])?;
            tally(db, "meta", -signed_len(gone))?;
            let Some(value) = value else {
                return Ok(true);
            };
            // With one there before there is always room for the one that takes its place.
            if tallied(db, "meta")? >= signed(config.meta) {
                return Ok(false);
            }
            db.prepare_cached("INSERT INTO meta (name, value) VALUES (?1, ?2)")?
                .execute(params![name, value])?;
            tally(db, "meta", 1)?;
            Ok(true)
        })?;
        fits.then_some(()).ok_or(StoreError::TooMany {
            what: "small values",
            most,
        })
    }
}

pub(crate) fn at_most(what: &'static str, len: usize, most: usize) -> Result<(), StoreError> {
    if len <= most {
        return Ok(());
    }
    Err(StoreError::TooMany {
        what,
        most: u64::try_from(most).unwrap_or(u64::MAX),
    })
}
