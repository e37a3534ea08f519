//! Seeds.

use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

/// The number a random run depends on. Print it when the run fails, and the run can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The seed in the environment variable `TAZCOM_SEED`, else `default`.
    #[must_use]
    pub fn from_env_or(default: u64) -> Self {
        let given = std::env::var("TAZCOM_SEED").ok();
        Self(given.and_then(|text| text.parse().ok()).unwrap_or(default))
    }

    /// A generator for the part of the run called `part`: parts do not disturb each other.
    #[must_use]
    pub fn rng(self, part: u64) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.bytes(part))
    }

    /// 32 bytes to seed a state machine's own generator with.
    #[must_use]
    pub fn bytes(self, part: u64) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (to, from) in bytes
            .iter_mut()
            .zip(self.0.to_be_bytes().into_iter().chain(part.to_be_bytes()))
        {
            *to = from;
        }
        bytes
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TAZCOM_SEED={}", self.0)
    }
}
