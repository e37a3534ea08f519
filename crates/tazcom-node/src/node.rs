//! The handle on a running node.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tazcom_discovery::{Discovery, Interface, InterfaceFilter, Peer, Stats};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_net::{self as net, Endpoint, PingError, SessionInfo};
use tazcom_store::StoreHandle;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::builder::{Backend, Builder};
use crate::contact::Contact;
use crate::feed::{Events, Feed};
use crate::keep::Keeper;
use crate::reach;
use crate::talk::Ask;

/// A running node. Cheap to clone; all clones are the same node.
///
/// When the last clone is dropped the node shuts down in the background. Call
/// [`shutdown`](Self::shutdown) to wait for it. Even when the runtime itself goes away, in a panic
/// for example, a last goodbye is attempted.
#[derive(Clone, Debug)]
pub struct Node {
    parts: Arc<Parts>,
}

/// What a handle holds. The run loop holds its own, so that dropping the handles can end it.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) id: NodeId,
    pub(crate) backend: Backend,
    pub(crate) filter: InterfaceFilter,
    pub(crate) discovery: Arc<dyn Discovery>,
    pub(crate) endpoint: Endpoint,
    pub(crate) feed: Feed,
    pub(crate) asks: mpsc::Sender<Ask>,
    pub(crate) store: StoreHandle,
    pub(crate) keeper: Keeper,
    pub(crate) peers_by_hand: usize,
    /// Subscribed before the run loop began; goes to whoever subscribes first.
    pub(crate) from_the_start: Mutex<Option<Events>>,
    pub(crate) stop: CancellationToken,
    pub(crate) report: watch::Receiver<Option<ShutdownReport>>,
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// How a node ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// What became of the connections under way.
    pub network: net::ShutdownReport,
    /// Whether the run loop had ended in a panic before it could wind down.
    pub panicked: bool,
}

impl Node {
    /// Describes a node with this identity. [`Builder::start`] starts it.
    ///
    /// The key is taken, not lent: one key runs one node.
    #[must_use]
    pub fn builder(key: SecretKey) -> Builder {
        Builder::new(key)
    }

    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
        }
    }

    pub(crate) fn asks(&self) -> &mpsc::Sender<Ask> {
        &self.parts.asks
    }

    pub(crate) fn store(&self) -> &StoreHandle {
        &self.parts.store
    }

    pub(crate) fn keeper(&self) -> &Keeper {
        &self.parts.keeper
    }

    pub(crate) fn peers_by_hand(&self) -> usize {
        self.parts.peers_by_hand
    }

    /// Who the node is.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.parts.id
    }

    /// How it looks for others.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.parts.backend
    }

    /// The addresses it is bound to; a wildcard stays one.
    #[must_use]
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        self.parts.endpoint.local_addrs()
    }

    /// The addresses others can reach it at now: a wildcard is spelled out as the addresses of the
    /// interfaces in use, IPv4 first.
    #[must_use]
    pub fn reachable_at(&self) -> Vec<SocketAddr> {
        reach::reachable_at(&self.local_addrs(), &self.interfaces())
    }

    /// The interfaces it uses now.
    #[must_use]
    pub fn interfaces(&self) -> Vec<Interface> {
        let parts = &self.parts;
        parts
            .backend
            .in_use(parts.discovery.as_ref(), &parts.filter)
    }

    /// The full DNS-SD name it is announced by; `None` when it is not announced.
    #[must_use]
    pub fn service_name(&self) -> Option<String> {
        (self.parts.backend != Backend::None)
            .then(|| format!("TAZCOM Node {}._tazcom._tcp.local.", self.parts.id.short()))
    }

    /// Everything that happens from now on, after one discovery for everybody already known. The
    /// first subscription begins at the start of the node instead and misses nothing.
    #[must_use]
    pub fn events(&self) -> Events {
        let first = self
            .parts
            .from_the_start
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        first.unwrap_or_else(|| self.parts.feed.subscribe())
    }

    /// The peers announced now, in the order of their ids.
    #[must_use]
    pub fn peers(&self) -> Vec<Peer> {
        self.parts.feed.peers()
    }

    /// The sessions there are now, one a peer.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.parts.endpoint.sessions()
    }

    /// Everybody who is announced or has a session, in the order of their ids, and how far we have
    /// got with each.
    #[must_use]
    pub fn contacts(&self) -> Vec<Contact> {
        self.parts.feed.contacts(self.sessions())
    }

    /// Measures one round trip in the session with a peer.
    ///
    /// # Errors
    /// [`PingError`], for example when there is no session.
    pub async fn ping(&self, id: NodeId) -> Result<Duration, PingError> {
        let rtt = self.parts.endpoint.ping(id).await?;
        self.parts.feed.measured(id, rtt);
        Ok(rtt)
    }

    /// What discovery has sent and heard.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.parts.discovery.stats()
    }

    /// Greets whoever listens at `addr`, announced or not, and tries again until it answers.
    pub fn greet(&self, addr: SocketAddr) {
        self.parts.endpoint.greet(addr);
    }

    /// Says goodbye, stops accepting, lets exchanges under way finish within their deadline, ends
    /// the rest and reports. Afterwards no task of the node is left. Idempotent.
    pub async fn shutdown(&self) -> ShutdownReport {
        self.parts.stop.cancel();
        let mut report = self.parts.report.clone();
        let ended = report.wait_for(Option::is_some).await;
        match ended.as_deref() {
            Ok(Some(report)) => report.clone(),
            _ => ShutdownReport {
                panicked: true,
                ..ShutdownReport::default()
            },
        }
    }
}
