//! Between runs: rows out, and the machine again from them.

use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use tazcom_proto::cbor::CborError;
use zeroize::Zeroizing;

use super::Direct;
use crate::config::Config;
use crate::own_keys::OwnKeys;
use crate::peer::Peer;
use crate::ratchet::Ratchet;
use crate::row::{RestoreError, Row, RowKey};
use crate::seen::Changed;

impl Direct {
    /// The machine again, from the rows whose keys begin with `direct/`. Without any it is
    /// [`new`](Self::new). `seed` must be another one than before.
    ///
    /// # Errors
    /// [`RestoreError`] when these are not rows that a machine gave.
    pub fn restore(
        me: NodeId,
        config: Config,
        seed: [u8; 32],
        rows: impl IntoIterator<Item = (Vec<u8>, Zeroizing<Vec<u8>>)>,
    ) -> Result<Self, RestoreError> {
        let mut direct = Self::new(me, config, seed);
        let (mut keys, mut ratchets, mut some) = (None, Vec::new(), false);
        for (key, row) in rows {
            some = true;
            match RowKey::decode(&key).ok_or(RestoreError::UnknownRow)? {
                RowKey::Keys => keys = Some(OwnKeys::decode(&row)?),
                RowKey::Peer(who) => {
                    direct.peers.insert(who, Peer::decode(&row)?);
                }
                // Its peer may come after it.
                RowKey::Ratchet(who, number) => {
                    ratchets.push((who, Ratchet::decode(number, &row)?));
                }
                RowKey::Outbox(who, id) => direct.outbox.restore(who, id, &row)?,
                RowKey::Floor(who) => direct.seen.restore_floor(who, &row)?,
                RowKey::Seen(who, id) => direct.seen.restore(who, id, &row)?,
                RowKey::Aside(_) => {
                    let restored = direct.aside.restore(&row);
                    restored.ok_or(RestoreError::Row(CborError::Range))?;
                }
            }
        }
        if !some {
            return Ok(direct);
        }
        direct.keys = keys.ok_or(RestoreError::NoKeys)?;
        ratchets.sort_by_key(|(_, ratchet)| ratchet.number);
        for (who, ratchet) in ratchets {
            let peer = direct.peers.get_mut(&who).ok_or(RestoreError::Orphan)?;
            peer.ratchets.push(ratchet);
        }
        direct.outbox.settle();
        direct.seen.settle();
        direct.dirty.clear();
        // What was to happen soon happens at once.
        let owed = direct
            .peers
            .iter()
            .filter(|(_, peer)| !peer.owed.is_empty());
        direct.owing = owed.map(|(who, _)| (*who, UnixMillis(0))).collect();
        direct.retry = direct
            .outbox
            .with_waiting()
            .map(|who| (who, UnixMillis(0)))
            .collect();
        Ok(direct)
    }

    /// The rows that have changed since the last time.
    pub fn take_rows(&mut self) -> Vec<Row> {
        for changed in self.seen.take_changed() {
            self.dirty.insert(match changed {
                Changed::Floor(who) => RowKey::Floor(who),
                Changed::Seen(who, id) => RowKey::Seen(who, id),
            });
        }
        let dirty = std::mem::take(&mut self.dirty);
        let row = |key: RowKey| Row {
            value: self.value(&key),
            key: key.encode(),
        };
        dirty.into_iter().map(row).collect()
    }

    /// What is to be kept under a key; none when that is nothing any more.
    fn value(&self, key: &RowKey) -> Option<Zeroizing<Vec<u8>>> {
        match key {
            RowKey::Keys => Some(self.keys.encode()),
            RowKey::Peer(who) => Some(self.peers.get(who)?.encode()),
            RowKey::Ratchet(who, number) => {
                let mut ratchets = self.peers.get(who)?.ratchets.iter();
                let ratchet = ratchets.find(|ratchet| ratchet.number == *number)?;
                Some(ratchet.encode())
            }
            RowKey::Outbox(who, id) => self.outbox.encode(who, id),
            RowKey::Floor(who) => self.seen.encode_floor(who),
            RowKey::Seen(who, id) => self.seen.encode(who, id),
            RowKey::Aside(id) => self.aside.encode(id),
        }
    }
}
