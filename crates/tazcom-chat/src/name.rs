//! What people call themselves.

use std::fmt;
use std::sync::LazyLock;

use tazcom_identity::NodeId;
use tazcom_proto::is_treacherous;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// Characters of a name that are shown. What people call themselves fits on a line beside what they
/// say.
pub const MAX_NAME_CHARS: usize = 24;

/// Bytes of a name that are looked at; the wire allows far fewer.
const MAX_LOOKED_AT: usize = 1024;

/// Marks on one letter of a name. Vietnamese needs two.
const MAX_MARKS: usize = 2;

/// Names of the program, of everybody and of nobody. Who is called so is flagged, because a line of
/// theirs could be taken for another kind of line.
pub const RESERVED_NAMES: [&str; 26] = [
    "admin",
    "administrator",
    "all",
    "anonymous",
    "channel",
    "error",
    "everybody",
    "everyone",
    "here",
    "info",
    "me",
    "mod",
    "moderator",
    "nobody",
    "operator",
    "owner",
    "room",
    "root",
    "server",
    "somebody",
    "support",
    "system",
    "tazcom",
    "unknown",
    "warning",
    "you",
];

/// A name after cleaning, as it may be shown. There is no empty one.
///
/// One line without anything a terminal would obey or hide, at most [`MAX_NAME_CHARS`] characters,
/// no blanks and no `~`, with which the tag of an id begins.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

impl Name {
    /// Cleans what somebody calls itself. None when nothing is left that could be read.
    #[must_use]
    pub fn clean(claimed: &str) -> Option<Self> {
        let end = claimed.floor_char_boundary(MAX_LOOKED_AT);
        let claimed = claimed.get(..end).unwrap_or_default();
        let visible = claimed.chars().filter_map(|c| match c {
            c if is_blank(c) => Some(' '),
            c => (!is_treacherous(c) && !is_sign(c)).then_some(c),
        });
        let mut marks = 0;
        let kept = visible.nfc().filter(|c| {
            marks = if is_combining_mark(*c) { marks + 1 } else { 0 };
            marks <= MAX_MARKS
        });
        let spelled: String = kept.collect();
        let words: Vec<&str> = spelled.split_whitespace().collect();
        let joined = words.join("_");
        let name = joined.trim_start_matches(is_misleading_first);
        let name: String = name
            .chars()
            .map(|c| if c == '~' { '-' } else { c })
            .take(MAX_NAME_CHARS)
            .collect();
        let name = name.trim_end_matches('_');
        name.chars()
            .any(char::is_alphanumeric)
            .then(|| Self(Box::from(name)))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What names that look like this one have in common with it.
    pub(crate) fn looks(&self) -> Looks {
        Looks::of(&self.0)
    }

    /// Whether it looks like a name that nobody can have.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.looks().are_reserved()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Says nothing of what is in it: a log is not the place for it.
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(..)")
    }
}

/// What begins like a command, a room or an address is none of these, what begins with the sign of a
/// program says nothing for it, and a mark at the beginning would stand on what is before the name.
fn is_misleading_first(c: char) -> bool {
    c.is_ascii_punctuation() || is_combining_mark(c)
}

/// What programs draw with, and say that somebody is verified, here or away with: not part of a name,
/// wherever it stands.
fn is_sign(c: char) -> bool {
    matches!(c,
        '|' | '\u{a6}' | '\u{b7}' | '\u{2022}'..='\u{2027}' | '\u{2039}' | '\u{203a}'
        // Arrows; boxes, blocks and shapes.
        | '\u{2190}'..='\u{21ff}' | '\u{2500}'..='\u{25ff}' | '\u{27f0}'..='\u{27ff}'
        // Boxes with and without checks; checks and crosses.
        | '\u{2610}'..='\u{2612}' | '\u{2705}' | '\u{2713}'..='\u{2718}' | '\u{274c}'
        | '\u{274e}' | '\u{1f5f8}'..='\u{1f5f9}'
    )
}

/// Blank, whatever it is for.
fn is_blank(c: char) -> bool {
    // The pattern of Braille without a dot counts as a symbol.
    c.is_whitespace() || c == '\u{2800}'
}

/// What a name looks like (UTS 39, section 4), in two ways that differ in what comes first.
///
/// `AIice` with a capital i looks like `Alice` before its letters become small, and `B0B` like `bob`
/// only afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Looks([String; 2]);

impl Looks {
    pub(crate) fn of(name: &str) -> Self {
        let composed: String = name.nfkc().collect();
        let small = composed.to_lowercase();
        let small_first: String = skeleton(&small).collect();
        let shape_first: String = skeleton(&composed).collect();
        // A shape may be a capital, and a small letter may have a shape of its own again.
        let again = |shape: String| -> String { skeleton(&shape.to_lowercase()).collect() };
        Self([again(small_first), again(shape_first)])
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = &str> {
        let [small_first, shape_first] = &self.0;
        let second = (small_first != shape_first).then_some(shape_first);
        std::iter::once(small_first)
            .chain(second)
            .map(String::as_str)
    }

    pub(crate) fn are_reserved(&self) -> bool {
        static RESERVED: LazyLock<Vec<Looks>> =
            LazyLock::new(|| RESERVED_NAMES.map(Looks::of).to_vec());
        RESERVED.iter().any(|reserved| reserved.meet(self))
    }

    pub(crate) fn meet(&self, other: &Self) -> bool {
        self.0.iter().any(|look| other.0.contains(look))
    }
}

/// Somebody, as shown: what it calls itself, and beside it the beginning of its id, which it cannot
/// choose.
///
/// `Display` prints `nick~a1b2c3d4`, or `~a1b2c3d4` for those without a name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DisplayName {
    id: NodeId,
    name: Option<Name>,
    doubtful: bool,
}

impl DisplayName {
    pub(crate) const fn new(id: NodeId, name: Option<Name>, doubtful: bool) -> Self {
        Self { id, name, doubtful }
    }

    /// Somebody as a node has told it, for those who show what a node tells. The name is cleaned anew.
    #[must_use]
    pub fn told(id: NodeId, name: Option<&str>, doubtful: bool) -> Self {
        Self::new(id, name.and_then(Name::clean), doubtful)
    }

    /// Who it is.
    #[must_use]
    pub const fn id(&self) -> NodeId {
        self.id
    }

    /// What it calls itself, if anything that can be shown.
    #[must_use]
    pub const fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    /// Whether the name alone could be taken for somebody else, or for none.
    #[must_use]
    pub const fn is_doubtful(&self) -> bool {
        self.doubtful || self.name.is_none()
    }

    /// The name alone where that is enough, else with the tag.
    #[must_use]
    pub fn short(&self) -> String {
        match &self.name {
            Some(name) if !self.doubtful => name.to_string(),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_ref().map_or("", Name::as_str);
        f.pad(&format!("{name}~{}", self.id.short()))
    }
}

/// Says nothing of what somebody calls itself.
impl fmt::Debug for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DisplayName(~{})", self.id.short())
    }
}

/// What is to be said about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameWarning {
    /// It is not shown as it was written.
    Cleaned,
    /// Nothing of it can be read; the id is shown alone.
    Unreadable,
    /// It looks like a name that nobody can have.
    Reserved,
    /// It is the name of somebody else, or looks like it.
    LooksLike(DisplayName),
    /// It is our own name, or looks like it.
    LooksLikeOurs,
}
