//! Comparing emoji: two people in a session make sure that nobody is between them.
//!
//! ```text
//! initiator                                   responder
//!   Start(run, hash of e_i)        ->
//!                                             the person is asked
//!                                  <-         Key(run, e_r)
//!   Reveal(run, e_i)               ->         the hash is of e_i, else it ends
//!   both show seven emoji, or three numbers, made of the secret of e_i and e_r, of both keys,
//!   both ids and the session
//!   Mac(run, ids)                 <-->        Mac(run, ids), when the person says "the same"
//! ```
//!
//! The initiator is bound to its key before it sees the other, so whoever is between two people has one
//! guess at 42 bits, and no way to try keys until the emoji fit (S. Vaudenay, *Secure Communications over
//! Insecure Channels Based on Short Authenticated Strings*, 2005). The keys are agreed on by X25519.

mod emoji;
mod failures;
mod frame;
mod run;
mod runs;

use std::fmt;

use bytes::Bytes;
pub use emoji::Emoji;
use tazcom_identity::NodeId;

pub use self::runs::Verifications;

/// What [`Verifications`] is told.
#[non_exhaustive]
pub enum Input {
    /// The person here wants to compare with `peer`.
    Start {
        /// With whom.
        peer: NodeId,
        /// What only the two ends of their session know of it: its channel binding.
        binding: [u8; 32],
    },
    /// The person here agrees to compare with `peer`, after [`Output::Asked`].
    Answer {
        /// With whom.
        peer: NodeId,
    },
    /// A step came, in a session that proved who `peer` is.
    Frame {
        /// Who sent it.
        peer: NodeId,
        /// The channel binding of that session.
        binding: [u8; 32],
        /// The step.
        frame: Bytes,
    },
    /// The person here has compared.
    Confirm {
        /// With whom.
        peer: NodeId,
        /// Whether both see the same.
        same: bool,
    },
    /// The person here does not want to (any more).
    Cancel {
        /// With whom.
        peer: NodeId,
    },
    /// The session with `peer` has ended.
    Closed {
        /// Whose.
        peer: NodeId,
    },
    /// The instant of [`Output::Wait`] has come.
    Timeout,
}

/// Says nothing of what is in it.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start { .. } => "Start",
            Self::Answer { .. } => "Answer",
            Self::Frame { .. } => "Frame",
            Self::Confirm { .. } => "Confirm",
            Self::Cancel { .. } => "Cancel",
            Self::Closed { .. } => "Closed",
            Self::Timeout => "Timeout",
        })
    }
}

/// What [`Verifications`] wants done.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// This is to be sent, in the session whose binding was given.
    Send {
        /// To whom.
        peer: NodeId,
        /// Up to [`MAX_VERIFY_LEN`](tazcom_proto::direct::MAX_VERIFY_LEN) bytes.
        frame: Bytes,
    },
    /// The other wants to compare. The person here is to be asked: [`Input::Answer`] or
    /// [`Input::Cancel`].
    Asked {
        /// Who.
        peer: NodeId,
    },
    /// This is to be shown, and compared with what the other sees: [`Input::Confirm`].
    Show {
        /// With whom.
        peer: NodeId,
        /// What.
        sas: Sas,
    },
    /// Both have said that they see the same, and both have proved it.
    Verified {
        /// Who.
        peer: NodeId,
    },
    /// Nobody was verified.
    Failed {
        /// With whom.
        peer: NodeId,
        /// Why.
        why: Failure,
    },
    /// There is nothing more to do until then.
    Wait(Option<std::time::Instant>),
}

/// Says nothing of what is in it.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { frame, .. } => write!(f, "Send({} bytes)", frame.len()),
            Self::Asked { .. } => f.write_str("Asked"),
            Self::Show { .. } => f.write_str("Show(..)"),
            Self::Verified { .. } => f.write_str("Verified"),
            Self::Failed { why, .. } => write!(f, "Failed({why:?})"),
            Self::Wait(_) => f.write_str("Wait"),
        }
    }
}

/// What two people compare. One of the two is enough.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sas {
    /// 42 bits. To be compared by their names where they look alike.
    pub emoji: [Emoji; 7],
    /// 39 bits, for terminals without emoji: each 1000 to 9191.
    pub numbers: [u16; 3],
}

impl fmt::Debug for Sas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sas(..)")
    }
}

/// Why nobody was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The person here sees something else than the other.
    #[error(
        "the two of you do not see the same: somebody may be between you; do not trust this session"
    )]
    Different,
    /// The other person says that it sees something else.
    #[error("the other says that you do not see the same: somebody may be between you")]
    DifferentThere,
    /// The other proved that it sees something else, whatever the person there says.
    #[error("the other does not see the same, whatever it says: somebody may be between you")]
    Unproved,
    /// The key that was shown is not the one that was promised.
    #[error("the other changed its key on the way, which no honest program does")]
    BrokenPromise,
    /// What came is no step, or not the one that was due.
    #[error("the other did not keep to the order of comparing")]
    OutOfOrder,
    /// It was called off here.
    #[error("called off")]
    Cancelled,
    /// The other called it off, or does not want to now.
    #[error("the other called it off")]
    CancelledThere,
    /// Nobody did what was due within two minutes.
    #[error("it took too long; begin again when both of you are there")]
    TimedOut,
    /// The session it belonged to has ended.
    #[error("the session ended meanwhile; begin again")]
    SessionEnded,
    /// It went wrong three times within an hour.
    #[error(
        "comparing with this one went wrong {} times within an hour; wait, or use words or a code",
        failures::MAX_FAILURES
    )]
    TooOften,
    /// As many are compared with as can be at once.
    #[error("comparing with {} others already; end that first", runs::MAX_RUNS)]
    Busy,
    /// With oneself, or with one who is compared with already.
    #[error("there is nobody to begin with: it is yourself, or it has begun")]
    NotNow,
}
