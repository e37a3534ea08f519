//! Forgetting in time.

use rusqlite::{Connection, params};
use tazcom_proto::{MessageId, UnixMillis};

use crate::pools::{self, signed_len, tally};
use crate::put::{Batch, Reason};
use crate::row::{Millis, signed};
use crate::{Config, Store, StoreError};

/// Messages, and other rows of each kind, that one call of [`Store::expire`] forgets at most: some
/// ten milliseconds' work, for which others wait.
pub const EXPIRE_STEP: u32 = 512;

/// What time has taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// The messages that went.
    pub messages: Vec<MessageId>,
    /// Whether there is more to do: call again, after others have had their turn.
    pub more: bool,
}

impl Store {
    /// Forgets what is to be forgotten by `now`, at most [`EXPIRE_STEP`] messages of it.
    ///
    /// A message is kept until the time its author gave it, or the retention of its kind, has passed
    /// since it was first seen.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written; nothing is forgotten then.
    pub fn expire(&mut self, now: UnixMillis) -> Result<Expired, StoreError> {
        self.write(|db, config, words| {
            let keys = due(db, now)?;
            let mut more = keys.len() >= usize::try_from(EXPIRE_STEP).unwrap_or(usize::MAX);
            let mut batch = Batch::new(db, config, words);
            for key in keys {
                batch.evict(key, Reason::Shared(now))?;
            }
            let messages = batch.finish();
            more |= forget_evicted(db, now)?;
            more |= forget_idle_authors(db, config, now)?;
            Ok(Expired { messages, more })
        })
    }
}

fn due(db: &Connection, now: UnixMillis) -> rusqlite::Result<Vec<i64>> {
    let mut due =
        db.prepare_cached("SELECT key FROM message WHERE until <= ?1 ORDER BY until LIMIT ?2")?;
    let rows = due.query_map(params![Millis(now), EXPIRE_STEP], |row| row.get(0))?;
    let mut keys = rows.collect::<Result<Vec<i64>, _>>()?;
    // In their own order the words are forgotten faster.
    keys.sort_unstable();
    Ok(keys)
}

/// What nobody would offer any more need not be remembered.
fn forget_evicted(db: &Connection, now: UnixMillis) -> rusqlite::Result<bool> {
    let gone = db
        .prepare_cached(
            "DELETE FROM evicted WHERE id IN \
             (SELECT id FROM evicted WHERE until <= ?1 ORDER BY until LIMIT ?2)",
        )?
        .execute(params![Millis(now), EXPIRE_STEP])?;
    tally(db, "evicted", -signed_len(gone))?;
    Ok(signed_len(gone) >= i64::from(EXPIRE_STEP))
}

/// Authors without messages whose floor nobody would pass any more, and those beyond the limit.
fn forget_idle_authors(
    db: &Connection,
    config: &Config,
    now: UnixMillis,
) -> rusqlite::Result<bool> {
    let mut first = db.prepare_cached(
        "SELECT key, scope, floor_until <= ?1 FROM writer WHERE messages = 0 AND own = 0 \
         ORDER BY floor_until LIMIT ?2",
    )?;
    let rows = first.query_map(params![Millis(now), EXPIRE_STEP], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let first = rows.collect::<Result<Vec<(i64, i64, bool)>, _>>()?;
    let count: i64 = db
        .prepare_cached("SELECT count(*) FROM writer WHERE messages = 0 AND own = 0")?
        .query_row([], |row| row.get(0))?;
    let mut beyond = count.saturating_sub(signed(config.idle_authors));
    let mut gone = 0;
    for (writer, scope, past) in first {
        if !past && beyond <= 0 {
            break;
        }
        db.prepare_cached("DELETE FROM writer WHERE key = ?1")?
            .execute([writer])?;
        pools::forget_idle_scope(db, scope)?;
        beyond -= 1;
        gone += 1;
    }
    Ok(gone >= EXPIRE_STEP)
}
