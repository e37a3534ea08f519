//! What is here, by id.

use rusqlite::OptionalExtension as _;
use tazcom_identity::NodeId;
use tazcom_proto::{MessageId, UnixMillis, VerifiedEnvelope};

use crate::row::{Id, Millis, envelope_of};
use crate::{Store, StoreError};

/// A message that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub id: MessageId,
    /// When its author's clock says it was made.
    pub created: UnixMillis,
    /// When it is to be forgotten, by the same clock.
    pub expires: UnixMillis,
    /// Bytes of its envelope.
    pub len: u32,
    /// Who said it.
    pub author: NodeId,
}

/// Messages that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Got {
    /// Those that are here, in the order asked for.
    pub messages: Vec<VerifiedEnvelope>,
    /// Those whose bytes on disk are not what was written there. [`Store::check`] tells more.
    pub damaged: Vec<MessageId>,
}

impl Store {
    /// All that is kept, in the order of (created, id).
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn index(&self) -> Result<Vec<Held>, StoreError> {
        self.read(|db| {
            let mut held = db.prepare_cached(
                "SELECT m.created, m.id, m.expires, m.len, w.author \
                 FROM message m INDEXED BY message_held CROSS JOIN writer w ON w.key = m.writer \
                 ORDER BY m.created, m.id",
            )?;
            let rows = held.query_map([], |row| {
                Ok(Held {
                    created: row.get::<_, Millis>(0)?.0,
                    id: row.get::<_, Id>(1)?.into(),
                    expires: row.get::<_, Millis>(2)?.0,
                    len: row.get(3)?,
                    author: row.get::<_, Id>(4)?.into(),
                })
            })?;
            rows.collect()
        })
    }

    /// Messages by their ids. What is not here is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read. A message whose bytes have changed is none.
    pub fn get(&self, ids: &[MessageId]) -> Result<Got, StoreError> {
        self.read(|db| {
            let mut one = db.prepare_cached("SELECT envelope FROM message WHERE id = ?1")?;
            let mut got = Got::default();
            for id in ids {
                let read =
                    |row: &rusqlite::Row<'_>| Ok(envelope_of(row.get_ref(0)?.as_blob()?, *id));
                match one.query_row([Id::from(*id)], read).optional()? {
                    Some(Some(envelope)) => got.messages.push(envelope),
                    Some(None) => got.damaged.push(*id),
                    None => {}
                }
            }
            Ok(got)
        })
    }
}
