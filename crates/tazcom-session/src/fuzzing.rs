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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tazcom_identity::SecretKey;
    use tazcom_testkit::{Clock, Seed};

    use super::*;
    use crate::{Caps, Config, HandshakeOutput, Input, Local, StaticKey, Welcome};

    #[test]
    fn two_honest_ends_get_on_without_cryptography_too() {
        let now = Clock::start().at(Duration::ZERO);
        let local = |seed| Local {
            identity: Arc::new(SecretKey::from_seed([seed; 32])),
            static_key: Arc::new(StaticKey::draw(now, &mut Seed(u64::from(seed)).rng(0))),
            config: Arc::new(Config::lan()),
        };
        let one = Initiator {
            local: local(1),
            expected: None,
            caps: Caps::default(),
        };
        let other = Responder {
            local: local(2),
            welcome: Welcome::default(),
        };
        let mut ends = [
            initiator(one, now, &mut Seed(3).rng(0)),
            responder(other, now, &mut Seed(4).rng(0)),
        ];
        for from in [0, 1, 0] {
            let HandshakeOutput::Send(bytes) = ends[from].poll_output() else {
                panic!("each end has its turn: {:?}", ends[from].poll_output());
            };
            ends[1 - from].handle(now, Input::Received(&bytes));
        }
        for end in ends {
            end.finish(now).unwrap();
        }
    }
}
