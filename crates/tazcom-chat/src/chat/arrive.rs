//! What comes from others, and from other places of our own.

use std::collections::BTreeSet;
use std::time::Instant;

use tazcom_identity::NodeId;
use tazcom_proto::{Content, MessageId, RoomName, UnixMillis, VerifiedEnvelope};

use super::{Chat, Topic};
use crate::config::ReceiptPolicy;
use crate::display_text::DisplayText;
use crate::event::ChatEvent;
use crate::io::Arrival;
use crate::line::{By, Line, Position};
use crate::mention::mentions;
use crate::partition::{CatchUp, really_lost};

impl Chat {
    pub(super) fn arrived(&mut self, now: Instant, wall: UnixMillis, arrival: &Arrival) {
        let envelope = &arrival.envelope;
        self.author.hear(wall, envelope.hlc());
        if envelope.author() == self.id() {
            self.author.recall(envelope);
        } else {
            self.heard(now, wall, arrival);
        }
        match envelope.content() {
            Content::Profile { name } => self.named(envelope, name),
            Content::Receipt { ids } => self.receipt(now, envelope, ids),
            _ => self.take(now, wall, arrival, None),
        }
    }

    /// The author was there when it said this, by its clock, which follows those it has heard. What came
    /// by repair says nothing of now: whoever has it may have it from somebody who has left.
    fn heard(&mut self, now: Instant, wall: UnixMillis, arrival: &Arrival) {
        let author = arrival.envelope.author();
        let age = wall.since(arrival.envelope.hlc().millis);
        let lately = arrival.by == By::Live && age < self.config.presence;
        let at = lately.then(|| now.checked_sub(age)).flatten();
        self.people.heard(author, at);
        if arrival.by == By::Live && age <= self.config.late_after {
            self.partition.back(now, wall, &author);
        }
    }

    fn named(&mut self, envelope: &VerifiedEnvelope, claimed: &str) {
        let author = envelope.author();
        if author == self.id() {
            return;
        }
        let at = (envelope.hlc(), envelope.id());
        if let Some(renamed) = self.people.named(author, claimed, at) {
            self.renamed(renamed);
        }
    }

    pub(super) fn receipt(&mut self, now: Instant, envelope: &VerifiedEnvelope, ids: &[MessageId]) {
        let author = envelope.author();
        let Some(room) = envelope.room().filter(|_| author != self.author.id()) else {
            return;
        };
        self.reach.receipt(now, author, room, ids);
        if let Some(room) = self.rooms.get_mut(room) {
            room.members.insert(author, ());
        }
    }

    /// Takes what belongs to the history of a room.
    pub(super) fn take(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        arrival: &Arrival,
        reference: Option<u64>,
    ) {
        let envelope = &arrival.envelope;
        let Some(room) = envelope.room() else {
            return;
        };
        if self.seen.contains(&envelope.id()) {
            return;
        }
        self.seen.insert(envelope.id(), ());
        match envelope.content() {
            Content::Text { text, action } => {
                self.owe_receipt(now, wall, arrival);
                if reference.is_some() || self.rooms.contains_key(room) {
                    self.line(now, wall, arrival, text, *action, reference);
                } else {
                    self.discover(room, envelope.author());
                }
            }
            Content::Room { topic } => self.topic(room, envelope, topic),
            _ => {}
        }
        if self.rooms.contains_key(room) {
            let changes = self.gaps.take(now, wall, envelope, false);
            self.gaps_changed(changes);
        }
    }

    fn owe_receipt(&mut self, now: Instant, wall: UnixMillis, arrival: &Arrival) {
        let envelope = &arrival.envelope;
        let Some(room) = envelope.room() else {
            return;
        };
        let wanted = match self.config.receipts {
            ReceiptPolicy::Never => false,
            ReceiptPolicy::JoinedRooms => self.rooms.contains_key(room),
            ReceiptPolicy::EveryRoom => true,
        };
        if wanted && envelope.author() != self.id() {
            let age = wall.since(envelope.hlc().millis);
            let people = || self.people.present(now).len();
            self.receipts.owe(now, age, room, envelope.id(), people);
        }
    }

    fn line(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        arrival: &Arrival,
        text: &str,
        action: bool,
        reference: Option<u64>,
    ) {
        let envelope = &arrival.envelope;
        let (id, author) = (envelope.id(), envelope.author());
        let Some(name) = envelope.room() else {
            return;
        };
        let own = author == self.id();
        let apart = !own && self.was_said_apart(now, wall, arrival, name);
        if own {
            self.reach.follow(id, name.clone());
        }
        if self.ignored.contains(&author) {
            return;
        }
        let line = self.shown(arrival, name, text, action);
        let position = match self.rooms.get_mut(name) {
            Some(room) => {
                room.members.insert(author, ());
                room.insert(line.clone())
            }
            // Said before the room was left: whoever said it hears of it all the same.
            None => Some(Position::Earlier),
        };
        let Some(position) = position else {
            return;
        };
        if apart {
            self.partition.merged(now, wall, name);
        }
        let line = Box::new(line);
        self.event(ChatEvent::Message {
            line,
            position,
            reference,
        });
    }

    /// Whether it was said while its author, or we, were apart from the others.
    fn was_said_apart(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        arrival: &Arrival,
        name: &RoomName,
    ) -> bool {
        let said_at = arrival.envelope.hlc().millis;
        let rejoined_at = self.partition.rejoined_at();
        let Some(room) = self.rooms.get_mut(name) else {
            return false;
        };
        if let Some(rejoined_at) = rejoined_at {
            return said_at < rejoined_at;
        }
        if arrival.by == By::Repair && room.timeline.lines().is_empty() {
            room.catch_up = CatchUp::Until(now + self.config.catch_up);
        }
        let late = said_at.after(self.config.late_after) < wall;
        let before_newest = room.timeline.has_newer(&arrival.envelope.order_key());
        late && before_newest && !room.catch_up.goes_on(now)
    }

    /// The line as it is to be shown.
    pub(super) fn shown(
        &self,
        arrival: &Arrival,
        room: &RoomName,
        text: &str,
        action: bool,
    ) -> Line {
        let envelope = &arrival.envelope;
        let own = envelope.author() == self.id();
        let my_name = self.people.my_name();
        let mentions_us = !own && mentions(text, my_name, &self.id());
        Line {
            id: envelope.id(),
            room: room.clone(),
            author: self.people.display(&envelope.author()),
            text: DisplayText::new(text),
            action,
            created: envelope.created(),
            first_seen: arrival.first_seen,
            lifetime_secs: envelope.lifetime().as_secs(),
            hlc: envelope.hlc(),
            own,
            hops: arrival.hops,
            by: arrival.by,
            mentions_us,
        }
    }

    /// Somebody says something in a room that is not joined.
    fn discover(&mut self, room: &RoomName, by: NodeId) {
        if self.known.contains(room) {
            return self.known.touch(room);
        }
        self.known.insert(room.clone(), None);
        self.event(ChatEvent::RoomSeen {
            room: room.clone(),
            topic: None,
            by: self.people.display(&by),
        });
    }

    pub(super) fn topic(&mut self, room: &RoomName, envelope: &VerifiedEnvelope, topic: &str) {
        let by = envelope.author();
        if self.ignored.contains(&by) {
            return;
        }
        let key = envelope.order_key();
        let known = match self.rooms.contains_key(room) {
            true => self.topics.get(room),
            false => self.known.get(room).and_then(Option::as_ref),
        };
        if known.is_some_and(|known| known.key >= key) {
            return;
        }
        let topic = Topic::new(topic, key);
        let shown = topic.shown().cloned();
        match self.rooms.contains_key(room) {
            true => drop(self.topics.insert(room.clone(), topic)),
            false => drop(self.known.insert(room.clone(), Some(topic))),
        }
        self.event(ChatEvent::RoomSeen {
            room: room.clone(),
            topic: shown,
            by: self.people.display(&by),
        });
    }

    pub(super) fn reachable(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        peers: &BTreeSet<NodeId>,
        (lost, left): (&BTreeSet<NodeId>, &BTreeSet<NodeId>),
    ) {
        let nobody_before = self.people.nobody_reachable();
        let gone = lost.union(left).copied().collect();
        let came = self.people.reach(now, peers, &gone);
        if self.people.nobody_reachable() {
            self.profile.nobody_left();
        } else if nobody_before {
            self.profile.somebody_came(now);
            let until = now + self.config.catch_up;
            for room in self.rooms.values_mut() {
                room.reachable(until);
            }
        }
        for peer in &came {
            self.partition.back(now, wall, peer);
        }
        let me = self.id();
        let lost = really_lost(lost, peers).filter(|peer| *peer != me);
        if let Some(at) = self.partition.lose(now, wall, lost) {
            self.split(at);
        }
    }

    pub(super) fn synced(&mut self, peer: &NodeId) {
        if !self.people.reachable().contains(peer) {
            return;
        }
        self.receipts.synced();
        for room in self.rooms.values_mut() {
            // A peer may be as new as we are.
            if !room.timeline.lines().is_empty() {
                room.synced();
            }
        }
    }

    pub(super) fn skewed(&mut self, now: Instant, who: Option<NodeId>, offset_millis: i64) {
        if self.people.skewed(now, who, offset_millis) {
            let who = who.filter(|who| *who != self.id());
            self.event(ChatEvent::ClockSkew {
                who: who.map(|who| self.people.display(&who)),
                offset_millis,
            });
        }
    }
}
