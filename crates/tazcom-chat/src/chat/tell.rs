//! What there is to say, in the words of events.

use tazcom_proto::{MessageId, UnixMillis};

use super::Chat;
use crate::chain::Change;
use crate::event::{ChatEvent, Missing};
use crate::gaps::Whose;
use crate::io::{Memory, Output};
use crate::partition::Merge;
use crate::people::Renamed;
use crate::reach::Reached;

/// Lost peers that are named.
const MAX_LOST_NAMED: usize = 64;

impl Chat {
    pub(super) fn event(&mut self, event: ChatEvent) {
        self.out.push_back(Output::Event(event));
    }

    pub(super) fn remember(&mut self) {
        let memory = Memory {
            name: self.people.my_name().map(ToString::to_string),
            rooms: self.rooms.keys().cloned().collect(),
            ignored: self.ignored.clone(),
        };
        self.out.push_back(Output::Remember(memory));
    }

    pub(super) fn renamed(&mut self, renamed: Renamed) {
        let Renamed { old, new, warnings } = renamed;
        self.event(ChatEvent::NameChanged { old, new, warnings });
    }

    pub(super) fn gaps_changed(&mut self, changes: Vec<(Whose, Change)>) {
        for ((room, author), change) in changes {
            let author = self.people.display(&author);
            self.event(match change {
                Change::Gap { before, missing } => ChatEvent::Gap {
                    room,
                    author,
                    missing: Missing::of(missing),
                    before,
                },
                Change::Closed { before, filled } => ChatEvent::GapClosed {
                    room,
                    author,
                    before,
                    filled,
                },
                Change::Forked => ChatEvent::Forked { room, author },
            });
        }
    }

    pub(super) fn split(&mut self, at: UnixMillis) {
        let lost = self.partition.lost();
        let count = lost.len();
        let named = lost.keys().take(MAX_LOST_NAMED);
        let lost = named.map(|who| self.people.display(who)).collect();
        self.event(ChatEvent::Split { lost, count, at });
    }

    pub(super) fn merged(&mut self, merge: Merge) {
        let Merge {
            rooms,
            split_at,
            rejoined_at,
        } = merge;
        if rooms.is_empty() {
            return self.event(ChatEvent::Merged {
                room: None,
                merged: 0,
                split_at,
                rejoined_at,
            });
        }
        for (room, merged) in rooms {
            self.event(ChatEvent::Merged {
                room: Some(room),
                merged,
                split_at,
                rejoined_at,
            });
        }
    }

    pub(super) fn reached(&mut self, now: std::time::Instant, id: MessageId) {
        let Some(have) = self.reach.of(&id) else {
            return;
        };
        let Reached {
            reached,
            of,
            missing,
        } = self.reach_among(now, have);
        self.event(ChatEvent::Reach {
            id,
            reached,
            of,
            missing,
        });
    }
}
