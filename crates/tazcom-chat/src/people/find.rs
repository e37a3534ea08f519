//! Whom a text means.

use std::collections::BTreeSet;

use tazcom_identity::{NodeId, ShortId};

use super::People;
use crate::name::{DisplayName, Name};

/// Characters of an id, or of the tag behind a name, that are enough to look somebody up.
pub const MIN_ID_PREFIX: usize = 4;

/// Candidates that are named.
pub const MAX_CANDIDATES: usize = 64;

/// Why a text leads to nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// Nobody is called so, and no id begins so.
    #[error("nobody here is called so, and no id begins so")]
    Nobody,
    /// Several are called so, or look so.
    #[error("{} people could be meant: {}; write one of these", .count, list(.candidates))]
    Ambiguous {
        /// How many.
        count: usize,
        /// The first [`MAX_CANDIDATES`] of them.
        candidates: Vec<DisplayName>,
    },
}

fn list(candidates: &[DisplayName]) -> String {
    let names: Vec<String> = candidates.iter().map(ToString::to_string).collect();
    names.join(", ")
}

impl People {
    /// Leads from a name, a name with a tag, an id or the beginning of one to somebody.
    pub(crate) fn find(&self, text: &str) -> Result<NodeId, FindError> {
        let text = text.strip_prefix('@').unwrap_or(text);
        if let Ok(id) = text.parse::<NodeId>() {
            return Ok(id);
        }
        let found = match text.rsplit_once('~') {
            Some((name, tag)) => self.tagged(name, tag),
            None => self.called(text),
        };
        let count = found.len();
        match found.first() {
            Some(only) if count == 1 => Ok(*only),
            None => Err(FindError::Nobody),
            Some(_) => Err(FindError::Ambiguous {
                count,
                candidates: found
                    .iter()
                    .take(MAX_CANDIDATES)
                    .map(|who| self.display(who))
                    .collect(),
            }),
        }
    }

    fn tagged(&self, name: &str, tag: &str) -> BTreeSet<NodeId> {
        if !(MIN_ID_PREFIX..=ShortId::LEN).contains(&tag.len()) {
            return BTreeSet::new();
        }
        let mut found = self.beginning_with(tag);
        if !name.is_empty() {
            let so_called = self.so_called(name);
            found.retain(|who| so_called.contains(who));
        }
        found
    }

    /// By name and by id together: a name that looks like the beginning of another's id leads nobody
    /// astray.
    fn called(&self, text: &str) -> BTreeSet<NodeId> {
        let mut found = self.so_called(text);
        if text.len() >= MIN_ID_PREFIX {
            found.extend(self.beginning_with(text));
        }
        found
    }

    fn so_called(&self, name: &str) -> BTreeSet<NodeId> {
        let Some(name) = Name::clean(name) else {
            return BTreeSet::new();
        };
        let looks = name.looks();
        let mut found = self.who_looks(&looks);
        if self.is_like_mine(&looks) {
            found.insert(self.me);
        }
        found
    }

    fn beginning_with(&self, prefix: &str) -> BTreeSet<NodeId> {
        let mut text = [0; NodeId::TEXT_LEN];
        let everybody = self.table.iter().map(|(who, _)| who);
        let everybody = everybody.chain(&self.reachable).chain([&self.me]);
        let matching = everybody.filter(|who| who.encode(&mut text).starts_with(prefix));
        matching.copied().collect()
    }
}
