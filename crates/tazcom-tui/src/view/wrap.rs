//! Breaks text into rows.
//!
//! Rows are broken at blanks, and the blanks at a break are not shown. A word that is wider than a row,
//! such as an address of the web, is broken wherever the row ends, and loses nothing.

use unicode_segmentation::UnicodeSegmentation as _;

use super::measure::{columns, grapheme_columns};

/// The rows of a text of one or more lines at a width. There is at least one.
pub(super) fn wrap(text: &str, width: usize) -> Vec<&str> {
    wrap_after(text, width, 0)
}

/// The same where so many columns of the first row are taken.
pub(super) fn wrap_after(text: &str, width: usize, taken: usize) -> Vec<&str> {
    let mut rows = Vec::new();
    for (at, line) in text.split('\n').enumerate() {
        let taken = if at == 0 { taken } else { 0 };
        Wrapping::new(line, width.max(1), taken).run(&mut rows);
    }
    rows
}

/// Where a row may be broken.
#[derive(Clone, Copy)]
struct Blank {
    /// The row ends before it,
    at: usize,
    /// the next one begins behind it,
    behind: usize,
    /// and so many columns are above then.
    columns: usize,
}

/// One line on its way into rows.
struct Wrapping<'a> {
    line: &'a str,
    width: usize,
    /// Where the row begins, in bytes.
    start: usize,
    /// How much of the row is used, in columns.
    used: usize,
    blank: Option<Blank>,
    /// Whether the row begins behind a break that was not there before.
    continued: bool,
}

impl<'a> Wrapping<'a> {
    fn new(line: &'a str, width: usize, taken: usize) -> Self {
        Self {
            line,
            width,
            start: 0,
            used: taken,
            // What is taken may stand alone.
            blank: (taken > 0).then_some(Blank {
                at: 0,
                behind: 0,
                columns: taken,
            }),
            continued: false,
        }
    }

    fn run(mut self, rows: &mut Vec<&'a str>) {
        for (at, grapheme) in self.line.grapheme_indices(true) {
            if grapheme == " " {
                self.blank(at, rows);
            } else {
                self.word(at, grapheme, rows);
            }
        }
        self.end(self.line.len(), rows);
    }

    fn blank(&mut self, at: usize, rows: &mut Vec<&'a str>) {
        if self.continued && self.start == at {
            self.start = at + 1;
        } else if self.used >= self.width {
            self.end(at, rows);
            self.begin(at + 1, 0);
        } else {
            self.used += 1;
            self.blank = Some(Blank {
                at,
                behind: at + 1,
                columns: self.used,
            });
        }
    }

    fn word(&mut self, at: usize, grapheme: &'a str, rows: &mut Vec<&'a str>) {
        let wide = grapheme_columns(grapheme);
        if self.used + wide > self.width
            && let Some(blank) = self.blank
        {
            self.end(blank.at, rows);
            self.begin(blank.behind, self.used.saturating_sub(blank.columns));
        }
        if self.used + wide > self.width {
            if self.start < at {
                self.end(at, rows);
            }
            self.begin(at, 0);
            if wide > self.width {
                self.split(at, grapheme, rows);
                return;
            }
        }
        self.used += wide;
    }

    /// A grapheme that is wider than a row: scripts of India join any number of letters into one.
    fn split(&mut self, at: usize, grapheme: &str, rows: &mut Vec<&'a str>) {
        for (offset, c) in grapheme.char_indices() {
            let end = at + offset + c.len_utf8();
            let wide = self.line.get(self.start..end).map_or(0, columns);
            if wide > self.width && self.start < at + offset {
                self.end(at + offset, rows);
                self.begin(at + offset, 0);
            }
        }
        self.used = self
            .line
            .get(self.start..at + grapheme.len())
            .map_or(0, columns);
    }

    fn end(&self, at: usize, rows: &mut Vec<&'a str>) {
        rows.push(self.line.get(self.start..at).unwrap_or_default());
    }

    const fn begin(&mut self, start: usize, used: usize) {
        self.start = start;
        self.used = used;
        self.blank = None;
        self.continued = true;
    }
}

#[cfg(test)]
mod tests;
