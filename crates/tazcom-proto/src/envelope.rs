//! Signed envelopes: what people say, in the form in which it travels and is kept.
//!
//! `author (32) | body | signature (64)`. The signature is over a domain string, the author and the
//! exact bytes of the body; nothing is ever encoded again to check it. The body is one CBOR map in
//! the one encoding there is, so a relay cannot make a second form of the same message.

mod body;
mod content;
mod draft;
mod error;

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use body::Body;
use bytes::Bytes;
pub use content::{Content, Kind, Seal, succession_text};
pub use draft::{Draft, DraftError};
pub use error::{EnvelopeError, VerifyError};
use tazcom_identity::{NodeId, Signature};

use crate::clock::{Hlc, UnixMillis};
use crate::limits::{MAX_ENVELOPE_LEN, SEALED_TAG_LEN};
use crate::message_id::MessageId;
use crate::room::RoomName;

/// What a signature is over begins with this, so that it can be taken for no other signature.
const DOMAIN: &[u8] = b"tazcom/v2/envelope\0";

/// Where a message belongs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// To nobody in particular: what nodes tell each other about themselves.
    Mesh,
    /// To a public room, which everybody can read.
    Room(RoomName),
    /// To whoever knows what this tag means. The content cannot be read.
    Sealed([u8; SEALED_TAG_LEN]),
}

/// The place of a message among those that its author has said in the same scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Counts from 1.
    pub seq: u64,
    /// The message before; none before the first.
    pub previous: Option<MessageId>,
}

/// A well-formed envelope of which nobody knows yet who made it.
///
/// [`verify`](Self::verify) makes it a [`VerifiedEnvelope`], the only form that anything but a relay's
/// first checks takes.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    bytes: Bytes,
    id: MessageId,
    author: NodeId,
    signature: Signature,
    body: Body,
}

impl Envelope {
    /// Reads an envelope. Nothing about the signature is known afterwards.
    ///
    /// # Errors
    /// [`EnvelopeError`] when these bytes are not the one encoding of an envelope, or one of its
    /// values is not allowed.
    pub fn decode(bytes: Bytes) -> Result<Self, EnvelopeError> {
        if bytes.len() > MAX_ENVELOPE_LEN {
            return Err(EnvelopeError::TooLong { len: bytes.len() });
        }
        let (signed, signature) = bytes
            .split_last_chunk::<{ Signature::LEN }>()
            .ok_or(EnvelopeError::TooShort)?;
        let (author, body) = signed
            .split_first_chunk::<{ NodeId::LEN }>()
            .ok_or(EnvelopeError::TooShort)?;
        Ok(Self {
            id: MessageId::of(signed),
            author: NodeId::from_bytes(*author),
            signature: Signature::from_bytes(*signature),
            body: Body::decode(body)?,
            bytes,
        })
    }

    /// Checks that the author signed exactly this.
    ///
    /// # Errors
    /// [`VerifyError`]; the envelope is worth nothing then.
    pub fn verify(self) -> Result<VerifiedEnvelope, VerifyError> {
        let mut message = Vec::with_capacity(DOMAIN.len() + self.bytes.len());
        message.extend_from_slice(DOMAIN);
        message.extend_from_slice(self.signed());
        self.author.verify(&message, &self.signature)?;
        Ok(VerifiedEnvelope(self))
    }

    /// Takes it as verified without looking.
    ///
    /// For what this node verified before it wrote it to its own disk, and for nothing else.
    #[must_use]
    pub const fn assume_verified(self) -> VerifiedEnvelope {
        VerifiedEnvelope(self)
    }

    /// The envelope as it travels.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The part that its author signed: all but the signature.
    #[must_use]
    pub fn signed(&self) -> &[u8] {
        let len = self.bytes.len().saturating_sub(Signature::LEN);
        self.bytes.get(..len).unwrap_or_default()
    }

    /// The signature, as it stands there.
    #[must_use]
    pub const fn signature(&self) -> Signature {
        self.signature
    }

    /// What the message is called.
    #[must_use]
    pub const fn id(&self) -> MessageId {
        self.id
    }

    /// Who is said to have said it.
    #[must_use]
    pub const fn author(&self) -> NodeId {
        self.author
    }

    /// Where it belongs.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.body.scope
    }

    /// The public room it belongs to, if it belongs to one.
    #[must_use]
    pub const fn room(&self) -> Option<&RoomName> {
        match &self.body.scope {
            Scope::Room(room) => Some(room),
            Scope::Mesh | Scope::Sealed(_) => None,
        }
    }

    /// Its place among what its author has said there. What is said for the moment has none.
    #[must_use]
    pub const fn place(&self) -> Option<Place> {
        self.body.place
    }

    /// What orders it.
    #[must_use]
    pub const fn hlc(&self) -> Hlc {
        self.body.hlc
    }

    /// When its author's clock says it was made.
    #[must_use]
    pub const fn created(&self) -> UnixMillis {
        self.body.created
    }

    /// How long it is to be kept.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(u64::from(self.body.lifetime_secs))
    }

    /// When it is to be forgotten, by the clock that says [`created`](Self::created).
    #[must_use]
    pub fn expires(&self) -> UnixMillis {
        self.created().after(self.lifetime())
    }

    /// What it says, and of what kind that is.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.body.content
    }

    /// Orders messages the same way on every node: by clock, then by author, then by id.
    #[must_use]
    pub fn order_key(&self) -> (Hlc, NodeId, MessageId) {
        (self.hlc(), self.author, self.id)
    }
}

/// Says nothing of what is in it: a log is not the place for it.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("id", &self.id)
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// An envelope whose author has signed it beyond doubt.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedEnvelope(Envelope);

impl VerifiedEnvelope {
    /// The envelope, of which it is forgotten again that it was verified.
    #[must_use]
    pub fn into_inner(self) -> Envelope {
        self.0
    }
}

impl Deref for VerifiedEnvelope {
    type Target = Envelope;

    fn deref(&self) -> &Envelope {
        &self.0
    }
}

impl fmt::Debug for VerifiedEnvelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified{:?}", self.0)
    }
}
