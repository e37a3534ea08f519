//! A node that runs for one command, with the key of the data directory, where no other runs.

use std::path::Path;
use std::sync::Arc;

use tazcom_discovery::{InterfaceFilter, InterfaceSelector};
use tazcom_identity::{DataDir, DataDirError};
use tazcom_node::{Backend, Node, Storage};
use tokio::task::JoinHandle;

use crate::config_file::{self, ConfigFile, PeerAddress};
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
    },
    /// Nobody: it only knows what is on the disk.
    Nobody,
}

/// The node, from its start to its end.
#[derive(Debug)]
pub(crate) struct OwnNode {
    pub(crate) node: Node,
    held: Arc<DataDir>,
    /// Ends with the node.
    keeping: JoinHandle<()>,
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

        let mut peers = Vec::new();
        let builder = Node::builder(key)
            .name(file.name.clone().unwrap_or_default())
            .storage(Storage::Directory(held.path().to_owned()))
            .vault(vault)
            .modern(met.ids());
        let builder = match company {
            Company::Others {
                interfaces,
                peers: more,
            } => {
                peers.extend(file.peer.iter().cloned().chain(more));
                builder
                    .interfaces(interfaces)
                    .port(file.port.unwrap_or(0))
                    .discovery(file.discovery.map_or(Backend::Native, Backend::from))
            }
            Company::Nobody => {
                let loopback = InterfaceSelector::Addr(std::net::Ipv4Addr::LOCALHOST.into());
                builder
                    .interfaces(InterfaceFilter::Only(vec![loopback]))
                    .discovery(Backend::None)
            }
        };
        let (lookup, peers) = Lookup::of(peers);
        let node = peers
            .into_iter()
            .fold(builder, |builder, addr| builder.peer(addr))
            .start()
            .await?;
        Ok(Self {
            keeping: tokio::spawn(met.keep(&node)),
            looking_up: tokio::spawn(greet(lookup, node.clone())),
            held,
            node,
        })
    }

    pub(crate) fn directory(&self) -> &DataDir {
        &self.held
    }

    pub(crate) async fn end(self) {
        self.looking_up.abort();
        self.node.shutdown().await;
        // That it panicked has been noted where panics are.
        let _ = self.keeping.await;
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
