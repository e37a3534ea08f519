//! What people say in private, before it is sealed and after it was opened.
//!
//! Who says it to whom stands inside, and whoever opens it compares that with who signed the envelope
//! and with itself: an envelope cannot be turned to somebody else.

use std::fmt;

use tazcom_identity::NodeId;
use zeroize::Zeroizing;

use crate::cbor::{self, CborError, Reader};
use crate::clock::{Hlc, UnixMillis};
use crate::limits::{INNER_LENGTHS, MAX_INNER_LEN, MAX_TEXT_LEN, SEALED_ROOM_ID_LEN};

const FROM: u64 = 2;
const TO: u64 = 4;
const ROOM: u64 = 6;
const ID: u64 = 8;
const HLC: u64 = 10;
const CREATED: u64 = 12;
const KIND: u64 = 14;
const BODY: u64 = 16;

/// Bytes before what is said that tell how long it is.
const PREFIX: usize = 2;

/// What a private message is called inside: chosen at random by its sender, the same however often it
/// is sealed anew.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InnerId(pub [u8; 16]);

impl fmt::Debug for InnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "InnerId({a:02x}{b:02x}{c:02x}{d:02x}..)")
    }
}

/// The id of a private room: chosen at random by whoever made it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealedRoomId(pub [u8; SEALED_ROOM_ID_LEN]);

impl fmt::Debug for SealedRoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever knows it can tell which envelopes belong to the room.
        f.write_str("SealedRoomId(..)")
    }
}

/// For whom it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// For one person.
    Person(NodeId),
    /// For the members of a private room.
    Room(SealedRoomId),
}

/// What is said in private.
#[derive(Clone, PartialEq, Eq)]
pub struct Inner {
    /// Who says it. Has to be who signed the envelope.
    pub from: NodeId,
    /// For whom. Has to be who opens it, or the room whose key opened it.
    pub to: Audience,
    /// What it is called.
    pub id: InnerId,
    /// What orders it.
    pub hlc: Hlc,
    /// When it was said, by its author's clock.
    pub created: UnixMillis,
    /// Of what kind it is.
    pub kind: u64,
    /// What it says: one CBOR value, in the one encoding there is.
    pub body: Zeroizing<Vec<u8>>,
}

/// Why bytes that were opened are nothing that is said in private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InnerError {
    /// It is not of one of the lengths there are, or its own length does not fit.
    #[error("an opened message of {len} bytes is not filled up as it has to be")]
    Length {
        /// Its bytes, with what fills it up.
        len: usize,
    },
    /// What is to be said is longer than allowed.
    #[error("a private message of {len} bytes, at most {MAX_INNER_LEN} are allowed")]
    TooLong {
        /// Its bytes.
        len: usize,
    },
    /// It is not the one encoding of a value.
    #[error("an opened message: {0}")]
    Cbor(#[from] CborError),
    /// A field that it must have is missing, or it has one too many.
    #[error("an opened message without a proper field {key}")]
    Field {
        /// Its key.
        key: u64,
    },
}

impl Inner {
    /// What is to be sealed: filled up to one of [`INNER_LENGTHS`].
    ///
    /// # Errors
    /// [`InnerError::TooLong`].
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, InnerError> {
        // Never grows, so that no copy of it is left behind.
        let mut out = Zeroizing::new(Vec::with_capacity(MAX_INNER_LEN + self.body.len() + 256));
        out.extend_from_slice(&[0; PREFIX]);
        cbor::put_map(&mut out, 7);
        cbor::put_uint(&mut out, FROM);
        cbor::put_bytes(&mut out, self.from.as_bytes());
        match &self.to {
            Audience::Person(id) => {
                cbor::put_uint(&mut out, TO);
                cbor::put_bytes(&mut out, id.as_bytes());
            }
            Audience::Room(room) => {
                cbor::put_uint(&mut out, ROOM);
                cbor::put_bytes(&mut out, &room.0);
            }
        }
        cbor::put_uint(&mut out, ID);
        cbor::put_bytes(&mut out, &self.id.0);
        cbor::put_uint(&mut out, HLC);
        cbor::put_array(&mut out, 2);
        cbor::put_uint(&mut out, self.hlc.millis.0);
        cbor::put_uint(&mut out, u64::from(self.hlc.counter));
        cbor::put_uint(&mut out, CREATED);
        cbor::put_uint(&mut out, self.created.0);
        cbor::put_uint(&mut out, KIND);
        cbor::put_uint(&mut out, self.kind);
        cbor::put_uint(&mut out, BODY);
        out.extend_from_slice(&self.body);
        let len = out.len();
        let filled = INNER_LENGTHS.into_iter().find(|filled| *filled >= len);
        let (Some(filled), Ok(said)) = (filled, u16::try_from(len - PREFIX)) else {
            return Err(InnerError::TooLong { len });
        };
        if let Some(prefix) = out.first_chunk_mut::<PREFIX>() {
            *prefix = said.to_be_bytes();
        }
        out.resize(filled, 0);
        Ok(out)
    }

    /// Reads what was opened.
    ///
    /// # Errors
    /// [`InnerError`] when it is nothing that [`encode`](Self::encode) writes.
    pub fn decode(bytes: &[u8]) -> Result<Self, InnerError> {
        let wrong = InnerError::Length { len: bytes.len() };
        let (prefix, rest) = bytes.split_first_chunk::<PREFIX>().ok_or(wrong)?;
        let len = usize::from(u16::from_be_bytes(*prefix));
        let (said, filling) = rest.split_at_checked(len).ok_or(wrong)?;
        let step = INNER_LENGTHS.into_iter().find(|step| *step >= len + PREFIX);
        if step != Some(bytes.len()) || filling.iter().any(|byte| *byte != 0) {
            return Err(wrong);
        }
        let mut fields = Fields::default();
        let mut reader = Reader::new(said);
        reader.fields(|key, value| fields.read(key, value))?;
        reader.finish()?;
        fields.finish()
    }
}

/// Something that somebody says, the body of kind [`kind::TEXT`].
#[derive(Clone, PartialEq, Eq)]
pub struct InnerText {
    /// 1 to [`MAX_TEXT_LEN`] bytes. Written by somebody else: not for a terminal as it is.
    pub text: Zeroizing<String>,
    /// Whether it tells what the author does instead of what it says.
    pub action: bool,
}

const TEXT_TEXT: u64 = 2;
const TEXT_ACTION: u64 = 3;

impl InnerText {
    /// The body.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(self.text.len() + 16));
        cbor::put_map(&mut out, 1 + usize::from(self.action));
        cbor::put_uint(&mut out, TEXT_TEXT);
        cbor::put_text(&mut out, &self.text);
        if self.action {
            cbor::put_uint(&mut out, TEXT_ACTION);
            cbor::put_uint(&mut out, 1);
        }
        out
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`InnerError`] when it is none.
    pub fn decode(body: &[u8]) -> Result<Self, InnerError> {
        let (mut text, mut action) = (None, false);
        let mut reader = Reader::new(body);
        reader.fields(|key, value| {
            match key {
                TEXT_TEXT => text = Some(value.text()?),
                TEXT_ACTION => match value.uint()? {
                    1 => action = true,
                    _ => return Err(CborError::Range.into()),
                },
                odd if odd % 2 == 1 => value.skip(2)?,
                key => return Err(InnerError::Field { key }),
            }
            Ok(())
        })?;
        reader.finish()?;
        match text {
            Some(text) if (1..=MAX_TEXT_LEN).contains(&text.len()) => Ok(Self {
                text: Zeroizing::new(text.to_owned()),
                action,
            }),
            _ => Err(InnerError::Field { key: TEXT_TEXT }),
        }
    }
}

/// Says nothing of what is in it.
impl fmt::Debug for InnerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InnerText(..)")
    }
}

#[derive(Default)]
struct Fields<'a> {
    from: Option<NodeId>,
    person: Option<NodeId>,
    room: Option<SealedRoomId>,
    id: Option<InnerId>,
    hlc: Option<Hlc>,
    created: Option<u64>,
    kind: Option<u64>,
    body: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    fn read(&mut self, key: u64, value: &mut Reader<'a>) -> Result<(), InnerError> {
        match key {
            FROM => self.from = Some(NodeId::from_bytes(fixed(value)?)),
            TO => self.person = Some(NodeId::from_bytes(fixed(value)?)),
            ROOM => self.room = Some(SealedRoomId(fixed(value)?)),
            ID => self.id = Some(InnerId(fixed(value)?)),
            HLC => {
                if value.array()? != 2 {
                    return Err(CborError::Type.into());
                }
                self.hlc = Some(Hlc {
                    millis: UnixMillis(value.uint()?),
                    counter: u32::try_from(value.uint()?).map_err(|_| CborError::Range)?,
                });
            }
            CREATED => self.created = Some(value.uint()?),
            KIND => self.kind = Some(value.uint()?),
            BODY => self.body = Some(value.skipped(2)?),
            odd if odd % 2 == 1 => value.skip(2)?,
            key => return Err(InnerError::Field { key }),
        }
        Ok(())
    }

    fn finish(self) -> Result<Inner, InnerError> {
        let to = match (self.person, self.room) {
            (Some(id), None) => Audience::Person(id),
            (None, Some(room)) => Audience::Room(room),
            (None, None) => return Err(missing(TO)),
            (Some(_), Some(_)) => return Err(missing(ROOM)),
        };
        let body = self.body.ok_or(missing(BODY))?;
        Ok(Inner {
            from: self.from.ok_or(missing(FROM))?,
            to,
            id: self.id.ok_or(missing(ID))?,
            hlc: self.hlc.ok_or(missing(HLC))?,
            created: UnixMillis(self.created.ok_or(missing(CREATED))?),
            kind: self.kind.ok_or(missing(KIND))?,
            body: Zeroizing::new(body.to_vec()),
        })
    }
}

const fn missing(key: u64) -> InnerError {
    InnerError::Field { key }
}

fn fixed<const N: usize>(value: &mut Reader<'_>) -> Result<[u8; N], CborError> {
    value.bytes()?.try_into().map_err(|_| CborError::Range)
}

/// Says nothing of what is in it.
impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Kinds of what is said in private, wherever it is said.
pub mod kind {
    /// Somebody says something: an [`InnerText`](super::InnerText).
    pub const TEXT: u64 = 2;
    /// Which messages have arrived: `[id, ...]`.
    pub const RECEIPT: u64 = 4;
    /// What could not be opened: the BLAKE3 of the sealed bytes.
    pub const UNDECRYPTABLE: u64 = 6;
    /// Nothing: the two have a ratchet now.
    pub const HELLO: u64 = 8;
    /// From here on kinds are of private rooms, in direct messages and in the room.
    pub const FIRST_OF_ROOMS: u64 = 32;
}
