//! The work that the benches of TAZCOM's sessions do, done by libp2p: TCP, Noise and yamux on
//! tokio, over loopback, both ends in this process, each on a thread and a runtime of its own.
//!
//! Prints `figure <name> <value> <unit> [remark]` for `cargo xtask bench session --beside libp2p`,
//! under the names that the figures of sessions have.

mod connects;
mod memory;
mod node;
mod stream;
mod there;

use std::error::Error;

use tokio::runtime::Builder;

use crate::there::There;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
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
