//! What the user does.

use std::time::Instant;

use tazcom_identity::NodeId;
use tazcom_proto::limits::{MAX_NAME_LEN, MAX_TEXT_LEN, MAX_TOPIC_LEN};
use tazcom_proto::{Content, MessageId, RoomName, Scope, UnixMillis};

use super::Chat;
use crate::config::ReceiptPolicy;
use crate::event::{ChatEvent, Refusal};
use crate::io::{Arrival, Kept, Output};
use crate::line::By;
use crate::name::Name;
use crate::partition::CatchUp;
use crate::room::Room;

impl Chat {
    pub(super) fn say(
        &mut self,
        wall: UnixMillis,
        room: RoomName,
        text: &str,
        action: bool,
        reference: u64,
    ) {
        let refusal = match text.len() {
            len if len > MAX_TEXT_LEN => Some(Refusal::TextTooLong { len }),
            _ if text.trim().is_empty() => Some(Refusal::Empty),
            _ => None,
        };
        let text = Box::from(text);
        let content = Content::Text { text, action };
        self.say_or_refuse(wall, room, content, reference, refusal);
    }

    pub(super) fn set_topic(
        &mut self,
        wall: UnixMillis,
        room: RoomName,
        topic: &str,
        reference: u64,
    ) {
        let len = topic.len();
        let refusal = (len > MAX_TOPIC_LEN).then_some(Refusal::TopicTooLong { len });
        let topic = Box::from(topic);
        self.say_or_refuse(wall, room, Content::Room { topic }, reference, refusal);
    }

    fn say_or_refuse(
        &mut self,
        wall: UnixMillis,
        room: RoomName,
        content: Content,
        reference: u64,
        refusal: Option<Refusal>,
    ) {
        let refusal = refusal.or_else(|| match self.rooms.contains_key(&room) {
            false => Some(Refusal::NotJoined { room: room.clone() }),
            true => self.author.is_busy().then_some(Refusal::Busy),
        });
        if let Some(why) = refusal {
            return self.refuse(reference, why);
        }
        let lifetime = self.config.lifetime_of(&room);
        let scope = Scope::Room(room);
        match self.author.say(wall, scope, content, lifetime, reference) {
            Ok(envelope) => self.out.push_back(Output::Publish {
                envelope: Box::new(envelope),
                reference: Some(reference),
            }),
            Err(error) => self.refuse(reference, error.into()),
        }
    }

    fn refuse(&mut self, reference: u64, why: Refusal) {
        self.event(ChatEvent::Refused { reference, why });
    }

    pub(super) fn published(&mut self, now: Instant, wall: UnixMillis, id: MessageId) {
        // What nobody asked for is not waited for.
        let Some((envelope, reference)) = self.author.kept(&id) else {
            return;
        };
        let arrival = Arrival {
            envelope,
            first_seen: wall,
            by: By::Live,
            hops: 0,
        };
        self.take(now, wall, &arrival, Some(reference));
    }

    pub(super) fn not_kept(&mut self, id: &MessageId) {
        if let Some(reference) = self.author.not_kept(id) {
            self.refuse(reference, Refusal::NotKept);
        }
    }

    pub(super) fn join(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        name: &RoomName,
        recent: Vec<Kept>,
        reference: u64,
    ) {
        if self.rooms.contains_key(name) {
            return;
        }
        let most = self.config.rooms;
        if self.rooms.len() >= most {
            return self.refuse(reference, Refusal::TooManyRooms { most });
        }
        let catch_up = match self.people.nobody_reachable() {
            true => CatchUp::Alone,
            false => CatchUp::Until(now + self.config.catch_up),
        };
        let room = Room::new(&self.config, catch_up);
        self.rooms.insert(name.clone(), room);
        if let Some(topic) = self.known.remove(name).flatten() {
            self.topics.insert(name.clone(), topic);
        }
        self.owe_receipts(now, wall, name, &recent);
        self.restore_room(now, wall, name, recent);
        self.remember();
    }

    /// What was kept for others is read now: whoever has said it is to know.
    fn owe_receipts(&mut self, now: Instant, wall: UnixMillis, name: &RoomName, recent: &[Kept]) {
        if self.config.receipts != ReceiptPolicy::JoinedRooms {
            return;
        }
        let me = self.id();
        let texts = recent.iter().map(|kept| &kept.envelope).filter(|envelope| {
            let is_text = matches!(envelope.content(), Content::Text { .. });
            is_text && envelope.room() == Some(name) && envelope.author() != me
        });
        for envelope in texts {
            let age = wall.since(envelope.hlc().millis);
            let people = || self.people.present(now).len();
            self.receipts.owe(now, age, name, envelope.id(), people);
        }
    }

    pub(super) fn leave(&mut self, name: &RoomName) {
        if self.rooms.remove(name).is_none() {
            return;
        }
        let topic = self.topics.remove(name);
        self.known.insert(name.clone(), topic);
        self.gaps.leave(name);
        self.receipts.leave(name);
        self.remember();
    }

    pub(super) fn set_name(&mut self, now: Instant, claimed: &str, reference: u64) {
        let len = claimed.len();
        if len > MAX_NAME_LEN {
            return self.refuse(reference, Refusal::NameTooLong { len });
        }
        let Some(name) = Name::clean(claimed) else {
            return self.refuse(reference, Refusal::NameUnreadable);
        };
        if name.is_reserved() {
            return self.refuse(reference, Refusal::NameReserved);
        }
        if self.people.my_name() == Some(&name) {
            return;
        }
        let renamed = self.people.set_my_name(name);
        self.renamed(renamed);
        self.profile.changed(now);
        self.remember();
    }

    pub(super) fn ignore(&mut self, who: NodeId, ignore: bool, reference: u64) {
        let most = self.config.ignored;
        if ignore && self.ignored.len() >= most {
            return self.refuse(reference, Refusal::TooManyIgnored { most });
        }
        let changed = match ignore {
            true => who != self.id() && self.ignored.insert(who),
            false => self.ignored.remove(&who),
        };
        if changed {
            self.remember();
        }
    }
}
