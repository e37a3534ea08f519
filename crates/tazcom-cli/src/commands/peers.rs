//! `peers`: who is on the network, without announcing oneself and without a lock on anything.

use std::collections::BTreeMap;
use std::io;
use std::pin::pin;
use std::time::{Duration, Instant};

use tazcom_discovery::{self as discovery, Config, Discovery, InterfaceFilter};
use tazcom_identity::{NodeId, key_file};
use tazcom_node::{Backend, Event, Roster, Tried};
use tokio::io::AsyncWriteExt;

use crate::args::{Global, PeersArgs};
use crate::exit_code::{Exit, Failure};
use crate::output::{self, Record};
use crate::signals::Signals;
use crate::{config_file, data_dir, logging, missing, runtime};

mod table;

/// How long to look without `--timeout`: three queries have gone out by then, and every running
/// node answers within half a second. A list is worth waiting for its last peer.
const LOOK_FOR: Duration = Duration::from_secs(3);

pub(crate) fn execute(args: PeersArgs, global: &Global) -> Result<Exit, Failure> {
    let dir = data_dir(global)?;
    let file = config_file::load(&dir).map_err(Failure::usage)?;
    logging::init(global.log.or(file.log));
    // Without a key there is no node of ours to point out; a bad one is for `run` to refuse.
    let own = key_file::load(&dir.join(key_file::FILE_NAME))
        .ok()
        .map(|key| key.node_id());

    let look = Look {
        interfaces: args.interfaces.or(file.interface),
        time: match (args.timeout, args.watch) {
            (Some(timeout), _) => Some(timeout),
            (None, true) => None,
            (None, false) => Some(LOOK_FOR),
        },
        show: match (args.watch, global.json) {
            (false, false) => Show::Table,
            (false, true) => Show::Records,
            (true, false) => Show::Lines,
            (true, true) => Show::RecordsAsTheyCome,
        },
        own,
    };
    let runtime = runtime()?;
    let result = runtime.block_on(look.run());
    // A reader that does not read can hold up a write for ever, but not the end.
    runtime.shutdown_background();
    result
}

/// What to look for and how to show it.
#[derive(Debug)]
struct Look {
    interfaces: InterfaceFilter,
    /// `None`: until interrupted.
    time: Option<Duration>,
    show: Show,
    own: Option<NodeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    Table,
    Records,
    Lines,
    RecordsAsTheyCome,
}

/// What has been seen.
#[derive(Debug, Default)]
struct Seen {
    roster: Roster,
    /// When each peer of the roster was seen first.
    since: BTreeMap<NodeId, Instant>,
    /// Whether there ever was one.
    any: bool,
}

impl Look {
    async fn run(self) -> Result<Exit, Failure> {
        let mut signals = Signals::catch()?;
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
    async fn tell(&self, event: &Event, seen: &Seen) -> Result<(), Failure> {
        if let Event::Warning(_) = event {
            logging::remark(output::texts(event));
        }
        match self.show {
            Show::Table | Show::Records => {}
            Show::Lines => {
                if let Some(line) = table::line(event, &seen.roster) {
                    print(&line).await?;
                }
            }
            Show::RecordsAsTheyCome => {
                if let Some(record) = Record::of(event) {
                    print(&record.to_line()?).await?;
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
                let rows = peers
                    .iter()
                    .map(|peer| table::Row::of(peer, seen.age(peer.id), self.own));
                print(&table::table(rows)).await?;
            }
            Show::Records => {
                for peer in &peers {
                    let record = Record::peer(peer, seen.age(peer.id), self.own);
                    print(&record.to_line()?).await?;
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
            print(&record.to_line()?).await?;
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

/// Writes to standard output; meanwhile a signal can still end the program, whoever reads it.
async fn print(text: &str) -> io::Result<()> {
    let mut stdout = tokio::io::stdout();
    stdout.write_all(text.as_bytes()).await?;
    stdout.flush().await
}
