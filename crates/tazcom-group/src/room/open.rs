//! Sealed messages of others.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tazcom_identity::NodeId;
use tazcom_proto::inner::{Audience, Inner};
use tazcom_proto::{Content, Envelope, MessageId, Seal, UnixMillis, VerifiedEnvelope};

use super::MembersRoom;
use crate::context::Context;
use crate::keys::{Opening, SessionId};
use crate::output::{Output, RoomEvent, RoomOpened, SecurityEvent};
use crate::rows::RowKey;
use crate::view::RoomState;

/// A message whose key is not here yet.
pub(super) struct Waiting {
    pub(super) envelope: VerifiedEnvelope,
    session: SessionId,
    pub(super) since: UnixMillis,
    /// Whether it was told that its key is missing.
    told: bool,
}

enum Tried {
    Done,
    Wait(SessionId),
}

impl MembersRoom {
    /// An envelope with the tag of the room has come.
    pub(crate) fn sealed(&mut self, ctx: &mut Context<'_>, envelope: VerifiedEnvelope) {
        let Tried::Wait(session) = self.open(ctx, &envelope) else {
            return;
        };
        if self.is_of_another(ctx, &envelope) {
            let (room, from) = (self.id(), envelope.author());
            ctx.security(SecurityEvent::ForeignSession { room, from });
            return;
        }
        let id = envelope.id();
        if self
            .waiting
            .iter()
            .any(|waiting| waiting.envelope.id() == id)
        {
            return;
        }
        let row = [&ctx.now.0.to_be_bytes()[..], envelope.bytes()].concat();
        ctx.journal.put(RowKey::Waiting(self.id(), id), row);
        self.waiting.push_back(Waiting {
            envelope,
            session,
            since: ctx.now,
            told: false,
        });
        if self.waiting.len() > ctx.config.max_waiting {
            self.drop_one_waiting(ctx, Some(id));
        }
    }

    /// Anybody who knows the tag can send something for which no key will come. What is of no member
    /// goes first, then of whoever has most what it says is oldest: nobody pushes out what others said,
    /// and what is read a second time nothing that is new. What has only arrived and gives way at once
    /// is not told: it may not be the first time.
    pub(crate) fn drop_one_waiting(&mut self, ctx: &mut Context<'_>, arrived: Option<MessageId>) {
        let mut counts: BTreeMap<NodeId, usize> = BTreeMap::new();
        for waiting in &self.waiting {
            *counts.entry(waiting.envelope.author()).or_default() += 1;
        }
        let weight = |waiting: &Waiting| {
            let author = waiting.envelope.author();
            let count = counts.get(&author).copied().unwrap_or_default();
            let stranger = !self.is_member(&author);
            // Of several who have as many, all that one has weighs the same.
            (stranger, count, author, Reverse(waiting.envelope.hlc()))
        };
        let mut heaviest = None;
        for (at, waiting) in self.waiting.iter().enumerate() {
            let weight = weight(waiting);
            // Of the same age, the one that came first.
            if heaviest.as_ref().is_none_or(|(_, most)| weight > *most) {
                heaviest = Some((at, weight));
            }
        }
        let at = heaviest.map(|(at, _)| at);
        match at.and_then(|at| self.waiting.remove(at)) {
            Some(dropped) if Some(dropped.envelope.id()) == arrived => {
                self.stop_waiting(ctx, &dropped)
            }
            Some(dropped) => self.unreadable(ctx, &dropped),
            None => {}
        }
    }

    /// Whether it opens with the session of a member and tells that somebody else than its author said
    /// it. That its session is called as the one of another says nothing: the other may have taken the
    /// key for its own, and then the author's own is still to come.
    fn is_of_another(&mut self, ctx: &Context<'_>, envelope: &Envelope) -> bool {
        let from = envelope.author();
        let Content::Sealed { bytes, .. } = envelope.content() else {
            return false;
        };
        let Some((session, message)) = bytes.split_first_chunk() else {
            return false;
        };
        if self.view.state != RoomState::Member || !self.is_member(&from) {
            return false;
        }
        let plain = self
            .keys
            .open_with_another(ctx.config, &(from, *session), message);
        let inner = plain.and_then(|plain| Inner::decode(&plain).ok());
        inner.is_some_and(|inner| inner.from != from)
    }

    fn stop_waiting(&self, ctx: &mut Context<'_>, dropped: &Waiting) {
        let id = dropped.envelope.id();
        ctx.journal.delete(RowKey::Waiting(self.id(), id));
    }

    fn unreadable(&self, ctx: &mut Context<'_>, dropped: &Waiting) {
        let room = self.id();
        let from = dropped.envelope.author();
        self.stop_waiting(ctx, dropped);
        if self.is_member(&from) {
            ctx.event(RoomEvent::Unreadable { room, from });
        }
    }

    /// Tries all that wait once more.
    pub(crate) fn drain(&mut self, ctx: &mut Context<'_>) {
        let room = self.id();
        for waiting in std::mem::take(&mut self.waiting) {
            match self.open(ctx, &waiting.envelope) {
                Tried::Done => ctx
                    .journal
                    .delete(RowKey::Waiting(room, waiting.envelope.id())),
                Tried::Wait(_) => self.waiting.push_back(waiting),
            }
        }
    }

    fn open(&mut self, ctx: &mut Context<'_>, envelope: &Envelope) -> Tried {
        let from = envelope.author();
        let Content::Sealed {
            seal: Seal::Room,
            bytes,
        } = envelope.content()
        else {
            return Tried::Done;
        };
        if from == ctx.me || !self.view.state.hears() {
            return Tried::Done;
        }
        let room = self.id();
        let Some((session, message)) = bytes.split_first_chunk() else {
            return Tried::Done;
        };
        if !self.is_member(&from) && self.log.names(&from) {
            return Tried::Done;
        }
        let accepted = self.view.state == RoomState::Member;
        let name = (from, *session);
        let key = match self.keys.get(&name) {
            Some(key) if accepted => key,
            _ => return Tried::Wait(*session),
        };
        if !self.is_member(&from) {
            return Tried::Done;
        }
        let vouched_by = key.shared_by;
        let id = envelope.id();
        match self.keys.open(ctx.config, &name, message, id) {
            Opening::Plain(plain, index) => {
                self.keys.see(&mut ctx.keep(room), &name, index, id);
                match Inner::decode(&plain) {
                    Ok(inner) => self.opened(ctx, from, inner, vouched_by),
                    Err(_) => ctx.security(SecurityEvent::Corrupt { room, from }),
                }
            }
            // What another handed over may be made up; that of the author is still to come.
            Opening::Corrupt | Opening::OutOfReach if vouched_by.is_some() => {
                return Tried::Wait(*session);
            }
            Opening::IndexReused => ctx.security(SecurityEvent::IndexReused { room, from }),
            Opening::Corrupt => ctx.security(SecurityEvent::Corrupt { room, from }),
            // From before we were let in, or beyond what an honest sender would say with one key.
            Opening::Again | Opening::OutOfReach => {}
        }
        Tried::Done
    }

    fn opened(
        &self,
        ctx: &mut Context<'_>,
        from: NodeId,
        inner: Inner,
        vouched_by: Option<NodeId>,
    ) {
        let room = self.id();
        if inner.from != from || inner.to != Audience::Room(room) {
            ctx.security(SecurityEvent::Misdirected { room, from });
            return;
        }
        if !ctx.blocked.contains(&from) {
            ctx.out.push_back(Output::Opened(RoomOpened {
                room,
                inner,
                vouched_by,
            }));
        }
    }

    /// What time brings: keys that do not come, and what is old enough to be forgotten.
    pub(crate) fn tick(&mut self, ctx: &mut Context<'_>) {
        let room = self.id();
        self.ask_again(ctx);
        self.keys.expire(&mut ctx.keep(room));
        let (now, most) = (ctx.now, ctx.config.wait_at_most);
        for waiting in std::mem::take(&mut self.waiting) {
            match now.since(waiting.since) >= most {
                true => self.unreadable(ctx, &waiting),
                false => self.waiting.push_back(waiting),
            }
        }
        if self.view.state != RoomState::Member {
            return;
        }
        let members = &self.membership.members;
        let mut told: Vec<SessionId> = Vec::new();
        for waiting in &mut self.waiting {
            let late = now.since(waiting.since) >= ctx.config.missing_after;
            let from = waiting.envelope.author();
            if waiting.told || !late || !members.contains_key(&from) {
                continue;
            }
            waiting.told = true;
            if !told.contains(&waiting.session) {
                told.push(waiting.session);
                ctx.event(RoomEvent::MissingKey { room, from });
            }
        }
        for waiting in &mut self.waiting {
            waiting.told |= told.contains(&waiting.session);
        }
    }

    /// When there is something to do next without anybody's word.
    pub(crate) fn due(&self, config: &crate::Config) -> Option<UnixMillis> {
        let asks = self.lack.as_ref().map(|lack| lack.next);
        let waits = self.waiting.iter().map(|waiting| {
            let member = self.is_member(&waiting.envelope.author());
            let accepted = self.view.state == RoomState::Member;
            match waiting.told || !member || !accepted {
                true => waiting.since.after(config.wait_at_most),
                false => waiting.since.after(config.missing_after),
            }
        });
        waits.chain(asks).chain(self.keys.due(config)).min()
    }

    /// Puts back a message that waited.
    pub(crate) fn restore_waiting(&mut self, row: &[u8]) -> Option<()> {
        let (since, bytes) = row.split_first_chunk()?;
        let envelope = Envelope::decode(bytes.to_vec().into()).ok()?;
        let Content::Sealed { bytes, .. } = envelope.content() else {
            return None;
        };
        let session = *bytes.first_chunk()?;
        self.waiting.push_back(Waiting {
            // It was verified before it was written.
            envelope: envelope.assume_verified(),
            session,
            since: UnixMillis(u64::from_be_bytes(*since)),
            told: false,
        });
        self.waiting
            .make_contiguous()
            .sort_by_key(|waiting| waiting.since);
        Some(())
    }
}
