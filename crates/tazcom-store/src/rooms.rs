//! Rooms: which there are, and which the user has joined.

use rusqlite::{OptionalExtension as _, params};
use tazcom_proto::{Content, Kind, MessageId, RoomName, Scope, UnixMillis};

use crate::pools::OTHERS;
use crate::put::Batch;
use crate::row::{Id, Millis, kind_number, millis_of, room_bytes, scope_of, signed};
use crate::state::newest_of_kind;
use crate::{Store, StoreError};

/// Rooms that are listed at most. Anybody can make up rooms; those with the most to read come first.
pub const MAX_LISTED_ROOMS: u32 = 1_024;

/// A room of which something is kept, or which the user has joined.
#[derive(Clone, PartialEq, Eq)]
pub struct Room {
    /// What it is called.
    pub name: RoomName,
    /// Whether the user has joined it.
    pub joined: bool,
    /// How many texts of it are kept.
    pub texts: u64,
    /// By what time the last of them is ordered.
    pub last: Option<UnixMillis>,
    /// What was last said to be its topic. Written by a stranger: not for a terminal as it is.
    pub topic: Option<Box<str>>,
}

/// Says nothing of what strangers wrote.
impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room")
            .field("joined", &self.joined)
            .field("texts", &self.texts)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// The rooms, joined ones first, then those with the most texts; at most [`MAX_LISTED_ROOMS`].
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn rooms(&self) -> Result<Vec<Room>, StoreError> {
        let mut rooms = self.read(|db| {
            let mut listed = db.prepare_cached(
                "SELECT s.key, s.scope, s.joined, s.texts, (SELECT m.key FROM message m \
                 WHERE m.scope = s.key AND m.kind = ?1 ORDER BY m.key DESC LIMIT 1) \
                 FROM scope s WHERE substr(s.scope, 1, 1) = x'01' \
                 ORDER BY s.joined DESC, s.texts DESC, s.key LIMIT ?2",
            )?;
            let params = params![kind_number(Kind::Text), MAX_LISTED_ROOMS];
            let rows = listed.query_map(params, |row| {
                let Some(Scope::Room(name)) = scope_of(row.get_ref(1)?.as_blob()?) else {
                    return Ok(None);
                };
                let room = Room {
                    name,
                    joined: row.get(2)?,
                    texts: crate::row::unsigned(row.get(3)?),
                    last: row.get::<_, Option<i64>>(4)?.map(millis_of),
                    topic: None,
                };
                Ok(Some((row.get::<_, i64>(0)?, room)))
            })?;
            rows.filter_map(Result::transpose)
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let topics = self.read(|db| newest_of_kind(db, Kind::Room, "scope"))?;
        for (key, room) in &mut rooms {
            if let Some(Content::Room { topic }) = topics.get(key).map(|newest| newest.content()) {
                room.topic = Some(topic.clone());
            }
        }
        Ok(rooms.into_iter().map(|(_, room)| room).collect())
    }

    /// The rooms that the user has joined, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn joined(&self) -> Result<Vec<RoomName>, StoreError> {
        self.read(|db| {
            let mut joined =
                db.prepare_cached("SELECT scope FROM scope WHERE joined = 1 ORDER BY scope")?;
            let rows = joined.query_map([], |row| {
                Ok(match scope_of(row.get_ref(0)?.as_blob()?) {
                    Some(Scope::Room(name)) => Some(name),
                    _ => None,
                })
            })?;
            rows.filter_map(Result::transpose).collect()
        })
    }

    /// Joins a room: what is kept of it moves into a quota of its own, and is kept for longer.
    /// Whether it was not joined before.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`Config::joined_rooms`](crate::Config::joined_rooms);
    /// otherwise when the file cannot be written. Nothing has changed then.
    pub fn join(&mut self, room: &RoomName) -> Result<bool, StoreError> {
        let most = self.config().joined_rooms;
        let joined = self.write(|db, config, _| {
            let (key, joined) = crate::pools::scope(db, &room_bytes(room))?;
            if joined {
                return Ok(Some(false));
            }
            let count: i64 = db
                .prepare_cached("SELECT count(*) FROM scope WHERE joined = 1")?
                .query_row([], |row| row.get(0))?;
            if count >= signed(config.joined_rooms) {
                crate::pools::forget_idle_scope(db, key)?;
                return Ok(None);
            }
            db.prepare_cached("UPDATE scope SET joined = 1 WHERE key = ?1")?
                .execute([key])?;
            move_pool(db, key, OTHERS, key, config.joined.keep)?;
            Ok(Some(true))
        })?;
        joined.ok_or(StoreError::TooMany {
            what: "joined rooms",
            most,
        })
    }

    /// Leaves a room at `now`: what is kept of it shares the quota of strangers' rooms again. Tells
    /// which messages had to go for that.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written. Nothing has changed then.
    pub fn leave(
        &mut self,
        room: &RoomName,
        now: UnixMillis,
    ) -> Result<Vec<MessageId>, StoreError> {
        self.write(|db, config, words| {
            let key: Option<i64> = db
                .prepare_cached("SELECT key FROM scope WHERE scope = ?1 AND joined = 1")?
                .query_row([room_bytes(room)], |row| row.get(0))
                .optional()?;
            let Some(key) = key else {
                return Ok(Vec::new());
            };
            db.prepare_cached("UPDATE scope SET joined = 0 WHERE key = ?1")?
                .execute([key])?;
            move_pool(db, key, key, OTHERS, config.others.keep)?;
            db.prepare_cached("UPDATE evicted SET pool = ?2 WHERE pool = ?1")?
                .execute([key, OTHERS])?;
            let mut batch = Batch::new(db, config, words);
            batch.shrink(OTHERS, now)?;
            let evicted = batch.finish();
            crate::pools::forget_idle_scope(db, key)?;
            Ok(evicted)
        })
    }
}

/// Moves what belongs to a scope from one pool to another, where it is kept for so long.
fn move_pool(
    db: &rusqlite::Connection,
    scope: i64,
    from: i64,
    to: i64,
    keep: std::time::Duration,
) -> rusqlite::Result<()> {
    let keep = signed(u64::try_from(keep.as_millis()).unwrap_or(u64::MAX));
    let (messages, bytes): (i64, i64) = db
        .prepare_cached(
            "SELECT count(*), coalesce(sum(len), 0) FROM message \
             WHERE scope = ?1 AND pool = ?2 AND own = 0",
        )?
        .query_row([scope, from], |row| Ok((row.get(0)?, row.get(1)?)))?;
    db.prepare_cached(
        "UPDATE message SET pool = ?3, until = first_seen + min(expires - created, ?4) \
         WHERE scope = ?1 AND pool = ?2",
    )?
    .execute([scope, from, to, keep])?;
    if from == OTHERS {
        db.prepare_cached(
            "UPDATE pool SET messages = messages - ?2, bytes = bytes - ?3 WHERE key = ?1",
        )?
        .execute([from, messages, bytes])?;
    } else {
        db.prepare_cached("DELETE FROM pool WHERE key = ?1")?
            .execute([from])?;
    }
    db.prepare_cached(
        "INSERT INTO pool (key, messages, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (key) \
         DO UPDATE SET messages = messages + ?2, bytes = bytes + ?3",
    )?
    .execute([to, messages, bytes])
    .map(drop)
}

/// The last of what an author has numbered in a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastPlace {
    /// Who.
    pub author: tazcom_identity::NodeId,
    /// Where.
    pub scope: Scope,
    /// Its number.
    pub seq: u64,
    /// The message.
    pub id: MessageId,
}

impl Store {
    /// Where `author` is in each scope, so that after a restart it goes on counting where it was.
    ///
    /// For an author whose messages were put as own this holds for ever, not only as long as they
    /// are kept.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn places(&self, author: tazcom_identity::NodeId) -> Result<Vec<LastPlace>, StoreError> {
        self.last_places("w.author = ?1", &Id::from(author).0)
    }

    /// Where each author is in a room. Whoever lacks a message up to there has a gap.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn places_in(&self, room: &RoomName) -> Result<Vec<LastPlace>, StoreError> {
        self.last_places("s.scope = ?1", &room_bytes(room))
    }

    /// Of the rows of an author in a scope the one with the largest number counts.
    fn last_places(&self, which: &str, value: &[u8]) -> Result<Vec<LastPlace>, StoreError> {
        self.read(|db| {
            let mut places = db.prepare_cached(&format!(
                "SELECT w.author, s.scope, max(w.seq), w.last FROM writer w \
                 JOIN scope s ON s.key = w.scope \
                 WHERE {which} AND w.last IS NOT NULL GROUP BY w.author, w.scope \
                 ORDER BY s.scope, w.author"
            ))?;
            let rows = places.query_map([value], |row| {
                let Some(scope) = scope_of(row.get_ref(1)?.as_blob()?) else {
                    return Ok(None);
                };
                Ok(Some(LastPlace {
                    author: row.get::<_, Id>(0)?.into(),
                    scope,
                    seq: row.get::<_, Millis>(2)?.0.0,
                    id: row.get::<_, Id>(3)?.into(),
                }))
            })?;
            rows.filter_map(Result::transpose).collect()
        })
    }
}
