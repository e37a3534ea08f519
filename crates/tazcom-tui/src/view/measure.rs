//! How many columns text takes, counted as the buffer of the terminal counts them.

use std::borrow::Cow;

use ratatui::buffer::CellWidth as _;
use tazcom_chat::DisplayName;
use unicode_segmentation::UnicodeSegmentation as _;

/// Columns of one grapheme. What would control the terminal is not drawn and takes none.
pub(super) fn grapheme_columns(grapheme: &str) -> usize {
    match grapheme.as_bytes() {
        [byte] => usize::from(!byte.is_ascii_control()),
        _ if grapheme.contains(char::is_control) => 0,
        _ => usize::from(grapheme.cell_width()),
    }
}

/// Columns of a text on one row.
pub(super) fn columns(text: &str) -> usize {
    text.graphemes(true).map(grapheme_columns).sum()
}

/// As much of the beginning of a text as fits into so many columns.
pub(super) fn fit(text: &str, limit: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme_columns(grapheme);
        if used > limit {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}

/// The text on one row of so many columns; what is too long ends in the mark.
pub(super) fn cut<'a>(text: &'a str, limit: usize, mark: &str) -> Cow<'a, str> {
    // What follows a line break is another line.
    let (text, more) = match text.split_once('\n') {
        Some((first, _)) => (first, true),
        None => (text, false),
    };
    let whole = fit(text, limit);
    if whole.len() == text.len() && !more {
        return Cow::Borrowed(text);
    }
    let room = limit.saturating_sub(columns(mark));
    let mut short = fit(text, room).to_owned();
    short.push_str(fit(mark, limit));
    Cow::Owned(short)
}

/// Columns of a name in doubt that are left before its tag, at least: fewer do not say who it claims to be.
const LETTERS: usize = 4;

/// Columns of a tag of which only the beginning is shown, with its sign.
const SHORT_TAG: usize = 5;

/// A name in so many columns. Of a name that could be taken for another one the tag stays, whatever
/// becomes of the rest, and if need be its beginning: it is what the other cannot choose.
pub(super) fn name(who: &DisplayName, limit: usize, mark: &str) -> String {
    let short = who.short();
    if columns(&short) <= limit {
        return short;
    }
    if !who.is_doubtful() {
        return cut(&short, limit, mark).into_owned();
    }
    let whole = format!("~{}", who.id().short());
    let Some(name) = who.name() else {
        return fit(&whole, limit).to_owned();
    };
    let short = fit(&whole, SHORT_TAG);
    let least = LETTERS.min(columns(name.as_str()));
    let room_before = |tag: &str| limit.checked_sub(columns(tag));
    if let Some(room) = room_before(&whole).filter(|room| *room >= LETTERS + columns(mark)) {
        return format!("{}{whole}", cut(name.as_str(), room, mark));
    }
    match room_before(short).filter(|room| *room >= least) {
        // So few columns are for the letters, and not for the mark.
        Some(room) if room <= LETTERS => format!("{}{short}", fit(name.as_str(), room)),
        Some(room) => format!("{}{short}", cut(name.as_str(), room, mark)),
        None => fit(&whole, limit).to_owned(),
    }
}

/// Blanks.
pub(super) fn blank(columns: usize) -> String {
    " ".repeat(columns)
}
