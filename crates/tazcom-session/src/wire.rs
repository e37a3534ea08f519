//! What a session's bytes mean: CBOR, capabilities, bodies, frames.

pub(crate) mod body;
pub(crate) mod caps;
pub(crate) mod frame;
