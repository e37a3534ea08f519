//! Handshakes on arithmetic that protects nothing, so that a fuzzer gets through thousands a
//! second. Not part of the interface.

use std::time::Instant;

use bytes::Bytes;
use rand_core::CryptoRng;

use crate::suite::Suite;
use crate::{Handshake, Initiator, Responder, Session};

/// As [`Initiator::start`], without cryptography.
pub fn initiator(initiator: Initiator, now: Instant, rng: &mut impl CryptoRng) -> Handshake {
    initiator.start_on(Suite::Fake, now, rng)
}

/// As [`Responder::start`], without cryptography.
pub fn responder(responder: Responder, now: Instant, rng: &mut impl CryptoRng) -> Handshake {
    responder.start_on(Suite::Fake, now, rng)
}

/// The next frame of `session`, saying exactly `body`, whatever that means.
pub fn seal(session: &mut Session, body: &[u8]) -> Bytes {
    session.seal_raw(body)
}
