//! Text of a peer, made safe to print.
//!
//! A terminal obeys what it is shown: escape sequences move the cursor, write the clipboard and
//! rename the window; a carriage return overwrites the line; direction overrides turn it round;
//! invisible characters make two names look like one. A log that prints such text lies to its
//! reader. So whatever a peer sent is printed through here, or not at all.

use std::fmt::{self, Write as _};

use crate::limits::MAX_PEER_TEXT_LEN;

/// Ends a text that was cut. ASCII, because some terminals are.
const CUT: &str = "...";

/// One line of bounded length, without anything a terminal would obey or hide.
///
/// Controls, direction marks, line separators and characters that leave no mark are written as
/// `\n`, `\t`, `\r` or `\u{..}`, bytes that are not UTF-8 as `\x..`, and a backslash as `\\`, so
/// that an escape cannot be counterfeited. Letters of every script stay as they are. What is too
/// long ends in `...`; no escape is cut in half.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PeerText(Box<str>);

impl PeerText {
    /// Escapes `text`, keeping at most [`MAX_PEER_TEXT_LEN`] characters.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::with_limit(text.as_bytes(), MAX_PEER_TEXT_LEN)
    }

    /// The same for bytes that may not be UTF-8.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::with_limit(bytes, MAX_PEER_TEXT_LEN)
    }

    /// The same with another limit, in characters, escapes and the closing dots included.
    ///
    /// The work and the memory are bounded by the limit, not by the bytes.
    #[must_use]
    pub fn with_limit(bytes: &[u8], limit: usize) -> Self {
        let mut line = Line::new(limit);
        // A character takes at most four bytes and gives at least one: what lies beyond is cut.
        let within = limit.saturating_add(1).saturating_mul(4);
        let bytes = bytes.get(..within).unwrap_or(bytes);
        for chunk in bytes.utf8_chunks() {
            let complete = chunk.valid().chars().all(|c| line.push_char(c))
                && chunk.invalid().iter().all(|byte| line.push_byte(*byte));
            if !complete {
                break;
            }
        }
        Self(line.finish())
    }

    /// The escaped text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PeerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for PeerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It is escaped already; once more would only make it hard to read.
        write!(f, "PeerText(\"{}\")", self.0)
    }
}

/// Collects pieces until the next one would go past the limit.
struct Line {
    text: String,
    chars: usize,
    limit: usize,
    /// Length of `text`, in bytes, up to which the closing dots still fit.
    cut_at: usize,
    piece: String,
}

impl Line {
    fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            chars: 0,
            limit,
            cut_at: 0,
            piece: String::new(),
        }
    }

    /// Whether the character still fitted; if not, the line is closed.
    fn push_char(&mut self, c: char) -> bool {
        self.piece.clear();
        let written = match c {
            '\\' => self.piece.write_str(r"\\"),
            '\n' => self.piece.write_str(r"\n"),
            '\r' => self.piece.write_str(r"\r"),
            '\t' => self.piece.write_str(r"\t"),
            c if is_treacherous(c) => write!(self.piece, "{}", c.escape_unicode()),
            c => self.piece.write_char(c),
        };
        debug_assert!(written.is_ok(), "writing to a string does not fail");
        self.push_piece()
    }

    fn push_byte(&mut self, byte: u8) -> bool {
        self.piece.clear();
        let written = write!(self.piece, r"\x{byte:02x}");
        debug_assert!(written.is_ok(), "writing to a string does not fail");
        self.push_piece()
    }

    fn push_piece(&mut self) -> bool {
        let chars = self.chars + self.piece.chars().count();
        if chars > self.limit {
            self.text.truncate(self.cut_at);
            // A limit below the length of the dots leaves nothing.
            self.text.push_str(CUT.get(..self.limit).unwrap_or(CUT));
            return false;
        }
        self.text.push_str(&self.piece);
        self.chars = chars;
        if chars + CUT.len() <= self.limit {
            self.cut_at = self.text.len();
        }
        true
    }

    fn finish(self) -> Box<str> {
        self.text.into_boxed_str()
    }
}

/// Whether a terminal would obey this character, or show nothing for it.
///
/// Controls, the line and paragraph separators, the direction marks, and what Unicode calls
/// `Default_Ignorable_Code_Point`, which holds the zero-width characters, variation selectors and
/// tags.
///
/// Whoever shows text of strangers in another form than [`PeerText`] begins with this. What it says
/// `false` of leaves a mark, or a blank, and moves no cursor but its own.
#[must_use]
pub fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'                        // soft hyphen
            | '\u{34f}'                     // combining grapheme joiner
            | '\u{61c}'                     // Arabic letter mark
            | '\u{115f}'..='\u{1160}'       // Hangul fillers, blank and wide
            | '\u{17b4}'..='\u{17b5}'       // Khmer inherent vowels, never shown
            | '\u{180b}'..='\u{180f}'       // Mongolian selectors and vowel separator
            | '\u{200b}'..='\u{200f}'       // zero-width space and joiners, direction marks
            | '\u{2028}'..='\u{202e}'       // separators, direction embeddings and overrides
            | '\u{2060}'..='\u{206f}'       // word joiner, invisible operators, isolates
            | '\u{3164}'                    // Hangul filler
            | '\u{fe00}'..='\u{fe0f}'       // variation selectors
            | '\u{feff}'                    // byte order mark
            | '\u{ffa0}'                    // half-width Hangul filler
            | '\u{fff0}'..='\u{fffb}'       // unassigned ignorables, interlinear annotation
            | '\u{1bca0}'..='\u{1bca3}'     // shorthand format controls
            | '\u{1d173}'..='\u{1d17a}'     // musical format controls
            | '\u{e0000}'..='\u{e0fff}'     // tags and more variation selectors
        )
}
