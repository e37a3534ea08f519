//! What the user has chosen, and what is kept until the next time.

use std::collections::BTreeMap;
use std::fmt;

use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::news::Order;

mod fit;
mod merge;

pub(crate) use fit::{fitting, worth};

/// The colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background.
    Light,
    /// None at all: bold, underlined and reversed alone.
    Mono,
}

/// When the user is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bell {
    /// Never.
    #[default]
    Off,
    /// When somebody names the user, or writes to it alone.
    Mentions,
    /// Whenever something is said that is not muted.
    All,
}

/// What the user has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The colours.
    pub theme: Theme,
    /// When to ring.
    pub bell: Bell,
    /// When to have the terminal notify the user. Without what was said.
    pub notify: Bell,
    /// Whether to draw with ASCII alone.
    pub ascii: bool,
    /// Whether to take the mouse.
    pub mouse: bool,
}

/// What is kept of a conversation, by its name as [`Place`](crate::Place) prints it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptConversation {
    /// Up to where it was read.
    pub read: Option<(u64, u64)>,
    /// Whether it is muted.
    pub muted: bool,
    /// What was typed and not sent.
    pub draft: String,
}

impl KeptConversation {
    /// Up to where it was read.
    #[must_use]
    pub fn read_up_to(&self) -> Option<Order> {
        self.read.map(|(millis, count)| Order(millis, count))
    }
}

/// What is kept until the next time.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// What the user has chosen.
    pub settings: Settings,
    /// Of conversations. At most [`MAX_KEPT`](Self::MAX_KEPT).
    pub conversations: BTreeMap<String, KeptConversation>,
}

impl Kept {
    /// Conversations of which something is kept. More than anybody follows.
    pub const MAX_KEPT: usize = 512;

    /// Bytes of all of it as JSON. Drafts that do not fit are left out, the longest first.
    pub const MAX_LEN: usize = 24 * 1024;

    /// What was kept, as far as it is understood. What another version has written, or a disk has
    /// damaged, costs that one value and none beside it. Of more than [`MAX_KEPT`](Self::MAX_KEPT)
    /// conversations the first are taken, by their names.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let Ok(Value::Object(mut all)) = serde_json::from_str(text) else {
            return Self::default();
        };
        let conversations = object(&mut all, "conversations");
        Self {
            settings: Settings::read(object(&mut all, "settings")),
            conversations: conversations
                .into_iter()
                .take(Self::MAX_KEPT)
                .filter_map(|(name, value)| match value {
                    Value::Object(fields) => Some((name, KeptConversation::read(fields))),
                    _ => None,
                })
                .collect(),
        }
    }
}

impl Settings {
    fn read(mut fields: Map<String, Value>) -> Self {
        Self {
            theme: field(&mut fields, "theme"),
            bell: field(&mut fields, "bell"),
            notify: field(&mut fields, "notify"),
            ascii: field(&mut fields, "ascii"),
            mouse: field(&mut fields, "mouse"),
        }
    }
}

impl KeptConversation {
    fn read(mut fields: Map<String, Value>) -> Self {
        Self {
            read: field(&mut fields, "read"),
            muted: field(&mut fields, "muted"),
            draft: field(&mut fields, "draft"),
        }
    }
}

fn object(fields: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    field(fields, name)
}

/// The value of a name; what it is by itself when there is none, or none that is understood.
fn field<T: DeserializeOwned + Default>(fields: &mut Map<String, Value>, name: &str) -> T {
    let value = fields.remove(name);
    let value = value.and_then(|value| serde_json::from_value(value).ok());
    value.unwrap_or_default()
}

/// Says nothing of what is in it: drafts are messages.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Says nothing of what is in it: drafts are messages.
impl fmt::Debug for KeptConversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptConversation")
            .field("muted", &self.muted)
            .finish_non_exhaustive()
    }
}

/// How the chat begins.
#[derive(Clone, Debug)]
pub struct Config {
    /// What was kept the last time.
    pub kept: Kept,
    /// Where to begin, as typed: `#room`, `@person` or `+room`. None is the lobby.
    pub begin: Option<String>,
    /// Columns and rows of the terminal; none where there is no screen.
    pub size: Option<(u16, u16)>,
    /// Whether the terminal shows colours at all (`NO_COLOR`, `TERM`).
    pub colour: bool,
    /// Whether the terminal shows more than ASCII.
    pub unicode: bool,
    /// The time zone of what is shown.
    pub zone: TimeZone,
    /// Whether the node is another program's, which goes on after this.
    pub attached: bool,
}

#[cfg(test)]
mod tests;
