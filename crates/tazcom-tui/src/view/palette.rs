//! What may be completed, or what did not work: above what is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::glyphs::glyphs;
use super::measure::{blank, columns, cut};
use super::put;
use super::theme::Styles;
use super::wrap::wrap;
use crate::model::{Model, Palette};

/// Entries that are seen at once; the others are scrolled to.
const MAX_ENTRIES: usize = 8;

/// Rows for what did not work.
const MAX_COMPLAINT: usize = 3;

/// Before what did not work.
const MARK: &str = "! ";

/// Rows that it takes at a width.
pub(super) fn height(model: &Model, width: u16) -> usize {
    match (&model.complaint, &model.palette) {
        (Some(text), _) => complaint(text, usize::from(width)).len(),
        (None, Some(palette)) => palette.entries.len().min(MAX_ENTRIES),
        (None, None) => 0,
    }
}

/// Draws it.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let styles = Styles::of(model.look);
    if let Some(text) = &model.complaint {
        let texts = complaint(text, usize::from(area.width));
        for (row, text) in texts.into_iter().enumerate() {
            let mark = if row == 0 { MARK } else { "  " };
            let line = Line::styled(format!("{mark}{text}"), styles.warning);
            put(buffer, area, row, &line);
        }
    } else if let Some(palette) = &model.palette {
        entries(model, palette, area, buffer);
    }
}

fn complaint(text: &str, width: usize) -> Vec<&str> {
    let mut rows = wrap(text, width.saturating_sub(columns(MARK)).max(1));
    rows.truncate(MAX_COMPLAINT);
    rows
}

fn entries(model: &Model, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let styles = Styles::of(model.look);
    let mark = glyphs(model.look).cut;
    let width = usize::from(area.width);
    let height = usize::from(area.height);
    let chosen = palette.chosen.unwrap_or_default();
    let last = palette.entries.len().saturating_sub(height);
    let first = chosen.saturating_sub(height / 2).min(last);
    let seen = palette.entries.iter().enumerate().skip(first).take(height);
    let longest = palette.entries.iter().map(|(what, _)| columns(what)).max();
    let limit = longest.unwrap_or_default().min(width / 2);
    for (row, (index, (what, about))) in seen.enumerate() {
        let is_chosen = palette.chosen == Some(index);
        let what = cut(what, limit, mark);
        let between = blank(limit.saturating_sub(columns(&what)) + 2);
        let room = width.saturating_sub(limit + 4);
        let about = cut(about, room, mark);
        let (style, dim) = if is_chosen {
            (styles.current, styles.current)
        } else {
            (styles.key, Style::new())
        };
        // The sign says it, too: not everybody sees what is reversed.
        let before = if is_chosen { "> " } else { "  " };
        let after = blank(room.saturating_sub(columns(&about)));
        let line = Line::from(vec![
            Span::styled(format!("{before}{what}"), style),
            Span::styled(format!("{between}{about}{after}"), dim),
        ]);
        put(buffer, area, row, &line);
    }
}
