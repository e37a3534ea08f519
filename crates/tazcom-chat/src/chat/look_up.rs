//! What the disk has, as it is shown, and what has become of it.

use std::collections::BTreeSet;
use std::time::Instant;

use tazcom_identity::NodeId;
use tazcom_proto::Content;

use super::Chat;
use crate::io::{Arrival, Kept};
use crate::line::{By, Line};
use crate::reach::Reached;

/// People that are named of those a message has not reached.
const MAX_MISSING_NAMED: usize = 5;

impl Chat {
    /// The line of an envelope from the disk, whether its room is joined or not. None when it is
    /// nothing that is shown, or of somebody who is ignored.
    #[must_use]
    pub fn line_of(&self, kept: &Kept) -> Option<Line> {
        let room = kept.envelope.room()?;
        let Content::Text { text, action } = kept.envelope.content() else {
            return None;
        };
        if self.ignored.contains(&kept.envelope.author()) {
            return None;
        }
        let arrival = Arrival {
            envelope: kept.envelope.clone(),
            first_seen: kept.first_seen,
            by: By::Repair,
            hops: kept.hops,
        };
        Some(self.shown(&arrival, room, text, *action))
    }

    /// How far a message of ours from the disk got. None when it is not ours, or that is not known.
    #[must_use]
    pub fn reach_of(&self, now: Instant, kept: &Kept) -> Option<Reached> {
        if kept.envelope.author() != self.id() {
            return None;
        }
        // What was heard last may not be on the disk yet.
        let heard = self.reach.of(&kept.envelope.id());
        let have = match (&kept.have, heard) {
            (Some(kept), Some(heard)) if !heard.is_subset(kept) => &(kept | heard),
            (Some(have), _) | (None, Some(have)) => have,
            (None, None) => return None,
        };
        Some(self.reach_among(now, have))
    }

    /// How far a message got that these have.
    pub(super) fn reach_among(&self, now: Instant, have: &BTreeSet<NodeId>) -> Reached {
        let present = self.people.present(now);
        let missing = present.difference(have).take(MAX_MISSING_NAMED);
        Reached {
            reached: have.len(),
            of: present.len().max(have.len()),
            missing: missing.map(|who| self.people.display(who)).collect(),
        }
    }
}
