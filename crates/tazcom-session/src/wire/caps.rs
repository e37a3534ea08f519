//! What a node says it can do.

use bytes::Bytes;
use tazcom_proto::cbor::{self, CborError, Reader};

use crate::limits::MAX_CAPS_LEN;

/// What a node says it can do: numbered entries, each of which a peer may ignore.
///
/// At most [`MAX_CAPS_LEN`] bytes of CBOR, a map with numbers for keys. This crate gives no entry a
/// meaning. No entries are no bytes at all, so that they too have one encoding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caps(Bytes);

/// The value of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cap {
    /// A whole number.
    Uint(u64),
    /// Some bytes.
    Bytes(Bytes),
}

/// Why bytes are no capabilities. Nothing was kept of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CapsError {
    /// More than [`MAX_CAPS_LEN`] bytes.
    #[error("capabilities of {len} bytes, at most {MAX_CAPS_LEN} are allowed")]
    TooLong {
        /// Bytes found.
        len: usize,
    },
    /// A map without entries, which is to be left out.
    #[error("capabilities without an entry")]
    Empty,
    /// Not the one encoding of a map.
    #[error("capabilities that cannot be read: {0}")]
    Cbor(#[from] CborError),
}

impl Caps {
    /// Capabilities with these entries, given in the order of their numbers.
    ///
    /// # Errors
    ///
    /// [`CapsError::Cbor`] with [`CborError::KeyOrder`] when they are not in order,
    /// [`CapsError::TooLong`] when they do not fit.
    pub fn new(entries: &[(u64, Cap)]) -> Result<Self, CapsError> {
        if entries.is_empty() {
            return Ok(Self::default());
        }
        let mut out = Vec::new();
        cbor::put_map(&mut out, entries.len());
        for (key, value) in entries {
            cbor::put_uint(&mut out, *key);
            match value {
                Cap::Uint(value) => cbor::put_uint(&mut out, *value),
                Cap::Bytes(bytes) => cbor::put_bytes(&mut out, bytes),
            }
        }
        Self::decode(&out)
    }

    /// The entry with this number; `None` also when its value is of a type this version does not
    /// know.
    #[must_use]
    pub fn get(&self, wanted: u64) -> Option<Cap> {
        let mut found = None;
        let _read_when_made = Reader::new(&self.0).fields::<CborError>(|key, reader| {
            let mut value = *reader;
            reader.skip(1)?;
            if key == wanted {
                let mut again = value;
                found = match value.uint() {
                    Ok(number) => Some(Cap::Uint(number)),
                    Err(_) => again
                        .bytes()
                        .ok()
                        .map(|bytes| Cap::Bytes(self.0.slice_ref(bytes))),
                };
            }
            Ok(())
        });
        found
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The encoding: nothing, or a map.
    pub(crate) fn encoded(&self) -> &[u8] {
        &self.0
    }

    /// Reads what [`encoded`](Self::encoded) wrote, and nothing else.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CapsError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        if bytes.len() > MAX_CAPS_LEN {
            return Err(CapsError::TooLong { len: bytes.len() });
        }
        let mut reader = Reader::new(bytes);
        let mut any = false;
        reader.fields::<CborError>(|_, value| {
            any = true;
            value.skip(1)
        })?;
        reader.finish()?;
        match any {
            true => Ok(Self(Bytes::copy_from_slice(bytes))),
            false => Err(CapsError::Empty),
        }
    }
}
