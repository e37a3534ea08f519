//! Messages as lines of JSON, each with the signed envelope.

use std::fmt::Write as _;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;
use tazcom_proto::{Content, RoomName, VerifiedEnvelope, is_treacherous};

use crate::row::{Id, envelope_of, room_bytes};
use crate::{Store, StoreError};

/// Messages that are in memory at once.
const STEP: u32 = 256;

/// A line. Only the envelope counts when it is read again: the rest is for people.
#[derive(Serialize)]
struct Line<'a> {
    id: String,
    author: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<&'a str>,
    created: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    envelope: String,
}

impl Store {
    /// Writes the messages of a room, or all of every kind, as lines of JSON, the oldest first. How
    /// many those were; what is damaged is left out.
    ///
    /// ```json
    /// {"id": "<64 hex>", "author": "<node id>", "room": "lobby", "created": 1795000000000, "text": "hello", "envelope": "<base64>"}
    /// ```
    ///
    /// `created` is in Unix milliseconds; `room` and `text` are there when the message has them, for
    /// people to read. `envelope` is what the author signed, and all that counts on import.
    ///
    /// # Errors
    /// [`StoreError::Stream`] when the writer fails, otherwise when the file cannot be read.
    pub fn export(
        &self,
        writer: &mut dyn Write,
        room: Option<&RoomName>,
    ) -> Result<u64, StoreError> {
        let failed = |error| StoreError::stream("export", error);
        let scope = match room {
            None => None,
            Some(room) => match self.scope_of_room(room)? {
                Some(key) => Some(key),
                None => return Ok(0),
            },
        };
        let (mut count, mut after) = (0, i64::MIN);
        loop {
            let step = self.export_step(scope, after)?;
            let Some((last, _)) = step.last() else {
                break;
            };
            after = *last;
            for envelope in step.iter().filter_map(|(_, envelope)| envelope.as_ref()) {
                write_line(writer, envelope).map_err(failed)?;
                count += 1;
            }
        }
        writer.flush().map_err(failed)?;
        Ok(count)
    }

    fn scope_of_room(&self, room: &RoomName) -> Result<Option<i64>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT key FROM scope WHERE scope = ?1")?
                .query_row([room_bytes(room)], |row| row.get(0))
                .optional()
        })
    }

    /// The next messages after a key, each with its own; none in the place of a damaged one.
    fn export_step(
        &self,
        scope: Option<i64>,
        after: i64,
    ) -> Result<Vec<(i64, Option<VerifiedEnvelope>)>, StoreError> {
        let which = match scope {
            Some(_) => "scope = ?1 AND",
            None => "?1 IS NULL AND",
        };
        self.read(|db| {
            let mut next = db.prepare_cached(&format!(
                "SELECT key, id, envelope FROM message WHERE {which} key > ?2 \
                 ORDER BY key LIMIT ?3"
            ))?;
            let rows = next.query_map(params![scope, after, STEP], |row| {
                let id: Id = row.get(1)?;
                let envelope = envelope_of(row.get_ref(2)?.as_blob()?, id.into());
                Ok((row.get(0)?, envelope))
            })?;
            rows.collect()
        })
    }
}

fn write_line(writer: &mut dyn Write, envelope: &VerifiedEnvelope) -> std::io::Result<()> {
    let text = match envelope.content() {
        Content::Text { text, .. } => Some(&**text),
        _ => None,
    };
    let line = Line {
        id: envelope.id().to_string(),
        author: envelope.author().to_string(),
        room: envelope.room().map(RoomName::as_str),
        created: envelope.created().0,
        text,
        envelope: STANDARD.encode(envelope.bytes()),
    };
    let mut json = escaped(&serde_json::to_string(&line)?);
    json.push('\n');
    writer.write_all(json.as_bytes())
}

/// The same JSON without characters that a terminal obeys or that deceive a reader: whoever looks at
/// an export sees words of strangers. JSON has them in strings only, where they can be escaped.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_treacherous(c) {
            for unit in c.encode_utf16(&mut [0; 2]).iter() {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}
