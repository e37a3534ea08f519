//! What was said last: names, topics, and the clock.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use tazcom_proto::{Hlc, Kind, Scope, VerifiedEnvelope};

use crate::row::{Id, envelope_of, first_key, kind_number, millis_of, scope_bytes};
use crate::{Store, StoreError};

impl Store {
    /// For each author that has said what it is called, the newest envelope in which it does.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn names(&self) -> Result<Vec<VerifiedEnvelope>, StoreError> {
        let names = self.read(|db| newest_of_kind(db, Kind::Profile, "writer"))?;
        Ok(names.into_values().collect())
    }

    /// All that nodes have said of themselves of this kind, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read. A message whose bytes have changed is left out.
    pub fn of_mesh(&self, kind: Kind) -> Result<Vec<VerifiedEnvelope>, StoreError> {
        self.read(|db| {
            let mut found = db.prepare_cached(
                "SELECT id, envelope FROM message WHERE kind = ?2 AND scope = \
                 (SELECT key FROM scope WHERE scope = ?1) ORDER BY key",
            )?;
            let mesh = scope_bytes(&Scope::Mesh);
            let rows = found.query_map(params![mesh, kind_number(kind)], |row| {
                let id: Id = row.get(0)?;
                Ok(envelope_of(row.get_ref(1)?.as_blob()?, id.into()))
            })?;
            rows.filter_map(Result::transpose).collect()
        })
    }

    /// The latest clock of all that is kept. None when there is nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn newest_hlc(&self) -> Result<Option<Hlc>, StoreError> {
        self.read(|db| {
            let newest: Option<i64> = db
                .prepare_cached("SELECT key FROM message ORDER BY key DESC LIMIT 1")?
                .query_row([], |row| row.get(0))
                .optional()?;
            let Some(newest) = newest else {
                return Ok(None);
            };
            let mut same = db.prepare_cached("SELECT id, envelope FROM message WHERE key >= ?1")?;
            let rows = same.query_map([first_key(millis_of(newest))], |row| {
                let id: Id = row.get(0)?;
                Ok(envelope_of(row.get_ref(1)?.as_blob()?, id.into()))
            })?;
            let mut latest = Hlc {
                millis: millis_of(newest),
                counter: 0,
            };
            for envelope in rows {
                if let Some(envelope) = envelope? {
                    latest = latest.max(envelope.hlc());
                }
            }
            Ok(Some(latest))
        })
    }
}

/// The newest envelope of a kind for each value of a column, which is `scope` or `writer`.
///
/// Rows lie in the order of milliseconds; within one the envelopes say which is the newest.
pub(crate) fn newest_of_kind(
    db: &Connection,
    kind: Kind,
    column: &'static str,
) -> rusqlite::Result<BTreeMap<i64, VerifiedEnvelope>> {
    let kind = kind_number(kind);
    // Said as in the index of these two kinds, or it is not used.
    let kind = format!("kind = {kind} AND kind IN (2, 3)");
    let mut newest = db.prepare_cached(&format!(
        "SELECT m.{column}, m.id, m.envelope FROM \
         (SELECT {column}, max(key) AS last FROM message WHERE {kind} GROUP BY {column}) n \
         CROSS JOIN message m ON m.key BETWEEN ((n.last >> 20) << 20) AND n.last \
         AND m.{column} = n.{column} AND {kind}"
    ))?;
    let rows = newest.query_map(params![], |row| {
        let id: Id = row.get(1)?;
        let envelope = envelope_of(row.get_ref(2)?.as_blob()?, id.into());
        Ok((row.get::<_, i64>(0)?, envelope))
    })?;
    let mut all: BTreeMap<i64, VerifiedEnvelope> = BTreeMap::new();
    for row in rows {
        let (key, Some(envelope)) = row? else {
            continue;
        };
        match all.get(&key) {
            Some(other) if other.order_key() >= envelope.order_key() => {}
            _ => drop(all.insert(key, envelope)),
        }
    }
    Ok(all)
}
