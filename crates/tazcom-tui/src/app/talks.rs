//! Conversations: which there are, in which order, and which is open.

use std::collections::BTreeSet;

use tazcom_chat::{DisplayName, DisplayText};
use tazcom_identity::NodeId;
use tazcom_proto::RoomName;

use super::App;
use crate::model::{Editor, Past, Talk};
use crate::news::{Conversation, Order, Standing, Trust, Weight};
use crate::place::Place;
use crate::view::layout::panes;

/// Conversations that are shown. More than anybody follows; when one more comes, another one is no longer
/// in the list: a single line of a stranger first, then a person with whom nothing is unread, then a room
/// in which we are not, of these the one of longest ago.
pub(super) const MAX_TALKS: usize = 1024;

/// Members of a conversation that are known by name here. A room on one network has fewer.
const MAX_MEMBERS: usize = 4096;

/// A line may claim to be said so much later than now, in milliseconds, and still count as read: what
/// claims any time at all would make everything that comes after it count as read.
const MAX_AHEAD: u64 = 24 * 60 * 60 * 1000;

/// The room that is there when there is no other.
pub(super) fn lobby() -> Place {
    Place::Room(RoomName::lobby())
}

impl App {
    /// There is always a conversation: the lobby, in which we are not until the node says so.
    pub(super) fn add_lobby(&mut self) {
        let mut talk = Talk::of(lobby());
        talk.about.standing = Standing::Out;
        self.add_talk(talk);
    }

    /// Takes the lobby from the list if the node knows of none and there is anything else.
    pub(super) fn drop_untold_lobby(&mut self) {
        let lobby = lobby();
        let untold =
            |talk: &Talk| talk.about.standing == Standing::Out && talk.timeline.items.is_empty();
        if self.model.talks.len() > 1 && self.model.find(&lobby).is_some_and(untold) {
            self.model.talks.retain(|talk| *talk.place() != lobby);
            self.model.current = 0;
            self.sort_talks();
        }
    }

    pub(super) fn talk_at(&mut self, place: &Place) -> Option<&mut Talk> {
        let index = *self.places.get(place)?;
        self.model.talks.get_mut(index)
    }

    /// Whether we are in a conversation, as far as is known.
    pub(super) fn is_in(&self, place: &Place) -> bool {
        let talk = self.model.find(place);
        talk.is_some_and(|talk| talk.about.standing == Standing::In)
    }

    /// There is a conversation, or something about it has changed.
    pub(super) fn conversation(&mut self, mut about: Conversation) {
        about.members.truncate(MAX_MEMBERS);
        let place = about.place.clone();
        match self.talk_at(&place) {
            Some(talk) => {
                let renamed = talk.about.name != about.name;
                let was = std::mem::replace(&mut talk.about, about).standing;
                if renamed {
                    self.sort_talks();
                }
                if was != Standing::In && self.is_in(&place) {
                    self.entered(&place);
                }
            }
            None => {
                self.add_talk(Talk::new(about));
                self.want_history(place);
            }
        }
    }

    /// We are in it now: what was said there is to be seen.
    pub(super) fn entered(&mut self, place: &Place) {
        let Some(talk) = self.talk_at(place) else {
            return;
        };
        talk.about.standing = Standing::In;
        if talk.past == Past::Unknown {
            self.want_history(place.clone());
        }
    }

    /// Makes a conversation; whether there is room for it.
    pub(super) fn add_talk(&mut self, mut talk: Talk) -> bool {
        if self.model.talks.len() >= MAX_TALKS && !self.drop_idle_talk() {
            return false;
        }
        if let Some(kept) = self.keeper.of(talk.place()) {
            talk.read = kept.read_up_to();
            talk.muted = kept.muted;
            talk.draft.clone_from(&kept.draft);
        }
        self.model.talks.push(talk);
        self.sort_talks();
        true
    }

    /// A conversation with somebody, if there is room for it.
    pub(super) fn add_person(&mut self, who: &DisplayName) -> Option<Place> {
        let place = Place::Person(who.id());
        if self.places.contains_key(&place) {
            return Some(place);
        }
        let mut talk = Talk::of(place.clone());
        talk.about.name = who.name().map(|name| DisplayText::new(name.as_str()));
        self.add_talk(talk).then_some(place)
    }

    /// Takes the one from the list that is missed least.
    fn drop_idle_talk(&mut self) -> bool {
        let idlest = self.idlest_talk();
        if let Some(place) = &idlest {
            self.remove_talk(place);
        }
        if !std::mem::replace(&mut self.others.told_too_many, true) {
            let text = "more conversations than can be shown".to_owned();
            self.note(None, Weight::Warning, text);
        }
        idlest.is_some()
    }

    /// Never one that is open, or in which something is typed, or a room in which we are.
    fn idlest_talk(&self) -> Option<Place> {
        let model = &self.model;
        let present = model.status.present.iter();
        let known = present.filter(|present| present.trust > Trust::New);
        let mut known: BTreeSet<NodeId> = known.map(|present| present.who.id()).collect();
        known.extend(&model.status.verified);
        let rank = |talk: &Talk| match talk.place() {
            Place::Person(who) => {
                let alone = talk.timeline.said().nth(1).is_none();
                let own = talk.timeline.said().take(1).any(|said| said.own);
                match (alone && !own && !known.contains(who), talk.unread) {
                    (true, _) => Some(0),
                    (false, 0) => Some(1),
                    (false, _) => None,
                }
            }
            _ => (talk.about.standing != Standing::In).then_some(2),
        };
        let talks = model.talks.iter().enumerate();
        let idle = talks.filter(|(at, talk)| *at != model.current && talk.draft.is_empty());
        let ranked = idle.filter_map(|(_, talk)| Some((rank(talk)?, talk)));
        let idlest = ranked.min_by_key(|(rank, talk)| (*rank, talk.timeline.last_order()));
        idlest.map(|(_, talk)| talk.place().clone())
    }

    /// A conversation was left, or is no more. Whoever was in it is in the lobby then, or else in another
    /// open room: never where what is typed next would go to somebody else than it is meant for.
    pub(super) fn close_talk(&mut self, place: &Place) {
        if !self.places.contains_key(place) {
            return;
        }
        let was_here = self.here() == *place;
        let left = self.model.label(place);
        if was_here {
            let typed = self.model.editor.text.clone();
            self.typing.remember(&typed);
        }
        self.remove_talk(place);
        if !was_here || !self.begin.is_over() {
            return;
        }
        let here = self.here();
        let label = self.model.label(&here);
        let text = match self.is_in(&here) {
            true => format!("{left} is closed; you are in {label} now"),
            false => format!("{left} is closed; you are in no open room, /join {label} enters one"),
        };
        self.tell(&here, &text);
    }

    /// Takes a conversation from the list. What is kept of it stays kept.
    pub(super) fn remove_talk(&mut self, place: &Place) {
        let Some(index) = self.places.get(place).copied() else {
            return;
        };
        let here = self.here();
        if *place == here {
            self.store_draft();
        }
        if let Some(talk) = self.model.talks.get(index) {
            self.keeper.remember(talk, &talk.draft);
        }
        self.past.backlog.retain(|other| other != place);
        self.model.talks.remove(index);
        let landing = self.landing();
        if self.model.find(&landing).is_none() && (*place == here || self.model.talks.is_empty()) {
            // Whoever has left the last room is in none, the lobby included.
            let mut talk = Talk::of(landing.clone());
            talk.about.standing = Standing::Out;
            talk.past = Past::Complete;
            self.model.talks.push(talk);
        }
        self.model.current = 0;
        self.sort_talks();
        let open = self.places.get(&here).copied();
        match open {
            Some(index) => self.model.current = index,
            None => self.arrive(self.places.get(&landing).copied().unwrap_or_default()),
        }
        self.count_queued();
    }

    /// Where one is who is nowhere any more: in the lobby, or else in the first open room that is joined.
    fn landing(&self) -> Place {
        let joined = |talk: &&Talk| {
            matches!(talk.place(), Place::Room(_)) && talk.about.standing == Standing::In
        };
        let mut joined = self.model.talks.iter().filter(joined);
        let lobby = lobby();
        if self.is_in(&lobby) {
            return lobby;
        }
        joined.next().map_or(lobby, |talk| talk.place().clone())
    }

    /// Puts them in order: open rooms with the lobby first, people, private rooms.
    fn sort_talks(&mut self) {
        let here = self.here();
        self.model.talks.sort_by_cached_key(|talk| {
            let name = talk.about.name.as_ref();
            let name = name.map(|name| name.as_str().to_lowercase());
            let (kind, name) = match talk.place() {
                Place::Room(room) if room.as_str() == RoomName::LOBBY => (0, None),
                Place::Room(_) => (1, None),
                Place::Person(_) => (2, name),
                Place::Private(_) => (3, name),
            };
            // Those without a name come last.
            (kind, name.is_none(), name, talk.place().clone())
        });
        let places = self.model.talks.iter().enumerate();
        self.places = places
            .map(|(at, talk)| (talk.place().clone(), at))
            .collect();
        self.model.current = self.places.get(&here).copied().unwrap_or_default();
    }

    /// Opens the conversation where the chat begins: this one, else the lobby, else the first.
    pub(super) fn open_first(&mut self, place: Option<Place>) {
        self.go_along(|app| {
            if let Some(place) = place {
                app.go(&place);
            } else {
                let lobby = app.places.get(&lobby()).copied();
                app.arrive(lobby.unwrap_or_default());
            }
        });
    }

    /// Opens a conversation, and makes it when there is none yet.
    pub(super) fn go(&mut self, place: &Place) {
        if !self.places.contains_key(place) && !self.add_talk(Talk::of(place.clone())) {
            self.complain("there are too many conversations; /leave one");
            return;
        }
        if let Some(index) = self.places.get(place).copied() {
            self.go_to(index);
        }
    }

    /// Opens the conversation with this index.
    pub(super) fn go_to(&mut self, index: usize) {
        if index >= self.model.talks.len() {
            return;
        }
        if index != self.model.current {
            self.store_draft();
        }
        self.arrive(index);
    }

    /// Another one is open: what was typed stays with this one.
    fn store_draft(&mut self) {
        let typed = self.model.editor.take();
        if let Some(talk) = self.model.talk_mut() {
            talk.draft = typed;
        }
    }

    /// Shows a conversation from now on.
    fn arrive(&mut self, index: usize) {
        self.begin.settle();
        self.model.current = index;
        self.model.palette = None;
        self.typing.reset();
        let newest = self.model.talks.get(index);
        let newest = newest.and_then(|talk| talk.timeline.said().next());
        let newest = newest.map(|said| self.readable(said.order));
        let Some(talk) = self.model.talk_mut() else {
            return;
        };
        let draft = std::mem::take(&mut talk.draft);
        let whole = matches!(talk.past, Past::More | Past::Complete);
        let new = talk.unread > 0 || !whole;
        // Where nothing was read before, all is new and nothing is marked.
        let read = talk.read.filter(|read| *read > Order::default());
        talk.marker = read.filter(|_| new);
        talk.unread = 0;
        talk.mentions = 0;
        talk.read = talk.read.max(newest);
        let place = talk.place().clone();
        let asks = talk.past == Past::Unknown && talk.about.standing != Standing::Invited;
        if !draft.is_empty() {
            self.model.editor = Editor::with(&draft);
        }
        if asks && self.model.ready {
            // What is looked at comes first.
            self.past.backlog.retain(|other| *other != place);
            self.past.backlog.push_front(place.clone());
        }
        if panes(&self.model).timeline.is_empty() {
            // On a small screen a list stands in place of what is said.
            self.model.folds.rooms = None;
            self.model.folds.people = None;
        }
        self.keeper.touch(self.now.instant);
        self.print_arrival(&place);
    }

    /// Goes to the next conversation, or the one before.
    pub(super) fn go_round(&mut self, forth: bool) {
        let count = self.model.talks.len();
        let step = if forth { 1 } else { count - 1 };
        self.go_to((self.model.current + step) % count);
    }

    /// Goes where something is new: where we are named first.
    pub(super) fn go_to_unread(&mut self) {
        let count = self.model.talks.len();
        let after = (1..count).map(|step| (self.model.current + step) % count);
        let counted = |wanted: fn(&Talk) -> bool| {
            let talks = &self.model.talks;
            let is = |at: &usize| {
                let talk = talks.get(*at);
                talk.is_some_and(|talk| !talk.is_quiet() && wanted(talk))
            };
            after.clone().find(is)
        };
        let mentioned = counted(|talk| talk.mentions > 0);
        match mentioned.or_else(|| counted(|talk| talk.unread > 0)) {
            Some(index) => self.go_to(index),
            None => self.complain("nothing is new"),
        }
    }

    /// How far ahead of now something may claim to be and count as read.
    pub(super) fn readable(&self, order: Order) -> Order {
        let ahead = self.now.wall.0.saturating_add(MAX_AHEAD);
        order.min(Order(ahead, u64::MAX))
    }
}
