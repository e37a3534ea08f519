//! What is shown: everything that the view looks at, and nothing else.

mod editor;
mod overlay;
mod talk;
mod timeline;

use std::collections::VecDeque;

pub(crate) use editor::{Editor, MAX_EDITOR};
use jiff::Timestamp;
use jiff::tz::TimeZone;
pub(crate) use overlay::{Choice, Overlay, Palette};
pub(crate) use talk::{Past, Scroll, Talk};
use tazcom_chat::{DisplayName, Name};
use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
pub(crate) use timeline::{Entry, Item, MAX_ITEMS, Timeline};

use crate::news::{Presence, Status};
use crate::place::Place;
use crate::settings::Settings;

/// Alerts that wait to be acknowledged. Beyond that the oldest of names that look alike go, and then the
/// oldest, but never the first: that is what is being read.
pub(crate) const MAX_ALERTS: usize = 32;

/// All of it.
#[derive(Debug)]
pub(crate) struct Model {
    /// Who we are, once that is known.
    pub(crate) me: Option<DisplayName>,
    /// Whether all that there was at the beginning has been told.
    pub(crate) ready: bool,
    /// Whether the node has ended.
    pub(crate) ended: bool,
    /// Whether the node is another program's.
    pub(crate) attached: bool,
    pub(crate) status: Status,
    /// Own lines that nobody has yet.
    pub(crate) queued: usize,
    pub(crate) now: UnixMillis,
    pub(crate) zone: TimeZone,
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    pub(crate) look: Look,
    /// In the order in which they are shown: open rooms, people, private rooms.
    pub(crate) talks: Vec<Talk>,
    /// Which of them is open. There is always one.
    pub(crate) current: usize,
    pub(crate) folds: Folds,
    /// What cannot be missed: the first is shown until it is acknowledged.
    pub(crate) alerts: VecDeque<Alert>,
    pub(crate) overlay: Option<Overlay>,
    /// What is being typed in the open conversation.
    pub(crate) editor: Editor,
    /// What may be completed: shown above what is typed.
    pub(crate) palette: Option<Palette>,
    /// What did not work just now, until the next key.
    pub(crate) complaint: Option<String>,
}

/// Which panes the user wants to see; none leaves it to the size.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Folds {
    pub(crate) rooms: Option<bool>,
    pub(crate) people: Option<bool>,
}

/// What cannot be missed.
#[derive(Clone, Debug)]
pub(crate) struct Alert {
    pub(crate) text: String,
    /// Who and in which respect, as in [`Note`](crate::Note).
    pub(crate) key: Option<String>,
}

/// How it is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) settings: Settings,
    /// Whether the terminal shows colours at all.
    pub(crate) colour: bool,
    /// Whether the terminal shows more than ASCII.
    pub(crate) unicode: bool,
}

impl Model {
    /// The open conversation.
    #[cfg_attr(
        not(test),
        expect(
            clippy::indexing_slicing,
            reason = "there is always one, and it is one of these"
        )
    )]
    pub(crate) fn talk(&self) -> &Talk {
        &self.talks[self.current]
    }

    /// The open conversation, to change it.
    pub(crate) fn talk_mut(&mut self) -> Option<&mut Talk> {
        self.talks.get_mut(self.current)
    }

    /// A conversation.
    pub(crate) fn find(&self, place: &Place) -> Option<&Talk> {
        self.talks.iter().find(|talk| talk.place() == place)
    }

    /// A time of day, as `14:02`.
    pub(crate) fn time(&self, at: UnixMillis) -> String {
        let millis = i64::try_from(at.0).ok();
        let at = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
        at.map_or_else(
            || "--:--".to_owned(),
            |at| at.to_zoned(self.zone.clone()).strftime("%H:%M").to_string(),
        )
    }

    /// Somebody, as it is called now, as far as that is known here.
    pub(crate) fn person(&self, id: NodeId) -> Option<&DisplayName> {
        let present = self.status.present.iter().map(|present| &present.who);
        let members = self.talks.iter().flat_map(|talk| &talk.about.members);
        let me = self.me.iter();
        let mut known = me.chain(present).chain(members.map(|member| &member.who));
        known.find(|who| who.id() == id)
    }

    /// Whether there is a session with anybody.
    pub(crate) fn has_neighbour(&self) -> bool {
        let mut present = self.status.present.iter();
        present.any(|present| present.presence == Presence::Direct)
    }

    /// What a conversation is called where only one line tells of it: `#lobby`, `@zoe`, `+crew`.
    ///
    /// Nothing in it is blank, so that nobody's name looks like more than a name.
    pub(crate) fn label(&self, place: &Place) -> String {
        match place {
            Place::Room(room) => room.to_string(),
            Place::Person(id) => match self.person(*id) {
                Some(who) => format!("@{}", who.short()),
                None => {
                    let claimed = self.find(place).and_then(|talk| talk.about.name.as_ref());
                    let claimed = claimed.map(|name| name.as_str());
                    format!("@{}", DisplayName::told(*id, claimed, true).short())
                }
            },
            Place::Private(id) => {
                let name = |talk: &Talk| {
                    let name = talk.about.name.as_ref();
                    name.and_then(|name| Name::clean(name.as_str()))
                };
                let mine = self.find(place).and_then(name);
                let private = self.talks.iter().filter(|talk| talk.place() != place);
                let mut private = private.filter(|talk| matches!(talk.place(), Place::Private(_)));
                let alone = mine.is_some() && !private.any(|talk| name(talk) == mine);
                let mine = mine.map_or_else(String::new, |name| name.to_string());
                match (alone, id.0) {
                    (true, _) => format!("+{mine}"),
                    (false, [a, b, ..]) => format!("+{mine}~{a:02x}{b:02x}"),
                }
            }
        }
    }
}
