//! Keys that come from others, and handing on those that there are.

use tazcom_identity::NodeId;

use super::MembersRoom;
use crate::config::MAX_SHARED_KEYS;
use crate::context::Context;
use crate::keys::Taken;
use crate::membership::OpId;
use crate::output::{Refusal, RoomEvent, SecurityEvent};
use crate::view::RoomState;
use crate::wire;

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// It is dealt with.
    Done,
    /// Its sender knows more of the room than we do, or we have not accepted yet: it has to wait for that.
    TooEarly,
}

impl MembersRoom {
    /// Somebody has sent its key. It counts when it is a member, by all that we and it know.
    pub(crate) fn key(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        key: &[u8],
        heads: &[OpId],
    ) -> Arrived {
        if !self.note_heads(ctx, from, heads) {
            return Arrived::TooEarly;
        }
        let room = self.id();
        if !self.is_member(&from) {
            // One who was removed, or let in by one who was, and does not know it is honest.
            if !self.log.names(&from) {
                ctx.security(SecurityEvent::KeyFromStranger { room, from });
            }
            return Arrived::Done;
        }
        if !self.view.state.hears() {
            return Arrived::Done;
        }
        self.nudge(ctx, from, heads);
        match self.keys.take(&mut ctx.keep(room), from, key) {
            Taken::New => self.drain(ctx),
            Taken::Known => {}
            Taken::Conflict => {
                ctx.security(SecurityEvent::KeyConflict { room, from });
                self.drain(ctx);
            }
            Taken::Malformed => ctx.security(SecurityEvent::Malformed { from }),
        }
        Arrived::Done
    }

    /// A member hands on keys of others: of those who are members or were, to one who has accepted. They
    /// never take the place of one that is there.
    pub(crate) fn history(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        keys: &[(NodeId, &[u8])],
    ) -> Arrived {
        let room = self.id();
        if !self.is_member(&from) {
            if !self.log.names(&from) {
                ctx.security(SecurityEvent::KeyFromStranger { room, from });
            }
            return Arrived::Done;
        }
        match self.view.state {
            RoomState::Member => {}
            RoomState::Invited { .. } => return Arrived::TooEarly,
            RoomState::Left | RoomState::Removed { .. } => return Arrived::Done,
        }
        let mut new = false;
        for (owner, key) in keys {
            // Our own are not for others to tell us.
            if *owner == ctx.me || !self.log.names(owner) {
                continue;
            }
            match self
                .keys
                .take_shared(&mut ctx.keep(room), *owner, from, key)
            {
                Taken::New => new = true,
                Taken::Known => {}
                Taken::Conflict => ctx.security(SecurityEvent::KeyConflict { room, from }),
                Taken::Malformed => ctx.security(SecurityEvent::Malformed { from }),
            }
        }
        if new {
            ctx.event(RoomEvent::HistoryShared { room, by: from });
            self.drain(ctx);
        }
        Arrived::Done
    }

    pub(crate) fn share_history(&self, ctx: &mut Context<'_>, who: NodeId) -> Result<(), Refusal> {
        self.speak()?;
        if !self.is_member(&who) {
            return Err(Refusal::TheyAreNotMember);
        }
        let keys = self.keys.export();
        for keys in keys.chunks(MAX_SHARED_KEYS) {
            ctx.carry(who, wire::HISTORY, wire::history(self.id(), keys));
        }
        Ok(())
    }
}
