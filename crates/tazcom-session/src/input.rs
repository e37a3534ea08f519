//! What happens to a state machine of this crate.

use std::fmt;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input<'a> {
    /// These bytes were read from the connection, in any chunking.
    Received(&'a [u8]),
    /// The peer closed the connection, or it broke.
    Closed,
    /// The deadline last waited for has come. Harmless when it has not.
    Timeout,
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Received(bytes) => write!(f, "Received({} bytes)", bytes.len()),
            Self::Closed => f.write_str("Closed"),
            Self::Timeout => f.write_str("Timeout"),
        }
    }
}
