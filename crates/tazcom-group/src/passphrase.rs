//! Rooms of a passphrase: one secret for all, and what it takes to guess it.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use bip39::Language;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;
use tazcom_identity::NodeId;
use tazcom_proto::RoomName;
use tazcom_proto::inner::SealedRoomId;
use zeroize::{Zeroize as _, Zeroizing};

mod strength;

pub use strength::{MIN_STRENGTH_BITS, strength_bits};

/// KiB that one guess takes (Argon2id): 64 MiB, as for keys at rest.
const MEMORY_KIB: u32 = 64 * 1024;
/// Times over that memory.
const TURNS: u32 = 3;
/// One after the other.
const LANES: u32 = 1;

const SALT: &str = "tazcom v2 passphrase room: salt of a name";
const ID: &str = "tazcom v2 passphrase room: id";
const TAG: &str = "tazcom v2 passphrase room: tag";
const KEY: &str = "tazcom v2 passphrase room: key";
const NONCE: &str = "tazcom v2 passphrase room: nonce";

const NONCE_LEN: usize = 24;

/// Words in a passphrase that is made here: 66 bits.
const WORDS: usize = 6;
/// Words in the list they are from.
const LIST: u32 = 2048;

/// A room that everybody is in who knows its passphrase.
///
/// A shared secret: nobody can be removed, and nothing said before is safe from whoever learns it
/// later. Whoever has recorded one message can try passphrases without asking anybody.
pub struct PassphraseRoom {
    pub(crate) name: RoomName,
    pub(crate) id: SealedRoomId,
    pub(crate) tag: [u8; 32],
    pub(crate) key: Zeroizing<[u8; 32]>,
}

/// A passphrase that is guessed too soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this passphrase is worth about {bits} bits, and {MIN_STRENGTH_BITS} are needed: whoever records \
     one message can try passphrases for years; take five or more unrelated words"
)]
pub struct WeakPassphrase {
    /// What it is worth, at the least.
    pub bits: u32,
}

impl PassphraseRoom {
    /// The room of this name and passphrase, the same for everybody. Slow, and on purpose: about a
    /// quarter of a second and 64 MiB.
    ///
    /// # Errors
    /// [`WeakPassphrase`] when it is worth less than [`MIN_STRENGTH_BITS`].
    pub fn derive(name: &RoomName, passphrase: &str) -> Result<Self, WeakPassphrase> {
        let bits = strength_bits(passphrase);
        if bits < MIN_STRENGTH_BITS {
            return Err(WeakPassphrase { bits });
        }
        let salt = blake3::derive_key(SALT, name.as_str().as_bytes());
        let mut secret = Zeroizing::new([0; 32]);
        // Numbers of ours; they are within what Argon2 allows.
        let params = Params::new(MEMORY_KIB, TURNS, LANES, Some(32)).unwrap_or_default();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2
            .hash_password_into(passphrase.as_bytes(), &salt, secret.as_mut_slice())
            .map_err(|_| WeakPassphrase { bits: 0 })?;
        Ok(Self::from_secret(name.clone(), &secret))
    }

    fn from_secret(name: RoomName, secret: &[u8; 32]) -> Self {
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            blake3::derive_key(ID, secret);
        Self {
            name,
            id: SealedRoomId(id),
            tag: blake3::derive_key(TAG, secret),
            key: Zeroizing::new(blake3::derive_key(KEY, secret)),
        }
    }

    /// A passphrase of six words out of 2,048, worth 66 bits.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Zeroizing<String> {
        let list = Language::English.word_list();
        let mut phrase = Zeroizing::new(String::with_capacity(64));
        for at in 0..WORDS {
            if at > 0 {
                phrase.push(' ');
            }
            // 2^32 is a multiple of the length of the list: all words are as likely.
            let word = usize::try_from(rng.next_u32() % LIST).unwrap_or_default();
            phrase.push_str(list.get(word).copied().unwrap_or_default());
        }
        phrase
    }

    /// What it is called inside. Only those who know the passphrase know it.
    #[must_use]
    pub const fn id(&self) -> SealedRoomId {
        self.id
    }

    /// Seals what an author says: nonce, then ciphertext. Bound to the author and the room.
    ///
    /// The nonce is drawn from `random` and the plaintext together: should randomness ever repeat, two
    /// different messages still have different nonces.
    pub(crate) fn seal(&self, author: &NodeId, random: [u8; 32], plain: &[u8]) -> Option<Vec<u8>> {
        let mut hasher = blake3::Hasher::new_derive_key(NONCE);
        hasher.update(&random);
        hasher.update(self.key.as_slice());
        hasher.update(plain);
        let hash = hasher.finalize();
        let nonce: &[u8; NONCE_LEN] = hash.as_bytes().first_chunk()?;
        let aad = self.aad(author);
        let payload = Payload {
            msg: plain,
            aad: &aad,
        };
        let sealed = self.cipher().encrypt(&XNonce::from(*nonce), payload).ok()?;
        Some([&nonce[..], &sealed].concat())
    }

    /// Opens it again.
    pub(crate) fn open(&self, author: &NodeId, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let aad = self.aad(author);
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        let plain = self.cipher().decrypt(&XNonce::from(*nonce), payload).ok()?;
        Some(Zeroizing::new(plain))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        let mut key = (*self.key).into();
        let cipher = XChaCha20Poly1305::new(&key);
        key.zeroize();
        cipher
    }

    fn aad(&self, author: &NodeId) -> Vec<u8> {
        [&author.as_bytes()[..], &self.tag].concat()
    }
}

/// Tells nothing: the name says what people talk about.
impl fmt::Debug for PassphraseRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassphraseRoom(..)")
    }
}
