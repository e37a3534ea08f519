//! Whoever lost its key says that it is not to be trusted any more.

use tazcom_identity::NodeId;
use tazcom_proto::{Content, UnixMillis, VerifiedEnvelope};

use super::{Book, Level, rows};

/// An id is not to be trusted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Which; ours, when somebody who has our key said so, or we did elsewhere.
    pub id: NodeId,
    /// How well it was known up to now.
    pub was: Level,
    /// Whether this is new. Else there is nothing to say.
    pub first: bool,
}

/// Why an envelope revokes nothing. The book is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// It says something else.
    #[error("this does not revoke an id")]
    Other,
}

impl Book {
    /// Its author is not to be trusted any more, whatever it says later, and whenever this was said: it
    /// is final. Nothing in the book takes it back.
    ///
    /// # Errors
    /// [`RevocationError`] when the envelope says something else.
    pub fn revocation(
        &mut self,
        now: UnixMillis,
        envelope: &VerifiedEnvelope,
    ) -> Result<Revoked, RevocationError> {
        let Content::Revocation = envelope.content() else {
            return Err(RevocationError::Other);
        };
        let id = envelope.author();
        let (was, first) = (self.level(&id), !self.is_revoked(&id));
        if first && id == self.me {
            self.own_revoked = true;
            self.changed.insert(rows::Key::Own);
        } else if first && let Some(entry) = self.entries.get_mut(&id) {
            entry.revoked = true;
            self.changed.insert(rows::Key::Person(id));
        } else if first {
            self.revoke_stranger(now, id);
        }
        Ok(Revoked { id, was, first })
    }

    /// Remembers that an id was revoked which is not in the book, in case it comes.
    pub(super) fn revoke_stranger(&mut self, now: UnixMillis, id: NodeId) {
        if self.strangers.len() >= Self::MAX_REVOKED_STRANGERS {
            let first = self.strangers.iter().min_by_key(|(_, at)| **at);
            if let Some(first) = first.map(|(id, _)| *id) {
                self.strangers.remove(&first);
                self.changed.insert(rows::Key::Stranger(first));
            }
        }
        self.strangers.insert(id, now);
        self.changed.insert(rows::Key::Stranger(id));
    }
}
