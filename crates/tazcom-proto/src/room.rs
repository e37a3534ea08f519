//! What rooms are called.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::limits::MAX_ROOM_NAME_LEN;
use crate::peer_text::PeerText;

/// The name of a public room, without its `#`.
///
/// Letters and digits of any script in lower case, and `-`, `_`, `.` between them: one spelling, and
/// nothing that a terminal obeys or a path could be made of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomName(Arc<str>);

/// Why a text is no name of a room.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RoomNameError {
    /// Nothing.
    #[error("a room needs a name, as in #lobby")]
    Empty,
    /// More than fits.
    #[error("the name of a room has at most {MAX_ROOM_NAME_LEN} bytes, this has {len}")]
    TooLong {
        /// Its bytes.
        len: usize,
    },
    /// A character that is not for names.
    #[error(
        "the name of a room is made of lower-case letters, digits, '-', '_' and '.', not of \"{0}\""
    )]
    Character(PeerText),
    /// It begins or ends with a mark.
    #[error("the name of a room begins and ends with a letter or a digit")]
    Edge,
}

impl RoomName {
    /// The room that is there from the start.
    pub const LOBBY: &str = "lobby";

    /// The room that is there from the start.
    #[must_use]
    pub fn lobby() -> Self {
        Self(Arc::from(Self::LOBBY))
    }

    /// The name without `#`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name that is written exactly so on the wire: without `#`, in lower case.
    ///
    /// # Errors
    /// [`RoomNameError`] when it is no name of a room.
    pub fn from_wire(name: &str) -> Result<Self, RoomNameError> {
        if name.is_empty() {
            return Err(RoomNameError::Empty);
        }
        if name.len() > MAX_ROOM_NAME_LEN {
            return Err(RoomNameError::TooLong { len: name.len() });
        }
        if let Some(odd) = name.chars().find(|c| !is_letter(*c) && !is_mark(*c)) {
            let shown = PeerText::new(odd.encode_utf8(&mut [0; 4]));
            return Err(RoomNameError::Character(shown));
        }
        if name.starts_with(is_mark) || name.ends_with(is_mark) {
            return Err(RoomNameError::Edge);
        }
        Ok(Self(Arc::from(name)))
    }
}

/// As a person writes it: with or without `#`, capitals become small.
impl FromStr for RoomName {
    type Err = RoomNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_prefix('#').unwrap_or(text);
        if name.len() > 4 * MAX_ROOM_NAME_LEN {
            return Err(RoomNameError::TooLong { len: name.len() });
        }
        Self::from_wire(&name.to_lowercase())
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl fmt::Debug for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoomName({self})")
    }
}

/// A letter or a digit, the same in lower case, that leaves a mark of its own.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && c.to_lowercase().eq([c]) && !crate::peer_text::is_treacherous(c)
}

const fn is_mark(c: char) -> bool {
    matches!(c, '-' | '_' | '.')
}
