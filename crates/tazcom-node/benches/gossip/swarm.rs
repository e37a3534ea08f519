//! Nodes on loopback that all have a session with each other.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::Duration;

use tazcom_chat::ReceiptPolicy;
use tazcom_discovery::InterfaceFilter;
use tazcom_identity::SecretKey;
use tazcom_node::{Backend, Event, Events, Node, Storage};

use crate::Outcome;

/// Nothing takes a tenth of it.
const DEADLINE: Duration = Duration::from_secs(30);

/// Bytes that may wait for a peer: what is under way, several times over.
const WAITING: usize = 16 << 20;

/// A node, and what it tells.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) node: Node,
    pub(crate) events: Events,
}

/// Starts as many nodes as there are storages, and waits until all have met.
pub(crate) async fn start(storages: Vec<Storage>) -> Outcome<Vec<Member>> {
    let others = storages.len() - 1;
    let mut members: Vec<Member> = Vec::new();
    for (storage, number) in storages.into_iter().zip(1..) {
        let mut builder = Node::builder(SecretKey::from_seed([number; 32]))
            .interfaces(InterfaceFilter::Only(vec!["lo".parse()?]))
            .discovery(Backend::None)
            .storage(storage)
            .kept(kept())
            .network(network()?)
            .mesh(tazcom_gossip::Config::bench())
            .conversation(conversation());
        for member in &members {
            builder = builder.peer(addr(&member.node)?);
        }
        let node = builder.start().await?;
        let events = node.events();
        members.push(Member { node, events });
    }
    for member in &mut members {
        member.meets(others).await?;
    }
    Ok(members)
}

impl Member {
    /// Waits until there is a session with so many others.
    async fn meets(&mut self, others: usize) -> Outcome<()> {
        while self.node.sessions().len() < others {
            // It tells of each session.
            self.next().await?;
        }
        Ok(())
    }

    /// The next thing that happens.
    pub(crate) async fn next(&mut self) -> Outcome<Event> {
        let event = tokio::time::timeout(DEADLINE, self.events.next()).await;
        let event = event.map_err(|_| "nothing happens any more")?;
        event.ok_or_else(|| "the node has ended".into())
    }
}

fn addr(node: &Node) -> Outcome<SocketAddr> {
    let addrs = node.local_addrs();
    let port = addrs.first().ok_or("the node listens nowhere")?.port();
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

/// One author's quota would let the first messages go for the last.
fn kept() -> tazcom_store::Config {
    let mut config = tazcom_store::Config::lan();
    config.author.messages = u64::MAX;
    config.author.bytes = u64::MAX;
    config
}

fn network() -> Outcome<tazcom_net::Config> {
    let mut config = tazcom_net::Config::bench();
    config.outgoing.gossip = NonZeroUsize::new(WAITING).ok_or("nothing may wait")?;
    Ok(config)
}

/// No receipts: the others know of none.
fn conversation() -> tazcom_chat::Config {
    let mut config = tazcom_chat::Config::lan();
    config.receipts = ReceiptPolicy::Never;
    config.unkept = 1024;
    config
}
