//! What two nodes in a session say to each other alone: payloads of kind Direct.
//!
//! Each is `[kind, value]` in the one encoding there is; an odd kind that is not known is skipped.

use bytes::Bytes;

use crate::cbor;
use crate::limits::MAX_DIRECT_LEN;
use crate::payload::{self, PayloadError};

const ONE_TIME_KEY: u64 = 0;
const VERIFY: u64 = 2;
const SEALED: u64 = 4;

/// Bytes of one step of comparing emoji.
pub const MAX_VERIFY_LEN: usize = 512;

/// One payload of kind Direct.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DirectFrame {
    /// With this key the receiver, and nobody else, can begin a ratchet with the sender.
    OneTimeKey {
        /// The long-term key of the sender's private messages (X25519).
        identity: [u8; 32],
        /// The key that is used once (X25519).
        key: [u8; 32],
    },
    /// An envelope that is sealed to the receiver, and that nobody else has to carry; not looked at.
    Sealed(Bytes),
    /// A step of comparing emoji; up to [`MAX_VERIFY_LEN`] bytes, not looked at.
    Verify(Bytes),
}

impl DirectFrame {
    /// Reads a payload; none when it is of a kind that is to be skipped.
    ///
    /// # Errors
    /// [`PayloadError`]: no honest node sends this.
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, PayloadError> {
        payload::decode(bytes, MAX_DIRECT_LEN, |kind, value| {
            Ok(Some(match kind {
                ONE_TIME_KEY => {
                    payload::tuple(value, 2)?;
                    Self::OneTimeKey {
                        identity: payload::fixed(value)?,
                        key: payload::fixed(value)?,
                    }
                }
                VERIFY => {
                    let step = value.bytes()?;
                    if step.len() > MAX_VERIFY_LEN {
                        return Err(PayloadError::TooLong {
                            len: step.len(),
                            most: MAX_VERIFY_LEN,
                        });
                    }
                    Self::Verify(Bytes::copy_from_slice(step))
                }
                SEALED => Self::Sealed(Bytes::copy_from_slice(value.bytes()?)),
                _ => return Ok(None),
            }))
        })
    }

    /// The payload. A step beyond its limit makes one that others refuse.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::OneTimeKey { identity, key } => {
                let mut out = payload::begin(ONE_TIME_KEY, 80);
                cbor::put_array(&mut out, 2);
                cbor::put_bytes(&mut out, identity);
                cbor::put_bytes(&mut out, key);
                out
            }
            Self::Sealed(envelope) => {
                let mut out = payload::begin(SEALED, envelope.len());
                cbor::put_bytes(&mut out, envelope);
                out
            }
            Self::Verify(step) => {
                let mut out = payload::begin(VERIFY, step.len());
                cbor::put_bytes(&mut out, step);
                out
            }
        }
    }
}

/// Says nothing of what is in it: a log is not the place for it.
impl std::fmt::Debug for DirectFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::OneTimeKey { .. } => "OneTimeKey(..)",
            Self::Verify(_) => "Verify(..)",
            Self::Sealed(_) => "Sealed(..)",
        })
    }
}
