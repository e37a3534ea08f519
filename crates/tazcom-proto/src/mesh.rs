//! What neighbours in the broadcast tree say to each other: payloads of kind Gossip.
//!
//! The four messages of Plumtree (Leitão, Pereira, Rodrigues, *Epidemic Broadcast Trees*, 2007). Each
//! is `[kind, value]` in the one encoding there is; an odd kind that is not known is skipped.

use bytes::Bytes;

use crate::cbor;
use crate::limits::{MAX_ENVELOPE_LEN, MAX_IHAVES, MAX_MESH_LEN};
use crate::message_id::MessageId;
use crate::payload::{self, PayloadError};

const GOSSIP: u64 = 0;
const PRUNE: u64 = 2;
const GRAFT: u64 = 4;
const IHAVE: u64 = 6;

/// One payload of kind Gossip.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeshFrame {
    /// A message, pushed.
    Gossip {
        /// How many hops it has come, as somebody claims.
        round: u16,
        /// The envelope, as it travels. It has not been looked at.
        envelope: Bytes,
    },
    /// The sender has the message already: announce to it from now on, do not push.
    Prune,
    /// Push to the sender from now on, and push this message if one is named.
    Graft {
        /// The message the sender lacks.
        id: Option<MessageId>,
        /// The hops that were announced for it.
        round: u16,
    },
    /// Messages that the sender has.
    IHave(Vec<IHave>),
}

/// A message that somebody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IHave {
    /// Which.
    pub id: MessageId,
    /// How many hops it has come, as somebody claims.
    pub round: u16,
}

impl MeshFrame {
    /// Reads a payload; none when it is of a kind that is to be skipped.
    ///
    /// # Errors
    /// [`PayloadError`]: no honest node sends this.
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, PayloadError> {
        payload::decode(bytes, MAX_MESH_LEN, |kind, value| {
            Ok(Some(match kind {
                GOSSIP => {
                    payload::tuple(value, 2)?;
                    let round = payload::short(value)?;
                    let envelope = value.bytes()?;
                    let (len, most) = (envelope.len(), MAX_ENVELOPE_LEN);
                    if len > most {
                        return Err(PayloadError::TooLong { len, most });
                    }
                    Self::Gossip {
                        round,
                        envelope: Bytes::copy_from_slice(envelope),
                    }
                }
                PRUNE => {
                    if !value.null() {
                        return Err(cbor::CborError::Type.into());
                    }
                    Self::Prune
                }
                GRAFT => {
                    payload::tuple(value, 2)?;
                    let id = match value.null() {
                        true => None,
                        false => Some(payload::message_id(value)?),
                    };
                    let round = payload::short(value)?;
                    Self::Graft { id, round }
                }
                IHAVE => Self::IHave(payload::list(value, "messages", MAX_IHAVES, |value| {
                    payload::tuple(value, 2)?;
                    let id = payload::message_id(value)?;
                    let round = payload::short(value)?;
                    Ok(IHave { id, round })
                })?),
                _ => return Ok(None),
            }))
        })
    }

    /// The payload. An envelope or a list beyond its limit makes one that others refuse.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Gossip { round, envelope } => {
                let mut out = payload::begin(GOSSIP, envelope.len());
                cbor::put_array(&mut out, 2);
                cbor::put_uint(&mut out, u64::from(*round));
                cbor::put_bytes(&mut out, envelope);
                out
            }
            Self::Prune => {
                let mut out = payload::begin(PRUNE, 0);
                cbor::put_null(&mut out);
                out
            }
            Self::Graft { id, round } => {
                let mut out = payload::begin(GRAFT, 40);
                cbor::put_array(&mut out, 2);
                match id {
                    Some(id) => cbor::put_bytes(&mut out, id.as_bytes()),
                    None => cbor::put_null(&mut out),
                }
                cbor::put_uint(&mut out, u64::from(*round));
                out
            }
            Self::IHave(list) => {
                let mut out = payload::begin(IHAVE, 38 * list.len());
                cbor::put_array(&mut out, list.len());
                for IHave { id, round } in list {
                    cbor::put_array(&mut out, 2);
                    cbor::put_bytes(&mut out, id.as_bytes());
                    cbor::put_uint(&mut out, u64::from(*round));
                }
                out
            }
        }
    }
}

/// Says nothing of what is in an envelope: a log is not the place for it.
impl std::fmt::Debug for MeshFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gossip { round, envelope } => f
                .debug_struct("Gossip")
                .field("round", round)
                .field("len", &envelope.len())
                .finish_non_exhaustive(),
            Self::Prune => f.write_str("Prune"),
            Self::Graft { id, round } => f
                .debug_struct("Graft")
                .field("id", id)
                .field("round", round)
                .finish(),
            Self::IHave(list) => f.debug_tuple("IHave").field(list).finish(),
        }
    }
}
