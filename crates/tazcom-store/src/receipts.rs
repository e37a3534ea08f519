//! Who says that it has which message.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, params};
use tazcom_identity::NodeId;
use tazcom_proto::{Content, MessageId};

use crate::pools::{signed_len, tallied, tally};
use crate::row::{Id, envelope_of, signed};
use crate::{Config, Store, StoreError};

impl Store {
    /// For each of the messages, in the order given, who has said that it has it.
    ///
    /// At most [`Config::receipts_per_message`] authors are known of each. Whether a message is here
    /// plays no part: a receipt can come before it.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn receipts(&self, messages: &[MessageId]) -> Result<Vec<BTreeSet<NodeId>>, StoreError> {
        self.read(|db| {
            let mut authors = db.prepare_cached("SELECT author FROM receipt WHERE message = ?1")?;
            let mut all = Vec::with_capacity(messages.len());
            for message in messages {
                let rows = authors.query_map([Id::from(*message)], |row| row.get::<_, Id>(0))?;
                all.push(
                    rows.map(|id| id.map(NodeId::from))
                        .collect::<Result<_, _>>()?,
                );
            }
            Ok(all)
        })
    }
}

/// Takes note that an author has these messages, as far as there is room.
pub(crate) fn count(
    db: &Connection,
    config: &Config,
    author: Id,
    messages: &[MessageId],
) -> rusqlite::Result<()> {
    let mut total = tallied(db, "receipt")?;
    let before = total;
    for message in messages {
        let message = Id::from(*message);
        // For its own messages a node counts whatever others make it count for theirs.
        let has_room = total < signed(config.counted_receipts)
            || db
                .prepare_cached("SELECT 1 FROM message WHERE id = ?1 AND own = 1")?
                .exists([message])?;
        if !has_room {
            continue;
        }
        let inserted = db
            .prepare_cached(
                "INSERT OR IGNORE INTO receipt (message, author) SELECT ?1, ?2 \
                 WHERE (SELECT count(*) FROM receipt WHERE message = ?1) < ?3",
            )?
            .execute(params![
                message,
                author,
                signed(config.receipts_per_message)
            ])?;
        total = total.saturating_add(signed_len(inserted));
    }
    tally(db, "receipt", total - before)
}

/// Forgets who has a message that is gone.
pub(crate) fn forget_message(db: &Connection, message: Id) -> rusqlite::Result<()> {
    let gone = db
        .prepare_cached("DELETE FROM receipt WHERE message = ?1")?
        .execute([message])?;
    tally(db, "receipt", -signed_len(gone))
}

/// Forgets what a receipt that is about to go has said of messages that are not here. For those that
/// are it counts for as long as they do.
pub(crate) fn forget_unheld(db: &Connection, key: i64) -> rusqlite::Result<()> {
    let row = db
        .prepare_cached("SELECT id, envelope FROM message WHERE key = ?1")?
        .query_row([key], |row| {
            let id: Id = row.get(0)?;
            Ok(envelope_of(row.get_ref(1)?.as_blob()?, id.into()))
        })
        .optional()?;
    let Some(envelope) = row.flatten() else {
        return Ok(());
    };
    let Content::Receipt { ids } = envelope.content() else {
        return Ok(());
    };
    let author = Id::from(envelope.author());
    for message in ids {
        let gone = db
            .prepare_cached(
                "DELETE FROM receipt WHERE message = ?1 AND author = ?2 \
                 AND NOT EXISTS (SELECT 1 FROM message WHERE id = ?1)",
            )?
            .execute(params![Id::from(*message), author])?;
        tally(db, "receipt", -signed_len(gone))?;
    }
    Ok(())
}
