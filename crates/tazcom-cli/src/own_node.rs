//! A node that runs for one command, with the key of the data directory, where no other runs.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tazcom_discovery::{InterfaceFilter, InterfaceSelector};
use tazcom_identity::{DataDir, DataDirError, SecretKey};
use tazcom_node::{Backend, Node, Storage, Vault};
use tokio::task::JoinHandle;

use crate::config_file::{self, ConfigFile, DiscoveryChoice, PeerAddress};
use crate::exit_code::Failure;
use crate::lookup::{Lookup, Outcome};
use crate::met::Met;
use crate::{control, unlock};

/// Whom such a node deals with.
#[derive(Clone, Debug)]
pub(crate) enum Company {
    /// It finds the others, as `run` does.
    Others {
        interfaces: InterfaceFilter,
        /// Beside those that the file names.
        peers: Vec<PeerAddress>,
        /// What was asked for otherwise; the file says the rest.
        wanted: Wanted,
    },
    /// Nobody: it only knows what is on the disk.
    Nobody,
}

/// How a node is to be, where the file says otherwise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) port: Option<u16>,
    pub(crate) discovery: Option<DiscoveryChoice>,
    pub(crate) name: Option<String>,
}

/// The node, from its start to its end.
#[derive(Debug)]
pub(crate) struct OwnNode {
    pub(crate) node: Node,
    /// None for a node that keeps nothing.
    held: Option<Arc<DataDir>>,
    /// Ends with the node.
    keeping: Option<JoinHandle<()>>,
    /// Greets peers given by name; ended with the node.
    looking_up: JoinHandle<()>,
}

impl OwnNode {
    pub(crate) async fn start(
        dir: &Path,
        file: &ConfigFile,
        company: Company,
    ) -> Result<Self, Failure> {
        let held = match DataDir::open(dir) {
            Ok(held) => Arc::new(held),
            Err(DataDirError::InUse { .. }) => return Err(no_way_to_ask(dir)),
            Err(error) => return Err(error.into()),
        };
        let (key, vault) = unlock::unlock(&held)?;
        config_file::write_template(held.path());
        let met = Met::load(&held)?;
        Self::begin(key, vault, Some((held, met)), file, company).await
    }

    /// Starts one that keeps nothing, under an id that is new.
    pub(crate) async fn ephemeral(company: Company) -> Result<Self, Failure> {
        let (key, vault) = (SecretKey::generate()?, Vault::in_memory()?);
        Self::begin(key, vault, None, &ConfigFile::default(), company).await
    }

    async fn begin(
        key: SecretKey,
        vault: Vault,
        kept: Option<(Arc<DataDir>, Met)>,
        file: &ConfigFile,
        company: Company,
    ) -> Result<Self, Failure> {
        let storage = match &kept {
            Some((held, _)) => Storage::Directory(held.path().to_owned()),
            None => Storage::Memory,
        };
        let mut peers = Vec::new();
        let mut name = file.name.clone();
        let builder = Node::builder(key)
            .storage(storage)
            .vault(vault)
            .modern(kept.iter().flat_map(|(_, met)| met.ids()));
        let builder = match company {
            Company::Others {
                interfaces,
                peers: more,
                wanted,
            } => {
                peers.extend(file.peer.iter().cloned().chain(more));
                name = wanted.name.or(name);
                let discovery = wanted.discovery.or(file.discovery);
                builder
                    .interfaces(interfaces)
                    .port(wanted.port.or(file.port).unwrap_or(0))
                    .discovery(discovery.map_or(Backend::Native, Backend::from))
            }
            Company::Nobody => {
                let loopback = InterfaceSelector::Addr(std::net::Ipv4Addr::LOCALHOST.into());
                builder
                    .interfaces(InterfaceFilter::Only(vec![loopback]))
                    .discovery(Backend::None)
            }
        };
        let (lookup, peers) = Lookup::of(peers);
        let builder = builder.name(name.unwrap_or_default());
        let node = peers
            .into_iter()
            .fold(builder, |builder, addr| builder.peer(addr))
            .start()
            .await?;
        let (held, met) = kept.unzip();
        Ok(Self {
            keeping: met.map(|met| tokio::spawn(met.keep(&node))),
            looking_up: tokio::spawn(greet(lookup, node.clone())),
            held,
            node,
        })
    }

    /// Lets other commands ask it, where it has a directory in which they would look for it.
    pub(crate) fn serve(&self) -> io::Result<Option<control::Serving>> {
        let held = self.held.as_ref();
        held.map(|held| control::serve(held, &self.node))
            .transpose()
    }

    pub(crate) async fn end(self) {
        self.looking_up.abort();
        self.node.shutdown().await;
        if let Some(keeping) = self.keeping {
            // That it panicked has been noted where panics are.
            let _ = keeping.await;
        }
    }
}

async fn greet(mut lookup: Lookup, node: Node) {
    loop {
        match lookup.next().await {
            Outcome::Found(addr) => node.greet(addr),
            Outcome::NotYet { host, error, .. } => {
                tracing::debug!("{host} has no address yet: {error}");
            }
        }
    }
}

/// What is to be said where a node runs that cannot be asked.
fn no_way_to_ask(dir: &Path) -> Failure {
    Failure::from(anyhow::anyhow!(
        "a node is running on {} and cannot be asked through {}; try again, or end it first",
        dir.display(),
        control::FILE_NAME
    ))
}
