//! Which frame is whose to handle, and what of the tree is to be sent.

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::mesh::MeshFrame;
use tazcom_proto::sync::SyncFrame;

use super::Gossip;
use crate::io::{Channel, Class, CloseReason, Output};

/// Grafts of one link whose answer is waited for.
const MAX_GRAFTED: usize = 256;

impl Gossip {
    /// A payload of kind Gossip. Cheap checks come first.
    pub(super) fn gossip_frame(&mut self, peer: NodeId, bytes: &Bytes) {
        let (now, rates) = (self.now, &self.config.session);
        let Some(session) = self.sessions.get_mut(&peer).filter(|one| !one.closing) else {
            return;
        };
        // Whoever answers to our wish may be faster than its answer.
        if session.link.ours.is_none() {
            self.stats.unlinked += 1;
            return;
        }
        let (slot, buckets) = (session.slot, &mut session.buckets);
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if !buckets.frames.take(now, rates.frames, 1) || !buckets.bytes.take(now, rates.bytes, len)
        {
            self.stats.session_rate += 1;
            return;
        }
        let frame = match MeshFrame::decode(bytes) {
            Ok(Some(frame)) => frame,
            Ok(None) => {
                self.stats.skipped += 1;
                return;
            }
            Err(_) => return self.close(peer, CloseReason::Malformed),
        };
        if let MeshFrame::Graft { .. } = frame
            && !buckets.grafts.take(now, rates.grafts, 1)
        {
            self.stats.session_rate += 1;
            return;
        }
        if session.link.theirs.is_none() {
            self.they_agree(peer);
        }
        match frame {
            MeshFrame::Gossip { round, envelope } => self.pushed(peer, slot, round, envelope),
            MeshFrame::Prune => self.tree.prune(now, slot),
            MeshFrame::Graft { id, round } => self.tree.graft(now, slot, id, round),
            MeshFrame::IHave(list) => self.announced(peer, slot, list),
            // A kind that is known to the wire and not to us.
            _ => self.stats.skipped += 1,
        }
    }

    /// A payload of kind Sync.
    pub(super) fn sync_frame(&mut self, peer: NodeId, bytes: &Bytes) {
        let (now, rates) = (self.now, &self.config.session);
        let Some(session) = self.sessions.get_mut(&peer).filter(|one| !one.closing) else {
            return;
        };
        let buckets = &mut session.buckets;
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if !buckets.sync_frames.take(now, rates.sync_frames, 1)
            || !buckets.sync_bytes.take(now, rates.sync_bytes, len)
        {
            self.stats.session_rate += 1;
            return;
        }
        let frame = match SyncFrame::decode(bytes) {
            Ok(Some(frame)) => frame,
            Ok(None) => {
                self.stats.skipped += 1;
                return;
            }
            Err(_) => return self.close(peer, CloseReason::Malformed),
        };
        match frame {
            SyncFrame::Status(status) => self.status_of(peer, status),
            SyncFrame::Link { chosen } => self.link_frame(peer, chosen),
            SyncFrame::Unlink(reason) => self.unlink_frame(peer, reason),
            SyncFrame::Reconcile {
                run,
                floor,
                message,
            } => self.reconcile(peer, run, floor, &message),
            SyncFrame::ReconcileReply { run, message } => {
                self.reconcile_reply(peer, run, &message);
            }
            SyncFrame::Refuse { run } => self.refused(peer, run),
            SyncFrame::Done { run } => self.runs.done(&peer, run),
            SyncFrame::Offer(ids) => self.offered(peer, ids),
            SyncFrame::Want { number, ids } => self.want(peer, number, ids),
            SyncFrame::Envelopes {
                number,
                last,
                envelopes,
            } => self.envelopes(peer, number, last, envelopes),
            SyncFrame::Peers(peers) => self.peers_told(peer, peers),
            SyncFrame::Trace {
                token,
                target,
                path,
            } => self.trace_frame(peer, token, target, path),
            SyncFrame::TraceReply {
                token,
                reached,
                path,
            } => self.trace_reply(peer, token, reached, path),
            _ => self.stats.skipped += 1,
        }
    }

    /// Sends what the tree wants sent, to those that are neighbours still.
    pub(super) fn flush_tree(&mut self) {
        for (slot, frame) in self.tree.take_sent() {
            let Some(peer) = self.slots.get(&slot).copied() else {
                continue;
            };
            let Some(session) = self.sessions.get_mut(&peer) else {
                continue;
            };
            if !session.link.is_up() || session.closing {
                continue;
            }
            if let MeshFrame::Graft { id: Some(id), .. } = frame {
                let grafted = &mut session.link.grafted;
                if grafted.len() < MAX_GRAFTED {
                    grafted.push_back((id, self.now));
                }
            }
            let (class, bytes) = self.encode_mesh(frame);
            self.out.push_back(Output::Send {
                peer,
                channel: Channel::Gossip,
                class,
                bytes,
            });
        }
        if let Some(at) = self.tree.deadline() {
            self.wake(at);
        }
    }

    /// One message goes to several neighbours, in a row: it is encoded once.
    fn encode_mesh(&mut self, frame: MeshFrame) -> (Class, Bytes) {
        let MeshFrame::Gossip { round, envelope } = frame else {
            return (Class::Control, frame.encode().into());
        };
        let class = match envelope.starts_with(self.me.as_bytes()) {
            true => Class::Own,
            false => Class::Relayed,
        };
        if let Some((last, its_round, encoded)) = &self.encoded
            && *its_round == round
            && last.as_ptr() == envelope.as_ptr()
            && last.len() == envelope.len()
        {
            return (class, encoded.clone());
        }
        let frame = MeshFrame::Gossip {
            round,
            envelope: envelope.clone(),
        };
        let encoded = Bytes::from(frame.encode());
        self.encoded = Some((envelope, round, encoded.clone()));
        (class, encoded)
    }
}
