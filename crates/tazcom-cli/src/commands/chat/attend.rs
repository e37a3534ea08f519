//! Follows the node, and hands on what it tells as news.

use std::time::Duration;

use tazcom_tui::{News, Note, Weight};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::door::Door;
use super::news::Reporter;
use crate::control::{AskError, Attended, Request};
use crate::conversing::DISK;
use crate::output::AroundRecord;

mod outage;

use outage::Outage;

/// How long a node may take to tell what there is: its disk may be slow.
const READY_WITHIN: Duration = DISK;

/// For how long a node is followed that has not cut us off again, until that counts as over.
const LASTING: Duration = Duration::from_secs(10);

/// News that may wait to be taken. Then the node waits, and cuts us off if that takes too long.
const WAITING: usize = 1024;

/// The news, as long as this lives.
#[derive(Debug)]
pub(super) struct Following {
    pub(super) news: Receiver<News>,
    task: JoinHandle<()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Begins to follow.
pub(super) fn follow(door: Door) -> Following {
    let (sender, news) = channel(WAITING);
    let task = tokio::spawn(run(door, sender));
    Following { news, task }
}

/// Why the node is not followed any more.
enum End {
    /// Nobody takes news any more.
    Unwanted,
    /// The node has ended.
    Over,
    /// It was not to be followed for now: we were too slow, or it answers too many others.
    Cut(AskError),
}

impl From<AskError> for End {
    fn from(error: AskError) -> Self {
        Self::Cut(error)
    }
}

/// Until the node ends, or nobody takes news any more.
async fn run(door: Door, sender: Sender<News>) {
    let mut reporter = Reporter::default();
    let mut outage = Outage::default();
    loop {
        let error = match attend(&door, &mut reporter, &mut outage, &sender).await {
            Err(End::Unwanted) => return,
            Err(End::Over) | Ok(()) => break,
            Err(End::Cut(error)) => error,
        };
        let next = outage.cut(Instant::now(), &error, reporter.is_ready());
        if let Some(text) = next.told
            && sender.send(warning(text)).await.is_err()
        {
            return;
        }
        match next.pause {
            Some(pause) => tokio::time::sleep(pause).await,
            None => break,
        }
    }
    // It fails when nobody wants to know.
    let _ = sender.send(News::Ended).await;
}

fn warning(text: String) -> News {
    News::Note(Note {
        place: None,
        text,
        weight: Weight::Warning,
        key: None,
    })
}

/// Hands on what the node tells, for as long as it does.
async fn attend(
    door: &Door,
    reporter: &mut Reporter,
    outage: &mut Outage,
    sender: &Sender<News>,
) -> Result<(), End> {
    let mut connection = match door.open().await {
        Err(AskError::Ended) => return Err(End::Over),
        connection => connection?,
    };
    connection.ask(&Request::Attend).await?;
    reporter.begin();
    let mut phase = Phase::Beginning(Instant::now() + READY_WITHIN);
    let mut news = Vec::new();
    loop {
        let record = match phase {
            Phase::Beginning(until) => match timeout_at(until, connection.attended()).await {
                Ok(record) => record?,
                Err(_) => return Err(AskError::TimedOut.into()),
            },
            Phase::Ready(until) => match timeout_at(until, connection.attended()).await {
                Ok(record) => record?,
                Err(_) => {
                    phase = Phase::Lasting;
                    missed(outage.end(), sender).await?;
                    continue;
                }
            },
            Phase::Lasting => connection.attended().await?,
        };
        let Some(record) = record else {
            return Err(End::Over);
        };
        let is_ready = is_ready(&record);
        reporter.take(Instant::now(), record, &mut news);
        for item in news.drain(..) {
            sender.send(item).await.map_err(|_| End::Unwanted)?;
        }
        if is_ready {
            phase = Phase::Ready(Instant::now() + LASTING);
            missed(outage.ready(), sender).await?;
        }
    }
}

/// How far a connection has come.
enum Phase {
    /// It tells what there is, until then.
    Beginning(Instant),
    /// It has told all that there is, and was not cut since; from then on it can be relied on.
    Ready(Instant),
    Lasting,
}

fn is_ready(record: &Attended) -> bool {
    matches!(record, Attended::Around(record) if matches!(**record, AroundRecord::Ready))
}

/// Has what was lost asked for.
async fn missed(is_lost: bool, sender: &Sender<News>) -> Result<(), End> {
    if is_lost {
        let told = sender.send(News::Missed(1)).await;
        told.map_err(|_| End::Unwanted)?;
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests;
