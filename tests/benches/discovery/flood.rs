//! Twenty thousand nodes that do not exist, announced by one neighbour.

use std::time::{Duration, Instant};

use simple_dns::Packet;
use tazcom_tests::line::invented_id;
use tazcom_tests::wire::{Announcement, Speaker};
use tazcom_tests::{Lan, pause};

use crate::cost::{processor_time, resident_kib};
use crate::kind::{Kind, Place};

const FAKES: u64 = 20_000;
const PER_SECOND: u32 = 4_000;

/// What came is worked through by then.
const DIGESTED: Duration = Duration::from_secs(12);

/// A node uses less than this share of a processor when it is done.
const QUIET: f64 = 0.05;

/// A real newcomer has been found by then, or is not.
const PATIENCE: Duration = Duration::from_secs(6);

/// What the flood did to one node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Damage {
    /// Whether it was more than the node could take.
    pub(crate) killed: bool,
    pub(crate) cpu: Duration,
    pub(crate) grown_kib: u64,
    /// Whether a real newcomer is found afterwards.
    pub(crate) sees: bool,
}

/// Floods one node of `kind`.
pub(crate) fn flood(lan_number: u8, kind: Kind) -> Damage {
    let lan = Lan::new(lan_number);
    let [target, newcomer, flooder] = [1, 2, 3].map(|last| Place::on(&lan, last));
    let mut node = kind.start(&target);
    node.id();
    pause(Duration::from_secs(2));
    let pid = node.pid();
    let (cpu, memory) = (processor_time(pid), resident_kib(pid));

    let speaker = Speaker::new(&flooder.host, flooder.address, flooder.address);
    let fakes = (0..FAKES).map(|number| {
        let said = Announcement {
            id: invented_id(1_000_000 + number),
            port: 40_000,
            address: flooder.address,
            ttl: u32::MAX,
        };
        // What conforms means nothing to simple-mdns: it is flooded with records of its own form.
        if kind == Kind::SimpleMdns {
            without_cache_flush(&said.packet())
        } else {
            said.packet()
        }
    });
    std::thread::scope(|scope| {
        let flooding = scope.spawn(|| speaker.say_all(fakes, PER_SECOND));
        while !flooding.is_finished() {
            node.said();
            pause(Duration::from_millis(5));
        }
    });
    digest(pid, || {
        node.said();
    });
    let mut damage = Damage {
        killed: node.has_ended(),
        cpu: processor_time(pid).saturating_sub(cpu),
        grown_kib: resident_kib(pid).saturating_sub(memory),
        sees: false,
    };
    let mut real = kind.start(&newcomer);
    let id = real.id();
    damage.sees = node.finds(&id, PATIENCE).is_some();
    damage
}

/// Waits until the process has little more to do, and reads what it says meanwhile.
fn digest(pid: u32, mut listen: impl FnMut()) {
    let deadline = Instant::now() + DIGESTED;
    while Instant::now() < deadline {
        let (then, before) = (Instant::now(), processor_time(pid));
        while then.elapsed() < Duration::from_millis(500) {
            listen();
            pause(Duration::from_millis(10));
        }
        let used = processor_time(pid).saturating_sub(before);
        if used.as_secs_f64() < QUIET * then.elapsed().as_secs_f64() {
            return;
        }
    }
}

fn without_cache_flush(packet: &[u8]) -> Vec<u8> {
    let mut packet = Packet::parse(packet).expect("our own packet");
    for record in &mut packet.answers {
        record.cache_flush = false;
    }
    packet
        .build_bytes_vec_compressed()
        .expect("it is as long as before")
}
