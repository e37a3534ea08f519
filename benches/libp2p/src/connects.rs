//! Connections a second: dialled, authenticated at both ends, and closed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use libp2p::swarm::SwarmEvent;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::node::{self, Hub};
use crate::there::There;

/// Connections under way at once.
const CLIENTS: usize = 16;

const WARM_UP: Duration = Duration::from_millis(500);
const TURN: Duration = Duration::from_secs(3);

pub(crate) async fn a_second(there: &There) -> Outcome<f64> {
    let hub = Arc::new(there.hub(|_| Ok(())).await?);
    load(&hub, WARM_UP).await?;
    load(&hub, TURN).await
}

async fn load(hub: &Arc<Hub>, span: Duration) -> Outcome<f64> {
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client(Arc::clone(hub), begun + span));
    }
    let mut connections = 0;
    while let Some(done) = clients.join_next().await {
        connections += done??;
    }
    Ok(f64::from(connections) / begun.elapsed().as_secs_f64())
}

async fn client(hub: Arc<Hub>, end: Instant) -> Outcome<u32> {
    let mut swarm = node::swarm()?;
    let mut connections = 0;
    while Instant::now() < end {
        node::connect(&mut swarm, hub.dial_opts()).await?;
        connections += 1;
        swarm
            .disconnect_peer_id(hub.id)
            .map_err(|()| "not connected")?;
        while !matches!(
            swarm.select_next_some().await,
            SwarmEvent::ConnectionClosed { .. }
        ) {}
    }
    Ok(connections)
}
