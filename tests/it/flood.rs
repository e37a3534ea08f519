//! Crowds of nodes that do not exist, and packets that mean nothing.

use std::net::Ipv4Addr;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use tazcom_tests::lane::{self, Lane};
use tazcom_tests::line::invented_id;
use tazcom_tests::wire::{Announcement, Speaker, damaged};
use tazcom_tests::{Host, Node, Usage};

use crate::{LOOPBACK, on_loopback};

const FAKES: u64 = 20_000;
const DAMAGED: u64 = 20_000;
const PER_SECOND: u32 = 4_000;
/// Another address of the loopback interface: the flood comes from one neighbour, not from the
/// very address the honest nodes share.
const FLOODER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);
const RESIDENT_LIMIT_KIB: u64 = 32 * 1024;
const SEED: u64 = 0x7a7c_0002;

#[test]
fn twenty_thousand_fakes_from_one_source_hide_nobody() {
    flooded(|| (0..FAKES).map(|number| fake(number).packet()));
}

#[test]
fn twenty_thousand_damaged_packets_harm_nobody() {
    flooded(|| {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        (0..DAMAGED).map(move |number| damaged(&fake(number).packet(), &mut rng))
    });
}

fn flooded<Packets: Iterator<Item = Vec<u8>>>(packets: impl FnOnce() -> Packets) {
    if !lane::open(&[Lane::Namespaces]) {
        return;
    }
    let host = Host::new();
    let mut anna = on_loopback("anna").spawn(&host);
    let mut early = on_loopback("early").spawn(&host);
    anna.meets(&mut early);

    Speaker::new(&host, FLOODER, LOOPBACK).say_all(packets(), PER_SECOND);

    let late = on_loopback("late").spawn(&host);
    anna.discovers(late.id());
    anna.is_greeted_by(late.id());
    let early_id = early.id().to_owned();
    let lost = anna.count(|event| event.is_about("peer_removed", &early_id));
    assert_eq!(
        lost,
        0,
        "a peer that is there was lost (seed {SEED:#x}){}",
        anna.account()
    );
    assert_small(&anna);
}

#[expect(
    clippy::print_stderr,
    reason = "the measured figure is worth reading where it passes, too"
)]
fn assert_small(node: &Node) {
    let Usage {
        peak_resident_kib,
        cpu,
        ..
    } = node.usage();
    eprintln!("peak resident memory {peak_resident_kib} KiB, processor time {cpu:?}");
    assert!(
        peak_resident_kib < RESIDENT_LIMIT_KIB,
        "{peak_resident_kib} KiB{}",
        node.account()
    );
}

fn fake(number: u64) -> Announcement {
    Announcement {
        id: invented_id(1_000 + number),
        port: 40_000,
        address: FLOODER,
        ttl: u32::MAX,
    }
}
