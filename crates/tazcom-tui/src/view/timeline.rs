//! Which part of the timeline is seen. What is not seen is not touched.

use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{hints, put, rows};
use crate::model::{Model, Scroll, Talk};

/// Draws it: its end at the bottom.
pub(super) fn draw(model: &Model, talk: &Talk, area: Rect, buffer: &mut Buffer) {
    if talk.timeline.items.is_empty() {
        hints::draw(model, talk, area, buffer);
        return;
    }
    let seen = seen(model, talk, area);
    let empty = usize::from(area.height).saturating_sub(seen.rows.len());
    for (at, line) in seen.rows.iter().enumerate() {
        put(buffer, area, empty + at, line);
    }
}

/// The rows that are seen.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    pub(super) rows: VecDeque<Line<'a>>,
    /// Items whose rows were worked out for it.
    pub(super) items: usize,
}

/// Works out the rows from the lowest upwards; where the beginning is reached, the room that is left is
/// filled with what is below.
pub(super) fn seen<'a>(model: &'a Model, talk: &'a Talk, area: Rect) -> Seen<'a> {
    let limit = usize::from(area.height);
    let items = talk.timeline.items.len();
    let mut seen = Seen::default();
    let (lowest, below) = match talk.scroll {
        Scroll::At { index, row } if index < items => (index, Some(row)),
        _ => (items.saturating_sub(1), None),
    };
    let mut rest = Vec::new();
    for index in (0..items.min(lowest + 1)).rev() {
        if seen.rows.len() >= limit {
            break;
        }
        let mut rows = rows::rows(model, talk, index, area.width);
        seen.items += 1;
        if let Some(row) = below.filter(|_| index == lowest) {
            rest = rows.split_off(rows.len().min(row.saturating_add(1)));
        }
        for row in rows.into_iter().rev().take(limit - seen.rows.len()) {
            seen.rows.push_front(row);
        }
    }
    let mut next = lowest + 1;
    while seen.rows.len() < limit {
        seen.rows
            .extend(rest.drain(..rest.len().min(limit - seen.rows.len())));
        if next >= items || seen.rows.len() >= limit {
            break;
        }
        rest = rows::rows(model, talk, next, area.width);
        seen.items += 1;
        next += 1;
    }
    seen
}

/// Whether there is more below what is seen.
pub(super) const fn has_more_below(talk: &Talk) -> bool {
    matches!(talk.scroll, Scroll::At { .. })
}
