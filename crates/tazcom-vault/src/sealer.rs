//! Values, sealed.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut as _, KeyInit as _, Tag, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

/// Bytes of a nonce: long enough to be drawn at random for ever.
pub(crate) const NONCE_LEN: usize = 24;
/// Bytes of a tag.
pub(crate) const TAG_LEN: usize = 16;

const SUBKEY_DOMAIN: &str = "tazcom/v2/vault-subkey";
const NONCE_DOMAIN: &str = "tazcom/v2/vault-nonce";

/// Seals values of one kind, and opens them again.
///
/// Its key is made of the vault's and of its context, so nothing that one sealer sealed opens in
/// another. XChaCha20-Poly1305; the name of a value is authenticated with it, so values cannot change
/// places. What does not hide: how long a value is, which name it has, and when it changes. What is not
/// noticed: an old value put back in its own place.
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    nonces: Nonces,
}

/// Why a value was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Too short to have been sealed.
    #[error("a sealed value of {len} bytes is cut off; restore the data directory from a backup")]
    TooShort {
        /// Its bytes.
        len: usize,
    },
    /// It was not sealed under this name with this key, or it is damaged.
    #[error(
        "a value was not sealed in this place with the key of this data directory, or it is damaged; \
         restore the whole directory from one backup"
    )]
    NotOurs,
}

impl Sealer {
    /// Bytes that a sealed value has more than the value.
    pub const OVERHEAD: usize = NONCE_LEN + TAG_LEN;

    pub(crate) fn new(master: &[u8; 32], context: &str, nonces: Nonces) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(SUBKEY_DOMAIN);
        hasher.update(master);
        hasher.update(context.as_bytes());
        let key = Zeroizing::new(*hasher.finalize().as_bytes());
        Self::with_key(&key, nonces)
    }

    pub(crate) fn with_key(key: &[u8; 32], nonces: Nonces) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(key.into()),
            nonces,
        }
    }

    /// Seals `value` under `name`, in [`OVERHEAD`](Self::OVERHEAD) bytes more.
    #[must_use]
    pub fn seal(&self, name: &[u8], value: &[u8]) -> Vec<u8> {
        let nonce = self.nonces.next();
        let mut sealed = Vec::with_capacity(value.len() + Self::OVERHEAD);
        sealed.extend_from_slice(&nonce);
        let tag = self.seal_into(&nonce, name, value, &mut sealed);
        sealed.extend_from_slice(&tag);
        sealed
    }

    /// Appends the ciphertext of `value` and gives its tag.
    pub(crate) fn seal_into(
        &self,
        nonce: &[u8; NONCE_LEN],
        name: &[u8],
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> [u8; TAG_LEN] {
        let from = out.len();
        out.resize(from + value.len(), 0);
        let room = out.get_mut(from..).unwrap_or_default();
        let sealed = InOutBuf::new(value, room)
            .ok()
            .and_then(|buffer| {
                self.cipher
                    .encrypt_inout_detached(&XNonce::from(*nonce), name, buffer)
                    .ok()
            })
            .expect("a value is far shorter than the 256 GiB that the cipher ends at");
        sealed.into()
    }

    /// Opens what [`seal`](Self::seal) sealed under `name`.
    ///
    /// # Errors
    /// [`OpenError`]; nothing of the value is told then.
    pub fn open(&self, name: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let short = OpenError::TooShort { len: sealed.len() };
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(short)?;
        let (text, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or(short)?;
        self.open_with(nonce, name, text, tag)
            .ok_or(OpenError::NotOurs)
    }

    pub(crate) fn open_with(
        &self,
        nonce: &[u8; NONCE_LEN],
        name: &[u8],
        text: &[u8],
        tag: &[u8; TAG_LEN],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut value = Zeroizing::new(vec![0; text.len()]);
        let buffer = InOutBuf::new(text, &mut value).ok()?;
        self.cipher
            .decrypt_inout_detached(&XNonce::from(*nonce), name, buffer, &Tag::from(*tag))
            .ok()?;
        Some(value)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

/// Nonces that nobody else has: a hash of random bytes drawn when the vault was opened, and a count.
/// Sealing can therefore not fail for want of randomness.
pub(crate) struct Nonces {
    seed: Zeroizing<[u8; 32]>,
    used: AtomicU64,
}

impl Nonces {
    pub(crate) const fn new(seed: Zeroizing<[u8; 32]>) -> Self {
        Self {
            seed,
            used: AtomicU64::new(0),
        }
    }

    /// Others, for somebody else.
    pub(crate) fn fork(&self) -> Self {
        Self::new(Zeroizing::new(*self.hash().as_bytes()))
    }

    fn next(&self) -> [u8; NONCE_LEN] {
        let hash = self.hash();
        hash.as_bytes()
            .first_chunk()
            .copied()
            .expect("a hash is longer than a nonce")
    }

    fn hash(&self) -> blake3::Hash {
        let count = self.used.fetch_add(1, Ordering::Relaxed);
        let mut hasher = blake3::Hasher::new_derive_key(NONCE_DOMAIN);
        hasher.update(self.seed.as_slice());
        hasher.update(&count.to_be_bytes());
        hasher.finalize()
    }
}
