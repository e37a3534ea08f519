//! A node that runs for a few pings, with the key of the data directory, where no other runs.

use std::sync::Arc;

use tazcom_identity::{DataDir, DataDirError};
use tazcom_node::{Backend, Node};
use tokio::task::JoinHandle;

use crate::commands::ping::{Ping, no_way_to_ask};
use crate::config_file;
use crate::exit_code::Failure;
use crate::lookup::{Lookup, Outcome};
use crate::met::Met;
use crate::ping::{Patience, Plan, Refusal, Round, Rounds, Target};

/// The node, from its start to its end.
#[derive(Debug)]
pub(super) struct Own {
    node: Node,
    /// Ends with the node.
    keeping: JoinHandle<()>,
    /// Greets peers given by name; ended with the node.
    looking_up: JoinHandle<()>,
    rounds: Option<Rounds>,
}

impl Own {
    pub(super) async fn start(ping: &Ping, target: &Target) -> Result<Self, Failure> {
        let held = match DataDir::open(&ping.dir) {
            Ok(held) => Arc::new(held),
            Err(DataDirError::InUse { .. }) => return Err(no_way_to_ask(&ping.dir)),
            Err(error) => return Err(error.into()),
        };
        let key = held.load_or_create_key()?;
        config_file::write_template(held.path());
        let met = Met::load(&held)?;

        let mut peers = ping.file.peer.clone();
        if let Target::At(addr) = target {
            peers.push(addr.clone());
        }
        let (lookup, peers) = Lookup::of(peers);
        let builder = Node::builder(key)
            .interfaces(ping.interfaces.clone())
            .port(ping.file.port.unwrap_or(0))
            .name(ping.file.name.clone().unwrap_or_default())
            .modern(met.ids())
            .discovery(ping.file.discovery.map_or(Backend::Native, Backend::from));
        let node = peers
            .into_iter()
            .fold(builder, |builder, addr| builder.peer(addr))
            .start()
            .await?;
        Ok(Self {
            keeping: tokio::spawn(met.keep(&node)),
            looking_up: tokio::spawn(greet(lookup, node.clone())),
            node,
            rounds: None,
        })
    }

    /// Waits for the session with the peer.
    pub(super) async fn find(&mut self, target: &Target, plan: Plan) -> Result<(), Failure> {
        let begun = Rounds::begin(&self.node, target, plan, Patience::Searching).await;
        self.rounds = Some(begun.map_err(into_failure)?);
        Ok(())
    }

    /// The next round trip; `None` when all are done.
    pub(super) async fn next(&mut self) -> Option<Round> {
        match &mut self.rounds {
            Some(rounds) => rounds.next().await,
            None => None,
        }
    }

    pub(super) async fn end(self) {
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

fn into_failure(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Ambiguous { .. } => Failure::usage(refusal),
        Refusal::TimedOut { .. } => Failure::timed_out(refusal),
        Refusal::Unknown { .. } | Refusal::Itself { .. } | Refusal::Plain { .. } => {
            Failure::from(refusal)
        }
    }
}
