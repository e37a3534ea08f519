//! Envelopes that came before the keys of their author: they begin a ratchet with another key than it is
//! known to have, because it lost what was on its disk; or they could not be opened, and there is no way
//! yet to say so.

use std::collections::BTreeMap;

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::{Envelope, MessageId, UnixMillis, VerifiedEnvelope};
use zeroize::Zeroizing;

pub(crate) struct Aside {
    most_of_one: usize,
    most: usize,
    envelopes: BTreeMap<MessageId, VerifiedEnvelope>,
}

impl Aside {
    pub(crate) const fn new(most_of_one: usize, most: usize) -> Self {
        Self {
            most_of_one,
            most,
            envelopes: BTreeMap::new(),
        }
    }

    /// Whether there was room.
    pub(crate) fn put(&mut self, envelope: VerifiedEnvelope) -> bool {
        let author = envelope.author();
        let of_one = self
            .envelopes
            .values()
            .filter(|other| other.author() == author);
        if of_one.count() >= self.most_of_one || self.envelopes.len() >= self.most {
            return false;
        }
        self.envelopes.insert(envelope.id(), envelope);
        true
    }

    pub(crate) fn has(&self, id: &MessageId) -> bool {
        self.envelopes.contains_key(id)
    }

    /// Those of one author, in its order.
    pub(crate) fn take(&mut self, who: &NodeId) -> Vec<VerifiedEnvelope> {
        let taken = self
            .envelopes
            .extract_if(.., |_, envelope| envelope.author() == *who);
        let mut taken: Vec<_> = taken.map(|(_, envelope)| envelope).collect();
        taken.sort_by_key(|envelope| envelope.order_key());
        taken
    }

    /// Forgets those whose time is over.
    pub(crate) fn sweep(&mut self, now: UnixMillis) -> Vec<MessageId> {
        let over = self
            .envelopes
            .extract_if(.., |_, envelope| envelope.expires() <= now);
        over.map(|(id, _)| id).collect()
    }

    pub(crate) fn encode(&self, id: &MessageId) -> Option<Zeroizing<Vec<u8>>> {
        Some(Zeroizing::new(self.envelopes.get(id)?.bytes().to_vec()))
    }

    /// It was verified before it was put aside. None when it is no envelope.
    pub(crate) fn restore(&mut self, row: &[u8]) -> Option<()> {
        let envelope = Envelope::decode(Bytes::copy_from_slice(row)).ok()?;
        self.envelopes
            .insert(envelope.id(), envelope.assume_verified());
        Some(())
    }
}
