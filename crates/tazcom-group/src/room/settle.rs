//! What follows when operations have come.

use std::collections::{BTreeMap, BTreeSet};

use tazcom_identity::NodeId;

use super::MembersRoom;
use crate::context::Context;
use crate::membership::{Action, Membership, Merged, OpId, SignedOp};
use crate::output::{RoomEvent, SecurityEvent};
use crate::view::RoomState;
use crate::wire;

impl MembersRoom {
    /// Somebody has sent operations.
    pub(crate) fn operations(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        ops: &[&[u8]],
        heads: &[OpId],
    ) {
        let room = self.id();
        let mut place = self.log.len();
        let mut anew = false;
        let mut changed = false;
        for bytes in ops {
            let op = match SignedOp::decode(bytes) {
                Ok(op) if op.op().room == room => op,
                _ => {
                    // One is enough to know of: what follows is as little worth.
                    ctx.security(SecurityEvent::Malformed { from });
                    break;
                }
            };
            let author = op.op().author;
            match self.log.merge(op) {
                Merged::Added => changed = true,
                Merged::NewLog => {
                    (place, anew, changed) = (0, true, true);
                }
                Merged::Known | Merged::Full => {}
                Merged::Waiting => self.lacks(ctx, from, Vec::new()),
                Merged::NotEntitled => {
                    ctx.security(SecurityEvent::Unauthorised { room, from: author });
                }
                Merged::NotSigned => ctx.security(SecurityEvent::Unauthorised { room, from }),
                Merged::Malformed => ctx.security(SecurityEvent::Malformed { from }),
            }
        }
        match changed {
            true => self.settle(ctx, place, anew),
            false => self.store_ops(ctx),
        }
        self.note_heads(ctx, from, heads);
    }

    /// Brings everything in line with the operations; those from `place` on are new.
    pub(crate) fn settle(&mut self, ctx: &mut Context<'_>, place: usize, anew: bool) {
        self.store_ops(ctx);
        let old = std::mem::replace(&mut self.membership, self.log.resolve());
        let last = self.log.since(place).last();
        if let Some(last) = last {
            self.view.last_change_by = Some(last.op().author);
            self.view.known_since = ctx.now;
        }
        self.announce(ctx, &old);
        if old.members.keys().any(|member| !self.is_member(member)) {
            // Whoever is gone shall not read what is said from now on.
            self.outbound = None;
        }
        let members = &self.membership.members;
        self.nudged.retain(|who, _| members.contains_key(who));
        self.answered.retain(|who, _| members.contains_key(who));
        self.spread_awareness(ctx, &old, place, anew);
        self.become_what_we_are(ctx);
        self.refresh(ctx);
        if anew {
            self.uphold(ctx, &old);
        }
        self.forward(ctx, &old, place);
    }

    fn announce(&self, ctx: &mut Context<'_>, old: &Membership) {
        // To whoever is invited the room as it is comes at once, not its history.
        if !self.view.state.hears() {
            return;
        }
        let room = self.id();
        let new = &self.membership;
        for (who, standing) in &new.members {
            let by = standing.by;
            match old.members.get(who) {
                None if *who != ctx.me => {
                    ctx.event(RoomEvent::MemberAdded {
                        room,
                        who: *who,
                        by,
                    });
                }
                Some(before) if !before.admin && standing.admin => {
                    ctx.event(RoomEvent::Promoted { room, who: *who });
                }
                _ => {}
            }
        }
        for who in old.members.keys().filter(|who| !self.is_member(who)) {
            let by = self.removed_by(who);
            ctx.event(RoomEvent::MemberRemoved {
                room,
                who: *who,
                by,
            });
        }
        let named = !old.name.is_empty();
        if named && (&old.name, &old.topic) != (&new.name, &new.topic) {
            ctx.event(RoomEvent::Renamed {
                room,
                name: new.name.clone(),
                topic: new.topic.clone(),
            });
        }
    }

    /// Who removed somebody. A log that was begun anew does not say; its author answers for it.
    fn removed_by(&self, who: &NodeId) -> NodeId {
        let by = self.membership.removed.get(who).copied();
        by.or_else(|| self.log.creator()).unwrap_or(*who)
    }

    fn become_what_we_are(&mut self, ctx: &mut Context<'_>) {
        let room = self.id();
        let standing = self.membership.members.get(&ctx.me).copied();
        match (standing, self.view.state) {
            (Some(standing), RoomState::Left | RoomState::Removed { .. }) => {
                let by = standing.by;
                self.view.state = RoomState::Invited { by };
                self.unproven = false;
                ctx.event(RoomEvent::Invited {
                    room,
                    name: self.membership.name.clone(),
                    by,
                });
            }
            (None, RoomState::Member | RoomState::Invited { .. }) => {
                let by = self.removed_by(&ctx.me);
                self.outbound = None;
                self.view.state = match by == ctx.me {
                    true => RoomState::Left,
                    false => RoomState::Removed { by },
                };
                if by == ctx.me {
                    // What was said there cannot be read from the disk any more.
                    self.keys.clear(&mut ctx.keep(room));
                    self.forget_waiting(ctx);
                    ctx.event(RoomEvent::Left { room });
                }
            }
            _ => {}
        }
    }

    /// After a removal nobody is known to know of it but those who say so; its author is told that we
    /// do.
    fn spread_awareness(
        &mut self,
        ctx: &mut Context<'_>,
        old: &Membership,
        place: usize,
        anew: bool,
    ) {
        if !anew && self.membership.removals == old.removals {
            self.aware
                .retain(|who| self.membership.members.contains_key(who));
            return;
        }
        self.aware.clear();
        let mut tell = Vec::new();
        let mut aware = Vec::new();
        for op in self.log.since(place) {
            let author = op.op().author;
            let past = self.log.past_of(&[op.id()]);
            if self.membership.removals.without(&past).next().is_none() {
                aware.push(author);
            }
            let removal = matches!(op.op().action, Action::Remove { who } if who != author);
            if (removal || anew) && author != ctx.me && !tell.contains(&author) {
                tell.push(author);
            }
        }
        for author in aware {
            if self.is_member(&author) {
                self.aware.insert(author);
            }
        }
        for author in tell {
            if self.view.state.hears() && self.is_member(&ctx.me) && self.is_member(&author) {
                self.tell_heads(ctx, author);
            }
        }
    }

    /// A new log has begun that does not know of something we knew: a removal, or somebody we added.
    /// We say it again in the new one.
    fn uphold(&mut self, ctx: &mut Context<'_>, old: &Membership) {
        if !self.is_admin(&ctx.me) {
            return;
        }
        let creator = self.log.creator();
        let removed = old.removed.keys().copied();
        let removed = removed.filter(|who| self.is_member(who) && Some(*who) != creator);
        let mut again: Vec<Action> = removed.map(|who| Action::Remove { who }).collect();
        for (who, standing) in &old.members {
            if standing.by == ctx.me && !self.is_member(who) && *who != ctx.me {
                let admin = standing.admin;
                again.push(Action::Add { who: *who, admin });
            }
        }
        for action in again {
            // When the log is full already, its creator has to say it.
            let _refused = self.append(ctx, action);
        }
    }

    /// Passes new operations on to those we have added, when their author did not know of them. Also
    /// when we were removed by it: nobody else may know that they think they are members.
    fn forward(&self, ctx: &mut Context<'_>, old: &Membership, place: usize) {
        let members = old.members.iter().chain(&self.membership.members);
        let added = members.filter(|(who, standing)| standing.by == ctx.me && **who != ctx.me);
        let added: BTreeSet<NodeId> = added.map(|(who, _)| *who).collect();
        if added.is_empty() {
            return;
        }
        let mut parcels: BTreeMap<NodeId, Vec<&SignedOp>> = BTreeMap::new();
        for op in self.log.since(place) {
            let author = op.op().author;
            if author == ctx.me {
                continue;
            }
            let known = self.log.resolve_at(&self.log.past_of(&op.op().parents));
            for who in &added {
                if *who != author && !known.members.contains_key(who) {
                    parcels.entry(*who).or_default().push(op);
                }
            }
        }
        let heads = self.log.heads();
        for (who, ops) in parcels {
            for body in wire::operations(self.id(), ops, &heads) {
                ctx.carry(who, wire::OPERATIONS, body);
            }
        }
    }
}
