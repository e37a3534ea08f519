//! How far our own messages got.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tazcom_identity::NodeId;
use tazcom_proto::{MessageId, RoomName};

use crate::bounded::Bounded;
use crate::config::Config;
use crate::name::DisplayName;

/// How far a message of ours got.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reached {
    /// How many people have said that they have it.
    pub reached: usize,
    /// How many people there are, as far as is known. Never fewer than `reached`.
    pub of: usize,
    /// The first few of those that have not said so.
    pub missing: Vec<DisplayName>,
}

#[derive(Debug)]
struct Spread {
    room: RoomName,
    /// Who has said that it has it.
    have: BTreeSet<NodeId>,
    told_at: Option<Instant>,
    due: Option<Instant>,
}

#[derive(Debug)]
pub(crate) struct Reach {
    interval: Duration,
    most_people: usize,
    own: Bounded<MessageId, Spread>,
    due: BTreeSet<(Instant, MessageId)>,
}

impl Reach {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            interval: config.reach_interval,
            most_people: config.reach_people,
            own: Bounded::new(config.reach_messages),
            due: BTreeSet::new(),
        }
    }

    /// A message of ours is on its way.
    pub(crate) fn follow(&mut self, id: MessageId, room: RoomName) {
        self.recall(id, room, BTreeSet::new());
    }

    /// A message of ours is on its way, and some have said before that they have it.
    pub(crate) fn recall(&mut self, id: MessageId, room: RoomName, have: BTreeSet<NodeId>) {
        let spread = Spread {
            room,
            have: have.into_iter().take(self.most_people).collect(),
            told_at: None,
            due: None,
        };
        if let Some((gone, spread)) = self.own.insert(id, spread)
            && let Some(due) = spread.due
        {
            self.due.remove(&(due, gone));
        }
    }

    /// Somebody says what it has. What is not ours is not counted.
    pub(crate) fn receipt(
        &mut self,
        now: Instant,
        who: NodeId,
        room: &RoomName,
        ids: &[MessageId],
    ) {
        for id in ids {
            let Some(spread) = self.own.get_mut(id) else {
                continue;
            };
            let full = spread.have.len() >= self.most_people;
            if spread.room != *room || full || !spread.have.insert(who) || spread.due.is_some() {
                continue;
            }
            let due = match spread.told_at {
                None => now,
                Some(told_at) => now.max(told_at + self.interval),
            };
            spread.due = Some(due);
            self.due.insert((due, *id));
        }
    }

    /// Who has said that it has this message of ours. None if it is not followed.
    pub(crate) fn of(&self, id: &MessageId) -> Option<&BTreeSet<NodeId>> {
        self.own.get(id).map(|spread| &spread.have)
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The message of which there is news to tell now.
    pub(crate) fn timeout(&mut self, now: Instant) -> Option<MessageId> {
        let (at, id) = *self.due.first()?;
        if at > now {
            return None;
        }
        self.due.pop_first();
        if let Some(spread) = self.own.get_mut(&id) {
            spread.due = None;
            spread.told_at = Some(now);
        }
        Some(id)
    }
}
