//! What was said in private: sealed lines, and the sealed messages they came in.

use rusqlite::{Connection, OptionalExtension as _, params};
use tazcom_proto::{MessageId, Scope, UnixMillis, VerifiedEnvelope};

use crate::meta::at_most;
use crate::row::{
    Id, MAX_MILLIS, envelope_of, first_key, last_key, millis_of, scope_bytes, signed, unsigned,
};
use crate::{Config, Store, StoreError};

/// Bytes of the name of a private conversation.
pub const MAX_TALK_NAME_LEN: usize = 64;

/// Bytes of a sealed line: the longest text, and what stands around it.
pub const MAX_SAID_LEN: usize = 16 * 1024;

/// A line of a private conversation, sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// The conversation: a name that whoever seals the lines has chosen.
    pub talk: Vec<u8>,
    /// What the line is called in there, 16 bytes.
    pub id: [u8; 16],
    /// What orders it.
    pub at: UnixMillis,
    /// What has become of it; whoever seals it gives the number a meaning.
    pub fate: u8,
    /// The line.
    pub sealed: Vec<u8>,
}

/// Says nothing of the conversation, which is of people.
impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said")
            .field("len", &self.sealed.len())
            .finish_non_exhaustive()
    }
}

/// A private conversation of which something is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTalk {
    /// Its name.
    pub name: Vec<u8>,
    /// How many lines.
    pub lines: u64,
    /// When the last of them was said.
    pub newest: Option<UnixMillis>,
}

/// A part of a private conversation, the oldest line first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaidPage {
    /// Its lines.
    pub lines: Vec<Said>,
    /// Before which to ask for more; none when there is nothing before.
    pub before: Option<SaidKey>,
}

/// A place in a private conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaidKey(i64);

impl SaidKey {
    /// The place as a number, for those who pass it on.
    #[must_use]
    pub const fn to_number(self) -> i64 {
        self.0
    }

    /// The place of a number. Any number is one: of another conversation, or of none, it is just some
    /// other place.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }
}

impl Store {
    /// Keeps lines, all of them or none. One that is there already is left as it is. Beyond
    /// [`Config::said`](crate::Config::said) the oldest of the conversation go.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] for a name or a line that is too long; otherwise when the file cannot be
    /// written.
    pub fn say(&mut self, lines: &[Said]) -> Result<(), StoreError> {
        for line in lines {
            at_most("bytes of a name", line.talk.len(), MAX_TALK_NAME_LEN)?;
            at_most("bytes of a line", line.sealed.len(), MAX_SAID_LEN)?;
        }
        self.write(|db, config, _| lines.iter().try_for_each(|line| say_one(db, config, line)))
    }

    /// Sets what has become of a line. Nothing when it is not there.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written.
    pub fn set_fate(&mut self, talk: &[u8], id: [u8; 16], fate: u8) -> Result<(), StoreError> {
        self.write(|db, _, _| {
            db.prepare_cached(
                "UPDATE said SET fate = ?3 WHERE id = ?2 AND talk = \
                 (SELECT key FROM talk WHERE name = ?1)",
            )?
            .execute(params![talk, id, fate])
            .map(drop)
        })
    }

    /// The last lines of a conversation, up to `limit`, before a place or the end.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn said(
        &self,
        talk: &[u8],
        before: Option<SaidKey>,
        limit: usize,
    ) -> Result<SaidPage, StoreError> {
        self.read(|db| {
            let mut found = db.prepare_cached(
                "SELECT key, id, fate, sealed FROM said WHERE talk = \
                 (SELECT key FROM talk WHERE name = ?1) AND key < ?2 ORDER BY key DESC LIMIT ?3",
            )?;
            let before = before.map_or(i64::MAX, |key| key.0);
            let most = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = found.query_map(params![talk, before, most], |row| {
                let key: i64 = row.get(0)?;
                let line = Said {
                    talk: talk.to_owned(),
                    id: row.get(1)?,
                    at: millis_of(key),
                    fate: row.get(2)?,
                    sealed: row.get(3)?,
                };
                Ok((key, line))
            })?;
            let mut lines = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let first = lines.last().map(|(key, _)| SaidKey(*key));
            lines.reverse();
            Ok(SaidPage {
                before: first.filter(|_| lines.len() >= limit),
                lines: lines.into_iter().map(|(_, line)| line).collect(),
            })
        })
    }

    /// The private conversations of which something is kept, up to
    /// [`Config::talks`](crate::Config::talks).
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn talks(&self) -> Result<Vec<StoredTalk>, StoreError> {
        self.read(|db| {
            let mut found = db.prepare_cached(
                "SELECT name, lines, (SELECT max(key) FROM said WHERE talk = t.key) \
                 FROM talk t ORDER BY name",
            )?;
            let rows = found.query_map([], |row| {
                Ok(StoredTalk {
                    name: row.get(0)?,
                    lines: unsigned(row.get(1)?),
                    newest: row.get::<_, Option<i64>>(2)?.map(millis_of),
                })
            })?;
            rows.collect()
        })
    }

    /// Forgets a conversation.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written.
    pub fn forget_talk(&mut self, talk: &[u8]) -> Result<(), StoreError> {
        self.write(|db, _, _| {
            let key: Option<i64> = db
                .prepare_cached("DELETE FROM talk WHERE name = ?1 RETURNING key")?
                .query_row([talk], |row| row.get(0))
                .optional()?;
            let Some(key) = key else { return Ok(()) };
            db.prepare_cached("DELETE FROM said WHERE talk = ?1")?
                .execute([key])
                .map(drop)
        })
    }

    /// Takes note that these sealed messages have been looked at.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written.
    pub fn mark_opened(&mut self, ids: &[MessageId]) -> Result<(), StoreError> {
        self.write(|db, _, _| {
            let mut one = db.prepare_cached("UPDATE message SET opened = 1 WHERE id = ?1")?;
            for id in ids {
                one.execute([Id::from(*id)])?;
            }
            Ok(())
        })
    }

    /// The sealed messages in a scope that nobody has looked at, the oldest first, up to `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read. A message whose bytes have changed is left out.
    pub fn unopened(
        &self,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<VerifiedEnvelope>, StoreError> {
        let unopened = "SELECT id, envelope FROM message WHERE kind = 6 AND opened = 0 AND scope = \
                        (SELECT key FROM scope WHERE scope = ?1) ORDER BY key LIMIT ?2";
        self.sealed_by(unopened, scope, limit)
    }

    /// The newest sealed messages in a scope, up to `limit`, the oldest first, whether or not somebody
    /// has looked at them.
    ///
    /// # Errors
    /// As for [`unopened`](Self::unopened).
    pub fn sealed(&self, scope: &Scope, limit: usize) -> Result<Vec<VerifiedEnvelope>, StoreError> {
        let sealed = "SELECT id, envelope FROM message WHERE kind = 6 AND scope = \
                      (SELECT key FROM scope WHERE scope = ?1) ORDER BY key DESC LIMIT ?2";
        let mut found = self.sealed_by(sealed, scope, limit)?;
        found.reverse();
        Ok(found)
    }

    fn sealed_by(
        &self,
        statement: &str,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<VerifiedEnvelope>, StoreError> {
        self.read(|db| {
            let mut found = db.prepare_cached(statement)?;
            let most = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = found.query_map(params![scope_bytes(scope), most], |row| {
                let id: Id = row.get(0)?;
                Ok(envelope_of(row.get_ref(1)?.as_blob()?, id.into()))
            })?;
            rows.filter_map(Result::transpose).collect()
        })
    }
}

fn say_one(db: &Connection, config: &Config, line: &Said) -> rusqlite::Result<()> {
    let talk = talk_key(db, config, &line.talk)?;
    let known = db
        .prepare_cached("SELECT 1 FROM said WHERE talk = ?1 AND id = ?2")?
        .exists(params![talk, line.id])?;
    if known {
        return Ok(());
    }
    let len = i64::try_from(line.sealed.len()).unwrap_or(i64::MAX);
    // In a millisecond of which all places are taken a line stands with the last of them.
    let (first, last) = (
        first_key(UnixMillis(line.at.0.min(MAX_MILLIS))),
        last_key(line.at),
    );
    let newest: Option<i64> = db
        .prepare_cached("SELECT max(key) FROM said WHERE key BETWEEN ?1 AND ?2")?
        .query_row([first, last], |row| row.get(0))?;
    let key = newest.map_or(first, |newest| newest.saturating_add(1));
    db.prepare_cached(
        "INSERT INTO said (key, talk, id, fate, sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![key, talk, line.id, line.fate, line.sealed])?;
    db.prepare_cached("UPDATE talk SET lines = lines + 1, bytes = bytes + ?2 WHERE key = ?1")?
        .execute(params![talk, len])?;
    loop {
        let beyond = db
            .prepare_cached("SELECT 1 FROM talk WHERE key = ?1 AND (lines > ?2 OR bytes > ?3)")?
            .exists(params![
                talk,
                signed(config.said.messages),
                signed(config.said.bytes)
            ])?;
        if !beyond {
            return Ok(());
        }
        let gone: i64 = db
            .prepare_cached(
                "DELETE FROM said WHERE key = (SELECT min(key) FROM said WHERE talk = ?1) \
                 RETURNING length(sealed)",
            )?
            .query_row([talk], |row| row.get(0))?;
        db.prepare_cached("UPDATE talk SET lines = lines - 1, bytes = bytes - ?2 WHERE key = ?1")?
            .execute(params![talk, gone])?;
    }
}

/// The key of a conversation. A new one beyond the limit costs the one that has been silent longest.
fn talk_key(db: &Connection, config: &Config, name: &[u8]) -> rusqlite::Result<i64> {
    let found = db
        .prepare_cached("SELECT key FROM talk WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    let count: i64 = db
        .prepare_cached("SELECT count(*) FROM talk")?
        .query_row([], |row| row.get(0))?;
    if count >= signed(config.talks) {
        let silent: i64 = db
            .prepare_cached(
                "SELECT key FROM talk t \
                 ORDER BY (SELECT max(key) FROM said WHERE talk = t.key) LIMIT 1",
            )?
            .query_row([], |row| row.get(0))?;
        db.prepare_cached("DELETE FROM said WHERE talk = ?1")?
            .execute([silent])?;
        db.prepare_cached("DELETE FROM talk WHERE key = ?1")?
            .execute([silent])?;
    }
    db.prepare_cached("INSERT INTO talk (name) VALUES (?1)")?
        .insert([name])
}
