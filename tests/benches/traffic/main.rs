//! What a node with nothing to say sends, in a swarm of fifty where everybody has a session with
//! everybody.

#![expect(clippy::print_stdout, reason = "the figures are the result")]

use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use tazcom_tests::{Host, Node, NodeCommand, pause};

/// Nodes in the swarm.
const NODES: usize = 50;

/// For fifty nodes on two cores to shake hands with each other.
const SOON: Duration = Duration::from_secs(60);

/// Everybody has met everybody, names have been said, and the queries of the start are over. The
/// window that follows holds the refresh of all records at 96 s of their 120.
const SETTLED: Duration = Duration::from_secs(45);

/// How long the wire is watched.
const WINDOW: Duration = Duration::from_secs(60);

/// The most that one node sends, in bytes a second, with the headers of Ethernet, IP and TCP.
const CEILING: f64 = 1024.0;

fn main() -> ExitCode {
    let host = Host::loopback();
    let start = |n| {
        NodeCommand::new(format!("node {n}"))
            .interface("lo")
            .spawn(&host)
    };
    let mut nodes: Vec<Node> = (1..=NODES).map(start).collect();
    let ids: Vec<String> = nodes.iter().map(|node| node.id().to_owned()).collect();
    for node in &mut nodes {
        let own = node.id().to_owned();
        for id in ids.iter().filter(|id| **id != own) {
            node.says("session_up", id, SOON);
        }
    }
    println!(
        "{NODES} nodes met; settling for {} s ...",
        SETTLED.as_secs()
    );
    pause(SETTLED);

    println!("watching for {} s ...", WINDOW.as_secs());
    let before = Sent::by(&host);
    pause(WINDOW);
    let after = Sent::by(&host);
    let share = |before: u64, after: u64| {
        after.saturating_sub(before) as f64 / WINDOW.as_secs_f64() / NODES as f64
    };
    let all = share(before.bytes, after.bytes);
    let packets = share(before.packets, after.packets);
    let multicast = share(before.multicast, after.multicast);
    println!(
        "measure idle-traffic {all:.0} B/s ceiling {CEILING} (a node of {NODES}, {packets:.2} packets a \
         second; of it multicast DNS {multicast:.0} B/s)"
    );
    match all <= CEILING {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// What has been sent on a machine since it began.
#[derive(Clone, Copy, Debug)]
struct Sent {
    /// With the 14 bytes of Ethernet's header for each packet.
    bytes: u64,
    packets: u64,
    /// Bytes of IP packets to groups.
    multicast: u64,
}

impl Sent {
    fn by(host: &Host) -> Self {
        // Of the namespace that the thread is in.
        let (devices, statistics) = host.enter(|| {
            let read = |path| fs::read_to_string(path).expect("/proc is mounted");
            (
                read("/proc/thread-self/net/dev"),
                read("/proc/thread-self/net/netstat"),
            )
        });
        let lo = devices
            .lines()
            .find_map(|line| line.trim().strip_prefix("lo:"))
            .expect("there is a loopback interface");
        let figures: Vec<u64> = lo.split_whitespace().flat_map(str::parse).collect();
        Self {
            bytes: figures[8],
            packets: figures[9],
            multicast: out_multicast_octets(&statistics).unwrap_or(0),
        }
    }
}

/// A line of names, then a line of figures.
fn out_multicast_octets(statistics: &str) -> Option<u64> {
    let mut lines = statistics.lines().filter(|line| line.starts_with("IpExt:"));
    let (names, figures) = (lines.next()?, lines.next()?);
    let at = names.split(' ').position(|name| name == "OutMcastOctets")?;
    figures.split(' ').nth(at)?.parse().ok()
}
