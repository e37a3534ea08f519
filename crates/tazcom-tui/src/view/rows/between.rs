//! What stands between items: days, and where what is new begins. And before the first, whether it is the
//! first.

use ratatui::style::Style;
use ratatui::text::Line;
use tazcom_proto::UnixMillis;

use super::Pen;
use crate::model::{Entry, Item, Past, Talk};
use crate::view::clock::Day;
use crate::view::measure::{columns, cut};

/// Items that are looked back over for one that has a time. What has none are gaps, and between two of
/// them is something that was said.
const LOOKED_BACK: usize = 8;

/// The rows before the item with this index.
pub(super) fn rows<'a>(pen: &Pen<'a>, talk: &'a Talk, index: usize, rows: &mut Vec<Line<'a>>) {
    if index == 0 {
        let text = match talk.past {
            Past::Asked => Some("-- looking up what was said before"),
            Past::More => Some("-- PgUp looks up what was said before"),
            Past::Unknown | Past::Complete => None,
        };
        rows.extend(text.map(|text| line(pen, text, pen.styles.day)));
    }
    if let Some(day) = new_day(pen, talk, index) {
        let mut text = rule(pen, &day.long());
        if columns(&text) > pen.width {
            text = rule(pen, &day.short());
        }
        rows.push(line(pen, &text, pen.styles.day));
    }
    if is_first_new(talk, index) {
        rows.push(line(pen, &rule(pen, "new"), pen.styles.marker));
    }
}

fn rule(pen: &Pen<'_>, text: &str) -> String {
    let rule = pen.glyphs.rule;
    format!("{rule}{rule} {text} {rule}{rule}")
}

fn line(pen: &Pen<'_>, text: &str, style: Style) -> Line<'static> {
    Line::styled(cut(text, pen.width, pen.glyphs.cut).into_owned(), style)
}

/// The day of an item, if what is before it is of another one.
fn new_day(pen: &Pen<'_>, talk: &Talk, index: usize) -> Option<Day> {
    let items = &talk.timeline.items;
    let of = |item: &Item| time(item).and_then(|at| Day::of(at, &pen.model.zone));
    let day = of(items.get(index)?)?;
    let before = (0..index)
        .rev()
        .take(LOOKED_BACK)
        .find_map(|index| items.get(index).and_then(of));
    (before != Some(day)).then_some(day)
}

fn time(item: &Item) -> Option<UnixMillis> {
    match &item.entry {
        Entry::Said(said) => Some(said.at),
        Entry::Gap { .. } => None,
        Entry::Note { at, .. } | Entry::Reply { at, .. } => Some(*at),
    }
}

/// Whether an item is the first that was not read. Our own words are not new to us.
fn is_first_new(talk: &Talk, index: usize) -> bool {
    let Some(read) = talk.marker else {
        return false;
    };
    let items = &talk.timeline.items;
    let is_new = |item: &Item| item.order > read;
    let is_own = |item: &Item| matches!(&item.entry, Entry::Said(said) if said.own);
    let before = index.checked_sub(1).and_then(|before| items.get(before));
    items
        .get(index)
        .is_some_and(|item| is_new(item) && !is_own(item))
        && !before.is_some_and(is_new)
}
