//! The handle.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use tazcom_identity::NodeId;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::bind::{self, BindError};
use crate::config::Config;
use crate::dial::Sighting;
use crate::driver::Driver;
use crate::inbox::Inbox;
use crate::outbox::{self, Events};

/// A node's presence on TCP: answers HELLO, and greets the peers it is told of.
///
/// A cheap handle to a task that owns everything. Calls return at once and take effect on the
/// task's next turn. When the last handle is dropped the endpoint shuts down by itself.
#[derive(Clone, Debug)]
pub struct Endpoint {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    inbox: Arc<Inbox>,
    local_addrs: Arc<[SocketAddr]>,
    shutdown: CancellationToken,
    ended: watch::Receiver<Option<ShutdownReport>>,
}

/// How the exchanges that were under way at shutdown ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShutdownReport {
    /// Came to their own end within [`Deadlines::drain`](crate::Deadlines::drain).
    pub drained: usize,
    /// Did not, and were cut off. Dials that had no connection yet are not counted: they are
    /// dropped at once, since nobody has heard of them.
    pub aborted: usize,
}

impl Endpoint {
    /// Listens on the configured addresses and starts the endpoint's task on the current tokio
    /// runtime, which needs its I/O and time drivers.
    ///
    /// # Errors
    /// See [`BindError`]; no socket stays open and no task runs.
    #[expect(
        clippy::unused_async,
        reason = "it needs a running runtime, and `async` says so in the type"
    )]
    pub async fn bind(our_id: NodeId, config: Config) -> Result<(Self, Events), BindError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| BindError::Entropy)?;
        let listeners = bind::listen(&config.listen)?;
        let local_addrs: Arc<[SocketAddr]> = listeners
            .iter()
            .filter_map(|listener| TcpListener::local_addr(listener).ok())
            .collect();

        let inbox = Arc::new(Inbox::default());
        let shutdown = CancellationToken::new();
        let (report, ended) = watch::channel(None);
        let (outbox, events) = outbox::channel(config.event_capacity.get());
        let rng = ChaCha8Rng::from_seed(seed);
        let driver = Driver::new(
            our_id,
            &config,
            listeners,
            Arc::clone(&local_addrs),
            outbox,
            rng,
        );
        tokio::spawn(driver.run(Arc::clone(&inbox), shutdown.clone(), report));

        let shared = Shared {
            inbox,
            local_addrs,
            shutdown,
            ended,
        };
        Ok((
            Self {
                shared: Arc::new(shared),
            },
            events,
        ))
    }

    /// The addresses in use, with their real ports. A wildcard stays a wildcard.
    #[must_use]
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        self.shared.local_addrs.to_vec()
    }

    /// Discovery found a peer, or something about it changed. The peer is greeted once, and again
    /// when the address it answered at is no longer among its addresses.
    pub fn peer_seen(&self, sighting: Sighting) {
        self.shared.inbox.seen(sighting);
    }

    /// Discovery lost a peer: it is no longer dialled, and greeted again when it comes back.
    pub fn peer_gone(&self, id: NodeId) {
        self.shared.inbox.gone(id);
    }

    /// Greets an address given by hand, whatever its port or network, and retries with back-off
    /// until it answers. Called again for an address that answered, it is greeted again.
    pub fn greet(&self, addr: SocketAddr) {
        self.shared.inbox.by_hand(addr);
    }

    /// Accepts only connections that arrived at one of these addresses of this host from now on;
    /// `None` accepts any. Others are closed without a byte.
    pub fn allow_local(&self, local: Option<BTreeSet<IpAddr>>) {
        self.shared.inbox.allow_local(local);
    }

    /// The addresses this host has now, on whatever interface; replaces what was told before.
    ///
    /// An announced address that is one of them is dialled only when this host announced it (the
    /// source is one of them too, or loopback), and never at a port we listen on: or a record
    /// forged on the LAN could aim us at services that only this host may reach.
    pub fn own_addresses(&self, own: BTreeSet<IpAddr>) {
        self.shared.inbox.own_addresses(own);
    }

    /// Stops accepting and dialling, lets exchanges under way end for at most
    /// [`Deadlines::drain`](crate::Deadlines::drain), aborts the rest. When this returns no task
    /// and no socket of the endpoint is left. May be called from several handles.
    pub async fn shutdown(&self) -> ShutdownReport {
        self.shared.shutdown.cancel();
        let mut ended = self.shared.ended.clone();
        // An error means that the runtime dropped the task before it could report.
        let report = ended
            .wait_for(Option::is_some)
            .await
            .map_or(None, |report| *report);
        report.unwrap_or_default()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
