//! Crowds of nodes that do not exist, and packets that mean nothing.

use std::net::Ipv4Addr;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use tazcom_tests::lane::{self, Lane};
use tazcom_tests::line::invented_id;
use tazcom_tests::wire::{Announcement, Speaker, damaged};
use tazcom_tests::{Host, Lan, Node, NodeCommand, Usage};

use crate::LOOPBACK;

const FAKES: u64 = 20_000;
const DAMAGED: u64 = 20_000;
const PER_SECOND: u32 = 4_000;
/// Another address of the loopback interface: the flood comes from one neighbour, not from the
/// very address the honest nodes share.
const LOOPBACK_FLOODER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);
/// Most instances one source address on a LAN may announce. Loopback, where whole swarms share one
/// address, may announce more.
const PER_SOURCE: usize = 32;
const RESIDENT_LIMIT_KIB: u64 = 32 * 1024;
const SEED: u64 = 0x7a7c_0002;

#[test]
fn fakes_from_one_neighbour_hide_nobody() {
    if !lane::open(&[Lane::Namespaces]) {
        return;
    }
    let lan = Lan::new(1);
    let flooder = lan.address(66);
    let scene = Scene {
        interface: "lan0",
        victim: lan.host(1),
        peers: lan.host(2),
        flooder,
        speaker: Speaker::new(&lan.host(66), flooder, flooder),
    };
    let believed = scene.withstands(fakes(flooder));
    assert!(
        (1..=PER_SOURCE).contains(&believed),
        "{believed} of the flooder's instances were believed"
    );
}

#[test]
fn fakes_on_loopback_hide_nobody() {
    if let Some(scene) = Scene::on_loopback() {
        let believed = scene.withstands(fakes(scene.flooder));
        assert!(believed > 0, "the flood did not arrive");
    }
}

#[test]
fn damaged_packets_harm_nobody() {
    if let Some(scene) = Scene::on_loopback() {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        let packets = fakes(scene.flooder).take(usize::try_from(DAMAGED).unwrap());
        scene.withstands(packets.map(|packet| damaged(&packet, &mut rng)));
    }
}

fn fakes(address: Ipv4Addr) -> impl Iterator<Item = Vec<u8>> {
    let fake = move |number| Announcement {
        id: invented_id(1_000 + number),
        port: 40_000,
        address,
        ttl: u32::MAX,
    };
    (0..FAKES).map(move |number| fake(number).packet())
}

/// A network on which somebody is about to say too much.
struct Scene {
    interface: &'static str,
    victim: Host,
    peers: Host,
    flooder: Ipv4Addr,
    speaker: Speaker,
}

impl Scene {
    fn on_loopback() -> Option<Self> {
        if !lane::open(&[Lane::Namespaces]) {
            return None;
        }
        let host = Host::new();
        Some(Self {
            interface: "lo",
            victim: host.clone(),
            speaker: Speaker::new(&host, LOOPBACK_FLOODER, LOOPBACK),
            peers: host,
            flooder: LOOPBACK_FLOODER,
        })
    }

    /// Throws `packets` at a node that knows a peer. It must keep it, find another one, and stay
    /// small. Tells how many peers it found that are none.
    fn withstands(&self, packets: impl Iterator<Item = Vec<u8>>) -> usize {
        let spawn = |name: &str, host: &Host| -> Node {
            NodeCommand::new(name).interface(self.interface).spawn(host)
        };
        let mut anna = spawn("anna", &self.victim);
        let mut early = spawn("early", &self.peers);
        anna.meets(&mut early);

        self.speaker.say_all(packets, PER_SECOND);

        let late = spawn("late", &self.peers);
        anna.discovers(late.id());
        anna.is_greeted_by(late.id());
        let lost = anna.count(|event| event.is_about("peer_removed", early.id()));
        assert_eq!(lost, 0, "a peer that is there was lost{}", anna.account());
        assert_small(&anna);
        let honest = [early.id(), late.id()];
        anna.count(|event| event.name() == "peer_discovered" && !honest.contains(&event.text("id")))
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a figure worth reading where it passes, too"
)]
fn assert_small(node: &Node) {
    let Usage {
        peak_resident_kib,
        cpu,
        ..
    } = node.usage();
    eprintln!("peak resident memory {peak_resident_kib} KiB, processor time {cpu:?}");
    let account = || node.account();
    assert!(
        peak_resident_kib < RESIDENT_LIMIT_KIB,
        "{peak_resident_kib} KiB{}",
        account()
    );
}
