//! Arithmetic in the place of cryptography, for fuzzing alone.
//!
//! Both ends of a handshake agree and a changed byte is noticed, at a thousandth of the cost. None
//! of it protects anything.

#![expect(
    clippy::indexing_slicing,
    reason = "a bug here costs a fuzzing run and nothing else"
)]

use std::sync::Mutex;

use snow::Error;
use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::CryptoResolver;
use snow::types::{Cipher, Dh, Hash, Random};
use tazcom_identity::{NodeId, Signature, SignatureError};

use super::EphemeralSecret;
use super::resolver::Once;
use crate::limits::TAG_LEN;

const LEN: usize = 32;

pub(super) struct Fake {
    ephemeral: Mutex<Option<EphemeralSecret>>,
}

impl Fake {
    pub(super) fn new(ephemeral: EphemeralSecret) -> Self {
        Self {
            ephemeral: Mutex::new(Some(ephemeral)),
        }
    }
}

pub(super) fn sign(signer: NodeId, message: &[u8]) -> Signature {
    let mut mix = Mix::new();
    mix.add(signer.as_bytes());
    mix.add(message);
    let half = mix.result();
    Signature::from_bytes(std::array::from_fn(|at| half[at % LEN]))
}

pub(super) fn verify(
    signer: NodeId,
    message: &[u8],
    signature: &Signature,
) -> Result<(), SignatureError> {
    match sign(signer, message) == *signature {
        true => Ok(()),
        false => Err(SignatureError::Mismatch),
    }
}

impl CryptoResolver for Fake {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        Some(Box::new(Once(self.ephemeral.lock().ok()?.take())))
    }

    fn resolve_dh(&self, _: &DHChoice) -> Option<Box<dyn Dh>> {
        Some(Box::new(Exchange([0; LEN])))
    }

    fn resolve_hash(&self, _: &HashChoice) -> Option<Box<dyn Hash>> {
        Some(Box::new(Mix::new()))
    }

    fn resolve_cipher(&self, _: &CipherChoice) -> Option<Box<dyn Cipher>> {
        Some(Box::new(Checksum([0; LEN])))
    }
}

/// The public key is the private one, and what is agreed on is their exclusive or.
struct Exchange([u8; LEN]);

impl Dh for Exchange {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        LEN
    }

    fn priv_len(&self) -> usize {
        LEN
    }

    fn set(&mut self, secret: &[u8]) {
        if let Some(secret) = secret.first_chunk() {
            self.0 = *secret;
        }
    }

    fn generate(&mut self, rng: &mut dyn Random) -> Result<(), Error> {
        rng.try_fill_bytes(&mut self.0)
    }

    fn pubkey(&self) -> &[u8] {
        &self.0
    }

    fn privkey(&self) -> &[u8] {
        &self.0
    }

    fn dh(&self, public: &[u8], out: &mut [u8]) -> Result<(), Error> {
        for ((to, a), b) in out.iter_mut().zip(self.0).zip(public) {
            *to = a ^ b;
        }
        match out.iter().take(LEN).all(|byte| *byte == 0) {
            true => Err(Error::Dh),
            false => Ok(()),
        }
    }
}

/// Plaintext, followed by a checksum over everything that should have been authenticated.
struct Checksum([u8; LEN]);

impl Checksum {
    fn tag(&self, counter: u64, aad: &[u8], text: &[u8]) -> [u8; TAG_LEN] {
        let mut mix = Mix::new();
        mix.add(&self.0);
        mix.add(&counter.to_le_bytes());
        mix.add(aad);
        mix.add(text);
        let result = mix.result();
        std::array::from_fn(|at| result[at])
    }
}

impl Cipher for Checksum {
    fn name(&self) -> &'static str {
        "ChaChaPoly"
    }

    fn set(&mut self, key: &[u8; LEN]) {
        self.0 = *key;
    }

    fn encrypt(&self, counter: u64, aad: &[u8], plaintext: &[u8], out: &mut [u8]) -> usize {
        let (text, rest) = out.split_at_mut(plaintext.len());
        text.copy_from_slice(plaintext);
        rest[..TAG_LEN].copy_from_slice(&self.tag(counter, aad, plaintext));
        plaintext.len() + TAG_LEN
    }

    fn decrypt(
        &self,
        counter: u64,
        aad: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let (text, tag) = ciphertext.split_last_chunk().ok_or(Error::Decrypt)?;
        if self.tag(counter, aad, text) != *tag {
            return Err(Error::Decrypt);
        }
        out[..text.len()].copy_from_slice(text);
        Ok(text.len())
    }
}

/// Four FNV-1a hashes over the same bytes, each from its own start.
struct Mix([u64; 4]);

impl Mix {
    fn new() -> Self {
        Self(std::array::from_fn(|lane| {
            0xcbf2_9ce4_8422_2325 ^ u64::try_from(lane).unwrap_or_default()
        }))
    }

    fn add(&mut self, data: &[u8]) {
        for byte in data {
            for lane in &mut self.0 {
                *lane = (*lane ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
                *lane = lane.rotate_left(5);
            }
        }
    }

    fn result(&self) -> [u8; LEN] {
        let mut bytes = self.0.iter().flat_map(|lane| lane.to_le_bytes());
        std::array::from_fn(|_| bytes.next().unwrap_or_default())
    }
}

impl Hash for Mix {
    fn name(&self) -> &'static str {
        "BLAKE2s"
    }

    fn block_len(&self) -> usize {
        64
    }

    fn hash_len(&self) -> usize {
        LEN
    }

    fn reset(&mut self) {
        *self = Self::new();
    }

    fn input(&mut self, data: &[u8]) {
        self.add(data);
    }

    fn result(&mut self, out: &mut [u8]) {
        out[..LEN].copy_from_slice(&Self::result(self));
    }
}
