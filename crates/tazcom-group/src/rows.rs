//! What is kept between runs: rows of keys and values.

use std::collections::BTreeMap;
use std::fmt;

use tazcom_identity::NodeId;
use tazcom_proto::MessageId;
use tazcom_proto::inner::SealedRoomId;
use zeroize::Zeroizing;

use crate::membership::OpId;

/// One thing to be kept. The driver writes all rows of a step in one transaction, together with what
/// the step put out, and carries that out only then.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// Under which key; begins with `group/`.
    pub key: Vec<u8>,
    /// What is kept there from now on; nothing is when it is none.
    pub value: Option<Zeroizing<Vec<u8>>>,
}

/// Says nothing of what is in it.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = self.value.as_ref().map(|value| value.len());
        write!(f, "Row({len:?} bytes)")
    }
}

const PREFIX: &[u8] = b"group/";

/// Under which key something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowKey {
    /// What we are in a room.
    Room(SealedRoomId),
    /// Some of its operations, by the number of the block.
    Ops(SealedRoomId, u32),
    /// An operation that waits for those it builds on.
    PendingOp(SealedRoomId, OpId),
    /// A key of a member.
    Session(SealedRoomId, NodeId, [u8; 32]),
    /// Which messages were opened with it.
    Seen(SealedRoomId, NodeId, [u8; 32]),
    /// A message that waits for its key.
    Waiting(SealedRoomId, MessageId),
    /// A passphrase room.
    Shared(SealedRoomId),
    /// Some of the messages that were shown there, by the number of the block.
    Shown(SealedRoomId, u64),
    /// A direct message that came too early.
    Held(u64),
}

impl RowKey {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = PREFIX.to_vec();
        let mut put = |kind: u8, parts: &[&[u8]]| {
            out.push(kind);
            parts.iter().for_each(|part| out.extend_from_slice(part));
        };
        match self {
            Self::Room(room) => put(b'r', &[&room.0]),
            Self::Ops(room, block) => put(b'o', &[&room.0, &block.to_be_bytes()]),
            Self::PendingOp(room, op) => put(b'q', &[&room.0, &op.0]),
            Self::Session(room, owner, id) => put(b's', &[&room.0, owner.as_bytes(), id]),
            Self::Seen(room, owner, id) => put(b'i', &[&room.0, owner.as_bytes(), id]),
            Self::Waiting(room, id) => put(b'w', &[&room.0, id.as_bytes()]),
            Self::Shared(room) => put(b'p', &[&room.0]),
            Self::Shown(room, block) => put(b'm', &[&room.0, &block.to_be_bytes()]),
            Self::Held(number) => put(b'h', &[&number.to_be_bytes()]),
        }
        out
    }

    /// None when it is no key of ours.
    pub(crate) fn decode(key: &[u8]) -> Option<Self> {
        let (kind, rest) = key.strip_prefix(PREFIX)?.split_first()?;
        let mut rest = Parts(rest);
        let key = match kind {
            b'r' => Self::Room(rest.room()?),
            b'o' => Self::Ops(rest.room()?, u32::from_be_bytes(rest.take()?)),
            b'q' => Self::PendingOp(rest.room()?, OpId(rest.take()?)),
            b's' => Self::Session(rest.room()?, NodeId::from_bytes(rest.take()?), rest.take()?),
            b'i' => Self::Seen(rest.room()?, NodeId::from_bytes(rest.take()?), rest.take()?),
            b'w' => Self::Waiting(rest.room()?, MessageId::from_bytes(rest.take()?)),
            b'p' => Self::Shared(rest.room()?),
            b'm' => Self::Shown(rest.room()?, u64::from_be_bytes(rest.take()?)),
            b'h' => Self::Held(u64::from_be_bytes(rest.take()?)),
            _ => return None,
        };
        rest.0.is_empty().then_some(key)
    }
}

struct Parts<'a>(&'a [u8]);

impl Parts<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (part, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*part)
    }

    fn room(&mut self) -> Option<SealedRoomId> {
        Some(SealedRoomId(self.take()?))
    }
}

/// The rows that have changed since they were last taken; of each the last value counts.
#[derive(Default)]
pub(crate) struct Journal(BTreeMap<RowKey, Option<Zeroizing<Vec<u8>>>>);

impl Journal {
    pub(crate) fn put(&mut self, key: RowKey, value: impl Into<Zeroizing<Vec<u8>>>) {
        self.0.insert(key, Some(value.into()));
    }

    pub(crate) fn delete(&mut self, key: RowKey) {
        self.0.insert(key, None);
    }

    pub(crate) fn take(&mut self) -> Vec<Row> {
        let rows = std::mem::take(&mut self.0).into_iter();
        let row = |(key, value): (RowKey, _)| Row {
            key: key.encode(),
            value,
        };
        rows.map(row).collect()
    }
}
