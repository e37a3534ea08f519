//! What is remembered of one id.

use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;

use super::{How, Level, Person};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) since: UnixMillis,
    pub(super) seen: UnixMillis,
    pub(super) verified: Option<(How, UnixMillis)>,
    pub(super) blocked: bool,
    pub(super) revoked: bool,
    pub(super) forked: bool,
    pub(super) successor: Option<NodeId>,
    /// It was never in a session: another that was named it as the id it goes on under.
    pub(super) is_named_by: Option<NodeId>,
}

impl Entry {
    pub(super) const fn new(now: UnixMillis, revoked: bool) -> Self {
        Self {
            since: now,
            seen: now,
            verified: None,
            blocked: false,
            revoked,
            forked: false,
            successor: None,
            is_named_by: None,
        }
    }

    pub(super) const fn level(&self) -> Level {
        match self.verified {
            _ if self.blocked => Level::Blocked,
            Some(_) if !self.revoked => Level::Verified,
            _ => Level::Known,
        }
    }

    /// Whether a person decided about it, so that it is not forgotten for others.
    pub(super) const fn is_kept(&self) -> bool {
        self.verified.is_some() || self.blocked
    }

    pub(super) const fn person(&self, id: NodeId) -> Person {
        Person {
            id,
            level: self.level(),
            since: self.since,
            seen: self.seen,
            verified: self.verified,
            revoked: self.revoked,
            successor: self.successor,
            forked: self.forked,
        }
    }
}
