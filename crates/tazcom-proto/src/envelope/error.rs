//! Why bytes are no envelope, and why an envelope does not count.

use tazcom_identity::SignatureError;

use crate::cbor::CborError;
use crate::limits::{
    MAX_ENVELOPE_LEN, MAX_LIFETIME_SECS, MAX_NAME_LEN, MAX_RECEIPT_IDS, MAX_SEALED_LEN,
    MAX_TEXT_LEN, MAX_TOPIC_LEN,
};
use crate::room::RoomNameError;

/// Why bytes are no envelope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// More bytes than an envelope may have.
    #[error("an envelope of {len} bytes, at most {MAX_ENVELOPE_LEN} are allowed")]
    TooLong {
        /// Its bytes.
        len: usize,
    },
    /// Fewer bytes than an author and a signature have.
    #[error("too short for an envelope")]
    TooShort,
    /// The body is not the one encoding of a value.
    #[error("the body of an envelope: {0}")]
    Cbor(#[from] CborError),
    /// A field that every envelope has is missing.
    #[error("the body of an envelope has no {field}")]
    Missing {
        /// Which.
        field: &'static str,
    },
    /// A field that is not known and may not be passed over.
    #[error("the body of an envelope has a field {key}, which this version does not know")]
    UnknownField {
        /// Its key.
        key: u64,
    },
    /// The room has no name that a room may have.
    #[error(transparent)]
    Room(#[from] RoomNameError),
    /// The message before it is named by the first, or not named by a later one.
    #[error("message {seq} of its author does not fit what it says of the one before")]
    Place {
        /// Which it says it is.
        seq: u64,
    },
    /// It would live longer than allowed, or not at all.
    #[error("a lifetime of {secs} s, 1 to {MAX_LIFETIME_SECS} are allowed")]
    Lifetime {
        /// Seconds.
        secs: u64,
    },
    /// The clock that orders it is behind the time it says it was made.
    #[error("it is ordered before the time it was made")]
    Clock,
    /// It belongs where its kind does not belong.
    #[error("a {kind} does not belong there")]
    Misplaced {
        /// Its kind.
        kind: &'static str,
    },
    /// A text of no bytes, or of more than allowed.
    #[error("a text of {len} bytes, 1 to {MAX_TEXT_LEN} are allowed")]
    TextLength {
        /// Its bytes.
        len: usize,
    },
    /// A name of no bytes, or of more than allowed.
    #[error("a name of {len} bytes, 1 to {MAX_NAME_LEN} are allowed")]
    NameLength {
        /// Its bytes.
        len: usize,
    },
    /// A topic of more bytes than allowed.
    #[error("a topic of {len} bytes, at most {MAX_TOPIC_LEN} are allowed")]
    TopicLength {
        /// Its bytes.
        len: usize,
    },
    /// Nothing sealed, or more than allowed.
    #[error("{len} sealed bytes, 1 to {MAX_SEALED_LEN} are allowed")]
    SealedLength {
        /// How many.
        len: usize,
    },
    /// A receipt for nothing, or for more messages than allowed.
    #[error("a receipt for {len} messages, 1 to {MAX_RECEIPT_IDS} are allowed")]
    ReceiptLength {
        /// How many.
        len: u64,
    },
}

/// Why an envelope does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the envelope is not its author's: {0}")]
pub struct VerifyError(#[from] pub SignatureError);
