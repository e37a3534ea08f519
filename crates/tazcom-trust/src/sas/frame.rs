//! The steps as they travel: `[kind, run, value]` in the one encoding there is.

use bytes::Bytes;
use tazcom_proto::cbor::{self, CborError, Reader};
use tazcom_proto::direct::MAX_VERIFY_LEN;

/// Tells one run from all others: chosen at random by its initiator.
pub(super) type RunId = [u8; 16];

const START: u64 = 0;
const KEY: u64 = 2;
const REVEAL: u64 = 4;
const MAC: u64 = 6;
const CANCEL: u64 = 8;

/// A step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Start { promise: [u8; 32] },
    Key([u8; 32]),
    Reveal([u8; 32]),
    Mac([u8; 32]),
    Cancel(Reason),
}

/// Why the other called it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// It does not want to, or cannot now.
    Unwilling,
    /// It sees something else.
    Different,
}

pub(super) fn encode(run: &RunId, step: &Step) -> Bytes {
    let (kind, value): (_, &[u8]) = match step {
        Step::Start { promise } => (START, promise),
        Step::Key(key) => (KEY, key),
        Step::Reveal(key) => (REVEAL, key),
        Step::Mac(mac) => (MAC, mac),
        Step::Cancel(Reason::Unwilling) => (CANCEL, &[0]),
        Step::Cancel(Reason::Different) => (CANCEL, &[1]),
    };
    let mut out = Vec::with_capacity(64);
    cbor::put_array(&mut out, 3);
    cbor::put_uint(&mut out, kind);
    cbor::put_bytes(&mut out, run);
    cbor::put_bytes(&mut out, value);
    out.into()
}

pub(super) fn decode(bytes: &[u8]) -> Result<(RunId, Step), CborError> {
    if bytes.len() > MAX_VERIFY_LEN {
        return Err(CborError::Range);
    }
    let mut reader = Reader::new(bytes);
    if reader.array()? != 3 {
        return Err(CborError::Type);
    }
    let kind = reader.uint()?;
    let run = fixed(&mut reader)?;
    let step = match kind {
        START => Step::Start {
            promise: fixed(&mut reader)?,
        },
        KEY => Step::Key(fixed(&mut reader)?),
        REVEAL => Step::Reveal(fixed(&mut reader)?),
        MAC => Step::Mac(fixed(&mut reader)?),
        CANCEL => match fixed(&mut reader)? {
            [1] => Step::Cancel(Reason::Different),
            // Whatever it is called in a later version, it is off.
            [_] => Step::Cancel(Reason::Unwilling),
        },
        _ => return Err(CborError::Range),
    };
    reader.finish()?;
    Ok((run, step))
}

fn fixed<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], CborError> {
    reader.bytes()?.try_into().map_err(|_| CborError::Range)
}
