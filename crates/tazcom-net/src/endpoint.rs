//! The handle.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use tazcom_identity::{NodeId, SecretKey};
use tazcom_session::{ByeCode, PayloadKind};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::bind::{self, BindError};
use crate::config::Config;
use crate::dial::Sighting;
use crate::directory::{Directory, Payloads, PingError, Readers, SendError, SessionInfo};
use crate::driver::{Beginning, Driver};
use crate::inbox::Inbox;
use crate::outbox::{self, Events};
use crate::shake::Own;
use crate::transport::{Listener, Tcp, Transport};

/// How long a ping may take. A session that is silent for longer is asked by itself.
const PING_WITHIN: Duration = Duration::from_secs(10);

/// A node's presence on TCP: keeps a session with each peer it is told of, and answers whoever
/// comes.
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
    directory: Directory,
    readers: Readers,
    payload_capacity: usize,
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
    pub async fn bind(
        identity: Arc<SecretKey>,
        config: Config,
    ) -> Result<(Self, Events), BindError> {
        let listeners = bind::listen(&config.listen)?;
        Self::start(identity, &config, Tcp, listeners)
    }

    /// As [`bind`](Self::bind), over other connections than the operating system's.
    /// [`Config::listen`] means nothing here.
    ///
    /// # Errors
    /// See [`BindError`].
    pub fn start<T: Transport>(
        identity: Arc<SecretKey>,
        config: &Config,
        transport: T,
        listeners: Vec<T::Listener>,
    ) -> Result<(Self, Events), BindError> {
        let rng = match config.seed {
            Some(seed) => ChaCha8Rng::seed_from_u64(seed),
            None => {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed).map_err(|_| BindError::Entropy)?;
                ChaCha8Rng::from_seed(seed)
            }
        };
        let now = tokio::time::Instant::now().into_std();
        let own = Arc::new(Own::new(now, identity, config)?);
        let local_addrs: Arc<[SocketAddr]> = listeners
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .collect();

        let inbox = Arc::new(Inbox::default());
        let shutdown = CancellationToken::new();
        let (report, ended) = watch::channel(None);
        let (outbox, events) = outbox::channel(config.event_capacity.get());
        let (directory, readers) = (Directory::default(), Readers::default());
        let driver = Driver::new(
            config,
            Beginning {
                own,
                transport,
                listeners,
                local_addrs: Arc::clone(&local_addrs),
                outbox,
                directory: directory.clone(),
                readers: readers.clone(),
                rng,
            },
        );
        tokio::spawn(driver.run(Arc::clone(&inbox), shutdown.clone(), report));

        let shared = Shared {
            inbox,
            local_addrs,
            directory,
            readers,
            payload_capacity: config.links.payloads_waiting.get(),
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

    /// Others, or our own memory, say where a peer may be that is not announced. It is tried a few
    /// times and forgotten when it is not there; nothing is told of that. That an address is on-link
    /// is for the caller to check.
    pub fn hint(&self, sighting: Sighting) {
        self.shared.inbox.hinted(sighting);
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

    /// The sessions that stand, one a peer, in the order of their ids.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.shared.directory.sessions()
    }

    /// The session with a peer, if one stands.
    #[must_use]
    pub fn session(&self, id: NodeId) -> Option<SessionInfo> {
        self.shared.directory.session(id)
    }

    /// Bytes of a kind that wait to be carried to a peer, 64 more for each payload. `None` without
    /// a session.
    #[must_use]
    pub fn waiting(&self, id: NodeId, kind: PayloadKind) -> Option<usize> {
        self.shared.directory.waiting(id, kind)
    }

    /// Ends the session with a peer that breaks rules which this crate does not know, with
    /// [`ByeCode::Policy`]. While the peer is announced it is dialled again, less and less often.
    pub fn dismiss(&self, id: NodeId) {
        self.shared.directory.close(id, ByeCode::Policy);
    }

    /// Measures a round trip inside the session with a peer.
    ///
    /// # Errors
    /// See [`PingError`].
    pub async fn ping(&self, id: NodeId) -> Result<Duration, PingError> {
        self.shared.directory.ping(id, PING_WITHIN).await
    }

    /// Queues a payload for a peer; in order for each kind. It has not arrived before the peer
    /// says so: what was queued is lost when the session breaks.
    ///
    /// # Errors
    /// See [`SendError`]; nothing was queued.
    pub fn send(&self, id: NodeId, kind: PayloadKind, bytes: Bytes) -> Result<(), SendError> {
        self.shared.directory.send(id, kind, bytes)
    }

    /// What peers send from now on. There is one reader: it ends for whoever read before. While
    /// nobody reads, payloads are dropped.
    #[must_use]
    pub fn payloads(&self) -> Payloads {
        Payloads {
            queue: self.shared.readers.replace(self.shared.payload_capacity),
        }
    }

    /// Stops accepting and dialling, says goodbye, lets exchanges under way end for at most
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
