//! What was said, in the order in which it is read.

use std::fmt;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};
use tazcom_identity::NodeId;
use tazcom_proto::{Hlc, Kind, MessageId, RoomName, UnixMillis, VerifiedEnvelope};

use crate::row::{
    Id, Millis, envelope_of, first_key, kind_number, last_key, millis_of, room_bytes, signed,
};
use crate::search::{MAX_SEARCH_LEN, expression};
use crate::{Store, StoreError};

/// Messages in one page at most: 1,000 of the longest are 8 MiB.
pub const MAX_PAGE: usize = 1_000;

/// What orders messages: [`Envelope::order_key`](tazcom_proto::Envelope::order_key).
pub type OrderKey = (Hlc, NodeId, MessageId);

/// By which clock a time in a [`Query`] is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Moment {
    /// Its author's, when the message was made.
    #[default]
    Created,
    /// Ours, when it came.
    FirstSeen,
}

/// What to look for. All that is said must hold.
#[derive(Clone, PartialEq, Eq)]
pub struct Query {
    /// In this room.
    pub room: Option<RoomName>,
    /// By this author.
    pub author: Option<NodeId>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// The clock of the two times below.
    pub by: Moment,
    /// At or after this time.
    pub since: Option<UnixMillis>,
    /// Before this time.
    pub until: Option<UnixMillis>,
    /// Ordered before this, which is how one pages back.
    pub before: Option<OrderKey>,
    /// The newest so many, up to [`MAX_PAGE`].
    pub limit: usize,
    /// With all of these words, or words that begin with them, in a text. Case and accents do not
    /// count, and no sign means anything. Up to [`MAX_SEARCH_LEN`] bytes.
    pub search: Option<String>,
}

impl Default for Query {
    /// The newest hundred messages of any kind.
    fn default() -> Self {
        Self {
            room: None,
            author: None,
            kind: None,
            by: Moment::Created,
            since: None,
            until: None,
            before: None,
            limit: 100,
            search: None,
        }
    }
}

/// What somebody looks for is nobody's business.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("limit", &self.limit)
            .field("searches", &self.search.is_some())
            .finish_non_exhaustive()
    }
}

/// A message, and how it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The message.
    pub envelope: VerifiedEnvelope,
    /// When it came, by this node's clock.
    pub first_seen: UnixMillis,
    /// Whether this node's user is its author.
    pub own: bool,
    /// Over how many links it came.
    pub hops: u16,
    /// Which peer handed it over.
    pub from: Option<NodeId>,
}

/// A page of history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The messages, the oldest first.
    pub messages: Vec<Message>,
    /// Messages whose bytes on disk are not what was written there.
    pub damaged: Vec<MessageId>,
    /// Whether there may be more before these.
    pub more: bool,
}

impl Store {
    /// The newest messages that fit, in the order in which all nodes have them.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] when what is searched for is too long; otherwise when the file cannot
    /// be read. A message whose bytes have changed is none.
    pub fn history(&self, query: &Query) -> Result<Page, StoreError> {
        if query
            .search
            .as_ref()
            .is_some_and(|s| s.len() > MAX_SEARCH_LEN)
        {
            return Err(StoreError::TooMany {
                what: "bytes of a search",
                most: u64::try_from(MAX_SEARCH_LEN).unwrap_or(u64::MAX),
            });
        }
        self.read(|db| page(db, query))
    }
}

fn page(db: &Connection, query: &Query) -> rusqlite::Result<Page> {
    let limit = query.limit.min(MAX_PAGE);
    let Some((sql, values)) = statement(db, query)? else {
        return Ok(Page::default());
    };
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut newest = Newest::new(limit, query.before);
    while let Some(row) = rows.next()? {
        if newest.is_full_before(millis_of(row.get(0)?)) {
            break;
        }
        newest.take(row)?;
    }
    Ok(newest.finish())
}

/// The statement that finds what fits, the newest millisecond first, and its values; none when
/// nothing can fit.
fn statement(db: &Connection, query: &Query) -> rusqlite::Result<Option<(String, Vec<Value>)>> {
    let mut sql =
        String::from("SELECT m.key, m.id, m.first_seen, m.own, m.hops, m.sender, m.envelope ");
    let mut values = Vec::new();
    let key = match &query.search {
        Some(search) => {
            let Some(expression) = expression(search) else {
                return Ok(None);
            };
            sql.push_str(
                "FROM words CROSS JOIN message m ON m.key = words.rowid WHERE words MATCH ? ",
            );
            values.push(Value::from(expression));
            "words.rowid"
        }
        None => {
            sql.push_str("FROM message m WHERE true ");
            "m.key"
        }
    };
    let mut also = |condition: &str, value: Value| {
        sql.push_str(condition);
        values.push(value);
    };
    if let Some((hlc, ..)) = &query.before {
        also(&format!("AND {key} <= ? "), last_key(hlc.millis).into());
    }
    if let Some(room) = &query.room {
        let scope: Option<i64> = db
            .prepare_cached("SELECT key FROM scope WHERE scope = ?1")?
            .query_row([room_bytes(room)], |row| row.get(0))
            .optional()?;
        let Some(scope) = scope else {
            return Ok(None);
        };
        also("AND m.scope = ? ", scope.into());
    }
    if let Some(author) = query.author {
        let author = author.as_bytes().to_vec();
        also(
            "AND m.writer IN (SELECT key FROM writer WHERE author = ?) ",
            author.into(),
        );
    }
    if let Some(kind) = query.kind {
        also("AND m.kind = ? ", kind_number(kind).into());
    }
    let clock = match query.by {
        Moment::Created => "m.created",
        Moment::FirstSeen => "m.first_seen",
    };
    if let Some(since) = query.since {
        also(&format!("AND {clock} >= ? "), signed(since.0).into());
        // Nothing is ordered before it was made.
        if query.by == Moment::Created {
            also(&format!("AND {key} >= ? "), first_key(since).into());
        }
    }
    if let Some(until) = query.until {
        also(&format!("AND {clock} < ? "), signed(until.0).into());
    }
    sql.push_str(&format!("ORDER BY {key} DESC"));
    Ok(Some((sql, values)))
}

/// Gathers the newest messages from rows that come by falling milliseconds.
///
/// Within a millisecond they come in any order, so all of it is gathered and then put in order.
struct Newest {
    limit: usize,
    before: Option<OrderKey>,
    /// In order, the newest first.
    done: Vec<Message>,
    /// Of the millisecond at hand.
    same: Vec<Message>,
    millis: UnixMillis,
    damaged: Vec<MessageId>,
    more: bool,
}

impl Newest {
    const fn new(limit: usize, before: Option<OrderKey>) -> Self {
        Self {
            limit,
            before,
            done: Vec::new(),
            same: Vec::new(),
            millis: UnixMillis(u64::MAX),
            damaged: Vec::new(),
            more: false,
        }
    }

    /// Whether the page is full without the messages of this millisecond and those before it.
    fn is_full_before(&mut self, millis: UnixMillis) -> bool {
        if millis == self.millis {
            return false;
        }
        self.settle();
        self.millis = millis;
        self.more |= self.done.len() >= self.limit;
        self.more
    }

    fn take(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let id = MessageId::from(row.get::<_, Id>(1)?);
        let Some(envelope) = envelope_of(row.get_ref(6)?.as_blob()?, id) else {
            if self.damaged.len() < MAX_PAGE {
                self.damaged.push(id);
            }
            return Ok(());
        };
        if self
            .before
            .is_some_and(|before| envelope.order_key() >= before)
        {
            return Ok(());
        }
        self.same.push(Message {
            envelope,
            first_seen: row.get::<_, Millis>(2)?.0,
            own: row.get(3)?,
            hops: row.get(4)?,
            from: row.get::<_, Option<Id>>(5)?.map(NodeId::from),
        });
        // Somebody may say thousands of things in one millisecond.
        if self.same.len() > MAX_PAGE.saturating_mul(2) {
            self.sort_same();
        }
        Ok(())
    }

    fn sort_same(&mut self) {
        let newest_first = |message: &Message| std::cmp::Reverse(message.envelope.order_key());
        self.same.sort_by_key(newest_first);
        let room = self.limit.saturating_sub(self.done.len());
        self.more |= self.same.len() > room;
        self.same.truncate(room);
    }

    fn settle(&mut self) {
        self.sort_same();
        self.done.append(&mut self.same);
    }

    fn finish(mut self) -> Page {
        self.settle();
        self.done.reverse();
        Page {
            messages: self.done,
            damaged: self.damaged,
            more: self.more,
        }
    }
}
