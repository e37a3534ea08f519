//! What is kept until the next time, and when.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::App;
use crate::io::Output;
use crate::model::Talk;
use crate::place::Place;
use crate::settings::{Kept, KeptConversation};

/// From a change until it is kept: several changes come together, and a crash costs this much of what
/// was read and typed.
const KEEP_AFTER: Duration = Duration::from_secs(2);

/// What was kept, brought up to date.
#[derive(Debug)]
pub(super) struct Keeper {
    kept: Kept,
    first_run: bool,
    due: Option<Instant>,
    /// What is kept as far as this chat knows: what it began with, or gave out last.
    told: Option<Kept>,
}

impl Keeper {
    pub(super) fn new(kept: Kept) -> Self {
        let first_run = kept.conversations.values().all(|kept| kept.read.is_none());
        Self {
            // Two chats may run on one node: one in which nothing has changed takes nothing from the other.
            told: Some(kept.clone()),
            kept,
            first_run,
            due: None,
        }
    }

    /// Whether nothing was read before this run: what was said before it is no news.
    pub(super) const fn is_first_run(&self) -> bool {
        self.first_run
    }

    pub(super) fn of(&self, place: &Place) -> Option<&KeptConversation> {
        self.kept.conversations.get(&place.to_string())
    }

    /// Something has changed that is to be kept.
    pub(super) fn touch(&mut self, now: Instant) {
        self.due.get_or_insert(now + KEEP_AFTER);
    }

    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    /// Brings up to date what is kept of a conversation.
    pub(super) fn remember(&mut self, talk: &Talk, draft: &str) {
        let kept = KeptConversation {
            read: talk.read.map(|order| (order.0, order.1)),
            muted: talk.muted,
            draft: draft.to_owned(),
        };
        let name = talk.place().to_string();
        if kept == KeptConversation::default() {
            self.kept.conversations.remove(&name);
        } else {
            self.kept.conversations.insert(name.clone(), kept);
        }
        // Whatever comes and goes between two times of keeping: memory has a bound, too.
        if self.kept.conversations.len() > 2 * Kept::MAX_KEPT {
            let others = self
                .kept
                .conversations
                .iter()
                .filter(|(its, _)| **its != name);
            let least = others.min_by_key(|(_, kept)| worth(kept));
            let least = least.map(|(name, _)| name.clone());
            least.and_then(|least| self.kept.conversations.remove(&least));
        }
    }
}

impl App {
    /// Keeps all of it now, if anything has changed.
    pub(super) fn keep(&mut self) {
        for (at, talk) in self.model.talks.iter().enumerate() {
            // Until the chat has begun, what is typed belongs nowhere yet.
            let open = at == self.model.current && self.begin.is_over();
            let draft = if open {
                &self.model.editor.text
            } else {
                &talk.draft
            };
            self.keeper.remember(talk, draft);
        }
        self.keeper.kept.settings = self.model.look.settings;
        if self.keeper.due.take().is_some() {
            let names = self.model.talks.iter().map(|talk| talk.place().to_string());
            let listed: BTreeSet<String> = names.collect();
            let kept = fitting(self.keeper.kept.clone(), |name| listed.contains(name));
            self.keeper
                .kept
                .conversations
                .retain(|name, _| kept.conversations.contains_key(name) || listed.contains(name));
            if self.keeper.told.as_ref() != Some(&kept) {
                self.keeper.told = Some(kept.clone());
                self.outputs.push_back(Output::Keep(Box::new(kept)));
            }
        }
    }
}

/// As much of it as may be kept: without what is not in the list and was read longest ago, then without
/// the longest drafts, then without the rest of what was read longest ago.
fn fitting(kept: Kept, is_listed: impl Fn(&str) -> bool) -> Kept {
    let mut fitting = Fitting {
        len: len(&kept),
        kept,
    };
    let names = fitting.kept.conversations.keys();
    let (listed, unlisted) = names.cloned().partition(|name| is_listed(name));
    fitting.forget(unlisted);
    fitting.forget_drafts();
    fitting.forget(listed);
    fitting.kept
}

/// What is to be kept, and its bytes as JSON.
struct Fitting {
    kept: Kept,
    len: usize,
}

impl Fitting {
    /// Leaves out what was read longest ago, as long as it must.
    fn forget(&mut self, mut names: Vec<String>) {
        names.sort_by_cached_key(|name| self.kept.conversations.get(name).map(worth));
        for name in names {
            if self.len <= Kept::MAX_LEN && self.kept.conversations.len() <= Kept::MAX_KEPT {
                return;
            }
            if let Some(gone) = self.kept.conversations.remove(&name) {
                // With the colon; the comma may be there or not.
                self.len = self.len.saturating_sub(len(&name) + len(&gone) + 1);
            }
        }
    }

    /// Leaves out the longest drafts, as long as it must.
    fn forget_drafts(&mut self) {
        while self.len > Kept::MAX_LEN {
            let drafts = self.kept.conversations.values_mut();
            let longest = drafts.max_by_key(|kept| kept.draft.len());
            let Some(longest) = longest.filter(|kept| !kept.draft.is_empty()) else {
                return;
            };
            self.len = self.len.saturating_sub(len(&longest.draft) - len(""));
            longest.draft.clear();
        }
    }
}

/// Bytes of it as JSON.
fn len<T: serde::Serialize + ?Sized>(kept: &T) -> usize {
    // Nothing in it can fail to be written.
    serde_json::to_string(kept).map_or(usize::MAX, |json| json.len())
}

/// How much it would be missed: what is muted, then what was read last.
fn worth(kept: &KeptConversation) -> (bool, Option<(u64, u64)>) {
    (kept.muted, kept.read)
}
