//! What comes before the line that it is about.

use std::collections::VecDeque;

use tazcom_chat::DisplayName;

use crate::news::{Fate, SaidId};

/// Fates and gaps that are kept until their line comes. They come right before it, or not at all.
const MAX_EARLY: usize = 256;

/// What came before the line that it is about.
#[derive(Debug, Default)]
pub(super) struct Early {
    fates: VecDeque<(SaidId, Fate)>,
    gaps: VecDeque<(SaidId, DisplayName, Option<u64>)>,
}

impl Early {
    pub(super) fn take_fate(&mut self, id: &SaidId) -> Option<Fate> {
        let at = self.fates.iter().position(|(of, _)| of == id)?;
        self.fates.remove(at).map(|(_, fate)| fate)
    }

    pub(super) fn take_gap(&mut self, id: &SaidId) -> Option<(DisplayName, Option<u64>)> {
        let at = self.gaps.iter().position(|(before, ..)| before == id)?;
        self.gaps.remove(at).map(|(_, who, missing)| (who, missing))
    }

    pub(super) fn add_fate(&mut self, id: SaidId, fate: Fate) {
        self.take_fate(&id);
        if self.fates.len() >= MAX_EARLY {
            self.fates.pop_front();
        }
        self.fates.push_back((id, fate));
    }

    pub(super) fn add_gap(&mut self, before: SaidId, who: DisplayName, missing: Option<u64>) {
        self.take_gap(&before);
        if self.gaps.len() >= MAX_EARLY {
            self.gaps.pop_front();
        }
        self.gaps.push_back((before, who, missing));
    }
}
