//! What strangers write, made safe to display.

use std::fmt::{self, Write as _};

use tazcom_proto::is_treacherous;
use unicode_normalization::char::is_combining_mark;

/// Characters of a text that are shown, escapes included.
///
/// Twice the longest text there can be: nothing is cut but what consists of escapes.
pub const MAX_DISPLAY_CHARS: usize = 8192;

/// Lines that a text may have. Further line breaks become spaces, so that nothing is lost and
/// nobody pushes a whole conversation off the screen.
pub const MAX_DISPLAY_LINES: usize = 256;

/// Marks that may stand on one letter. No script needs more; hundreds of them cover the lines above.
const MAX_MARKS: usize = 8;

/// Spaces for a tab.
const TAB: &str = "    ";

/// Ends a text that was cut. ASCII, because some terminals are.
const CUT: &str = "...";

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
const EMOJI_STYLE: char = '\u{fe0f}';

/// Text in which nothing is left that a terminal would obey or hide.
///
/// It can be made by escaping and in no other way. Line breaks stay, tabs become spaces; controls,
/// direction marks and what leaves no mark are written as `\u{..}`. What joins emoji, and the joiners
/// inside words of scripts that cannot do without, stay where they do that and are escaped elsewhere.
/// Escaping once more changes nothing. A backslash is not escaped: `\u{1b}` may be what was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DisplayText(Box<str>);

impl DisplayText {
    /// Escapes a text of at most [`MAX_DISPLAY_LINES`] lines and [`MAX_DISPLAY_CHARS`] characters.
    /// What is longer ends in `...`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(escape(text, MAX_DISPLAY_LINES, MAX_DISPLAY_CHARS))
    }

    /// The same on one line of at most `limit` characters: line breaks become spaces.
    #[must_use]
    pub fn line(text: &str, limit: usize) -> Self {
        Self(escape(text, 1, limit))
    }

    /// The text. Of controls it has line breaks (`\n`) only.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its lines, without the breaks.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.split('\n')
    }
}

impl fmt::Display for DisplayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Says nothing of what is in it: a log is not the place for it.
impl fmt::Debug for DisplayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DisplayText({} bytes)", self.0.len())
    }
}

/// What came before, as far as it decides about what comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Anything else.
    Other,
    /// An emoji: it may be given a style, or be joined.
    Emoji,
    /// An emoji with a style: it may be joined.
    StyledEmoji,
    /// A letter of a script that needs joiners within words.
    JoiningLetter,
}

fn escape(text: &str, lines: usize, limit: usize) -> Box<str> {
    let mut out = Escaped::new(lines, limit);
    let mut chars = text
        .trim_matches(|c| matches!(c, '\r' | '\n'))
        .chars()
        .peekable();
    let mut before = Before::Other;
    let mut marks = 0;
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        let (fits, now) = match c {
            // One break for the two characters of DOS.
            '\r' if next == Some('\n') => continue,
            '\n' | '\r' => (out.push_break(), Before::Other),
            '\t' => (out.push(TAB), Before::Other),
            EMOJI_STYLE if before == Before::Emoji => (out.push_char(c), Before::StyledEmoji),
            // With what it joins, so that no cut comes between them.
            ZERO_WIDTH_JOINER
                if matches!(before, Before::Emoji | Before::StyledEmoji)
                    && next.is_some_and(is_emoji) =>
            {
                let joined = chars.next().unwrap_or_default();
                (out.push_pair(c, joined), Before::Emoji)
            }
            ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER
                if before == Before::JoiningLetter && next.is_some_and(begins_after_joiner) =>
            {
                let joined = chars.next().unwrap_or_default();
                (out.push_pair(c, joined), Before::JoiningLetter)
            }
            c if is_treacherous(c) || marks > MAX_MARKS => (out.push_escape(c), Before::Other),
            c => (out.push_char(c), Before::of(c)),
        };
        if !fits {
            break;
        }
        before = now;
    }
    out.text.into_boxed_str()
}

impl Before {
    fn of(c: char) -> Self {
        match c {
            c if is_emoji(c) => Self::Emoji,
            c if is_joining_letter(c) => Self::JoiningLetter,
            _ => Self::Other,
        }
    }
}

/// Collects pieces until the next one would go past the limit.
struct Escaped {
    text: String,
    chars: usize,
    limit: usize,
    breaks_left: usize,
    /// Length of `text`, in bytes, up to which the closing dots still fit.
    cut_at: usize,
    piece: String,
}

impl Escaped {
    const fn new(lines: usize, limit: usize) -> Self {
        Self {
            text: String::new(),
            chars: 0,
            limit,
            breaks_left: lines.saturating_sub(1),
            cut_at: 0,
            piece: String::new(),
        }
    }

    fn push_break(&mut self) -> bool {
        if self.breaks_left == 0 {
            return self.push(" ");
        }
        self.breaks_left -= 1;
        self.push("\n")
    }

    fn push_char(&mut self, c: char) -> bool {
        self.push(c.encode_utf8(&mut [0; 4]))
    }

    fn push_pair(&mut self, joiner: char, joined: char) -> bool {
        let mut piece = std::mem::take(&mut self.piece);
        piece.clear();
        piece.extend([joiner, joined]);
        let fits = self.push(&piece);
        self.piece = piece;
        fits
    }

    fn push_escape(&mut self, c: char) -> bool {
        let mut piece = std::mem::take(&mut self.piece);
        piece.clear();
        let written = write!(piece, "{}", c.escape_unicode());
        debug_assert!(written.is_ok(), "writing to a string does not fail");
        let fits = self.push(&piece);
        self.piece = piece;
        fits
    }

    /// Whether the piece still fitted; if not, the text is closed.
    fn push(&mut self, piece: &str) -> bool {
        let chars = self.chars + piece.chars().count();
        if chars > self.limit {
            self.text.truncate(self.cut_at);
            // A limit below the length of the dots leaves nothing else.
            self.text.push_str(CUT.get(..self.limit).unwrap_or(CUT));
            return false;
        }
        self.text.push_str(piece);
        self.chars = chars;
        if chars + CUT.len() <= self.limit {
            self.cut_at = self.text.len();
        }
        true
    }
}

/// The pictures that are joined to each other, and the signs that they are joined with.
const fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{2640}' | '\u{2642}'         // female and male sign
        | '\u{2600}'..='\u{27bf}'       // symbols and dingbats, the heart among them
        | '\u{2b00}'..='\u{2bff}'       // arrows and squares
        | '\u{1f000}'..='\u{1faff}'     // pictures, skin tones among them
    )
}

/// A joiner stands before a letter; before a mark it would be there to be hidden.
fn begins_after_joiner(c: char) -> bool {
    is_joining_letter(c) && !is_combining_mark(c)
}

/// Letters and marks of Arabic and of the scripts of India. The joiners make other words of theirs
/// (UAX 31, 2.3), and there is no other way to write these.
const fn is_joining_letter(c: char) -> bool {
    matches!(c,
        '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{6d3}' | '\u{750}'..='\u{77f}'
        | '\u{900}'..='\u{963}' | '\u{980}'..='\u{9e3}' | '\u{a01}'..='\u{a75}'
        | '\u{a81}'..='\u{ae3}' | '\u{b01}'..='\u{b63}' | '\u{b82}'..='\u{bcd}'
        | '\u{c00}'..='\u{c63}' | '\u{c80}'..='\u{ce3}' | '\u{d00}'..='\u{d63}'
        | '\u{d81}'..='\u{df3}'
    )
}
