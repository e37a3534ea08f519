//! What is asked for: a secret, or yes or no.

use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Content, paragraph};
use crate::model::Model;
use crate::view::glyphs::glyphs;
use crate::view::measure::fit;

/// Asks for something that is not shown. How long it is can be seen, or nobody could correct it.
pub(super) fn secret(model: &Model, question: &str, typed: &str, width: usize) -> Content {
    let mut lines = paragraph(question, width);
    lines.push(Line::default());
    // The cursor stays in sight.
    let count = typed.graphemes(true).count().min(width.saturating_sub(3));
    let dots = glyphs(model.look).secret.repeat(count);
    lines.push(Line::from(format!("> {dots}")));
    Content::new("Not shown while you type", lines).with_cursor()
}

/// Asks whether it is to be done.
pub(super) fn confirm(question: &str, typed: &str, width: usize) -> Content {
    let mut lines = paragraph(question, width);
    lines.push(Line::default());
    let hint = "Type yes or no, then Enter; Esc is no.";
    lines.extend(answer(hint, typed, width));
    Content::new("Are you sure?", lines).with_cursor()
}

/// Ends with the answer that is being typed.
pub(super) fn answer(hint: &str, typed: &str, width: usize) -> Vec<Line<'static>> {
    let mut lines = paragraph(hint, width);
    let typed = fit(typed, width.saturating_sub(3));
    lines.push(Line::from(format!("> {typed}")));
    lines
}
