//! Who is who: what is remembered of each id, and of what it says about itself.

mod entry;
mod error;
mod revocation;
mod rows;
mod succession;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use entry::Entry;
pub use error::{BookError, RestoreError};
pub use revocation::{RevocationError, Revoked};
pub use succession::{Succeeded, SuccessionError};
use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;

use crate::Row;

/// How well somebody is known. Shown as a sign *and* a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Not wanted: nothing of it is shown, and nothing of it rings.
    Blocked,
    /// Nothing but its signature is known: it has never been in a session with this node.
    New,
    /// It proved its id in a session, which is remembered from then on (trust on first use). Whether it
    /// is the person one thinks of is not known.
    Known,
    /// A person made sure of it: by emoji, words or a code.
    Verified,
}

/// How somebody was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum How {
    /// Both compared emoji, or numbers, in a session.
    Emoji,
    /// The words of its id were compared.
    Words,
    /// Its link or code was read, which this program compared.
    Code,
}

/// What is remembered of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: NodeId,
    /// How well it is known.
    pub level: Level,
    /// When it came into the book, by our clock.
    pub since: UnixMillis,
    /// When it was in a session last, by our clock.
    pub seen: UnixMillis,
    /// How and when it was verified. Stays when it is blocked or revoked; [`level`](Self::level) is
    /// what counts.
    pub verified: Option<(How, UnixMillis)>,
    /// Whether it said that its id is not to be trusted any more. To be shown wherever it is.
    pub revoked: bool,
    /// Under which id it goes on.
    pub successor: Option<NodeId>,
    /// Whether it named two different ids to go on under, so that none was followed. Its key may be in
    /// other hands. To be shown wherever it is.
    pub forked: bool,
}

/// The book of one node; sans-IO.
///
/// An id that is not in it is [`Level::New`]. The first session makes it [`Level::Known`] at once: the
/// pin has to be there before the second. Whether somebody came today for the first time is told by
/// [`Person::since`].
///
/// It holds at most [`Book::MAX`] ids. When it is full, whoever was not seen for longest goes; whom a
/// person verified or blocked never does.
pub struct Book {
    me: NodeId,
    entries: BTreeMap<NodeId, Entry>,
    /// Ids that were revoked and are not in the book, and when that was heard of.
    strangers: BTreeMap<NodeId, UnixMillis>,
    own_revoked: bool,
    /// What has changed since it was last written.
    changed: BTreeSet<rows::Key>,
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book")
            .field("people", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl Book {
    /// Ids it holds: twice as many as pins, in about 1 MiB of memory and disk.
    pub const MAX: usize = 8192;

    /// Revoked ids it remembers without knowing them. Ids cost nothing, so beyond it the one that was
    /// heard of first is forgotten.
    pub const MAX_REVOKED_STRANGERS: usize = 4096;

    /// The book that these rows are of; an empty one when there are none.
    ///
    /// # Errors
    /// [`RestoreError`] when a row is not one that [`take_rows`](Self::take_rows) wrote.
    pub fn restore(me: NodeId, rows: impl IntoIterator<Item = Row>) -> Result<Self, RestoreError> {
        let mut book = Self {
            me,
            entries: BTreeMap::new(),
            strangers: BTreeMap::new(),
            own_revoked: false,
            changed: BTreeSet::new(),
        };
        for row in rows {
            book.read(&row)?;
        }
        Ok(book)
    }

    /// What has changed since the last call, to be written in one transaction.
    pub fn take_rows(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.changed)
            .into_iter()
            .map(|key| self.row(key))
            .collect()
    }

    /// How well `id` is known. Whoever is revoked counts as known at best.
    #[must_use]
    pub fn level(&self, id: &NodeId) -> Level {
        self.entries.get(id).map_or(Level::New, Entry::level)
    }

    /// Whether `id` said that it is not to be trusted any more. Our own can be asked about, too.
    #[must_use]
    pub fn is_revoked(&self, id: &NodeId) -> bool {
        match self.entries.get(id) {
            Some(entry) => entry.revoked,
            None if *id == self.me => self.own_revoked,
            None => self.strangers.contains_key(id),
        }
    }

    /// Under which id `id` goes on, if it said so and is believed.
    #[must_use]
    pub fn successor(&self, id: &NodeId) -> Option<NodeId> {
        self.entries.get(id).and_then(|entry| entry.successor)
    }

    /// What is remembered of `id`.
    #[must_use]
    pub fn person(&self, id: &NodeId) -> Option<Person> {
        self.entries.get(id).map(|entry| entry.person(*id))
    }

    /// Everybody in the book, in the order of their ids.
    pub fn people(&self) -> impl Iterator<Item = Person> {
        self.entries.iter().map(|(id, entry)| entry.person(*id))
    }

    /// A session proved that `id` is there; whether it is the first that it is known from.
    ///
    /// # Errors
    /// [`BookError`]; it stays as new as it was.
    pub fn met(&mut self, now: UnixMillis, id: NodeId) -> Result<bool, BookError> {
        let is_first = !self.entries.contains_key(&id);
        let entry = self.entry(now, id)?;
        entry.seen = now;
        // From now on it is known of itself.
        entry.is_named_by = None;
        Ok(is_first)
    }

    /// A person made sure of `id`.
    ///
    /// # Errors
    /// [`BookError`]; it is as little verified as it was.
    pub fn verify(&mut self, now: UnixMillis, id: NodeId, how: How) -> Result<(), BookError> {
        if self.is_revoked(&id) {
            return Err(BookError::Revoked);
        }
        let entry = self.entry(now, id)?;
        if entry.blocked {
            return Err(BookError::Blocked);
        }
        entry.verified = Some((how, now));
        Ok(())
    }

    /// A person is not sure of `id` any more; whether it was.
    pub fn unverify(&mut self, id: &NodeId) -> bool {
        self.change(id, |entry| entry.verified.take().is_some())
    }

    /// A person wants nothing more to do with `id`.
    ///
    /// # Errors
    /// [`BookError`]; it is not blocked then.
    pub fn block(&mut self, now: UnixMillis, id: NodeId) -> Result<(), BookError> {
        self.entry(now, id)?.blocked = true;
        Ok(())
    }

    /// A person takes a block back, and `id` is again what it was before; whether there was a block.
    pub fn unblock(&mut self, id: &NodeId) -> bool {
        self.change(id, |entry| std::mem::take(&mut entry.blocked))
    }

    /// The entry of `id`, which will be written; made when there is none.
    fn entry(&mut self, now: UnixMillis, id: NodeId) -> Result<&mut Entry, BookError> {
        if id == self.me {
            return Err(BookError::Own);
        }
        if !self.entries.contains_key(&id) {
            self.make_room()?;
            let revoked = self.strangers.remove(&id).is_some();
            if revoked {
                self.changed.insert(rows::Key::Stranger(id));
            }
            self.entries.insert(id, Entry::new(now, revoked));
        }
        self.changed.insert(rows::Key::Person(id));
        // It was put there just now.
        self.entries.get_mut(&id).ok_or(BookError::Full)
    }

    fn change(&mut self, id: &NodeId, change: impl FnOnce(&mut Entry) -> bool) -> bool {
        let changed = self.entries.get_mut(id).is_some_and(change);
        if changed {
            self.changed.insert(rows::Key::Person(*id));
        }
        changed
    }

    fn make_room(&mut self) -> Result<(), BookError> {
        if self.entries.len() < Self::MAX {
            return Ok(());
        }
        let longest_unseen = self
            .entries
            .iter()
            .filter(|(_, entry)| !entry.is_kept())
            .min_by_key(|(_, entry)| entry.seen)
            .map(|(id, entry)| (*id, entry.revoked));
        let (id, revoked) = longest_unseen.ok_or(BookError::Full)?;
        self.entries.remove(&id);
        self.changed.insert(rows::Key::Person(id));
        if revoked {
            self.revoke_stranger(UnixMillis::default(), id);
        }
        Ok(())
    }
}
