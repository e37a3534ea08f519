//! What is known from before, taken without a word.

use std::collections::BTreeMap;
use std::time::Instant;

use tazcom_proto::{Content, RoomName, UnixMillis};

use super::{Chat, Topic};
use crate::io::{Arrival, Kept};
use crate::line::By;
use crate::partition::CatchUp;
use crate::room::Room;

impl Chat {
    pub(super) fn restore(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        rooms: BTreeMap<RoomName, Vec<Kept>>,
        people: Vec<Kept>,
    ) {
        for kept in people.into_iter().take(self.config.people) {
            let envelope = &kept.envelope;
            if let Content::Profile { name } = envelope.content()
                && envelope.author() != self.id()
            {
                let at = (envelope.hlc(), envelope.id());
                // Told when it was new.
                let _told = self.people.named(envelope.author(), name, at);
            }
        }
        for (name, recent) in rooms.into_iter().take(self.config.rooms) {
            let room = Room::new(&self.config, CatchUp::Alone);
            self.rooms.insert(name.clone(), room);
            self.restore_room(now, wall, &name, recent);
        }
    }

    /// Fills a room that was just joined from what is on disk.
    pub(super) fn restore_room(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        name: &RoomName,
        mut recent: Vec<Kept>,
    ) {
        recent.retain(|kept| kept.envelope.room() == Some(name));
        recent.sort_by_key(|kept| kept.envelope.order_key());
        let surplus = recent.len().saturating_sub(self.config.lines);
        for kept in recent.into_iter().skip(surplus) {
            self.restore_one(now, wall, name, kept);
        }
        if let Some(room) = self.rooms.get_mut(name) {
            room.read();
        }
    }

    fn restore_one(&mut self, now: Instant, wall: UnixMillis, name: &RoomName, kept: Kept) {
        let have = kept.have.unwrap_or_default();
        let arrival = Arrival {
            envelope: kept.envelope,
            first_seen: kept.first_seen,
            by: By::Live,
            hops: kept.hops,
        };
        let envelope = &arrival.envelope;
        self.author.hear(wall, envelope.hlc());
        self.seen.insert(envelope.id(), ());
        if envelope.author() == self.id() {
            self.author.recall(envelope);
        }
        // A hole in it is told in time; that somebody counts anew was told when it came.
        let _told = self.gaps.take(now, wall, envelope, true);
        match envelope.content() {
            Content::Text { text, action } => {
                if envelope.author() == self.id() {
                    self.reach.recall(envelope.id(), name.clone(), have);
                }
                let line = self.shown(&arrival, name, text, *action);
                let hidden = self.ignored.contains(&envelope.author());
                if let Some(room) = self.rooms.get_mut(name).filter(|_| !hidden) {
                    room.members.insert(envelope.author(), ());
                    room.insert(line);
                }
            }
            // They come in order: the last one counts.
            Content::Room { topic } => {
                let topic = Topic::new(topic, envelope.order_key());
                self.topics.insert(name.clone(), topic);
            }
            _ => {}
        }
    }
}
