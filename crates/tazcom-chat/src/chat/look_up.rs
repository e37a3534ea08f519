//! What the disk has, as it is shown.

use tazcom_proto::Content;

use super::Chat;
use crate::io::{Arrival, Kept};
use crate::line::{By, Line};

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
}
