//! What a node costs that has ten peers and nothing to do.

#![expect(clippy::print_stdout, reason = "the figures are the result")]

#[path = "../cost/mod.rs"]
mod cost;

use std::process::ExitCode;
use std::time::Duration;

use cost::{processor_time, resident_kib};
use tazcom_tests::{Host, Node, NodeCommand, pause};

/// Others that the node knows.
const PEERS: usize = 10;

/// Everybody has greeted everybody, and the queries of the start are over. The window that follows
/// holds the refresh of all records at 96 s of their 120.
const SETTLED: Duration = Duration::from_secs(45);

/// How long it is watched.
const WINDOW: Duration = Duration::from_secs(60);

/// The most memory of its own, in MiB: what one more node costs a machine, and where a leak shows.
const OWN_CEILING_MIB: f64 = 4.0;

/// The most resident memory, in MiB. All but what is its own are pages of the program and of libc,
/// which all nodes on a machine share and the kernel may drop. How many of them count here depends
/// on how large the pieces are in which it maps files: up to all 15 MiB of the program.
const MEMORY_CEILING_MIB: f64 = 20.0;

/// The most processor time, in percent of one core.
const PROCESSOR_CEILING_PERCENT: f64 = 0.1;

fn main() -> ExitCode {
    let host = Host::loopback();
    let start = |name: String| NodeCommand::new(name).interface("lo").spawn(&host);
    let mut node = start("the idle one".to_owned());
    let mut peers: Vec<Node> = (1..=PEERS).map(|n| start(format!("peer {n}"))).collect();
    for peer in &mut peers {
        node.meets(peer);
    }
    println!(
        "{PEERS} peers met; settling for {} s ...",
        SETTLED.as_secs()
    );
    pause(SETTLED);

    println!("watching for {} s ...", WINDOW.as_secs());
    let pid = node.pid().as_raw_nonzero().get().unsigned_abs();
    let before = processor_time(pid);
    pause(WINDOW);
    let used = processor_time(pid).saturating_sub(before);

    let usage = node.usage();
    let (own, resident) = (mib(usage.own_kib), mib(resident_kib(pid)));
    let percent = used.as_secs_f64() / WINDOW.as_secs_f64() * 100.0;
    println!("measure idle-memory-own {own:.2} MiB ceiling {OWN_CEILING_MIB} ({PEERS} peers)");
    println!(
        "measure idle-memory {resident:.2} MiB ceiling {MEMORY_CEILING_MIB} \
         (resident, {PEERS} peers; at most {:.2} ever)",
        mib(usage.peak_resident_kib)
    );
    println!(
        "measure idle-processor {percent:.4} percent ceiling {PROCESSOR_CEILING_PERCENT} \
         (of a core; {:.1} ms in {} s)",
        used.as_secs_f64() * 1e3,
        WINDOW.as_secs()
    );
    if own <= OWN_CEILING_MIB
        && resident <= MEMORY_CEILING_MIB
        && percent <= PROCESSOR_CEILING_PERCENT
    {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
