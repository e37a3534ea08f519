//! Asks the node that runs on the data directory.

use std::pin::pin;
use std::time::Duration;

use crate::commands::peers::change::{Change, View};
use crate::commands::peers::{Show, table};
use crate::control::{Answer, AskError, Connection, Request, Told};
use crate::exit_code::{Exit, Failure};
use crate::logging;
use crate::output::show;
use crate::signals::Signals;

/// How long a running node may take from one line of a list to the next: it has them all.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How long it may say nothing while it is watched: nothing may happen for days.
const WATCH_WITHIN: Duration = Duration::from_secs(u32::MAX as u64);

/// What to ask for and how to show it.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) show: Show,
    /// How long to watch; a list comes at once.
    pub(super) time: Option<Duration>,
}

impl Ask {
    pub(super) async fn run(
        self,
        running: Connection,
        mut signals: Signals,
    ) -> Result<Exit, Failure> {
        let is_watching = matches!(self.show, Show::Lines | Show::RecordsAsTheyCome);
        let asking = async {
            if is_watching {
                self.watch(running).await
            } else {
                self.list(running).await
            }
        };
        tokio::select! {
            result = asking => result,
            // There is no other way to end watching.
            () = signals.next() => Ok(if is_watching { Exit::Done } else { Exit::Interrupted }),
        }
    }

    async fn list(&self, mut running: Connection) -> Result<Exit, Failure> {
        let request = Request::Peers { watch: false };
        running
            .ask(&request)
            .await
            .map_err(AskError::into_failure)?;
        let mut all = Vec::new();
        while let Some(answer) = next(&mut running, ANSWER_WITHIN).await? {
            if let Told::Peer(listed) = &answer.told {
                all.push((listed.clone(), answer.line));
            }
        }
        match self.show {
            Show::Records | Show::RecordsAsTheyCome => {
                for (_, line) in &all {
                    show(line).await?;
                }
            }
            Show::Table | Show::Lines => {
                let rows = all.iter().map(|(listed, _)| table::Row::of(listed));
                show(&table::table(rows)).await?;
            }
        }
        if all.iter().all(|(listed, _)| listed.own) {
            let text = "Nobody else found yet; the log of the running node says what it has tried.";
            logging::remark(vec![text.to_owned()]);
        }
        Ok(Exit::Done)
    }

    async fn watch(&self, mut running: Connection) -> Result<Exit, Failure> {
        let request = Request::Peers { watch: true };
        running
            .ask(&request)
            .await
            .map_err(AskError::into_failure)?;
        let mut time_is_up = pin!(async {
            match self.time {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        });
        let mut view = View::default();
        loop {
            let answer = tokio::select! {
                () = &mut time_is_up => return Ok(Exit::Done),
                answer = next(&mut running, WATCH_WITHIN) => answer?,
            };
            let Some(answer) = answer else {
                return Err(AskError::Ended.into_failure());
            };
            if let Told::Warning { message } = &answer.told {
                logging::remark(vec![message.clone()]);
            }
            match self.show {
                Show::RecordsAsTheyCome | Show::Records => show(&answer.line).await?,
                Show::Lines | Show::Table => {
                    if let Some(change) = change(answer.told) {
                        show(&view.line(change)).await?;
                    }
                }
            }
        }
    }
}

async fn next(running: &mut Connection, within: Duration) -> Result<Option<Answer>, Failure> {
    running.next(within).await.map_err(AskError::into_failure)
}

fn change(told: Told) -> Option<Change> {
    Some(match told {
        Told::PeerDiscovered(peer) => Change::Here(peer),
        Told::PeerUpdated(peer) => Change::Changed(peer),
        Told::PeerRemoved { id, reason } => Change::Gone { id, reason },
        Told::SessionUp { id, addr, trust } => Change::Session { id, addr, trust },
        Told::Trust { who, level } => Change::Trust { id: who.id, level },
        Told::SessionDown { id, reason, .. } => Change::SessionOver { id, reason },
        _ => return None,
    })
}
