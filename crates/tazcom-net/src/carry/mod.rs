//! One session's task: it owns the connection and carries what there is to carry.
//!
//! Everything that could take a peer's time happens here, so that no peer can hold up another. The
//! driver puts orders into the [`Mailbox`], payloads wait in the peer's [`Outgoing`], and what
//! happens is told as [`News`].

mod mailbox;
mod outgoing;
mod task;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
pub(crate) use mailbox::Mailbox;
pub(crate) use outgoing::Outgoing;
pub(crate) use task::{Task, run};
use tazcom_identity::NodeId;
use tazcom_proto::PeerText;
use tazcom_session::PayloadKind;

/// What a session's task tells the driver. How it ended is the task's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// The session stands.
    Up { name: Option<PeerText> },
    /// Our greeting was written.
    Greeted,
    /// The peer greeted, and was answered.
    Hello,
    /// The peer answered our greeting.
    Ack { rtt: Duration },
    /// The peer answered when it was asked whether it is there.
    Alive,
    /// It is time for a successor.
    RenewalDue,
}

/// Something a peer sent to be understood by others than this crate.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Payload {
    /// Who sent it, beyond doubt.
    pub from: NodeId,
    /// In which spell of sessions with it, see [`SessionInfo::spell`](crate::SessionInfo::spell).
    pub spell: u64,
    /// What it belongs to.
    pub kind: PayloadKind,
    /// What it says; at most 64 KiB.
    pub bytes: Bytes,
}

impl Payload {
    /// A payload as it would come; for stand-ins of a network.
    #[must_use]
    pub const fn new(from: NodeId, spell: u64, kind: PayloadKind, bytes: Bytes) -> Self {
        Self {
            from,
            spell,
            kind,
            bytes,
        }
    }
}

impl std::fmt::Debug for Payload {
    /// Without what it says, which is nobody's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payload")
            .field("from", &self.from)
            .field("kind", &self.kind)
            .field("len", &self.bytes.len())
            .finish()
    }
}
