//! Handshakes on arithmetic that protects nothing, so that a fuzzer gets through thousands a
//! second. Not part of the interface.

use std::time::Instant;

use rand_core::CryptoRng;

use crate::suite::Suite;
use crate::{Handshake, Initiator, Responder};

/// As [`Initiator::start`], without cryptography.
pub fn initiator(initiator: Initiator, now: Instant, rng: &mut impl CryptoRng) -> Handshake {
    initiator.start_on(Suite::Fake, now, rng)
}

/// As [`Responder::start`], without cryptography.
pub fn responder(responder: Responder, now: Instant, rng: &mut impl CryptoRng) -> Handshake {
    responder.start_on(Suite::Fake, now, rng)
}
