//! The signed map.

use super::content::{Content, Kind};
use super::{EnvelopeError, Place, Scope};
use crate::cbor::{self, CborError, Reader};
use crate::clock::{Hlc, UnixMillis};
use crate::limits::{MAX_LIFETIME_SECS, SEALED_TAG_LEN};
use crate::message_id::MessageId;
use crate::room::RoomName;

const KIND: u64 = 1;
const ROOM: u64 = 2;
const SEALED: u64 = 3;
const SEQ: u64 = 4;
const PREVIOUS: u64 = 5;
const HLC: u64 = 6;
const CREATED: u64 = 7;
const LIFETIME: u64 = 8;
const CONTENT: u64 = 9;

/// What an author signs, understood.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) scope: Scope,
    pub(super) place: Option<Place>,
    pub(super) hlc: Hlc,
    pub(super) created: UnixMillis,
    pub(super) lifetime_secs: u32,
    pub(super) content: Content,
}

impl Body {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let scope = !matches!(self.scope, Scope::Mesh);
        let (seq, previous) = match self.place {
            Some(place) => (Some(place.seq), place.previous),
            None => (None, None),
        };
        let optional = [scope, seq.is_some(), previous.is_some()];
        cbor::put_map(out, 5 + optional.iter().filter(|there| **there).count());
        cbor::put_uint(out, KIND);
        cbor::put_uint(out, self.content.kind().number());
        match &self.scope {
            Scope::Mesh => {}
            Scope::Room(name) => {
                cbor::put_uint(out, ROOM);
                cbor::put_text(out, name.as_str());
            }
            Scope::Sealed(tag) => {
                cbor::put_uint(out, SEALED);
                cbor::put_bytes(out, tag);
            }
        }
        if let Some(seq) = seq {
            cbor::put_uint(out, SEQ);
            cbor::put_uint(out, seq);
        }
        if let Some(previous) = previous {
            cbor::put_uint(out, PREVIOUS);
            cbor::put_bytes(out, previous.as_bytes());
        }
        cbor::put_uint(out, HLC);
        cbor::put_array(out, 2);
        cbor::put_uint(out, self.hlc.millis.0);
        cbor::put_uint(out, u64::from(self.hlc.counter));
        cbor::put_uint(out, CREATED);
        cbor::put_uint(out, self.created.0);
        cbor::put_uint(out, LIFETIME);
        cbor::put_uint(out, u64::from(self.lifetime_secs));
        cbor::put_uint(out, CONTENT);
        self.content.encode(out);
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let mut fields = Fields::default();
        let mut reader = Reader::new(bytes);
        reader.fields(|key, value| fields.read(key, value))?;
        reader.finish()?;
        fields.finish()
    }

    pub(super) fn check(&self) -> Result<(), EnvelopeError> {
        if let Some(place) = self.place
            && (place.seq == 0 || (place.seq == 1) != place.previous.is_none())
        {
            return Err(EnvelopeError::Place { seq: place.seq });
        }
        if !(1..=MAX_LIFETIME_SECS).contains(&self.lifetime_secs) {
            return Err(EnvelopeError::Lifetime {
                secs: u64::from(self.lifetime_secs),
            });
        }
        if self.hlc.millis < self.created {
            return Err(EnvelopeError::Clock);
        }
        self.content.check(&self.scope)
    }
}

/// The fields read so far.
#[derive(Default)]
struct Fields<'a> {
    kind: Option<u64>,
    room: Option<RoomName>,
    sealed: Option<[u8; SEALED_TAG_LEN]>,
    seq: Option<u64>,
    previous: Option<MessageId>,
    hlc: Option<Hlc>,
    created: Option<u64>,
    lifetime: Option<u64>,
    content: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    fn read(&mut self, key: u64, value: &mut Reader<'a>) -> Result<(), EnvelopeError> {
        match key {
            KIND => self.kind = Some(value.uint()?),
            ROOM => self.room = Some(RoomName::from_wire(value.text()?)?),
            SEALED => self.sealed = Some(fixed(value.bytes()?)?),
            SEQ => self.seq = Some(value.uint()?),
            PREVIOUS => self.previous = Some(MessageId::from_bytes(fixed(value.bytes()?)?)),
            HLC => self.hlc = Some(read_hlc(value)?),
            CREATED => self.created = Some(value.uint()?),
            LIFETIME => self.lifetime = Some(value.uint()?),
            CONTENT => self.content = Some(value.skipped(1)?),
            odd if odd % 2 == 1 => value.skip(1)?,
            key => return Err(EnvelopeError::UnknownField { key }),
        }
        Ok(())
    }

    fn finish(self) -> Result<Body, EnvelopeError> {
        let kind = self.kind.ok_or(missing("kind"))?;
        let scope = match (self.room, self.sealed) {
            (None, None) => Scope::Mesh,
            (Some(room), None) => Scope::Room(room),
            (None, Some(tag)) => Scope::Sealed(tag),
            (Some(_), Some(_)) => return Err(EnvelopeError::Misplaced { kind: "message" }),
        };
        let place = match (self.seq, self.previous) {
            (Some(seq), previous) => Some(Place { seq, previous }),
            (None, None) => None,
            (None, Some(_)) => return Err(EnvelopeError::Place { seq: 0 }),
        };
        let lifetime = self.lifetime.ok_or(missing("lifetime"))?;
        let body = Body {
            scope,
            place,
            hlc: self.hlc.ok_or(missing("clock"))?,
            created: UnixMillis(self.created.ok_or(missing("time"))?),
            lifetime_secs: u32::try_from(lifetime)
                .map_err(|_| EnvelopeError::Lifetime { secs: lifetime })?,
            content: Content::decode(Kind::from(kind), self.content.ok_or(missing("content"))?)?,
        };
        body.check()?;
        Ok(body)
    }
}

const fn missing(field: &'static str) -> EnvelopeError {
    EnvelopeError::Missing { field }
}

pub(super) fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], CborError> {
    bytes.try_into().map_err(|_| CborError::Range)
}

fn read_hlc(value: &mut Reader<'_>) -> Result<Hlc, CborError> {
    if value.array()? != 2 {
        return Err(CborError::Type);
    }
    Ok(Hlc {
        millis: UnixMillis(value.uint()?),
        counter: u32::try_from(value.uint()?).map_err(|_| CborError::Range)?,
    })
}
