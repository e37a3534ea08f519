//! What the program says among what people say.
//!
//! It begins with its mark where nobody's name can have it: names have a letter or a digit, no blanks, and
//! a bar behind them.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tazcom_chat::{DisplayName, MAX_COUNTED};
use tazcom_proto::UnixMillis;

use super::{Gutter, Pen};
use crate::news::Weight;
use crate::view::measure::blank;
use crate::view::wrap::wrap;

/// Columns of a mark and the blank behind it.
pub(super) const MARK: usize = 3;

const NOTE: &str = "-- ";
const WARNING: &str = "!  ";
const ALERT: &str = "!! ";
const REPLY: &str = ":: ";

/// Something to be known.
pub(super) fn note<'a>(
    pen: &Pen<'a>,
    at: UnixMillis,
    weight: Weight,
    text: &'a str,
    rows: &mut Vec<Line<'a>>,
) {
    let (mark, style) = match weight {
        Weight::Quiet => (NOTE, pen.styles.dim),
        Weight::Warning => (WARNING, pen.styles.warning),
        Weight::Alert => (ALERT, pen.styles.alert),
    };
    let texts = wrap(text, pen.gutter.program(pen.width));
    for (row, text) in texts.into_iter().enumerate() {
        rows.push(line(
            pen,
            (row == 0).then_some(at),
            mark,
            text.into(),
            style,
        ));
    }
}

/// The answer to a command.
pub(super) fn reply<'a>(pen: &Pen<'a>, at: UnixMillis, text: &'a str, rows: &mut Vec<Line<'a>>) {
    let texts = wrap(text, pen.gutter.program(pen.width));
    for (row, text) in texts.into_iter().enumerate() {
        let at = (row == 0).then_some(at);
        rows.push(line(pen, at, REPLY, text.into(), Style::new()));
    }
}

/// Something that has not come.
pub(super) fn gap(
    pen: &Pen<'_>,
    author: &DisplayName,
    missing: Option<u64>,
    asking: usize,
    rows: &mut Vec<Line<'_>>,
) {
    let author = author.short();
    let missing = match missing {
        Some(1) => "1 message".to_owned(),
        Some(count) => format!("{count} messages"),
        None => format!("more than {MAX_COUNTED} messages"),
    };
    let asking = match asking {
        0 => "nobody to ask".to_owned(),
        1 => "asking 1 peer".to_owned(),
        count => format!("asking {count} peers"),
    };
    let text = format!("{missing} from {author} missing, {asking} --");
    for text in wrap(&text, pen.gutter.program(pen.width)) {
        let text = Span::raw(text.to_owned());
        rows.push(line(pen, None, NOTE, text, pen.styles.warning));
    }
}

/// A row of it. Each has the mark: what is quoted in it cannot begin a line of its own.
fn line<'a>(
    pen: &Pen<'_>,
    at: Option<UnixMillis>,
    mark: &'static str,
    text: Span<'a>,
    style: Style,
) -> Line<'a> {
    Line::from(vec![
        Span::raw(blank(Gutter::MARGIN)),
        at.map_or_else(|| pen.no_time(), |at| pen.time(at)),
        Span::styled(mark, style),
        text.style(style),
    ])
}
