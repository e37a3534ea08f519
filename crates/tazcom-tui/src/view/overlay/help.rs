//! Keys, commands and signs.

use ratatui::text::{Line, Span};
use tazcom_chat::COMMANDS;

use super::Content;
use crate::model::Model;
use crate::view::glyphs::{Glyphs, glyphs};
use crate::view::measure::{blank, columns};
use crate::view::theme::Styles;
use crate::view::wrap::wrap;

/// Columns for a key or a command, where what it does stands beside it.
const LEFT: usize = 26;

/// Columns from which it stands beside it.
const BESIDE: usize = 56;

/// All keys, in the order in which they are explained.
const KEYS: [(&str, &str); 25] = [
    ("F1", "this help"),
    ("F2", "doctor: is it working, and if not, why"),
    ("F3", "show or hide the rooms"),
    ("F4", "show or hide the people"),
    ("F8", "an alert was seen"),
    ("Esc", "close what is open; else an alert was seen"),
    ("Enter", "send"),
    ("yes, no + Enter", "answer what is asked"),
    (
        "same, different + Enter",
        "answer whether the emoji are the same",
    ),
    ("Alt-Enter, Ctrl-J", "begin a new line"),
    ("Tab, Shift-Tab", "complete a command, a room or a name"),
    (
        "Up, Down",
        "what you typed before; move within several lines",
    ),
    (
        "Alt-1 .. Alt-9, Alt-0",
        "go to the conversation with this number",
    ),
    (
        "Alt-A",
        "go where something is new, to what is for you first",
    ),
    (
        "Ctrl-N, Ctrl-P",
        "go to the next or the previous conversation",
    ),
    ("PgUp, PgDn", "read what is above, below"),
    ("Ctrl-Home, Ctrl-End", "the beginning, the newest"),
    ("Ctrl-A, Ctrl-E", "to the beginning, to the end of the line"),
    ("Alt-B, Alt-F", "a word back, a word on"),
    ("Ctrl-W, Alt-Backspace", "delete a word"),
    (
        "Ctrl-U, Ctrl-K",
        "delete to the beginning, to the end of the line",
    ),
    ("Ctrl-L", "draw the screen anew"),
    ("Ctrl-Z", "stop, back to the shell; fg goes on"),
    ("Ctrl-C", "clear the line; on an empty one: quit"),
    ("Ctrl-D", "on an empty line: quit at once"),
];

/// All of it.
pub(super) fn content(model: &Model, width: usize) -> Content {
    let styles = Styles::of(model.look);
    let mut lines = vec![Line::styled("Keys", styles.strong)];
    for (key, does) in KEYS {
        entry(key, does, width, &styles, &mut lines);
    }
    lines.push(Line::default());
    lines.push(Line::styled("Commands", styles.strong));
    for command in &COMMANDS {
        let call = format!("/{} {}", command.name, command.arguments);
        entry(call.trim_end(), command.help, width, &styles, &mut lines);
    }
    lines.push(Line::default());
    lines.push(Line::styled("Signs", styles.strong));
    for (sign, means) in signs(glyphs(model.look)) {
        entry(&sign, means, width, &styles, &mut lines);
    }
    Content::new("Help", lines)
}

fn signs(glyphs: &Glyphs) -> [(String, &'static str); 15] {
    [
        (
            glyphs.queued.to_owned(),
            "your line is kept; nobody has it yet",
        ),
        (glyphs.sent.to_owned(), "it was handed to whoever is there"),
        (
            format!("{} 14/17", glyphs.reached),
            "14 of 17 have said that they have it",
        ),
        (glyphs.reached.to_owned(), "whom it is for has it"),
        (
            format!("{} why", glyphs.failed),
            "it was not sent, or nobody has taken it",
        ),
        (glyphs.mention.to_owned(), "before a line: it names you"),
        (
            "name~a1b2c3d4".to_owned(),
            "the name could be another's; the tag could not",
        ),
        (
            format!("{} before a name", glyphs.verified),
            "you have made sure who it is",
        ),
        (
            "@ before a name".to_owned(),
            "may let others into the private room",
        ),
        (glyphs.direct.to_owned(), "is here"),
        (glyphs.via.to_owned(), "is here, heard over others"),
        (glyphs.away.to_owned(), "is not here"),
        ("3  3!".to_owned(), "so many new lines; some are for you"),
        ("m  ?".to_owned(), "muted; you are invited"),
        (
            "--  !  !!  ::".to_owned(),
            "the program says it, and nobody else can",
        ),
    ]
}

fn entry(key: &str, does: &str, width: usize, styles: &Styles, lines: &mut Vec<Line<'static>>) {
    const INDENT: usize = 4;
    let is_beside = width >= BESIDE && columns(key) < LEFT;
    let indent = if is_beside { LEFT } else { INDENT };
    let room = width.saturating_sub(indent).max(1);
    let mut texts = wrap(does, room).into_iter();
    let key_span = Span::styled(key.to_owned(), styles.key);
    if is_beside {
        let between = blank(LEFT.saturating_sub(columns(key)));
        let first = texts.next().unwrap_or_default().to_owned();
        lines.push(Line::from(vec![
            key_span,
            Span::raw(between),
            Span::raw(first),
        ]));
    } else {
        lines.push(Line::from(key_span));
    }
    for text in texts {
        lines.push(Line::from(format!("{}{text}", blank(indent))));
    }
}
