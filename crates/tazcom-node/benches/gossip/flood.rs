//! One node says much, and all others hear it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tazcom_node::{ChatEvent, Event, Node, RoomName, Storage};
use tokio::sync::{Semaphore, mpsc};

use crate::swarm::{self, Member};
use crate::{Outcome, quantile};

/// Nodes.
pub(crate) const NODES: usize = 10;
/// Messages that count.
pub(crate) const MESSAGES: usize = 5_000;
/// Bytes of each.
pub(crate) const LEN: usize = 200;
/// Messages that may be said before the first of them is everywhere.
const AHEAD: usize = 256;
/// Messages that do not count: the tree finds its form, and memory is asked for.
const WARM_UP: usize = 500;
/// Until nobody is expected to bring anything any more.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flood {
    /// The share of what was to be delivered.
    pub(crate) delivered: f64,
    /// Deliveries a second.
    pub(crate) rate: f64,
    /// Microseconds of processor time a delivery.
    pub(crate) cost: f64,
    /// Milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

pub(crate) async fn measure() -> Outcome<Flood> {
    let mut members = swarm::start(vec![Storage::Memory; NODES]).await?;
    let nodes: Vec<Node> = members.iter().map(|member| member.node.clone()).collect();
    let mut speaker = members.remove(0);
    let node = speaker.node.clone();
    tokio::spawn(async move { while speaker.events.next().await.is_some() {} });
    let (told, mut heard) = mpsc::channel(NODES * AHEAD);
    for member in members {
        tokio::spawn(listen(member, told.clone()));
    }
    drop(told);
    turn(&node, &mut heard, 0, WARM_UP).await?;
    let flood = turn(&node, &mut heard, WARM_UP, MESSAGES).await?;
    for node in nodes {
        node.shutdown().await;
    }
    Ok(flood)
}

/// Tells the number of each message that comes.
async fn listen(mut member: Member, told: mpsc::Sender<(usize, Instant)>) {
    while let Some(event) = member.events.next().await {
        if let Some(number) = number(&event)
            && told.send((number, Instant::now())).await.is_err()
        {
            return;
        }
    }
}

/// The number of what somebody has said.
fn number(event: &Event) -> Option<usize> {
    let Event::Chat(event) = event else {
        return None;
    };
    let ChatEvent::Message { line, .. } = &**event else {
        return None;
    };
    line.text.as_str().split_whitespace().next()?.parse().ok()
}

/// Says so many things and waits until they are everywhere.
async fn turn(
    node: &Node,
    heard: &mut mpsc::Receiver<(usize, Instant)>,
    first: usize,
    count: usize,
) -> Outcome<Flood> {
    let ahead = Arc::new(Semaphore::new(AHEAD));
    let (begun, processor) = (Instant::now(), processor_time());
    let (said, mut saying) = mpsc::channel(AHEAD);
    tokio::spawn(say(
        node.clone(),
        first..first + count,
        Arc::clone(&ahead),
        said,
    ));
    let mut starts = vec![None; count];
    let mut left = vec![NODES - 1; count];
    let mut times = Vec::with_capacity(count * (NODES - 1));
    while times.len() < count * (NODES - 1) {
        let next = tokio::time::timeout(PATIENCE, heard.recv()).await;
        let Ok(Some((number, at))) = next else {
            break;
        };
        while let Ok((number, at)) = saying.try_recv() {
            starts[number - first] = Some(at);
        }
        let Some(index) = number.checked_sub(first).filter(|index| *index < count) else {
            return Err("a message came that nobody has said now".into());
        };
        let start: Instant = starts[index].ok_or("a message came before it was said")?;
        times.push(at.duration_since(start).as_secs_f64() * 1e3);
        left[index] = left[index].checked_sub(1).ok_or("a message came twice")?;
        if left[index] == 0 {
            ahead.add_permits(1);
        }
    }
    let (took, used) = (begun.elapsed(), processor_time() - processor);
    if times.is_empty() {
        return Err("nothing was delivered".into());
    }
    let deliveries = times.len() as f64;
    Ok(Flood {
        delivered: deliveries / (count * (NODES - 1)) as f64,
        rate: deliveries / took.as_secs_f64(),
        cost: used.as_secs_f64() * 1e6 / deliveries,
        p50: quantile(&mut times, 0.5),
        p99: quantile(&mut times, 0.99),
    })
}

/// Says one after the other, as far ahead as is allowed, and tells when each was begun.
async fn say(
    node: Node,
    numbers: std::ops::Range<usize>,
    ahead: Arc<Semaphore>,
    said: mpsc::Sender<(usize, Instant)>,
) {
    for number in numbers {
        // The semaphore is closed by nobody, and the one who counts outlives the last message.
        let Ok(permit) = ahead.acquire().await else {
            return;
        };
        permit.forget();
        if said.send((number, Instant::now())).await.is_err() {
            return;
        }
        let node = node.clone();
        tokio::spawn(async move {
            let text = format!("{number:<LEN$}")
                .replace(' ', ".")
                .replacen('.', " ", 1);
            // What is refused is missing in the end.
            let _ = node.say(RoomName::lobby(), text, false).await;
        });
    }
}

/// What all threads of this process have used.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
