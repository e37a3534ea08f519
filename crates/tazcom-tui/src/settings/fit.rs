//! As much as may be kept.

use super::{Kept, KeptConversation};

/// As much of it as may be kept: without what is not in the list and was read longest ago, then without
/// the longest drafts, then without the rest of what was read longest ago.
pub(crate) fn fitting(kept: Kept, is_listed: impl Fn(&str) -> bool) -> Kept {
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
pub(crate) fn worth(kept: &KeptConversation) -> (bool, Option<(u64, u64)>) {
    (kept.muted, kept.read)
}
