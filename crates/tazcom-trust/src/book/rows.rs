//! The book as rows: `trust/p/` and an id is a person, `trust/r/` and an id somebody who was revoked
//! and is not known, `trust/own` that we were.

use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use tazcom_proto::cbor::{self, CborError, Reader};
use zeroize::Zeroizing;

use super::entry::Entry;
use super::{Book, How, RestoreError};
use crate::Row;

const PERSON: &[u8] = b"p/";
const STRANGER: &[u8] = b"r/";
const OWN: &[u8] = b"own";

const SINCE: u64 = 0;
const SEEN: u64 = 2;
const VERIFIED: u64 = 4;
const FLAGS: u64 = 6;
const SUCCESSOR: u64 = 8;
const NAMED_BY: u64 = 10;

const BLOCKED: u64 = 1;
const REVOKED: u64 = 2;
const FORKED: u64 = 4;

/// Which row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Person(NodeId),
    Stranger(NodeId),
    Own,
}

impl Key {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Person(id) => [Row::PREFIX, PERSON, id.as_bytes()].concat(),
            Self::Stranger(id) => [Row::PREFIX, STRANGER, id.as_bytes()].concat(),
            Self::Own => [Row::PREFIX, OWN].concat(),
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(Row::PREFIX)?;
        let id = |bytes: &[u8]| Some(NodeId::from_bytes(bytes.try_into().ok()?));
        if rest == OWN {
            return Some(Self::Own);
        }
        if let Some(person) = rest.strip_prefix(PERSON) {
            return id(person).map(Self::Person);
        }
        id(rest.strip_prefix(STRANGER)?).map(Self::Stranger)
    }
}

impl Book {
    pub(super) fn row(&self, key: Key) -> Row {
        let value = match key {
            Key::Person(id) => self.entries.get(&id).map(encode),
            Key::Stranger(id) => self.strangers.get(&id).map(|at| {
                let mut out = Zeroizing::new(Vec::with_capacity(16));
                cbor::put_uint(&mut out, at.0);
                out
            }),
            Key::Own => self.own_revoked.then(Zeroizing::default),
        };
        Row {
            key: key.bytes(),
            value,
        }
    }

    pub(super) fn read(&mut self, row: &Row) -> Result<(), RestoreError> {
        let key = Key::parse(&row.key).ok_or(RestoreError::Foreign)?;
        let Some(value) = &row.value else {
            return Ok(());
        };
        match key {
            Key::Person(id) => {
                let entry = decode(value).map_err(|_| RestoreError::Damaged)?;
                self.entries.insert(id, entry);
            }
            Key::Stranger(id) => {
                let mut reader = Reader::new(value);
                let at = reader.uint().and_then(|at| reader.finish().map(|()| at));
                let at = at.map_err(|_| RestoreError::Damaged)?;
                self.strangers.insert(id, UnixMillis(at));
            }
            Key::Own => self.own_revoked = true,
        }
        match self.entries.len() > Self::MAX || self.strangers.len() > Self::MAX_REVOKED_STRANGERS {
            true => Err(RestoreError::TooMany),
            false => Ok(()),
        }
    }
}

fn encode(entry: &Entry) -> Zeroizing<Vec<u8>> {
    let flags = [
        (entry.blocked, BLOCKED),
        (entry.revoked, REVOKED),
        (entry.forked, FORKED),
    ];
    let flags = flags
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, bit)| bit)
        .sum();
    let optional = [
        entry.verified.is_some(),
        entry.successor.is_some(),
        entry.is_named_by.is_some(),
    ];
    // The exact room would be less; it never grows, so no copy is left behind.
    let mut out = Zeroizing::new(Vec::with_capacity(192));
    cbor::put_map(
        &mut out,
        3 + optional.into_iter().filter(|there| *there).count(),
    );
    cbor::put_uint(&mut out, SINCE);
    cbor::put_uint(&mut out, entry.since.0);
    cbor::put_uint(&mut out, SEEN);
    cbor::put_uint(&mut out, entry.seen.0);
    if let Some((how, at)) = entry.verified {
        cbor::put_uint(&mut out, VERIFIED);
        cbor::put_array(&mut out, 2);
        cbor::put_uint(&mut out, number(how));
        cbor::put_uint(&mut out, at.0);
    }
    cbor::put_uint(&mut out, FLAGS);
    cbor::put_uint(&mut out, flags);
    for (key, id) in [(SUCCESSOR, entry.successor), (NAMED_BY, entry.is_named_by)] {
        if let Some(id) = id {
            cbor::put_uint(&mut out, key);
            cbor::put_bytes(&mut out, id.as_bytes());
        }
    }
    out
}

fn decode(value: &[u8]) -> Result<Entry, CborError> {
    let mut entry = Entry::new(UnixMillis::default(), false);
    let mut reader = Reader::new(value);
    reader.fields(|key, value| {
        match key {
            SINCE => entry.since = UnixMillis(value.uint()?),
            SEEN => entry.seen = UnixMillis(value.uint()?),
            VERIFIED => {
                if value.array()? != 2 {
                    return Err(CborError::Type);
                }
                let how = how(value.uint()?)?;
                entry.verified = Some((how, UnixMillis(value.uint()?)));
            }
            FLAGS => {
                let flags = value.uint()?;
                entry.blocked = flags & BLOCKED != 0;
                entry.revoked = flags & REVOKED != 0;
                entry.forked = flags & FORKED != 0;
            }
            SUCCESSOR => entry.successor = Some(id(value)?),
            NAMED_BY => entry.is_named_by = Some(id(value)?),
            _ => return Err(CborError::Range),
        }
        Ok(())
    })?;
    reader.finish()?;
    Ok(entry)
}

fn id(value: &mut Reader<'_>) -> Result<NodeId, CborError> {
    let bytes = value.bytes()?.try_into().map_err(|_| CborError::Range)?;
    Ok(NodeId::from_bytes(bytes))
}

const fn number(how: How) -> u64 {
    match how {
        How::Emoji => 1,
        How::Words => 2,
        How::Code => 3,
    }
}

const fn how(number: u64) -> Result<How, CborError> {
    match number {
        1 => Ok(How::Emoji),
        2 => Ok(How::Words),
        3 => Ok(How::Code),
        _ => Err(CborError::Range),
    }
}
