//! Twelve words of an id, to be read aloud or written on paper.
//!
//! 128 bits of a hash of the id, in the English list of BIP 39, whose words are told apart by their
//! first four letters. Whoever wants an id with the same words as another needs 2^128 tries; the last
//! word checks the others, so most slips are found without the id at hand.

use std::fmt;

use bip39::{Language, Mnemonic};
use tazcom_identity::NodeId;

/// How many there are.
pub const WORDS: usize = 12;

/// Bytes of what is typed that are looked at: twelve words have at most 107.
pub const MAX_TYPED_LEN: usize = 512;

/// What the hash is of begins with this, so that the words are the words of nothing else.
const DOMAIN: &str = "tazcom/v2/words";

/// Letters that tell a word of the list from all others.
const TELLING: usize = 4;

/// Slips in one word beyond which no other word is suggested for it.
const MAX_SLIPS: usize = 2;

/// The words of an id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Words([&'static str; WORDS]);

impl Words {
    /// The words of `id`. Two people who read out the same have the same id before them.
    #[must_use]
    pub fn of(id: &NodeId) -> Self {
        let hash = blake3::derive_key(DOMAIN, id.as_bytes());
        let bits = hash.first_chunk::<16>().copied().unwrap_or_default();
        let mut words = [""; WORDS];
        // Of sixteen bytes there always are twelve words.
        if let Ok(mnemonic) = Mnemonic::from_entropy_in(Language::English, &bits) {
            for (slot, word) in words.iter_mut().zip(mnemonic.words()) {
                *slot = word;
            }
        }
        Self(words)
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.0.into_iter()
    }

    /// Compares with what somebody typed: in any case, with any spaces between them, and of each word
    /// four letters at least.
    ///
    /// # Errors
    /// [`WordsError`] says at which word it differs. Nobody is verified then.
    pub fn compare(&self, typed: &str) -> Result<(), WordsError> {
        if typed.len() > MAX_TYPED_LEN {
            return Err(WordsError::TooLong { len: typed.len() });
        }
        let found = typed.split_whitespace().count();
        if found != WORDS {
            return Err(WordsError::Count { found });
        }
        let mut read = [""; WORDS];
        let slots = read.iter_mut().zip(typed.split_whitespace());
        for (position, (slot, word)) in (1..).zip(slots) {
            *slot = listed(word).ok_or_else(|| WordsError::NotOnList {
                position,
                suggestion: nearest(word),
            })?;
        }
        let differs = self
            .iter()
            .zip(read)
            .position(|(ours, typed)| ours != typed);
        match differs {
            None => Ok(()),
            Some(_)
                if Mnemonic::parse_in_normalized(Language::English, &read.join(" ")).is_err() =>
            {
                Err(WordsError::Misread)
            }
            Some(at) => Err(WordsError::Another { position: at + 1 }),
        }
    }
}

/// Lower case, one space between them.
impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.join(" "))
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(..)")
    }
}

/// Why typed words are not the words of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordsError {
    /// More than [`MAX_TYPED_LEN`] bytes.
    #[error("this is longer than {WORDS} words can be ({len} bytes)")]
    TooLong {
        /// Its bytes.
        len: usize,
    },
    /// Too few or too many.
    #[error("an id has {WORDS} words, these are {found}")]
    Count {
        /// Words found.
        found: usize,
    },
    /// A word that is in no id.
    #[error("word {position} is not on the list{}", Suggestion(*suggestion))]
    NotOnList {
        /// Which, counted from 1.
        position: usize,
        /// The word of the list that looks most like it, if one does.
        suggestion: Option<&'static str>,
    },
    /// Each is a word of the list, and no id has all of them: one was misread or misheard.
    #[error(
        "these words do not belong together: one was misread, or two are swapped; read them again"
    )]
    Misread,
    /// They are the words of an id, and not of this one.
    #[error("these are the words of another id (from word {position} on): this is somebody else")]
    Another {
        /// The first that differs, counted from 1.
        position: usize,
    },
}

struct Suggestion(Option<&'static str>);

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(word) => write!(f, ", did you mean {word}?"),
            None => Ok(()),
        }
    }
}

/// The word of the list that this is, or begins.
fn listed(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let list = Language::English.word_list();
    let whole = list.iter().find(|listed| **listed == word);
    let begun = || list.iter().find(|listed| listed.starts_with(&word));
    match word.len() < TELLING {
        true => whole.copied(),
        false => whole.or_else(begun).copied(),
    }
}

fn nearest(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    Language::English
        .word_list()
        .iter()
        .map(|listed| (strsim::damerau_levenshtein(&word, listed), *listed))
        .min_by_key(|(slips, _)| *slips)
        .filter(|(slips, _)| *slips <= MAX_SLIPS)
        .map(|(_, listed)| listed)
}
