//! What is laid over the conversation.

mod ask;
mod doctor;
mod help;
mod verify;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget as _};
use unicode_segmentation::UnicodeSegmentation as _;

use super::glyphs::glyphs;
use super::layout::{Panes, divide};
use super::measure::{columns, cut, grapheme_columns};
use super::put;
use super::theme::Styles;
use super::wrap::wrap;
use crate::model::{Model, Overlay};

/// Columns of the widest: longer rows are hard to read.
const MAX_WIDTH: u16 = 78;

/// Columns at which nothing is left beside it: so few would not be seen as what they are.
const WHOLE_WIDTH: u16 = 88;

/// Columns of the border and a blank on both sides, and rows of the border.
const BORDER: (u16, u16) = (4, 2);

/// What is in it.
struct Content {
    title: String,
    lines: Vec<Line<'static>>,
    /// Rows that are scrolled past.
    scroll: u16,
    /// Row and column of the cursor among the lines, if something is typed there.
    cursor: Option<(usize, usize)>,
}

impl Content {
    fn new(title: &str, lines: Vec<Line<'static>>) -> Self {
        Self {
            title: title.to_owned(),
            lines,
            scroll: 0,
            cursor: None,
        }
    }

    /// The same with the cursor behind all of it.
    fn with_cursor(mut self) -> Self {
        let row = self.lines.len().saturating_sub(1);
        let column = self.lines.last().map_or(0, |line| {
            let spans = line.spans.iter();
            spans.map(|span| columns(&span.content)).sum()
        });
        self.cursor = Some((row, column));
        self
    }

    fn scrolled(self, scroll: u16) -> Self {
        Self { scroll, ..self }
    }
}

/// How far what is laid over can be scrolled, in rows. Nobody needs to go beyond.
pub(crate) fn max_scroll(model: &Model) -> u16 {
    let (width, height) = model.size;
    let Some(panes) = divide(model, Rect::new(0, 0, width, height)) else {
        return 0;
    };
    let Some(overlay) = &model.overlay else {
        return 0;
    };
    let area = room(&panes);
    let content = content(model, overlay, inner(area));
    let seen = usize::from(area.height.saturating_sub(BORDER.1));
    let more = content.lines.len().saturating_sub(seen);
    u16::try_from(more).unwrap_or(u16::MAX)
}

/// Draws it. Returns where the cursor is.
pub(super) fn draw(
    model: &Model,
    overlay: &Overlay,
    panes: &Panes,
    buffer: &mut Buffer,
) -> Option<Position> {
    let room = room(panes);
    let content = content(model, overlay, inner(room));
    let area = area(room, &content);
    let styles = Styles::of(model.look);
    let glyphs = glyphs(model.look);
    clear(buffer, area);
    let limit = usize::from(area.width.saturating_sub(BORDER.0));
    let title = format!(" {} ", cut(&content.title, limit, glyphs.cut));
    Block::bordered()
        .border_set(glyphs.border)
        .border_style(styles.dim)
        .title(Line::styled(title, styles.strong))
        .render(area, buffer);
    let inner = Rect {
        x: area.x + BORDER.0 / 2,
        y: area.y + BORDER.1 / 2,
        width: area.width.saturating_sub(BORDER.0),
        height: area.height.saturating_sub(BORDER.1),
    };
    let seen = usize::from(inner.height);
    let last = content.lines.len().saturating_sub(seen);
    // Where something is typed, that is seen.
    let least = content
        .cursor
        .map_or(0, |(row, _)| (row + 1).saturating_sub(seen));
    let first = usize::from(content.scroll).max(least).min(last);
    for (at, line) in content.lines.iter().skip(first).take(seen).enumerate() {
        put(buffer, inner, at, line);
    }
    if first < last {
        let more = Line::styled(" more below ", styles.strong);
        let bottom = Rect {
            y: area.bottom().saturating_sub(1),
            height: 1,
            ..inner
        };
        put(buffer, bottom, 0, &more);
    }
    let (row, column) = content.cursor?;
    let row = u16::try_from(row.checked_sub(first)?).ok()?;
    let column = u16::try_from(column).ok()?;
    let inside = row < inner.height && column < inner.width;
    inside.then(|| Position::new(inner.x + column, inner.y + row))
}

/// Where it may be: alerts, the status and the keys stay in sight.
const fn room(panes: &Panes) -> Rect {
    let top = panes.title;
    Rect {
        x: top.x,
        y: top.y,
        width: top.width,
        height: panes.status.y.saturating_sub(top.y),
    }
}

const fn width(room: Rect) -> u16 {
    if room.width <= WHOLE_WIDTH {
        room.width
    } else {
        MAX_WIDTH
    }
}

/// Columns and rows that it has at most.
fn inner(room: Rect) -> (usize, usize) {
    let width = usize::from(width(room).saturating_sub(BORDER.0)).max(1);
    let height = usize::from(room.height.saturating_sub(BORDER.1));
    (width, height)
}

/// Whether the question that is laid over is seen as a whole: what is not seen is not answered.
pub(crate) fn is_question_seen(model: &Model) -> bool {
    let (width, height) = model.size;
    let panes = divide(model, Rect::new(0, 0, width, height));
    let (Some(panes), Some(overlay)) = (panes, &model.overlay) else {
        return false;
    };
    let (width, height) = inner(room(&panes));
    let content = content(model, overlay, (width, height));
    // Where it does not fit, nothing can be typed there.
    content.cursor.is_some() && content.lines.len() <= height
}

/// In the middle, as high as it needs to be.
fn area(room: Rect, content: &Content) -> Rect {
    let width = width(room);
    let lines = u16::try_from(content.lines.len()).unwrap_or(u16::MAX);
    let height = lines.saturating_add(BORDER.1).min(room.height);
    Rect {
        x: room.x + (room.width - width) / 2,
        y: room.y + (room.height - height) / 2,
        width,
        height,
    }
}

/// Empties an area. A wide sign that reaches into it from the left goes with it: half of it would shift
/// the row.
fn clear(buffer: &mut Buffer, area: Rect) {
    let before = area.x.checked_sub(1);
    for y in area.top()..area.bottom() {
        if let Some(cell) = before.and_then(|x| buffer.cell_mut((x, y)))
            && cell
                .symbol()
                .graphemes(true)
                .map(grapheme_columns)
                .sum::<usize>()
                > 1
        {
            cell.reset();
        }
    }
    Clear.render(area, buffer);
}

fn content(model: &Model, overlay: &Overlay, (width, height): (usize, usize)) -> Content {
    match overlay {
        Overlay::Help { scroll } => help::content(model, width).scrolled(*scroll),
        Overlay::Doctor { scroll } => doctor::content(model, width).scrolled(*scroll),
        Overlay::Text {
            title,
            text,
            scroll,
        } => Content::new(title, paragraph(text, width)).scrolled(*scroll),
        Overlay::Verify {
            with,
            comparison,
            said_same,
            offered,
            typed,
        } => {
            let state = verify::State {
                comparison: comparison.as_ref(),
                said_same: *said_same,
                offered: *offered,
                typed,
            };
            verify::content(model, with, &state, (width, height))
        }
        Overlay::Secret {
            question, typed, ..
        } => ask::secret(model, question, typed, width),
        Overlay::Confirm {
            question, typed, ..
        } => ask::confirm(question, typed, width),
    }
}

/// Text in rows of a width.
fn paragraph(text: &str, width: usize) -> Vec<Line<'static>> {
    let rows = wrap(text, width).into_iter();
    rows.map(|row| Line::from(row.to_owned())).collect()
}
