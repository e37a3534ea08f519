//! Where something is said.

use std::fmt;

use tazcom_identity::NodeId;
use tazcom_proto::RoomName;
use tazcom_proto::inner::SealedRoomId;

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A room that is open to all.
    Room(RoomName),
    /// With one person.
    Person(NodeId),
    /// In a private room.
    Private(SealedRoomId),
}

impl Place {
    /// Whether only those who are meant can read what is said there.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        !matches!(self, Self::Room(_))
    }
}

/// As it is named where a program reads it: `#lobby`, `@` and an id, `+` and the id of a room in hex.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(room) => write!(f, "{room}"),
            Self::Person(id) => write!(f, "@{id}"),
            Self::Private(room) => {
                f.write_str("+")?;
                room.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

/// Not the name of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected #room, @ and an id, or + and the id of a private room")]
pub struct PlaceError;

impl std::str::FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        if let Some(id) = text.strip_prefix('@') {
            return id.parse().map(Self::Person).map_err(|_| PlaceError);
        }
        let Some(hex) = text.strip_prefix('+') else {
            return text.parse().map(Self::Room).map_err(|_| PlaceError);
        };
        let mut id = SealedRoomId([0; 16]);
        if hex.len() != 2 * id.0.len() || !hex.is_ascii() {
            return Err(PlaceError);
        }
        for (byte, digits) in id.0.iter_mut().zip(hex.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| PlaceError)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| PlaceError)?;
        }
        Ok(Self::Private(id))
    }
}
