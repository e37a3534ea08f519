//! What comes in direct messages.

use std::collections::BTreeMap;

use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use tazcom_proto::inner::SealedRoomId;

use super::{Groups, Room};
use crate::held::Message;
use crate::membership::{Action, SignedOp};
use crate::output::{Output, SecurityEvent};
use crate::room::{Arrived, MembersRoom};
use crate::wire::Carried;

impl Groups {
    /// A direct message came. It is dropped when it is not what they are, and when its sender is
    /// blocked and wants us in a room.
    pub(super) fn carried(&mut self, now: UnixMillis, mut message: Message) {
        let from = message.from;
        if from == self.me {
            return;
        }
        let body = std::mem::take(&mut message.body);
        let (id, said) = match Carried::decode(message.kind, &body) {
            Ok(Some(said)) => said,
            Ok(None) => return,
            Err(_) => {
                let malformed = SecurityEvent::Malformed { from };
                self.out.push_back(Output::Security(malformed));
                return;
            }
        };
        message.room = id;
        if !self.rooms.contains_key(&id) && !self.begin(now, &message, &said) {
            // It may be that the invitation is still under way.
            if !self.blocked.contains(&from) {
                message.body.clone_from(&body);
                self.held.hold(&self.config, &mut self.journal, message);
            }
            return;
        }
        let (rooms, mut ctx) = self.split(now);
        let Some(Room::Members(room)) = rooms.get_mut(&id) else {
            return;
        };
        let mut changed = false;
        match said {
            Carried::Operations { ops, heads } => {
                room.operations(&mut ctx, from, &ops, &heads);
                changed = true;
            }
            Carried::Heads(heads) => room.heads(&mut ctx, from, &heads),
            Carried::Key { key, heads } => {
                if room.key(&mut ctx, from, key, &heads) == Arrived::TooEarly {
                    message.body.clone_from(&body);
                    self.held.hold(&self.config, &mut self.journal, message);
                }
            }
            Carried::History(keys) => {
                if room.history(&mut ctx, from, &keys) == Arrived::TooEarly {
                    message.body.clone_from(&body);
                    self.held.hold(&self.config, &mut self.journal, message);
                }
            }
        }
        if changed {
            self.release(now, id);
        }
    }

    /// Begins a room that we do not know, when somebody in it says that we are a member. Until that is
    /// proven, nothing is shown of it.
    fn begin(&mut self, now: UnixMillis, message: &Message, said: &Carried<'_>) -> bool {
        let Carried::Operations { ops, .. } = said else {
            return false;
        };
        let ops = ops.iter().filter_map(|op| SignedOp::decode(op).ok());
        let ops: Vec<SignedOp> = ops.filter(|op| op.op().room == message.room).collect();
        let genesis = ops.iter().find(|op| op.generation().is_some());
        let Some(genesis) = genesis.filter(|genesis| genesis.verify().is_ok()) else {
            return false;
        };
        let me = self.me;
        let named = |op: &&SignedOp| match &op.op().action {
            Action::Add { who, .. } => *who == me && op.op().author == message.from,
            // A log that was begun after we were let in.
            Action::Genesis { members, .. } => {
                op.op().author == message.from && members.iter().any(|(who, _)| *who == me)
            }
            _ => false,
        };
        if !ops.iter().any(|op| named(&op))
            || self.blocked.contains(&message.from)
            || !self.make_place_for_invitation(now, message.from)
            || self.make_room(now).is_err()
        {
            return false;
        }
        let mut room = MembersRoom::begin(&self.config, message.room, genesis.clone());
        room.unproven = true;
        room.inviter = Some(message.from);
        let (rooms, mut ctx) = self.split(now);
        room.settle(&mut ctx, 0, false);
        rooms.insert(message.room, Room::Members(Box::new(room)));
        true
    }

    /// Whether there is a place for an invitation of somebody. When all are taken, the last of whoever
    /// has most gives way to one who has fewer.
    fn make_place_for_invitation(&mut self, now: UnixMillis, by: NodeId) -> bool {
        let mut of: BTreeMap<NodeId, Vec<(UnixMillis, SealedRoomId)>> = BTreeMap::new();
        for room in self.rooms.values().filter_map(Room::members) {
            if let Some(inviter) = room.invited_by() {
                let unanswered = of.entry(inviter).or_default();
                unanswered.push((room.view.known_since, room.id()));
            }
        }
        let own = of.get(&by).map_or(0, Vec::len);
        if own >= self.config.max_invitations_each {
            return false;
        }
        if of.values().map(Vec::len).sum::<usize>() < self.config.max_invitations {
            return true;
        }
        let busiest = of.into_values().max_by_key(Vec::len).unwrap_or_default();
        match busiest.iter().max() {
            // One more of the same would be turned out again at once.
            Some((_, last)) if busiest.len() > own + 1 => {
                self.forget(now, *last);
                true
            }
            _ => false,
        }
    }

    /// What came too early for a room is tried again, and the room itself looked at.
    pub(super) fn release(&mut self, now: UnixMillis, id: SealedRoomId) {
        for message in self.held.release(&mut self.journal, id) {
            self.carried(now, message);
        }
        let (rooms, mut ctx) = self.split(now);
        let Some(Room::Members(room)) = rooms.get_mut(&id) else {
            return;
        };
        match room.unproven && !room.is_promising() {
            true => self.forget(now, id),
            false => room.drain(&mut ctx),
        }
    }
}
