//! What is being typed: text and a cursor.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

/// Bytes that are kept of what is being typed. Sixteen times what can be sent at once, so that something
/// too long can be pasted and cut, and no paste fills the memory.
pub(crate) const MAX_EDITOR: usize = 64 * 1024;

/// Text of one or more lines, and where the cursor is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Editor {
    pub(crate) text: String,
    /// The cursor, in bytes; always between two graphemes.
    pub(crate) cursor: usize,
}

impl Editor {
    /// With this text, and the cursor behind it. Of the text is kept what [`insert`](Self::insert) keeps.
    pub(crate) fn with(text: &str) -> Self {
        let mut editor = Self::default();
        editor.insert(text);
        editor
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Takes everything out.
    pub(crate) fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    pub(crate) fn before(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or(&self.text)
    }

    pub(crate) fn after(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or_default()
    }

    /// Writes at the cursor. Of text, line breaks and tabs are kept, other controls are not.
    ///
    /// Whether all of it fitted within [`MAX_EDITOR`].
    pub(crate) fn insert(&mut self, text: &str) -> bool {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
        let mut text: String = text.chars().filter(kept).collect();
        let room = MAX_EDITOR.saturating_sub(self.text.len());
        let fits = text.len() <= room;
        text.truncate(text.floor_char_boundary(room));
        self.text.insert_str(self.cursor, &text);
        self.move_to(self.cursor + text.len());
        fits
    }

    /// Puts other text in the place of this range, and the cursor behind it.
    pub(crate) fn replace(&mut self, from: usize, to: usize, with: &str) {
        if from <= to && self.text.is_char_boundary(from) && self.text.is_char_boundary(to) {
            self.text.replace_range(from..to, with);
            self.text
                .truncate(self.text.floor_char_boundary(MAX_EDITOR));
            self.move_to(from + with.len());
        }
    }

    fn delete(&mut self, from: usize, to: usize) {
        self.replace(from, to, "");
    }

    pub(crate) fn backspace(&mut self) {
        self.delete(self.left_of(self.cursor), self.cursor);
    }

    pub(crate) fn delete_forward(&mut self) {
        self.delete(self.cursor, self.right_of(self.cursor));
    }

    pub(crate) fn delete_word(&mut self) {
        self.delete(self.word_left_of(), self.cursor);
    }

    pub(crate) fn delete_to_line_start(&mut self) {
        self.delete(self.line_start(), self.cursor);
    }

    pub(crate) fn delete_to_line_end(&mut self) {
        self.delete(self.cursor, self.line_end());
    }

    pub(crate) fn left(&mut self) {
        self.cursor = self.left_of(self.cursor);
    }

    pub(crate) fn right(&mut self) {
        self.cursor = self.right_of(self.cursor);
    }

    pub(crate) fn word_left(&mut self) {
        self.move_to(self.word_left_of());
    }

    pub(crate) fn word_right(&mut self) {
        let after = self.after();
        let words = after.len() - after.trim_start().len();
        let word = after.get(words..).unwrap_or_default();
        let end = word.find(char::is_whitespace).unwrap_or(word.len());
        self.move_to(self.cursor + words + end);
    }

    pub(crate) fn go_to_line_start(&mut self) {
        self.move_to(self.line_start());
    }

    pub(crate) fn go_to_line_end(&mut self) {
        self.move_to(self.line_end());
    }

    /// Up a line, if there is one above.
    pub(crate) fn up(&mut self) -> bool {
        let start = self.line_start();
        let Some(end) = start.checked_sub(1) else {
            return false;
        };
        let above = self.text.get(..end).unwrap_or_default();
        let above = above.rfind('\n').map_or(0, |at| at + 1);
        self.go_to_column(above, end);
        true
    }

    /// Down a line, if there is one below.
    pub(crate) fn down(&mut self) -> bool {
        let below = self.line_end() + 1;
        let Some(rest) = self.text.get(below..) else {
            return false;
        };
        let end = below + rest.find('\n').unwrap_or(rest.len());
        self.go_to_column(below, end);
        true
    }

    /// To the column where the cursor is, in the line with these bounds.
    fn go_to_column(&mut self, start: usize, end: usize) {
        let before = self.text.get(self.line_start()..self.cursor);
        let column = before.map_or(0, |before| before.graphemes(true).count());
        let line = self.text.get(start..end).unwrap_or_default();
        let at = line.grapheme_indices(true).nth(column);
        self.move_to(start + at.map_or(line.len(), |(at, _)| at));
    }

    fn line_start(&self) -> usize {
        self.before().rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        let after = self.after();
        self.cursor + after.find('\n').unwrap_or(after.len())
    }

    fn word_left_of(&self) -> usize {
        let words = self.before().trim_end();
        let begin = |(at, c): (usize, char)| at + c.len_utf8();
        let blank = words.char_indices().rev().find(|(_, c)| c.is_whitespace());
        blank.map_or(0, begin)
    }

    fn left_of(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        cursor
            .prev_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(0)
    }

    fn right_of(&self, at: usize) -> usize {
        let end = self.text.len();
        let mut cursor = GraphemeCursor::new(at, end, true);
        cursor
            .next_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(end)
    }

    /// To this place, or behind the grapheme in which it is: what is written may join what is there.
    fn move_to(&mut self, at: usize) {
        let at = at.min(self.text.len());
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        let between = cursor.is_boundary(&self.text, 0).unwrap_or(false);
        self.cursor = if between { at } else { self.right_of(at) };
    }
}

#[cfg(test)]
mod tests;
