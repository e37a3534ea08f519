//! An id as a link: to be typed, sent and scanned.
//!
//! `tazcom:`, the 43 characters of the id, and two that check them. The 45 characters are a
//! Reed-Solomon code word over GF(64) (I. Reed and G. Solomon, *Polynomial Codes over Certain Finite
//! Fields*, 1960), whose distance is 3: one wrong character, two wrong characters, and any two that
//! are swapped are always found, and of all else all but one in 4096.

use std::fmt;
use std::str::FromStr;

use tazcom_identity::{NodeId, ParseNodeIdError};

mod gf64;

/// What a link begins with, in any case.
pub const SCHEME: &str = "tazcom:";

/// Characters behind those of the id.
pub const CHECK_LEN: usize = 2;

/// Characters behind the scheme.
const CODE_LEN: usize = NodeId::TEXT_LEN + CHECK_LEN;

/// Bytes that are looked at: a link, and spaces that a person or a letter put in.
pub const MAX_LEN: usize = 256;

/// An id that is shown and read with its check characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Uri(pub NodeId);

/// Why a text is no link to an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// More than [`MAX_LEN`] bytes.
    #[error("a link of {len} bytes is too long to be one")]
    TooLong {
        /// Its bytes.
        len: usize,
    },
    /// It does not begin with [`SCHEME`].
    #[error("a link begins with {SCHEME}")]
    Scheme,
    /// It is an id as it stands, which nothing checks.
    #[error("this is an id without the {CHECK_LEN} characters that check it; copy the whole link")]
    Unchecked,
    /// Too short or too long: a character was left out, or one too many typed.
    #[error("a link has {CODE_LEN} characters after {SCHEME}, this has {found}")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character outside `A-Z a-z 0-9 - _`.
    #[error("character {position} after {SCHEME} is none of A-Z, a-z, 0-9, - and _")]
    Character {
        /// Which, counted from 1.
        position: usize,
    },
    /// The check characters do not fit.
    #[error("a character is wrong, or two are swapped{}", Near(*near))]
    Check {
        /// Where it is if it is one character only, counted from 1.
        near: Option<usize>,
    },
    /// The check characters fit, and the rest is no id.
    #[error(transparent)]
    Id(#[from] ParseNodeIdError),
}

struct Near(Option<usize>);

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(position) => write!(f, "; look at character {position} after {SCHEME} first"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; NodeId::TEXT_LEN];
        let id = self.0.encode(&mut buffer);
        let [first, second] = gf64::check(id.bytes().filter_map(gf64::value));
        write!(
            f,
            "{SCHEME}{id}{}{}",
            gf64::character(first),
            gf64::character(second)
        )
    }
}

impl FromStr for Uri {
    type Err = UriError;

    /// Reads a link. White space anywhere in it is left out.
    fn from_str(text: &str) -> Result<Self, UriError> {
        if text.len() > MAX_LEN {
            return Err(UriError::TooLong { len: text.len() });
        }
        let text: String = text.split_whitespace().collect();
        let code = text
            .get(..SCHEME.len())
            .filter(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
            .and_then(|_| text.get(SCHEME.len()..))
            .ok_or(UriError::Scheme)?;
        let found = code.chars().count();
        if found == NodeId::TEXT_LEN && code.parse::<NodeId>().is_ok() {
            return Err(UriError::Unchecked);
        }
        if found != CODE_LEN {
            return Err(UriError::Length { found });
        }
        let mut values = [0; CODE_LEN];
        for (position, (slot, character)) in (1..).zip(values.iter_mut().zip(code.chars())) {
            *slot = u8::try_from(character)
                .ok()
                .and_then(gf64::value)
                .ok_or(UriError::Character { position })?;
        }
        gf64::verify(&values).map_err(|near| UriError::Check {
            near: near.map(|at| at + 1),
        })?;
        let id = code.get(..NodeId::TEXT_LEN).unwrap_or_default();
        Ok(Self(id.parse()?))
    }
}
