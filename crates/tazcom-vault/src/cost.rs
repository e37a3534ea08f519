//! What one guess at a passphrase costs: Argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::{Zeroize as _, Zeroizing};

use crate::Passphrase;

/// Parameters of Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// How often it is gone through.
    pub passes: u32,
    /// Threads that could share the work.
    pub lanes: u32,
}

/// The most that a file may ask for: whoever plants one must not take all memory, or an hour.
const MOST: Cost = Cost {
    memory_kib: 1024 * 1024,
    passes: 10,
    lanes: 4,
};

/// Why no key was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CostError {
    /// Beyond [`MOST`], or nothing that Argon2 can do.
    OutOfRange,
    NoMemory,
}

impl Cost {
    /// 64 MiB, three passes: the second recommendation of RFC 9106 section 4, about a quarter of a
    /// second on a laptop of 2020. A Raspberry Pi of 512 MiB can do it.
    #[must_use]
    pub const fn lan() -> Self {
        Self {
            memory_kib: 64 * 1024,
            passes: 3,
            lanes: 1,
        }
    }

    /// As little as there can be, for tests. It protects nothing.
    #[must_use]
    pub const fn sim() -> Self {
        Self {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        }
    }

    /// The key that a passphrase makes. Nothing is allocated for what is out of range.
    pub(crate) fn derive(
        self,
        passphrase: &Passphrase,
        salt: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, CostError> {
        self.check()?;
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| CostError::OutOfRange)?;
        // The library would leave the memory as it is, with what the key was made of in it.
        let mut memory = Memory::of(params.block_count())?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                passphrase.bytes(),
                salt,
                key.as_mut_slice(),
                memory.0.as_mut_slice(),
            )
            .map_err(|_| CostError::OutOfRange)?;
        Ok(key)
    }

    /// Whether it is within what is done.
    pub(crate) const fn check(self) -> Result<(), CostError> {
        let within = self.memory_kib <= MOST.memory_kib
            && self.passes <= MOST.passes
            && self.lanes <= MOST.lanes;
        match within {
            true => Ok(()),
            false => Err(CostError::OutOfRange),
        }
    }
}

struct Memory(Vec<Block>);

impl Memory {
    fn of(blocks: usize) -> Result<Self, CostError> {
        let mut memory = Vec::new();
        memory
            .try_reserve_exact(blocks)
            .map_err(|_| CostError::NoMemory)?;
        memory.resize(blocks, Block::default());
        Ok(Self(memory))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        for block in &mut self.0 {
            block.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_may_ask_for_ends_at_a_gibibyte_ten_passes_and_four_lanes() {
        assert_eq!(MOST.check(), Ok(()));
        for beyond in [
            Cost {
                memory_kib: MOST.memory_kib + 1,
                ..MOST
            },
            Cost {
                passes: MOST.passes + 1,
                ..MOST
            },
            Cost {
                lanes: MOST.lanes + 1,
                ..MOST
            },
        ] {
            assert_eq!(beyond.check(), Err(CostError::OutOfRange));
            let passphrase = Passphrase::new("p".to_owned()).unwrap();
            let derived = beyond.derive(&passphrase, &[0; 16]);
            assert_eq!(derived.err(), Some(CostError::OutOfRange));
        }
    }

    #[test]
    fn passphrase_salt_and_cost_all_count() {
        let key = |passphrase: &str, salt: &[u8], cost: Cost| {
            let passphrase = Passphrase::new(passphrase.to_owned()).unwrap();
            *cost.derive(&passphrase, salt).unwrap()
        };
        let base = key("one", &[1; 16], Cost::sim());
        assert_eq!(base, key("one", &[1; 16], Cost::sim()));
        assert_ne!(base, key("two", &[1; 16], Cost::sim()));
        assert_ne!(base, key("one", &[2; 16], Cost::sim()));
        let more = Cost {
            passes: 2,
            ..Cost::sim()
        };
        assert_ne!(base, key("one", &[1; 16], more));
    }
}
