//! What idle sessions hold in memory.

use crate::Outcome;
use crate::node::Node;
use crate::there::There;

const SESSIONS: u64 = 100;

/// The growth of this process, in MiB, when a hundred endpoints that were there open a session
/// with another: both ends of a hundred sessions, and what opening them left behind.
pub(crate) async fn of_idle_sessions(there: &There) -> Outcome<f64> {
    let hub = there.hub(0).await?;
    // One that does not count: code is read in and the runtime grows to its size.
    let mut first = Node::start(1).await?;
    first.join(hub.addr).await?;
    let first = first.drive().endpoint;
    first.ping(hub.id).await?;
    let mut nodes = Vec::new();
    for number in 0..SESSIONS {
        nodes.push(Node::start(2 + number).await?);
    }
    let before = resident()?;
    let mut joined = Vec::new();
    for mut node in nodes {
        node.join(hub.addr).await?;
        joined.push(node.drive().endpoint);
    }
    // Nothing is under way any more once each end has answered.
    for session in hub.endpoint.sessions() {
        hub.endpoint.ping(session.id).await?;
    }
    for endpoint in &joined {
        endpoint.ping(hub.id).await?;
    }
    let grown = (resident()? - before) / 1024.0;
    if hub.endpoint.sessions().len() != joined.len() + 1 {
        return Err(format!("{} sessions", hub.endpoint.sessions().len()).into());
    }
    for endpoint in joined.iter().chain([&first, &hub.endpoint]) {
        endpoint.shutdown().await;
    }
    Ok(grown)
}

/// Resident memory of this process in KiB, as Linux tells it.
fn resident() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.ok_or("no VmRSS in /proc/self/status")?.parse()?)
}
