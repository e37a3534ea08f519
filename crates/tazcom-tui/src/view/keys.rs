//! The keys that do something now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::measure::columns;
use super::theme::Styles;
use super::{current, overlay, put, timeline};
use crate::model::{Model, Overlay};

/// A key and what it does.
type Key = (&'static str, &'static str);

/// Draws as many as fit, the most useful first.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let styles = Styles::of(model.look);
    let width = usize::from(area.width);
    let mut line = Line::default();
    let mut used = 0;
    for (key, does) in keys(model) {
        let wide = 1 + columns(key) + 1 + columns(does) + 1;
        if used + wide > width {
            break;
        }
        used += wide;
        line.push_span(" ");
        line.push_span(Span::styled(key, styles.key));
        line.push_span(format!(" {does} "));
    }
    put(buffer, area, 0, &line);
}

fn keys(model: &Model) -> Vec<Key> {
    let mut keys = Vec::new();
    if let Some(overlay) = &model.overlay {
        over(model, overlay, &mut keys);
        if !model.alerts.is_empty() {
            keys.push(("F8", "alert seen"));
        }
        return keys;
    }
    if !model.alerts.is_empty() {
        keys.push(("F8", "alert seen"));
    }
    if model.palette.is_some() {
        keys.extend([("Tab", "take"), ("Up/Down", "choose"), ("Esc", "close")]);
        return keys;
    }
    if !model.editor.text.is_empty() {
        keys.extend([
            ("Enter", "send"),
            ("Alt-Enter", "new line"),
            ("Tab", "complete"),
            ("Ctrl-C", "clear"),
            ("F1", "help"),
        ]);
        return keys;
    }
    if model.ended {
        keys.push(("Ctrl-C", "quit"));
    }
    if current(model).is_some_and(timeline::has_more_below) {
        keys.extend([("Ctrl-End", "newest"), ("PgDn", "later")]);
    }
    keys.push(("F1", "help"));
    keys.push(("F2", "doctor"));
    if has_news(model) {
        keys.push(("Alt-A", "next new"));
    }
    keys.extend([("F3", "rooms"), ("F4", "people")]);
    if current(model).is_some_and(|talk| !talk.timeline.items.is_empty()) {
        keys.push(("PgUp", "earlier"));
    }
    if !model.ended {
        keys.push(("Ctrl-C", "quit"));
    }
    keys
}

/// Whether something is new in another conversation.
fn has_news(model: &Model) -> bool {
    let mut talks = model.talks.iter().enumerate();
    talks.any(|(index, talk)| index != model.current && (talk.unread > 0 || talk.mentions > 0))
}

fn over(model: &Model, overlay: &Overlay, keys: &mut Vec<Key>) {
    match overlay {
        Overlay::Help { .. } | Overlay::Doctor { .. } | Overlay::Text { .. } => {
            if overlay::max_scroll(model) > 0 {
                keys.push(("PgUp/PgDn", "scroll"));
            }
            keys.push(("Esc", "close"));
        }
        Overlay::Verify {
            comparison,
            said_same,
            offered,
            ..
        } => {
            if comparison.is_some() && !said_same {
                keys.push(("same/different", "then Enter"));
            } else if comparison.is_none() && *offered {
                keys.push(("yes/no", "then Enter"));
            }
            keys.push(("Esc", "call off"));
        }
        Overlay::Secret { .. } => keys.extend([("Enter", "go in"), ("Esc", "call off")]),
        Overlay::Confirm { .. } => keys.extend([("yes/no", "then Enter"), ("Esc", "no")]),
    }
}
