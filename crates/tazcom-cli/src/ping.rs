//! Round trips to a peer: whom it is, waiting for the session with it, and one ping after another.
//!
//! A running node does this for whoever asks it through its control socket; the verb does it by
//! itself where no node runs.

use std::net::SocketAddr;
use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_node::{Node, PingError};
use tokio::time::{Interval, MissedTickBehavior};

mod find;
mod round_trips;
mod target;

pub(crate) use find::{Patience, Refusal};
pub(crate) use round_trips::{RoundTrips, milliseconds};
pub(crate) use target::Target;

/// The most round trips in a row, so that what is kept of them has a bound.
pub(crate) const MAX_COUNT: u32 = 100_000;

/// The shortest time from one to the next. A measurement, not a flood.
pub(crate) const MIN_INTERVAL: Duration = Duration::from_millis(10);

/// How many, how often and how patiently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) count: u32,
    pub(crate) interval: Duration,
    /// How long to wait for the session, and for each answer.
    pub(crate) timeout: Duration,
}

/// One ping and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) id: NodeId,
    pub(crate) addr: SocketAddr,
    /// Which one, counted from 1.
    pub(crate) seq: u32,
    /// How long the answer took; else why there is none.
    pub(crate) outcome: Result<Duration, String>,
}

/// Pings a peer as often as planned.
#[derive(Debug)]
pub(crate) struct Rounds {
    node: Node,
    id: NodeId,
    addr: SocketAddr,
    plan: Plan,
    ticks: Interval,
    sent: u32,
}

impl Rounds {
    /// Finds the peer and waits for the session with it. Cancel-safe.
    pub(crate) async fn begin(
        node: &Node,
        target: &Target,
        plan: Plan,
        patience: Patience,
    ) -> Result<Self, Refusal> {
        let (id, addr) = find::session_with(node, target, plan.timeout, patience).await?;
        let mut ticks = tokio::time::interval(plan.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            node: node.clone(),
            id,
            addr,
            plan,
            ticks,
            sent: 0,
        })
    }

    /// The next round trip; `None` when all are done.
    pub(crate) async fn next(&mut self) -> Option<Round> {
        if self.sent >= self.plan.count {
            return None;
        }
        self.ticks.tick().await;
        self.sent += 1;
        let answer = tokio::time::timeout(self.plan.timeout, self.node.ping(self.id)).await;
        // A session may have been replaced by one from elsewhere.
        let sessions = self.node.sessions();
        if let Some(session) = sessions.iter().find(|session| session.id == self.id) {
            self.addr = session.addr;
        }
        Some(Round {
            id: self.id,
            addr: self.addr,
            seq: self.sent,
            outcome: answer
                .unwrap_or(Err(PingError::TimedOut {
                    after: self.plan.timeout,
                }))
                .map_err(|error| error.to_string()),
        })
    }
}
