//! What payloads of kind Gossip and Sync have in common: `[kind, value]`, and what can be wrong.

use tazcom_identity::NodeId;

use crate::cbor::{self, CborError, Reader};
use crate::message_id::MessageId;

/// Why bytes are no payload. Whoever sent them is no honest node of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// More bytes than a payload of its kind may have.
    #[error("a payload of {len} bytes, at most {most} are allowed")]
    TooLong {
        /// Its bytes.
        len: usize,
        /// As many as are allowed.
        most: usize,
    },
    /// It is not the one encoding of a value.
    #[error("a payload: {0}")]
    Cbor(#[from] CborError),
    /// A kind that is not known and may not be skipped.
    #[error("a payload of kind {kind}, which this version does not know")]
    UnknownKind {
        /// Its number.
        kind: u64,
    },
    /// A field that is not known and may not be skipped.
    #[error("a payload has a field {key}, which this version does not know")]
    UnknownField {
        /// Its key.
        key: u64,
    },
    /// More of something than one payload may hold.
    #[error("{count} {what} in one payload, at most {most} are allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: u64,
        /// As many as are allowed.
        most: usize,
    },
    /// A field that it must have is missing.
    #[error("a payload has no {field}")]
    Missing {
        /// Which.
        field: &'static str,
    },
}

/// Reads `[kind, value]`; `value` reads the value of a kind it knows and gives none for another.
pub(crate) fn decode<T>(
    bytes: &[u8],
    most: usize,
    value: impl FnOnce(u64, &mut Reader<'_>) -> Result<Option<T>, PayloadError>,
) -> Result<Option<T>, PayloadError> {
    if bytes.len() > most {
        let len = bytes.len();
        return Err(PayloadError::TooLong { len, most });
    }
    let mut reader = Reader::new(bytes);
    tuple(&mut reader, 2)?;
    let kind = reader.uint()?;
    let decoded = value(kind, &mut reader)?;
    if decoded.is_none() {
        if kind.is_multiple_of(2) {
            return Err(PayloadError::UnknownKind { kind });
        }
        reader.skip(1)?;
    }
    reader.finish()?;
    Ok(decoded)
}

/// The head of a payload; its value is to follow.
pub(crate) fn begin(kind: u64, capacity: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(capacity + 16);
    cbor::put_array(&mut out, 2);
    cbor::put_uint(&mut out, kind);
    out
}

/// Reads the head of an array of exactly so many values.
pub(crate) fn tuple(reader: &mut Reader<'_>, len: u64) -> Result<(), CborError> {
    match reader.array()? {
        found if found == len => Ok(()),
        _ => Err(CborError::Type),
    }
}

/// Reads an array of up to so many values.
pub(crate) fn list<'a, T>(
    reader: &mut Reader<'a>,
    what: &'static str,
    most: usize,
    mut item: impl FnMut(&mut Reader<'a>) -> Result<T, PayloadError>,
) -> Result<Vec<T>, PayloadError> {
    let count = reader.array()?;
    if usize::try_from(count).is_ok_and(|count| count <= most) {
        return (0..count).map(|_| item(reader)).collect();
    }
    Err(PayloadError::TooMany { what, count, most })
}

pub(crate) fn fixed<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], CborError> {
    reader.bytes()?.try_into().map_err(|_| CborError::Range)
}

pub(crate) fn message_id(reader: &mut Reader<'_>) -> Result<MessageId, CborError> {
    fixed(reader).map(MessageId::from_bytes)
}

pub(crate) fn node_id(reader: &mut Reader<'_>) -> Result<NodeId, CborError> {
    fixed(reader).map(NodeId::from_bytes)
}

/// A number of two bytes.
pub(crate) fn short(reader: &mut Reader<'_>) -> Result<u16, CborError> {
    u16::try_from(reader.uint()?).map_err(|_| CborError::Range)
}

/// 0 or 1.
pub(crate) fn flag(reader: &mut Reader<'_>) -> Result<bool, CborError> {
    match reader.uint()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(CborError::Range),
    }
}
