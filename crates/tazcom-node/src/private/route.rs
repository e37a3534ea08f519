//! From one machine to the next, and from all of them into the step.

use std::time::Instant;

use tazcom_direct as direct;
use tazcom_group::{self as group, Groups};
use tazcom_identity::NodeId;
use tazcom_proto::direct::DirectFrame;
use tazcom_proto::inner::{InnerId, InnerText, kind};
use tazcom_proto::limits::MAX_LIFETIME_SECS;
use tazcom_proto::{Content, Draft, Hlc, MessageId, Scope, Seal, UnixMillis, VerifiedEnvelope};
use tazcom_store::Secret;
use tazcom_trust as trust;
use zeroize::Zeroizing;

use super::Private;
use super::ask::Answer;
use super::event::{Fate, Talk};
use super::line::Record;
use super::step::{After, Change, Fact, Step};

/// A clock that is further ahead is not followed.
const MAX_AHEAD: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// Whether an envelope is for us, or says something about somebody's keys.
pub(super) fn concerns(me: NodeId, groups: &Groups, envelope: &VerifiedEnvelope) -> bool {
    match (envelope.content(), envelope.scope()) {
        // What is said in our name and not by us says that somebody else holds our key.
        (Content::Succession { .. } | Content::Revocation, _) => true,
        (Content::Prekeys { .. }, _) => envelope.author() != me,
        (Content::Sealed { .. }, Scope::Sealed(tag)) => {
            tag == me.as_bytes() || groups.tags().any(|(of_room, _)| of_room == *tag)
        }
        _ => false,
    }
}

impl Private {
    /// Carries from machine to machine until nothing is left.
    pub(super) fn route(&mut self, now: Instant, wall: UnixMillis, step: &mut Step) {
        loop {
            if let Some(output) = self.machines.direct.poll_output() {
                self.on_direct(now, wall, output, step);
            } else if let Some(output) = self.machines.groups.poll_output() {
                self.on_group(now, wall, output, step);
            } else {
                return;
            }
        }
    }

    fn on_direct(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        output: direct::Output,
        step: &mut Step,
    ) {
        match output {
            direct::Output::Publish {
                to,
                bytes,
                lifetime_secs,
                in_session,
                ..
            } => {
                let scope = Scope::Sealed(*to.as_bytes());
                let in_session = in_session && self.up.contains(&to);
                self.publish(wall, scope, Seal::Direct, bytes, lifetime_secs, step);
                // In a crowd everybody says hello to everybody: none but the two have to carry that.
                if in_session && let Some(envelope) = step.writes.own.pop() {
                    let frame = DirectFrame::Sealed(envelope.bytes().clone());
                    step.after.push(After::Send(to, frame));
                }
            }
            direct::Output::Prekeys {
                identity,
                fallback,
                lifetime_secs,
            } => {
                let keys = Content::Prekeys { identity, fallback };
                self.sign(wall, Scope::Mesh, keys, lifetime_secs, step);
            }
            direct::Output::Frame { to, frame } => step.after.push(After::Send(to, frame)),
            direct::Output::Accepted {
                reference, waiting, ..
            } => {
                let fate = if waiting { Fate::Waiting } else { Fate::Sent };
                self.accepted(reference, fate, step);
                let answer = self.waiting.accepted(reference, waiting);
                step.answer(answer);
            }
            direct::Output::Refused { reference, why } => {
                self.drafts.remove(&reference);
                let answer = self.waiting.refused(reference, why.into());
                step.answer(answer);
            }
            direct::Output::Opened(opened) if opened.kind() >= kind::FIRST_OF_ROOMS => {
                let carried = group::Input::Carried {
                    from: opened.from(),
                    created: opened.created(),
                    kind: opened.kind(),
                    body: Zeroizing::new(opened.body().to_vec()),
                };
                self.group(wall, carried);
            }
            direct::Output::Opened(opened) => self.opened(
                (now, wall),
                Talk::Person(opened.from()),
                (opened.from(), opened.id(), opened.hlc(), opened.created()),
                (opened.kind(), opened.body()),
                None,
                step,
            ),
            direct::Output::Fate { to, id, fate } => {
                let fate = match fate {
                    direct::Fate::Sealed => Fate::Sent,
                    direct::Fate::Delivered => Fate::Delivered,
                    direct::Fate::Expired => Fate::Expired,
                    _ => return,
                };
                if is_carried(id) {
                    return;
                }
                let talk = Talk::Person(to);
                step.writes.fates.push((talk, id, fate));
                step.tell(Fact::Fate(talk, id, fate));
            }
            direct::Output::Security(event) => {
                if let direct::SecurityEvent::NewKeys { who } = event {
                    // Whoever has only its id's key has new keys as well, and is not who was verified.
                    self.unverified(who, step);
                }
                let fact = self.suspicions.direct(now, &event);
                step.after.extend(fact.map(After::Tell));
            }
            _ => {}
        }
    }

    fn on_group(&mut self, now: Instant, wall: UnixMillis, output: group::Output, step: &mut Step) {
        match output {
            group::Output::Carry { to, kind, body } => {
                let (id, reference) = (carried(self.new_id()), self.waiting.nobody());
                let hlc = self.tick(wall);
                let send = direct::Input::Send {
                    to,
                    id,
                    hlc,
                    created: wall,
                    kind,
                    body,
                    reference,
                };
                self.direct(wall, send);
            }
            group::Output::Publish {
                tag, seal, bytes, ..
            } => self.publish(
                wall,
                Scope::Sealed(tag),
                seal,
                bytes,
                MAX_LIFETIME_SECS,
                step,
            ),
            group::Output::Done { reference, room } => {
                if self.leaving.remove(&reference) {
                    step.writes.forgotten.push(Talk::Room(room));
                }
                self.accepted(reference, Fate::Sent, step);
                let answer = self.waiting.done(reference, room);
                step.answer(answer);
            }
            group::Output::Refused { reference, why } => {
                self.leaving.remove(&reference);
                self.drafts.remove(&reference);
                let answer = self.waiting.refused(reference, why.into());
                step.answer(answer);
            }
            group::Output::Opened(opened) => self.opened(
                (now, wall),
                Talk::Room(opened.room()),
                (opened.from(), opened.id(), opened.hlc(), opened.created()),
                (opened.kind(), opened.body()),
                opened.vouched_by(),
                step,
            ),
            group::Output::Event(event) => self.on_room_event(event, step),
            group::Output::Security(event) => {
                let fact = self.suspicions.group(now, &event);
                step.after.extend(fact.map(After::Tell));
            }
            _ => {}
        }
    }

    fn on_room_event(&mut self, event: group::RoomEvent, step: &mut Step) {
        let (room, change) = match event {
            group::RoomEvent::Invited { room, name, by } => {
                step.tell(Fact::Invited { room, name, by });
                return;
            }
            group::RoomEvent::Entered { room } => {
                if let Some(reply) = self.waiting.entered() {
                    step.answer(Some(Answer::Room(reply, Ok(room))));
                }
                return;
            }
            group::RoomEvent::MemberAdded { room, who, by } => (room, Change::Added { who, by }),
            group::RoomEvent::Promoted { room, who } => (room, Change::Promoted { who }),
            group::RoomEvent::MemberRemoved { room, who, by } => {
                (room, Change::Removed { who, by })
            }
            group::RoomEvent::Renamed { room, .. } => (room, Change::Renamed),
            group::RoomEvent::HistoryShared { room, by } => (room, Change::HistoryShared { by }),
            group::RoomEvent::MissingKey { room, from } => (room, Change::MissingKey { from }),
            group::RoomEvent::Unreadable { room, from } => (room, Change::Unreadable { from }),
            _ => return,
        };
        let view = self.machines.groups.room(room);
        let name = view.map(|view| view.name.clone()).unwrap_or_default();
        step.tell(Fact::Room { room, name, change });
    }

    /// Something came out of a ratchet.
    fn opened(
        &mut self,
        (now, wall): (Instant, UnixMillis),
        talk: Talk,
        (from, id, hlc, created): (NodeId, InnerId, Hlc, UnixMillis),
        (kind, body): (u64, &[u8]),
        vouched_by: Option<NodeId>,
        step: &mut Step,
    ) {
        // What claims to come from a time to come stands where it came in, and sets no clock.
        let hlc = match hlc.millis <= wall.after(MAX_AHEAD) {
            true => hlc,
            false => Hlc {
                millis: wall,
                counter: 0,
            },
        };
        self.clocks.said = self.clocks.said.max(hlc);
        // What this version does not know is not shown.
        if kind != kind::TEXT {
            return;
        }
        let Ok(said) = InnerText::decode(body) else {
            let fact = self.suspicions.no_text(now, from);
            step.after.extend(fact.map(After::Tell));
            return;
        };
        let record = Record {
            talk,
            id,
            from,
            hlc,
            created,
            said,
            fate: None,
            vouched_by,
        };
        step.keep(record, &self.sealers.lines);
    }

    /// Our own words are on their way, or wait.
    fn accepted(&mut self, reference: u64, fate: Fate, step: &mut Step) {
        if let Some(mut record) = self.drafts.remove(&reference) {
            record.fate = Some(fate);
            step.keep(record, &self.sealers.lines);
        }
    }

    /// The machine says soon whether it takes them.
    pub(super) fn saying(&mut self, reference: u64, record: Record) {
        self.drafts.insert(reference, record);
    }

    pub(super) fn record(
        &mut self,
        wall: UnixMillis,
        talk: Talk,
        id: InnerId,
        text: String,
        action: bool,
    ) -> Record {
        Record {
            talk,
            id,
            from: self.me,
            hlc: self.tick(wall),
            created: wall,
            said: InnerText {
                text: Zeroizing::new(text),
                action,
            },
            fate: Some(Fate::Sent),
            vouched_by: None,
        }
    }

    fn publish(
        &mut self,
        wall: UnixMillis,
        scope: Scope,
        seal: Seal,
        bytes: bytes::Bytes,
        lifetime_secs: u32,
        step: &mut Step,
    ) {
        let content = Content::Sealed { seal, bytes };
        self.sign(wall, scope, content, lifetime_secs, step);
    }

    pub(super) fn sign(
        &mut self,
        wall: UnixMillis,
        scope: Scope,
        content: Content,
        lifetime_secs: u32,
        step: &mut Step,
    ) {
        // A clock that was set back does not put it before what is known to be too old.
        if self.clocks.latest.millis <= wall.after(MAX_AHEAD) {
            self.clocks.latest = self.clocks.latest.tick(wall);
        } else {
            self.clocks.latest = Hlc::default().tick(wall);
        }
        let hlc = self.clocks.latest;
        let draft = Draft {
            lifetime_secs,
            ..Draft::new(scope, content, hlc, wall)
        };
        match draft.sign(&self.key) {
            Ok(envelope) => step.writes.own.push(envelope),
            // The machines keep to the limits: this is a mistake of ours.
            Err(error) => tracing::error!("a private message could not be signed: {error}"),
        }
    }

    /// What of the machines has changed, sealed.
    pub(super) fn rows(&mut self, step: &mut Step) {
        let machines = &mut self.machines;
        let direct = machines.direct.take_rows().into_iter();
        let groups = machines.groups.take_rows().into_iter();
        let book = machines.book.take_rows().into_iter();
        let rows = direct
            .map(|row| (row.key, row.value))
            .chain(groups.map(|row| (row.key, row.value)))
            .chain(book.map(|row| (row.key, row.value)));
        for (name, value) in rows {
            let sealed = value.map(|value| self.sealers.state.seal(&name, &value));
            step.writes.secrets.push(Secret { name, sealed });
        }
    }

    pub(super) fn direct(&mut self, wall: UnixMillis, input: direct::Input) {
        self.machines.direct.handle(wall, input);
    }

    pub(super) fn group(&mut self, wall: UnixMillis, input: group::Input) {
        self.machines.groups.handle(wall, input);
    }

    fn tick(&mut self, wall: UnixMillis) -> Hlc {
        self.clocks.said = self.clocks.said.tick(wall);
        self.clocks.said
    }

    pub(super) fn new_id(&mut self) -> InnerId {
        self.ids += 1;
        let text = [self.seed.as_slice(), b"id", &self.ids.to_be_bytes()].concat();
        let hash = MessageId::of(&text);
        let mut id: [u8; 16] = hash.as_bytes().first_chunk().copied().unwrap_or_default();
        id[0] &= !CARRIED;
        InnerId(id)
    }

    /// Whether nothing of somebody is heard: it was blocked here, or has revoked its id, so that whoever
    /// holds that key is not whom it belongs to.
    pub(super) fn is_blocked(&self, who: &NodeId) -> bool {
        let book = &self.machines.book;
        book.is_revoked(who) || book.level(who) == trust::Level::Blocked
    }
}

/// Set in the first byte of the ids of what is carried for private rooms: nobody has said it, so nobody
/// is told what becomes of it.
const CARRIED: u8 = 0x80;

const fn carried(id: InnerId) -> InnerId {
    let mut bytes = id.0;
    bytes[0] |= CARRIED;
    InnerId(bytes)
}

const fn is_carried(id: InnerId) -> bool {
    id.0[0] & CARRIED != 0
}
