//! Handshake messages as they travel: how long they are, and how they are read and written.

use bytes::Bytes;
use snow::HandshakeState;

use super::HandshakeError;
use crate::binding::Proof;
use crate::limits::{
    LEGACY_REPLY, MAX_CAPS_LEN, MAX_MESSAGE_3_LEN, MESSAGE_1_LEN, MESSAGE_2_LEN, MIN_MESSAGE_3_LEN,
    PREAMBLE,
};

/// Bytes before a handshake message: its length, big-endian.
pub(super) const HEADER_LEN: usize = 2;

/// How much must have arrived for the next step, as far as what has arrived tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Bytes, from the start of what is waited for.
    pub(super) len: usize,
    /// Where the message itself begins in them.
    pub(super) message_at: usize,
}

impl Wanted {
    /// For message `number`, of which `inbox` has arrived. Whatever cannot become right is refused
    /// at its first wrong byte.
    pub(super) fn of(number: u8, inbox: &[u8]) -> Result<Self, HandshakeError> {
        let (lens, before): (_, &[u8]) = match number {
            1 => (MESSAGE_1_LEN..=MESSAGE_1_LEN, PREAMBLE),
            2 => (MESSAGE_2_LEN..=MESSAGE_2_LEN, &[]),
            _ => (MIN_MESSAGE_3_LEN..=MAX_MESSAGE_3_LEN, &[]),
        };
        if before.iter().zip(inbox).any(|(a, b)| a != b) {
            return Err(HandshakeError::Preamble);
        }
        let message_at = before.len() + HEADER_LEN;
        let header = inbox.get(before.len()..message_at);
        let Some(header) = header.and_then(|header| header.first_chunk()) else {
            let len = message_at;
            return Ok(Self { len, message_at });
        };
        let found = u16::from_be_bytes(*header);
        if lens.contains(&usize::from(found)) {
            let len = message_at + usize::from(found);
            return Ok(Self { len, message_at });
        }
        if number == 2 && LEGACY_REPLY.starts_with(inbox) {
            let len = LEGACY_REPLY.len();
            return match inbox.len() == len {
                true => Err(HandshakeError::Legacy),
                false => Ok(Self { len, message_at }),
            };
        }
        Err(HandshakeError::Length {
            message: number,
            found,
        })
    }
}

/// The handshake hash over everything so far.
pub(super) fn transcript(noise: &HandshakeState) -> [u8; 32] {
    let hash = noise.get_handshake_hash().first_chunk();
    *hash.expect("the suite's hash has 32 bytes")
}

pub(super) fn framed(before: &[u8], message: &[u8]) -> Bytes {
    let len = u16::try_from(message.len()).expect("a handshake message has 416 bytes at most");
    [before, &len.to_be_bytes(), message].concat().into()
}

pub(super) fn read(
    noise: &mut HandshakeState,
    number: u8,
    message: &[u8],
) -> Result<Vec<u8>, HandshakeError> {
    let mut payload = vec![0; Proof::LEN + MAX_CAPS_LEN];
    let len = noise
        .read_message(message, &mut payload)
        .map_err(|error| judged(&error, number))?;
    payload.truncate(len);
    Ok(payload)
}

pub(super) fn write(
    noise: &mut HandshakeState,
    number: u8,
    payload: &[u8],
) -> Result<Vec<u8>, HandshakeError> {
    let mut message = vec![0; MAX_MESSAGE_3_LEN];
    let len = noise
        .write_message(payload, &mut message)
        .map_err(|error| judged(&error, number))?;
    message.truncate(len);
    Ok(message)
}

const fn judged(error: &snow::Error, message: u8) -> HandshakeError {
    match error {
        snow::Error::Dh => HandshakeError::SmallOrder { message },
        _ => HandshakeError::Unauthentic { message },
    }
}
