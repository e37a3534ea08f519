//! What one frame says: a kind and a value.
//!
//! `[kind, value]`, in the one encoding there is. Kinds, and the keys of the maps among the values,
//! follow one rule: an odd one that is not known is skipped, an even one ends the session.

use std::fmt;

use bytes::Bytes;
use tazcom_proto::cbor::{self, CborError, Reader};

use super::caps::{Caps, CapsError};
use crate::limits::{MAX_BODY_LEN, MAX_NAME_LEN, MAX_PAYLOAD_LEN};

const WELCOME: u64 = 0;
const HELLO: u64 = 2;
const ACK: u64 = 4;
const PING: u64 = 6;
const PONG: u64 = 8;
const BYE: u64 = 10;
const GOSSIP: u64 = 12;
const SYNC: u64 = 14;
const DIRECT: u64 = 16;
const FILE: u64 = 18;
const PART: u64 = 20;
const LAST_PART: u64 = 22;

const WELCOME_NAME: u64 = 1;
const WELCOME_CAPS: u64 = 3;

/// Bytes before the content of a part: `[kind, byte string]` with a length of two bytes.
const PART_HEAD_LEN: usize = 5;

/// Bytes of a part that is not the last.
pub(crate) const PART_LEN: usize = MAX_BODY_LEN - PART_HEAD_LEN;

/// Bytes a body put together from parts may have: the largest payload and its head.
pub(crate) const MAX_ASSEMBLED_LEN: usize = MAX_PAYLOAD_LEN + 7;

/// What a payload belongs to. Sessions carry it and do not look into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PayloadKind {
    /// Broadcast of envelopes.
    Gossip,
    /// Repair of gaps.
    Sync,
    /// A message for the peer alone.
    Direct,
    /// A file's offer, answer or piece.
    File,
}

/// Why a side ended a session in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ByeCode {
    /// Nothing more to say.
    Done,
    /// Another session with the same peer stays.
    Duplicate,
    /// The peer is not wanted here.
    Policy,
    /// There are too many sessions.
    Full,
    /// This one is too old or has carried too much.
    Expired,
    /// The program ends.
    Shutdown,
    /// A code this version does not know.
    Other(u16),
}

impl ByeCode {
    const fn number(self) -> u16 {
        match self {
            Self::Done => 0,
            Self::Duplicate => 1,
            Self::Policy => 2,
            Self::Full => 3,
            Self::Expired => 4,
            Self::Shutdown => 5,
            Self::Other(number) => number,
        }
    }

    const fn from_number(number: u16) -> Self {
        match number {
            0 => Self::Done,
            1 => Self::Duplicate,
            2 => Self::Policy,
            3 => Self::Full,
            4 => Self::Expired,
            5 => Self::Shutdown,
            other => Self::Other(other),
        }
    }
}

/// What a responder says first: what it tells only to a peer that has proven who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Welcome {
    name: String,
    caps: Caps,
}

impl Welcome {
    /// A welcome with a name, which may be empty, and capabilities.
    ///
    /// # Errors
    ///
    /// [`NameTooLong`] beyond [`MAX_NAME_LEN`] bytes.
    pub fn new(name: &str, caps: Caps) -> Result<Self, NameTooLong> {
        if name.len() > MAX_NAME_LEN {
            return Err(NameTooLong { len: name.len() });
        }
        let name = name.to_owned();
        Ok(Self { name, caps })
    }

    /// What the peer calls itself: a stranger's text, not safe to print as it is. Empty for none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the responder can do.
    #[must_use]
    pub const fn caps(&self) -> &Caps {
        &self.caps
    }
}

/// A name that does not fit into a welcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name of {len} bytes, at most {MAX_NAME_LEN} are allowed")]
pub struct NameTooLong {
    /// Bytes of the name.
    pub len: usize,
}

/// Why a body is not one. The session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// Not the one encoding of a body.
    #[error("a body that cannot be read: {0}")]
    Cbor(#[from] CborError),
    /// An unknown kind that must not be skipped.
    #[error("a body of the unknown kind {0}")]
    UnknownKind(u64),
    /// An unknown field that must not be skipped.
    #[error("an unknown field {0}")]
    UnknownField(u64),
    /// A welcome with other capabilities than there may be.
    #[error(transparent)]
    Caps(#[from] CapsError),
}

/// What one frame says.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Welcome(Welcome),
    Hello,
    Ack,
    Ping(u64),
    Pong(u64),
    Bye(ByeCode),
    Payload(PayloadKind, Bytes),
    /// The next piece of a body that is too long for one frame.
    Part(Bytes),
    /// The last piece of it.
    LastPart(Bytes),
    /// Of a later version, and may be skipped.
    Skipped,
}

/// A body as bytes. The content is not copied behind its head.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) head: Vec<u8>,
    pub(crate) content: Bytes,
}

impl Encoded {
    pub(crate) fn len(&self) -> usize {
        self.head.len() + self.content.len()
    }
}

impl Body {
    pub(crate) fn encode(self) -> Encoded {
        let mut head = Vec::with_capacity(16);
        cbor::put_array(&mut head, 2);
        let mut content = Bytes::new();
        match self {
            Self::Welcome(welcome) => {
                cbor::put_uint(&mut head, WELCOME);
                let (name, caps) = (&welcome.name, &welcome.caps);
                let fields = [!name.is_empty(), !caps.is_empty()];
                cbor::put_map(&mut head, fields.iter().filter(|field| **field).count());
                if !name.is_empty() {
                    cbor::put_uint(&mut head, WELCOME_NAME);
                    cbor::put_text(&mut head, name);
                }
                if !caps.is_empty() {
                    cbor::put_uint(&mut head, WELCOME_CAPS);
                    head.extend_from_slice(caps.encoded());
                }
            }
            Self::Hello => put_empty(&mut head, HELLO),
            // Never sent: there is nothing of a later version to say.
            Self::Ack | Self::Skipped => put_empty(&mut head, ACK),
            Self::Ping(token) => put_pair(&mut head, PING, token),
            Self::Pong(token) => put_pair(&mut head, PONG, token),
            Self::Bye(code) => put_pair(&mut head, BYE, u64::from(code.number())),
            Self::Payload(kind, bytes) => {
                content = put_content(&mut head, payload_number(kind), bytes);
            }
            Self::Part(bytes) => content = put_content(&mut head, PART, bytes),
            Self::LastPart(bytes) => content = put_content(&mut head, LAST_PART, bytes),
        }
        Encoded { head, content }
    }

    /// Reads a body. What it carries stays where it is, nothing is copied.
    pub(crate) fn decode(bytes: &Bytes) -> Result<Self, BodyError> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != 2 {
            return Err(CborError::Type.into());
        }
        let kind = reader.uint()?;
        let body = match kind {
            WELCOME => Self::Welcome(welcome(&mut reader)?),
            HELLO => {
                no_fields(&mut reader)?;
                Self::Hello
            }
            ACK => {
                no_fields(&mut reader)?;
                Self::Ack
            }
            PING => Self::Ping(reader.uint()?),
            PONG => Self::Pong(reader.uint()?),
            BYE => {
                let number = u16::try_from(reader.uint()?).map_err(|_| CborError::Range)?;
                Self::Bye(ByeCode::from_number(number))
            }
            GOSSIP => payload(PayloadKind::Gossip, &mut reader, bytes)?,
            SYNC => payload(PayloadKind::Sync, &mut reader, bytes)?,
            DIRECT => payload(PayloadKind::Direct, &mut reader, bytes)?,
            FILE => payload(PayloadKind::File, &mut reader, bytes)?,
            PART => Self::Part(bytes.slice_ref(reader.bytes()?)),
            LAST_PART => Self::LastPart(bytes.slice_ref(reader.bytes()?)),
            odd if odd % 2 == 1 => {
                reader.skip(1)?;
                Self::Skipped
            }
            even => return Err(BodyError::UnknownKind(even)),
        };
        reader.finish()?;
        Ok(body)
    }
}

const fn payload_number(kind: PayloadKind) -> u64 {
    match kind {
        PayloadKind::Gossip => GOSSIP,
        PayloadKind::Sync => SYNC,
        PayloadKind::Direct => DIRECT,
        PayloadKind::File => FILE,
    }
}

fn put_empty(head: &mut Vec<u8>, kind: u64) {
    cbor::put_uint(head, kind);
    cbor::put_map(head, 0);
}

fn put_pair(head: &mut Vec<u8>, kind: u64, value: u64) {
    cbor::put_uint(head, kind);
    cbor::put_uint(head, value);
}

fn put_content(head: &mut Vec<u8>, kind: u64, bytes: Bytes) -> Bytes {
    cbor::put_uint(head, kind);
    cbor::put_bytes_head(head, bytes.len());
    bytes
}

fn payload(kind: PayloadKind, reader: &mut Reader<'_>, all: &Bytes) -> Result<Body, BodyError> {
    let content = reader.bytes()?;
    if content.len() > MAX_PAYLOAD_LEN {
        return Err(CborError::Range.into());
    }
    Ok(Body::Payload(kind, all.slice_ref(content)))
}

fn welcome(reader: &mut Reader<'_>) -> Result<Welcome, BodyError> {
    let mut welcome = Welcome::default();
    reader.fields(|key, value| {
        match key {
            WELCOME_NAME => {
                let name = value.text()?;
                // An empty one is to be left out.
                if name.is_empty() || name.len() > MAX_NAME_LEN {
                    return Err(CborError::Range.into());
                }
                name.clone_into(&mut welcome.name);
            }
            WELCOME_CAPS => {
                let from = value.rest();
                value.skip(2)?;
                let len = from.len() - value.rest().len();
                welcome.caps = Caps::decode(from.get(..len).unwrap_or_default())?;
            }
            other => skip_field(other, value)?,
        }
        Ok::<_, BodyError>(())
    })?;
    Ok(welcome)
}

fn no_fields(reader: &mut Reader<'_>) -> Result<(), BodyError> {
    reader.fields(skip_field)
}

fn skip_field(key: u64, value: &mut Reader<'_>) -> Result<(), BodyError> {
    if key.is_multiple_of(2) {
        return Err(BodyError::UnknownField(key));
    }
    Ok(value.skip(2)?)
}

impl fmt::Debug for Body {
    /// Without content, which is nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = |f: &mut fmt::Formatter<'_>, name: &str, bytes: &Bytes| {
            write!(f, "{name}({} bytes)", bytes.len())
        };
        match self {
            Self::Welcome(_) => f.write_str("Welcome(..)"),
            Self::Hello => f.write_str("Hello"),
            Self::Ack => f.write_str("Ack"),
            Self::Ping(_) => f.write_str("Ping"),
            Self::Pong(_) => f.write_str("Pong"),
            Self::Bye(code) => write!(f, "Bye({code:?})"),
            Self::Payload(kind, bytes) => write!(f, "{kind:?}({} bytes)", bytes.len()),
            Self::Part(bytes) => content(f, "Part", bytes),
            Self::LastPart(bytes) => content(f, "LastPart", bytes),
            Self::Skipped => f.write_str("Skipped"),
        }
    }
}
