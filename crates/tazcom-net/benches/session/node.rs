//! Endpoints on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;

use tazcom_identity::{NodeId, SecretKey};
use tazcom_net::{Config, Endpoint, Event, Events};

use crate::Outcome;

/// Bytes that may wait for a peer: what a turn has under way, several times over.
const WAITING: usize = 16 << 20;

/// An endpoint that listens, and what it tells.
#[derive(Debug)]
pub(crate) struct Node {
    id: NodeId,
    addr: SocketAddr,
    endpoint: Endpoint,
    events: Events,
}

/// One whose events are read elsewhere.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) id: NodeId,
    pub(crate) addr: SocketAddr,
    pub(crate) endpoint: Endpoint,
}

impl Node {
    /// One with an identity of its own for each number.
    pub(crate) async fn start(number: u64) -> Outcome<Self> {
        let key = Arc::new(key(number));
        let id = key.node_id();
        let mut config = Config {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
            ..Config::bench()
        };
        config.outgoing.file = NonZeroUsize::new(WAITING).ok_or("nothing may wait")?;
        let (endpoint, events) = Endpoint::bind(key, config).await?;
        let addrs = endpoint.local_addrs();
        let addr = *addrs.first().ok_or("the endpoint listens nowhere")?;
        Ok(Self {
            id,
            addr,
            endpoint,
            events,
        })
    }

    /// Dials, and waits until the session stands and the peer has been greeted in it.
    pub(crate) async fn join(&mut self, other: SocketAddr) -> Outcome<()> {
        self.endpoint.greet(other);
        loop {
            match self.events.next().await {
                Some(Event::AckReceived { verified: true, .. }) => return Ok(()),
                Some(
                    Event::SessionUp { .. } | Event::HelloSent { .. } | Event::HelloReceived { .. },
                ) => {}
                other => return Err(format!("{other:?} where a session should be").into()),
            }
        }
    }

    /// Goes on reading what it tells, until it is shut down.
    pub(crate) fn drive(self) -> Hub {
        let Self {
            id,
            addr,
            endpoint,
            mut events,
        } = self;
        tokio::spawn(async move { while events.next().await.is_some() {} });
        Hub { id, addr, endpoint }
    }
}

/// The identity of a number.
pub(crate) fn key(number: u64) -> SecretKey {
    let mut seed = [0x5a; 32];
    if let Some(start) = seed.first_chunk_mut() {
        *start = number.to_be_bytes();
    }
    SecretKey::from_seed(seed)
}
