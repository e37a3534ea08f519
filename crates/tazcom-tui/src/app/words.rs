//! Own words, until somebody has confirmed to have them.

use std::collections::{BTreeSet, VecDeque};

use tazcom_chat::DisplayText;

use crate::news::{Fate, Said, SaidId};
use crate::place::Place;

/// Own words that are followed until somebody has them. Of more the oldest are no longer waited for.
const MAX_FOLLOWED: usize = 4096;

/// What was typed in this run and is not over.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// On disk, and to come as news.
    kept: VecDeque<(Place, DisplayText)>,
    /// Have come as news before it was known that they are on disk.
    told: VecDeque<(Place, DisplayText)>,
    /// Nobody has confirmed to have them.
    open: BTreeSet<SaidId>,
    refused: bool,
}

impl Words {
    /// Something was refused.
    pub(super) const fn refuse(&mut self) {
        self.refused = true;
    }

    pub(super) const fn has_refused(&self) -> bool {
        self.refused
    }

    pub(super) fn unconfirmed(&self) -> usize {
        self.kept.len() + self.open.len()
    }

    /// It is on disk, and the line comes as news or has come.
    pub(super) fn kept(&mut self, place: &Place, text: &str) {
        let words = (place.clone(), DisplayText::new(text));
        match self.told.iter().position(|told| *told == words) {
            Some(at) => drop(self.told.remove(at)),
            None => push(&mut self.kept, words),
        }
    }

    /// A line of ours has come as news.
    pub(super) fn said(&mut self, said: &Said) {
        let words = (said.place.clone(), said.text.clone());
        match self.kept.iter().position(|kept| *kept == words) {
            Some(at) => drop(self.kept.remove(at)),
            None => push(&mut self.told, words),
        }
        self.open.insert(said.id.clone());
        while self.open.len() > MAX_FOLLOWED {
            self.open.pop_first();
        }
        if let Some(fate) = &said.fate {
            self.fate(&said.id, fate);
        }
    }

    /// Something has become of a line of ours.
    pub(super) fn fate(&mut self, id: &SaidId, fate: &Fate) {
        let open = match fate {
            Fate::Queued | Fate::Sent => true,
            Fate::Reached { reached, .. } => *reached == 0,
            Fate::Delivered | Fate::Expired | Fate::Failed(_) => false,
        };
        if !open {
            self.open.remove(id);
        }
    }
}

fn push(words: &mut VecDeque<(Place, DisplayText)>, new: (Place, DisplayText)) {
    if words.len() >= MAX_FOLLOWED {
        words.pop_front();
    }
    words.push_back(new);
}
