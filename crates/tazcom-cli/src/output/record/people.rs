//! Somebody, a private room, and what two people compare, as programs are told of them.

use serde::{Deserialize, Serialize};
use tazcom_identity::NodeId;
use tazcom_node::trust::uri::Uri;
use tazcom_node::trust::words::Words;
use tazcom_node::trust::{How, Level, Sas};
use tazcom_node::{DisplayName, Fate, PrivateRoom, PrivateRoomState, RoomKind, SealedRoomId, Talk};

use super::conversation::{Person, label, time};

/// What two people compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CompareRecord {
    pub(crate) with: Person,
    pub(crate) emoji: Vec<EmojiRecord>,
    /// The same for terminals without emoji.
    pub(crate) numbers: [u16; 3],
}

/// One of seven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EmojiRecord {
    pub(crate) symbol: String,
    pub(crate) name: String,
}

/// Somebody, and all that is known of who that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WhoisRecord {
    pub(crate) id: NodeId,
    pub(crate) name: Option<String>,
    /// Whether somebody else is called so, or nearly so.
    pub(crate) doubtful: bool,
    /// `new`, `known`, `verified` or `blocked`.
    pub(crate) level: String,
    pub(crate) revoked: bool,
    /// When it was first met.
    pub(crate) since: Option<String>,
    /// How it was verified: `emoji`, `words` or `code`.
    pub(crate) verified_by: Option<String>,
    pub(crate) verified_at: Option<String>,
    /// The id it goes on under.
    pub(crate) successor: Option<NodeId>,
    /// It has named two different ones, of which neither is believed.
    #[serde(default)]
    pub(crate) forked: bool,
    /// The twelve words of its id, to be read aloud.
    pub(crate) words: String,
    /// Its id with check characters.
    pub(crate) uri: String,
    /// Whether there is a session with it now.
    pub(crate) connected: bool,
}

impl WhoisRecord {
    pub(crate) fn of(
        name: &DisplayName,
        person: Option<&tazcom_node::Person>,
        connected: bool,
    ) -> Self {
        let id = name.id();
        let verified = person.and_then(|person| person.verified);
        Self {
            id,
            name: label(name),
            doubtful: name.name().is_some() && name.is_doubtful(),
            level: level_word(person.map_or(Level::New, |person| person.level)).to_owned(),
            revoked: person.is_some_and(|person| person.revoked),
            since: person.map(|person| time(person.since)),
            verified_by: verified.map(|(how, _)| how_word(how).to_owned()),
            verified_at: verified.map(|(_, at)| time(at)),
            successor: person.and_then(|person| person.successor),
            forked: person.is_some_and(|person| person.forked),
            words: Words::of(&id).to_string(),
            uri: Uri(id).to_string(),
            connected,
        }
    }

    /// What a person reads.
    pub(crate) fn to_lines(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        let mut out = format!("{name}~{}\n", self.id.short());
        let mut field = |key: &str, value: &str| out.push_str(&format!("  {key:<12}{value}\n"));
        field("id", &self.id.to_string());
        let level = match (&self.verified_by, &self.verified_at) {
            (Some(how), Some(at)) if self.level == "verified" => {
                format!("verified by {how}, {at}")
            }
            _ => self.level.clone(),
        };
        field("trust", &level);
        if self.revoked {
            field(
                "",
                "REVOKED: it has said that its id is not to be trusted any more",
            );
        }
        if self.forked {
            field(
                "careful",
                "it has named two successors: its key may be in other hands",
            );
        }
        if let Some(next) = &self.successor {
            field("goes on as", &next.to_string());
        }
        if self.doubtful {
            field("careful", "somebody else is called so, or nearly so");
        }
        if let Some(since) = &self.since {
            field("since", since);
        }
        field("connected", if self.connected { "yes" } else { "no" });
        field("words", &self.words);
        field("code", &self.uri);
        out
    }
}

/// A private room of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PrivateRoomRecord {
    pub(crate) room: String,
    pub(crate) name: String,
    pub(crate) topic: String,
    /// `members` or `passphrase`.
    pub(crate) kind: String,
    /// `member`, `invited`, `left` or `removed`.
    pub(crate) state: String,
    pub(crate) members: Vec<MemberRecord>,
    /// Somebody who was removed may still read what some say, who have not heard of it.
    pub(crate) removed_may_read: bool,
    /// Since when its members are these, as known here; `null` where they are not known.
    pub(crate) known_since: Option<String>,
}

/// A member of a private room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MemberRecord {
    #[serde(flatten)]
    pub(crate) who: Person,
    pub(crate) admin: bool,
}

impl PrivateRoomRecord {
    pub(crate) fn of(room: &PrivateRoom) -> Self {
        Self {
            room: room_text(room.id),
            name: room.name.as_str().to_owned(),
            topic: room.topic.as_str().to_owned(),
            kind: match room.kind {
                RoomKind::Passphrase => "passphrase",
                _ => "members",
            }
            .to_owned(),
            state: match room.state {
                PrivateRoomState::Member => "member",
                PrivateRoomState::Invited { .. } => "invited",
                PrivateRoomState::Left => "left",
                _ => "removed",
            }
            .to_owned(),
            members: room
                .members
                .iter()
                .map(|(who, admin)| MemberRecord {
                    who: Person::of(who),
                    admin: *admin,
                })
                .collect(),
            removed_may_read: room.removed_may_read,
            known_since: (room.kind == RoomKind::Members).then(|| time(room.known_since)),
        }
    }

    /// What a person reads.
    pub(crate) fn to_lines(&self) -> String {
        let mut out = format!("+{}  {}\n", self.name, self.room);
        let kind = match self.kind.as_str() {
            "passphrase" => {
                "shared secret: whoever knows the passphrase reads everything, nobody can be removed"
            }
            _ => "members only",
        };
        out.push_str(&format!("  {}, {kind}\n", self.state));
        if !self.topic.is_empty() {
            out.push_str(&format!("  {}\n", self.topic.replace('\n', " ")));
        }
        for member in &self.members {
            let admin = if member.admin { "  (admin)" } else { "" };
            out.push_str(&format!("    {}{admin}\n", member.who));
        }
        if let Some(since) = &self.known_since {
            out.push_str(&format!("  membership as known to you since {since}\n"));
        }
        if self.removed_may_read {
            out.push_str(
                "  somebody who was removed may still read what others say who have not heard of it\n",
            );
        }
        out
    }
}

impl CompareRecord {
    pub(super) fn of(with: &DisplayName, sas: &Sas) -> Self {
        Self {
            with: Person::of(with),
            emoji: sas
                .emoji
                .iter()
                .map(|emoji| EmojiRecord {
                    symbol: emoji.symbol.to_owned(),
                    name: emoji.name.to_owned(),
                })
                .collect(),
            numbers: sas.numbers,
        }
    }

    /// What a person reads.
    pub(crate) fn to_lines(&self) -> String {
        let mut out = String::new();
        for emoji in &self.emoji {
            out.push_str(&format!("  {}  {}\n", emoji.symbol, emoji.name));
        }
        let [a, b, c] = self.numbers;
        out.push_str(&format!("  or as numbers: {a:04} {b:04} {c:04}\n"));
        out
    }
}

pub(crate) const fn level_word(level: Level) -> &'static str {
    match level {
        Level::Known => "known",
        Level::Verified => "verified",
        Level::Blocked => "blocked",
        _ => "new",
    }
}

pub(super) const fn how_word(how: How) -> &'static str {
    match how {
        How::Emoji => "emoji",
        How::Words => "words",
        _ => "code",
    }
}

pub(super) const fn fate_word(fate: Fate) -> &'static str {
    match fate {
        Fate::Waiting => "waiting",
        Fate::Delivered => "delivered",
        Fate::Expired => "expired",
        _ => "sent",
    }
}

pub(crate) fn talk_text(talk: Talk) -> String {
    match talk {
        Talk::Person(id) => format!("@{id}"),
        Talk::Room(room) => format!("+{}", room_text(room)),
    }
}

pub(crate) fn room_text(room: SealedRoomId) -> String {
    hex(&room.0)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
