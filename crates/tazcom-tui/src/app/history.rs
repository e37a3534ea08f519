//! What was said before: asking for it, and taking it.

use super::App;
use super::asked::Purpose;
use crate::ask::Ask;
use crate::model::Past;
use crate::news::{Fate, Said, Standing};
use crate::place::Place;

/// Lines asked for at once: several screens.
const PAGE: u32 = 200;

/// Lines taken of one answer; what comes beyond what was asked for is dropped.
const MAX_PAGE: usize = 1000;

/// Histories asked for at once, so that the answers do not stand in the way of what the user asks.
const MAX_HISTORIES: usize = 4;

/// Which part of what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The newest, for the first time.
    Newest,
    /// The newest once more, because some of it was lost on the way here.
    Again,
    /// What was before that which is here.
    Older,
}

impl App {
    /// What was said, as asked for.
    pub(super) fn history(&mut self, of: &Place, which: Which, lines: Vec<Said>, more: bool) {
        let seen = self.places.get(of) == Some(&self.model.current);
        let first_run = self.keeper.is_first_run();
        let mut new = Vec::new();
        for mut said in lines.into_iter().take(MAX_PAGE) {
            if said.place != *of {
                continue;
            }
            // Nobody has said that they have it; but somebody is there who was given it.
            if said.fate == Some(Fate::Queued) && !of.is_private() && self.model.has_neighbour() {
                said.fate = Some(Fate::Sent);
            }
            self.merge_early_fate(&mut said);
            if self.insert_said(&said).is_some() {
                new.push(said);
            }
        }
        self.keeper.touch(self.now.instant);
        for said in &new {
            self.count(said, seen || first_run);
            if which == Which::Again {
                self.print_said(said);
            }
        }
        if let Some(talk) = self.talk_at(of) {
            talk.past = if more { Past::More } else { Past::Complete };
            // What is known to be empty is read: what comes while the chat does not run is news then.
            talk.read.get_or_insert_default();
            let marker = talk.marker;
            let is_new = |said: &Said| !said.own && Some(said.order) > marker;
            if marker.is_some() && which == Which::Newest && !talk.timeline.said().any(is_new) {
                talk.marker = None;
            }
        }
        if which == Which::Newest {
            self.print_history(of, seen, &new);
        }
        self.evict();
        self.count_queued();
    }

    /// Asks for what was said in a conversation when it is its turn. At the beginning all are asked for.
    pub(super) fn want_history(&mut self, of: Place) {
        if self.model.ready && !self.past.backlog.contains(&of) {
            self.past.backlog.push_back(of);
        }
    }

    /// Asks for histories, a few at a time.
    pub(super) fn ask_backlog(&mut self) {
        while self.asked.histories() < MAX_HISTORIES {
            let Some(place) = self.past.backlog.pop_front() else {
                return;
            };
            let again = self
                .model
                .find(&place)
                .is_some_and(|talk| talk.past != Past::Unknown);
            let which = if again { Which::Again } else { Which::Newest };
            self.ask_history(&place, which);
        }
    }

    /// Asks for what was said last, or before what is here.
    pub(super) fn ask_history(&mut self, of: &Place, which: Which) {
        let Some(talk) = self.talk_at(of) else {
            return;
        };
        if talk.past == Past::Asked || talk.about.standing == Standing::Invited {
            return;
        }
        let was = std::mem::replace(&mut talk.past, Past::Asked);
        let oldest = talk.timeline.oldest().filter(|_| which == Which::Older);
        let ask = Ask::History {
            of: of.clone(),
            before: oldest.cloned().map(Box::new),
            limit: PAGE,
        };
        let purpose = Purpose::History {
            of: of.clone(),
            which,
        };
        if self.ask(of.clone(), purpose, ask).is_err()
            && let Some(talk) = self.talk_at(of)
        {
            talk.past = was;
        }
    }
}
