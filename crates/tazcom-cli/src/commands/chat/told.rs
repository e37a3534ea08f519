//! The records of a node in the words of the chat. What others have written is made safe once more.

use std::str::FromStr;

use jiff::Timestamp;
use tazcom_identity::NodeId;
use tazcom_node::{DisplayName, DisplayText, UnixMillis};
use tazcom_tui::{
    Comparison, Conversation, Fate, Member, Order, Place, Presence, Present, Said, SaidId,
    Standing, Status, Trust,
};

use crate::output::{
    CompareRecord, ConversationRecord, MemberRecord, MessageRecord, Person, PrivateMessageRecord,
    PrivateRoomRecord, ReachRecord, StatusRecord, WhoisRecord,
};

/// Characters of a name or topic that are shown on one line.
const MAX_LINE: usize = 256;

/// Characters of a line that the node itself has put into words.
const MAX_WORDS: usize = 2048;

/// Bytes of what something that was said is called. The longest of a node has 64.
const MAX_ID_LEN: usize = 128;

/// People that are named where a few are: who has not got something yet, who was lost.
pub(super) const MAX_NAMED: usize = 8;

/// Members of a conversation, and people who are there. A node tells as many.
const MAX_MEMBERS: usize = 200;
const MAX_PRESENT: usize = 1_000;

/// People who are verified, whether or not they are there. Of the others it is not shown.
const MAX_VERIFIED: usize = 4_096;

/// Rooms that were heard of and not joined. A node tells as many.
const MAX_HEARD: usize = 200;

/// Interfaces, addresses and lines of what was tried: what fits on a screen.
const MAX_LINES: usize = 32;

/// Signs that are compared.
const MAX_EMOJI: usize = 7;

pub(super) fn person(person: &Person) -> DisplayName {
    DisplayName::told(person.id, person.name.as_deref(), person.doubtful)
}

/// The first few of people.
pub(super) fn people(people: &[Person]) -> Vec<DisplayName> {
    people.iter().take(MAX_NAMED).map(person).collect()
}

pub(super) fn somebody(whois: &WhoisRecord) -> DisplayName {
    DisplayName::told(whois.id, whois.name.as_deref(), whois.doubtful)
}

/// A name or a topic, on one line.
pub(super) fn line(text: &str) -> DisplayText {
    DisplayText::line(text, MAX_LINE)
}

/// What the node has put into words, on one line.
pub(super) fn words(text: &str) -> String {
    DisplayText::line(text, MAX_WORDS).as_str().to_owned()
}

/// What something is called; none when that is longer than any name.
pub(super) fn said_id(id: &str) -> Option<SaidId> {
    (id.len() <= MAX_ID_LEN).then(|| SaidId(id.into()))
}

/// Where it is; none when that is longer than any name of a place, or is none.
pub(super) fn place(name: &str) -> Option<Place> {
    named(name)
}

/// What has such a name; none when that is longer than any name, or is none.
pub(super) fn named<T: FromStr>(name: &str) -> Option<T> {
    match name.len() {
        ..=MAX_ID_LEN => name.parse().ok(),
        _ => None,
    }
}

/// When, in the time of the records; the beginning of time when it cannot be read.
pub(super) fn millis(at: &str) -> UnixMillis {
    let at = at.parse::<Timestamp>();
    let millis = at.map_or(0, |at| u64::try_from(at.as_millisecond()).unwrap_or(0));
    UnixMillis(millis)
}

/// Something that was said to everybody; none when it is in no room, or has no name.
pub(super) fn said(message: &MessageRecord) -> Option<Said> {
    // Nobody can have said it after it was here.
    let at = millis(&message.created).min(millis(&message.first_seen));
    Some(Said {
        id: said_id(&message.id)?,
        place: Place::Room(named(&message.room)?),
        author: DisplayName::told(message.author, message.name.as_deref(), message.doubtful),
        text: DisplayText::new(&message.text),
        action: message.action,
        at,
        order: order(message.order),
        own: message.own,
        mentions_us: message.mentions_us,
        fate: message.reach.as_ref().map(reach),
        key_from: None,
    })
}

/// Something that was said in private; none when it is in no conversation, or has no name.
pub(super) fn said_privately(message: &PrivateMessageRecord) -> Option<Said> {
    Some(Said {
        id: said_id(&message.id)?,
        place: place(&message.talk)?,
        author: DisplayName::told(message.author, message.name.as_deref(), message.doubtful),
        text: DisplayText::new(&message.text),
        action: message.action,
        at: millis(&message.created),
        order: order(message.order),
        own: message.fate.is_some(),
        mentions_us: false,
        fate: message.fate.as_deref().map(fate),
        key_from: message.key_from.as_ref().map(person),
    })
}

const fn order([millis, count]: [u64; 2]) -> Order {
    Order(millis, count)
}

/// How far something got that was said to everybody.
pub(super) fn reach(record: &ReachRecord) -> Fate {
    match record.reached {
        0 => Fate::Queued,
        reached => Fate::Reached {
            reached,
            of: record.of,
            missing: people(&record.missing),
        },
    }
}

pub(super) fn fate(word: &str) -> Fate {
    match word {
        "waiting" => Fate::Queued,
        "delivered" => Fate::Delivered,
        "expired" => Fate::Expired,
        _ => Fate::Sent,
    }
}

pub(super) fn trust(word: &str) -> Trust {
    match word {
        "known" => Trust::Known,
        "verified" => Trust::Verified,
        "blocked" => Trust::Blocked,
        _ => Trust::New,
    }
}

/// A conversation; none when it cannot be named.
pub(super) fn conversation(record: &ConversationRecord) -> Option<Conversation> {
    Some(Conversation {
        place: place(&record.place)?,
        name: record.name.as_deref().map(line),
        topic: record.topic.as_deref().map(line),
        standing: match record.standing.as_str() {
            "in" => Standing::In,
            "invited" => Standing::Invited,
            _ => Standing::Out,
        },
        members: members(&record.members),
        passphrase: record.passphrase,
    })
}

/// A private room; none when it cannot be named.
pub(super) fn room(record: &PrivateRoomRecord) -> Option<Conversation> {
    Some(Conversation {
        place: private_room(&record.room)?,
        name: Some(line(&record.name)),
        topic: (!record.topic.is_empty()).then(|| line(&record.topic)),
        standing: match record.state.as_str() {
            "member" => Standing::In,
            "invited" => Standing::Invited,
            _ => Standing::Out,
        },
        members: members(&record.members),
        passphrase: record.kind == "passphrase",
    })
}

/// A private room, by its id.
pub(super) fn private_room(id: &str) -> Option<Place> {
    match id.len() {
        ..=MAX_ID_LEN => place(&format!("+{id}")),
        _ => None,
    }
}

fn members(records: &[MemberRecord]) -> Vec<Member> {
    let member = |record: &MemberRecord| Member {
        who: person(&record.who),
        admin: record.admin,
    };
    records.iter().take(MAX_MEMBERS).map(member).collect()
}

pub(super) fn status(record: &StatusRecord) -> Status {
    Status {
        interfaces: lines(&record.interfaces),
        listens: lines(&record.listens),
        tried: lines(&record.tried),
        // What is no name of a room is nothing that could be entered, or shown.
        heard: record
            .heard
            .iter()
            .take(MAX_HEARD)
            .filter_map(|room| named(room))
            .collect(),
        verified: record.verified.iter().take(MAX_VERIFIED).copied().collect(),
        present: record
            .present
            .iter()
            .take(MAX_PRESENT)
            .map(|present| Present {
                who: person(&present.who),
                presence: match present.direct {
                    true => Presence::Direct,
                    false => Presence::Via(present.via.as_ref().map(person)),
                },
                trust: trust(&present.trust),
            })
            .collect(),
    }
}

fn lines(lines: &[String]) -> Vec<String> {
    let lines = lines.iter().take(MAX_LINES);
    lines.map(|line| words(line)).collect()
}

pub(super) fn comparison(record: &CompareRecord) -> Comparison {
    let emoji = record.emoji.iter().take(MAX_EMOJI);
    Comparison {
        with: person(&record.with),
        emoji: emoji
            .map(|emoji| (words(&emoji.symbol), words(&emoji.name)))
            .collect(),
        numbers: record.numbers,
    }
}

/// Who we are.
pub(super) fn me(id: NodeId, name: Option<&str>) -> DisplayName {
    DisplayName::told(id, name, false)
}

#[cfg(test)]
mod tests;
