//! How a node's clock and messages stand.

use crate::cbor::{self, Reader};
use crate::clock::UnixMillis;
use crate::payload::{self, PayloadError};

const WALL: u64 = 1;
const FLOOR: u64 = 2;
const FINGERPRINT: u64 = 3;
const ANSWER: u64 = 5;

/// Of all messages that a node holds: equal where the same messages are held, and otherwise
/// different.
pub type Fingerprint = [u8; 16];

/// How a node's clock and messages stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// What its clock says.
    pub wall: UnixMillis,
    /// It keeps nothing that was created before.
    pub floor: UnixMillis,
    /// Of the messages it holds.
    pub fingerprint: Fingerprint,
    /// Whether it asks for the receiver's.
    pub answer: bool,
}

impl Status {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        cbor::put_map(out, 3 + usize::from(self.answer));
        cbor::put_uint(out, WALL);
        cbor::put_uint(out, self.wall.0);
        cbor::put_uint(out, FLOOR);
        cbor::put_uint(out, self.floor.0);
        cbor::put_uint(out, FINGERPRINT);
        cbor::put_bytes(out, &self.fingerprint);
        if self.answer {
            cbor::put_uint(out, ANSWER);
            cbor::put_uint(out, 1);
        }
    }

    pub(super) fn decode(value: &mut Reader<'_>) -> Result<Self, PayloadError> {
        let (mut wall, mut floor, mut fingerprint, mut answer) = (None, None, None, false);
        value.fields(|key, value| {
            match key {
                WALL => wall = Some(UnixMillis(value.uint()?)),
                FLOOR => floor = Some(UnixMillis(value.uint()?)),
                FINGERPRINT => fingerprint = Some(payload::fixed(value)?),
                // Not said in two ways.
                ANSWER => match value.uint()? {
                    1 => answer = true,
                    _ => return Err(cbor::CborError::Range.into()),
                },
                odd if odd % 2 == 1 => value.skip(2)?,
                key => return Err(PayloadError::UnknownField { key }),
            }
            Ok(())
        })?;
        let missing = |field| PayloadError::Missing { field };
        Ok(Self {
            wall: wall.ok_or_else(|| missing("time"))?,
            floor: floor.ok_or_else(|| missing("floor"))?,
            fingerprint: fingerprint.ok_or_else(|| missing("fingerprint"))?,
            answer,
        })
    }
}
