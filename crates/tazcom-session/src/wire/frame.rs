//! Frames: sealed bodies of nine lengths, cut out of a stream and put into one.

use bytes::{BufMut as _, Bytes, BytesMut};
use snow::TransportState;
use zeroize::Zeroizing;

use super::body::Encoded;
use crate::limits::{FRAME_LENS, MAX_FRAME_LEN, REKEY_FRAMES, TAG_LEN};

/// Bytes before a frame: the length of its ciphertext, big-endian.
const HEADER_LEN: usize = 2;

/// Bytes before a body: its length, big-endian.
const INNER_LEN: usize = 2;

/// Why bytes are no frame of this session. The session ends, without a word to the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// None of the nine lengths. Found before anything was kept of the frame.
    #[error("a frame of {found} bytes, which is none of the lengths there are")]
    Length {
        /// The length announced.
        found: u16,
    },
    /// Changed, repeated, left out or out of order on its way, or never ours.
    #[error("a frame that is not the next one the peer sealed")]
    Unauthentic,
    /// The inner length is larger than the frame.
    #[error("a body longer than its frame")]
    InnerLength,
    /// Something other than zeros after the body.
    #[error("padding that is not zero")]
    Padding,
}

/// Cuts ciphertexts out of a stream, whatever its chunks.
///
/// Keeps at most the one frame that is under way, and of that nothing before its length is known
/// to be one of the nine.
#[derive(Debug, Default)]
pub(crate) struct Deframer {
    begun: BytesMut,
}

impl Deframer {
    /// Whether a frame has begun and is not whole.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.begun.is_empty()
    }

    /// Takes the next frame, with `opened` given its ciphertext, off the front of `input`; `None`
    /// when all of `input` was taken and a frame is not whole yet.
    pub(crate) fn next<T>(
        &mut self,
        input: &mut &[u8],
        opened: impl FnOnce(&[u8]) -> Result<T, FrameError>,
    ) -> Result<Option<T>, FrameError> {
        if self.begun.is_empty()
            && let Some(len) = announced(input)?
        {
            // The usual case: nothing to keep, nothing to copy.
            let whole = input.get(HEADER_LEN..HEADER_LEN + len);
            if let Some(ciphertext) = whole {
                *input = input.get(HEADER_LEN + len..).unwrap_or_default();
                return opened(ciphertext).map(Some);
            }
        }
        self.fill(HEADER_LEN, input);
        let Some(len) = announced(&self.begun)? else {
            return Ok(None);
        };
        self.fill(HEADER_LEN + len, input);
        match self.begun.get(HEADER_LEN..HEADER_LEN + len) {
            None => Ok(None),
            Some(ciphertext) => {
                let frame = opened(ciphertext)?;
                self.begun.clear();
                Ok(Some(frame))
            }
        }
    }

    fn fill(&mut self, wanted: usize, input: &mut &[u8]) {
        let missing = wanted.saturating_sub(self.begun.len()).min(input.len());
        let (taken, rest) = input.split_at(missing);
        self.begun.extend_from_slice(taken);
        *input = rest;
    }
}

/// The length a header announces; `None` when it is not whole.
fn announced(bytes: &[u8]) -> Result<Option<usize>, FrameError> {
    let Some(header) = bytes.first_chunk() else {
        return Ok(None);
    };
    let found = u16::from_be_bytes(*header);
    let len = usize::from(found);
    match FRAME_LENS.contains(&len) {
        true => Ok(Some(len)),
        false => Err(FrameError::Length { found }),
    }
}

/// Seals and opens frames, and keeps the keys of both directions in step.
pub(crate) struct Sealer {
    transport: TransportState,
    sent: u64,
    received: u64,
    /// The plaintext under way, at full size so that no copy of it is left behind by growing.
    plaintext: Zeroizing<Vec<u8>>,
}

impl Sealer {
    pub(crate) fn new(transport: TransportState) -> Self {
        Self {
            transport,
            sent: 0,
            received: 0,
            plaintext: Zeroizing::new(Vec::with_capacity(MAX_FRAME_LEN)),
        }
    }

    /// Frames sealed so far.
    pub(crate) const fn sent(&self) -> u64 {
        self.sent
    }

    /// Frames opened so far.
    pub(crate) const fn received(&self) -> u64 {
        self.received
    }

    /// Seals a body that fits into a frame; the whole frame, header included.
    pub(crate) fn seal(&mut self, body: &Encoded) -> Bytes {
        let needed = body.len() + INNER_LEN + TAG_LEN;
        let fitting = FRAME_LENS.into_iter().find(|len| *len >= needed);
        let len = fitting.expect("a longer body is sent in parts");
        let inner = u16::try_from(body.len()).expect("less than the largest frame");
        let header = u16::try_from(len).expect("at most the largest frame");

        self.plaintext.clear();
        self.plaintext.extend_from_slice(&inner.to_be_bytes());
        self.plaintext.extend_from_slice(&body.head);
        self.plaintext.extend_from_slice(&body.content);
        self.plaintext.resize(len - TAG_LEN, 0);

        let mut frame = BytesMut::with_capacity(HEADER_LEN + len);
        frame.put_u16(header);
        frame.resize(HEADER_LEN + len, 0);
        let (_, ciphertext) = frame.split_at_mut(HEADER_LEN);
        self.transport
            .write_message(&self.plaintext, ciphertext)
            .expect("the buffer fits, and a session ends long before its nonces do");
        self.sent += 1;
        if self.sent.is_multiple_of(REKEY_FRAMES) {
            self.transport.rekey_outgoing();
        }
        frame.freeze()
    }

    /// Opens a ciphertext; its body.
    pub(crate) fn open(&mut self, ciphertext: &[u8]) -> Result<Bytes, FrameError> {
        debug_assert!(ciphertext.len() <= MAX_FRAME_LEN);
        let mut plaintext = BytesMut::zeroed(ciphertext.len().saturating_sub(TAG_LEN));
        self.transport
            .read_message(ciphertext, &mut plaintext)
            .map_err(|_| FrameError::Unauthentic)?;
        self.received += 1;
        if self.received.is_multiple_of(REKEY_FRAMES) {
            self.transport.rekey_incoming();
        }
        let (inner, rest) = plaintext
            .split_first_chunk::<INNER_LEN>()
            .ok_or(FrameError::InnerLength)?;
        let len = usize::from(u16::from_be_bytes(*inner));
        let (_, padding) = rest.split_at_checked(len).ok_or(FrameError::InnerLength)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(FrameError::Padding);
        }
        let plaintext = plaintext.freeze();
        Ok(plaintext.slice(INNER_LEN..INNER_LEN + len))
    }
}
