//! What is being typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use super::glyphs::glyphs;
use super::measure::{blank, columns, grapheme_columns};
use super::theme::Styles;
use super::{current, put, who};
use crate::model::Model;

/// Rows that it grows to; what is longer is scrolled.
const MAX_ROWS: usize = 6;

/// Columns that a conversation is named in before what is typed, at most: what is said in the wrong place
/// cannot be taken back.
const MAX_PROMPT: usize = 20;

/// What separates the two.
const PROMPT: &str = "> ";

/// Rows that it takes at a width.
pub(super) fn height(model: &Model, width: u16) -> usize {
    let width = usize::from(width);
    let room = room(width, &prompt(model, width));
    lay(&model.editor.text, model.editor.cursor, room)
        .rows
        .len()
        .min(MAX_ROWS)
}

/// Draws it. Returns where the cursor is.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let styles = Styles::of(model.look);
    let width = usize::from(area.width);
    let prompt = prompt(model, width);
    let taken = columns(&prompt);
    let laid = lay(
        &model.editor.text,
        model.editor.cursor,
        room(width, &prompt),
    );
    let height = usize::from(area.height);
    // The row of the cursor is seen, and of the others the last.
    let last = laid.rows.len().saturating_sub(height);
    let first = laid
        .row
        .min(last)
        .max(laid.row.saturating_sub(height.saturating_sub(1)));
    for (at, text) in laid.rows.iter().skip(first).take(height).enumerate() {
        let before = if first + at == 0 {
            Span::styled(prompt.clone(), styles.strong)
        } else {
            Span::raw(blank(taken))
        };
        let line = Line::from(vec![before, Span::styled(*text, Style::new())]);
        put(buffer, area, at, &line);
    }
    let column = u16::try_from(taken + laid.column).ok()?;
    let row = u16::try_from(laid.row.saturating_sub(first)).ok()?;
    let inside = column < area.width && row < area.height;
    inside.then(|| Position::new(area.x + column, area.y + row))
}

/// What stands before it.
fn prompt(model: &Model, width: usize) -> String {
    let limit = (width / 4).min(MAX_PROMPT);
    let title = current(model).map(|talk| who::title(model, talk, limit, glyphs(model.look).cut));
    format!("{}{PROMPT}", title.unwrap_or_default())
}

fn room(width: usize, prompt: &str) -> usize {
    width.saturating_sub(columns(prompt)).max(1)
}

/// A text in rows, and where its cursor is.
#[derive(Debug, PartialEq, Eq)]
struct Laid<'a> {
    rows: Vec<&'a str>,
    row: usize,
    column: usize,
}

/// Lays text into rows of a width. A row ends where it is full, in the middle of a word if need be: so
/// nothing moves that is before the cursor while one types.
fn lay(text: &str, cursor: usize, width: usize) -> Laid<'_> {
    let mut laid = Laid {
        rows: Vec::new(),
        row: 0,
        column: 0,
    };
    let mut offset = 0;
    for line in text.split('\n') {
        let mut start = 0;
        let mut used = 0;
        for (at, grapheme) in line.grapheme_indices(true) {
            let wide = grapheme_columns(grapheme);
            if used + wide > width && at > start {
                laid.rows.push(line.get(start..at).unwrap_or_default());
                start = at;
                used = 0;
            }
            if offset + at <= cursor {
                laid.row = laid.rows.len();
                laid.column = used;
            }
            used += wide;
        }
        laid.rows.push(line.get(start..).unwrap_or_default());
        if cursor >= offset + line.len() {
            laid.row = laid.rows.len() - 1;
            laid.column = used;
            if used >= width {
                // A full row: the cursor is where the next one will begin.
                laid.row += 1;
                laid.column = 0;
                if cursor == offset + line.len() {
                    laid.rows.push("");
                }
            }
        }
        offset += line.len() + 1;
    }
    laid
}

#[cfg(test)]
mod tests;
