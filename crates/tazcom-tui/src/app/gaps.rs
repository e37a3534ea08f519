//! What is missing.

use tazcom_chat::DisplayName;
use tazcom_proto::RoomName;

use super::App;
use crate::model::Entry;
use crate::news::{Presence, Present, SaidId, Weight};
use crate::place::Place;

impl App {
    /// Something that somebody said has not come.
    pub(super) fn gap(
        &mut self,
        room: RoomName,
        who: DisplayName,
        missing: Option<u64>,
        before: SaidId,
    ) {
        let place = Place::Room(room);
        let index = self.places.get(&place).copied();
        let talk = index.and_then(|index| self.model.talks.get(index));
        if talk.and_then(|talk| talk.timeline.gap(&before)) != Some(missing) {
            self.print_gap(&place, &who, missing);
        }
        if !index.is_some_and(|index| self.set_gap(index, who.clone(), missing, &before)) {
            self.early.add_gap(before, who, missing);
        }
    }

    pub(super) fn set_gap(
        &mut self,
        index: usize,
        who: DisplayName,
        missing: Option<u64>,
        before: &SaidId,
    ) -> bool {
        let asking = self.neighbours();
        let Some(talk) = self.model.talks.get_mut(index) else {
            return false;
        };
        match talk.timeline.set_gap(who, missing, before, asking) {
            Some(Err(at)) => talk.shift_scroll(at, 1),
            Some(Ok(_)) => {}
            None => return false,
        }
        true
    }

    /// How many peers can be asked for what is missing.
    pub(super) fn neighbours(&self) -> usize {
        let present = self.model.status.present.iter();
        let direct = |present: &&Present| present.presence == Presence::Direct;
        present.filter(direct).count()
    }

    /// Nothing is missing there any more.
    pub(super) fn gap_closed(&mut self, room: RoomName, before: &SaidId, filled: bool) {
        self.early.take_gap(before);
        let place = Place::Room(room);
        let Some(talk) = self.talk_at(&place) else {
            return;
        };
        let Some((at, item)) = talk.timeline.remove_gap(before) else {
            return;
        };
        let Entry::Gap {
            author, missing, ..
        } = item.entry
        else {
            return;
        };
        if filled {
            talk.unshift_scroll(at);
            return;
        }
        let text = format!("{} will not come", super::tell::missing(missing, &author));
        let said_at = talk.timeline.get(before).map(|said| said.at);
        let entry = Entry::Note {
            at: said_at.unwrap_or_default(),
            weight: Weight::Warning,
            text: text.clone(),
        };
        if talk.timeline.note_before(at, entry) {
            let label = self.model.label(&place);
            self.print_note(Weight::Warning, &format!("{label}: {text}"));
        } else {
            talk.unshift_scroll(at);
            self.note(Some(&place), Weight::Warning, text);
        }
    }
}
