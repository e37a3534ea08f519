//! One joined room, and how it is looked at.

use std::time::Instant;

use tazcom_identity::NodeId;
use tazcom_proto::{MessageId, RoomName};

use crate::bounded::Bounded;
use crate::config::Config;
use crate::display_text::DisplayText;
use crate::line::{Line, Position};
use crate::name::DisplayName;
use crate::partition::CatchUp;
use crate::people::People;
use crate::timeline::Timeline;

#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) timeline: Timeline,
    /// Those who said something here, or have said that they have what others said.
    pub(crate) members: Bounded<NodeId, ()>,
    pub(crate) catch_up: CatchUp,
    unread: u64,
    mentions: u64,
    first_unread: Option<MessageId>,
}

impl Room {
    pub(crate) const fn new(config: &Config, catch_up: CatchUp) -> Self {
        Self {
            timeline: Timeline::new(config.lines, config.line_bytes),
            members: Bounded::new(config.members),
            catch_up,
            unread: 0,
            mentions: 0,
            first_unread: None,
        }
    }

    /// Puts a line in, and counts it when it is news. None when it is there already.
    pub(crate) fn insert(&mut self, line: Line) -> Option<Position> {
        let (id, own, mentions_us) = (line.id, line.own, line.mentions_us);
        let position = self.timeline.insert(line)?;
        if !own && position != Position::Earlier {
            self.unread = self.unread.saturating_add(1);
            self.mentions = self.mentions.saturating_add(u64::from(mentions_us));
            self.first_unread.get_or_insert(id);
        }
        Some(position)
    }

    pub(crate) const fn read(&mut self) {
        self.unread = 0;
        self.mentions = 0;
        self.first_unread = None;
    }

    pub(crate) fn synced(&mut self) {
        self.catch_up = CatchUp::Done;
    }

    pub(crate) const fn reachable(&mut self, until: Instant) {
        if matches!(self.catch_up, CatchUp::Alone) {
            self.catch_up = CatchUp::Until(until);
        }
    }
}

/// A joined room as it is now.
#[derive(Clone, Copy, Debug)]
pub struct RoomView<'a> {
    pub(crate) name: &'a RoomName,
    pub(crate) room: &'a Room,
    pub(crate) people: &'a People,
    pub(crate) topic: Option<&'a DisplayText>,
}

impl<'a> RoomView<'a> {
    /// What it is called.
    #[must_use]
    pub const fn name(&self) -> &'a RoomName {
        self.name
    }

    /// What it is about.
    #[must_use]
    pub const fn topic(&self) -> Option<&'a DisplayText> {
        self.topic
    }

    /// The lines in memory, in order, the same on every node.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &'a Line> + ExactSizeIterator + use<'a> {
        self.room.timeline.lines().iter()
    }

    /// Lines of others since the room was last read.
    #[must_use]
    pub const fn unread(&self) -> u64 {
        self.room.unread
    }

    /// Those of them that name us.
    #[must_use]
    pub const fn mentions(&self) -> u64 {
        self.room.mentions
    }

    /// The one of them that came first.
    #[must_use]
    pub const fn first_unread(&self) -> Option<MessageId> {
        self.room.first_unread
    }

    /// Those who are known to be in it: they said something, or have what others said.
    pub fn members(&self) -> impl Iterator<Item = DisplayName> + use<'a> {
        let people = self.people;
        let members = self.room.members.iter();
        members.map(|(who, ())| people.display(who))
    }
}
