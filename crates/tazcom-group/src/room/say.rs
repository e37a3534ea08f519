//! Saying something: one encryption, however many members.

use std::collections::BTreeSet;

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::inner::{Audience, Inner};
use tazcom_proto::{Seal, UnixMillis};
use vodozemac::megolm::{GroupSession, SessionConfig};
use zeroize::Zeroizing;

use super::MembersRoom;
use crate::context::Context;
use crate::input::Input;
use crate::keys::{SessionId, id_in_key};
use crate::output::{Output, Refusal, RoomEvent};
use crate::wire;

/// The session we seal with.
pub(super) struct Outbound {
    session: GroupSession,
    id: SessionId,
    /// Members that have its key.
    given: BTreeSet<NodeId>,
    messages: u32,
    since: UnixMillis,
}

/// What somebody says, as far as the room needs it.
pub(crate) fn inner_of(input: Input, me: NodeId) -> Option<(Inner, u64)> {
    let Input::Say {
        room,
        id,
        hlc,
        created,
        kind,
        body,
        reference,
    } = input
    else {
        return None;
    };
    let inner = Inner {
        from: me,
        to: Audience::Room(room),
        id,
        hlc,
        created,
        kind,
        body,
    };
    Some((inner, reference))
}

impl MembersRoom {
    pub(crate) fn say(&mut self, ctx: &mut Context<'_>, inner: &Inner) -> Result<(), Refusal> {
        self.speak()?;
        let plain = inner.encode().map_err(|_| Refusal::TooLong)?;
        let mut outbound = match self.outbound.take() {
            Some(outbound) if !outbound.is_worn(ctx) => outbound,
            _ => self.rotate(ctx).ok_or(Refusal::NotMember)?,
        };
        self.give_key(ctx, &mut outbound);
        let message = outbound.session.encrypt(plain.as_slice()).to_bytes();
        outbound.messages += 1;
        let bytes = [&outbound.id[..], &message].concat();
        self.outbound = Some(outbound);
        ctx.out.push_back(Output::Publish {
            room: self.id(),
            tag: self.tag,
            seal: Seal::Room,
            bytes: Bytes::from(bytes),
            id: Some(inner.id),
        });
        Ok(())
    }

    /// Begins a new session, and keeps its key with those of others: for handing it on.
    fn rotate(&mut self, ctx: &mut Context<'_>) -> Option<Outbound> {
        let session = GroupSession::new(SessionConfig::version_1());
        let key = Zeroizing::new(session.session_key().to_bytes());
        let id = id_in_key(&key)?;
        let (room, me) = (self.id(), ctx.me);
        self.keys.take(&mut ctx.keep(room), me, &key);
        self.view.epoch = self.view.epoch.saturating_add(1);
        self.refresh(ctx);
        let epoch = self.view.epoch;
        ctx.event(RoomEvent::Rotated { room, epoch });
        Some(Outbound {
            session,
            id,
            given: BTreeSet::new(),
            messages: 0,
            since: ctx.now,
        })
    }

    /// Gives the key, at its present index, to all members that do not have it.
    fn give_key(&self, ctx: &mut Context<'_>, outbound: &mut Outbound) {
        let members = self.membership.members.keys();
        let without = members.filter(|who| **who != ctx.me && !outbound.given.contains(who));
        let without: Vec<NodeId> = without.copied().collect();
        if without.is_empty() {
            return;
        }
        let key = Zeroizing::new(outbound.session.session_key().to_bytes());
        let body = wire::key(self.id(), &key, &self.log.heads());
        for who in without {
            outbound.given.insert(who);
            ctx.carry(who, wire::KEY, body.clone());
        }
    }
}

impl Outbound {
    fn is_worn(&self, ctx: &Context<'_>) -> bool {
        self.messages >= ctx.config.rotate_messages
            || ctx.now.since(self.since) >= ctx.config.rotate_after
    }
}
