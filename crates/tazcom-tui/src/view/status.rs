//! Is it working?

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::glyphs::glyphs;
use super::measure::{columns, cut, name};
use super::theme::Styles;
use super::{put, timeline};
use crate::model::Model;
use crate::news::Presence;

/// Neighbours that are named. Of more it is said that there are others.
const MAX_NAMED: usize = 2;

/// Columns for a neighbour's name.
const NAME: usize = 14;

/// Draws the line. It is one row: what does not fit is left out, the least important first.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let style = Styles::of(model.look).bar;
    let width = usize::from(area.width);
    let parts = parts(model);
    let mut shown = parts.len();
    let mut text = join(&parts, shown);
    while shown > 1 && columns(&text) > width {
        shown -= 1;
        text = join(&parts, shown);
    }
    buffer.set_style(area, style);
    let text = cut(&text, width, glyphs(model.look).cut);
    put(buffer, area, 0, &Line::styled(text, style));
}

fn join(parts: &[String], shown: usize) -> String {
    let shown: Vec<&str> = parts.iter().take(shown).map(String::as_str).collect();
    format!(" {}", shown.join(" | "))
}

/// What is to be known, the most important first.
fn parts(model: &Model) -> Vec<String> {
    if model.ended {
        return vec!["the node has ended".to_owned(), "/quit".to_owned()];
    }
    let mut parts = vec![peers(model)];
    let interfaces = &model.status.interfaces;
    let is_alone = model.status.present.is_empty();
    if interfaces.is_empty() {
        if model.ready {
            parts.push("no network".to_owned());
        }
    } else {
        parts.push(interfaces.join(", "));
    }
    if is_alone {
        parts.push("F2 doctor".to_owned());
    }
    if model.queued > 0 {
        parts.push(format!("{} queued", model.queued));
    }
    if super::current(model).is_some_and(timeline::has_more_below) {
        parts.push("more below (Ctrl-End)".to_owned());
    }
    if model.attached {
        parts.push("attached".to_owned());
    }
    parts
}

/// Who is there: `3 peers (2 direct, 1 via bob)`.
pub(super) fn peers(model: &Model) -> String {
    let present = &model.status.present;
    if present.is_empty() {
        return "nobody yet".to_owned();
    }
    let mut over = Vec::new();
    let mut via = 0;
    let mut unknown = false;
    for present in present {
        let Presence::Via(neighbour) = &present.presence else {
            continue;
        };
        via += 1;
        match neighbour {
            None => unknown = true,
            Some(neighbour) if over.contains(&neighbour) => {}
            Some(neighbour) => over.push(neighbour),
        }
    }
    let direct = present.len() - via;
    let mut how = Vec::new();
    if direct > 0 {
        how.push(format!("{direct} direct"));
    }
    if via > 0 && !unknown && over.len() <= MAX_NAMED {
        let mark = glyphs(model.look).cut;
        let names: Vec<String> = over.iter().map(|over| name(over, NAME, mark)).collect();
        how.push(format!("{via} via {}", names.join(", ")));
    } else if via > 0 {
        how.push(format!("{via} via others"));
    }
    let peers = if present.len() == 1 { "peer" } else { "peers" };
    format!("{} {peers} ({})", present.len(), how.join(", "))
}
