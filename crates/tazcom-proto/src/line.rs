//! Cuts a byte stream into lines.

use bytes::{Buf as _, Bytes, BytesMut};

/// A decoder of newline-terminated lines of bounded length.
///
/// The bytes wait in the caller's buffer; the decoder itself keeps two numbers. It never asks for
/// memory and never copies: a line is split off the buffer. To bound the buffer as well, read at
/// most [`room`](Self::room) bytes into it before the next [`decode`](Self::decode); then it never
/// holds more than the limit, whatever the peer sends.
///
/// ```
/// use bytes::BytesMut;
/// use tazcom_proto::{LineDecoder, MAX_LINE_LEN};
///
/// let mut decoder = LineDecoder::new(MAX_LINE_LEN);
/// let mut buffer = BytesMut::from("first\nsec");
/// assert_eq!(decoder.decode(&mut buffer)?.as_deref(), Some(&b"first"[..]));
/// assert_eq!(decoder.decode(&mut buffer)?, None);
/// buffer.extend_from_slice(b"ond\n");
/// assert_eq!(decoder.decode(&mut buffer)?.as_deref(), Some(&b"second"[..]));
/// # Ok::<(), tazcom_proto::LineError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LineDecoder {
    limit: usize,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// This many bytes at the front of the buffer hold no newline. Remembered so that a peer who
    /// sends byte by byte costs no more than one who sends at once.
    Searching { searched: usize },
    /// A line was too long. Where the next one begins is unknown.
    Failed,
}

impl State {
    const START: Self = Self::Searching { searched: 0 };
}

/// Why a stream is no sequence of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// No newline among the first `limit` bytes of a line. The stream cannot be resumed: the
    /// decoder has failed for good and the connection is to be closed.
    #[error("line longer than {limit} bytes")]
    TooLong {
        /// Bytes allowed, the newline included.
        limit: usize,
    },
}

impl LineDecoder {
    /// A decoder of lines of at most `limit` bytes, the newline included.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            limit,
            state: State::START,
        }
    }

    /// How many more bytes of the current line can be of use, given what `src` holds.
    ///
    /// Zero only before a `decode` that will not return `None`.
    #[must_use]
    pub fn room(&self, src: &BytesMut) -> usize {
        self.limit.saturating_sub(src.len())
    }

    /// Splits the next line off `src`, without its newline; `None` when more bytes are needed.
    ///
    /// Between calls, bytes may only be appended to `src`. Everything but the newline itself is
    /// the line's, a carriage return before it too: JSON takes that for a space, and
    /// [`Reply::parse`](crate::Reply::parse) drops it.
    ///
    /// # Errors
    ///
    /// [`LineError::TooLong`] as soon as it is certain, be the newline still to come or never.
    /// `src` is emptied then, and every later call empties it and fails in the same way.
    pub fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Bytes>, LineError> {
        let State::Searching { searched } = self.state else {
            return Err(self.fail(src));
        };
        let window = src.len().min(self.limit);
        // `searched` lies within the window unless the caller took bytes away.
        let unsearched = src.get(searched..window).unwrap_or_default();
        match unsearched.iter().position(|byte| *byte == b'\n') {
            Some(offset) => {
                self.state = State::START;
                let line = src.split_to(searched + offset);
                src.advance(1);
                Ok(Some(line.freeze()))
            }
            None if src.len() >= self.limit => Err(self.fail(src)),
            None => {
                self.state = State::Searching { searched: window };
                Ok(None)
            }
        }
    }

    fn fail(&mut self, src: &mut BytesMut) -> LineError {
        self.state = State::Failed;
        src.clear();
        LineError::TooLong { limit: self.limit }
    }
}
