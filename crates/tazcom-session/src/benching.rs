//! The suite without what this crate adds to it, for a bench to tell what that costs. Not part of
//! the interface.

use snow::HandshakeState;
use zeroize::Zeroizing;

use crate::suite::Suite;
use crate::{Role, StaticKey};

/// One end of a bare handshake: same suite, same resolver, nobody's identity.
pub fn noise(role: Role, own: &StaticKey, ephemeral: [u8; 32]) -> HandshakeState {
    let ephemeral = Zeroizing::new(ephemeral);
    match role {
        Role::Initiator => Suite::Real.initiator(own, ephemeral),
        Role::Responder => Suite::Real.responder(own, ephemeral),
    }
}
