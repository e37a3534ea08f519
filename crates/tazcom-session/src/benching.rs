//! The cryptography of a session with nothing around it, for benches to tell what the rest costs.
//! Not part of the interface.

use std::hint::black_box;

use chacha20poly1305::{AeadInOut as _, ChaCha20Poly1305, KeyInit as _, Nonce};
use snow::HandshakeState;
use zeroize::Zeroizing;

use crate::limits::{MAX_FRAME_LEN, TAG_LEN};
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

/// The cipher alone, and as many bytes as it goes over in the largest frame.
pub struct Cipher {
    cipher: ChaCha20Poly1305,
    text: Vec<u8>,
    sealed: u64,
}

impl Cipher {
    /// Bytes of that frame's plaintext.
    pub const TEXT_LEN: usize = MAX_FRAME_LEN - TAG_LEN;

    /// With some key and some text.
    #[expect(
        clippy::new_without_default,
        reason = "no other crate makes one in passing"
    )]
    pub fn new() -> Self {
        Self {
            cipher: ChaCha20Poly1305::new(&[7; 32].into()),
            text: vec![0x5a; Self::TEXT_LEN],
            sealed: 0,
        }
    }

    /// Seals the text and opens it again, both in place.
    pub fn seal_and_open(&mut self) {
        let mut nonce = Nonce::default();
        if let Some(low) = nonce.last_chunk_mut() {
            *low = self.sealed.to_le_bytes();
        }
        self.sealed += 1;
        let text = self.text.as_mut_slice();
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce, &[], black_box(&mut *text).into())
            .expect("it is short");
        self.cipher
            .decrypt_inout_detached(&nonce, &[], black_box(text).into(), &tag)
            .expect("it was just sealed");
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher(..)")
    }
}
