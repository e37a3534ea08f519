//! Where a handshake begins: who we are, and at which end.

use std::sync::Arc;
use std::time::Instant;

use rand_core::CryptoRng;
use tazcom_identity::{NodeId, SecretKey};
use zeroize::Zeroizing;

use super::{Handshake, State};
use crate::limits::Config;
use crate::static_key::StaticKey;
use crate::suite::{EphemeralSecret, Suite};
use crate::wire::body::Welcome;
use crate::wire::caps::Caps;

/// Who we are in a handshake.
#[derive(Clone, Debug)]
pub struct Local {
    /// The key of our id.
    pub identity: Arc<SecretKey>,
    /// The key of the day.
    pub static_key: Arc<StaticKey>,
    /// What we allow.
    pub config: Arc<Config>,
}

/// The end that opened the connection.
#[derive(Clone, Debug)]
pub struct Initiator {
    /// Who we are.
    pub local: Local,
    /// Whom we called. `None` when only the address was known: then whoever answers is taken.
    pub expected: Option<NodeId>,
    /// What we can do.
    pub caps: Caps,
}

/// The end that accepted it.
#[derive(Clone, Debug)]
pub struct Responder {
    /// Who we are.
    pub local: Local,
    /// What we say to a peer that has proven who it is.
    pub welcome: Welcome,
}

impl Initiator {
    /// Begins: the preamble and message 1 are the first output.
    #[must_use]
    pub fn start(self, now: Instant, rng: &mut (impl CryptoRng + ?Sized)) -> Handshake {
        self.start_on(Suite::Real, now, rng)
    }

    pub(crate) fn start_on(
        self,
        suite: Suite,
        now: Instant,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Handshake {
        let noise = suite.initiator(&self.local.static_key, ephemeral(rng));
        let state = State::CallAnswered {
            noise: Box::new(noise),
            expected: self.expected,
            caps: self.caps,
        };
        let mut handshake = Handshake::new(suite, self.local, state, now, rng.next_u64());
        handshake.call();
        handshake
    }
}

impl Responder {
    /// Begins: waits for the preamble and message 1.
    ///
    /// `now` is when the connection was accepted, so that what a driver took to look at its first
    /// byte counts.
    #[must_use]
    pub fn start(self, now: Instant, rng: &mut (impl CryptoRng + ?Sized)) -> Handshake {
        self.start_on(Suite::Real, now, rng)
    }

    pub(crate) fn start_on(
        self,
        suite: Suite,
        now: Instant,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Handshake {
        let noise = suite.responder(&self.local.static_key, ephemeral(rng));
        let state = State::Called {
            noise: Box::new(noise),
            welcome: self.welcome,
        };
        Handshake::new(suite, self.local, state, now, rng.next_u64())
    }
}

fn ephemeral(rng: &mut (impl CryptoRng + ?Sized)) -> EphemeralSecret {
    let mut secret = Zeroizing::new([0; 32]);
    rng.fill_bytes(secret.as_mut_slice());
    secret
}
