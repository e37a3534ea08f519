//! What is kept until the next time, and when.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::App;
use crate::io::Output;
use crate::model::Talk;
use crate::place::Place;
use crate::settings::{Kept, KeptConversation, fitting, worth};

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
