//! Between the private machines and everything else: the disk, the sessions, the mesh, and names.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tazcom_chat as chat;
use tazcom_chat::DisplayText;
use tazcom_identity::NodeId;
use tazcom_net::{Payload, PayloadKind, SendError};
use tazcom_proto::VerifiedEnvelope;
use tazcom_proto::direct::DirectFrame;

use super::{Talk, now};
use crate::event::Event;
use crate::private::{
    After, Change, CompareDo, Fact, Input, Kept, Made, PrivateAsk, PrivateEvent, PrivateLine,
    PrivateRoom, Record, RoomChange,
};

/// Bytes of the name of a private room that are shown.
const MAX_ROOM_NAME: usize = 48;

/// Bytes of its topic.
const MAX_TOPIC: usize = 256;

/// What one peer may say alone in a minute: a key, and comparing emoji a few times. More is not looked
/// at, as each costs the disk a write.
const ALONE_A_MINUTE: u32 = 60;

/// How much peers have said alone lately.
#[derive(Debug, Default)]
pub(super) struct Alone {
    said: BTreeMap<NodeId, (Instant, u32)>,
}

impl Alone {
    /// Whether one more is looked at.
    fn take(&mut self, now: Instant, from: NodeId) -> bool {
        let (since, count) = self.said.entry(from).or_insert((now, 0));
        if now.saturating_duration_since(*since) >= MINUTE {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= ALONE_A_MINUTE
    }

    /// Forgets those whose minute is over: as many are left as had sessions within it.
    pub(super) fn tidy(&mut self, now: Instant) {
        self.said
            .retain(|_, (since, _)| now.saturating_duration_since(*since) < MINUTE);
    }
}

/// How often what was said in private rooms is read again, because somebody has handed over keys.
const SHARED_EVERY: Duration = Duration::from_secs(10);

const MINUTE: Duration = Duration::from_secs(60);

impl Talk {
    /// An envelope is on disk: it may be for us alone.
    pub(super) fn looked_at(&mut self, envelope: &VerifiedEnvelope) {
        if self.private.concerns(envelope) {
            self.private
                .push(Input::Envelope(Box::new(envelope.clone())));
        }
    }

    /// What a peer says in its session, to us alone.
    pub(super) fn alone(&mut self, payload: Payload) {
        let from = payload.from;
        match DirectFrame::decode(&payload.bytes) {
            Ok(Some(_)) if !self.alone.take(now(), from) => {
                tracing::debug!(peer = %from.short(), "more said alone than is looked at");
            }
            Ok(Some(frame)) => {
                // It came in the session that there was then; both ends know whether it is the same.
                if let Some(session) = self.endpoint.session(from) {
                    self.private.push(Input::Frame {
                        from,
                        binding: *session.binding.as_bytes(),
                        frame,
                    });
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(peer = %from.short(), "a session is ended: {error}");
                self.endpoint.dismiss(from);
            }
        }
    }

    pub(super) fn ask_privately(&mut self, ask: PrivateAsk) {
        match ask {
            PrivateAsk::Rooms(reply) => {
                // Whoever asked may have gone.
                let _ = reply.send(self.private_rooms());
            }
            PrivateAsk::People(who, reply) => {
                let people = self.private.people(who).into_iter();
                let named = people.map(|person| (self.chat.name(&person.id), person));
                let _ = reply.send(named.collect());
            }
            PrivateAsk::Render(said, reply) => {
                let lines = said.into_iter().filter_map(|said| {
                    let record = self.private.record_of(&said)?;
                    Some(self.shown(&record))
                });
                let _ = reply.send(lines.collect());
            }
            PrivateAsk::Compare(CompareDo::Begin(with, _), reply) => {
                let session = self.endpoint.session(with);
                let binding = session.map(|session| *session.binding.as_bytes());
                let begin = CompareDo::Begin(with, binding);
                let ask = PrivateAsk::Compare(begin, reply);
                self.private.push(Input::Ask(ask));
            }
            other => self.private.push(Input::Ask(other)),
        }
    }

    /// Whether there was anything, and when it wants to be called again.
    pub(super) fn drain_private(&mut self) -> (bool, Option<Instant>) {
        let wall = self.time();
        self.read_shared();
        let (made, after) = self.private.make(now(), wall);
        let any = !after.is_empty();
        self.after(after);
        match made {
            Made::Write(writes) => {
                self.disk.step(writes, wall);
                (true, None)
            }
            Made::Read(tags) => {
                self.disk.restore_private(tags);
                (true, None)
            }
            Made::Nothing => {
                let shared = (!self.shared.is_empty()).then_some(self.shared_at);
                let due = [self.private.due(now(), wall), shared];
                (any, due.into_iter().flatten().min())
            }
        }
    }

    /// Reads what keys have come to, not more often than it is worth: each time it is all of a room.
    fn read_shared(&mut self) {
        if self.shared.is_empty() || now() < self.shared_at {
            return;
        }
        self.shared_at = now() + SHARED_EVERY;
        for tag in std::mem::take(&mut self.shared) {
            self.disk.read_sealed(tag);
        }
    }

    /// The disk has taken what the private machines gave it.
    pub(super) fn step_taken(&mut self, own: Vec<VerifiedEnvelope>) {
        for envelope in own {
            self.mesh(tazcom_gossip::Input::Publish(envelope));
        }
        let after = self.private.committed();
        self.after(after);
        // A room that was just entered: what was said there may be here already.
        let tags = self.private.new_tags();
        if !tags.is_empty() {
            self.disk.read_unopened(tags);
        }
    }

    /// What the disk has, after it did not take a step.
    pub(super) fn private_restored(&mut self, kept: Kept) {
        if let Err(error) = self.private.restored(kept) {
            self.private.unread(now());
            self.events.push(Event::Warning(crate::Warning::Disk {
                reason: error.to_string(),
            }));
        }
    }

    fn after(&mut self, all: Vec<After>) {
        for after in all {
            match after {
                After::Send(peer, frame) => self.send_alone(peer, &frame),
                After::Answer(answer) => {
                    if answer.is_of_a_room() {
                        self.events.push(Event::OwnChanged);
                    }
                    answer.give();
                }
                After::Ignore(who, ignore) => {
                    let reference = 0;
                    self.chat(chat::Input::Ignore {
                        who,
                        ignore,
                        reference,
                    });
                }
                After::Tell(fact) => {
                    if let Fact::Room {
                        room,
                        change: Change::HistoryShared { .. },
                        ..
                    } = &fact
                        && let Some(tag) = self.private.tag_of(*room)
                    {
                        self.shared.insert(tag);
                    }
                    let event = self.named(fact);
                    self.events.push(Event::Private(Box::new(event)));
                }
            }
        }
    }

    fn send_alone(&self, peer: NodeId, frame: &DirectFrame) {
        let sent = self
            .endpoint
            .send(peer, PayloadKind::Direct, frame.encode().into());
        match sent {
            Ok(()) | Err(SendError::Full { .. }) => {}
            // It has ended, of which we shall hear.
            Err(error) => tracing::debug!(peer = %peer.short(), "not sent: {error}"),
        }
    }

    /// A fact, with the names that people have now.
    fn named(&self, fact: Fact) -> PrivateEvent {
        let name = |id| self.chat.name(&id);
        match fact {
            Fact::Message(record) => PrivateEvent::Message(Box::new(self.shown(&record))),
            Fact::Fate(talk, id, fate) => PrivateEvent::Fate { talk, id, fate },
            Fact::Invited {
                room,
                name: called,
                by,
            } => PrivateEvent::Invited {
                room,
                name: DisplayText::line(&called, MAX_ROOM_NAME),
                by: name(by),
            },
            Fact::Room {
                room,
                name: called,
                change,
            } => PrivateEvent::Room {
                room,
                name: DisplayText::line(&called, MAX_ROOM_NAME),
                change: match change {
                    Change::Added { who, by } => RoomChange::Added {
                        who: name(who),
                        by: name(by),
                    },
                    Change::Promoted { who } => RoomChange::Promoted { who: name(who) },
                    Change::Removed { who, by } => RoomChange::Removed {
                        who: name(who),
                        by: name(by),
                    },
                    Change::Renamed => RoomChange::Renamed,
                    Change::HistoryShared { by } => RoomChange::HistoryShared { by: name(by) },
                    Change::MissingKey { from } => RoomChange::MissingKey { from: name(from) },
                    Change::Unreadable { from } => RoomChange::Unreadable { from: name(from) },
                },
            },
            Fact::NewKeys(who) => PrivateEvent::NewKeys { who: name(who) },
            Fact::Suspicious(who, what) => PrivateEvent::Suspicious {
                who: name(who),
                what,
            },
            Fact::Unopened(from) => PrivateEvent::Unopened { from: name(from) },
            Fact::Asked(by) => PrivateEvent::VerificationAsked { by: name(by) },
            Fact::Shown(with, sas) => PrivateEvent::VerificationShown {
                with: name(with),
                sas,
            },
            Fact::Failed(with, why) => PrivateEvent::VerificationFailed {
                with: name(with),
                why,
            },
            Fact::Trust(who, level, how) => PrivateEvent::Trust {
                who: name(who),
                level,
                how,
            },
            Fact::Succeeded {
                previous,
                next,
                level,
            } => PrivateEvent::Succeeded {
                previous: name(previous),
                next: name(next),
                level,
            },
            Fact::Revoked(who) => PrivateEvent::Revoked { who: name(who) },
        }
    }

    fn shown(&self, record: &Record) -> PrivateLine {
        let vouched_by = record.vouched_by().map(|who| self.chat.name(&who));
        let room = self.room_name(record.talk());
        record.shown(self.chat.name(&record.from()), room, vouched_by)
    }

    fn room_name(&self, talk: crate::private::Talk) -> Option<DisplayText> {
        let crate::private::Talk::Room(id) = talk else {
            return None;
        };
        let room = self.private.rooms().find(|room| room.id == id)?;
        Some(DisplayText::line(&room.name, MAX_ROOM_NAME))
    }

    fn private_rooms(&self) -> Vec<PrivateRoom> {
        let rooms = self.private.rooms().map(|room| PrivateRoom {
            id: room.id,
            name: DisplayText::line(&room.name, MAX_ROOM_NAME),
            topic: DisplayText::line(&room.topic, MAX_TOPIC),
            kind: room.kind,
            state: room.state,
            members: room
                .members
                .iter()
                .map(|member| (self.chat.name(&member.id), member.admin))
                .collect(),
            removed_may_read: room.removed_may_read,
            known_since: room.known_since,
            last_change_by: room.last_change_by.map(|who| self.chat.name(&who)),
        });
        rooms.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_much_is_looked_at_in_a_minute_and_no_more_and_then_again() {
        let (ana, bob) = (NodeId::from_bytes([1; 32]), NodeId::from_bytes([2; 32]));
        let start = Instant::now();
        let mut alone = Alone::default();
        assert!((0..ALONE_A_MINUTE).all(|_| alone.take(start, ana)));
        assert!(!alone.take(start, ana));
        assert!(alone.take(start, bob), "nobody pays for another");
        assert!(alone.take(start + MINUTE, ana));
        alone.tidy(start + MINUTE + MINUTE);
        assert_eq!(alone.said.len(), 0);
    }
}
