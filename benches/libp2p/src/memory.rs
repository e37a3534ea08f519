//! What idle connections hold in memory.

use std::time::Duration;

use crate::there::There;
use crate::{Outcome, node};

const CONNECTIONS: usize = 100;

/// After the last connection is up, for what is still in the air at its other end.
const SETTLE: Duration = Duration::from_secs(2);

/// The growth of this process, in MiB, when a hundred nodes that were there connect to another:
/// both ends of a hundred connections.
pub(crate) async fn of_idle_connections(there: &There) -> Outcome<f64> {
    let mut hub = there.hub(|_| Ok(())).await?;
    // One that does not count: code is read in and the runtime grows to its size.
    let mut first = node::swarm()?;
    node::connect(&mut first, hub.dial_opts()).await?;
    hub.accepted.recv().await.ok_or("the hub is gone")?;
    node::drive(first);
    let mut swarms = Vec::new();
    for _ in 0..CONNECTIONS {
        swarms.push(node::swarm()?);
    }
    tokio::time::sleep(SETTLE).await;
    let before = resident()?;
    for mut swarm in swarms {
        node::connect(&mut swarm, hub.dial_opts()).await?;
        hub.accepted.recv().await.ok_or("the hub is gone")?;
        node::drive(swarm);
    }
    tokio::time::sleep(SETTLE).await;
    Ok((resident()? - before) / 1024.0)
}

/// Resident memory of this process in KiB, as Linux tells it.
fn resident() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.ok_or("no VmRSS in /proc/self/status")?.parse()?)
}
