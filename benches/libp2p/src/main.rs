//! The work that the benches of TAZCOM's sessions do, done by libp2p: TCP, Noise and yamux on
//! tokio, over loopback, both ends in this process.
//!
//! Prints `figure <name> <value> <unit> [remark]` for `cargo xtask bench session --beside libp2p`,
//! under the names that the figures of sessions have.

mod connects;
mod memory;
mod node;
mod stream;

use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Memory first: what the others leave behind would be taken again instead of asked for.
        let mib = memory::of_idle_connections().await?;
        println!("figure memory_of_100_idle {mib:.2} MiB (resident, both ends of each)");
        let rate = connects::a_second().await?;
        println!("figure connects {rate:.0} /s (TCP, Noise, yamux, both ends)");
        let [round_trip, rate] = stream::figures().await?;
        println!("figure round_trip {round_trip:.1} us (32 bytes there and back, median)");
        println!("figure throughput {rate:.0} MB/s (messages of 16 KiB, one way)");
        Ok(())
    })
}
