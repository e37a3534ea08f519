//! How values are written in rows.

use bytes::Bytes;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use tazcom_identity::NodeId;
use tazcom_proto::{Envelope, Kind, MessageId, RoomName, Scope, UnixMillis, VerifiedEnvelope};

/// Bits of the number of a message within its millisecond.
const TIE_BITS: u32 = 20;

/// The last millisecond that a message can be ordered by, in the year 2248.
pub(crate) const MAX_MILLIS: u64 = (1 << (63 - TIE_BITS)) - 1;

/// The key before all others that are ordered by this millisecond.
pub(crate) fn first_key(millis: UnixMillis) -> i64 {
    signed(millis.0.min(MAX_MILLIS) << TIE_BITS)
}

/// The key after all others that are ordered by this millisecond.
pub(crate) fn last_key(millis: UnixMillis) -> i64 {
    first_key(millis) | ((1 << TIE_BITS) - 1)
}

/// The millisecond that the message with this key is ordered by.
pub(crate) fn millis_of(key: i64) -> UnixMillis {
    UnixMillis(unsigned(key) >> TIE_BITS)
}

/// As SQLite keeps it. What is larger is the largest.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// As it was. What is negative is none.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

/// The number of a kind.
pub(crate) fn kind_number(kind: Kind) -> i64 {
    signed(kind.number())
}

/// A time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Millis(pub(crate) UnixMillis);

impl ToSql for Millis {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(signed(self.0.0).into())
    }
}

impl FromSql for Millis {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value
            .as_i64()
            .map(|millis| Self(UnixMillis(unsigned(millis))))
    }
}

/// 32 bytes: an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id(pub(crate) [u8; 32]);

impl From<NodeId> for Id {
    fn from(id: NodeId) -> Self {
        Self(*id.as_bytes())
    }
}

impl From<MessageId> for Id {
    fn from(id: MessageId) -> Self {
        Self(*id.as_bytes())
    }
}

impl From<Id> for NodeId {
    fn from(id: Id) -> Self {
        Self::from_bytes(id.0)
    }
}

impl From<Id> for MessageId {
    fn from(id: Id) -> Self {
        Self::from_bytes(id.0)
    }
}

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_blob()?;
        let wrong = |_| FromSqlError::InvalidBlobSize {
            expected_size: 32,
            blob_size: bytes.len(),
        };
        bytes.try_into().map(Self).map_err(wrong)
    }
}

const MESH: u8 = 0;
const ROOM: u8 = 1;
const SEALED: u8 = 2;

/// Where a message belongs, as bytes.
pub(crate) fn scope_bytes(scope: &Scope) -> Vec<u8> {
    match scope {
        Scope::Mesh => vec![MESH],
        Scope::Room(room) => room_bytes(room),
        Scope::Sealed(tag) => [&[SEALED], tag.as_slice()].concat(),
    }
}

/// The bytes of a room.
pub(crate) fn room_bytes(room: &RoomName) -> Vec<u8> {
    [&[ROOM], room.as_str().as_bytes()].concat()
}

/// Where a message belongs; none when these are not its bytes.
pub(crate) fn scope_of(bytes: &[u8]) -> Option<Scope> {
    match bytes {
        [MESH] => Some(Scope::Mesh),
        [ROOM, name @ ..] => {
            let name = str::from_utf8(name).ok()?;
            RoomName::from_wire(name).ok().map(Scope::Room)
        }
        [SEALED, tag @ ..] => tag.try_into().ok().map(Scope::Sealed),
        _ => None,
    }
}

/// Bytes of the checksum behind an envelope.
const SUM_LEN: usize = 8;

/// The envelope as it is written in a row: with a checksum behind it.
///
/// Its id is not enough: a signature in which a bit has changed on the disk leaves the id as it is,
/// and whoever passed it on would be taken for a forger.
pub(crate) fn envelope_bytes(envelope: &VerifiedEnvelope) -> Vec<u8> {
    [envelope.bytes(), sum(envelope.bytes()).as_slice()].concat()
}

/// The envelope in a row; none when it is not the one that was written there.
pub(crate) fn envelope_of(bytes: &[u8], id: MessageId) -> Option<VerifiedEnvelope> {
    let (bytes, written) = bytes.split_last_chunk::<SUM_LEN>()?;
    if sum(bytes) != *written {
        return None;
    }
    let envelope = Envelope::decode(Bytes::copy_from_slice(bytes)).ok()?;
    (envelope.id() == id).then(|| envelope.assume_verified())
}

fn sum(bytes: &[u8]) -> [u8; SUM_LEN] {
    let hash = MessageId::of(bytes);
    let first = hash.as_bytes().first_chunk();
    first.copied().unwrap_or_default()
}
