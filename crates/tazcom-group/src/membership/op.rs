//! One change to a room, signed by whoever made it.
//!
//! `body | signature (64)`. The body is one CBOR array in the one encoding there is; the signature is
//! over a domain string and the exact body, the id is the BLAKE3 of the body. An operation names the
//! last ones its author had seen, so that it cannot be moved to another place, and none can be left
//! out before it.

use std::fmt;
use std::sync::Arc;

use tazcom_identity::{NodeId, SecretKey, Signature, SignatureError};
use tazcom_proto::cbor::{self, CborError, Reader};
use tazcom_proto::inner::SealedRoomId;
use tazcom_proto::limits::{MAX_ROOM_NAME_LEN, MAX_TOPIC_LEN};

use crate::config::{MAX_MEMBERS, MAX_OP_LEN, MAX_PARENTS};

/// What a signature is over begins with this, so that it can be taken for no other signature.
const DOMAIN: &[u8] = b"tazcom/v2/room-op\0";

/// Values of the outer array.
const FIELDS: u64 = 6;

const GENESIS: u64 = 1;
const ADD: u64 = 2;
const REMOVE: u64 = 3;
const RENAME: u64 = 4;

/// What an operation is called: the BLAKE3 of its body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub [u8; 32]);

impl fmt::Debug for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "OpId({a:02x}{b:02x}{c:02x}{d:02x}..)")
    }
}

/// What is changed.
#[derive(Clone, PartialEq, Eq)]
pub enum Action {
    /// The room begins, or its creator begins a new log with the state that the last one came to.
    Genesis {
        /// Counts the logs of the room from 0. The highest counts.
        generation: u64,
        /// What the room is called.
        name: String,
        /// What it is about.
        topic: String,
        /// Its members in the order of their ids, and whether each is an admin.
        members: Vec<(NodeId, bool)>,
    },
    /// Somebody becomes a member, or a member becomes an admin.
    Add {
        /// Who.
        who: NodeId,
        /// Whether as an admin.
        admin: bool,
    },
    /// Somebody is removed, or leaves when it is the author.
    Remove {
        /// Who.
        who: NodeId,
    },
    /// The room is called otherwise.
    Rename {
        /// What it is called.
        name: String,
        /// What it is about.
        topic: String,
    },
}

/// An operation, before it is signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Op {
    /// Of which room.
    pub room: SealedRoomId,
    /// Who made it.
    pub author: NodeId,
    /// One more than the highest among its parents; 0 for a genesis.
    pub lamport: u64,
    /// The last operations its author had seen, in order; none for a genesis.
    pub parents: Vec<OpId>,
    /// What it changes.
    pub action: Action,
}

/// A well-formed operation. Only [`verify`](Self::verify) says that its author signed it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedOp {
    op: Op,
    id: OpId,
    bytes: Arc<[u8]>,
}

/// Why bytes are no operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// Longer than any operation.
    #[error("an operation of {len} bytes, at most {MAX_OP_LEN} are allowed")]
    TooLong {
        /// Its bytes.
        len: usize,
    },
    /// Too short for a signature.
    #[error("an operation without a signature")]
    TooShort,
    /// It is not the one encoding of its values.
    #[error("an operation: {0}")]
    Cbor(#[from] CborError),
    /// A number of parents or members that is not allowed, or not in order.
    #[error("an operation with a wrong list of what it builds on or of members")]
    List,
    /// A name or a topic that is too long or missing.
    #[error("an operation with a wrong name or topic")]
    Text,
    /// Of a kind that is not known.
    #[error("an operation of the unknown kind {0}")]
    Kind(u64),
    /// Not signed by its author.
    #[error("an operation that its author did not sign: {0}")]
    Signature(#[from] SignatureError),
}

/// Whether a private room may be called so.
pub(crate) const fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_ROOM_NAME_LEN
}

/// Whether a private room may be about this.
pub(crate) const fn is_topic(topic: &str) -> bool {
    topic.len() <= MAX_TOPIC_LEN
}

impl Op {
    /// Signs it. The caller keeps to the limits: what does not is refused by everybody.
    #[must_use]
    pub fn sign(self, key: &SecretKey) -> SignedOp {
        let mut message = DOMAIN.to_vec();
        self.encode(&mut message);
        let signature = key.sign(&message);
        let body = message.split_off(DOMAIN.len());
        let id = OpId(blake3::hash(&body).into());
        let bytes = [&body[..], &signature.to_bytes()].concat();
        SignedOp {
            op: self,
            id,
            bytes: Arc::from(bytes),
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        cbor::put_array(out, usize::try_from(FIELDS).unwrap_or_default());
        cbor::put_bytes(out, &self.room.0);
        cbor::put_bytes(out, self.author.as_bytes());
        cbor::put_uint(out, self.lamport);
        put_ids(out, &self.parents);
        let put_pair = |out: &mut Vec<u8>, who: &NodeId, admin: bool| {
            cbor::put_array(out, 2);
            cbor::put_bytes(out, who.as_bytes());
            cbor::put_uint(out, u64::from(admin));
        };
        match &self.action {
            Action::Genesis {
                generation,
                name,
                topic,
                members,
            } => {
                cbor::put_uint(out, GENESIS);
                cbor::put_array(out, 4);
                cbor::put_uint(out, *generation);
                cbor::put_text(out, name);
                cbor::put_text(out, topic);
                cbor::put_array(out, members.len());
                for (who, admin) in members {
                    put_pair(out, who, *admin);
                }
            }
            Action::Add { who, admin } => {
                cbor::put_uint(out, ADD);
                put_pair(out, who, *admin);
            }
            Action::Remove { who } => {
                cbor::put_uint(out, REMOVE);
                cbor::put_bytes(out, who.as_bytes());
            }
            Action::Rename { name, topic } => {
                cbor::put_uint(out, RENAME);
                cbor::put_array(out, 2);
                cbor::put_text(out, name);
                cbor::put_text(out, topic);
            }
        }
    }

    fn decode(body: &[u8]) -> Result<Self, OpError> {
        let mut reader = Reader::new(body);
        tuple(&mut reader, FIELDS)?;
        let room = SealedRoomId(fixed(&mut reader)?);
        let author = NodeId::from_bytes(fixed(&mut reader)?);
        let lamport = reader.uint()?;
        let parents = read_ids(&mut reader, MAX_PARENTS)?;
        let action = Action::decode(&mut reader)?;
        reader.finish()?;
        let genesis = matches!(action, Action::Genesis { .. });
        let in_order = parents.is_sorted_by(|one, next| one < next);
        if !in_order || genesis != parents.is_empty() || genesis != (lamport == 0) {
            return Err(OpError::List);
        }
        Ok(Self {
            room,
            author,
            lamport,
            parents,
            action,
        })
    }
}

impl Action {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, OpError> {
        Ok(match reader.uint()? {
            GENESIS => {
                tuple(reader, 4)?;
                let generation = reader.uint()?;
                let (name, topic) = name_and_topic(reader)?;
                let len = reader.array()?;
                if len > u64::try_from(MAX_MEMBERS).unwrap_or(u64::MAX) {
                    return Err(OpError::List);
                }
                let members = (0..len).map(|_| pair(reader));
                let members = members.collect::<Result<Vec<_>, _>>()?;
                if !members.is_sorted_by(|(one, _), (next, _)| one < next) {
                    return Err(OpError::List);
                }
                Self::Genesis {
                    generation,
                    name,
                    topic,
                    members,
                }
            }
            ADD => {
                let (who, admin) = pair(reader)?;
                Self::Add { who, admin }
            }
            REMOVE => Self::Remove {
                who: NodeId::from_bytes(fixed(reader)?),
            },
            RENAME => {
                tuple(reader, 2)?;
                let (name, topic) = name_and_topic(reader)?;
                Self::Rename { name, topic }
            }
            kind => return Err(OpError::Kind(kind)),
        })
    }
}

impl SignedOp {
    /// Reads an operation. Nothing about the signature is known afterwards.
    ///
    /// # Errors
    /// [`OpError`] when it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, OpError> {
        if bytes.len() > MAX_OP_LEN {
            return Err(OpError::TooLong { len: bytes.len() });
        }
        let (body, _) = bytes
            .split_last_chunk::<{ Signature::LEN }>()
            .ok_or(OpError::TooShort)?;
        Ok(Self {
            op: Op::decode(body)?,
            id: OpId(blake3::hash(body).into()),
            bytes: Arc::from(bytes),
        })
    }

    /// Checks, strictly, that the author signed exactly this.
    ///
    /// # Errors
    /// [`OpError::Signature`]; the operation is worth nothing then.
    pub fn verify(&self) -> Result<(), OpError> {
        let (body, signature) = self
            .bytes
            .split_last_chunk::<{ Signature::LEN }>()
            .ok_or(OpError::TooShort)?;
        let message = [DOMAIN, body].concat();
        let signature = Signature::from_bytes(*signature);
        Ok(self.op.author.verify(&message, &signature)?)
    }

    /// What it says.
    #[must_use]
    pub const fn op(&self) -> &Op {
        &self.op
    }

    /// What it is called.
    #[must_use]
    pub const fn id(&self) -> OpId {
        self.id
    }

    /// As it travels.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Which log of the room it begins, if it begins one.
    pub(crate) const fn generation(&self) -> Option<u64> {
        match &self.op.action {
            Action::Genesis { generation, .. } => Some(*generation),
            _ => None,
        }
    }
}

/// Says nothing of what is in it.
impl fmt::Debug for SignedOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedOp({:?})", self.id)
    }
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Op({})", self.lamport)
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Genesis { .. } => "Genesis(..)",
            Self::Add { .. } => "Add(..)",
            Self::Remove { .. } => "Remove(..)",
            Self::Rename { .. } => "Rename(..)",
        })
    }
}

/// Appends a list of ids.
pub(crate) fn put_ids(out: &mut Vec<u8>, ids: &[OpId]) {
    cbor::put_array(out, ids.len());
    for id in ids {
        cbor::put_bytes(out, &id.0);
    }
}

/// Reads a list of up to `most` ids.
pub(crate) fn read_ids(reader: &mut Reader<'_>, most: usize) -> Result<Vec<OpId>, CborError> {
    let len = reader.array()?;
    if len > u64::try_from(most).unwrap_or(u64::MAX) {
        return Err(CborError::Range);
    }
    (0..len).map(|_| Ok(OpId(fixed(reader)?))).collect()
}

pub(crate) fn tuple(reader: &mut Reader<'_>, len: u64) -> Result<(), CborError> {
    match reader.array()? == len {
        true => Ok(()),
        false => Err(CborError::Type),
    }
}

pub(crate) fn fixed<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], CborError> {
    reader.bytes()?.try_into().map_err(|_| CborError::Range)
}

fn pair(reader: &mut Reader<'_>) -> Result<(NodeId, bool), CborError> {
    tuple(reader, 2)?;
    let who = NodeId::from_bytes(fixed(reader)?);
    match reader.uint()? {
        0 => Ok((who, false)),
        1 => Ok((who, true)),
        _ => Err(CborError::Range),
    }
}

fn name_and_topic(reader: &mut Reader<'_>) -> Result<(String, String), OpError> {
    let (name, topic) = (reader.text()?, reader.text()?);
    match is_name(name) && is_topic(topic) {
        true => Ok((name.to_owned(), topic.to_owned())),
        false => Err(OpError::Text),
    }
}
