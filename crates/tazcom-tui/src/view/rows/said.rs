//! What somebody says.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Gutter, Pen};
use crate::news::{Fate, Said};
use crate::view::measure::{blank, columns, name};
use crate::view::wrap::{wrap, wrap_after};

/// In the place of the name of somebody who tells what it does. No name is without a letter or a digit.
const ACTION: &str = "*";

/// The rows of it.
pub(super) fn rows<'a>(pen: &Pen<'a>, said: &'a Said, rows: &mut Vec<Line<'a>>) {
    let width = pen.gutter.words(pen.width);
    let who = author(pen, said, width);
    let taken = match &who {
        // One blank behind it.
        Some(who) => who.width() + 1,
        None => 0,
    };
    let style = if said.mentions_us {
        pen.styles.mention
    } else {
        Style::new()
    };
    let texts = wrap_after(said.text.as_str(), width, taken);
    let mut who = who;
    let mut used = 0;
    for (row, text) in texts.into_iter().enumerate() {
        let mut line = if row == 0 {
            first(pen, said)
        } else {
            next(pen)
        };
        used = columns(text);
        if let Some(who) = who.take() {
            used += taken;
            line.push_span(who);
            line.push_span(" ");
        }
        line.push_span(Span::styled(text, style));
        rows.push(line);
    }
    for (text, style) in tail(pen, said) {
        let wide = columns(&text);
        if used + 1 + wide <= width
            && let Some(last) = rows.last_mut()
        {
            last.push_span(" ");
            last.push_span(Span::styled(text, style));
            used += 1 + wide;
            continue;
        }
        for text in wrap(&text, width) {
            let mut line = next(pen);
            used = columns(text);
            line.push_span(Span::styled(text.to_owned(), style));
            rows.push(line);
        }
    }
}

/// The name where it stands among the words: of somebody who tells what it does.
fn author(pen: &Pen<'_>, said: &Said, width: usize) -> Option<Span<'static>> {
    let name = said
        .action
        .then(|| name(&said.author, width / 2, pen.glyphs.cut))?;
    Some(Span::styled(name, name_style(pen, said)))
}

fn name_style(pen: &Pen<'_>, said: &Said) -> Style {
    if said.own {
        pen.styles.own
    } else {
        pen.styles.name(said.author.id())
    }
}

/// What stands before the words on their first row.
fn first(pen: &Pen<'_>, said: &Said) -> Line<'static> {
    let margin = if said.mentions_us {
        Span::styled(pen.glyphs.mention, pen.styles.mention_mark)
    } else {
        Span::raw(blank(Gutter::MARGIN))
    };
    let limit = pen.gutter.name;
    let name = if said.action {
        ACTION.to_owned()
    } else {
        name(&said.author, limit, pen.glyphs.cut)
    };
    let before = blank(limit.saturating_sub(columns(&name)));
    Line::from(vec![
        margin,
        pen.time(said.at),
        Span::raw(before),
        Span::styled(name, name_style(pen, said)),
        bar(pen),
    ])
}

/// What stands before them on all others.
fn next(pen: &Pen<'_>) -> Line<'static> {
    let before = pen.gutter.columns().saturating_sub(Gutter::BAR);
    Line::from(vec![Span::raw(blank(before)), bar(pen)])
}

fn bar(pen: &Pen<'_>) -> Span<'static> {
    Span::styled(format!(" {} ", pen.glyphs.bar), pen.styles.dim)
}

/// What is to be known about the words, behind them.
fn tail(pen: &Pen<'_>, said: &Said) -> Vec<(String, Style)> {
    let key = said.key_from.as_ref().map(|from| {
        let text = format!("(key from {})", from.short());
        (text, pen.styles.dim)
    });
    let fate = said.fate.as_ref().filter(|_| said.own);
    key.into_iter()
        .chain(fate.map(|fate| become_of(pen, fate)))
        .collect()
}

/// What has become of our own words.
fn become_of(pen: &Pen<'_>, fate: &Fate) -> (String, Style) {
    let (glyphs, styles) = (pen.glyphs, &pen.styles);
    match fate {
        Fate::Queued => (glyphs.queued.to_owned(), styles.fates.waiting),
        Fate::Sent => (glyphs.sent.to_owned(), styles.fates.waiting),
        Fate::Reached { reached, of, .. } => {
            let style = if reached < of {
                styles.fates.waiting
            } else {
                styles.fates.arrived
            };
            (format!("{} {reached}/{of}", glyphs.reached), style)
        }
        Fate::Delivered => (glyphs.reached.to_owned(), styles.fates.arrived),
        Fate::Expired => {
            let text = format!("{} nobody has opened it in time", glyphs.failed);
            (text, styles.fates.lost)
        }
        Fate::Failed(why) => (format!("{} {why}", glyphs.failed), styles.fates.lost),
    }
}
