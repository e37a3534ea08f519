//! Ten nodes on loopback, all connected to each other, with gossipsub as it comes: every message is
//! signed and checked. One says 5,000 things of 200 bytes, at most 256 of them under way.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use libp2p::gossipsub::{self, Behaviour, IdentTopic, MessageAuthenticity, PublishError};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::{Multiaddr, Swarm, SwarmBuilder, noise, tcp, yamux};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use crate::Outcome;

/// Threads that all nodes share, as in our own bench. So are all the numbers that follow.
const THREADS: usize = 2;
const NODES: usize = 10;
const MESSAGES: usize = 5_000;
const LEN: usize = 200;
const AHEAD: usize = 256;
const WARM_UP: usize = 500;
const PATIENCE: Duration = Duration::from_secs(20);

/// Longer than any of this takes: no connection is closed for being idle.
const IDLE: Duration = Duration::from_secs(3600);

/// After all know of each other: the first heartbeat comes after five seconds, and by the third each
/// has its mesh.
const SETTLE: Duration = Duration::from_secs(8);

pub(crate) fn measure() -> Outcome<()> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(flood())
}

/// What a node's task tells.
enum Told {
    /// Somebody else takes part.
    Met,
    /// A message, by its number.
    Heard(usize, Instant),
}

async fn flood() -> Outcome<()> {
    let (tell, mut told) = mpsc::channel(NODES * AHEAD);
    let (say, to_say) = mpsc::channel(AHEAD);
    let mut to_say = Some(to_say);
    let mut addrs = Vec::new();
    for _ in 0..NODES {
        let (mut swarm, addr) = listening().await?;
        for other in &addrs {
            let other: &Multiaddr = other;
            swarm.dial(DialOpts::unknown_peer_id().address(other.clone()).build())?;
        }
        addrs.push(addr);
        tokio::spawn(drive(swarm, to_say.take(), tell.clone()));
    }
    let mut met = 0;
    while met < NODES * (NODES - 1) {
        match tokio::time::timeout(PATIENCE, told.recv()).await? {
            Some(Told::Met) => met += 1,
            Some(Told::Heard(..)) => {}
            None => return Err("a node has ended".into()),
        }
    }
    tokio::time::sleep(SETTLE).await;
    turn(&say, &mut told, 0, WARM_UP).await?;
    let flood = turn(&say, &mut told, WARM_UP, MESSAGES).await?;
    let Flood {
        delivered,
        rate,
        cost,
        p50,
        p99,
    } = flood;
    println!("figure gossip_delivered {delivered:.4} of_all ({NODES} nodes, {MESSAGES} messages)");
    println!("figure gossip_deliveries {rate:.0} /s");
    println!("figure gossip_cpu {cost:.1} us (processor time a delivery)");
    println!("figure gossip_p50 {p50:.2} ms (from the word to the event, {AHEAD} under way)");
    println!("figure gossip_p99 {p99:.2} ms");
    Ok(())
}

struct Flood {
    delivered: f64,
    rate: f64,
    cost: f64,
    p50: f64,
    p99: f64,
}

/// A node with keys of its own that listens.
async fn listening() -> Outcome<(Swarm<Behaviour>, Multiaddr)> {
    let mut swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(
            tcp::Config::default().nodelay(true),
            noise::Config::new,
            yamux::Config::default,
        )?
        .with_behaviour(|key| {
            let config = gossipsub::Config::default();
            Ok(Behaviour::new(
                MessageAuthenticity::Signed(key.clone()),
                config,
            )?)
        })?
        .with_swarm_config(|config| config.with_idle_connection_timeout(IDLE))
        .build();
    swarm.behaviour_mut().subscribe(&topic())?;
    swarm.listen_on(Multiaddr::from(Ipv4Addr::LOCALHOST).with(Protocol::Tcp(0)))?;
    loop {
        if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
            return Ok((swarm, address));
        }
    }
}

fn topic() -> IdentTopic {
    IdentTopic::new("lobby")
}

/// Drives a node until the end of the process; it says what it is given.
async fn drive(
    mut swarm: Swarm<Behaviour>,
    mut to_say: Option<mpsc::Receiver<usize>>,
    tell: mpsc::Sender<Told>,
) {
    loop {
        let told = tokio::select! {
            event = swarm.select_next_some() => match event {
                SwarmEvent::Behaviour(gossipsub::Event::Subscribed { .. }) => Told::Met,
                SwarmEvent::Behaviour(gossipsub::Event::Message { message, .. }) => {
                    match number(&message.data) {
                        Some(number) => Told::Heard(number, Instant::now()),
                        None => continue,
                    }
                }
                _ => continue,
            },
            Some(number) = next(&mut to_say) => {
                let text = format!("{number:<LEN$}").into_bytes();
                match swarm.behaviour_mut().publish(topic(), text) {
                    // What was not sent is missing in the end.
                    Ok(_) | Err(PublishError::Duplicate) => {}
                    Err(error) => eprintln!("not said: {error}"),
                }
                continue;
            }
        };
        if tell.send(told).await.is_err() {
            return;
        }
    }
}

async fn next(to_say: &mut Option<mpsc::Receiver<usize>>) -> Option<usize> {
    match to_say {
        Some(to_say) => to_say.recv().await,
        None => std::future::pending().await,
    }
}

fn number(data: &[u8]) -> Option<usize> {
    std::str::from_utf8(data).ok()?.trim().parse().ok()
}

/// Says so many things and waits until they are everywhere.
async fn turn(
    say: &mpsc::Sender<usize>,
    told: &mut mpsc::Receiver<Told>,
    first: usize,
    count: usize,
) -> Outcome<Flood> {
    let (begun, processor) = (Instant::now(), processor_time());
    let mut starts = Vec::with_capacity(count);
    let mut left = vec![NODES - 1; count];
    let mut under_way = 0;
    let mut times = Vec::with_capacity(count * (NODES - 1));
    while times.len() < count * (NODES - 1) {
        while under_way < AHEAD && starts.len() < count {
            let number = first + starts.len();
            starts.push(Instant::now());
            say.send(number).await?;
            under_way += 1;
        }
        let next = tokio::time::timeout(PATIENCE, told.recv()).await;
        let (number, at) = match next {
            Ok(Some(Told::Heard(number, at))) => (number, at),
            Ok(Some(Told::Met)) => continue,
            Ok(None) | Err(_) => break,
        };
        let index = number.checked_sub(first).ok_or("a message came late")?;
        times.push(at.duration_since(starts[index]).as_secs_f64() * 1e3);
        left[index] -= 1;
        if left[index] == 0 {
            under_way -= 1;
        }
    }
    let (took, used) = (begun.elapsed(), processor_time() - processor);
    let deliveries = times.len() as f64;
    Ok(Flood {
        delivered: deliveries / (count * (NODES - 1)) as f64,
        rate: deliveries / took.as_secs_f64(),
        cost: used.as_secs_f64() * 1e6 / deliveries,
        p50: quantile(&mut times, 0.5),
        p99: quantile(&mut times, 0.99),
    })
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    let last = values.len().saturating_sub(1);
    let at = (last as f64 * share).round() as usize;
    *values.select_nth_unstable_by(at, f64::total_cmp).1
}

/// What all threads of this process have used.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
