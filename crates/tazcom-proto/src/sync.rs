//! How two nodes that have a session compare what they have and fill each other's gaps, and what else
//! they tell each other: payloads of kind Sync.
//!
//! Each is `[kind, value]` in the one encoding there is; an odd kind that is not known is skipped.

mod encode;
mod peer;
mod status;

use bytes::Bytes;
pub use peer::ToldPeer;
pub use status::{Fingerprint, Status};
use tazcom_identity::NodeId;

use crate::cbor::Reader;
use crate::clock::UnixMillis;
use crate::limits::{
    MAX_ENVELOPE_LEN, MAX_RECONCILE_LEN, MAX_SYNC_ENVELOPES, MAX_SYNC_ENVELOPES_LEN, MAX_SYNC_IDS,
    MAX_SYNC_LEN, MAX_TOLD_PEERS, MAX_TRACE_PATH,
};
use crate::message_id::MessageId;
use crate::payload::{self, PayloadError};

const STATUS: u64 = 0;
const LINK: u64 = 2;
const UNLINK: u64 = 4;
const RECONCILE: u64 = 6;
const RECONCILE_REPLY: u64 = 8;
const REFUSE: u64 = 10;
const DONE: u64 = 12;
const OFFER: u64 = 14;
const WANT: u64 = 16;
const ENVELOPES: u64 = 18;
const PEERS: u64 = 20;
const TRACE: u64 = 22;
const TRACE_REPLY: u64 = 24;

/// One payload of kind Sync.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncFrame {
    /// How the sender's clock and messages stand.
    Status(Status),
    /// The sender takes the receiver for a neighbour in the broadcast tree.
    Link {
        /// Whether it has chosen the receiver, or only agrees.
        chosen: bool,
    },
    /// The sender is no neighbour, or no longer one.
    Unlink(UnlinkReason),
    /// One message of a set reconciliation, from the end that began it.
    Reconcile {
        /// Which run, by the number of the end that began it.
        run: u64,
        /// Only messages created from then on are compared.
        floor: UnixMillis,
        /// A message of Negentropy, version 1.
        message: Bytes,
    },
    /// The answer.
    ReconcileReply {
        /// Which run.
        run: u64,
        /// A message of Negentropy, version 1.
        message: Bytes,
    },
    /// The run cannot be carried on; it may be tried again later.
    Refuse {
        /// Which run.
        run: u64,
    },
    /// The end that began the run knows all it wanted.
    Done {
        /// Which run.
        run: u64,
    },
    /// Messages that the sender has and takes the receiver to lack.
    Offer(Vec<MessageId>),
    /// Messages that the sender wants to have.
    Want {
        /// The sender's number for this wish.
        number: u64,
        /// Which.
        ids: Vec<MessageId>,
    },
    /// Messages that were wanted.
    Envelopes {
        /// The number of the wish.
        number: u64,
        /// Whether nothing more comes for it. What was wanted and did not come is not there.
        last: bool,
        /// The envelopes, as they travel. They have not been looked at.
        envelopes: Vec<Bytes>,
    },
    /// Peers that the sender has sessions with, and where they can be met.
    Peers(Vec<ToldPeer>),
    /// Which way is the target?
    Trace {
        /// By which the answer is known.
        token: u64,
        /// Who is looked for.
        target: NodeId,
        /// Who has passed this on, the one that asks first and the sender last.
        path: Vec<NodeId>,
    },
    /// The way to the target, or as much of it as is known.
    TraceReply {
        /// That of the question.
        token: u64,
        /// Whether the last of the path is the target.
        reached: bool,
        /// From the one that asked on.
        path: Vec<NodeId>,
    },
}

/// Why a node is no neighbour in the broadcast tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnlinkReason {
    /// The sender has neighbours enough.
    Enough,
    /// The receiver reads too slowly. The sender asks when that has changed.
    Slow,
    /// A reason that this version does not know.
    Other(u16),
}

impl UnlinkReason {
    const fn number(self) -> u16 {
        match self {
            Self::Enough => 0,
            Self::Slow => 1,
            Self::Other(number) => number,
        }
    }
}

impl From<u16> for UnlinkReason {
    fn from(number: u16) -> Self {
        match number {
            0 => Self::Enough,
            1 => Self::Slow,
            other => Self::Other(other),
        }
    }
}

impl SyncFrame {
    /// Reads a payload; none when it is of a kind that is to be skipped.
    ///
    /// # Errors
    /// [`PayloadError`]: no honest node sends this.
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, PayloadError> {
        payload::decode(bytes, MAX_SYNC_LEN, value_of)
    }
}

fn value_of(kind: u64, value: &mut Reader<'_>) -> Result<Option<SyncFrame>, PayloadError> {
    Ok(Some(match kind {
        STATUS => SyncFrame::Status(Status::decode(value)?),
        LINK => SyncFrame::Link {
            chosen: payload::flag(value)?,
        },
        UNLINK => SyncFrame::Unlink(payload::short(value)?.into()),
        RECONCILE => {
            payload::tuple(value, 3)?;
            SyncFrame::Reconcile {
                run: value.uint()?,
                floor: UnixMillis(value.uint()?),
                message: reconcile_message(value)?,
            }
        }
        RECONCILE_REPLY => {
            payload::tuple(value, 2)?;
            SyncFrame::ReconcileReply {
                run: value.uint()?,
                message: reconcile_message(value)?,
            }
        }
        REFUSE => SyncFrame::Refuse { run: value.uint()? },
        DONE => SyncFrame::Done { run: value.uint()? },
        OFFER => SyncFrame::Offer(ids(value)?),
        WANT => {
            payload::tuple(value, 2)?;
            SyncFrame::Want {
                number: value.uint()?,
                ids: ids(value)?,
            }
        }
        ENVELOPES => {
            payload::tuple(value, 3)?;
            SyncFrame::Envelopes {
                number: value.uint()?,
                last: payload::flag(value)?,
                envelopes: envelopes(value)?,
            }
        }
        PEERS => SyncFrame::Peers(payload::list(
            value,
            "peers",
            MAX_TOLD_PEERS,
            ToldPeer::decode,
        )?),
        TRACE => {
            payload::tuple(value, 3)?;
            SyncFrame::Trace {
                token: value.uint()?,
                target: payload::node_id(value)?,
                path: path(value)?,
            }
        }
        TRACE_REPLY => {
            payload::tuple(value, 3)?;
            SyncFrame::TraceReply {
                token: value.uint()?,
                reached: payload::flag(value)?,
                path: path(value)?,
            }
        }
        _ => return Ok(None),
    }))
}

fn reconcile_message(value: &mut Reader<'_>) -> Result<Bytes, PayloadError> {
    let message = value.bytes()?;
    let (len, most) = (message.len(), MAX_RECONCILE_LEN);
    match len > most {
        true => Err(PayloadError::TooLong { len, most }),
        false => Ok(Bytes::copy_from_slice(message)),
    }
}

fn ids(value: &mut Reader<'_>) -> Result<Vec<MessageId>, PayloadError> {
    payload::list(value, "messages", MAX_SYNC_IDS, |value| {
        Ok(payload::message_id(value)?)
    })
}

fn path(value: &mut Reader<'_>) -> Result<Vec<NodeId>, PayloadError> {
    payload::list(value, "nodes", MAX_TRACE_PATH, |value| {
        Ok(payload::node_id(value)?)
    })
}

fn envelopes(value: &mut Reader<'_>) -> Result<Vec<Bytes>, PayloadError> {
    let mut sum = 0_usize;
    payload::list(value, "envelopes", MAX_SYNC_ENVELOPES, |value| {
        let envelope = value.bytes()?;
        sum = sum.saturating_add(envelope.len());
        for (len, most) in [
            (envelope.len(), MAX_ENVELOPE_LEN),
            (sum, MAX_SYNC_ENVELOPES_LEN),
        ] {
            if len > most {
                return Err(PayloadError::TooLong { len, most });
            }
        }
        Ok(Bytes::copy_from_slice(envelope))
    })
}

/// Says nothing of what is in it: a log is not the place for it.
impl std::fmt::Debug for SyncFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            Self::Status(_) => "Status",
            Self::Link { .. } => "Link",
            Self::Unlink(_) => "Unlink",
            Self::Reconcile { .. } => "Reconcile",
            Self::ReconcileReply { .. } => "ReconcileReply",
            Self::Refuse { .. } => "Refuse",
            Self::Done { .. } => "Done",
            Self::Offer(_) => "Offer",
            Self::Want { .. } => "Want",
            Self::Envelopes { .. } => "Envelopes",
            Self::Peers(_) => "Peers",
            Self::Trace { .. } => "Trace",
            Self::TraceReply { .. } => "TraceReply",
        };
        write!(f, "{name}(..)")
    }
}
