//! Puts together what did not fit into one frame.

use bytes::{Bytes, BytesMut};

use crate::limits::MAX_BODY_LEN;
use crate::session::SessionError;
use crate::wire::body::{Body, Encoded, MAX_ASSEMBLED_LEN, PART_LEN};

/// The parts that arrived of one body.
#[derive(Debug, Default)]
pub(super) struct Parts {
    so_far: BytesMut,
}

impl Parts {
    /// Takes a part that is not the last. It fills its frame: a body has one way to be cut, and a
    /// peer cannot make us put together crumbs.
    pub(super) fn add(&mut self, part: &Bytes) -> Result<(), SessionError> {
        if part.len() != PART_LEN || self.so_far.len() + part.len() >= MAX_ASSEMBLED_LEN {
            return Err(SessionError::Parts);
        }
        self.so_far.extend_from_slice(part);
        Ok(())
    }

    /// Takes the last part; the body they make. One that would have fitted into a frame is refused.
    pub(super) fn last(&mut self, part: &Bytes) -> Result<Body, SessionError> {
        let len = self.so_far.len() + part.len();
        let cut_in_need = (MAX_BODY_LEN + 1..=MAX_ASSEMBLED_LEN).contains(&len);
        if part.is_empty() || part.len() > PART_LEN || !cut_in_need {
            return Err(SessionError::Parts);
        }
        let mut whole = std::mem::take(&mut self.so_far);
        whole.extend_from_slice(part);
        match Body::decode(&whole.freeze())? {
            body @ (Body::Payload(..) | Body::Skipped) => Ok(body),
            _ => Err(SessionError::Parts),
        }
    }
}

/// Cuts a body that is longer than a frame.
pub(super) fn cut(body: &Encoded) -> impl Iterator<Item = Encoded> + use<> {
    let mut rest = Bytes::from([&body.head[..], &body.content].concat());
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let part = rest.split_to(rest.len().min(PART_LEN));
        done = rest.is_empty();
        let body = match done {
            true => Body::LastPart(part),
            false => Body::Part(part),
        };
        Some(body.encode())
    })
}
