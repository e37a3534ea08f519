//! What is kept between runs, and the form in which it is.

use std::fmt;

use tazcom_identity::NodeId;
use tazcom_proto::cbor::{self, CborError, Reader};
use tazcom_proto::inner::InnerId;
use tazcom_proto::{MessageId, UnixMillis};
use zeroize::Zeroizing;

/// Something to be kept, or forgotten, on the disk.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is called; begins with `direct/`.
    pub key: Vec<u8>,
    /// What it is; none: it is to be deleted. Secret.
    pub value: Option<Zeroizing<Vec<u8>>>,
}

/// Says nothing of what is in it.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.value.is_some() {
            "keep"
        } else {
            "delete"
        };
        write!(f, "Row({what})")
    }
}

/// Why a machine cannot be made from these rows. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// A row of a name that this version does not write.
    #[error("a row of direct messages with an unknown name")]
    UnknownRow,
    /// A row is not as it was written.
    #[error("a row of direct messages cannot be read: {0}")]
    Row(#[from] CborError),
    /// Keys or a ratchet are not as they were written.
    #[error("the keys of direct messages cannot be read")]
    Keys(#[source] serde_json::Error),
    /// There are rows, but not the one with the own keys.
    #[error("the row with the keys of direct messages is missing")]
    NoKeys,
    /// A row belongs to another that is missing.
    #[error("a row of direct messages belongs to one that is missing")]
    Orphan,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowKey {
    Keys,
    Peer(NodeId),
    Ratchet(NodeId, u64),
    Outbox(NodeId, InnerId),
    Floor(NodeId),
    Seen(NodeId, InnerId),
    Aside(MessageId),
}

const KEYS: &[u8] = b"direct/keys";
const PEER: &[u8] = b"direct/peer/";
const RATCHET: &[u8] = b"direct/ratchet/";
const OUTBOX: &[u8] = b"direct/outbox/";
const FLOOR: &[u8] = b"direct/floor/";
const SEEN: &[u8] = b"direct/seen/";
const ASIDE: &[u8] = b"direct/aside/";

impl RowKey {
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Keys => KEYS.to_vec(),
            Self::Peer(who) => [PEER, who.as_bytes()].concat(),
            Self::Ratchet(who, number) => [RATCHET, who.as_bytes(), &number.to_be_bytes()].concat(),
            Self::Outbox(who, id) => [OUTBOX, who.as_bytes(), &id.0].concat(),
            Self::Floor(who) => [FLOOR, who.as_bytes()].concat(),
            Self::Seen(who, id) => [SEEN, who.as_bytes(), &id.0].concat(),
            Self::Aside(name) => [ASIDE, name.as_bytes()].concat(),
        }
    }

    pub(crate) fn decode(key: &[u8]) -> Option<Self> {
        if key == KEYS {
            return Some(Self::Keys);
        }
        let who_and = |rest: &[u8]| {
            let (who, rest) = rest.split_first_chunk::<{ NodeId::LEN }>()?;
            Some((NodeId::from_bytes(*who), rest.to_vec()))
        };
        let whole = |rest: &[u8]| Some(NodeId::from_bytes(rest.try_into().ok()?));
        if let Some(rest) = key.strip_prefix(PEER) {
            Some(Self::Peer(whole(rest)?))
        } else if let Some(rest) = key.strip_prefix(RATCHET) {
            let (who, rest) = who_and(rest)?;
            Some(Self::Ratchet(
                who,
                u64::from_be_bytes(rest.try_into().ok()?),
            ))
        } else if let Some(rest) = key.strip_prefix(OUTBOX) {
            let (who, rest) = who_and(rest)?;
            Some(Self::Outbox(who, InnerId(rest.try_into().ok()?)))
        } else if let Some(rest) = key.strip_prefix(FLOOR) {
            Some(Self::Floor(whole(rest)?))
        } else if let Some(rest) = key.strip_prefix(SEEN) {
            let (who, rest) = who_and(rest)?;
            Some(Self::Seen(who, InnerId(rest.try_into().ok()?)))
        } else {
            let rest = key.strip_prefix(ASIDE)?;
            Some(Self::Aside(MessageId::from_bytes(rest.try_into().ok()?)))
        }
    }
}

/// Writes the fields of a row one after the other, as one array.
pub(crate) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// Of so many fields. With enough room that it never grows: a copy would be left behind.
    pub(crate) fn new(fields: usize, room: usize) -> Self {
        let mut out = Zeroizing::new(Vec::with_capacity(room));
        cbor::put_array(&mut out, fields);
        Self(out)
    }

    pub(crate) fn uint(mut self, value: u64) -> Self {
        cbor::put_uint(&mut self.0, value);
        self
    }

    /// So many values follow that belong together.
    pub(crate) fn count(mut self, values: usize) -> Self {
        cbor::put_array(&mut self.0, values);
        self
    }

    pub(crate) fn bool(self, value: bool) -> Self {
        self.uint(u64::from(value))
    }

    pub(crate) fn time(self, value: UnixMillis) -> Self {
        self.uint(value.0)
    }

    pub(crate) fn bytes(mut self, value: &[u8]) -> Self {
        cbor::put_bytes(&mut self.0, value);
        self
    }

    pub(crate) fn maybe<T>(mut self, value: Option<T>, put: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => put(self, value),
            None => {
                cbor::put_null(&mut self.0);
                self
            }
        }
    }

    pub(crate) fn list<T>(
        mut self,
        values: impl ExactSizeIterator<Item = T>,
        put: impl Fn(Self, T) -> Self,
    ) -> Self {
        cbor::put_array(&mut self.0, values.len());
        values.fold(self, put)
    }

    pub(crate) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

/// Reads them again.
pub(crate) struct Fields<'a>(Reader<'a>);

impl<'a> Fields<'a> {
    pub(crate) fn new(row: &'a [u8], fields: usize) -> Result<Self, CborError> {
        let mut row = Self(Reader::new(row));
        row.count(fields)?;
        Ok(row)
    }

    pub(crate) fn uint(&mut self) -> Result<u64, CborError> {
        self.0.uint()
    }

    pub(crate) fn count(&mut self, values: usize) -> Result<(), CborError> {
        match usize::try_from(self.0.array()?) {
            Ok(found) if found == values => Ok(()),
            _ => Err(CborError::Range),
        }
    }

    pub(crate) fn bool(&mut self) -> Result<bool, CborError> {
        match self.uint()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(CborError::Range),
        }
    }

    pub(crate) fn time(&mut self) -> Result<UnixMillis, CborError> {
        Ok(UnixMillis(self.uint()?))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        self.0.bytes()
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        self.bytes()?.try_into().map_err(|_| CborError::Range)
    }

    pub(crate) fn name(&mut self) -> Result<MessageId, CborError> {
        Ok(MessageId::from_bytes(self.fixed()?))
    }

    pub(crate) fn maybe<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, CborError>,
    ) -> Result<Option<T>, CborError> {
        match self.0.null() {
            true => Ok(None),
            false => read(self).map(Some),
        }
    }

    pub(crate) fn list<T, C: FromIterator<T>>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, CborError>,
    ) -> Result<C, CborError> {
        (0..self.0.array()?).map(|_| read(self)).collect()
    }

    pub(crate) fn finish(self) -> Result<(), CborError> {
        self.0.finish()
    }
}
