//! How a node is put together.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tazcom_discovery::{self as discovery, Discovery, Interface, InterfaceFilter, LocalService};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_net::{self as net, BindError, Endpoint};
use tazcom_proto::PROTOCOL_VERSION;
use tazcom_store::{self as store, StoreError};
use tazcom_vault::{Vault, VaultError};
use tokio_util::sync::CancellationToken;

use crate::feed::{EVENT_CAPACITY, Publisher};
use crate::keep::Keeper;
use crate::node::{Node, Parts};
use crate::private::{RestoreError, STATE};
use crate::reach;
use crate::run::{Run, Sources};
use crate::talk::{Beginning, Disk, Limits, MAX_ASKED, Storage, Talk};

/// How a node finds others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// Our own DNS-SD engine over multicast DNS.
    #[default]
    Native,
    /// The thin backend on `simple-mdns`, with that crate's limits. Needs the feature
    /// `simple-mdns`.
    SimpleMdns,
    /// None: only peers given by hand are greeted, and nothing is announced.
    None,
}

impl Backend {
    /// The interfaces a node uses: where discovery looks, or would.
    pub(crate) fn in_use(
        self,
        discovery: &dyn Discovery,
        filter: &InterfaceFilter,
    ) -> Vec<Interface> {
        if self.watches_interfaces() {
            discovery.interfaces()
        } else {
            filter.select(&reach::present())
        }
    }

    /// Whether discovery tells when an interface comes, goes or changes its addresses.
    fn watches_interfaces(self) -> bool {
        match self {
            Self::Native => true,
            Self::SimpleMdns | Self::None => false,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::SimpleMdns => "simple-mdns",
            Self::None => "none",
        })
    }
}

/// Why a node could not start. Nothing is left running.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The TCP side could not listen.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Discovery could not start.
    #[error("discovery could not start: {0}")]
    Discovery(#[from] discovery::StartError),
    /// What is kept cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is private cannot be unlocked.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What was kept of private conversations cannot be read.
    #[error(transparent)]
    Private(#[from] RestoreError),
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    Entropy,
    /// The backend is not part of this build.
    #[error("this build has no {0} discovery; build it with the feature `{0}`")]
    NotBuiltIn(Backend),
}

/// What a node shall be, before it is one. See [`Node::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    key: Arc<SecretKey>,
    name: String,
    modern: BTreeSet<NodeId>,
    interfaces: InterfaceFilter,
    port: u16,
    peers: Vec<SocketAddr>,
    backend: Backend,
    network: net::Config,
    storage: Storage,
    kept: store::Config,
    talk: Limits,
    vault: Option<Arc<Vault>>,
}

impl Builder {
    pub(crate) fn new(key: SecretKey) -> Self {
        Self {
            key: Arc::new(key),
            name: String::new(),
            modern: BTreeSet::new(),
            interfaces: InterfaceFilter::Auto,
            port: 0,
            peers: Vec::new(),
            backend: Backend::Native,
            network: net::Config::lan(),
            storage: Storage::Memory,
            kept: store::Config::lan(),
            talk: Limits::lan(),
            vault: None,
        }
    }

    /// What the node calls itself, at most [`MAX_NAME_LEN`](crate::MAX_NAME_LEN) bytes. Only peers that have proven who
    /// they are are told. Default: nothing.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds ids that are known to speak sessions: whoever answers in plain in their place is not
    /// believed. What the node learns of it by itself is told as [`Event::SessionUp`].
    ///
    /// [`Event::SessionUp`]: crate::Event::SessionUp
    #[must_use]
    pub fn modern(mut self, ids: impl IntoIterator<Item = NodeId>) -> Self {
        self.modern.extend(ids);
        self
    }

    /// Which interfaces to use. Default: every LAN interface, and loopback while there is none.
    ///
    /// With interfaces named, connections are accepted at their addresses only; with nothing but
    /// loopback named, the node listens on loopback alone.
    #[must_use]
    pub fn interfaces(mut self, interfaces: InterfaceFilter) -> Self {
        self.interfaces = interfaces;
        self
    }

    /// The TCP port. Default: 0, any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Adds a peer that is greeted whether or not it is announced. May be called again.
    #[must_use]
    pub fn peer(mut self, addr: SocketAddr) -> Self {
        self.peers.push(addr);
        self
    }

    /// How to find others. Default: [`Backend::Native`].
    #[must_use]
    pub fn discovery(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// The limits of the TCP side. Default: [`tazcom_net::Config::lan`]. Where to listen follows
    /// from [`interfaces`](Self::interfaces) and [`port`](Self::port), and so do
    /// [`name`](Self::name) and [`modern`](Self::modern), whatever it says.
    #[must_use]
    pub fn network(mut self, config: net::Config) -> Self {
        self.network = config;
        self
    }

    /// Where messages are kept. Default: in memory.
    #[must_use]
    pub fn storage(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
    }

    /// With what is sealed what is said in private. Default: for messages in a directory the vault that
    /// is there, or a new one without a passphrase; for messages in memory one in memory.
    #[must_use]
    pub fn vault(mut self, vault: Vault) -> Self {
        self.vault = Some(Arc::new(vault));
        self
    }

    /// How much is kept, and for how long. Default: [`tazcom_store::Config::lan`].
    #[must_use]
    pub fn kept(mut self, config: store::Config) -> Self {
        self.kept = config;
        self
    }

    /// The limits of the mesh. Default: [`tazcom_gossip::Config::lan`].
    #[must_use]
    pub fn mesh(mut self, config: tazcom_gossip::Config) -> Self {
        self.talk.mesh = config;
        self
    }

    /// The limits of the conversation. Default: [`tazcom_chat::Config::lan`].
    #[must_use]
    pub fn conversation(mut self, config: tazcom_chat::Config) -> Self {
        self.talk.chat = config;
        self
    }

    /// Starts the node: listens, announces, looks for others.
    ///
    /// # Errors
    /// [`StartError`], for example when the port is in use.
    pub async fn start(self) -> Result<Node, StartError> {
        let id = self.key.node_id();
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| StartError::Entropy)?;
        let vault = open_vault(self.vault, &self.storage).await?;
        let beginning = open_disk(self.storage, self.kept, id).await?;
        // What the user said last counts, wherever it was said.
        let name = match self.name.is_empty() {
            true => beginning.restored.name.clone().unwrap_or_default(),
            false => self.name,
        };
        let config = net::Config {
            listen: reach::listen_on(&self.interfaces, &reach::present(), self.port),
            name: name.clone(),
            modern: self.modern,
            ..self.network
        };
        let (endpoint, network_events) = Endpoint::bind(Arc::clone(&self.key), config).await?;
        endpoint.own_addresses(reach::own_addresses());

        let service = LocalService {
            id,
            port: endpoint.local_addrs().first().map_or(0, SocketAddr::port),
            version: PROTOCOL_VERSION.to_owned(),
        };
        let started = start_discovery(self.backend, service, self.interfaces.clone()).await;
        let discovery: Arc<dyn Discovery> = match started {
            Ok(discovery) => Arc::from(discovery),
            Err(error) => {
                endpoint.shutdown().await;
                return Err(error);
            }
        };

        let in_use = self.backend.in_use(discovery.as_ref(), &self.interfaces);
        let accepted = reach::accept_at(&self.interfaces, &in_use);
        // Which addresses are our own changes as well as where to accept.
        let look_again = (!self.backend.watches_interfaces()).then_some(discovery::WATCH_INTERVAL);
        endpoint.allow_local(accepted);
        for addr in &self.peers {
            endpoint.greet(*addr);
        }

        let publisher = Publisher::new(EVENT_CAPACITY);
        let feed = publisher.feed();
        let stop = CancellationToken::new();
        let (report_sender, report) = tokio::sync::watch::channel(None);
        let (asks, asked) = tokio::sync::mpsc::channel(MAX_ASKED);
        let payloads = endpoint.payloads();
        let sources = Sources::new(
            discovery.subscribe(),
            network_events,
            payloads,
            asked,
            look_again,
        );
        let store = beginning.disk.handle();
        let talk = Talk::new(
            self.key,
            seed,
            self.talk,
            beginning,
            endpoint.clone(),
            &in_use,
            &vault,
        );
        let mut talk = match talk {
            Ok(talk) => talk,
            Err(error) => {
                discovery.shutdown().await;
                endpoint.shutdown().await;
                return Err(error.into());
            }
        };
        if !name.is_empty() {
            talk.is_called(name);
        }
        let node = Node::new(Parts {
            id,
            backend: self.backend,
            filter: self.interfaces.clone(),
            discovery: Arc::clone(&discovery),
            endpoint: endpoint.clone(),
            from_the_start: Mutex::new(Some(feed.subscribe())),
            feed,
            asks,
            store,
            keeper: Keeper::new(vault.sealer(STATE)),
            peers_by_hand: self.peers.len(),
            stop: stop.clone(),
            report,
        });
        let run = Run {
            discovery,
            endpoint,
            publisher,
            filter: self.interfaces,
            backend: self.backend,
            peers_by_hand: self.peers.len(),
            talk,
        };
        tokio::spawn(async move {
            let report = Box::pin(run.run(sources, stop)).await;
            report_sender.send_replace(Some(report));
        });
        Ok(node)
    }
}

/// The vault that was given, or the one of the directory.
async fn open_vault(
    given: Option<Arc<Vault>>,
    storage: &Storage,
) -> Result<Arc<Vault>, StartError> {
    if let Some(vault) = given {
        return Ok(vault);
    }
    let vault = match storage {
        Storage::Memory => Vault::in_memory()?,
        Storage::Directory(path) => {
            let path = path.clone();
            let opening = tokio::task::spawn_blocking(move || Vault::open(&path, None));
            // It panicked, or the runtime is ending.
            let opened = opening
                .await
                .map_err(|_| StartError::Store(StoreError::Closed))?;
            opened?
        }
    };
    Ok(Arc::new(vault))
}

/// Waits for the disk where nobody else waits.
async fn open_disk(
    storage: Storage,
    config: store::Config,
    id: NodeId,
) -> Result<Beginning, StartError> {
    let opening = move || Disk::open(&storage, config, id);
    match tokio::task::spawn_blocking(opening).await {
        Ok(beginning) => Ok(beginning?),
        // It panicked, or the runtime is ending.
        Err(_) => Err(StartError::Store(StoreError::Closed)),
    }
}

async fn start_discovery(
    backend: Backend,
    service: LocalService,
    interfaces: InterfaceFilter,
) -> Result<Box<dyn Discovery>, StartError> {
    let config = discovery::Config {
        interfaces,
        ..discovery::Config::default()
    };
    match backend {
        Backend::Native => Ok(discovery::start_native(Some(service), config).await?),
        #[cfg(feature = "simple-mdns")]
        Backend::SimpleMdns => Ok(discovery::start_simple_mdns(Some(service), &config)?),
        #[cfg(not(feature = "simple-mdns"))]
        Backend::SimpleMdns => Err(StartError::NotBuiltIn(backend)),
        Backend::None => Ok(discovery::start_none()),
    }
}
