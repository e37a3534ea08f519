//! The primitives, as `snow` asks for them.
//!
//! An own resolver because the one that comes with `snow` accepts public keys of small order and
//! clears nothing from memory. Here the all-zero result of a key agreement is an error (RFC 7748
//! section 6.1 allows the check, and it must come before a message leaves that depends on it), and
//! keys are wiped when they are dropped or replaced.

use std::sync::Mutex;

use blake2::{Blake2s256, Digest as _};
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut as _, ChaCha20Poly1305, KeyInit as _, Nonce, Tag};
use snow::Error;
use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::CryptoResolver;
use snow::types::{Cipher, Dh, Hash, Random};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{Zeroize as _, Zeroizing};

use super::EphemeralSecret;
use crate::limits::TAG_LEN;

const KEY_LEN: usize = 32;

/// BLAKE2s (RFC 7693 section 2.1): bytes of a block and of a hash.
const BLOCK_LEN: usize = 64;
const HASH_LEN: usize = 32;

/// Hands out the primitives of one handshake.
pub(super) struct Real {
    /// Taken by the one handshake this is for. Behind a lock only because the trait resolves
    /// through a shared reference.
    ephemeral: Mutex<Option<EphemeralSecret>>,
}

impl Real {
    pub(super) fn new(ephemeral: EphemeralSecret) -> Self {
        Self {
            ephemeral: Mutex::new(Some(ephemeral)),
        }
    }
}

impl CryptoResolver for Real {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        let ephemeral = self.ephemeral.lock().ok()?.take();
        Some(Box::new(Once(ephemeral)))
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        match choice {
            DHChoice::Curve25519 => Some(Box::new(X25519::unset())),
            _ => None,
        }
    }

    fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
        match choice {
            HashChoice::Blake2s => Some(Box::new(Blake2s(Blake2s256::new()))),
            _ => None,
        }
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        match choice {
            CipherChoice::ChaChaPoly => Some(Box::new(ChaChaPoly::unset())),
            _ => None,
        }
    }
}

/// Randomness for exactly one ephemeral key: a second draw fails, so none is ever used twice.
pub(super) struct Once(pub(super) Option<EphemeralSecret>);

impl Random for Once {
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Error> {
        let drawn = self.0.take().ok_or(Error::Rng)?;
        if to.len() != drawn.len() {
            return Err(Error::Rng);
        }
        to.copy_from_slice(drawn.as_slice());
        Ok(())
    }
}

/// X25519 (RFC 7748).
pub(super) struct X25519 {
    secret: StaticSecret,
    public: PublicKey,
}

impl X25519 {
    /// Before a key is set or drawn. `snow` uses no pair that it did not set first.
    pub(super) fn unset() -> Self {
        Self {
            secret: StaticSecret::from([0; KEY_LEN]),
            public: PublicKey::from([0; KEY_LEN]),
        }
    }

    fn replace(&mut self, secret: [u8; KEY_LEN]) {
        self.secret = StaticSecret::from(secret);
        self.public = PublicKey::from(&self.secret);
    }
}

impl Dh for X25519 {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        KEY_LEN
    }

    fn priv_len(&self) -> usize {
        KEY_LEN
    }

    fn set(&mut self, secret: &[u8]) {
        let mut copy = [0; KEY_LEN];
        // Keys of another length are never handed in; if one were, the pair would be of zeros,
        // with which no agreement succeeds unnoticed: the peer has another public key.
        if secret.len() == KEY_LEN {
            copy.copy_from_slice(secret);
        }
        self.replace(copy);
        copy.zeroize();
    }

    fn generate(&mut self, rng: &mut dyn Random) -> Result<(), Error> {
        let mut secret = Zeroizing::new([0; KEY_LEN]);
        rng.try_fill_bytes(secret.as_mut_slice())?;
        self.replace(*secret);
        Ok(())
    }

    fn pubkey(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn privkey(&self) -> &[u8] {
        self.secret.as_bytes()
    }

    fn dh(&self, public: &[u8], out: &mut [u8]) -> Result<(), Error> {
        // `snow` passes its buffer for the longest key of any curve.
        let public: [u8; KEY_LEN] = *public.first_chunk().ok_or(Error::Dh)?;
        let agreed = self.secret.diffie_hellman(&PublicKey::from(public));
        if !agreed.was_contributory() {
            return Err(Error::Dh);
        }
        let out = out.first_chunk_mut().ok_or(Error::Dh)?;
        *out = *agreed.as_bytes();
        Ok(())
    }
}

/// ChaCha20-Poly1305 (RFC 8439) with the nonces of the Noise specification, section 12.3.
pub(super) struct ChaChaPoly(ChaCha20Poly1305);

impl ChaChaPoly {
    /// Before a key is set. `snow` refuses to use it until then.
    pub(super) fn unset() -> Self {
        Self(ChaCha20Poly1305::new(&[0; KEY_LEN].into()))
    }
}

fn nonce(counter: u64) -> Nonce {
    let mut nonce = Nonce::default();
    if let Some(low) = nonce.last_chunk_mut() {
        *low = counter.to_le_bytes();
    }
    nonce
}

impl Cipher for ChaChaPoly {
    fn name(&self) -> &'static str {
        "ChaChaPoly"
    }

    fn set(&mut self, key: &[u8; KEY_LEN]) {
        // The one before is wiped as it is dropped.
        self.0 = ChaCha20Poly1305::new(key.into());
    }

    fn encrypt(&self, counter: u64, aad: &[u8], plaintext: &[u8], out: &mut [u8]) -> usize {
        let sealed = plaintext.len() + TAG_LEN;
        let (text, rest) = out.split_at_mut(plaintext.len());
        let buffer = InOutBuf::new(plaintext, text).expect("split to this length");
        let tag = self
            .0
            .encrypt_inout_detached(&nonce(counter), aad, buffer)
            .expect("a Noise message is far below the cipher's 256 GiB");
        rest.split_at_mut(TAG_LEN).0.copy_from_slice(&tag);
        sealed
    }

    fn decrypt(
        &self,
        counter: u64,
        aad: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let (text, tag) = ciphertext
            .split_last_chunk::<TAG_LEN>()
            .ok_or(Error::Decrypt)?;
        let out = out.get_mut(..text.len()).ok_or(Error::Decrypt)?;
        let buffer = InOutBuf::new(text, out).map_err(|_| Error::Decrypt)?;
        self.0
            .decrypt_inout_detached(&nonce(counter), aad, buffer, &Tag::from(*tag))
            .map_err(|_| Error::Decrypt)?;
        Ok(text.len())
    }

    /// Noise specification, section 4.2: the first 32 bytes of sealing 32 zeros with the last
    /// nonce. Written out to clear what it passes through.
    fn rekey(&mut self) {
        let mut sealed = Zeroizing::new([0; KEY_LEN + TAG_LEN]);
        self.encrypt(u64::MAX, &[], &[0; KEY_LEN], sealed.as_mut_slice());
        let mut key = Zeroizing::new([0; KEY_LEN]);
        for (to, from) in key.iter_mut().zip(sealed.iter()) {
            *to = *from;
        }
        self.set(&key);
    }
}

/// BLAKE2s with 32 bytes of output (RFC 7693).
pub(super) struct Blake2s(pub(super) Blake2s256);

impl Hash for Blake2s {
    fn name(&self) -> &'static str {
        "BLAKE2s"
    }

    fn block_len(&self) -> usize {
        BLOCK_LEN
    }

    fn hash_len(&self) -> usize {
        HASH_LEN
    }

    fn reset(&mut self) {
        self.0 = Blake2s256::new();
    }

    fn input(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn result(&mut self, out: &mut [u8]) {
        let hash = std::mem::replace(&mut self.0, Blake2s256::new()).finalize();
        out.split_at_mut(HASH_LEN).0.copy_from_slice(&hash);
    }
    /// RFC 2104, as section 4.3 of the Noise specification asks. Written out, and `hkdf` too, to
    /// clear what they pass through: every chaining key and every cipher key goes this way.
    fn hmac(&mut self, key: &[u8], data: &[u8], out: &mut [u8]) {
        debug_assert!(key.len() <= BLOCK_LEN);
        let mut pad = Zeroizing::new([INNER_PAD; BLOCK_LEN]);
        for (pad, key) in pad.iter_mut().zip(key) {
            *pad ^= key;
        }
        self.reset();
        self.input(pad.as_slice());
        self.input(data);
        let mut inner = Zeroizing::new([0; HASH_LEN]);
        self.result(inner.as_mut_slice());
        for pad in pad.iter_mut() {
            *pad ^= INNER_PAD ^ OUTER_PAD;
        }
        self.input(pad.as_slice());
        self.input(inner.as_slice());
        self.result(out);
    }

    /// Section 4.3 of the Noise specification.
    fn hkdf(
        &mut self,
        chaining_key: &[u8],
        input: &[u8],
        outputs: usize,
        first: &mut [u8],
        second: &mut [u8],
        third: &mut [u8],
    ) {
        let mut key = Zeroizing::new([0; HASH_LEN]);
        self.hmac(chaining_key, input, key.as_mut_slice());
        let mut block = Zeroizing::new([0; HASH_LEN + 1]);
        // The first block is the counter alone, the others have what came before ahead of it.
        let mut from = HASH_LEN;
        for (number, out) in (1..).zip([first, second, third]).take(outputs) {
            block.split_at_mut(HASH_LEN).1.fill(number);
            self.hmac(key.as_slice(), block.split_at(from).1, out);
            let (before, _) = block.split_at_mut(HASH_LEN);
            before.copy_from_slice(out.split_at(HASH_LEN).0);
            from = 0;
        }
    }
}

/// RFC 2104 section 2.
const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5c;
