//! What the user sees.
//!
//! In reading order: [`layout`] divides the screen; [`timeline`] finds what is seen of a conversation and
//! [`rows`] draws it; the other modules are a pane or a line each, and [`overlay`] is what lies over them.
//! [`theme`] and [`glyphs`] are how all of it looks; [`measure`], [`wrap`] and [`clock`] make text fit.

mod alert;
mod clock;
mod glyphs;
mod hints;
mod input;
mod keys;
pub(crate) mod layout;
mod measure;
pub(crate) mod overlay;
mod palette;
pub(crate) mod people;
mod rooms;
pub(crate) mod rows;
mod status;
mod theme;
mod timeline;
mod title;
mod who;
mod wrap;

#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use self::glyphs::glyphs;
use self::layout::Panes;
use self::theme::Styles;
use crate::app::App;
use crate::model::{Model, Talk};

/// Draws all of it.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    if let Some(cursor) = screen(&app.model, area, frame.buffer_mut()) {
        frame.set_cursor_position(cursor);
    }
}

/// Draws all of it into an area. Returns where the cursor is.
fn screen(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let panes = layout::divide(model, area);
    let (Some(panes), Some(talk)) = (panes, current(model)) else {
        put(buffer, area, 0, &Line::from("too small"));
        return None;
    };
    let pane = |area: Option<Rect>, buffer: &mut Buffer, draw: fn(&Model, Rect, &mut Buffer)| {
        if let Some(area) = area {
            draw(model, area, buffer);
        }
    };
    pane(panes.alert, buffer, alert::draw);
    title::draw(model, talk, panes.title, buffer);
    pane(panes.rooms, buffer, rooms::draw);
    if !panes.timeline.is_empty() {
        timeline::draw(model, talk, panes.timeline, buffer);
    }
    if let Some(area) = panes.people {
        people::draw(model, talk, area, buffer);
    }
    borders(model, &panes, buffer);
    pane(panes.palette, buffer, palette::draw);
    let typing = input::draw(model, panes.input, buffer);
    status::draw(model, panes.status, buffer);
    pane(panes.keys, buffer, keys::draw);
    match &model.overlay {
        Some(overlay) => overlay::draw(model, overlay, &panes, buffer),
        None => typing,
    }
}

/// The conversation that is open.
fn current(model: &Model) -> Option<&Talk> {
    model.talks.get(model.current)
}

/// The borders between the panes, a column each.
fn borders(model: &Model, panes: &Panes, buffer: &mut Buffer) {
    if panes.timeline.is_empty() {
        return;
    }
    let rooms = panes.rooms.map(Rect::right);
    let people = panes.people.and_then(|area| area.x.checked_sub(1));
    let bar = Line::styled(glyphs(model.look).bar, Styles::of(model.look).dim);
    for x in rooms.into_iter().chain(people) {
        let column = Rect {
            x,
            width: 1,
            ..panes.timeline
        };
        for row in 0..usize::from(column.height) {
            put(buffer, column, row, &bar);
        }
    }
}

/// Puts a line on a row of an area, and nothing of it outside.
fn put(buffer: &mut Buffer, area: Rect, row: usize, line: &Line<'_>) {
    let area = area.intersection(*buffer.area());
    let Ok(row) = u16::try_from(row) else {
        return;
    };
    if row < area.height && area.width > 0 {
        buffer.set_line(area.x, area.y + row, line, area.width);
    }
}
