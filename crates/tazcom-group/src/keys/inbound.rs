//! One session whose messages can be opened.

use std::collections::BTreeMap;

use tazcom_identity::NodeId;
use tazcom_proto::{MessageId, UnixMillis};
use vodozemac::megolm::InboundGroupSession;
use zeroize::Zeroizing;

use super::{SessionId, import};

/// Bytes that a message takes among those that were opened: its index, and what it is called.
const SEEN_LEN: usize = 4 + 32;

pub(crate) struct Inbound {
    /// Who handed it over, when it was not the owner.
    pub(crate) shared_by: Option<NodeId>,
    pub(super) since: UnixMillis,
    pub(super) session: InboundGroupSession,
    pub(super) seen: BTreeMap<u32, MessageId>,
}

impl Inbound {
    pub(super) fn exported(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.session.export_at_first_known_index().to_bytes())
    }

    pub(super) fn row(&self, owner: NodeId) -> Zeroizing<Vec<u8>> {
        let exported = self.exported();
        let mut row = Zeroizing::new(Vec::with_capacity(40 + exported.len()));
        row.extend_from_slice(&self.since.0.to_be_bytes());
        // Nobody hands on its own key: the owner's id stands for none.
        row.extend_from_slice(self.shared_by.unwrap_or(owner).as_bytes());
        row.extend_from_slice(&exported);
        row
    }

    /// Reads what [`row`](Self::row) wrote.
    pub(super) fn restore(owner: NodeId, row: &[u8]) -> Option<(SessionId, Self)> {
        let (since, row) = row.split_first_chunk()?;
        let (shared_by, exported) = row.split_first_chunk()?;
        let (id, session) = import(exported)?;
        let shared_by = NodeId::from_bytes(*shared_by);
        let inbound = Self {
            shared_by: (shared_by != owner).then_some(shared_by),
            since: UnixMillis(u64::from_be_bytes(*since)),
            session,
            seen: BTreeMap::new(),
        };
        Some((id, inbound))
    }

    /// All that was opened, in one row: there are as many of them as sessions, not as messages.
    pub(super) fn seen_row(&self) -> Vec<u8> {
        let mut row = Vec::with_capacity(SEEN_LEN * self.seen.len());
        for (index, name) in &self.seen {
            row.extend_from_slice(&index.to_be_bytes());
            row.extend_from_slice(name.as_bytes());
        }
        row
    }

    /// Reads what [`seen_row`](Self::seen_row) wrote.
    pub(super) fn restore_seen(&mut self, row: &[u8]) -> Option<()> {
        for one in row.chunks(SEEN_LEN) {
            let (index, name) = one.split_first_chunk()?;
            let name = MessageId::from_bytes(name.try_into().ok()?);
            self.seen.insert(u32::from_be_bytes(*index), name);
        }
        Some(())
    }
}
