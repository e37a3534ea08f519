//! What others say: to the person, or to this machine. Receipts, and complaints about what could not be
//! opened.

use tazcom_identity::NodeId;
use tazcom_proto::cbor::{self, CborError, Reader};
use tazcom_proto::inner::{Inner, InnerId, kind};
use tazcom_proto::{MessageId, UnixMillis};
use zeroize::Zeroizing;

use super::Direct;
use crate::event::SecurityEvent;
use crate::io::{Fate, Opened, Output};
use crate::outbox::wants_receipt;
use crate::row::RowKey;

impl Direct {
    /// A message that came for the first time.
    pub(super) fn told(&mut self, now: UnixMillis, who: NodeId, inner: Inner) {
        match inner.kind {
            kind::RECEIPT => self.receipt(now, who, &inner.body),
            kind::UNDECRYPTABLE => self.complaint(now, who, &inner.body),
            kind::HELLO => self.flush(now, who),
            _ => {
                self.owe(now, who, &inner);
                self.out.push_back(Output::Opened(Opened::new(inner)));
            }
        }
    }

    /// Its sender is to have a receipt, with others that come soon.
    pub(super) fn owe(&mut self, now: UnixMillis, who: NodeId, inner: &Inner) {
        let Some(peer) = self.peers.get_mut(&who) else {
            return;
        };
        if !wants_receipt(inner.kind) || peer.owed.contains(&inner.id) {
            return;
        }
        peer.owed.push(inner.id);
        let enough = peer.owed.len() >= self.config.receipt_ids;
        self.dirty.insert(RowKey::Peer(who));
        let at = now.after(self.config.receipt_gather);
        self.owing.entry(who).or_insert(at);
        if enough {
            self.send_receipt(now, who);
        }
    }

    pub(super) fn send_receipt(&mut self, now: UnixMillis, who: NodeId) {
        self.owing.remove(&who);
        let Some(peer) = self.peers.get_mut(&who) else {
            return;
        };
        let ids = std::mem::take(&mut peer.owed);
        self.dirty.insert(RowKey::Peer(who));
        if ids.is_empty() || self.blocked.contains(&who) {
            return;
        }
        let mut body = Zeroizing::new(Vec::with_capacity(8 + 18 * ids.len()));
        cbor::put_array(&mut body, ids.len());
        for id in &ids {
            cbor::put_bytes(&mut body, &id.0);
        }
        self.say_ourselves(now, who, kind::RECEIPT, body, None);
    }

    /// Somebody has messages of ours.
    fn receipt(&mut self, now: UnixMillis, who: NodeId, body: &[u8]) {
        let Ok(ids) = self.read_receipt(body) else {
            return self.security(SecurityEvent::Malformed { who });
        };
        for id in ids {
            // It cannot have what only we have: receipts and the like.
            let wanted = self
                .outbox
                .get(&who, &id)
                .is_some_and(|entry| entry.wants_receipt());
            if wanted && self.outbox.remove(&who, &id).is_some() {
                self.dirty.insert(RowKey::Outbox(who, id));
                let fate = Fate::Delivered;
                self.out.push_back(Output::Fate { to: who, id, fate });
            }
        }
        self.flush(now, who);
    }

    fn read_receipt(&self, body: &[u8]) -> Result<Vec<InnerId>, CborError> {
        let mut reader = Reader::new(body);
        let len = usize::try_from(reader.array()?).map_err(|_| CborError::Range)?;
        if len > self.config.receipt_ids {
            return Err(CborError::Range);
        }
        let id = |_| {
            Ok(InnerId(
                reader.bytes()?.try_into().map_err(|_| CborError::Range)?,
            ))
        };
        let ids = (0..len).map(id).collect::<Result<_, CborError>>()?;
        reader.finish()?;
        Ok(ids)
    }

    /// Somebody could not open something of ours. It is sealed anew, in a younger ratchet.
    fn complaint(&mut self, now: UnixMillis, who: NodeId, body: &[u8]) {
        let mut reader = Reader::new(body);
        let name = reader.bytes().ok().and_then(|name| name.try_into().ok());
        let Some(name) = name.filter(|_| reader.finish().is_ok()) else {
            return self.security(SecurityEvent::Malformed { who });
        };
        if let Some(id) = self.outbox.named(&who, &MessageId::from_bytes(name)) {
            self.outbox.unseal(&who, &id);
            self.dirty.insert(RowKey::Outbox(who, id));
        }
        self.flush(now, who);
    }

    /// Something of somebody could not be opened. It is told so, once.
    pub(super) fn complain(&mut self, now: UnixMillis, who: NodeId, name: MessageId) {
        if !self.meet(now, who) {
            return self.security(SecurityEvent::TooMuch { who });
        }
        let Some(peer) = self.peers.get_mut(&who) else {
            return;
        };
        match peer.complain(now, name, &self.config) {
            Some(true) => {
                let after = peer.for_complaints(now, &self.config);
                self.dirty.insert(RowKey::Peer(who));
                let mut body = Zeroizing::new(Vec::with_capacity(40));
                cbor::put_bytes(&mut body, name.as_bytes());
                self.say_ourselves(now, who, kind::UNDECRYPTABLE, body, after);
            }
            Some(false) => {}
            None => self.security(SecurityEvent::TooMuch { who }),
        }
    }
}
