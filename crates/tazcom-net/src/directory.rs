//! The sessions that stand, as the handle sees them: shared between it and the driver.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::PeerText;
use tazcom_session::limits::MAX_PAYLOAD_LEN;
use tazcom_session::{ByeCode, ChannelBinding, PayloadKind, Role};
use tokio::sync::mpsc;

use crate::carry::{Mailbox, Outgoing, Payload};

/// A session that stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionInfo {
    /// Who is at the other end, beyond doubt.
    pub id: NodeId,
    /// The other end of the connection. When the peer dialled, its port is the connection's and
    /// not the one it listens on.
    pub addr: SocketAddr,
    /// Which end we are: the initiator is the one that dialled.
    pub role: Role,
    /// When it was authenticated.
    pub since: Instant,
    /// What the peer calls itself.
    pub name: Option<PeerText>,
    /// The name of this session that both ends know and nobody else.
    pub binding: ChannelBinding,
    /// Counts the times that sessions with anybody began. It stays while one session replaces
    /// another without anything being told, and is larger the next time.
    pub spell: u64,
}

/// Why no round trip was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PingError {
    /// There is no session with this peer.
    #[error("there is no session with this peer")]
    NoSession,
    /// Too many pings wait for their turn.
    #[error("too many pings to this peer at once")]
    Busy,
    /// The session ended before the answer came.
    #[error("the session ended before the answer came")]
    Ended,
    /// No answer came in time.
    #[error("no answer within {} s", .after.as_secs_f32())]
    TimedOut {
        /// How long was waited.
        after: Duration,
    },
}

/// Why a payload was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// There is no session with this peer.
    #[error("there is no session with this peer")]
    NoSession,
    /// The payload is longer than the largest.
    #[error("a payload of {len} bytes, at most {MAX_PAYLOAD_LEN} are allowed")]
    TooLong {
        /// Bytes of the payload.
        len: usize,
    },
    /// As much of its kind waits for this peer as may.
    #[error("{limit} bytes of this kind wait for this peer already")]
    Full {
        /// The limit, in bytes.
        limit: usize,
    },
}

/// One peer's session.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) info: SessionInfo,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) outgoing: Arc<Outgoing>,
}

/// Bounded by the sessions there may be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory(Arc<Mutex<BTreeMap<NodeId, Entry>>>);

impl Directory {
    pub(crate) fn insert(&self, peer: NodeId, entry: Entry) {
        self.lock().insert(peer, entry);
    }

    pub(crate) fn remove(&self, peer: NodeId) {
        self.lock().remove(&peer);
    }

    pub(crate) fn sessions(&self) -> Vec<SessionInfo> {
        let entries = self.lock();
        entries.values().map(|entry| entry.info.clone()).collect()
    }

    pub(crate) fn send(
        &self,
        peer: NodeId,
        kind: PayloadKind,
        bytes: Bytes,
    ) -> Result<(), SendError> {
        if bytes.len() > MAX_PAYLOAD_LEN {
            return Err(SendError::TooLong { len: bytes.len() });
        }
        let entry = self.lock().get(&peer).cloned();
        let entry = entry.ok_or(SendError::NoSession)?;
        let queued = entry.outgoing.push(kind, bytes);
        queued.map_err(|full| SendError::Full { limit: full.limit })?;
        entry.mailbox.wake();
        Ok(())
    }

    pub(crate) fn session(&self, peer: NodeId) -> Option<SessionInfo> {
        self.lock().get(&peer).map(|entry| entry.info.clone())
    }

    pub(crate) fn waiting(&self, peer: NodeId, kind: PayloadKind) -> Option<usize> {
        let entry = self.lock().get(&peer).cloned();
        entry.map(|entry| entry.outgoing.waiting(kind))
    }

    pub(crate) fn close(&self, peer: NodeId, code: ByeCode) {
        if let Some(entry) = self.lock().get(&peer) {
            entry.mailbox.close(code);
        }
    }

    pub(crate) async fn ping(&self, peer: NodeId, within: Duration) -> Result<Duration, PingError> {
        let entry = self.lock().get(&peer).cloned();
        let entry = entry.ok_or(PingError::NoSession)?;
        let answered = entry.mailbox.ping().ok_or(PingError::Busy)?;
        match tokio::time::timeout(within, answered).await {
            Ok(Ok(round_trip)) => Ok(round_trip),
            Ok(Err(_)) => Err(PingError::Ended),
            Err(_) => Err(PingError::TimedOut { after: within }),
        }
    }

    /// A panic elsewhere leaves the map whole: every change to it is a single call.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever reads payloads, if anybody does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readers(Arc<Mutex<Option<mpsc::Sender<Payload>>>>);

impl Readers {
    /// Where payloads go; `None` when nobody reads them.
    pub(crate) fn get(&self) -> Option<mpsc::Sender<Payload>> {
        let reader = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reader.clone().filter(|reader| !reader.is_closed())
    }

    /// From now on payloads go to the one who holds the other end, and to nobody before.
    pub(crate) fn replace(&self, capacity: usize) -> mpsc::Receiver<Payload> {
        let (sender, receiver) = mpsc::channel(capacity);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }
}

/// What peers send to be understood by others than this crate.
#[derive(Debug)]
pub struct Payloads {
    pub(crate) queue: mpsc::Receiver<Payload>,
}

impl Payloads {
    /// The next payload, of whichever peer; in order for each of them. `None` once somebody else
    /// reads them, or the endpoint is gone.
    ///
    /// Cancel-safe. Read it steadily: while it is full, sessions stop reading, and peers wait.
    pub async fn next(&mut self) -> Option<Payload> {
        self.queue.recv().await
    }

    /// The next payload, if one waits already.
    pub fn try_next(&mut self) -> Option<Payload> {
        self.queue.try_recv().ok()
    }
}
