//! The bytes of a sealed message, and what they are called.

use bytes::Bytes;
use tazcom_proto::MessageId;
use vodozemac::olm::OlmMessage;

/// One byte for the type of message, and the message.
pub(crate) fn encode(message: &OlmMessage) -> Bytes {
    let (kind, message) = message.to_parts();
    let mut bytes = Vec::with_capacity(message.len() + 1);
    bytes.push(u8::try_from(kind).unwrap_or(u8::MAX));
    bytes.extend_from_slice(&message);
    bytes.into()
}

/// None when it is nothing that [`encode`] writes.
pub(crate) fn decode(bytes: &[u8]) -> Option<OlmMessage> {
    let (kind, message) = bytes.split_first()?;
    OlmMessage::from_parts(usize::from(*kind), message).ok()
}

/// What sealed bytes are called.
pub(crate) fn name(bytes: &[u8]) -> MessageId {
    MessageId::of(bytes)
}
