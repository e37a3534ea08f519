//! A node's name: its public key, and the one way to write it.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

mod base64url;

/// Who a node is: the 32 bytes of its Ed25519 public key.
///
/// Any 32 bytes make a `NodeId`; whether they are a key that can sign is found out by
/// [`NodeId::verify`]. An id that arrived in an announcement or a HELLO is a claim.
///
/// As text it is base64url (RFC 4648 section 5) without padding, 43 characters. That text is
/// canonical: every id has one text and every other text is refused, so texts may be compared.
/// The order of ids is the order of their bytes, which is not the order of their texts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId([u8; Self::LEN]);

impl NodeId {
    /// Bytes in an id.
    pub const LEN: usize = 32;

    /// Characters, all ASCII, in the text of an id: 256 bits at 6 a character, rounded up.
    pub const TEXT_LEN: usize = 43;

    /// The id with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes of the public key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The first characters of the text: enough to tell the nodes of one room apart, not enough
    /// to trust.
    #[must_use]
    pub fn short(&self) -> ShortId {
        let text = base64url::encode(&self.0);
        ShortId(std::array::from_fn(|at| text[at]))
    }

    /// Writes the text of the id into `buffer`, without allocating.
    pub fn encode<'a>(&self, buffer: &'a mut [u8; Self::TEXT_LEN]) -> &'a str {
        let text = base64url::encode(&self.0);
        buffer.copy_from_slice(&text[..Self::TEXT_LEN]);
        ascii(buffer)
    }
}

/// The first eight characters of a node's id, as in `TAZCOM Node 11qYAYKx`.
///
/// Forty-eight bits: a label for people, which anybody with some patience can imitate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortId([u8; Self::LEN]);

impl ShortId {
    /// Characters, all ASCII. A multiple of four, so that they encode whole bytes of the id.
    pub const LEN: usize = 8;

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }
}

/// Why a text is not a node id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseNodeIdError {
    /// The text is too short or too long; an id has no padding.
    #[error("a node id has {expected} characters, this has {found}", expected = NodeId::TEXT_LEN)]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character outside `A-Z a-z 0-9 - _`.
    #[error(
        "a node id is written in A-Z, a-z, 0-9, - and _; character {} is none of them",
        index + 1
    )]
    Character {
        /// Which character, counted from 0.
        index: usize,
    },
    /// The last character carries bits beyond the 32nd byte. It is another spelling of an id,
    /// and one id with two spellings could be two people.
    #[error("the last character of this node id cannot end one; was it copied whole?")]
    NotCanonical,
}

impl FromStr for NodeId {
    type Err = ParseNodeIdError;

    #[inline]
    fn from_str(text: &str) -> Result<Self, ParseNodeIdError> {
        // Length first: a long hostile text costs one comparison.
        let Ok(characters) = text.as_bytes().try_into() else {
            return Err(wrong_length(text));
        };
        base64url::decode(characters)
            .map(Self)
            .map_err(|fault| match fault {
                base64url::Fault::Character => bad_character(text),
                base64url::Fault::TrailingBits => ParseNodeIdError::NotCanonical,
            })
    }
}

/// A text may have the right number of characters and still more bytes.
#[cold]
fn wrong_length(text: &str) -> ParseNodeIdError {
    match text.chars().count() {
        NodeId::TEXT_LEN => bad_character(text),
        found => ParseNodeIdError::Length { found },
    }
}

#[cold]
fn bad_character(text: &str) -> ParseNodeIdError {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let index = text.chars().position(|c| !allowed(c)).unwrap_or_default();
    ParseNodeIdError::Character { index }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.encode(&mut [0; Self::TEXT_LEN]))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({})", self.short())
    }
}

impl fmt::Display for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShortId({self})")
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.encode(&mut [0; Self::TEXT_LEN]))
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = NodeId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a node id of {} characters", NodeId::TEXT_LEN)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<NodeId, E> {
        text.parse().map_err(E::custom)
    }
}

fn ascii(text: &[u8]) -> &str {
    // Nothing but the base64 alphabet is ever written into these buffers.
    str::from_utf8(text).unwrap_or_default()
}
