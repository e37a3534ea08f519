//! Signatures and when they count.

use std::fmt;

use ed25519_dalek::VerifyingKey;

use crate::NodeId;

/// An Ed25519 signature (RFC 8032), 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; Self::LEN]);

impl Signature {
    /// Bytes in a signature.
    pub const LEN: usize = 64;

    /// The signature with these bytes. Whether it counts is for [`NodeId::verify`] to say.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes, `R` then `S`.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LEN] {
        self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The id is no public key: not a point of the curve, or not the one way to write it.
    #[error("this node id is not an Ed25519 public key")]
    InvalidKey,
    /// The id is a point of small order. Signatures that fit any message can be made for it.
    #[error("this node id is a weak key, for which anybody can make signatures")]
    WeakKey,
    /// The key is sound and did not sign this message.
    #[error("the signature was not made by this node for this message")]
    Mismatch,
}

impl NodeId {
    /// Checks that this node signed exactly `message`.
    ///
    /// Strict verification: beyond RFC 8032 section 5.1.7, keys and nonces of small order and
    /// encodings that are not canonical are refused, so that all implementations agree on what
    /// was signed and nobody can claim another's message.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] when the signature does not count; nothing else happens.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        if !is_canonical(self.as_bytes()) {
            return Err(SignatureError::InvalidKey);
        }
        let key =
            VerifyingKey::from_bytes(self.as_bytes()).map_err(|_| SignatureError::InvalidKey)?;
        if key.is_weak() {
            return Err(SignatureError::WeakKey);
        }
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verify_strict(message, &signature)
            .map_err(|_| SignatureError::Mismatch)
    }
}

/// Whether the y coordinate is reduced modulo 2^255 - 19.
///
/// The curve library reduces silently, so one key would otherwise have two ids.
fn is_canonical(key: &[u8; NodeId::LEN]) -> bool {
    let [low, middle @ .., high] = key;
    *low < 0xed || middle.iter().any(|byte| *byte != 0xff) || high & 0x7f != 0x7f
}
