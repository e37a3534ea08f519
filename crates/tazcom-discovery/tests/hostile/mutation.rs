//! A million packets that are almost right.

use std::net::Ipv4Addr;
use std::time::Duration;

use rand_core::Rng;
use tazcom_discovery::engine::MDNS_PORT;
use tazcom_discovery::engine::limits::MAX_INSTANCES;
use tazcom_testkit::{Seed, fixed_id};

use crate::victim::{Announcement, Victim, from, resident_bytes};

#[test]
fn a_million_mutated_packets_do_no_harm() {
    let seed = Seed::from_env_or(42);
    let mut rng = seed.rng(1);
    let mut victim = Victim::start(seed);
    victim.run_for(Duration::from_secs(5));
    let mut corpus = victim.sent.clone();
    corpus.push(Announcement::of(fixed_id(1), Ipv4Addr::new(10, 0, 0, 2)).packet());
    corpus.push(Announcement::of(fixed_id(0), Ipv4Addr::new(10, 0, 0, 9)).packet());
    corpus.extend(
        std::fs::read_dir(corpus_dir())
            .into_iter()
            .flatten()
            .map(|entry| std::fs::read(entry.unwrap().path()).unwrap()),
    );
    let before = resident_bytes();
    for n in 0..1_000_000u32 {
        let mut packet = corpus[rng.next_u32() as usize % corpus.len()].clone();
        for _ in 0..=rng.next_u32() % 4 {
            mutate(&mut packet, &corpus, &mut rng);
        }
        let source = Ipv4Addr::from_bits(0x0a00_0002 + rng.next_u32() % 0x0300);
        let port = if n % 16 == 0 { 40_000 } else { MDNS_PORT };
        victim.receive((source, port), &packet);
        if n % 64 == 0 {
            victim.run_for(Duration::from_millis(50));
        }
    }
    assert!(victim.peer_count() <= MAX_INSTANCES, "{seed}");
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes more; {seed}");

    let real = fixed_id(77);
    let packet = Announcement::of(real, Ipv4Addr::new(10, 0, 200, 1)).packet();
    victim.run_for(Duration::from_secs(5));
    victim.receive(from([10, 0, 200, 1]), &packet);
    assert!(victim.sees(real), "{seed}");
}

fn mutate(packet: &mut Vec<u8>, corpus: &[Vec<u8>], rng: &mut impl Rng) {
    let mut random = |below: usize| rng.next_u32() as usize % below.max(1);
    let at = random(packet.len());
    match random(7) {
        0 => {
            if let Some(byte) = packet.get_mut(at) {
                *byte ^= 1 << random(8);
            }
        }
        1 => {
            if let Some(byte) = packet.get_mut(at) {
                *byte = u8::try_from(random(256)).unwrap();
            }
        }
        2 => packet.truncate(at),
        3 => packet.insert(at.min(packet.len()), u8::try_from(random(256)).unwrap()),
        4 => {
            let other = &corpus[random(corpus.len())];
            let tail = random(other.len());
            packet.truncate(at);
            packet.extend_from_slice(&other[tail..]);
        }
        5 => {
            // A compression pointer anywhere.
            if let Some(pair) = packet.get_mut(at..at + 2) {
                pair.copy_from_slice(&[0xc0 | (random(4) as u8), random(256) as u8]);
            }
        }
        _ => {
            // The counts of the header.
            if let Some(count) = packet.get_mut(4 + random(8)) {
                *count = u8::try_from(random(256)).unwrap();
            }
        }
    }
    packet.truncate(9_100);
}

/// Seeds of the fuzz target for packets, when they are there (they are not packaged).
fn corpus_dir() -> std::path::PathBuf {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("../../fuzz/corpus/dns_packet")
}
