//! What programs are told of the conversation.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tazcom_identity::NodeId;
use tazcom_node::chat::NameWarning;
use tazcom_node::{ChatEvent, DisplayName, Line, Missing, Position, Reached, UnixMillis};

use crate::output::{Signs, describe};

/// Somebody, and what to call them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) id: NodeId,
    /// `null` when it has not said.
    pub(crate) name: Option<String>,
    /// Whether the name alone could be taken for somebody else.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub(crate) doubtful: bool,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MessageRecord {
    pub(crate) id: String,
    pub(crate) room: String,
    pub(crate) author: NodeId,
    /// What the author calls itself; anybody can call itself so.
    pub(crate) name: Option<String>,
    /// Whether the name alone could be taken for somebody else.
    #[serde(default)]
    pub(crate) doubtful: bool,
    /// How far the author is trusted now. None of our own, and where nobody has looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trust: Option<Cow<'static, str>>,
    /// Made safe for a terminal.
    pub(crate) text: String,
    pub(crate) action: bool,
    /// When it was made, as its author claims.
    pub(crate) created: String,
    /// When it was first here.
    pub(crate) first_seen: String,
    /// What orders it: the same on every node.
    pub(crate) order: [u64; 2],
    pub(crate) own: bool,
    pub(crate) hops: u16,
    pub(crate) mentions_us: bool,
    /// How far it got, where that was asked for, it is our own and it is followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reach: Option<ReachRecord>,
}

/// How far a message of ours got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReachRecord {
    pub(crate) reached: usize,
    pub(crate) of: usize,
    /// The first few of those that have not said that they have it.
    pub(crate) missing: Vec<Person>,
}

/// The record of an event of the conversation, with the words that people read where it is no message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChatRecord {
    #[serde(flatten)]
    pub(crate) event: ChatFacts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

/// What happened in the conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum ChatFacts {
    Message {
        #[serde(flatten)]
        message: MessageRecord,
        /// Where it belongs among those told before: `end`, `start`, `earlier`, or `after` the one
        /// that `follows` names.
        position: Cow<'static, str>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        follows: Option<String>,
    },
    Reach {
        id: String,
        reached: usize,
        of: usize,
        missing: Vec<Person>,
    },
    Gap {
        room: String,
        author: Person,
        /// `null` when it is more than anybody would count.
        missing: Option<u64>,
        before: String,
    },
    GapClosed {
        room: String,
        author: Person,
        before: String,
        filled: bool,
    },
    Forked {
        room: String,
        author: Person,
    },
    Split {
        lost: Vec<Person>,
        count: usize,
        since: String,
    },
    Merged {
        room: Option<String>,
        merged: usize,
        split_at: Option<String>,
        rejoined_at: String,
    },
    NameChanged {
        id: NodeId,
        old: Option<String>,
        name: Option<String>,
        /// What is odd about the name, in words.
        warnings: Vec<String>,
        /// The same for programs. None from nodes of before there were any.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        name_warnings: Vec<NameWarningRecord>,
    },
    RoomSeen {
        room: String,
        topic: Option<String>,
        by: Person,
    },
    ClockSkew {
        /// Whose clock; `null` is ours.
        id: Option<NodeId>,
        /// Ahead when positive.
        offset_ms: i64,
    },
}

/// Something that is odd about a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NameWarningRecord {
    /// `cleaned`, `unreadable`, `reserved`, `looks_like`, `looks_like_ours`; of a newer version, something
    /// else.
    pub(crate) kind: Cow<'static, str>,
    /// Whose name it looks like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) other: Option<Person>,
}

impl NameWarningRecord {
    fn of(warning: &NameWarning) -> Self {
        let (kind, other) = match warning {
            NameWarning::Cleaned => ("cleaned", None),
            NameWarning::Unreadable => ("unreadable", None),
            NameWarning::Reserved => ("reserved", None),
            NameWarning::LooksLike(other) => ("looks_like", Some(Person::of(other))),
            NameWarning::LooksLikeOurs => ("looks_like_ours", None),
            _ => ("other", None),
        };
        Self {
            kind: Cow::Borrowed(kind),
            other,
        }
    }

    /// Whether nobody could be taken for somebody else by it. What is not known here could be.
    pub(crate) fn is_harmless(&self) -> bool {
        matches!(&*self.kind, "cleaned" | "unreadable")
    }
}

impl ChatRecord {
    pub(crate) fn of(event: &ChatEvent) -> Option<Self> {
        Some(Self {
            message: describe::note(event).map(|line| line.text),
            event: ChatFacts::of(event)?,
        })
    }
}

impl ChatFacts {
    fn of(event: &ChatEvent) -> Option<Self> {
        Some(match event {
            ChatEvent::Message { line, position, .. } => Self::Message {
                message: MessageRecord::of(line),
                position: Cow::Borrowed(match position {
                    Position::End => "end",
                    Position::After(_) => "after",
                    Position::Start => "start",
                    Position::Earlier => "earlier",
                }),
                follows: match position {
                    Position::After(id) => Some(id.to_string()),
                    _ => None,
                },
            },
            ChatEvent::Reach {
                id,
                reached,
                of,
                missing,
            } => Self::Reach {
                id: id.to_string(),
                reached: *reached,
                of: *of,
                missing: missing.iter().map(Person::of).collect(),
            },
            ChatEvent::Gap {
                room,
                author,
                missing,
                before,
            } => Self::Gap {
                room: room.to_string(),
                author: Person::of(author),
                missing: match missing {
                    Missing::Exactly(count) => Some(*count),
                    Missing::Many => None,
                },
                before: before.to_string(),
            },
            ChatEvent::GapClosed {
                room,
                author,
                before,
                filled,
            } => Self::GapClosed {
                room: room.to_string(),
                author: Person::of(author),
                before: before.to_string(),
                filled: *filled,
            },
            ChatEvent::Forked { room, author } => Self::Forked {
                room: room.to_string(),
                author: Person::of(author),
            },
            ChatEvent::Split { lost, count, at } => Self::Split {
                lost: lost.iter().map(Person::of).collect(),
                count: *count,
                since: time(*at),
            },
            ChatEvent::Merged {
                room,
                merged,
                split_at,
                rejoined_at,
            } => Self::Merged {
                room: room.as_ref().map(ToString::to_string),
                merged: *merged,
                split_at: split_at.map(time),
                rejoined_at: time(*rejoined_at),
            },
            ChatEvent::NameChanged { old, new, warnings } => Self::NameChanged {
                id: new.id(),
                old: old.as_ref().and_then(label),
                name: label(new),
                warnings: warnings.iter().map(describe::name_warning).collect(),
                name_warnings: warnings.iter().map(NameWarningRecord::of).collect(),
            },
            ChatEvent::RoomSeen { room, topic, by } => Self::RoomSeen {
                room: room.to_string(),
                topic: topic.as_ref().map(|topic| topic.as_str().to_owned()),
                by: Person::of(by),
            },
            ChatEvent::ClockSkew { who, offset_millis } => Self::ClockSkew {
                id: who.as_ref().map(DisplayName::id),
                offset_ms: *offset_millis,
            },
            _ => return None,
        })
    }
}

impl Person {
    pub(crate) fn of(name: &DisplayName) -> Self {
        Self {
            id: name.id(),
            name: label(name),
            doubtful: name.name().is_some() && name.is_doubtful(),
        }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or_default();
        write!(f, "{name}~{}", self.id.short())
    }
}

impl MessageRecord {
    /// As people read it: the room, who, and what.
    pub(crate) fn to_lines(&self, signs: Signs) -> String {
        self.lines("", signs)
    }

    /// The same with the time in front, and behind our own words how many have them.
    pub(crate) fn to_dated_lines(&self, signs: Signs) -> String {
        let at = self.created.parse().map_or(UnixMillis(0), |at: Timestamp| {
            UnixMillis(u64::try_from(at.as_millisecond()).unwrap_or(0))
        });
        let mut lines = self.lines(&format!("{}  ", describe::day_and_clock(at)), signs);
        if let Some(reach) = &self.reach {
            lines.truncate(lines.trim_end_matches('\n').len());
            lines.push_str(&match (reach.reached, reach.of) {
                (0, _) => "  (nobody has said that it has come)\n".to_owned(),
                (reached, of) => format!("  ({reached} of {of} have it)\n"),
            });
        }
        lines
    }

    fn lines(&self, before: &str, signs: Signs) -> String {
        let sign = signs.before(self.trust.as_deref());
        let who = match &self.name {
            Some(name) if !self.doubtful => name.clone(),
            name => {
                let name = name.as_deref().unwrap_or_default();
                format!("{name}~{}", self.author.short())
            }
        };
        let head = match self.action {
            true => format!("{} * {sign}{who} ", self.room),
            false => format!("{} <{sign}{who}> ", self.room),
        };
        let mut lines = self.text.split('\n');
        let mut out = format!("{before}{head}{}\n", lines.next().unwrap_or_default());
        for more in lines {
            out.push_str(&format!("{before}{} | {more}\n", self.room));
        }
        out
    }

    pub(crate) fn of(line: &Line) -> Self {
        Self {
            id: line.id.to_string(),
            room: line.room.to_string(),
            author: line.author.id(),
            name: label(&line.author),
            doubtful: line.author.is_doubtful(),
            trust: None,
            text: line.text.as_str().to_owned(),
            action: line.action,
            created: time(line.created),
            first_seen: time(line.first_seen),
            order: [line.hlc.millis.0, u64::from(line.hlc.counter)],
            own: line.own,
            hops: line.hops,
            mentions_us: line.mentions_us,
            reach: None,
        }
    }

    /// The same with how far it got.
    pub(crate) fn reached(self, reached: Option<&Reached>) -> Self {
        Self {
            reach: reached.map(|reached| ReachRecord {
                reached: reached.reached,
                of: reached.of,
                missing: reached.missing.iter().map(Person::of).collect(),
            }),
            ..self
        }
    }
}

pub(super) fn label(name: &DisplayName) -> Option<String> {
    name.name().map(|name| name.as_str().to_owned())
}

/// As RFC 3339 has it; what no calendar knows is shown as its last day.
pub(crate) fn time(at: UnixMillis) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    let timestamp = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
    format!("{timestamp:.3}")
}

/// One room of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomRecord {
    pub(crate) room: String,
    pub(crate) joined: bool,
    /// How many texts of it are kept.
    pub(crate) messages: u64,
    /// By what time the last of them is ordered.
    pub(crate) last: Option<String>,
    pub(crate) topic: Option<String>,
    /// Who was heard in it since the node runs.
    pub(crate) members: usize,
}

impl RoomRecord {
    /// The cells of a table.
    pub(crate) fn row(&self) -> [String; 5] {
        let last = self
            .last
            .as_ref()
            .and_then(|at| at.parse::<Timestamp>().ok());
        let last = last.map_or_else(
            || "-".to_owned(),
            |at| {
                let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
                describe::day_and_clock(UnixMillis(millis))
            },
        );
        // A topic may have lines, a cell has one.
        let topic = self.topic.as_ref().and_then(|topic| topic.lines().next());
        [
            self.room.clone(),
            if self.joined { "yes" } else { "no" }.to_owned(),
            self.messages.to_string(),
            last,
            topic.unwrap_or("-").to_owned(),
        ]
    }
}
