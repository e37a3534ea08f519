//! Many nodes that start together: when each knows all others, and what that costs the network.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tazcom_tests::wire::Ear;
use tazcom_tests::{Host, Lan, pause};

use crate::kind::{Kind, Place};
use crate::watched::Watched;

/// How long after the last start a crowd may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Packets are counted for at least this long after the last start, so that the second
/// announcements and queries are among them.
const COUNTED: Duration = Duration::from_secs(3);

/// The address of the machine that only listens.
const LISTENER: u8 = 250;

/// A network with many machines on it.
#[derive(Debug)]
pub(crate) struct Crowd {
    lan: Lan,
    places: Vec<Place>,
    listener: Host,
}

/// How one crowd did.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// From the last start until all knew all; none when they never did.
    pub(crate) complete: Option<Duration>,
    /// How many knew all the others.
    pub(crate) knew_all: usize,
    pub(crate) size: usize,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

impl Crowd {
    /// Machines for `most` nodes.
    pub(crate) fn new(number: u8, most: u8) -> Self {
        let lan = Lan::new(number);
        let places: Vec<Place> = (1..=most).map(|last| Place::on(&lan, last)).collect();
        introduce(&places);
        Self {
            places,
            listener: lan.host(LISTENER),
            lan,
        }
    }

    /// Starts `size` nodes of one kind, each on a machine of its own.
    pub(crate) fn gather(&self, kind: Kind, size: usize) -> Outcome {
        let ear = Ear::new(&self.listener, self.lan.address(LISTENER));
        let lost_before = lost_by_listener(&self.listener);
        let over = AtomicBool::new(false);
        let (mut outcome, heard) = std::thread::scope(|scope| {
            let counting = scope.spawn(|| count(&ear, &over));
            let outcome = self.wait_until_complete(kind, size);
            over.store(true, Ordering::Relaxed);
            (outcome, counting.join())
        });
        let (packets, bytes) = heard.expect("counting does not panic");
        outcome.packets = packets + lost_by_listener(&self.listener) - lost_before;
        outcome.bytes = bytes;
        outcome
    }

    fn wait_until_complete(&self, kind: Kind, size: usize) -> Outcome {
        let mut nodes: Vec<Watched> = self
            .places
            .iter()
            .take(size)
            .map(|p| kind.start(p))
            .collect();
        let ids: Vec<String> = nodes.iter_mut().map(Watched::id).collect();
        let last_start = nodes.iter().map(Watched::begun).max();
        let last_start = last_start.unwrap_or_else(Instant::now);

        let deadline = Instant::now() + PATIENCE;
        let mut complete = Some(last_start);
        let mut knew_all = 0;
        for (number, node) in nodes.iter_mut().enumerate() {
            let others = ids.iter().enumerate().filter(|(other, _)| *other != number);
            let last = others
                .map(|(_, id)| {
                    let left = deadline.saturating_duration_since(Instant::now());
                    node.finds(id, left)
                })
                .reduce(|latest, at| Some(latest?.max(at?)))
                .flatten();
            knew_all += usize::from(last.is_some());
            complete = complete.zip(last).map(|(a, b)| a.max(b));
        }
        pause((last_start + COUNTED).saturating_duration_since(Instant::now()));
        Outcome {
            complete: complete.map(|at| at.duration_since(last_start)),
            knew_all,
            size,
            packets: 0,
            bytes: 0,
        }
    }
}

/// Gives every machine the hardware address of every other.
///
/// Nodes greet each other, and fifty machines that look each other up are more entries than the
/// kernel keeps in all namespaces together (`gc_thresh3`, 1024); beyond it nothing is sent at all.
/// What is entered by hand does not count.
fn introduce(places: &[Place]) {
    let hardware = |place: &Place| format!("02:00:00:00:00:{:02x}", place.address.octets()[3]);
    for place in places {
        place
            .host
            .ip(&format!("link set lan0 address {}", hardware(place)));
        let others = places.iter().filter(|other| other.address != place.address);
        let lines: String = others
            .map(|other| {
                let (address, hardware) = (other.address, hardware(other));
                format!("neighbour replace {address} lladdr {hardware} dev lan0 nud permanent\n")
            })
            .collect();
        let mut batch = place.host.command("ip");
        batch.args(["-batch", "-"]).stdin(Stdio::piped());
        let mut ip = batch.spawn().expect("`ip` runs");
        let told = ip
            .stdin
            .take()
            .map(|mut stdin| stdin.write_all(lines.as_bytes()));
        let done = ip.wait().is_ok_and(|status| status.success());
        assert!(matches!(told, Some(Ok(()))) && done, "{batch:?} failed");
    }
}

fn count(ear: &Ear, over: &AtomicBool) -> (u64, u64) {
    let (mut packets, mut bytes) = (0, 0);
    while !over.load(Ordering::Relaxed) {
        for (_, packet) in ear.heard() {
            packets += 1;
            bytes += packet.len() as u64;
        }
        pause(Duration::from_millis(3));
    }
    (packets, bytes)
}

/// Datagrams that came while the listener's buffer was full: they were on the wire as well.
fn lost_by_listener(listener: &Host) -> u64 {
    let table = listener.enter(|| fs::read_to_string("/proc/thread-self/net/snmp"));
    let table = table.unwrap_or_default();
    let mut rows = table.lines().filter_map(|line| line.strip_prefix("Udp:"));
    let (Some(names), Some(figures)) = (rows.next(), rows.next()) else {
        return 0;
    };
    let mut columns = names.split_whitespace().zip(figures.split_whitespace());
    let errors = columns.find(|(name, _)| *name == "RcvbufErrors");
    errors
        .and_then(|(_, figure)| figure.parse().ok())
        .unwrap_or(0)
}
