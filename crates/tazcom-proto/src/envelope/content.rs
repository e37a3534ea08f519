//! What an envelope says.

use std::fmt;

use bytes::Bytes;
use tazcom_identity::{NodeId, Signature};

use super::body::fixed;
use super::{EnvelopeError, Scope};
use crate::cbor::{self, CborError, Reader};
use crate::limits::{MAX_NAME_LEN, MAX_RECEIPT_IDS, MAX_SEALED_LEN, MAX_TEXT_LEN, MAX_TOPIC_LEN};
use crate::message_id::MessageId;

/// Of what kind an envelope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Somebody says something in a room.
    Text,
    /// Somebody says what it is called.
    Profile,
    /// Somebody says that there is a room, and what it is about.
    Room,
    /// Somebody says which messages it has.
    Receipt,
    /// Somebody says with which keys others can write to it in private.
    Prekeys,
    /// What only those who hold its key can read.
    Sealed,
    /// Somebody says which id it goes on under.
    Succession,
    /// Somebody says that its id is not to be trusted any more.
    Revocation,
    /// A kind that this version does not know. It is carried and kept, and not shown.
    Unknown(u64),
}

impl Kind {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Text => 1,
            Self::Profile => 2,
            Self::Room => 3,
            Self::Receipt => 4,
            Self::Prekeys => 5,
            Self::Sealed => 6,
            Self::Succession => 7,
            Self::Revocation => 8,
            Self::Unknown(number) => number,
        }
    }
}

impl From<u64> for Kind {
    fn from(number: u64) -> Self {
        match number {
            1 => Self::Text,
            2 => Self::Profile,
            3 => Self::Room,
            4 => Self::Receipt,
            5 => Self::Prekeys,
            6 => Self::Sealed,
            7 => Self::Succession,
            8 => Self::Revocation,
            other => Self::Unknown(other),
        }
    }
}

/// The content of an envelope, by kind.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Somebody says something in a room.
    Text {
        /// 1 to [`MAX_TEXT_LEN`] bytes. Written by a stranger: not for a terminal as it is.
        text: Box<str>,
        /// Whether it tells what the author does (`/me`) instead of what it says.
        action: bool,
    },
    /// What the author is called.
    Profile {
        /// 1 to [`MAX_NAME_LEN`] bytes. Written by a stranger: not for a terminal as it is.
        name: Box<str>,
    },
    /// What the room is about.
    Room {
        /// Up to [`MAX_TOPIC_LEN`] bytes. Written by a stranger: not for a terminal as it is.
        topic: Box<str>,
    },
    /// Which messages the author has.
    Receipt {
        /// 1 to [`MAX_RECEIPT_IDS`] of them.
        ids: Vec<MessageId>,
    },
    /// With which keys others can write to the author in private, even when it is not there.
    Prekeys {
        /// The long-term key of its private messages (X25519).
        identity: [u8; 32],
        /// The key for those it has never met (X25519), which is changed every week.
        fallback: [u8; 32],
    },
    /// What only those who hold its key can read.
    Sealed {
        /// How it is sealed.
        seal: Seal,
        /// 1 to [`MAX_SEALED_LEN`] bytes.
        bytes: Bytes,
    },
    /// The author goes on under another id, and that one agrees.
    Succession {
        /// The id it goes on under.
        next: NodeId,
        /// That id's signature over [`succession_text`].
        signature: Signature,
    },
    /// The author's id is not to be trusted any more, whatever comes after. Nothing takes this back.
    Revocation,
    /// Of a kind that this version does not know.
    Unknown {
        /// The number of its kind.
        kind: u64,
        /// One CBOR value, in the one encoding there is.
        value: Bytes,
    },
}

/// How an envelope is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Seal {
    /// To one person, with a ratchet of the two (Olm).
    Direct,
    /// To the members of a private room, with a ratchet of the sender's (Megolm).
    Room,
    /// To whoever knows the passphrase of a room.
    Passphrase,
    /// In a way that this version does not know.
    Unknown(u64),
}

impl Seal {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Direct => 1,
            Self::Room => 2,
            Self::Passphrase => 3,
            Self::Unknown(number) => number,
        }
    }
}

impl From<u64> for Seal {
    fn from(number: u64) -> Self {
        match number {
            1 => Self::Direct,
            2 => Self::Room,
            3 => Self::Passphrase,
            other => Self::Unknown(other),
        }
    }
}

/// What the id that somebody goes on under signs: that it agrees.
#[must_use]
pub fn succession_text(previous: &NodeId, next: &NodeId) -> Vec<u8> {
    let mut text = b"tazcom/v2/succession\0".to_vec();
    text.extend_from_slice(previous.as_bytes());
    text.extend_from_slice(next.as_bytes());
    text
}

const TEXT_TEXT: u64 = 1;
const TEXT_ACTION: u64 = 3;
const PROFILE_NAME: u64 = 1;
const ROOM_TOPIC: u64 = 1;
const RECEIPT_IDS: u64 = 1;
const PREKEYS_IDENTITY: u64 = 2;
const PREKEYS_FALLBACK: u64 = 4;
const SEALED_SEAL: u64 = 2;
const SEALED_BYTES: u64 = 4;
const SUCCESSION_NEXT: u64 = 2;
const SUCCESSION_SIGNATURE: u64 = 4;

impl Content {
    /// Of what kind it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Text { .. } => Kind::Text,
            Self::Profile { .. } => Kind::Profile,
            Self::Room { .. } => Kind::Room,
            Self::Receipt { .. } => Kind::Receipt,
            Self::Prekeys { .. } => Kind::Prekeys,
            Self::Sealed { .. } => Kind::Sealed,
            Self::Succession { .. } => Kind::Succession,
            Self::Revocation => Kind::Revocation,
            Self::Unknown { kind, .. } => Kind::Unknown(*kind),
        }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text { text, action } => {
                cbor::put_map(out, 1 + usize::from(*action));
                cbor::put_uint(out, TEXT_TEXT);
                cbor::put_text(out, text);
                if *action {
                    cbor::put_uint(out, TEXT_ACTION);
                    cbor::put_uint(out, 1);
                }
            }
            Self::Profile { name } => put_one_text(out, PROFILE_NAME, name),
            Self::Room { topic } => put_one_text(out, ROOM_TOPIC, topic),
            Self::Receipt { ids } => {
                cbor::put_map(out, 1);
                cbor::put_uint(out, RECEIPT_IDS);
                cbor::put_array(out, ids.len());
                for id in ids {
                    cbor::put_bytes(out, id.as_bytes());
                }
            }
            Self::Prekeys { identity, fallback } => {
                cbor::put_map(out, 2);
                cbor::put_uint(out, PREKEYS_IDENTITY);
                cbor::put_bytes(out, identity);
                cbor::put_uint(out, PREKEYS_FALLBACK);
                cbor::put_bytes(out, fallback);
            }
            Self::Sealed { seal, bytes } => {
                cbor::put_map(out, 2);
                cbor::put_uint(out, SEALED_SEAL);
                cbor::put_uint(out, seal.number());
                cbor::put_uint(out, SEALED_BYTES);
                cbor::put_bytes(out, bytes);
            }
            Self::Succession { next, signature } => {
                cbor::put_map(out, 2);
                cbor::put_uint(out, SUCCESSION_NEXT);
                cbor::put_bytes(out, next.as_bytes());
                cbor::put_uint(out, SUCCESSION_SIGNATURE);
                cbor::put_bytes(out, &signature.to_bytes());
            }
            Self::Revocation => cbor::put_map(out, 0),
            Self::Unknown { value, .. } => out.extend_from_slice(value),
        }
    }

    pub(super) fn decode(kind: Kind, value: &[u8]) -> Result<Self, EnvelopeError> {
        let mut reader = Reader::new(value);
        let content = match kind {
            Kind::Text => decode_text(&mut reader)?,
            Kind::Profile => Self::Profile {
                name: one_text(&mut reader, PROFILE_NAME, "name")?,
            },
            Kind::Room => Self::Room {
                topic: one_text(&mut reader, ROOM_TOPIC, "topic")?,
            },
            Kind::Receipt => decode_receipt(&mut reader)?,
            Kind::Prekeys => decode_prekeys(&mut reader)?,
            Kind::Sealed => decode_sealed(&mut reader)?,
            Kind::Succession => decode_succession(&mut reader)?,
            Kind::Revocation => {
                reader.fields(other)?;
                Self::Revocation
            }
            Kind::Unknown(kind) => {
                reader.skip(1)?;
                Self::Unknown {
                    kind,
                    value: Bytes::copy_from_slice(value),
                }
            }
        };
        reader.finish()?;
        Ok(content)
    }

    pub(super) fn check(&self, scope: &Scope) -> Result<(), EnvelopeError> {
        let in_a_room = matches!(scope, Scope::Room(_));
        match self {
            Self::Text { text, .. } => match text.len() {
                1..=MAX_TEXT_LEN => belongs(in_a_room, "text"),
                len => Err(EnvelopeError::TextLength { len }),
            },
            Self::Profile { name } => match name.len() {
                1..=MAX_NAME_LEN => belongs(*scope == Scope::Mesh, "name"),
                len => Err(EnvelopeError::NameLength { len }),
            },
            Self::Room { topic } => match topic.len() {
                0..=MAX_TOPIC_LEN => belongs(in_a_room, "topic"),
                len => Err(EnvelopeError::TopicLength { len }),
            },
            Self::Receipt { ids } => match ids.len() {
                1..=MAX_RECEIPT_IDS => belongs(!matches!(scope, Scope::Sealed(_)), "receipt"),
                len => Err(EnvelopeError::ReceiptLength {
                    len: u64::try_from(len).unwrap_or(u64::MAX),
                }),
            },
            Self::Prekeys { .. } => belongs(*scope == Scope::Mesh, "key"),
            Self::Sealed { bytes, .. } => match bytes.len() {
                1..=MAX_SEALED_LEN => belongs(matches!(scope, Scope::Sealed(_)), "sealed message"),
                len => Err(EnvelopeError::SealedLength { len }),
            },
            Self::Succession { .. } => belongs(*scope == Scope::Mesh, "succession"),
            Self::Revocation => belongs(*scope == Scope::Mesh, "revocation"),
            Self::Unknown { .. } => Ok(()),
        }
    }
}

/// Says nothing of what is in it: a log is not the place for it.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({:?})", self.kind())
    }
}

const fn belongs(does: bool, kind: &'static str) -> Result<(), EnvelopeError> {
    match does {
        true => Ok(()),
        false => Err(EnvelopeError::Misplaced { kind }),
    }
}

fn put_one_text(out: &mut Vec<u8>, key: u64, text: &str) {
    cbor::put_map(out, 1);
    cbor::put_uint(out, key);
    cbor::put_text(out, text);
}

/// An odd key that is not known is passed over, an even one is not.
fn other(key: u64, value: &mut Reader<'_>) -> Result<(), EnvelopeError> {
    match key % 2 {
        1 => Ok(value.skip(2)?),
        _ => Err(EnvelopeError::UnknownField { key }),
    }
}

fn one_text(
    reader: &mut Reader<'_>,
    wanted: u64,
    field: &'static str,
) -> Result<Box<str>, EnvelopeError> {
    let mut text = None;
    reader.fields(|key, value| {
        if key == wanted {
            text = Some(Box::from(value.text()?));
            return Ok(());
        }
        other(key, value)
    })?;
    text.ok_or(EnvelopeError::Missing { field })
}

fn decode_text(reader: &mut Reader<'_>) -> Result<Content, EnvelopeError> {
    let (mut text, mut action) = (None, false);
    reader.fields(|key, value| {
        match key {
            TEXT_TEXT => text = Some(Box::from(value.text()?)),
            TEXT_ACTION => match value.uint()? {
                1 => action = true,
                _ => return Err(CborError::Range.into()),
            },
            key => other(key, value)?,
        }
        Ok::<_, EnvelopeError>(())
    })?;
    let text = text.ok_or(EnvelopeError::Missing { field: "text" })?;
    Ok(Content::Text { text, action })
}

fn decode_receipt(reader: &mut Reader<'_>) -> Result<Content, EnvelopeError> {
    let mut ids = None;
    reader.fields(|key, value| {
        if key != RECEIPT_IDS {
            return other(key, value);
        }
        let len = value.array()?;
        let most = u64::try_from(MAX_RECEIPT_IDS).unwrap_or(u64::MAX);
        if len > most {
            return Err(EnvelopeError::ReceiptLength { len });
        }
        let read = (0..len).map(|_| Ok(MessageId::from_bytes(fixed(value.bytes()?)?)));
        ids = Some(read.collect::<Result<Vec<_>, CborError>>()?);
        Ok(())
    })?;
    let ids = ids.ok_or(EnvelopeError::Missing { field: "messages" })?;
    Ok(Content::Receipt { ids })
}

fn decode_prekeys(reader: &mut Reader<'_>) -> Result<Content, EnvelopeError> {
    let (mut identity, mut fallback) = (None, None);
    reader.fields(|key, value| {
        match key {
            PREKEYS_IDENTITY => identity = Some(fixed(value.bytes()?)?),
            PREKEYS_FALLBACK => fallback = Some(fixed(value.bytes()?)?),
            key => other(key, value)?,
        }
        Ok::<_, EnvelopeError>(())
    })?;
    Ok(Content::Prekeys {
        identity: identity.ok_or(EnvelopeError::Missing { field: "key" })?,
        fallback: fallback.ok_or(EnvelopeError::Missing { field: "key" })?,
    })
}

fn decode_sealed(reader: &mut Reader<'_>) -> Result<Content, EnvelopeError> {
    let (mut seal, mut bytes) = (None, None);
    reader.fields(|key, value| {
        match key {
            SEALED_SEAL => seal = Some(Seal::from(value.uint()?)),
            SEALED_BYTES => bytes = Some(Bytes::copy_from_slice(value.bytes()?)),
            key => other(key, value)?,
        }
        Ok::<_, EnvelopeError>(())
    })?;
    Ok(Content::Sealed {
        seal: seal.ok_or(EnvelopeError::Missing { field: "seal" })?,
        bytes: bytes.ok_or(EnvelopeError::Missing {
            field: "ciphertext",
        })?,
    })
}

fn decode_succession(reader: &mut Reader<'_>) -> Result<Content, EnvelopeError> {
    let (mut next, mut signature) = (None, None);
    reader.fields(|key, value| {
        match key {
            SUCCESSION_NEXT => next = Some(NodeId::from_bytes(fixed(value.bytes()?)?)),
            SUCCESSION_SIGNATURE => {
                signature = Some(Signature::from_bytes(fixed(value.bytes()?)?));
            }
            key => other(key, value)?,
        }
        Ok::<_, EnvelopeError>(())
    })?;
    Ok(Content::Succession {
        next: next.ok_or(EnvelopeError::Missing { field: "successor" })?,
        signature: signature.ok_or(EnvelopeError::Missing { field: "signature" })?,
    })
}
