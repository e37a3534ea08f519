//! Reading back what was kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use tazcom_identity::SecretKey;
use tazcom_proto::inner::SealedRoomId;
use zeroize::Zeroizing;

use super::{Groups, Room};
use crate::config::Config;
use crate::membership::SignedOp;
use crate::room::{MembersRoom, read_ops};
use crate::rows::RowKey;
use crate::shared::SharedRoom;

/// Why rows are not those of this machine. Nothing was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// A key that is none of ours.
    #[error("a row of private rooms has a key that belongs to nothing")]
    Key,
    /// A value that cannot be read, or belongs to nothing.
    #[error("a row of private rooms cannot be read")]
    Value,
}

type Values = Vec<(RowKey, Zeroizing<Vec<u8>>)>;

impl Groups {
    /// The machine as it was when these rows were kept: all those whose keys begin with `group/`. Each
    /// room is sealed with a new key from here on.
    ///
    /// # Errors
    /// [`RestoreError`] when they are not what [`take_rows`](Self::take_rows) gave.
    pub fn restore(
        key: Arc<SecretKey>,
        config: Config,
        seed: [u8; 32],
        rows: impl IntoIterator<Item = (Vec<u8>, Zeroizing<Vec<u8>>)>,
    ) -> Result<Self, RestoreError> {
        let mut groups = Self::new(key, config, seed);
        let mut ops: BTreeMap<SealedRoomId, BTreeMap<u32, Vec<SignedOp>>> = BTreeMap::new();
        let mut later = Values::new();
        for (key, value) in rows {
            let key = RowKey::decode(&key).ok_or(RestoreError::Key)?;
            match key {
                RowKey::Ops(room, block) => {
                    let read = read_ops(&value).ok_or(RestoreError::Value)?;
                    if read.is_empty() || read.iter().any(|op| op.op().room != room) {
                        return Err(RestoreError::Value);
                    }
                    ops.entry(room).or_default().insert(block, read);
                }
                RowKey::Held(number) => {
                    let restored = groups.held.restore(number, &value);
                    restored.map_err(|_| RestoreError::Value)?;
                }
                RowKey::Shared(id) => {
                    let room = SharedRoom::restore(id, &value);
                    let room = room.map_err(|_| RestoreError::Value)?;
                    groups.rooms.insert(id, Room::Shared(Box::new(room)));
                }
                _ => later.push((key, value)),
            }
        }
        for (id, ops) in ops {
            groups.restore_room(id, ops.into_values().flatten())?;
        }
        // Rooms before their sessions, and sessions before what was opened with them.
        later.sort_by_key(|(key, _)| *key);
        for (key, value) in later {
            groups
                .restore_part(key, &value)
                .ok_or(RestoreError::Value)?;
        }
        for (id, from) in groups.held.senders() {
            if let Some(Room::Members(room)) = groups.rooms.get_mut(&id) {
                room.ask_after_restart(from);
            }
        }
        Ok(groups)
    }

    fn restore_room(
        &mut self,
        id: SealedRoomId,
        ops: impl Iterator<Item = SignedOp>,
    ) -> Result<(), RestoreError> {
        let mut room: Option<MembersRoom> = None;
        for op in ops {
            let room = room.get_or_insert_with(|| MembersRoom::begin(&self.config, id, op.clone()));
            room.restore_op(op);
        }
        let room = room.ok_or(RestoreError::Value)?;
        self.rooms.insert(id, Room::Members(Box::new(room)));
        Ok(())
    }

    fn restore_part(&mut self, key: RowKey, value: &[u8]) -> Option<()> {
        let (RowKey::Room(id)
        | RowKey::PendingOp(id, _)
        | RowKey::Session(id, ..)
        | RowKey::Seen(id, ..)
        | RowKey::Waiting(id, _)
        | RowKey::Shown(id, ..)) = key
        else {
            return None;
        };
        match (key, self.rooms.get_mut(&id)?) {
            (RowKey::Room(_), Room::Members(room)) => room.restore(self.me, value).ok(),
            (RowKey::PendingOp(..), Room::Members(room)) => {
                room.restore_pending(SignedOp::decode(value).ok()?);
                Some(())
            }
            (RowKey::Session(_, owner, id), Room::Members(room)) => {
                room.keys_mut().restore((owner, id), value)
            }
            (RowKey::Seen(_, owner, id), Room::Members(room)) => {
                room.keys_mut().restore_seen(&(owner, id), value)
            }
            (RowKey::Waiting(..), Room::Members(room)) => room.restore_waiting(value),
            (RowKey::Shown(_, block), Room::Shared(room)) => room.restore_shown(block, value),
            _ => None,
        }
    }
}
