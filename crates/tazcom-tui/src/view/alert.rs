//! What cannot be missed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::glyphs::glyphs;
use super::measure::{blank, columns, cut};
use super::put;
use super::theme::Styles;
use super::wrap::wrap;
use crate::model::{Alert, Model};

/// Rows of it.
const MAX_ROWS: usize = 3;

/// In every look: it is not to be taken for anything else.
const MARK: &str = "!! ";

/// The key that acknowledges it.
const KEY: &str = "[F8]";

/// Rows that it takes at a width; none when there is none.
pub(super) fn height(model: &Model, width: u16) -> usize {
    let width = usize::from(width);
    lines(model, width, MAX_ROWS).len()
}

/// Draws the first that was not acknowledged.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let style = Styles::of(model.look).alert_bar;
    buffer.set_style(area, style);
    let lines = lines(model, usize::from(area.width), usize::from(area.height));
    for (at, text) in lines.into_iter().enumerate() {
        put(buffer, area, at, &Line::styled(text, style));
    }
}

fn lines(model: &Model, width: usize, limit: usize) -> Vec<String> {
    let Some(Alert { text, .. }) = model.alerts.front() else {
        return Vec::new();
    };
    let key = match model.alerts.len() {
        0 | 1 => KEY.to_owned(),
        count => format!("(1 of {count}) {KEY}"),
    };
    let room = width.saturating_sub(columns(MARK)).max(1);
    let texts = wrap(text, room);
    let rows = texts.len();
    let mut lines: Vec<String> = texts
        .into_iter()
        .take(limit)
        .enumerate()
        .map(|(row, text)| {
            let mark = if row == 0 { MARK } else { "   " };
            format!("{mark}{text}")
        })
        .collect();
    let is_whole = rows <= limit;
    let fits = |line: &String| columns(line) + 1 + columns(&key) <= width;
    if is_whole && rows < limit && !lines.last().is_some_and(fits) {
        lines.push(blank(columns(MARK)));
    }
    if let Some(last) = lines.last_mut() {
        // The key is always there, whatever else is.
        let room = width.saturating_sub(columns(&key) + 1);
        let mut text = cut(last, room, glyphs(model.look).cut).into_owned();
        if !is_whole && columns(last) <= room {
            text = cut(&format!("{last} {}", glyphs(model.look).cut), room, "").into_owned();
        }
        let between = width
            .saturating_sub(columns(&text))
            .saturating_sub(columns(&key));
        *last = format!("{text}{}{key}", blank(between));
    }
    lines
}
