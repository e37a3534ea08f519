//! Envelopes that the engine may still want to send.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use bytes::Bytes;
use tazcom_proto::MessageId;

#[derive(Debug)]
pub(super) struct Kept {
    envelopes: HashMap<MessageId, (Bytes, Instant)>,
    /// In the order in which they came, and so in that in which they end.
    order: VecDeque<(Instant, MessageId)>,
    bytes: usize,
    max_bytes: usize,
}

impl Kept {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            envelopes: HashMap::new(),
            order: VecDeque::new(),
            bytes: 0,
            max_bytes,
        }
    }

    pub(super) fn put(&mut self, id: MessageId, envelope: Bytes, until: Instant) {
        self.bytes += envelope.len();
        if let Some((before, _)) = self.envelopes.insert(id, (envelope, until)) {
            self.bytes -= before.len();
        }
        self.order.push_back((until, id));
        while self.bytes > self.max_bytes && self.drop_first() {}
    }

    pub(super) fn get(&self, id: &MessageId) -> Option<Bytes> {
        self.envelopes.get(id).map(|(envelope, _)| envelope.clone())
    }

    pub(super) fn forget(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(until, _)| *until <= now) && self.drop_first() {}
    }

    /// Drops the one that ends first; not when it has been put again since.
    fn drop_first(&mut self) -> bool {
        let Some((until, id)) = self.order.pop_front() else {
            return false;
        };
        if self.envelopes.get(&id).is_some_and(|kept| kept.1 <= until)
            && let Some((envelope, _)) = self.envelopes.remove(&id)
        {
            self.bytes -= envelope.len();
        }
        true
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}
