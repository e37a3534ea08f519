//! The secret half of an identity.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use crate::{NodeId, Signature};

/// Bytes in the seed a key is derived from (RFC 8032 section 5.1.5).
pub(crate) const SEED_LEN: usize = 32;

/// The key a node signs with.
///
/// It is wiped from memory when dropped, prints as `SecretKey(..)`, and can be neither cloned nor
/// serialised: the only copy outside memory is the one [`key_file`](crate::key_file) writes, or
/// whoever asks for the [seed](Self::expose_seed) seals. To use it in two places, share it in an `Arc`.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Draws a new key from the operating system.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] when the system has no randomness to give; no key is made then.
    pub fn generate() -> Result<Self, EntropyError> {
        let mut seed = Zeroizing::new([0; SEED_LEN]);
        getrandom::fill(seed.as_mut_slice()).map_err(EntropyError)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The key with this seed. Same seed, same node.
    ///
    /// The argument is copied; wiping the original is the caller's part.
    #[must_use]
    pub fn from_seed(seed: [u8; SEED_LEN]) -> Self {
        let seed = Zeroizing::new(seed);
        Self(SigningKey::from_bytes(&seed))
    }

    /// The id of the node that holds this key.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        NodeId::from_bytes(self.0.verifying_key().to_bytes())
    }

    /// Signs `message`. Deterministic: no randomness is needed, none can be bad.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(message).to_bytes())
    }

    /// A copy of the seed, for whoever keeps it sealed. Whoever has it *is* this node: it goes into a
    /// cipher and nowhere else.
    #[must_use]
    pub fn expose_seed(&self) -> Zeroizing<[u8; SEED_LEN]> {
        Zeroizing::new(*self.seed())
    }

    /// The seed, for the key file alone.
    pub(crate) fn seed(&self) -> &[u8; SEED_LEN] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// The operating system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw a key: the operating system gave no randomness ({0})")]
pub struct EntropyError(#[source] pub(crate) getrandom::Error);
