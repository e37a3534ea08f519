//! To whom something is said.

use std::str::FromStr;

use tazcom_node::{RoomName, RoomNameError};

/// To whom something is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Addressee {
    Room(RoomName),
    /// What it is called, or its id.
    Person(String),
    /// What it is called, or its id.
    Private(String),
}

impl Addressee {
    /// As a private conversation is named, if it is one.
    pub(crate) fn talk(&self) -> Option<String> {
        match self {
            Self::Room(_) => None,
            Self::Person(who) => Some(format!("@{who}")),
            Self::Private(room) => Some(format!("+{room}")),
        }
    }
}

impl FromStr for Addressee {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = |name: &str, what| match name.is_empty() {
            true => Err(format!("expected {what} behind the sign")),
            false => Ok(name.to_owned()),
        };
        if let Some(who) = text.strip_prefix('@') {
            return named(who, "a person").map(Self::Person);
        }
        if let Some(room) = text.strip_prefix('+') {
            return named(room, "a private room").map(Self::Private);
        }
        if !text.starts_with('#') {
            // What was meant for one person or a few must not be said to everybody for want of a sign.
            return Err(format!(
                "write '#{text}' for the room that everybody can read, @{text} for that person, or \
                 +{text} for a private room"
            ));
        }
        text.parse()
            .map(Self::Room)
            .map_err(|error: RoomNameError| error.to_string())
    }
}
