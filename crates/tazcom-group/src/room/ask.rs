//! Making sure that all members have the same operations.

use std::collections::BTreeSet;

use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;

use super::MembersRoom;
use crate::config::MAX_MEMBERS;
use crate::context::Context;
use crate::membership::OpId;
use crate::view::RoomState;
use crate::wire;

/// Direct messages with operations sent to one who asks; it asks again if that was not all.
const MAX_ANSWER: usize = 8;

/// Operations that are known to be missing, to be asked for: no more than there are members.
const MAX_WANTED: usize = MAX_MEMBERS;

/// We know of operations that we do not have.
pub(super) struct Lack {
    /// Who has them.
    peer: NodeId,
    wanted: BTreeSet<OpId>,
    /// When it is asked again.
    pub(super) next: UnixMillis,
    tries: u32,
}

impl MembersRoom {
    /// Takes note of which operations somebody has seen last. Whether we have all of them.
    pub(super) fn note_heads(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        heads: &[OpId],
    ) -> bool {
        let unknown = heads.iter().copied().filter(|head| !self.log.knows(head));
        let unknown: Vec<OpId> = unknown.collect();
        if !unknown.is_empty() {
            self.lacks(ctx, from, unknown);
            return false;
        }
        let past = self.log.past_of(heads);
        let mut unseen = self.membership.removals.without(&past);
        if !heads.is_empty() && unseen.next().is_none() && self.is_member(&from) {
            drop(unseen);
            if self.aware.insert(from) {
                self.refresh(ctx);
            }
        }
        true
    }

    /// What was missing before a restart is asked for as soon as time is told.
    pub(crate) fn ask_after_restart(&mut self, peer: NodeId) {
        self.lack.get_or_insert_with(|| Lack {
            peer,
            wanted: BTreeSet::new(),
            next: UnixMillis(0),
            tries: 0,
        });
    }

    /// Asks for operations that somebody has and we do not.
    pub(super) fn lacks(&mut self, ctx: &mut Context<'_>, peer: NodeId, unknown: Vec<OpId>) {
        let next = ctx.now.after(ctx.config.ask_again);
        let fresh = self.lack.is_none();
        let lack = self.lack.get_or_insert_with(|| Lack {
            peer,
            wanted: BTreeSet::new(),
            next,
            tries: 1,
        });
        lack.peer = peer;
        for id in unknown {
            if lack.wanted.len() < MAX_WANTED {
                lack.wanted.insert(id);
            }
        }
        if fresh {
            self.tell_heads(ctx, peer);
        }
    }

    /// Tells somebody which operations we have seen last.
    pub(super) fn tell_heads(&self, ctx: &mut Context<'_>, to: NodeId) {
        let body = wire::heads(self.id(), &self.log.heads());
        ctx.carry(to, wire::HEADS, body);
    }

    /// A member has told which operations it has seen last: it gets those it lacks, once we are a member
    /// as well. However often it asks, it is not sent more than one answer may hold until it would ask
    /// again.
    pub(crate) fn heads(&mut self, ctx: &mut Context<'_>, from: NodeId, heads: &[OpId]) {
        if !self.view.state.hears() || !self.is_member(&from) {
            return;
        }
        self.note_heads(ctx, from, heads);
        if self.view.state != RoomState::Member {
            return;
        }
        let answered = self.answered.get(&from).copied();
        let recent = answered.filter(|(at, _)| ctx.now.since(*at) < ctx.config.ask_again);
        let (at, sent) = recent.unwrap_or((ctx.now, 0));
        let left = MAX_ANSWER.saturating_sub(sent);
        if left == 0 {
            return;
        }
        let past = self.log.past_of(heads);
        let bodies = wire::operations(self.id(), self.log.lacking(&past), &self.log.heads());
        let more = bodies.len().min(left);
        if more > 0 {
            self.answered.insert(from, (at, sent + more));
        }
        for body in bodies.into_iter().take(left) {
            ctx.carry(from, wire::OPERATIONS, body);
        }
    }

    /// A member has shown, by the way, what it has seen last. When it lacks something it is told, not
    /// more often than it would be asked again.
    pub(super) fn nudge(&mut self, ctx: &mut Context<'_>, who: NodeId, heads: &[OpId]) {
        let past = self.log.past_of(heads);
        if self.log.lacking(&past).next().is_none() {
            return;
        }
        let last = self.nudged.get(&who);
        if last.is_none_or(|last| ctx.now.since(*last) >= ctx.config.ask_again) {
            self.nudged.insert(who, ctx.now);
            self.tell_heads(ctx, who);
        }
    }

    /// Asks again for what is still missing.
    pub(super) fn ask_again(&mut self, ctx: &mut Context<'_>) {
        let Some(mut lack) = self.lack.take() else {
            return;
        };
        lack.wanted.retain(|id| !self.log.knows(id));
        if lack.tries > 0 && lack.wanted.is_empty() && !self.log.waits() {
            return;
        }
        if ctx.now < lack.next {
            self.lack = Some(lack);
            return;
        }
        if lack.tries >= ctx.config.max_asks {
            self.log.give_up_pending();
            self.store_ops(ctx);
            return;
        }
        let pause = ctx.config.ask_again.saturating_mul(1 << lack.tries.min(16));
        lack.next = ctx.now.after(pause);
        lack.tries += 1;
        self.tell_heads(ctx, lack.peer);
        self.lack = Some(lack);
    }
}
