//! The one cipher suite, and the cryptography under it.

use snow::{Builder, HandshakeState};
use tazcom_identity::{NodeId, SecretKey, Signature, SignatureError};
use zeroize::Zeroizing;

use crate::limits::PREAMBLE;
use crate::static_key::StaticKey;

#[cfg(feature = "__fuzz")]
mod fake;
mod resolver;
#[cfg(test)]
mod tests;

/// Named as the Noise specification does. There is no other and nothing is negotiated.
const PATTERN: &str = "Noise_XX_25519_ChaChaPoly_BLAKE2s";

/// Who computes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Suite {
    /// The real primitives.
    #[default]
    Real,
    /// Arithmetic that fits together and protects nothing: fast enough to fuzz.
    #[cfg(feature = "__fuzz")]
    Fake,
}

/// The private half of an ephemeral key, drawn for one handshake.
pub(crate) type EphemeralSecret = Zeroizing<[u8; 32]>;

impl Suite {
    pub(crate) fn initiator(self, own: &StaticKey, ephemeral: EphemeralSecret) -> HandshakeState {
        let noise = self.builder(own, ephemeral, |builder| builder.build_initiator());
        noise.expect(BUILDS)
    }

    pub(crate) fn responder(self, own: &StaticKey, ephemeral: EphemeralSecret) -> HandshakeState {
        let noise = self.builder(own, ephemeral, |builder| builder.build_responder());
        noise.expect(BUILDS)
    }

    /// The public half that the peer will see of a static key.
    pub(crate) fn public(self, own: &StaticKey) -> &[u8; 32] {
        match self {
            Self::Real => own.public(),
            #[cfg(feature = "__fuzz")]
            Self::Fake => own.secret(),
        }
    }

    pub(crate) fn sign(self, key: &SecretKey, message: &[u8]) -> Signature {
        match self {
            Self::Real => key.sign(message),
            #[cfg(feature = "__fuzz")]
            Self::Fake => fake::sign(key.node_id(), message),
        }
    }

    pub(crate) fn verify(
        self,
        signer: NodeId,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), SignatureError> {
        match self {
            Self::Real => signer.verify(message, signature),
            #[cfg(feature = "__fuzz")]
            Self::Fake => fake::verify(signer, message, signature),
        }
    }

    fn builder(
        self,
        own: &StaticKey,
        ephemeral: EphemeralSecret,
        build: impl FnOnce(Builder<'_>) -> Result<HandshakeState, snow::Error>,
    ) -> Result<HandshakeState, snow::Error> {
        let params = PATTERN.parse()?;
        let builder = match self {
            Self::Real => Builder::with_resolver(params, Box::new(resolver::Real::new(ephemeral))),
            #[cfg(feature = "__fuzz")]
            Self::Fake => Builder::with_resolver(params, Box::new(fake::Fake::new(ephemeral))),
        };
        build(
            builder
                .prologue(PREAMBLE)?
                .local_private_key(own.secret())?,
        )
    }
}

/// Nothing that goes into the builder comes from outside.
const BUILDS: &str = "the pattern is sound, the resolver knows its suite, each part is set once";
