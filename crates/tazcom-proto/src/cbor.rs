//! The part of CBOR (RFC 8949) that sessions and envelopes use, in its one deterministic form.
//!
//! Whole numbers, byte and text strings, arrays, maps, `false`, `true`, `null`. Refused: indefinite
//! lengths, numbers longer than needed, keys out of order or twice, tags, floating point. What was
//! read can therefore be written in one way only, and nothing needs to be encoded again to compare.
//!
//! Nothing is allocated for a length that was only announced, and nesting ends at a fixed depth.

use crate::limits::MAX_CBOR_DEPTH;

/// Why bytes are not the one encoding of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CborError {
    /// It ends within a value.
    #[error("it ends too early")]
    Truncated,
    /// Something follows the value.
    #[error("something follows the value")]
    Trailing,
    /// A number, or a length, has a shorter form.
    #[error("a number is written longer than needed")]
    NotShortest,
    /// Keys out of order, or one twice.
    #[error("the keys of a map are out of order or repeated")]
    KeyOrder,
    /// An indefinite length, a tag, a float, or a simple value without a meaning.
    #[error("a kind of value that is not used here")]
    Unused,
    /// Another type than the one that belongs here.
    #[error("a value of another type than belongs there")]
    Type,
    /// A number or a string is out of its range.
    #[error("a value out of its range")]
    Range,
    /// A text string that is not UTF-8.
    #[error("a text that is not UTF-8")]
    NotUtf8,
    /// Nested deeper than [`MAX_CBOR_DEPTH`].
    #[error("nested too deep")]
    TooDeep,
}

const UINT: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const SIMPLE: u8 = 7;
/// The one byte of `null`.
const NULL: u8 = 0xf6;

/// Appends an unsigned integer.
pub fn put_uint(out: &mut Vec<u8>, value: u64) {
    put_head(out, UINT, value);
}

/// The head of a byte string; its bytes are to follow.
pub fn put_bytes_head(out: &mut Vec<u8>, len: usize) {
    put_head(out, BYTES, len_to_u64(len));
}

/// Appends a `null`.
pub fn put_null(out: &mut Vec<u8>) {
    out.push(NULL);
}

/// Appends a byte string.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_bytes_head(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Appends a text string.
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    put_head(out, TEXT, len_to_u64(text.len()));
    out.extend_from_slice(text.as_bytes());
}

/// The head of an array; its values are to follow.
pub fn put_array(out: &mut Vec<u8>, len: usize) {
    put_head(out, ARRAY, len_to_u64(len));
}

/// The head of a map; its keys, in order, and values are to follow.
pub fn put_map(out: &mut Vec<u8>, len: usize) {
    put_head(out, MAP, len_to_u64(len));
}

fn len_to_u64(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn put_head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    let [.., d, c, b, a] = value.to_be_bytes();
    match value {
        0..=23 => out.push(major | a),
        24..=0xff => out.extend([major | 24, a]),
        0x100..=0xffff => out.extend([major | 25, b, a]),
        0x1_0000..=0xffff_ffff => out.extend([major | 26, d, c, b, a]),
        _ => {
            out.push(major | 27);
            out.extend(value.to_be_bytes());
        }
    }
}

/// Reads values off the front of some bytes.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from the front.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Says that everything has been read.
    ///
    /// # Errors
    /// [`CborError::Trailing`] when it has not.
    pub const fn finish(self) -> Result<(), CborError> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(CborError::Trailing),
        }
    }

    /// Reads an unsigned integer.
    ///
    /// # Errors
    /// [`CborError`] when something else is there.
    pub fn uint(&mut self) -> Result<u64, CborError> {
        self.head_of(UINT)
    }

    /// Reads the head of an array: how many values are to follow.
    ///
    /// # Errors
    /// [`CborError`] when something else is there.
    pub fn array(&mut self) -> Result<u64, CborError> {
        self.head_of(ARRAY)
    }

    /// Reads the head of a map: how many pairs are to follow. [`fields`](Self::fields) reads on.
    ///
    /// # Errors
    /// [`CborError`] when something else is there.
    pub fn map(&mut self) -> Result<u64, CborError> {
        self.head_of(MAP)
    }

    /// Reads a byte string.
    ///
    /// # Errors
    /// [`CborError`] when something else is there, or it ends too early.
    pub fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        let len = self.head_of(BYTES)?;
        self.take(len)
    }

    /// Reads a text string.
    ///
    /// # Errors
    /// [`CborError`] when something else is there, or it is not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, CborError> {
        let len = self.head_of(TEXT)?;
        str::from_utf8(self.take(len)?).map_err(|_| CborError::NotUtf8)
    }

    /// Reads over a map with numbers for keys, in order. `entry` must read each value.
    ///
    /// # Errors
    /// [`CborError`] for a map that is not so written, and whatever `entry` says.
    pub fn fields<E: From<CborError>>(
        &mut self,
        mut entry: impl FnMut(u64, &mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut before = None;
        for _ in 0..self.map()? {
            let key = self.uint()?;
            if before >= Some(key) {
                return Err(CborError::KeyOrder.into());
            }
            before = Some(key);
            entry(key, self)?;
        }
        Ok(())
    }

    /// Reads over one value of any kind; `depth` is how many arrays and maps it is in already.
    /// Calls itself no deeper than [`MAX_CBOR_DEPTH`].
    ///
    /// # Errors
    /// [`CborError`] for whatever is not the one encoding of a value.
    pub fn skip(&mut self, depth: usize) -> Result<(), CborError> {
        let (major, value) = self.head()?;
        match major {
            UINT | NEGATIVE | SIMPLE => Ok(()),
            BYTES => self.take(value).map(drop),
            TEXT => str::from_utf8(self.take(value)?)
                .map(drop)
                .map_err(|_| CborError::NotUtf8),
            _ if depth >= MAX_CBOR_DEPTH => Err(CborError::TooDeep),
            ARRAY => (0..value).try_for_each(|_| self.skip(depth + 1)),
            _ => {
                let mut before: Option<&[u8]> = None;
                for _ in 0..value {
                    let key = self.skipped(depth + 1)?;
                    if before >= Some(key) {
                        return Err(CborError::KeyOrder);
                    }
                    before = Some(key);
                    self.skip(depth + 1)?;
                }
                Ok(())
            }
        }
    }

    /// As [`skip`](Self::skip), and gives the bytes of the value.
    ///
    /// # Errors
    /// As for [`skip`](Self::skip).
    pub fn skipped(&mut self, depth: usize) -> Result<&'a [u8], CborError> {
        let from = self.rest;
        self.skip(depth)?;
        let len = from.len() - self.rest.len();
        from.get(..len).ok_or(CborError::Truncated)
    }

    /// Reads over a `null` if one is next, and says whether it was.
    pub fn null(&mut self) -> bool {
        match self.rest.split_first() {
            Some((&NULL, rest)) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn head_of(&mut self, wanted: u8) -> Result<u64, CborError> {
        match self.head()? {
            (major, value) if major == wanted => Ok(value),
            _ => Err(CborError::Type),
        }
    }

    fn head(&mut self) -> Result<(u8, u64), CborError> {
        let (&first, rest) = self.rest.split_first().ok_or(CborError::Truncated)?;
        self.rest = rest;
        let (major, info) = (first >> 5, first & 0x1f);
        if major == 6 || (major == SIMPLE && !(20..=22).contains(&info)) {
            return Err(CborError::Unused);
        }
        let value = match info {
            0..=23 => return Ok((major, u64::from(info))),
            24 => u64::from(self.number::<1>()?[0]),
            25 => u64::from(u16::from_be_bytes(self.number()?)),
            26 => u64::from(u32::from_be_bytes(self.number()?)),
            27 => u64::from_be_bytes(self.number()?),
            _ => return Err(CborError::Unused),
        };
        let least = match info {
            24 => 24,
            25 => 0x100,
            26 => 0x1_0000,
            _ => 0x1_0000_0000,
        };
        match value >= least {
            true => Ok((major, value)),
            false => Err(CborError::NotShortest),
        }
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        let (number, rest) = self.rest.split_first_chunk().ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(*number)
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], CborError> {
        let len = usize::try_from(len).map_err(|_| CborError::Truncated)?;
        let (taken, rest) = self
            .rest
            .split_at_checked(len)
            .ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}
