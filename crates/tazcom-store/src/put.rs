//! Taking messages in.

use rusqlite::{Connection, OptionalExtension as _, params};
use tazcom_identity::NodeId;
use tazcom_proto::{Content, Kind, MessageId, UnixMillis, VerifiedEnvelope};

use crate::row::{
    Id, MAX_MILLIS, Millis, envelope_bytes, first_key, kind_number, last_key, millis_of,
    scope_bytes, signed,
};
use crate::words::Words;
use crate::{Config, Store, StoreError, pools, receipts};

/// A message to be kept, and how it came.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The message.
    pub envelope: VerifiedEnvelope,
    /// When it came, by this node's clock, or by that of its peers when this node's is known to be
    /// wrong: it is kept for so long after that. Times after the year 2248 count as its end.
    pub first_seen: UnixMillis,
    /// Whether this node's user is its author. Own messages take part in no quota but their author's.
    pub own: bool,
    /// Over how many links it came. 0 for an own one.
    pub hops: u16,
    /// Which peer handed it over; none for an own one or a file.
    pub from: Option<NodeId>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is kept.
    Stored,
    /// It was there already; nothing has changed, not even when it was first seen.
    Known,
    /// It is not kept, for this reason.
    Refused(Refusal),
}

/// Why a message is not kept. Whoever sent it has done nothing wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It was here before, and was evicted or has expired. It is not let in again.
    Evicted,
    /// Its author has its quota of newer messages in this scope.
    Author,
    /// The quota that it shares with others is full of messages that came or were made later.
    Shared,
    /// Its order or its number is beyond what can be kept: the year 2248, or 2^20 messages in one
    /// millisecond.
    Range,
}

/// What became of messages that were put.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// For each message, in the order in which they were given.
    pub outcomes: Vec<Outcome>,
    /// Which went to make room for them. One of the messages given can be among them, when it was
    /// stored and then had to go for a later one.
    pub evicted: Vec<MessageId>,
}

impl Store {
    /// Takes messages in, all of them in one transaction and in the order given.
    ///
    /// # Errors
    /// [`StoreError`] when the disk does not take them; none of them is kept then.
    pub fn put(&mut self, messages: &[Incoming]) -> Result<Put, StoreError> {
        self.write(|db, config, words| {
            let mut batch = Batch::new(db, config, words);
            let put = messages.iter().map(|incoming| batch.put(incoming));
            let outcomes = put.collect::<rusqlite::Result<Vec<_>>>()?;
            let evicted = batch.finish();
            Ok(Put { outcomes, evicted })
        })
    }
}

/// Changes to the messages within one transaction.
pub(crate) struct Batch<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) config: &'a Config,
    words: &'a mut Words,
    evicted: Vec<MessageId>,
}

/// A message that is to go.
struct Leaving {
    id: Id,
    writer: i64,
    scope: i64,
    pool: i64,
    kind: i64,
    own: bool,
    created: Millis,
    expires: Millis,
    len: i64,
}

/// Why a message has to go, which decides how it is kept from coming back.
#[derive(Clone, Copy)]
pub(crate) enum Reason {
    /// Its author has too many: nothing of it that is older is let in.
    Author,
    /// Time, or a quota that it shares: its id is remembered. At this time.
    Shared(UnixMillis),
}

impl<'a> Batch<'a> {
    pub(crate) const fn new(db: &'a Connection, config: &'a Config, words: &'a mut Words) -> Self {
        Self {
            db,
            config,
            words,
            evicted: Vec::new(),
        }
    }

    fn put(&mut self, incoming: &Incoming) -> rusqlite::Result<Outcome> {
        let envelope = &incoming.envelope;
        let id = Id::from(envelope.id());
        let mut known = self
            .db
            .prepare_cached("SELECT 1 FROM message WHERE id = ?1")?;
        if known.exists([id])? {
            return Ok(Outcome::Known);
        }
        let seq = envelope.place().map_or(0, |place| place.seq);
        if envelope.hlc().millis.0 > MAX_MILLIS || i64::try_from(seq).is_err() {
            return Ok(Outcome::Refused(Refusal::Range));
        }
        let first_seen = UnixMillis(incoming.first_seen.0.min(MAX_MILLIS));
        let mut evicted = self
            .db
            .prepare_cached("SELECT 1 FROM evicted WHERE id = ?1 AND until > ?2")?;
        if evicted.exists(params![id, Millis(first_seen)])? {
            return Ok(Outcome::Refused(Refusal::Evicted));
        }
        let is_receipt = envelope.content().kind() == Kind::Receipt;
        let scope_bytes = scope_bytes(envelope.scope());
        let (scope, joined) = pools::scope(self.db, &scope_bytes)?;
        let (pool, retention) =
            pools::pool_of(self.config, scope, joined, envelope.scope(), is_receipt);
        let author = Id::from(envelope.author());
        let mut floor = self.db.prepare_cached(
            "SELECT 1 FROM writer WHERE author = ?1 AND scope = ?2 AND floor >= ?3 \
             AND floor_until > ?4 AND receipts = ?5",
        )?;
        let millis = Millis(envelope.hlc().millis);
        if floor.exists(params![
            author,
            scope,
            millis,
            Millis(first_seen),
            is_receipt
        ])? {
            pools::forget_idle_scope(self.db, scope)?;
            return Ok(Outcome::Refused(Refusal::Author));
        }
        let created = Millis(envelope.created());
        if !incoming.own && pools::is_below_floor(self.db, pool, created)? {
            pools::forget_idle_scope(self.db, scope)?;
            return Ok(Outcome::Refused(Refusal::Shared));
        }
        let Some(key) = free_key(self.db, envelope.hlc().millis)? else {
            pools::forget_idle_scope(self.db, scope)?;
            return Ok(Outcome::Refused(Refusal::Range));
        };
        let len = i64::try_from(envelope.bytes().len()).unwrap_or(i64::MAX);
        let kind = kind_number(envelope.content().kind());
        let writer = pools::count_in(
            self.db,
            &pools::Counted {
                author,
                scope,
                pool,
                own: incoming.own,
                is_text: matches!(envelope.content(), Content::Text { .. }),
                is_receipt,
                len,
                seq: signed(seq),
                id,
            },
        )?;
        self.db
            .prepare_cached(
                "INSERT INTO message (key, id, writer, scope, pool, kind, own, created, expires, \
                 first_seen, until, hops, sender, len, envelope) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            )?
            .execute(params![
                key,
                id,
                writer,
                scope,
                pool,
                kind,
                incoming.own,
                created,
                Millis(envelope.expires()),
                Millis(first_seen),
                Millis(first_seen.after(envelope.lifetime().min(retention.keep))),
                incoming.hops,
                incoming.from.map(Id::from),
                len,
                envelope_bytes(envelope),
            ])?;
        match envelope.content() {
            Content::Text { text, .. } => self.words.come(key, text),
            Content::Receipt { ids } => receipts::count(self.db, self.config, author, ids)?,
            _ => {}
        }
        self.make_room(writer, pool, first_seen, incoming.own)?;
        self.outcome_of(id, incoming.envelope.id())
    }

    /// A message that had to go at once was not let in.
    fn outcome_of(&mut self, id: Id, message: MessageId) -> rusqlite::Result<Outcome> {
        let Some(at) = self.evicted.iter().rposition(|gone| *gone == message) else {
            return Ok(Outcome::Stored);
        };
        self.evicted.remove(at);
        let mut shared = self
            .db
            .prepare_cached("SELECT 1 FROM evicted WHERE id = ?1")?;
        Ok(Outcome::Refused(if shared.exists([id])? {
            Refusal::Shared
        } else {
            Refusal::Author
        }))
    }

    fn make_room(
        &mut self,
        writer: i64,
        pool: i64,
        now: UnixMillis,
        own: bool,
    ) -> rusqlite::Result<()> {
        while let Some(key) = pools::oldest_beyond_author(self.db, self.config, writer)? {
            self.evict(key, Reason::Author)?;
        }
        if own {
            return Ok(());
        }
        self.shrink(pool, now)
    }

    /// Evicts what came first until the pool is within its quota.
    pub(crate) fn shrink(&mut self, pool: i64, now: UnixMillis) -> rusqlite::Result<()> {
        while let Some(key) = pools::first_beyond_pool(self.db, self.config, pool)? {
            self.evict(key, Reason::Shared(now))?;
        }
        Ok(())
    }

    /// Takes a message out.
    pub(crate) fn evict(&mut self, key: i64, reason: Reason) -> rusqlite::Result<()> {
        let leaving = self.leaving(key)?;
        if leaving.kind == kind_number(Kind::Receipt) {
            receipts::forget_unheld(self.db, key)?;
        }
        receipts::forget_message(self.db, leaving.id)?;
        if leaving.kind == kind_number(Kind::Text) {
            self.words.go(key);
        }
        self.db
            .prepare_cached("DELETE FROM message WHERE key = ?1")?
            .execute([key])?;
        match reason {
            Reason::Author => pools::raise_author_floor(
                self.db,
                leaving.writer,
                millis_of(key),
                leaving.expires.0,
            )?,
            Reason::Shared(now) => pools::remember(
                self.db,
                self.config,
                &pools::Evicted {
                    id: leaving.id,
                    pool: leaving.pool,
                    created: leaving.created.0,
                    expires: leaving.expires.0,
                    at: now,
                },
            )?,
        }
        pools::count_out(
            self.db,
            leaving.writer,
            leaving.scope,
            (!leaving.own).then_some(leaving.pool),
            leaving.kind == kind_number(Kind::Text),
            leaving.len,
        )?;
        self.evicted.push(leaving.id.into());
        Ok(())
    }

    fn leaving(&self, key: i64) -> rusqlite::Result<Leaving> {
        self.db
            .prepare_cached(
                "SELECT id, writer, scope, pool, kind, own, created, expires, len \
                 FROM message WHERE key = ?1",
            )?
            .query_row([key], |row| {
                Ok(Leaving {
                    id: row.get(0)?,
                    writer: row.get(1)?,
                    scope: row.get(2)?,
                    pool: row.get(3)?,
                    kind: row.get(4)?,
                    own: row.get(5)?,
                    created: row.get(6)?,
                    expires: row.get(7)?,
                    len: row.get(8)?,
                })
            })
    }

    /// Which messages went.
    pub(crate) fn finish(self) -> Vec<MessageId> {
        self.evicted
    }
}

/// The next key of this millisecond; none when all are taken.
fn free_key(db: &Connection, millis: UnixMillis) -> rusqlite::Result<Option<i64>> {
    let (first, last) = (first_key(millis), last_key(millis));
    let newest: Option<i64> = db
        .prepare_cached(
            "SELECT key FROM message WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC LIMIT 1",
        )?
        .query_row([first, last], |row| row.get(0))
        .optional()?;
    Ok(match newest {
        None => Some(first),
        Some(newest) if newest < last => Some(newest + 1),
        Some(_) => None,
    })
}
