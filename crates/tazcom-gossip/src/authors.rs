//! How much authors may say.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Instant;

use tazcom_identity::NodeId;

use crate::bucket::{Bucket, Rate};
use crate::config::AuthorRates;

/// Messages and their bytes.
#[derive(Clone, Copy, Debug)]
struct Both {
    messages: Bucket,
    bytes: Bucket,
}

impl Both {
    const fn full(now: Instant) -> Self {
        Self {
            messages: Bucket::full(now),
            bytes: Bucket::full(now),
        }
    }

    fn take(&mut self, now: Instant, messages: Rate, bytes: Rate, len: u32) -> bool {
        let before = *self;
        let enough = self.messages.take(now, messages, 1) && self.bytes.take(now, bytes, len);
        if !enough {
            *self = before;
        }
        enough
    }
}

#[derive(Debug)]
struct Established {
    both: Both,
    last: Instant,
}

/// The buckets of all authors.
#[derive(Debug)]
pub(crate) struct Authors {
    established: BTreeMap<NodeId, Established>,
    /// Since when somebody is known who has no bucket yet.
    strangers: BTreeMap<NodeId, Instant>,
    all_strangers: Both,
    everybody: Both,
}

/// Whose bucket was empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Empty {
    Author,
    Strangers,
    Everybody,
}

impl Authors {
    pub(crate) const fn new(now: Instant) -> Self {
        Self {
            established: BTreeMap::new(),
            strangers: BTreeMap::new(),
            all_strangers: Both::full(now),
            everybody: Both::full(now),
        }
    }

    /// Somebody who is known for other reasons than what it has said just now.
    pub(crate) fn establish(&mut self, author: NodeId, now: Instant, rates: &AuthorRates) {
        self.strangers.remove(&author);
        if self.established.contains_key(&author) {
            return;
        }
        if self.established.len() >= rates.max_established {
            let silent = self.established.iter().min_by_key(|(_, known)| known.last);
            if let Some(silent) = silent.map(|(author, _)| *author) {
                self.established.remove(&silent);
            }
        }
        let known = Established {
            both: Both::full(now),
            last: now,
        };
        self.established.insert(author, known);
    }

    /// Whether a message would be let through. Nothing is taken yet: whoever forges an author's name
    /// must not empty its bucket.
    pub(crate) fn allow(
        &mut self,
        author: &NodeId,
        now: Instant,
        rates: &AuthorRates,
        len: u32,
    ) -> Result<(), Empty> {
        let of_age = |since: &Instant| now.duration_since(*since) >= rates.established_after;
        if self.strangers.get(author).is_some_and(of_age) {
            self.establish(*author, now, rates);
        }
        let mut everybody = self.everybody;
        if !everybody.take(now, rates.all, rates.all_bytes, len) {
            return Err(Empty::Everybody);
        }
        let (enough, empty) = match self.established.get(author) {
            Some(known) => {
                let mut both = known.both;
                let enough = both.take(now, rates.messages, rates.bytes, len);
                (enough, Empty::Author)
            }
            None => {
                let mut all = self.all_strangers;
                let enough = all.take(now, rates.strangers, rates.stranger_bytes, len);
                (enough, Empty::Strangers)
            }
        };
        match enough {
            true => Ok(()),
            false => Err(empty),
        }
    }

    /// Takes what a message of the author costs that was let through.
    pub(crate) fn take(&mut self, author: &NodeId, now: Instant, rates: &AuthorRates, len: u32) {
        self.everybody.take(now, rates.all, rates.all_bytes, len);
        match self.established.get_mut(author) {
            Some(known) => {
                known.last = now;
                known.both.take(now, rates.messages, rates.bytes, len);
            }
            None => {
                let all = &mut self.all_strangers;
                all.take(now, rates.strangers, rates.stranger_bytes, len);
                self.heard(author, now, rates);
            }
        }
    }

    /// The author has really said something.
    pub(crate) fn heard(&mut self, author: &NodeId, now: Instant, rates: &AuthorRates) {
        if self.established.contains_key(author) || self.strangers.contains_key(author) {
            return;
        }
        if self.strangers.len() >= rates.max_strangers {
            // The newest makes room: a flood of new names pushes out nothing but itself.
            let newest = self.strangers.iter().max_by_key(|(_, since)| **since);
            if let Some(newest) = newest.map(|(author, _)| *author) {
                self.strangers.remove(&newest);
            }
        }
        self.strangers.insert(*author, now);
    }

    pub(crate) fn len(&self) -> usize {
        self.established.len() + self.strangers.len()
    }
}
