//! Sessions between endpoints over loopback TCP, both ends in this process, each on a thread and a
//! runtime of its own: a node has one of each.
//!
//! - 16 KiB frames one way, against raw ChaCha20-Poly1305 on as many bytes.
//! - The round trip of a ping inside a session, against as many bytes over a bare connection.
//! - What a hundred sessions with nothing to do hold in memory.
//! - How many connections a second become sessions.
//!
//! Fails when a measure is on the wrong side of its bound. Lines that begin with `figure` are for
//! `cargo xtask bench session --beside libp2p`, whose bench prints its own by the same names.

#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

mod connects;
mod memory;
mod node;
mod round_trip;
mod there;
mod throughput;

use std::error::Error;
use std::process::ExitCode;

use tokio::runtime::Builder;

use crate::there::There;

/// The share of the raw cipher's speed (sealed and opened on one core) that frames must reach
/// through two endpoints and the kernel.
const THROUGHPUT_FLOOR: f64 = 0.6;

/// How many times the bare round trip one inside a session may take.
const ROUND_TRIP_CEILING: f64 = 1.5;

/// Resident MiB that the two hundred ends of a hundred idle sessions may hold.
const MEMORY_CEILING_MIB: f64 = 8.0;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<ExitCode> {
    let there = There::start()?;
    let here = Builder::new_current_thread().enable_all().build()?;
    here.block_on(measure(&there))
}

async fn measure(there: &There) -> Outcome<ExitCode> {
    // Memory first: what the others leave behind would be taken again instead of asked for.
    let mib = memory::of_idle_sessions(there).await?;
    println!("figure memory_of_100_idle {mib:.2} MiB (resident, both ends of each)");
    let rate = connects::a_second(there).await?;
    println!("figure connects {rate:.0} /s (TCP and handshake, both ends)");
    let trip = round_trip::measure(there).await?;
    println!(
        "figure round_trip {:.1} us (a ping inside the session, median; bare TCP: {:.1} us)",
        trip.session, trip.bare
    );
    let rate = throughput::measure(there).await?;
    println!(
        "figure throughput {:.0} MB/s (frames of 16 KiB, one way; raw cipher on one core: {:.0} MB/s)",
        rate.session, rate.raw
    );

    let trips = trip.session / trip.bare;
    let rates = rate.session / rate.raw;
    println!("ratio session_throughput_tcp {rates:.3} floor {THROUGHPUT_FLOOR} (raw cipher)");
    println!("ratio session_round_trip {trips:.3} ceiling {ROUND_TRIP_CEILING} (bare TCP)");
    println!(
        "measure session_memory_of_100_idle {mib:.2} MiB ceiling {MEMORY_CEILING_MIB} (both ends)"
    );
    let good =
        rates >= THROUGHPUT_FLOOR && trips <= ROUND_TRIP_CEILING && mib <= MEMORY_CEILING_MIB;
    Ok(match good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The time that a tenth of the turns were faster than: those that nobody disturbed, and not the
/// one that was lucky.
fn undisturbed(mut turns: Vec<f64>) -> f64 {
    let at = turns.len() / 10;
    *turns.select_nth_unstable_by(at, f64::total_cmp).1
}
