//! What a person types.

use std::fmt;

use zeroize::Zeroizing;

/// A passphrase; wiped from memory when dropped, never printed, never copied.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The longest, in bytes: room for a page of words, and an end to what is hashed.
    pub const MAX_LEN: usize = 1024;

    /// Takes what was typed. A line end behind it is not part of it; everything else is, as it stands.
    ///
    /// # Errors
    /// [`PassphraseError`] for nothing, and for too much.
    pub fn new(typed: String) -> Result<Self, PassphraseError> {
        let mut typed = Zeroizing::new(typed);
        let len = typed.trim_end_matches(['\r', '\n']).len();
        if len > Self::MAX_LEN {
            return Err(PassphraseError::TooLong { len });
        }
        if len == 0 {
            return Err(PassphraseError::Empty);
        }
        typed.truncate(len);
        Ok(Self(typed))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// Why what was typed is no passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// Nothing was typed.
    #[error("an empty passphrase protects nothing; type one")]
    Empty,
    /// More than [`Passphrase::MAX_LEN`] bytes.
    #[error(
        "a passphrase of {len} bytes is too long, at most {} are taken",
        Passphrase::MAX_LEN
    )]
    TooLong {
        /// Its bytes.
        len: usize,
    },
}
