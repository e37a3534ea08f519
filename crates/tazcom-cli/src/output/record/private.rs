//! What programs are told of private conversations and of who is who.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use tazcom_identity::NodeId;
use tazcom_node::trust::Failure;
use tazcom_node::{DisplayName, PrivateEvent, PrivateLine, RoomChange};

use super::conversation::{Person, label, time};
use super::people::{CompareRecord, fate_word, hex, how_word, level_word, room_text, talk_text};
use crate::output::{Signs, describe};

/// Something that was said in private.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PrivateMessageRecord {
    pub(crate) id: String,
    /// `@` and an id, or `+` and the id of a room.
    pub(crate) talk: String,
    /// What the room is called, if it was said in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) room_name: Option<String>,
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
    /// When it was said, as its author claims.
    pub(crate) created: String,
    pub(crate) order: [u64; 2],
    /// Who handed over the key to it, when that was not its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key_from: Option<Person>,
    /// Of one's own words: `waiting`, `sent`, `delivered` or `expired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fate: Option<String>,
}

/// The record of a private event, with the words that people read where it is no message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PrivateRecord {
    #[serde(flatten)]
    pub(crate) facts: PrivateFacts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

/// What happened in private, or became known about who is who.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum PrivateFacts {
    PrivateMessage(PrivateMessageRecord),
    Fate {
        talk: String,
        id: String,
        fate: Cow<'static, str>,
    },
    Invited {
        room: String,
        name: String,
        by: Person,
    },
    PrivateRoomChanged {
        room: String,
        name: String,
        change: Cow<'static, str>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<Person>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Person>,
    },
    NewKeys {
        who: Person,
    },
    Suspicious {
        who: Person,
        what: Cow<'static, str>,
    },
    Unopened {
        from: Person,
    },
    VerificationAsked {
        by: Person,
    },
    Compare(CompareRecord),
    VerificationFailed {
        with: Person,
        /// What `why` says, for programs. None from nodes of before there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Cow<'static, str>>,
        why: String,
    },
    Trust {
        who: Person,
        level: String,
        how: Option<Cow<'static, str>>,
    },
    Succeeded {
        previous: Person,
        next: Person,
        level: String,
    },
    Revoked {
        who: Person,
    },
}

impl PrivateRecord {
    pub(crate) fn of(event: &PrivateEvent) -> Option<Self> {
        Some(Self {
            message: describe::private_note(event).map(|line| line.text),
            facts: PrivateFacts::of(event)?,
        })
    }
}

impl PrivateFacts {
    fn of(event: &PrivateEvent) -> Option<Self> {
        Some(match event {
            PrivateEvent::Message(line) => Self::PrivateMessage(PrivateMessageRecord::of(line)),
            PrivateEvent::Fate { talk, id, fate } => Self::Fate {
                talk: talk_text(*talk),
                id: hex(&id.0),
                fate: fate_word(*fate).into(),
            },
            PrivateEvent::Invited { room, name, by } => Self::Invited {
                room: room_text(*room),
                name: name.as_str().to_owned(),
                by: Person::of(by),
            },
            PrivateEvent::Room { room, name, change } => {
                let (change, who, by) = change_parts(change)?;
                Self::PrivateRoomChanged {
                    room: room_text(*room),
                    name: name.as_str().to_owned(),
                    change: change.into(),
                    who: who.map(Person::of),
                    by: by.map(Person::of),
                }
            }
            PrivateEvent::NewKeys { who } => Self::NewKeys {
                who: Person::of(who),
            },
            PrivateEvent::Suspicious { who, what } => Self::Suspicious {
                who: Person::of(who),
                what: Cow::Borrowed(*what),
            },
            PrivateEvent::Unopened { from } => Self::Unopened {
                from: Person::of(from),
            },
            PrivateEvent::VerificationAsked { by } => {
                Self::VerificationAsked { by: Person::of(by) }
            }
            PrivateEvent::VerificationShown { with, sas } => {
                Self::Compare(CompareRecord::of(with, sas))
            }
            PrivateEvent::VerificationFailed { with, why } => Self::VerificationFailed {
                with: Person::of(with),
                reason: Some(Cow::Borrowed(reason_word(*why))),
                why: why.to_string(),
            },
            PrivateEvent::Trust { who, level, how } => Self::Trust {
                who: Person::of(who),
                level: level_word(*level).to_owned(),
                how: how.map(how_word).map(Cow::Borrowed),
            },
            PrivateEvent::Succeeded {
                previous,
                next,
                level,
            } => Self::Succeeded {
                previous: Person::of(previous),
                next: Person::of(next),
                level: level_word(*level).to_owned(),
            },
            PrivateEvent::Revoked { who } => Self::Revoked {
                who: Person::of(who),
            },
            _ => return None,
        })
    }
}

/// Somebody may be between the two, or the one is not who it was: they do not see the same.
pub(crate) const MISMATCH: &str = "mismatch";

const fn reason_word(why: Failure) -> &'static str {
    match why {
        Failure::Different | Failure::DifferentThere | Failure::Unproved => MISMATCH,
        Failure::BrokenPromise => "broken_promise",
        Failure::OutOfOrder => "out_of_order",
        Failure::Cancelled => "cancelled",
        Failure::CancelledThere => "cancelled_there",
        Failure::TimedOut => "timed_out",
        Failure::SessionEnded => "session_ended",
        Failure::TooOften => "too_often",
        Failure::Busy => "busy",
        Failure::NotNow => "not_now",
        _ => "other",
    }
}

/// The name of a room, which others give it, without what ends it and begins a name: nobody says
/// anything in it.
fn enclosed(name: &str) -> String {
    let plain = |c| match c {
        '[' | '<' | '［' | '＜' | '〈' | '⟨' | '‹' | '【' => '(',
        ']' | '>' | '］' | '＞' | '〉' | '⟩' | '›' | '】' => ')',
        c => c,
    };
    name.chars().map(plain).collect()
}

type Parts<'a> = (
    &'static str,
    Option<&'a DisplayName>,
    Option<&'a DisplayName>,
);

fn change_parts(change: &RoomChange) -> Option<Parts<'_>> {
    Some(match change {
        RoomChange::Added { who, by } => ("added", Some(who), Some(by)),
        RoomChange::Promoted { who } => ("promoted", Some(who), None),
        RoomChange::Removed { who, by } => ("removed", Some(who), Some(by)),
        RoomChange::Renamed => ("renamed", None, None),
        RoomChange::HistoryShared { by } => ("history_shared", None, Some(by)),
        RoomChange::MissingKey { from } => ("missing_key", Some(from), None),
        RoomChange::Unreadable { from } => ("unreadable", Some(from), None),
        _ => return None,
    })
}

impl PrivateMessageRecord {
    pub(crate) fn of(line: &PrivateLine) -> Self {
        Self {
            id: hex(&line.id().0),
            talk: talk_text(line.talk()),
            room_name: line.room_name().map(|name| name.as_str().to_owned()),
            author: line.from().id(),
            name: label(line.from()),
            doubtful: line.from().is_doubtful(),
            trust: None,
            text: line.text().as_str().to_owned(),
            action: line.is_action(),
            created: time(line.created()),
            order: [line.hlc().millis.0, u64::from(line.hlc().counter)],
            key_from: line.vouched_by().map(Person::of),
            fate: line.fate().map(|fate| fate_word(fate).to_owned()),
        }
    }

    /// What a person reads, each line of it behind what tells where and by whom. In private it always
    /// says who beyond a name.
    pub(crate) fn to_lines(&self, signs: Signs) -> String {
        let sign = signs.before(self.trust.as_deref());
        let name = self.name.as_deref().unwrap_or_default();
        let who = format!("{name}~{}", self.author.short());
        let place = match (&self.room_name, self.talk.strip_prefix('+')) {
            (Some(name), _) => format!("+{}", enclosed(name)),
            (None, Some(room)) => format!("+{}", room.get(..8).unwrap_or(room)),
            (None, None) if self.fate.is_some() => {
                let to = self.talk.trim_start_matches('@');
                format!("private to ~{}", to.get(..8).unwrap_or(to))
            }
            (None, None) => "private".to_owned(),
        };
        let head = match self.action {
            true => format!("[{place}] * {sign}{who} "),
            false => format!("[{place}] <{sign}{who}> "),
        };
        let key = self.key_from.as_ref();
        let key = key.map_or_else(String::new, |who| format!("(key from {who}) "));
        let mut lines = self.text.split('\n');
        let mut out = format!("{head}{key}{}\n", lines.next().unwrap_or_default());
        for more in lines {
            out.push_str(&format!("[{place}] | {more}\n"));
        }
        out
    }

    /// The same, with when it was said and what became of it.
    pub(crate) fn to_dated_lines(&self, signs: Signs) -> String {
        let fate = match self.fate.as_deref() {
            Some("delivered") | None => String::new(),
            Some(fate) => format!("  ({fate})"),
        };
        let lines = self.to_lines(signs);
        let lines = lines.trim_end_matches('\n').replace('\n', "\n  ");
        let at = self.created.get(..16).unwrap_or(&self.created);
        format!("{} {lines}{fate}\n", at.replace('T', " "))
    }
}
