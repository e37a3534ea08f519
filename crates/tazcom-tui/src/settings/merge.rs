//! Several chats on one node keep in one place: each changes there what it has changed.

use std::collections::BTreeSet;

use super::{Kept, KeptConversation, Settings, fitting};

impl Kept {
    /// What is kept, with what a chat has changed since it knew `before` and has `after`: others may have
    /// changed other things meanwhile. What was read by either is read.
    #[must_use]
    pub fn changed(mut self, before: &Self, after: &Self) -> Self {
        self.settings = self.settings.changed(before.settings, after.settings);
        let names = before
            .conversations
            .keys()
            .chain(after.conversations.keys());
        for name in names.collect::<BTreeSet<&String>>() {
            let before = before.conversations.get(name).cloned();
            let after = after.conversations.get(name).cloned();
            if before == after {
                continue;
            }
            let here = self.conversations.remove(name).unwrap_or_default();
            let here = here.changed(&before.unwrap_or_default(), after.unwrap_or_default());
            if here != KeptConversation::default() {
                self.conversations.insert(name.clone(), here);
            }
        }
        fitting(self, |_| true)
    }
}

impl Settings {
    fn changed(self, before: Self, after: Self) -> Self {
        Self {
            theme: changed(self.theme, before.theme, after.theme),
            bell: changed(self.bell, before.bell, after.bell),
            notify: changed(self.notify, before.notify, after.notify),
            ascii: changed(self.ascii, before.ascii, after.ascii),
            mouse: changed(self.mouse, before.mouse, after.mouse),
        }
    }
}

impl KeptConversation {
    fn changed(self, before: &Self, after: Self) -> Self {
        Self {
            read: match after.read {
                // Forgotten, for there was no room for it.
                None if self.read == before.read => None,
                read => self.read.max(read),
            },
            muted: changed(self.muted, before.muted, after.muted),
            draft: match after.draft == before.draft {
                true => self.draft,
                false => after.draft,
            },
        }
    }
}

fn changed<T: PartialEq>(here: T, before: T, after: T) -> T {
    if after == before { here } else { after }
}
