//! A node that runs for a few pings, where no other runs.

use crate::commands::ping::Ping;
use crate::exit_code::Failure;
use crate::own_node::{Company, OwnNode, Wanted};
use crate::ping::{Patience, Plan, Refusal, Round, Rounds, Target};

/// The node, from its start to its end.
#[derive(Debug)]
pub(super) struct Own {
    node: OwnNode,
    rounds: Option<Rounds>,
}

impl Own {
    pub(super) async fn start(ping: &Ping, target: &Target) -> Result<Self, Failure> {
        let company = Company::Others {
            interfaces: ping.interfaces.clone(),
            peers: match target {
                Target::At(addr) => vec![addr.clone()],
                Target::Id(_) | Target::Prefix(_) => Vec::new(),
            },
            wanted: Wanted::default(),
        };
        Ok(Self {
            node: OwnNode::start(&ping.dir, &ping.file, company).await?,
            rounds: None,
        })
    }

    /// Waits for the session with the peer.
    pub(super) async fn find(&mut self, target: &Target, plan: Plan) -> Result<(), Failure> {
        let begun = Rounds::begin(&self.node.node, target, plan, Patience::Searching).await;
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
        self.node.end().await;
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
