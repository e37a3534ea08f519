//! Who is in the open conversation, and how they can be reached.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tazcom_identity::NodeId;

use super::glyphs::glyphs;
use super::measure::{columns, name};
use super::theme::Styles;
use super::who::{Listed, listed};
use super::{current, put};
use crate::model::{Model, Talk};
use crate::news::{Presence, Trust};

/// Columns before a name: how well it is known, whether it may let others in, how it can be reached.
const MARKS: usize = 4;

/// Draws them. Who does not fit is counted.
pub(super) fn draw(model: &Model, talk: &Talk, area: Rect, buffer: &mut Buffer) {
    let styles = Styles::of(model.look);
    let listed = listed(model, talk);
    let height = usize::from(area.height);
    let heading = format!("{} here", count_here(&listed));
    put(buffer, area, 0, &Line::styled(heading, styles.dim));
    let shown = shown(listed.len(), height);
    for (at, person) in listed.iter().take(shown).enumerate() {
        let line = entry(model, person, usize::from(area.width));
        put(buffer, area, at + 1, &line);
    }
    if shown < listed.len() {
        let more = format!("+{} more", listed.len() - shown);
        put(buffer, area, shown + 1, &Line::styled(more, styles.dim));
    }
}

/// Who has this index in the pane.
pub(crate) fn at(model: &Model, index: usize) -> Option<NodeId> {
    let listed = listed(model, current(model)?);
    listed.get(index).map(|listed| listed.who.id())
}

/// Which person is on a row of the pane.
pub(super) fn at_row(model: &Model, talk: &Talk, area: Rect, row: u16) -> Option<usize> {
    let at = usize::from(row.checked_sub(area.y)?.checked_sub(1)?);
    let shown = shown(listed(model, talk).len(), usize::from(area.height));
    (at < shown).then_some(at)
}

/// How many of so many fit below the heading; of those who do not, the last row tells.
const fn shown(count: usize, height: usize) -> usize {
    let room = height.saturating_sub(1);
    if count <= room {
        count
    } else {
        room.saturating_sub(1)
    }
}

/// How many of them are here.
pub(super) fn count_here(listed: &[Listed]) -> usize {
    listed.iter().filter(|listed| listed.is_here()).count()
}

fn entry(model: &Model, person: &Listed, width: usize) -> Line<'static> {
    let styles = Styles::of(model.look);
    let glyphs = glyphs(model.look);
    let (trust, trust_style) = match person.trust {
        Trust::Verified => (glyphs.verified, styles.verified),
        Trust::Blocked => (glyphs.blocked, styles.dim),
        Trust::New | Trust::Known => (" ", Style::new()),
    };
    let here = match person.presence {
        _ if person.me => glyphs.direct,
        Some(Presence::Direct) => glyphs.direct,
        Some(Presence::Via(_)) => glyphs.via,
        None => glyphs.away,
    };
    let room = width.saturating_sub(MARKS);
    let name = name(&person.who, room, glyphs.cut);
    let left = room.saturating_sub(columns(&name) + 1);
    let style = if !person.is_here() || person.trust == Trust::Blocked {
        styles.dim
    } else if person.me {
        styles.own
    } else {
        styles.name(person.who.id())
    };
    Line::from(vec![
        Span::styled(trust, trust_style),
        Span::raw(if person.admin { "@" } else { " " }),
        Span::raw(here),
        Span::raw(" "),
        Span::styled(name, style),
        Span::styled(behind(person, left, glyphs.cut), styles.dim),
    ])
}

/// What is behind a name: that it is us, or over whom it is heard.
fn behind(person: &Listed, room: usize, mark: &str) -> String {
    /// Columns of a neighbour's name that still say something.
    const LEAST: usize = 2;
    let text = match &person.presence {
        _ if person.me => "(you)".to_owned(),
        Some(Presence::Via(Some(over))) => {
            let room = room.saturating_sub(columns("via "));
            if room < LEAST {
                return String::new();
            }
            format!("via {}", name(over, room, mark))
        }
        _ => return String::new(),
    };
    if columns(&text) > room {
        return String::new();
    }
    format!(" {text}")
}
