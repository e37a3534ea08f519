//! Messages that a peer wants of us, at the pace that it is allowed.

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::limits::{MAX_SYNC_ENVELOPES, MAX_SYNC_ENVELOPES_LEN};
use tazcom_proto::sync::SyncFrame;
use tazcom_proto::{MessageId, VerifiedEnvelope};

use super::Gossip;
use crate::io::{Class, Output};
use crate::session::Serving;

impl Gossip {
    /// A peer wants messages. It has one wish at a time.
    pub(super) fn want(&mut self, peer: NodeId, number: u64, mut ids: Vec<MessageId>) {
        let (now, repair) = (self.now, &self.config.repair);
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        if session.mend.serving.is_some() {
            self.stats.session_rate += 1;
            return;
        }
        ids.retain(|id| self.held.counts(id));
        let messages = session.buckets.serve.ready_at(now, repair.serve);
        let bytes = session
            .buckets
            .serve_bytes
            .ready_at(now, repair.serve_bytes);
        let at = messages.max(bytes);
        if at > now {
            session.mend.serving = Some(Serving::Later { number, ids, at });
            return self.wake(at);
        }
        self.fetch(peer, number, ids);
    }

    /// The time for a wish that had to wait has come.
    pub(super) fn serve_later(&mut self, peer: NodeId) {
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        if let Some(Serving::Later { number, ids, .. }) = session.mend.serving.take() {
            self.fetch(peer, number, ids);
        }
    }

    fn fetch(&mut self, peer: NodeId, number: u64, ids: Vec<MessageId>) {
        self.touch(&peer);
        if ids.is_empty() {
            return self.send_envelopes(peer, number, true, Vec::new());
        }
        let (now, repair) = (self.now, &self.config.repair);
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        session.buckets.serve.charge(now, repair.serve, count);
        self.last_fetch += 1;
        let request = self.last_fetch;
        session.mend.serving = Some(Serving::Fetching {
            number,
            request,
            until: now + repair.silence,
        });
        self.fetches.insert(request, peer);
        self.out.push_back(Output::Fetch { request, ids });
    }

    /// The store has answered.
    pub(super) fn fetched(&mut self, request: u64, envelopes: Vec<VerifiedEnvelope>) {
        let Some(peer) = self.fetches.remove(&request) else {
            return;
        };
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let number = match session.mend.serving {
            Some(Serving::Fetching {
                number,
                request: which,
                ..
            }) if which == request => number,
            _ => return,
        };
        session.mend.serving = None;
        let most = self.config.repair.serve_most;
        let (mut frame, mut len, mut sum, mut sent) = (Vec::new(), 0, 0, 0);
        for envelope in envelopes {
            let bytes = envelope.bytes().clone();
            if sum + bytes.len() > most {
                break;
            }
            let full = len + bytes.len() > MAX_SYNC_ENVELOPES_LEN;
            if full || frame.len() >= MAX_SYNC_ENVELOPES {
                self.send_envelopes(peer, number, false, std::mem::take(&mut frame));
                len = 0;
            }
            len += bytes.len();
            sum += bytes.len();
            sent += 1;
            frame.push(bytes);
        }
        self.send_envelopes(peer, number, true, frame);
        let (now, rate) = (self.now, self.config.repair.serve_bytes);
        if let Some(session) = self.sessions.get_mut(&peer) {
            let sum = u32::try_from(sum).unwrap_or(u32::MAX);
            session.buckets.serve_bytes.charge(now, rate, sum);
            session.mend.sent += sent;
        }
        self.touch(&peer);
    }

    fn send_envelopes(&mut self, peer: NodeId, number: u64, last: bool, envelopes: Vec<Bytes>) {
        let frame = SyncFrame::Envelopes {
            number,
            last,
            envelopes,
        };
        self.send_sync(peer, Class::Sync, &frame);
    }
}
