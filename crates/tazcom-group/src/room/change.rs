//! What we change in a room ourselves.

use tazcom_identity::NodeId;
use zeroize::Zeroizing;

use super::MembersRoom;
use crate::config::MAX_MEMBERS;
use crate::context::Context;
use crate::membership::{Action, Merged, Op, SignedOp, is_name, is_topic};
use crate::output::Refusal;
use crate::view::RoomState;
use crate::wire;

/// Direct messages with the history of a room's membership that an invitation is sent as; whoever
/// accepts asks for what is left.
const MAX_INVITATION: usize = 6;

impl MembersRoom {
    pub(crate) fn invite(&mut self, ctx: &mut Context<'_>, who: NodeId) -> Result<(), Refusal> {
        self.administer(ctx.me)?;
        if self.is_member(&who) {
            return Err(Refusal::AlreadyMember);
        }
        if self.membership.members.len() >= MAX_MEMBERS {
            return Err(Refusal::RoomFull);
        }
        self.append(ctx, Action::Add { who, admin: false })
    }

    pub(crate) fn promote(&mut self, ctx: &mut Context<'_>, who: NodeId) -> Result<(), Refusal> {
        self.administer(ctx.me)?;
        if !self.is_member(&who) {
            return Err(Refusal::TheyAreNotMember);
        }
        match self.is_admin(&who) {
            true => Ok(()),
            false => self.append(ctx, Action::Add { who, admin: true }),
        }
    }

    pub(crate) fn remove(&mut self, ctx: &mut Context<'_>, who: NodeId) -> Result<(), Refusal> {
        if who == ctx.me {
            return self.leave(ctx);
        }
        self.administer(ctx.me)?;
        if !self.is_member(&who) {
            return Err(Refusal::TheyAreNotMember);
        }
        if self.log.creator() == Some(who) {
            return Err(Refusal::Creator);
        }
        self.append(ctx, Action::Remove { who })
    }

    pub(crate) fn rename(
        &mut self,
        ctx: &mut Context<'_>,
        name: String,
        topic: String,
    ) -> Result<(), Refusal> {
        self.administer(ctx.me)?;
        if !is_name(&name) || !is_topic(&topic) {
            return Err(Refusal::Name);
        }
        self.append(ctx, Action::Rename { name, topic })
    }

    pub(crate) fn leave(&mut self, ctx: &mut Context<'_>) -> Result<(), Refusal> {
        match self.view.state.hears() {
            true => self.append(ctx, Action::Remove { who: ctx.me }),
            false => Err(Refusal::NotMember),
        }
    }

    pub(crate) fn accept(&mut self, ctx: &mut Context<'_>) -> Result<(), Refusal> {
        let RoomState::Invited { .. } = self.view.state else {
            return Err(Refusal::NotInvited);
        };
        self.view.state = RoomState::Member;
        self.refresh(ctx);
        // What was changed by some who did not know of us yet, the others send us now.
        for member in self.others(ctx.me) {
            self.tell_heads(ctx, member);
        }
        self.drain(ctx);
        Ok(())
    }

    fn administer(&self, me: NodeId) -> Result<(), Refusal> {
        self.speak()?;
        match self.is_admin(&me) {
            true => Ok(()),
            false => Err(Refusal::NotAdmin),
        }
    }

    /// Whether we may do something in the room at all.
    pub(super) const fn speak(&self) -> Result<(), Refusal> {
        match self.view.state {
            RoomState::Member => Ok(()),
            RoomState::Invited { .. } => Err(Refusal::NotAccepted),
            RoomState::Left | RoomState::Removed { .. } => Err(Refusal::NotMember),
        }
    }

    /// Makes an operation and sends it to all whom it concerns.
    pub(super) fn append(&mut self, ctx: &mut Context<'_>, action: Action) -> Result<(), Refusal> {
        self.begin_anew_if_due(ctx);
        let concerned = self.others(ctx.me);
        let mut parents = self.log.heads();
        parents.sort_unstable();
        let op = Op {
            room: self.id(),
            author: ctx.me,
            lamport: self.log.next_lamport(),
            parents,
            action,
        };
        let op = op.sign(ctx.key);
        let place = self.log.len();
        if self.log.merge(op.clone()) != Merged::Added {
            return Err(Refusal::LogFull);
        }
        self.settle(ctx, place, false);
        let heads = self.log.heads();
        let news = wire::operations(self.id(), [&op], &heads);
        for who in concerned {
            self.send(ctx, who, &news);
        }
        if let Action::Add { who, admin: false } = op.op().action {
            let rest = self.log.since(1).filter(|one| one.id() != op.id());
            let ops = self.log.genesis().into_iter().chain([&op]).chain(rest);
            let mut invitation = wire::operations(self.id(), ops, &heads);
            invitation.truncate(MAX_INVITATION);
            self.send(ctx, who, &invitation);
        }
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "reads as what the room does")]
    fn send(&self, ctx: &mut Context<'_>, to: NodeId, bodies: &[Zeroizing<Vec<u8>>]) {
        for body in bodies {
            ctx.carry(to, wire::OPERATIONS, body.clone());
        }
    }

    /// The creator begins a new log with the state when the old one has become long.
    fn begin_anew_if_due(&mut self, ctx: &mut Context<'_>) {
        let long = self.log.len() >= ctx.config.snapshot_after.min(ctx.config.max_ops);
        if !long || self.log.creator() != Some(ctx.me) || !self.is_admin(&ctx.me) {
            return;
        }
        let generation = self.log.genesis().and_then(SignedOp::generation);
        let members = self.membership.members.iter();
        let genesis = Op {
            room: self.id(),
            author: ctx.me,
            lamport: 0,
            parents: Vec::new(),
            action: Action::Genesis {
                generation: generation.unwrap_or_default().saturating_add(1),
                name: self.membership.name.clone(),
                topic: self.membership.topic.clone(),
                members: members.map(|(who, own)| (*who, own.admin)).collect(),
            },
        };
        let genesis = genesis.sign(ctx.key);
        if self.log.merge(genesis.clone()) == Merged::NewLog {
            self.settle(ctx, 0, true);
            let news = wire::operations(self.id(), [&genesis], &self.log.heads());
            for who in self.others(ctx.me) {
                self.send(ctx, who, &news);
            }
        }
    }
}
