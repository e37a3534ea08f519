//! What is counted, who shares a quota with whom, and what keeps the evicted from coming back.
//!
//! An author over its quota loses its messages in the order in which it says it said them, so only
//! its own word counts against it. A pool loses what came first: a stranger's clock cannot push out
//! what others have said.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};
use tazcom_proto::{Scope, UnixMillis};

use crate::config::Retention;
use crate::row::{Id, Millis, signed};
use crate::{Config, Quota};

/// Rooms that were not joined. Joined ones have the key of their scope.
pub(crate) const OTHERS: i64 = -1;
const SEALED: i64 = -2;
const MESH: i64 = -3;
const RECEIPTS: i64 = -4;

/// How far an honest clock may be off: for so long beyond its lifetime a message might still be
/// offered.
const CLOCK_MARGIN: Duration = Duration::from_secs(24 * 60 * 60);

/// The key of a scope, which is made if need be, and whether the user has joined it.
pub(crate) fn scope(db: &Connection, bytes: &[u8]) -> rusqlite::Result<(i64, bool)> {
    let found = db
        .prepare_cached("SELECT key, joined FROM scope WHERE scope = ?1")?
        .query_row([bytes], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    let key = db
        .prepare_cached("INSERT INTO scope (scope) VALUES (?1)")?
        .insert([bytes])?;
    Ok((key, false))
}

/// The pool of what belongs to a scope, and how it is kept.
pub(crate) const fn pool_of(
    config: &Config,
    key: i64,
    joined: bool,
    scope: &Scope,
    is_receipt: bool,
) -> (i64, Retention) {
    match scope {
        _ if is_receipt => (RECEIPTS, config.receipts),
        Scope::Room(_) if joined => (key, config.joined),
        Scope::Room(_) => (OTHERS, config.others),
        Scope::Sealed(_) => (SEALED, config.sealed),
        Scope::Mesh => (MESH, config.mesh),
    }
}

const fn quota_of(config: &Config, pool: i64) -> Quota {
    match pool {
        OTHERS => config.others.quota,
        SEALED => config.sealed.quota,
        MESH => config.mesh.quota,
        RECEIPTS => config.receipts.quota,
        _ => config.joined.quota,
    }
}

/// Whether a message made then is older than what was evicted from the pool and is not remembered
/// one by one.
pub(crate) fn is_below_floor(
    db: &Connection,
    pool: i64,
    created: Millis,
) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM pool WHERE key = ?1 AND floor >= ?2")?
        .exists(params![pool, created])
}

/// A message that comes in.
pub(crate) struct Counted {
    pub(crate) author: Id,
    pub(crate) scope: i64,
    pub(crate) pool: i64,
    pub(crate) own: bool,
    pub(crate) is_text: bool,
    pub(crate) is_receipt: bool,
    pub(crate) len: i64,
    pub(crate) seq: i64,
    pub(crate) id: Id,
}

/// Counts a message, and tells the key of its author in its scope.
pub(crate) fn count_in(db: &Connection, new: &Counted) -> rusqlite::Result<i64> {
    db.prepare_cached(
        "UPDATE scope SET messages = messages + 1, texts = texts + ?2 WHERE key = ?1",
    )?
    .execute(params![new.scope, new.is_text])?;
    if !new.own {
        db.prepare_cached(
            "INSERT INTO pool (key, messages, bytes) VALUES (?1, 1, ?2) ON CONFLICT (key) \
             DO UPDATE SET messages = messages + 1, bytes = bytes + ?2",
        )?
        .execute(params![new.pool, new.len])?;
    }
    // The right side of an assignment sees the row as it was.
    db.prepare_cached(
        "INSERT INTO writer (author, scope, own, messages, bytes, seq, last, receipts) \
         VALUES (?1, ?2, ?3, 1, ?4, ?5, iif(?5 > 0, ?6, NULL), ?7) \
         ON CONFLICT (author, scope, receipts) DO UPDATE SET own = max(own, ?3), \
         messages = messages + 1, bytes = bytes + ?4, \
         last = iif(?5 > seq, ?6, last), seq = max(seq, ?5) \
         RETURNING key",
    )?
    .query_row(
        params![
            new.author,
            new.scope,
            new.own,
            new.len,
            new.seq,
            new.id,
            new.is_receipt
        ],
        |row| row.get(0),
    )
}

/// Takes a message out of the counts. An own one is in no pool.
pub(crate) fn count_out(
    db: &Connection,
    writer: i64,
    scope: i64,
    pool: Option<i64>,
    is_text: bool,
    len: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE scope SET messages = messages - 1, texts = texts - ?2 WHERE key = ?1",
    )?
    .execute(params![scope, is_text])?;
    if let Some(pool) = pool {
        db.prepare_cached(
            "UPDATE pool SET messages = messages - 1, bytes = bytes - ?2 WHERE key = ?1",
        )?
        .execute(params![pool, len])?;
    }
    db.prepare_cached(
        "UPDATE writer SET messages = messages - 1, bytes = bytes - ?2 WHERE key = ?1",
    )?
    .execute(params![writer, len])?;
    let gone = db
        .prepare_cached(
            "DELETE FROM writer WHERE key = ?1 AND messages = 0 AND own = 0 AND floor_until = 0",
        )?
        .execute([writer])?;
    if gone > 0 {
        forget_idle_scope(db, scope)?;
    }
    Ok(())
}

/// A scope that nobody has written to or joined is not kept.
pub(crate) fn forget_idle_scope(db: &Connection, scope: i64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "DELETE FROM scope WHERE key = ?1 AND messages = 0 AND joined = 0 \
         AND NOT EXISTS (SELECT 1 FROM writer WHERE writer.scope = ?1)",
    )?
    .execute([scope])
    .map(drop)
}

/// The oldest message of an author that has more than it may.
pub(crate) fn oldest_beyond_author(
    db: &Connection,
    config: &Config,
    writer: i64,
) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached(
        "SELECT (SELECT key FROM message WHERE writer = ?1 ORDER BY key LIMIT 1) \
         FROM writer WHERE key = ?1 AND (messages > ?2 OR bytes > ?3)",
    )?
    .query_row(
        params![
            writer,
            signed(config.author.messages),
            signed(config.author.bytes)
        ],
        |row| row.get(0),
    )
    .optional()
    .map(Option::flatten)
}

/// The message that came first into a pool that has more than it may.
pub(crate) fn first_beyond_pool(
    db: &Connection,
    config: &Config,
    pool: i64,
) -> rusqlite::Result<Option<i64>> {
    let quota = quota_of(config, pool);
    db.prepare_cached(
        "SELECT (SELECT key FROM message WHERE pool = ?1 AND own = 0 \
         ORDER BY first_seen, key LIMIT 1) \
         FROM pool WHERE key = ?1 AND (messages > ?2 OR bytes > ?3)",
    )?
    .query_row(
        params![pool, signed(quota.messages), signed(quota.bytes)],
        |row| row.get(0),
    )
    .optional()
    .map(Option::flatten)
}

/// Lets nothing of this author in that is ordered at or before this, until that has expired too.
pub(crate) fn raise_author_floor(
    db: &Connection,
    writer: i64,
    floor: UnixMillis,
    expires: UnixMillis,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE writer SET floor = max(floor, ?2), floor_until = max(floor_until, ?3) \
         WHERE key = ?1",
    )?
    .execute(params![
        writer,
        Millis(floor),
        Millis(expires.after(CLOCK_MARGIN))
    ])
    .map(drop)
}

/// A message that went from a pool.
pub(crate) struct Evicted {
    pub(crate) id: Id,
    pub(crate) pool: i64,
    pub(crate) created: UnixMillis,
    pub(crate) expires: UnixMillis,
    pub(crate) at: UnixMillis,
}

/// Remembers an id so that it is not let in again.
///
/// When there are too many, the ones made first are forgotten, and the floor of their pool rises
/// to them; not beyond the time of their eviction, so that a stranger's clock cannot lift it above
/// what honest people say now.
pub(crate) fn remember(db: &Connection, config: &Config, gone: &Evicted) -> rusqlite::Result<()> {
    let lifetime = gone.expires.since(gone.created);
    let until = gone
        .created
        .max(gone.at)
        .after(lifetime)
        .after(CLOCK_MARGIN);
    db.prepare_cached("DELETE FROM evicted WHERE id = ?1")?
        .execute([gone.id])
        .and_then(|before| tally(db, "evicted", 1 - signed_len(before)))?;
    db.prepare_cached(
        "INSERT INTO evicted (id, pool, created, at, until) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        gone.id,
        gone.pool,
        Millis(gone.created),
        Millis(gone.at),
        Millis(until)
    ])?;
    while tallied(db, "evicted")? > signed(config.evicted) {
        let (pool, floor): (i64, i64) = db
            .prepare_cached(
                "DELETE FROM evicted WHERE id = \
                 (SELECT id FROM evicted ORDER BY created LIMIT 1) \
                 RETURNING pool, min(created, at)",
            )?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        tally(db, "evicted", -1)?;
        db.prepare_cached("UPDATE pool SET floor = max(floor, ?2) WHERE key = ?1")?
            .execute([pool, floor])?;
    }
    Ok(())
}

/// Changes a count of rows.
pub(crate) fn tally(db: &Connection, name: &str, by: i64) -> rusqlite::Result<()> {
    if by == 0 {
        return Ok(());
    }
    db.prepare_cached("UPDATE tally SET rows = rows + ?2 WHERE name = ?1")?
        .execute(params![name, by])
        .map(drop)
}

/// A count of rows.
pub(crate) fn tallied(db: &Connection, name: &str) -> rusqlite::Result<i64> {
    db.prepare_cached("SELECT rows FROM tally WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
}

/// How many rows a statement changed.
pub(crate) fn signed_len(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
