//! What a message is called, everywhere.

use std::fmt;
use std::str::FromStr;

/// The name of a message: BLAKE3 of the bytes that its author signed.
///
/// The signature is not in it. An author can sign the same bytes in two ways, and it would still be
/// one message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId([u8; Self::LEN]);

impl MessageId {
    /// Bytes in an id.
    pub const LEN: usize = 32;

    /// The id of the message whose signed bytes these are.
    #[must_use]
    pub fn of(signed: &[u8]) -> Self {
        Self(*blake3::hash(signed).as_bytes())
    }

    /// The id with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

/// Lower-case hexadecimal; with `{:.8}` only the first 8 digits.
impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2 * Self::LEN);
        for n in 0..digits.min(2 * Self::LEN) {
            let byte = self.0.get(n / 2).copied().unwrap_or_default();
            let nibble = if n % 2 == 0 { byte >> 4 } else { byte & 0xf };
            write!(f, "{nibble:x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self:.8})")
    }
}

/// A text that is not the id of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message id has 64 hexadecimal digits")]
pub struct ParseMessageIdError;

impl FromStr for MessageId {
    type Err = ParseMessageIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 2 * Self::LEN {
            return Err(ParseMessageIdError);
        }
        let mut bytes = [0; Self::LEN];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
            let [high, low] = *pair;
            let (high, low) = (digit(high)?, digit(low)?);
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }
}

fn digit(digit: u8) -> Result<u8, ParseMessageIdError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(ParseMessageIdError),
    }
}
