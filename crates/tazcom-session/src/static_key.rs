//! The X25519 key that stands for a node in its handshakes.

use std::fmt;
use std::time::Instant;

use rand_core::CryptoRng;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::limits::MAX_STATIC_KEY_AGE;

/// A node's X25519 static key: drawn at start-up, kept in memory only, replaced once a day.
///
/// It proves nothing by itself. Each handshake signs it anew, together with the transcript, so a
/// stolen one does not let anybody speak in the node's name. It is never made from the identity
/// key, and wiped when dropped.
pub struct StaticKey {
    secret: StaticSecret,
    public: PublicKey,
    drawn: Instant,
}

impl StaticKey {
    /// Draws a key.
    pub fn draw(now: Instant, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut_slice());
        let secret = StaticSecret::from(*bytes);
        Self {
            public: PublicKey::from(&secret),
            secret,
            drawn: now,
        }
    }

    /// Whether it is time for another: this one is [`MAX_STATIC_KEY_AGE`] old. Handshakes under
    /// way may end with it.
    #[must_use]
    pub fn is_stale(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.drawn) >= MAX_STATIC_KEY_AGE
    }

    pub(crate) fn secret(&self) -> &[u8; 32] {
        self.secret.as_bytes()
    }

    pub(crate) fn public(&self) -> &[u8; 32] {
        self.public.as_bytes()
    }
}

impl fmt::Debug for StaticKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaticKey(..)")
    }
}
