//! Operations on the disk: as many in a row as [`BLOCK`] says.

use std::collections::BTreeMap;

use super::MembersRoom;
use crate::config::BLOCK;
use crate::context::Context;
use crate::membership::{OpId, SignedOp};
use crate::rows::RowKey;

impl MembersRoom {
    pub(super) fn store_ops(&mut self, ctx: &mut Context<'_>) {
        self.store_pending(ctx);
        let log = self.log.genesis().map(SignedOp::id);
        let len = self.log.len();
        let from = match log == self.stored_log {
            // They are only ever added to.
            true if len == self.stored => return,
            true => self.stored.min(len) / BLOCK,
            false => 0,
        };
        let ops: Vec<&SignedOp> = self.log.since(from * BLOCK).collect();
        let id = self.id();
        for (at, block) in ops.chunks(BLOCK).enumerate() {
            let key = RowKey::Ops(id, number(from + at));
            ctx.journal.put(key, block_row(block));
        }
        self.forget_ops(ctx, len.div_ceil(BLOCK));
        self.stored = len;
        self.stored_log = log;
    }

    /// Deletes the blocks that are on the disk, from one on.
    pub(super) fn forget_ops(&self, ctx: &mut Context<'_>, from: usize) {
        for block in from..self.stored.div_ceil(BLOCK) {
            ctx.journal.delete(RowKey::Ops(self.id(), number(block)));
        }
    }

    fn store_pending(&mut self, ctx: &mut Context<'_>) {
        let id = self.id();
        let pending = self.log.pending();
        let pending: BTreeMap<OpId, &SignedOp> = pending.map(|op| (op.id(), op)).collect();
        self.stored_pending.retain(|op| {
            let waits = pending.contains_key(op);
            if !waits {
                ctx.journal.delete(RowKey::PendingOp(id, *op));
            }
            waits
        });
        for (op, signed) in pending {
            if self.stored_pending.insert(op) {
                let row = signed.bytes().to_vec();
                ctx.journal.put(RowKey::PendingOp(id, op), row);
            }
        }
    }
}

fn number(block: usize) -> u32 {
    u32::try_from(block).unwrap_or(u32::MAX)
}

/// Each with its length before it, in the order in which they came.
fn block_row(ops: &[&SignedOp]) -> Vec<u8> {
    let mut row = Vec::new();
    for op in ops {
        let len = u32::try_from(op.bytes().len()).unwrap_or(u32::MAX);
        row.extend_from_slice(&len.to_be_bytes());
        row.extend_from_slice(op.bytes());
    }
    row
}

/// The operations of one row.
pub(crate) fn read_ops(mut row: &[u8]) -> Option<Vec<SignedOp>> {
    let mut ops = Vec::new();
    while !row.is_empty() {
        let (len, rest) = row.split_first_chunk()?;
        let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
        let (op, rest) = rest.split_at_checked(len)?;
        ops.push(SignedOp::decode(op).ok()?);
        row = rest;
    }
    Some(ops)
}
