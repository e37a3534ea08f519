//! A room of members, as one of them keeps it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use tazcom_proto::cbor::{self, CborError, Reader};
use tazcom_proto::inner::SealedRoomId;

use crate::config::{Config, MAX_MEMBERS};
use crate::context::Context;
use crate::keys::KeyRing;
use crate::membership::{Action, Membership, Op, OpId, OpLog, SignedOp, fixed, tuple};
use crate::rows::RowKey;
use crate::view::{Member, RoomKind, RoomState, RoomView};

mod ask;
mod change;
mod give;
mod open;
mod say;
mod settle;
mod store;

use ask::Lack;
pub(crate) use give::Arrived;
use open::Waiting;
use say::Outbound;
pub(crate) use say::inner_of;
pub(crate) use store::read_ops;

/// What relays see of a room: derived from its id, and worth nothing without it.
const TAG: &str = "tazcom v2 private room: tag of its id";

pub(crate) struct MembersRoom {
    pub(crate) view: RoomView,
    pub(crate) tag: [u8; 32],
    log: OpLog,
    membership: Membership,
    /// How many operations are on the disk and of which log, and those that wait there.
    stored: usize,
    stored_log: Option<OpId>,
    stored_pending: BTreeSet<OpId>,
    /// Members known to know all removals that we know.
    aware: BTreeSet<NodeId>,
    /// Never kept: after a restart a new session is begun, so that no index is used twice whatever
    /// became of the disk.
    outbound: Option<Outbound>,
    keys: KeyRing,
    waiting: VecDeque<Waiting>,
    lack: Option<Lack>,
    /// When members were last told that they lack something.
    nudged: BTreeMap<NodeId, UnixMillis>,
    /// Since when members were sent what they lack, and how many direct messages with it.
    answered: BTreeMap<NodeId, (UnixMillis, usize)>,
    /// Who invited us, while nothing proves it.
    pub(crate) inviter: Option<NodeId>,
    /// Invited, and it is not known yet whether by somebody who can.
    pub(crate) unproven: bool,
}

pub(crate) fn tag_of(id: SealedRoomId) -> [u8; 32] {
    blake3::derive_key(TAG, &id.0)
}

impl MembersRoom {
    /// A new room, of which we are the creator and only member.
    pub(crate) fn create(
        ctx: &mut Context<'_>,
        id: SealedRoomId,
        name: String,
        topic: String,
    ) -> Self {
        let genesis = Op {
            room: id,
            author: ctx.me,
            lamport: 0,
            parents: Vec::new(),
            action: Action::Genesis {
                generation: 0,
                name,
                topic,
                members: vec![(ctx.me, true)],
            },
        };
        let mut room = Self::begin(ctx.config, id, genesis.sign(ctx.key));
        room.view.state = RoomState::Member;
        room.settle(ctx, 0, false);
        room
    }

    /// A room that begins with this operation, in which we are nothing yet.
    pub(crate) fn begin(config: &Config, id: SealedRoomId, genesis: SignedOp) -> Self {
        Self {
            view: RoomView {
                id,
                name: String::new(),
                topic: String::new(),
                kind: RoomKind::Members,
                state: RoomState::Left,
                members: Vec::new(),
                removed_may_read: false,
                epoch: 0,
                known_since: UnixMillis(0),
                last_change_by: None,
            },
            tag: tag_of(id),
            log: OpLog::begin(genesis, config),
            membership: Membership::default(),
            stored: 0,
            stored_log: None,
            stored_pending: BTreeSet::new(),
            aware: BTreeSet::new(),
            outbound: None,
            keys: KeyRing::default(),
            waiting: VecDeque::new(),
            lack: None,
            nudged: BTreeMap::new(),
            answered: BTreeMap::new(),
            inviter: None,
            unproven: false,
        }
    }

    pub(crate) const fn id(&self) -> SealedRoomId {
        self.view.id
    }

    pub(crate) fn is_member(&self, who: &NodeId) -> bool {
        self.membership.members.contains_key(who)
    }

    /// Whether an invitation that nothing proves yet may still be proven by what is under way.
    pub(crate) const fn is_promising(&self) -> bool {
        self.lack.is_some()
    }

    fn is_admin(&self, who: &NodeId) -> bool {
        let standing = self.membership.members.get(who);
        standing.is_some_and(|standing| standing.admin)
    }

    /// All members but ourselves.
    fn others(&self, me: NodeId) -> Vec<NodeId> {
        let members = self.membership.members.keys();
        members.copied().filter(|member| *member != me).collect()
    }

    /// Shows what has become of it, and keeps that.
    fn refresh(&mut self, ctx: &mut Context<'_>) {
        self.show(ctx.me);
        ctx.journal.put(RowKey::Room(self.id()), self.row());
    }

    fn show(&mut self, me: NodeId) {
        let membership = &self.membership;
        self.view.name.clone_from(&membership.name);
        self.view.topic.clone_from(&membership.topic);
        let members = membership.members.iter().map(|(id, standing)| Member {
            id: *id,
            admin: standing.admin,
            by: standing.by,
        });
        self.view.members = members.collect();
        let ever_removed = self.has_removals();
        let mut others = membership.members.keys().filter(|member| **member != me);
        self.view.removed_may_read =
            ever_removed && others.any(|member| !self.aware.contains(member));
    }

    /// Whether there is a removal that members have to know of. A log that was begun anew stands for
    /// all of them that came before.
    fn has_removals(&self) -> bool {
        let generation = self.log.genesis().and_then(SignedOp::generation);
        let removals = &self.membership.removals;
        generation != Some(0) || removals.without(&self.log.past_of(&[])).next().is_some()
    }

    fn row(&self) -> Vec<u8> {
        let mut row = Vec::with_capacity(256);
        cbor::put_array(&mut row, 7);
        let (state, by) = match self.view.state {
            RoomState::Member => (0, None),
            RoomState::Invited { by } => (1, Some(by)),
            RoomState::Left => (2, None),
            RoomState::Removed { by } => (3, Some(by)),
        };
        cbor::put_uint(&mut row, state);
        let mut put_id = |id: Option<NodeId>| match id {
            Some(id) => cbor::put_bytes(&mut row, id.as_bytes()),
            None => cbor::put_null(&mut row),
        };
        put_id(by);
        put_id(self.view.last_change_by);
        cbor::put_uint(&mut row, self.view.epoch);
        cbor::put_uint(&mut row, self.view.known_since.0);
        cbor::put_uint(&mut row, u64::from(self.unproven));
        cbor::put_array(&mut row, self.aware.len());
        for id in &self.aware {
            cbor::put_bytes(&mut row, id.as_bytes());
        }
        row
    }

    /// Reads what [`row`](Self::row) wrote. The operations are there already.
    pub(crate) fn restore(&mut self, me: NodeId, row: &[u8]) -> Result<(), CborError> {
        let mut reader = Reader::new(row);
        tuple(&mut reader, 7)?;
        let state = reader.uint()?;
        let mut id = || match reader.null() {
            true => Ok(None),
            false => fixed(&mut reader).map(|id| Some(NodeId::from_bytes(id))),
        };
        let (by, last_change_by) = (id()?, id()?);
        self.view.state = match (state, by) {
            (0, None) => RoomState::Member,
            (1, Some(by)) => RoomState::Invited { by },
            (2, None) => RoomState::Left,
            (3, Some(by)) => RoomState::Removed { by },
            _ => return Err(CborError::Range),
        };
        self.view.last_change_by = last_change_by;
        self.view.epoch = reader.uint()?;
        self.view.known_since = UnixMillis(reader.uint()?);
        self.unproven = reader.uint()? == 1;
        let len = reader.array()?;
        if len > u64::try_from(MAX_MEMBERS).unwrap_or(u64::MAX) {
            return Err(CborError::Range);
        }
        for _ in 0..len {
            self.aware.insert(NodeId::from_bytes(fixed(&mut reader)?));
        }
        reader.finish()?;
        self.membership = self.log.resolve();
        self.show(me);
        Ok(())
    }

    /// Puts an operation from the disk back into its place.
    pub(crate) fn restore_op(&mut self, op: SignedOp) {
        self.stored += 1;
        self.stored_log = self.log.genesis().map(SignedOp::id);
        self.log.restore(op);
    }

    /// Puts back an operation that waits for those it builds on; they are asked for again.
    pub(crate) fn restore_pending(&mut self, op: SignedOp) {
        self.stored_pending.insert(op.id());
        self.ask_after_restart(op.op().author);
        self.log.restore(op);
    }

    pub(crate) const fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// How many messages wait for their key.
    pub(crate) fn waits(&self) -> usize {
        self.waiting.len()
    }

    /// Whose invitation it is that we have not answered.
    pub(crate) fn invited_by(&self) -> Option<NodeId> {
        match self.view.state {
            RoomState::Invited { by } => Some(by),
            _ if self.unproven => self.inviter.or_else(|| self.log.creator()),
            _ => None,
        }
    }

    pub(crate) const fn keys_mut(&mut self) -> &mut KeyRing {
        &mut self.keys
    }

    /// Deletes all of it from the disk.
    pub(crate) fn forget(&mut self, ctx: &mut Context<'_>) {
        let id = self.id();
        self.keys.clear(&mut ctx.keep(id));
        self.forget_ops(ctx, 0);
        for op in &self.stored_pending {
            ctx.journal.delete(RowKey::PendingOp(id, *op));
        }
        self.forget_waiting(ctx);
        ctx.journal.delete(RowKey::Room(id));
    }

    fn forget_waiting(&mut self, ctx: &mut Context<'_>) {
        let id = self.id();
        for waiting in self.waiting.drain(..) {
            ctx.journal
                .delete(RowKey::Waiting(id, waiting.envelope.id()));
        }
    }
}
