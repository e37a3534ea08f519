//! Emoji that two people compare.

use ratatui::text::{Line, Span};
use tazcom_chat::DisplayName;

use super::ask::answer;
use super::{Content, paragraph};
use crate::model::Model;
use crate::news::Comparison;
use crate::view::glyphs::is_ascii;
use crate::view::measure::{blank, columns, fit};
use crate::view::theme::Styles;

/// How it is answered.
const SAME_OR_DIFFERENT: &str = "Type same or different, then Enter; Esc calls it off.";
const YES_OR_NO: &str = "Type yes or no, then Enter; Esc is no.";

/// How far it is.
pub(super) struct State<'a> {
    pub(super) comparison: Option<&'a Comparison>,
    pub(super) said_same: bool,
    pub(super) offered: bool,
    pub(super) typed: &'a str,
}

/// All of it, or as much as is needed to answer; where not even that fits, that it does not.
pub(super) fn content(
    model: &Model,
    with: &DisplayName,
    state: &State<'_>,
    (width, height): (usize, usize),
) -> Content {
    let content = whole(model, with, state, width);
    if content.lines.len() <= height {
        return content;
    }
    let question = match state.comparison {
        Some(_) if state.said_same => return content,
        Some(comparison) => {
            let [first, second, third] = comparison.numbers;
            format!("Has {with} the same? {first} {second} {third}")
        }
        None if state.offered => format!("Compare with {with} now?"),
        None => return content,
    };
    let hint = match state.comparison {
        Some(_) => SAME_OR_DIFFERENT,
        None => YES_OR_NO,
    };
    let mut lines = paragraph(&question, width);
    lines.extend(answer(hint, state.typed, width));
    if lines.len() <= height {
        return Content::new("Verify", lines).with_cursor();
    }
    let text = "Too small to compare: make the terminal larger. Esc calls it off.";
    Content::new("Verify", paragraph(text, width))
}

fn whole(model: &Model, with: &DisplayName, state: &State<'_>, width: usize) -> Content {
    let styles = Styles::of(model.look);
    // With the tag, whatever the name: this is where a mistake would hurt.
    let who = with.to_string();
    let mut lines = Vec::new();
    let Some(comparison) = state.comparison else {
        if state.offered {
            let text = format!("{who} wants to make sure that you are who it thinks. Compare now?");
            lines.extend(paragraph(&text, width));
            lines.push(Line::default());
            lines.extend(answer(YES_OR_NO, state.typed, width));
            return Content::new("Verify", lines).with_cursor();
        }
        let text = format!("Waiting for {who} to answer. Tell them to look at their screen.");
        lines.extend(paragraph(&text, width));
        lines.push(Line::default());
        lines.extend(paragraph("Esc calls it off.", width));
        return Content::new("Verify", lines);
    };
    let text = format!(
        "Ask {who} by voice or side by side, not in this chat: is it the same, in the same order?"
    );
    lines.extend(paragraph(&text, width));
    lines.push(Line::default());
    signs(model, comparison, width, &styles, &mut lines);
    lines.push(Line::default());
    let [first, second, third] = comparison.numbers;
    let numbers = format!("As numbers: {first} {second} {third}");
    lines.extend(paragraph(&numbers, width));
    if state.said_same {
        let text = format!("You said that it is the same. Waiting for {who} to say so, too.");
        lines.extend(paragraph(&text, width));
        return Content::new("Verify", lines);
    }
    lines.extend(answer(SAME_OR_DIFFERENT, state.typed, width));
    Content::new("Verify", lines).with_cursor()
}

/// The signs with their names below, as many beside each other as fit. Where there is only ASCII the
/// names alone, numbered.
fn signs(
    model: &Model,
    comparison: &Comparison,
    width: usize,
    styles: &Styles,
    lines: &mut Vec<Line<'static>>,
) {
    /// Columns between two cells.
    const BETWEEN: usize = 2;
    let emoji = &comparison.emoji;
    if is_ascii(model.look) {
        for (at, (_, name)) in emoji.iter().enumerate() {
            lines.push(Line::from(format!("{}. {name}", at + 1)));
        }
        return;
    }
    let widest = emoji
        .iter()
        .map(|(sign, name)| columns(sign).max(columns(name)));
    let cell = widest.max().unwrap_or_default() + BETWEEN;
    let beside = match (width + BETWEEN) / cell {
        fit if fit >= emoji.len() => emoji.len(),
        // Two rows of nearly the same length read better than a long and a short one.
        fit if fit >= emoji.len().div_ceil(2) => emoji.len().div_ceil(2),
        fit => fit,
    };
    for cells in emoji.chunks(beside.max(1)) {
        let in_cells = |texts: Vec<&str>| -> String {
            let padded = texts.into_iter().map(|text| {
                let text = fit(text, width);
                let free = cell.saturating_sub(columns(text));
                format!("{}{text}{}", blank(free / 2), blank(free - free / 2))
            });
            padded.collect()
        };
        let pictures = in_cells(cells.iter().map(|(sign, _)| sign.as_str()).collect());
        let names = in_cells(cells.iter().map(|(_, name)| name.as_str()).collect());
        lines.push(Line::from(pictures));
        lines.push(Line::from(Span::styled(names, styles.strong)));
    }
}
