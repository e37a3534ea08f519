//! Writing payloads of kind Sync.

use bytes::Bytes;
use tazcom_identity::NodeId;

use super::{
    DONE, ENVELOPES, LINK, OFFER, PEERS, RECONCILE, RECONCILE_REPLY, REFUSE, STATUS, SyncFrame,
    TRACE, TRACE_REPLY, UNLINK, WANT,
};
use crate::cbor;
use crate::message_id::MessageId;
use crate::payload::begin;

impl SyncFrame {
    /// The payload. What is beyond its limit makes one that others refuse.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Status(status) => {
                let mut out = begin(STATUS, 64);
                status.encode(&mut out);
                out
            }
            Self::Link { chosen } => number(LINK, u64::from(*chosen)),
            Self::Unlink(reason) => number(UNLINK, u64::from(reason.number())),
            Self::Reconcile {
                run,
                floor,
                message,
            } => {
                let mut out = begin(RECONCILE, message.len() + 32);
                cbor::put_array(&mut out, 3);
                cbor::put_uint(&mut out, *run);
                cbor::put_uint(&mut out, floor.0);
                cbor::put_bytes(&mut out, message);
                out
            }
            Self::ReconcileReply { run, message } => {
                let mut out = begin(RECONCILE_REPLY, message.len() + 32);
                cbor::put_array(&mut out, 2);
                cbor::put_uint(&mut out, *run);
                cbor::put_bytes(&mut out, message);
                out
            }
            Self::Refuse { run } => number(REFUSE, *run),
            Self::Done { run } => number(DONE, *run),
            Self::Offer(ids) => {
                let mut out = begin(OFFER, 34 * ids.len());
                put_ids(&mut out, ids);
                out
            }
            Self::Want { number, ids } => {
                let mut out = begin(WANT, 34 * ids.len() + 16);
                cbor::put_array(&mut out, 2);
                cbor::put_uint(&mut out, *number);
                put_ids(&mut out, ids);
                out
            }
            Self::Envelopes {
                number,
                last,
                envelopes,
            } => encode_envelopes(*number, *last, envelopes),
            Self::Peers(peers) => {
                let mut out = begin(PEERS, 64 * peers.len());
                cbor::put_array(&mut out, peers.len());
                peers.iter().for_each(|peer| peer.encode(&mut out));
                out
            }
            Self::Trace {
                token,
                target,
                path,
            } => {
                let mut out = begin(TRACE, 34 * path.len() + 64);
                cbor::put_array(&mut out, 3);
                cbor::put_uint(&mut out, *token);
                cbor::put_bytes(&mut out, target.as_bytes());
                put_path(&mut out, path);
                out
            }
            Self::TraceReply {
                token,
                reached,
                path,
            } => {
                let mut out = begin(TRACE_REPLY, 34 * path.len() + 32);
                cbor::put_array(&mut out, 3);
                cbor::put_uint(&mut out, *token);
                cbor::put_uint(&mut out, u64::from(*reached));
                put_path(&mut out, path);
                out
            }
        }
    }
}

fn number(kind: u64, value: u64) -> Vec<u8> {
    let mut out = begin(kind, 9);
    cbor::put_uint(&mut out, value);
    out
}

fn put_ids(out: &mut Vec<u8>, ids: &[MessageId]) {
    cbor::put_array(out, ids.len());
    for id in ids {
        cbor::put_bytes(out, id.as_bytes());
    }
}

fn put_path(out: &mut Vec<u8>, path: &[NodeId]) {
    cbor::put_array(out, path.len());
    for node in path {
        cbor::put_bytes(out, node.as_bytes());
    }
}

fn encode_envelopes(number: u64, last: bool, envelopes: &[Bytes]) -> Vec<u8> {
    let len: usize = envelopes.iter().map(|envelope| envelope.len() + 3).sum();
    let mut out = begin(ENVELOPES, len + 16);
    cbor::put_array(&mut out, 3);
    cbor::put_uint(&mut out, number);
    cbor::put_uint(&mut out, u64::from(last));
    cbor::put_array(&mut out, envelopes.len());
    for envelope in envelopes {
        cbor::put_bytes(&mut out, envelope);
    }
    out
}
