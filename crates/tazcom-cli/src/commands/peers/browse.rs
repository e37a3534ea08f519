//! Looks for peers by itself, where no node runs that could be asked.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use tazcom_discovery::{self as discovery, Config, Discovery, InterfaceFilter};
use tazcom_identity::NodeId;
use tazcom_node::{Backend, Event, Roster, Tried};

use crate::commands::peers::change::{Change, View};
use crate::commands::peers::{Show, table};
use crate::exit_code::{Exit, Failure};
use crate::output::{self, Listed, PeerRecord, Record, show};
use crate::signals::Signals;
use crate::{logging, missing};

/// What to look for and how to show it.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) interfaces: InterfaceFilter,
    /// `None`: until interrupted.
    pub(super) time: Option<Duration>,
    pub(super) show: Show,
    pub(super) own: Option<NodeId>,
}

/// What has been seen.
#[derive(Debug, Default)]
struct Seen {
    roster: Roster,
    /// The same, as it was shown.
    view: View,
    /// When each peer of the roster was seen first.
    since: BTreeMap<NodeId, Instant>,
    /// Whether there ever was one.
    any: bool,
}

impl Look {
    pub(super) async fn run(self, mut signals: Signals) -> Result<Exit, Failure> {
        logging::remark(missing::texts(&self.interfaces, Backend::Native));
        let config = Config {
            interfaces: self.interfaces.clone(),
            ..Config::default()
        };
        let discovery = discovery::start_native(None, config).await?;
        let mut seen = Seen::default();
        let followed = self
            .follow(discovery.as_ref(), &mut signals, &mut seen)
            .await;
        let tried = self.tried(discovery.as_ref());
        discovery.shutdown().await;
        let interrupted = followed?;

        let ending = async {
            self.list(&seen).await?;
            match (self.show, interrupted) {
                // There is no other way to end it.
                (Show::Lines | Show::RecordsAsTheyCome, true) => Ok(Exit::Done),
                (Show::Table | Show::Records, true) => Ok(Exit::Interrupted),
                (_, false) if seen.any => Ok(Exit::Done),
                (_, false) => {
                    self.nobody(&tried).await?;
                    Ok(Exit::Failed)
                }
            }
        };
        tokio::select! {
            result = ending => result,
            () = signals.next() => Ok(Exit::Interrupted),
        }
    }

    /// Follows until the time is up, which is `false`, or a signal comes, which is `true`.
    async fn follow(
        &self,
        discovery: &dyn Discovery,
        signals: &mut Signals,
        seen: &mut Seen,
    ) -> Result<bool, Failure> {
        let mut events = discovery.subscribe();
        let mut time_is_up = pin!(async {
            match self.time {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        });
        let following = async {
            loop {
                let event = tokio::select! {
                    () = &mut time_is_up => return Ok(false),
                    event = events.next() => event,
                };
                let Some(event) = event else {
                    return Err(anyhow::anyhow!("discovery has ended by itself").into());
                };
                for step in seen.roster.steps(event) {
                    self.tell(&step, seen).await?;
                    seen.take(&step);
                }
            }
        };
        tokio::select! {
            () = signals.next() => Ok(true),
            result = following => result,
        }
    }

    /// Shows an event as it comes, where that was asked for.
    async fn tell(&self, event: &Event, seen: &mut Seen) -> Result<(), Failure> {
        if let Event::Warning(_) = event {
            logging::remark(output::texts(event));
        }
        match self.show {
            Show::Table | Show::Records => {}
            Show::Lines => {
                if let Some(change) = change(event) {
                    show(&seen.view.line(change)).await?;
                }
            }
            Show::RecordsAsTheyCome => {
                if let Some(record) = Record::of(event) {
                    show(&record.to_line()?).await?;
                }
            }
        }
        Ok(())
    }

    /// Shows all that is there at the end, where that was asked for.
    async fn list(&self, seen: &Seen) -> Result<(), Failure> {
        let peers = seen.roster.peers();
        match self.show {
            Show::Lines | Show::RecordsAsTheyCome => {}
            Show::Table if peers.is_empty() => {}
            Show::Table => {
                let rows = peers.iter().map(|peer| {
                    let listed = Listed::announced(peer, seen.age(peer.id), self.own);
                    table::Row::of(&listed)
                });
                show(&table::table(rows)).await?;
            }
            Show::Records => {
                for peer in &peers {
                    let listed = Listed::announced(peer, seen.age(peer.id), self.own);
                    show(&Record::Peer(Box::new(listed)).to_line()?).await?;
                }
            }
        }
        Ok(())
    }

    async fn nobody(&self, tried: &Tried) -> Result<(), Failure> {
        let alone = Event::Warning(tazcom_node::Warning::Alone(Box::new(tried.clone())));
        logging::remark(output::texts(&alone));
        if let (Show::Records | Show::RecordsAsTheyCome, Some(record)) =
            (self.show, Record::of(&alone))
        {
            show(&record.to_line()?).await?;
        }
        Ok(())
    }

    fn tried(&self, discovery: &dyn Discovery) -> Tried {
        let interfaces = discovery.interfaces();
        let skipped = discovery::list_interfaces()
            .unwrap_or_default()
            .into_iter()
            .filter(|present| interfaces.iter().all(|used| used.index != present.index))
            .collect();
        Tried {
            backend: Backend::Native,
            interfaces,
            skipped,
            stats: discovery.stats(),
            peers_by_hand: 0,
        }
    }
}

impl Seen {
    fn take(&mut self, event: &Event) {
        self.roster.apply(event);
        match event {
            Event::PeerDiscovered(peer) => {
                self.any = true;
                self.since.insert(peer.id, Instant::now());
            }
            Event::PeerRemoved { id, .. } => {
                self.since.remove(id);
            }
            _ => {}
        }
    }

    fn age(&self, id: NodeId) -> Duration {
        self.since.get(&id).map_or(Duration::ZERO, Instant::elapsed)
    }
}

fn change(event: &Event) -> Option<Change> {
    Some(match event {
        Event::PeerDiscovered(peer) => Change::Here(PeerRecord::of(peer)),
        Event::PeerUpdated(peer) => Change::Changed(PeerRecord::of(peer)),
        Event::PeerRemoved { id, reason } => Change::Gone {
            id: *id,
            reason: reason.to_string(),
        },
        // Whoever only looks has no sessions.
        _ => return None,
    })
}
