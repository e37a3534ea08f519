//! What an operation has seen, as a set of places in its log.

/// A set of small numbers, one bit each: 512 bytes for the longest log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Past(Vec<u64>);

const BITS: usize = 64;

impl Past {
    pub(crate) fn insert(&mut self, at: usize) {
        let word = at / BITS;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (at % BITS);
        }
    }

    pub(crate) fn contains(&self, at: usize) -> bool {
        let word = self.0.get(at / BITS).copied().unwrap_or_default();
        word & (1 << (at % BITS)) != 0
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// Those that the other does not have, in order.
    pub(crate) fn without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = usize> + 'a {
        self.0.iter().enumerate().flat_map(move |(at, word)| {
            let mut left = word & !other.0.get(at).copied().unwrap_or_default();
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = usize::try_from(left.trailing_zeros()).unwrap_or_default();
                    left &= left - 1;
                    at * BITS + bit
                })
            })
        })
    }
}
