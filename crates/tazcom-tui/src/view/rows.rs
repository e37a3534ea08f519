//! The rows that an item of the timeline takes.
//!
//! What somebody says stands behind a bar, on every row of it, and all that is before the bar is ours.
//! So nobody's words can be taken for a line of the program, or for those of somebody else.

mod between;
mod program;
mod said;

use ratatui::text::{Line, Span};
use tazcom_proto::UnixMillis;

use super::clock;
use super::glyphs::{Glyphs, glyphs};
use super::measure::blank;
use super::theme::Styles;
use crate::model::{Entry, Model, Talk};

/// The rows of the item with this index at a width: the day and the marker before it included.
pub(crate) fn rows<'a>(
    model: &'a Model,
    talk: &'a Talk,
    index: usize,
    width: u16,
) -> Vec<Line<'a>> {
    let Some(item) = talk.timeline.items.get(index) else {
        return Vec::new();
    };
    let pen = Pen::new(model, usize::from(width));
    let mut rows = Vec::new();
    between::rows(&pen, talk, index, &mut rows);
    match &item.entry {
        Entry::Said(said) => said::rows(&pen, said, &mut rows),
        Entry::Gap {
            author,
            missing,
            asking,
            ..
        } => program::gap(&pen, author, *missing, *asking, &mut rows),
        Entry::Note { at, weight, text } => program::note(&pen, *at, *weight, text, &mut rows),
        Entry::Reply { at, text } => program::reply(&pen, *at, text, &mut rows),
    }
    rows
}

/// How many they are.
pub(crate) fn height(model: &Model, talk: &Talk, index: usize, width: u16) -> usize {
    rows(model, talk, index, width).len()
}

/// What all rows of a timeline are drawn with.
struct Pen<'a> {
    model: &'a Model,
    glyphs: &'static Glyphs,
    styles: Styles,
    width: usize,
    gutter: Gutter,
}

impl<'a> Pen<'a> {
    fn new(model: &'a Model, width: usize) -> Self {
        Self {
            model,
            glyphs: glyphs(model.look),
            styles: Styles::of(model.look),
            width,
            gutter: Gutter::of(width),
        }
    }

    /// The time, where there is room for it.
    fn time(&self, at: UnixMillis) -> Span<'static> {
        let text = if self.gutter.time {
            format!("{} ", clock::minute(at, &self.model.zone))
        } else {
            String::new()
        };
        Span::styled(text, self.styles.dim)
    }

    /// As much room as a time takes.
    fn no_time(&self) -> Span<'static> {
        Span::raw(blank(self.gutter.time_columns()))
    }
}

/// What stands before the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gutter {
    /// Whether there is room for times.
    time: bool,
    /// Columns for names.
    name: usize,
}

impl Gutter {
    /// One for the mark of a line that names us.
    const MARGIN: usize = 1;
    /// `14:02 `.
    const TIME: usize = 6;
    /// The bar with a blank on both sides.
    const BAR: usize = 3;

    /// At least as much is left for the words as is taken, from 21 columns on. A tag has nine columns, and
    /// three more leave a short name before it.
    const fn of(width: usize) -> Self {
        let (time, name) = match width {
            80.. => (true, 14),
            56.. => (true, 12),
            34.. => (true, 9),
            25.. => (false, 9),
            _ => (false, 6),
        };
        Self { time, name }
    }

    const fn time_columns(self) -> usize {
        if self.time { Self::TIME } else { 0 }
    }

    /// Where the words begin.
    const fn columns(self) -> usize {
        Self::MARGIN + self.time_columns() + self.name + Self::BAR
    }

    /// Columns for the words. Never none.
    const fn words(self, width: usize) -> usize {
        match width.saturating_sub(self.columns()) {
            0 => 1,
            columns => columns,
        }
    }

    /// Columns for what the program says behind its mark. Never none.
    const fn program(self, width: usize) -> usize {
        match width.saturating_sub(Self::MARGIN + self.time_columns() + program::MARK) {
            0 => 1,
            columns => columns,
        }
    }
}
