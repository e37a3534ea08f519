//! Somebody goes on under another id.

use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_proto::{Content, UnixMillis, VerifiedEnvelope, succession_text};

use super::{Book, BookError, Level, rows};

/// How long after it was said it is believed: whoever was away for longer is asked in person.
const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 3600);

/// How far ahead of ours the clock of whoever says it may be, as for everything that is said.
const MAX_AHEAD: Duration = Duration::from_secs(24 * 3600);

/// Ids that somebody may have had one after the other. Beyond it somebody plays with the book.
const MAX_CHAIN: usize = 16;

/// Somebody goes on under another id, and both ids say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Succeeded {
    /// Who.
    pub previous: NodeId,
    /// Under which id.
    pub next: NodeId,
    /// How well the new id is known now. It is verified only if a person verified it itself, and
    /// blocked when the previous one is.
    pub level: Level,
    /// Whether this is new. Else there is nothing to say.
    pub first: bool,
}

/// Why a succession is not followed. Unless it says otherwise, the book is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SuccessionError {
    /// It says something else.
    #[error("this does not name a successor")]
    Other,
    /// Its author was never in a session with this node: there is nobody whose place could be taken.
    #[error("it names a successor for an id that is not known here")]
    Unknown,
    /// It is our own.
    #[error("it names a successor for your own id, or your own id as one")]
    Own,
    /// It was said more than 30 days ago.
    #[error("it was said more than 30 days ago; ask the person instead")]
    TooOld,
    /// It was said more than a day ahead of our clock.
    #[error("it was said in the future; look at both clocks")]
    Future,
    /// One of the two was revoked: its key may be in other hands.
    #[error("one of the two ids was revoked by its owner, so neither is believed about the other")]
    Revoked,
    /// The new id did not agree.
    #[error("the id that is named did not agree to it")]
    Unsigned,
    /// It leads back to where it began, or through too many ids.
    #[error("it leads in a circle, or through more than {MAX_CHAIN} ids")]
    Loop,
    /// **A security event:** its author named another one before. Its key may be in other hands. Neither
    /// is followed any more: a new id that is known only from having been named is forgotten, with whom
    /// it named itself, and the author is marked ([`Person::forked`](super::Person::forked)) for good.
    #[error(
        "this id named two different successors: its key may be in other hands; neither is believed"
    )]
    Fork {
        /// Who was named before; none when this is not the first time that it is found out.
        before: Option<NodeId>,
        /// Who is named now.
        now: NodeId,
    },
    /// There is no room for the new id.
    #[error(transparent)]
    Book(#[from] BookError),
}

impl Book {
    /// Its author goes on under the id that it names, if that one agrees. The name and the history of
    /// the person may go along; that a person verified it does not.
    ///
    /// # Errors
    /// [`SuccessionError`]; nobody takes anybody's place then.
    pub fn succession(
        &mut self,
        now: UnixMillis,
        envelope: &VerifiedEnvelope,
    ) -> Result<Succeeded, SuccessionError> {
        let Content::Succession { next, signature } = envelope.content() else {
            return Err(SuccessionError::Other);
        };
        let (previous, next) = (envelope.author(), *next);
        if previous == self.me || next == self.me {
            return Err(SuccessionError::Own);
        }
        if previous == next {
            return Err(SuccessionError::Loop);
        }
        let entry = self.entries.get(&previous);
        let entry = entry.ok_or(SuccessionError::Unknown)?.clone();
        if entry.successor == Some(next) {
            return Ok(Succeeded {
                previous,
                next,
                level: self.level(&next),
                first: false,
            });
        }
        if now.since(envelope.created()) > MAX_AGE {
            return Err(SuccessionError::TooOld);
        }
        if envelope.created().since(now) > MAX_AHEAD {
            return Err(SuccessionError::Future);
        }
        if entry.revoked || self.is_revoked(&next) {
            return Err(SuccessionError::Revoked);
        }
        let text = succession_text(&previous, &next);
        if next.verify(&text, signature).is_err() {
            return Err(SuccessionError::Unsigned);
        }
        if entry.forked || entry.successor.is_some() {
            return Err(self.fork(previous, next));
        }
        self.refuse_loop(previous, next)?;
        let is_new = !self.entries.contains_key(&next);
        let heir = self.entry(now, next)?;
        heir.blocked |= entry.blocked;
        if is_new {
            heir.is_named_by = Some(previous);
        }
        self.change(&previous, |entry| entry.successor.replace(next).is_none());
        Ok(Succeeded {
            previous,
            next,
            level: self.level(&next),
            first: true,
        })
    }

    /// Two ids were named by one: neither is followed.
    fn fork(&mut self, author: NodeId, now: NodeId) -> SuccessionError {
        let mut before = None;
        self.change(&author, |entry| {
            before = entry.successor.take();
            entry.forked = true;
            true
        });
        // Whoever is known from nothing but having been named is nobody again, and so is whomever it
        // named; what a person decided stays.
        let (mut by, mut named) = (author, before);
        while let Some(id) = named {
            named = match self.entries.get(&id) {
                Some(entry) if entry.is_named_by == Some(by) && !entry.is_kept() => entry.successor,
                _ => break,
            };
            self.entries.remove(&id);
            self.changed.insert(rows::Key::Person(id));
            by = id;
        }
        SuccessionError::Fork { before, now }
    }

    fn refuse_loop(&self, previous: NodeId, next: NodeId) -> Result<(), SuccessionError> {
        let after = std::iter::successors(Some(next), |id| self.successor(id)).take(MAX_CHAIN);
        let mut steps = 1;
        for id in after {
            if id == previous {
                return Err(SuccessionError::Loop);
            }
            steps += 1;
        }
        let predecessor = |id: &NodeId| {
            let named = self
                .entries
                .iter()
                .find(|(_, entry)| entry.successor == Some(*id));
            named.map(|(id, _)| *id)
        };
        steps += std::iter::successors(predecessor(&previous), predecessor)
            .take(MAX_CHAIN)
            .count();
        match steps > MAX_CHAIN {
            true => Err(SuccessionError::Loop),
            false => Ok(()),
        }
    }
}
