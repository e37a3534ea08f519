//! What members say to each other alone about a room, in direct messages.

use tazcom_identity::NodeId;
use tazcom_proto::cbor::{self, CborError, Reader};
use tazcom_proto::inner::{SealedRoomId, kind};
use zeroize::Zeroizing;

use crate::config::{MAX_BODY_LEN, MAX_PARENTS, MAX_SHARED_KEYS};
use crate::membership::{OpId, SignedOp, fixed, put_ids, read_ids, tuple};

/// Operations, and the last ones the sender has: `[room, [op, ...], [head, ...]]`. To one who is invited
/// it holds the first operation and the one that lets it in.
pub const OPERATIONS: u64 = kind::FIRST_OF_ROOMS;
/// The last operations the sender has: `[room, [head, ...]]`. Whoever has more sends it.
pub const HEADS: u64 = kind::FIRST_OF_ROOMS + 2;
/// The sender's key: `[room, key, [head, ...]]`.
pub const KEY: u64 = kind::FIRST_OF_ROOMS + 4;
/// Keys of others, on the sender's word: `[room, [[owner, key], ...]]`.
pub const HISTORY: u64 = kind::FIRST_OF_ROOMS + 6;

/// Bytes of a session key of Megolm (version, index, ratchet, public key, signature).
const SESSION_KEY_LEN: usize = 229;
/// ... and without the signature.
const EXPORTED_KEY_LEN: usize = 165;

pub(crate) enum Carried<'a> {
    Operations {
        ops: Vec<&'a [u8]>,
        heads: Vec<OpId>,
    },
    Heads(Vec<OpId>),
    Key {
        key: &'a [u8],
        heads: Vec<OpId>,
    },
    History(Vec<(NodeId, &'a [u8])>),
}

impl<'a> Carried<'a> {
    /// Of which room it is, and what it says. None when it is of an unknown kind.
    pub(crate) fn decode(
        kind: u64,
        body: &'a [u8],
    ) -> Result<Option<(SealedRoomId, Self)>, CborError> {
        let mut reader = Reader::new(body);
        let fields = match kind {
            OPERATIONS | KEY => 3,
            HEADS | HISTORY => 2,
            _ => return Ok(None),
        };
        if body.len() > MAX_BODY_LEN {
            return Err(CborError::Range);
        }
        tuple(&mut reader, fields)?;
        let room = SealedRoomId(fixed(&mut reader)?);
        let said = match kind {
            OPERATIONS => {
                // Each takes at least a byte of the body, so the body bounds their number.
                let len = reader.array()?;
                let ops = (0..len).map(|_| reader.bytes());
                let ops = ops.collect::<Result<_, _>>()?;
                let heads = read_ids(&mut reader, MAX_PARENTS)?;
                Self::Operations { ops, heads }
            }
            HEADS => Self::Heads(read_ids(&mut reader, MAX_PARENTS)?),
            KEY => {
                let key = sized(&mut reader, SESSION_KEY_LEN)?;
                let heads = read_ids(&mut reader, MAX_PARENTS)?;
                Self::Key { key, heads }
            }
            _ => {
                let len = reader.array()?;
                if len > u64::try_from(MAX_SHARED_KEYS).unwrap_or(u64::MAX) {
                    return Err(CborError::Range);
                }
                let keys = (0..len).map(|_| {
                    tuple(&mut reader, 2)?;
                    let owner = NodeId::from_bytes(fixed(&mut reader)?);
                    Ok((owner, sized(&mut reader, EXPORTED_KEY_LEN)?))
                });
                Self::History(keys.collect::<Result<_, CborError>>()?)
            }
        };
        reader.finish()?;
        Ok(Some((room, said)))
    }
}

fn sized<'a>(reader: &mut Reader<'a>, len: usize) -> Result<&'a [u8], CborError> {
    let bytes = reader.bytes()?;
    match bytes.len() == len {
        true => Ok(bytes),
        false => Err(CborError::Range),
    }
}

fn begin(fields: usize, room: SealedRoomId) -> Zeroizing<Vec<u8>> {
    // Never grows, so that no copy of a key is left behind.
    let mut out = Zeroizing::new(Vec::with_capacity(MAX_BODY_LEN + 64));
    cbor::put_array(&mut out, fields);
    cbor::put_bytes(&mut out, &room.0);
    out
}

/// Bodies with all these operations, in this order, as many in each as fit.
pub(crate) fn operations<'a>(
    room: SealedRoomId,
    ops: impl IntoIterator<Item = &'a SignedOp>,
    heads: &[OpId],
) -> Vec<Zeroizing<Vec<u8>>> {
    // The heads, at most, and what stands around the operations.
    let frame = 64 + 34 * heads.len();
    let mut batches: Vec<Vec<&SignedOp>> = Vec::new();
    let mut len = usize::MAX;
    for op in ops {
        let more = op.bytes().len() + 3;
        match batches.last_mut() {
            Some(batch) if len.saturating_add(more) <= MAX_BODY_LEN => {
                batch.push(op);
                len += more;
            }
            _ => {
                batches.push(vec![op]);
                len = frame + more;
            }
        }
    }
    let encode = |batch: Vec<&SignedOp>| {
        let mut out = begin(3, room);
        cbor::put_array(&mut out, batch.len());
        for op in batch {
            cbor::put_bytes(&mut out, op.bytes());
        }
        put_ids(&mut out, heads);
        out
    };
    batches.into_iter().map(encode).collect()
}

pub(crate) fn heads(room: SealedRoomId, heads: &[OpId]) -> Zeroizing<Vec<u8>> {
    let mut out = begin(2, room);
    put_ids(&mut out, heads);
    out
}

pub(crate) fn key(room: SealedRoomId, key: &[u8], heads: &[OpId]) -> Zeroizing<Vec<u8>> {
    let mut out = begin(3, room);
    cbor::put_bytes(&mut out, key);
    put_ids(&mut out, heads);
    out
}

/// Up to [`MAX_SHARED_KEYS`] keys.
pub(crate) fn history(
    room: SealedRoomId,
    keys: &[(NodeId, Zeroizing<Vec<u8>>)],
) -> Zeroizing<Vec<u8>> {
    let mut out = begin(2, room);
    cbor::put_array(&mut out, keys.len());
    for (owner, key) in keys {
        cbor::put_array(&mut out, 2);
        cbor::put_bytes(&mut out, owner.as_bytes());
        cbor::put_bytes(&mut out, key);
    }
    out
}
