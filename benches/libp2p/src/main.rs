//! The work that the benches of TAZCOM's sessions and of its mesh do, done by libp2p: TCP, Noise and
//! yamux on tokio, over loopback, all ends in this process.
//!
//! Called with `session` or `gossip`. Prints `figure <name> <value> <unit> [remark]` for
//! `cargo xtask bench <that> --beside libp2p`, under the names that our own figures have.

mod connects;
mod gossip;
mod memory;
mod node;
mod stream;
mod there;

use std::error::Error;

use tokio::runtime::Builder;

use crate::there::There;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    match std::env::args().nth(1).as_deref() {
        Some("session") => session(),
        Some("gossip") => gossip::measure(),
        _ => Err("what shall it be: session or gossip?".into()),
    }
}

/// Each end on a thread and a runtime of its own.
fn session() -> Outcome<()> {
    let there = There::start()?;
    let here = Builder::new_current_thread().enable_all().build()?;
    here.block_on(async {
        // Memory first: what the others leave behind would be taken again instead of asked for.
        let mib = memory::of_idle_connections(&there).await?;
        println!("figure memory_of_100_idle {mib:.2} MiB (resident, both ends of each)");
        let rate = connects::a_second(&there).await?;
        println!("figure connects {rate:.0} /s (TCP, Noise, yamux, both ends)");
        let [round_trip, rate] = stream::figures(&there).await?;
        println!("figure round_trip {round_trip:.1} us (32 bytes there and back, median)");
        println!("figure throughput {rate:.0} MB/s (messages of 16 KiB, one way)");
        Ok(())
    })
}
