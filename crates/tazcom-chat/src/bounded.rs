//! A map that holds so many entries and no more.

use std::collections::BTreeMap;

/// What was put in or touched longest ago goes first.
#[derive(Clone, Debug)]
pub(crate) struct Bounded<K, V> {
    most: usize,
    turn: u64,
    entries: BTreeMap<K, (u64, V)>,
    by_turn: BTreeMap<u64, K>,
}

impl<K: Ord + Clone, V> Bounded<K, V> {
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            most,
            turn: 0,
            entries: BTreeMap::new(),
            by_turn: BTreeMap::new(),
        }
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// Does not count as a use; [`touch`](Self::touch) does.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key).map(|(_, value)| value)
    }

    /// Uses the entry: it is the last one to go now.
    pub(crate) fn touch(&mut self, key: &K) {
        let turn = self.next_turn();
        if let Some((at, _)) = self.entries.get_mut(key) {
            self.by_turn.remove(at);
            *at = turn;
            self.by_turn.insert(turn, key.clone());
        }
    }

    /// Puts it in, and gives what had to go for it.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        let turn = self.next_turn();
        self.by_turn.insert(turn, key.clone());
        if let Some((before, _)) = self.entries.insert(key, (turn, value)) {
            self.by_turn.remove(&before);
        }
        if self.entries.len() <= self.most {
            return None;
        }
        let (_, oldest) = self.by_turn.pop_first()?;
        let (_, value) = self.entries.remove(&oldest)?;
        Some((oldest, value))
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let (turn, value) = self.entries.remove(key)?;
        self.by_turn.remove(&turn);
        Some(value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, (_, value))| (key, value))
    }

    const fn next_turn(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_past_the_limit_drops_what_was_used_longest_ago() {
        let mut map = Bounded::new(3);
        for key in 1..=3 {
            assert_eq!(map.insert(key, ()), None);
        }
        map.touch(&1);
        assert_eq!(map.insert(4, ()), Some((2, ())));
        let held: Vec<_> = map.iter().map(|(key, ())| *key).collect();
        assert_eq!(held, [1, 3, 4]);
    }
}
