//! What of the conversation is seen.

use super::App;
use super::history::Which;
use crate::model::{Past, Scroll};
use crate::view::{layout, rows};

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    PageUp,
    PageDown,
    Top,
    End,
    /// So many rows up.
    Up(usize),
    /// So many rows down.
    Down(usize),
}

impl App {
    pub(super) fn scroll(&mut self, to: To) {
        let area = layout::panes(&self.model).timeline;
        if area.is_empty() {
            return;
        }
        let height = usize::from(area.height);
        // One row of the page before stays, to go on reading from.
        let page = height.saturating_sub(1).max(1);
        let (scroll, at_top) = match to {
            To::PageUp => self.scrolled_up(page, area.width, height),
            To::Up(rows) => self.scrolled_up(rows, area.width, height),
            To::PageDown => (self.scrolled_down(page, area.width), false),
            To::Down(rows) => (self.scrolled_down(rows, area.width), false),
            To::Top => (self.top(area.width, height), true),
            To::End => (Scroll::End, false),
        };
        let here = self.here();
        let Some(talk) = self.model.talk_mut() else {
            return;
        };
        talk.scroll = scroll;
        if at_top && matches!(talk.past, Past::More | Past::Unknown) && self.model.ready {
            self.ask_history(&here, Which::Older);
        }
    }

    fn height(&self, index: usize, width: u16) -> usize {
        rows::height(&self.model, self.model.talk(), index, width)
    }

    /// The lowest row that is seen: of which item, and which of its rows.
    fn lowest(&self, width: u16) -> Option<(usize, usize)> {
        let talk = self.model.talk();
        let last = talk.timeline.items.len().checked_sub(1)?;
        let (index, row) = match talk.scroll {
            Scroll::At { index, row } => (index.min(last), row),
            Scroll::End => (last, usize::MAX),
        };
        Some((index, row.min(self.height(index, width).saturating_sub(1))))
    }

    /// So many rows up, and whether the first row is seen then.
    fn scrolled_up(&self, mut by: usize, width: u16, height: usize) -> (Scroll, bool) {
        let Some((mut index, mut row)) = self.lowest(width) else {
            return (Scroll::End, true);
        };
        while by > row {
            by -= row + 1;
            let Some(above) = index.checked_sub(1) else {
                return (self.top(width, height), true);
            };
            index = above;
            row = self.height(index, width).saturating_sub(1);
        }
        row -= by;
        // A screen is filled down to the lowest row as long as there is anything to fill it with.
        let mut above = row + 1;
        let mut first = index;
        while above < height {
            let Some(before) = first.checked_sub(1) else {
                return (self.top(width, height), true);
            };
            first = before;
            above += self.height(first, width);
        }
        (Scroll::At { index, row }, first == 0 && above == height)
    }

    fn scrolled_down(&self, mut by: usize, width: u16) -> Scroll {
        let Some((mut index, mut row)) = self.lowest(width) else {
            return Scroll::End;
        };
        let count = self.model.talk().timeline.items.len();
        loop {
            let below = self.height(index, width).saturating_sub(row + 1);
            if by <= below {
                row += by;
                break;
            }
            by -= below;
            index += 1;
            if index >= count {
                return Scroll::End;
            }
            // The first row of the next item is one of those to go down.
            by -= 1;
            row = 0;
        }
        let is_end = index + 1 == count && row + 1 >= self.height(index, width);
        if is_end {
            Scroll::End
        } else {
            Scroll::At { index, row }
        }
    }

    /// Such that the first row is the highest that is seen.
    fn top(&self, width: u16, height: usize) -> Scroll {
        let count = self.model.talk().timeline.items.len();
        let mut left = height;
        for index in 0..count {
            let rows = self.height(index, width);
            if left <= rows {
                let is_end = index + 1 == count && left == rows;
                let row = left.saturating_sub(1);
                return if is_end {
                    Scroll::End
                } else {
                    Scroll::At { index, row }
                };
            }
            left -= rows;
        }
        Scroll::End
    }
}
