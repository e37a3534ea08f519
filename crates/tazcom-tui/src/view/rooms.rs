//! The conversations, and where something is new.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::glyphs::glyphs;
use super::measure::{blank, columns, fit};
use super::theme::Styles;
use super::{put, who};
use crate::model::{Model, Talk};
use crate::news::Standing;
use crate::place::Place;

/// New lines that are counted one by one.
const MAX_COUNTED: u64 = 999;

/// Columns of the number and the blank behind it.
const NUMBER: usize = 2;

/// A row of the pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Heading(&'static str),
    /// The conversation with this index.
    Talk(usize),
    /// In so many that are not seen something is new, and in some of them for us.
    News {
        is_above: bool,
        count: usize,
        is_urgent: bool,
    },
}

/// Rows from which two are given to what is not seen.
const WITH_NEWS: usize = 6;

/// Draws them.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    for (at, row) in seen(model, area.height).into_iter().enumerate() {
        let line = match row {
            Row::Heading(text) => Line::styled(text, Styles::of(model.look).dim),
            Row::News {
                is_above,
                count,
                is_urgent,
            } => elsewhere(model, is_above, count, is_urgent),
            Row::Talk(index) => match model.talks.get(index) {
                Some(talk) => entry(model, talk, index, usize::from(area.width)),
                None => continue,
            },
        };
        put(buffer, area, at, &line);
    }
}

/// Which conversation is on a row of the pane.
pub(super) fn at(model: &Model, area: Rect, row: u16) -> Option<usize> {
    let row = row.checked_sub(area.y)?;
    match seen(model, area.height).get(usize::from(row))? {
        Row::Talk(index) => Some(*index),
        Row::Heading(_) | Row::News { .. } => None,
    }
}

/// The rows that are seen: around the open conversation, if there are too many.
fn seen(model: &Model, height: u16) -> Vec<Row> {
    let mut rows = Vec::with_capacity(model.talks.len() + 3);
    let mut section = None;
    let mut current = 0;
    for (index, talk) in model.talks.iter().enumerate() {
        let heading = match talk.about.place {
            Place::Room(_) => "rooms",
            Place::Person(_) => "people",
            Place::Private(_) => "private",
        };
        if section != Some(heading) {
            section = Some(heading);
            rows.push(Row::Heading(heading));
        }
        if index == model.current {
            current = rows.len();
        }
        rows.push(Row::Talk(index));
    }
    let height = usize::from(height);
    let last = rows.len().saturating_sub(height);
    let first = current.saturating_sub(height / 2).min(last);
    let end = rows.len().min(first + height);
    let mut seen = rows.get(first..end).unwrap_or_default().to_vec();
    if height >= WITH_NEWS {
        let above = unseen(model, rows.get(..=first).unwrap_or_default(), true);
        if let (Some(row), true) = (seen.first_mut(), first > 0) {
            *row = above.unwrap_or(*row);
        }
        let below = unseen(model, rows.get(end - 1..).unwrap_or_default(), false);
        if let (Some(row), true) = (seen.last_mut(), end < rows.len()) {
            *row = below.unwrap_or(*row);
        }
    }
    seen
}

/// What is new on rows that are not seen; none when nothing is.
fn unseen(model: &Model, rows: &[Row], is_above: bool) -> Option<Row> {
    let talks = rows.iter().filter_map(|row| match row {
        Row::Talk(index) => model.talks.get(*index),
        _ => None,
    });
    let (mut count, mut is_urgent) = (0, false);
    for talk in talks {
        let is_new = talk.mentions > 0 || (talk.unread > 0 && !talk.muted);
        count += usize::from(is_new);
        is_urgent |= talk.mentions > 0;
    }
    (count > 0).then_some(Row::News {
        is_above,
        count,
        is_urgent,
    })
}

fn elsewhere(model: &Model, is_above: bool, count: usize, is_urgent: bool) -> Line<'static> {
    let (styles, glyphs) = (Styles::of(model.look), glyphs(model.look));
    let sign = if is_above { glyphs.up } else { glyphs.down };
    let (mark, style) = if is_urgent {
        ("!", styles.urgent)
    } else {
        ("", styles.unread)
    };
    Line::styled(format!("{sign} new in {count}{mark}"), style)
}

fn entry(model: &Model, talk: &Talk, index: usize, width: usize) -> Line<'static> {
    let styles = Styles::of(model.look);
    let glyphs = glyphs(model.look);
    let style = match () {
        () if index == model.current => styles.current,
        () if talk.mentions > 0 => styles.urgent,
        () if talk.unread > 0 && !talk.muted => styles.unread,
        () if talk.muted || talk.about.standing != Standing::In => styles.dim,
        () => Style::new(),
    };
    let news = news(talk);
    let dot = match &talk.about.place {
        Place::Person(id) if who::present_of(model, *id).is_some() => glyphs.direct,
        Place::Person(_) => glyphs.away,
        _ => "",
    };
    // One blank before what is new.
    let right = if news.is_empty() {
        0
    } else {
        columns(&news) + 1
    };
    let room = width
        .saturating_sub(NUMBER)
        .saturating_sub(columns(dot))
        .saturating_sub(right);
    let mut left = format!("{} ", number(index));
    left.push_str(dot);
    match &talk.about.place {
        // The dot stands for the sign of its kind.
        Place::Person(id) => {
            let who = who::person(model, talk, *id);
            left.push_str(&super::measure::name(&who, room, glyphs.cut));
        }
        _ => left.push_str(&who::title(model, talk, room, glyphs.cut)),
    }
    let between = width
        .saturating_sub(columns(&left))
        .saturating_sub(columns(&news));
    let text = format!("{left}{}{news}", blank(between));
    let text = fit(&text, width).to_owned();
    Line::from(Span::styled(text, style))
}

/// Under which number it is opened: Alt and the digit.
const fn number(index: usize) -> char {
    match index {
        0 => '1',
        1 => '2',
        2 => '3',
        3 => '4',
        4 => '5',
        5 => '6',
        6 => '7',
        7 => '8',
        8 => '9',
        9 => '0',
        _ => ' ',
    }
}

/// What is new in it: how much, an exclamation mark when it is for us, and whether it may call.
fn news(talk: &Talk) -> String {
    if talk.about.standing == Standing::Invited {
        return "?".to_owned();
    }
    let mut text = match talk.unread {
        0 => String::new(),
        count if count > MAX_COUNTED => format!("{MAX_COUNTED}+"),
        count => count.to_string(),
    };
    if talk.mentions > 0 {
        text.push('!');
    }
    if talk.muted {
        text.push('m');
    }
    text
}
