//! What is said, and what has become of it.

use tazcom_chat::DisplayText;

use super::App;
use crate::model::{Entry, Item, MAX_ITEMS, Past, Talk};
use crate::news::{Fate, Said, SaidId};
use crate::place::Place;

/// Bytes of what was said that are kept over all conversations, about. A page of each is far less; this
/// is a day of a busy network.
const MAX_LEN: usize = 64 * 1024 * 1024;

/// Names that are kept of those who do not have an own line: a row of the screen shows no more.
const MAX_MISSING: usize = 8;

impl App {
    /// Somebody said something just now.
    pub(super) fn said(&mut self, mut said: Said) {
        if !self.has_talk_for(&said) {
            return;
        }
        if said.own && said.fate.is_none() {
            let with_somebody = self.model.has_neighbour();
            said.fate = Some(if with_somebody {
                Fate::Sent
            } else {
                Fate::Queued
            });
        }
        self.merge_early_fate(&mut said);
        if said.own {
            self.words.said(&said);
            self.follow(&said.id);
        }
        let Some(at) = self.insert_said(&said) else {
            return;
        };
        self.print_said(&said);
        let seen = self.is_seen(&said.place);
        self.count(&said, seen);
        if seen && !said.own {
            self.mark_unfocused(&said.place, at);
        }
        self.call_user(&said);
        self.evict();
        if said.own {
            self.count_queued();
        }
    }

    /// Whether there is a conversation for it; it is made if there is not.
    fn has_talk_for(&mut self, said: &Said) -> bool {
        if self.places.contains_key(&said.place) {
            return true;
        }
        let mut talk = Talk::of(said.place.clone());
        if matches!(said.place, Place::Person(who) if who == said.author.id()) {
            let name = said.author.name();
            talk.about.name = name.map(|name| DisplayText::new(name.as_str()));
        }
        if !self.add_talk(talk) {
            return false;
        }
        self.want_history(said.place.clone());
        true
    }

    pub(super) fn merge_early_fate(&mut self, said: &mut Said) {
        if !said.own {
            return;
        }
        if let Some(fate) = self.early.take_fate(&said.id) {
            said.fate = Some(fate);
        }
        said.fate = said.fate.take().map(bounded);
    }

    /// Puts a line where it belongs, and what is missing before it; none when it is there already.
    pub(super) fn insert_said(&mut self, said: &Said) -> Option<usize> {
        let index = *self.places.get(&said.place)?;
        let talk = self.model.talks.get_mut(index)?;
        let item = Item {
            order: said.order,
            entry: Entry::Said(Box::new(said.clone())),
        };
        let Some(at) = talk.timeline.insert(item) else {
            if let Some(fate) = &said.fate {
                talk.timeline.set_fate(&said.id, fate);
            }
            let known = talk.timeline.get(&said.id);
            if let Some(fate) = known.and_then(|known| known.fate.as_ref()) {
                self.words.fate(&said.id, fate);
            }
            return None;
        };
        talk.shift_scroll(at, 1);
        if let Some((who, missing)) = self.early.take_gap(&said.id) {
            self.set_gap(index, who, missing, &said.id);
        }
        Some(at)
    }

    /// Whether what is said there is seen at once.
    fn is_seen(&self, place: &Place) -> bool {
        self.plain.is_some() || self.places.get(place) == Some(&self.model.current)
    }

    /// Counts a line as read or as unread.
    pub(super) fn count(&mut self, said: &Said, seen: bool) {
        let readable = self.readable(said.order);
        let Some(talk) = self.talk_at(&said.place) else {
            return;
        };
        if seen {
            talk.read_up_to(readable);
        } else if !said.own && Some(said.order) > talk.read {
            talk.unread += 1;
            let names_us = said.mentions_us || said.place.is_private();
            talk.mentions += u64::from(names_us);
        }
        if seen {
            self.keeper.touch(self.now.instant);
        }
    }

    /// While the user looks elsewhere, the marker stands before the first line that came.
    fn mark_unfocused(&mut self, place: &Place, at: usize) {
        if !self.caller.marks() {
            return;
        }
        if let Some(talk) = self.talk_at(place) {
            let above = at.checked_sub(1).and_then(|at| talk.timeline.items.get(at));
            talk.marker = above.map(|item| item.order);
            self.caller.has_marked();
        }
    }

    /// Keeps what was said within its bounds: what is oldest goes, of the longest conversation.
    pub(super) fn evict(&mut self) {
        let mut len: usize = self
            .model
            .talks
            .iter()
            .map(|talk| talk.timeline.len())
            .sum();
        for talk in &mut self.model.talks {
            while talk.timeline.items.len() > MAX_ITEMS {
                let was = talk.timeline.len();
                talk.forget_oldest();
                len -= was - talk.timeline.len();
            }
        }
        while len > MAX_LEN {
            let longest = self.model.talks.iter_mut();
            let Some(talk) = longest.max_by_key(|talk| talk.timeline.len()) else {
                return;
            };
            let was = talk.timeline.len();
            if !talk.forget_oldest() {
                return;
            }
            len -= was - talk.timeline.len();
        }
    }

    /// Something has become of our own words.
    pub(super) fn fate(&mut self, id: SaidId, fate: Fate) {
        let fate = bounded(fate);
        let talks = &mut self.model.talks;
        let Some(talk) = talks.iter_mut().find(|talk| talk.timeline.has(&id)) else {
            self.early.add_fate(id, fate);
            return;
        };
        if !talk.timeline.set_fate(&id, &fate) {
            return;
        }
        let place = talk.place().clone();
        self.words.fate(&id, &fate);
        self.print_fate(&place, &id, &fate);
        self.count_queued();
    }

    pub(super) fn count_queued(&mut self) {
        let talks = self.model.talks.iter();
        self.model.queued = talks.map(|talk| talk.timeline.queued()).sum();
    }
}

/// With no more names than are kept.
fn bounded(mut fate: Fate) -> Fate {
    if let Fate::Reached { missing, .. } = &mut fate {
        missing.truncate(MAX_MISSING);
        missing.shrink_to_fit();
    }
    fate
}

impl Talk {
    /// Forgets the oldest item: it is on disk, and can be asked for.
    fn forget_oldest(&mut self) -> bool {
        let forgot = self.timeline.forget_oldest();
        if forgot {
            self.unshift_scroll(0);
            self.past = Past::More;
        }
        forgot
    }
}

#[cfg(test)]
mod tests {
    //! The bound of what is kept of a fate.

    use tazcom_chat::DisplayName;
    use tazcom_identity::SecretKey;

    use super::{Fate, MAX_MISSING, bounded};

    #[test]
    fn of_those_who_miss_a_line_eight_are_kept() {
        for (count, kept) in [(MAX_MISSING, 8), (MAX_MISSING + 1, 8), (3, 3)] {
            let who = SecretKey::from_seed([1; 32]).node_id();
            let fate = Fate::Reached {
                reached: 1,
                of: 100,
                missing: vec![DisplayName::told(who, Some("ana"), false); count],
            };
            let Fate::Reached { missing, .. } = bounded(fate) else {
                panic!("it is another one");
            };
            assert_eq!(missing.len(), kept);
        }
    }
}
