//! What a node tells whoever attends it, as news for the chat.
//!
//! What is put into words here has the names of people in it, which are cleaned, and nothing else that
//! others write: no room's name and no reason that a stranger gives may read like a line of the program.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_node::DisplayName;
use tazcom_tui::{
    Conversation, Fate, Member, News, NotVerified, Note, Place, Standing, Status, Trust, Weight,
};
use tokio::time::Instant;

use super::told::{
    comparison, conversation, fate, line, me, millis, named, people, person, place, private_room,
    said, said_id, said_privately, status, trust, words,
};
use crate::control::Attended;
use crate::output::{
    AroundRecord, ChatFacts, ChatRecord, MISMATCH, NameWarningRecord, Person, PrivateFacts,
    PrivateRecord, StatusRecord,
};

mod company;

use company::Company;

/// Warnings of one kind in a row that are told: whoever can send packets can make warnings.
const WARNINGS: u32 = 3;

/// After how long without one they are told again.
const QUIET: Duration = Duration::from_secs(60);

/// Kinds of warnings that are told. There are thirty.
const MAX_KINDS: usize = 64;

/// Addresses given by hand of which it is told that they could not be reached, in one of three ways each.
/// Few people give more than a few.
const MAX_UNREACHED: usize = 64;

/// Conversations that are remembered: as many as the chat shows.
const MAX_CONVERSATIONS: usize = 1_024;

/// Turns what is told into news. Remembers who is there, and of what it has warned.
#[derive(Debug, Default)]
pub(super) struct Reporter {
    is_ready: bool,
    me: Option<NodeId>,
    /// The conversations there are. Beyond the limit they are told and not remembered.
    conversations: BTreeSet<Place>,
    /// Those of them that were not told again since the node is followed anew.
    untold: BTreeSet<Place>,
    company: Company,
    warned: BTreeMap<String, Warned>,
    /// Addresses given by hand of which it was told that they could not be reached, and the kind of
    /// warning. Each is told once.
    unreached: BTreeSet<(String, Option<SocketAddr>)>,
}

#[derive(Debug)]
struct Warned {
    last: Instant,
    times: u32,
}

impl Reporter {
    /// The node is followed anew, and tells all that there is once more.
    pub(super) fn begin(&mut self) {
        self.untold = self.conversations.clone();
    }

    /// Whether all that there was has been told, at least once.
    pub(super) const fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// Adds to `news` what there is to say of a record.
    pub(super) fn take(&mut self, now: Instant, record: Attended, news: &mut Vec<News>) {
        let before = news.len();
        self.report(now, record, news);
        for news in news.iter().skip(before) {
            self.remember(news);
        }
    }

    fn remember(&mut self, news: &News) {
        match news {
            News::Conversation(conversation) => {
                self.untold.remove(&conversation.place);
                if self.conversations.len() < MAX_CONVERSATIONS {
                    self.conversations.insert(conversation.place.clone());
                }
            }
            News::Gone(place) => {
                self.untold.remove(place);
                self.conversations.remove(place);
            }
            _ => {}
        }
    }

    fn report(&mut self, now: Instant, record: Attended, news: &mut Vec<News>) {
        match record {
            Attended::Around(record) => self.around(now, *record, news),
            Attended::Chat(record) if self.knows(&record.event) => {
                news.extend(self.topic(&record.event));
            }
            Attended::Chat(record) => chat(*record, news),
            Attended::Private(record) => private(*record, news),
            Attended::Warning {
                kind,
                message,
                id,
                addr,
                count,
            } => match kind.as_str() {
                "events_missed" => news.push(News::Missed(count.unwrap_or(1))),
                kind => news.extend(self.warning(now, kind, &message, (id, addr))),
            },
            Attended::Done | Attended::Other => {}
        }
    }

    /// Whether the user knows that already: what it is called itself, and which rooms it is in.
    fn knows(&self, event: &ChatFacts) -> bool {
        match event {
            ChatFacts::NameChanged { id, .. } => self.me == Some(*id),
            ChatFacts::RoomSeen { room, .. } => {
                place(room).is_some_and(|place| self.conversations.contains(&place))
            }
            _ => false,
        }
    }

    /// That others have said what a conversation is about. Not what: that is shown where it is.
    fn topic(&self, event: &ChatFacts) -> Option<News> {
        let ChatFacts::RoomSeen {
            room,
            topic: Some(_),
            by,
        } = event
        else {
            return None;
        };
        if self.me == Some(by.id) {
            return None;
        }
        let text = format!("{} has set another topic", person(by));
        Some(note(Some(place(room)?), Weight::Quiet, text))
    }

    fn around(&mut self, now: Instant, record: AroundRecord, news: &mut Vec<News>) {
        match record {
            AroundRecord::Me { id, name } => {
                self.me = Some(id);
                news.push(News::Me(me(id, name.as_deref())));
            }
            AroundRecord::Conversation(record) => {
                news.extend(conversation(&record).map(News::Conversation));
            }
            AroundRecord::Gone { place: gone } => news.extend(place(&gone).map(News::Gone)),
            AroundRecord::Status(record) => self.status(now, &record, news),
            AroundRecord::Ready => self.ready(news),
        }
    }

    fn status(&mut self, now: Instant, record: &StatusRecord, news: &mut Vec<News>) {
        let status: Status = status(record);
        // Who has just come has no name yet, and is told of once it has.
        let named = status.present.iter().map(|present| &present.who);
        let named = named.filter(|who| who.name().is_some()).cloned();
        let moved = self.company.is(now, named);
        if self.is_ready {
            news.extend(moved.into_iter().map(quiet));
        }
        news.push(News::Status(status));
    }

    /// All that there was has been told. Said once, however often the node had to be asked; then that is
    /// gone which was there before.
    fn ready(&mut self, news: &mut Vec<News>) {
        news.extend(std::mem::take(&mut self.untold).into_iter().map(News::Gone));
        if !std::mem::replace(&mut self.is_ready, true) {
            news.push(News::Ready);
            news.extend(self.company.here().map(quiet));
        }
    }

    fn warning(
        &mut self,
        now: Instant,
        kind: &str,
        message: &str,
        (id, addr): (Option<NodeId>, Option<SocketAddr>),
    ) -> Option<News> {
        let text = match kind {
            // The status says so as long as it is so.
            "alone" => return None,
            // Whoever was found by itself is tried again; who is here says the status.
            "connection_refused" | "connection_timeout" | "connection_failed" => {
                let has_room = id.is_none() && self.unreached.len() < MAX_UNREACHED;
                let is_new = has_room && self.unreached.insert((kind.to_owned(), addr));
                return is_new.then(|| quiet(words(message)));
            }
            // Their own words are in it.
            "unknown_message_type" | "malformed_message" | "handshake_failed" => {
                "Somebody sent something that cannot be understood; the log of the node has more"
                    .to_owned()
            }
            _ => words(message),
        };
        match kind {
            "identity_conflict" => Some(alert(None, kind.to_owned(), text)),
            "two_hosts" | "pretence" => {
                let key = id.map_or_else(|| kind.to_owned(), |id| key(kind, id));
                Some(alert(None, key, text))
            }
            _ => self
                .is_new(now, kind)
                .then(|| note(None, Weight::Warning, text)),
        }
    }

    fn is_new(&mut self, now: Instant, kind: &str) -> bool {
        if !self.warned.contains_key(kind) && self.warned.len() >= MAX_KINDS {
            return false;
        }
        let warned = self.warned.entry(kind.to_owned()).or_insert(Warned {
            last: now,
            times: 0,
        });
        if now.saturating_duration_since(warned.last) >= QUIET {
            warned.times = 0;
        }
        warned.last = now;
        warned.times = warned.times.saturating_add(1);
        warned.times <= WARNINGS
    }
}

fn note(place: Option<Place>, weight: Weight, text: String) -> News {
    News::Note(Note {
        place,
        text,
        weight,
        key: None,
    })
}

/// An alert, in place of the last with the same key.
fn alert(place: Option<Place>, key: String, text: String) -> News {
    News::Note(Note {
        place,
        text,
        weight: Weight::Alert,
        key: Some(key),
    })
}

/// Of whom something is said, and in which respect.
fn key(what: &str, who: NodeId) -> String {
    format!("{what}:{who}")
}

fn quiet(text: String) -> News {
    note(None, Weight::Quiet, text)
}

fn chat(record: ChatRecord, news: &mut Vec<News>) {
    let ChatRecord { event, message } = record;
    // The node has put it into words, in which the names are cleaned.
    let message = || words(message.as_deref().unwrap_or_default());
    match event {
        ChatFacts::Message { message, .. } => news.extend(said(&message).map(News::Said)),
        ChatFacts::Reach {
            id,
            reached,
            of,
            missing,
        } => news.extend(said_id(&id).map(|id| News::Fate {
            id,
            fate: Fate::Reached {
                reached,
                of,
                missing: people(&missing),
            },
        })),
        ChatFacts::Gap {
            room,
            author,
            missing,
            before,
        } => news.extend(named(&room).zip(said_id(&before)).map(|(room, before)| {
            let author = person(&author);
            News::Gap {
                room,
                author,
                missing,
                before,
            }
        })),
        ChatFacts::GapClosed {
            room,
            before,
            filled,
            ..
        } => {
            news.extend(
                named(&room)
                    .zip(said_id(&before))
                    .map(|(room, before)| News::GapClosed {
                        room,
                        before,
                        filled,
                    }),
            )
        }
        ChatFacts::Forked { room, author } => {
            let place = named(&room).map(Place::Room);
            news.push(alert(place, key("fork", author.id), message()));
        }
        ChatFacts::Split { lost, count, since } => news.push(News::Split {
            lost: people(&lost),
            count,
            at: millis(&since),
        }),
        ChatFacts::Merged {
            room,
            merged,
            split_at,
            rejoined_at,
        } => news.push(News::Merged {
            room: room.and_then(|room| named(&room)),
            merged,
            split_at: split_at.as_deref().map(millis),
            rejoined_at: millis(&rejoined_at),
        }),
        ChatFacts::NameChanged {
            id,
            old,
            name,
            warnings,
            name_warnings,
        } => {
            if old.is_none() {
                // With its tag, if anything is odd about it.
                let doubtful = !warnings.is_empty();
                let named = DisplayName::told(id, name.as_deref(), doubtful);
                news.push(News::Named(named));
            }
            // A node of before there were kinds says nothing but words: they may mean anything.
            let untold = name_warnings.is_empty() && !warnings.is_empty();
            if untold || !name_warnings.iter().all(NameWarningRecord::is_harmless) {
                news.push(alert(None, key("name", id), message()));
            } else if old.is_some() {
                // That somebody is here is told when it is.
                news.push(quiet(message()));
            }
        }
        ChatFacts::RoomSeen { .. } => news.push(quiet(message())),
        ChatFacts::ClockSkew { offset_ms, .. } => {
            let weight = if offset_ms == 0 {
                Weight::Quiet
            } else {
                Weight::Warning
            };
            news.push(note(None, weight, message()));
        }
    }
}

fn private(record: PrivateRecord, news: &mut Vec<News>) {
    let message = words(record.message.as_deref().unwrap_or_default());
    match record.facts {
        PrivateFacts::PrivateMessage(message) => {
            news.extend(said_privately(&message).map(News::Said));
        }
        PrivateFacts::Fate { id, fate: word, .. } => news.extend(said_id(&id).map(|id| {
            let fate = fate(&word);
            News::Fate { id, fate }
        })),
        PrivateFacts::Invited { room, name, by } => {
            news.extend(invitation(&room, &name, &by).map(News::Conversation));
            let text = format!(
                "{} invites you into a private room: /accept enters it, /decline does not",
                person(&by)
            );
            // Wherever the user is: nobody is in that room yet.
            news.push(quiet(text));
        }
        PrivateFacts::PrivateRoomChanged {
            room,
            change,
            who,
            by,
            ..
        } => news.extend(changed(&room, &change, who.as_ref(), by.as_ref())),
        PrivateFacts::NewKeys { who } => news.push(alert(None, key("keys", who.id), message)),
        PrivateFacts::Suspicious { who, .. } => {
            news.push(alert(None, key("suspicious", who.id), message));
        }
        PrivateFacts::Succeeded { previous, .. } => {
            news.push(alert(None, key("succeeded", previous.id), message));
        }
        PrivateFacts::Revoked { who } => news.push(alert(None, key("revoked", who.id), message)),
        PrivateFacts::Unopened { from } => {
            let place = Some(Place::Person(from.id));
            news.push(note(place, Weight::Quiet, message));
        }
        PrivateFacts::VerificationAsked { by } => news.push(News::ComparisonAsked(person(&by))),
        PrivateFacts::Compare(record) => news.push(News::Compare(comparison(&record))),
        PrivateFacts::VerificationFailed { with, reason, why } => news.push(News::Compared {
            with: with.id,
            result: Err(NotVerified {
                why: words(&why),
                // A node of before there were reasons says nothing but words: they may mean that.
                mismatch: reason.is_none_or(|reason| reason == MISMATCH),
            }),
        }),
        PrivateFacts::Trust { who, level, how } => {
            let trust = trust(&level);
            let compared = trust == Trust::Verified && how.as_deref() == Some("emoji");
            news.push(News::Trust { who: who.id, trust });
            if compared {
                news.push(News::Compared {
                    with: who.id,
                    result: Ok(()),
                });
            }
        }
    }
}

/// The room as it is known from the invitation: whoever reads that can accept it at once.
fn invitation(room: &str, name: &str, by: &Person) -> Option<Conversation> {
    Some(Conversation {
        place: private_room(room)?,
        name: Some(line(name)),
        topic: None,
        standing: Standing::Invited,
        members: vec![Member {
            who: person(by),
            admin: true,
        }],
        passphrase: false,
    })
}

/// What has changed about a private room, without its name, which others have given it.
fn changed(room: &str, change: &str, who: Option<&Person>, by: Option<&Person>) -> Option<News> {
    let name = |who: Option<&Person>| who.map(person).map(|who| who.short());
    let (weight, text) = match (change, name(who), name(by)) {
        ("added", Some(who), Some(by)) => (Weight::Quiet, format!("{by} has let in {who}")),
        ("promoted", Some(who), _) => (Weight::Quiet, format!("{who} may let others in")),
        ("removed", Some(who), Some(by)) if who == by => (Weight::Quiet, format!("{who} has left")),
        ("removed", Some(who), Some(by)) => (
            Weight::Warning,
            format!(
                "{by} has removed {who}, who may still read what others say that have not heard of it"
            ),
        ),
        ("renamed", ..) => (Weight::Quiet, "its name or topic is new".to_owned()),
        ("history_shared", _, Some(by)) => (
            Weight::Quiet,
            format!("{by} has given you the keys to what was said before you came"),
        ),
        ("missing_key", Some(from), _) => (
            Weight::Quiet,
            format!("something from {from} cannot be read until its key comes"),
        ),
        ("unreadable", Some(from), _) => (
            Weight::Warning,
            format!("something from {from} will not be read: its key did not come"),
        ),
        _ => return None,
    };
    Some(note(private_room(room), weight, text))
}

#[cfg(test)]
mod tests;
