//! What it costs to bring a message to everybody: whole nodes on loopback, each with its store.
//!
//! - Ten nodes, of which one says 5,000 things of 200 bytes: how many messages arrive a second, what
//!   each costs in processor time, and how long it takes while at most 256 are under way. Judged
//!   against what no node can do without: to check the signature, to keep the message, to take its
//!   bytes out of a connection.
//! - Three nodes with their stores on disk: from the word to the others' screens, against two
//!   writes that are on disk and a round trip over a bare connection.
//!
//! Fails when a message is missing or a measure is on the wrong side of its bound. Lines that begin
//! with `figure` are for `cargo xtask bench gossip --beside libp2p`, whose bench prints its own by the
//! same names.

#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

mod flood;
mod least;
mod spoken;
mod swarm;

use std::error::Error;
use std::process::ExitCode;

use tokio::runtime::Builder;

/// Threads that all nodes share, here and in the bench of libp2p.
const THREADS: usize = 2;

/// How many times the least that a message costs one may cost a node.
const COST_CEILING: f64 = 2.5;

/// The share of the messages that both threads could deliver at that least cost.
const RATE_FLOOR: f64 = 0.25;

/// How many times two writes to the disk and a bare round trip a message may take to the others.
const SPOKEN_CEILING: f64 = 25.0;

/// Milliseconds within which what is said is on the others' screens.
const SPOKEN_CEILING_MS: f64 = 50.0;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<ExitCode> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(measure())
}

async fn measure() -> Outcome<ExitCode> {
    let least = least::of_a_message()?;
    println!(
        "the least for a message of 200 bytes: signature {:.1} us, store {:.1} us, loopback {:.1} us",
        least.verify, least.store, least.loopback
    );
    let flood = flood::measure().await?;
    println!(
        "figure gossip_delivered {:.4} of_all ({} nodes, {} messages)",
        flood.delivered,
        flood::NODES,
        flood::MESSAGES
    );
    println!("figure gossip_deliveries {:.0} /s", flood.rate);
    println!(
        "figure gossip_cpu {:.1} us (processor time a delivery)",
        flood.cost
    );
    println!(
        "figure gossip_p50 {:.2} ms (from the word to the event, 256 under way)",
        flood.p50
    );
    println!("figure gossip_p99 {:.2} ms", flood.p99);
    let spoken = spoken::measure().await?;
    println!(
        "figure gossip_spoken {:.3} ms (median of {}; 99 of 100 within {:.3} ms; a write on disk {:.3} ms, a bare \
         round trip {:.3} ms)",
        spoken.median,
        spoken::MESSAGES,
        spoken.p99,
        spoken.write,
        spoken.trip
    );

    let cost = flood.cost / least.sum();
    let rate = flood.rate * least.sum() / 1e6 / THREADS as f64;
    // Here and there it is written before anybody sees it.
    let share = spoken.median / (2.0 * spoken.write + spoken.trip);
    println!("ratio gossip_delivered {} floor 1", flood.delivered);
    println!("ratio gossip_cost {cost:.2} ceiling {COST_CEILING} (the least)");
    println!("ratio gossip_rate {rate:.3} floor {RATE_FLOOR} (both threads at the least cost)");
    println!(
        "ratio gossip_latency {share:.2} ceiling {SPOKEN_CEILING} (two writes on disk and a bare round trip)"
    );
    println!(
        "measure gossip_latency {:.3} ms ceiling {SPOKEN_CEILING_MS} (median, stores on disk)",
        spoken.median
    );
    let good = flood.delivered >= 1.0
        && cost <= COST_CEILING
        && rate >= RATE_FLOOR
        && share <= SPOKEN_CEILING
        && spoken.median <= SPOKEN_CEILING_MS;
    Ok(match good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The value below which this share of them are.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    let last = values.len().saturating_sub(1);
    let at = (last as f64 * share).round() as usize;
    *values.select_nth_unstable_by(at, f64::total_cmp).1
}
