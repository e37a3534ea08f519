//! Many nodes at once.

use std::time::Duration;

use tazcom_testkit::{LinkConfig, Seed};

use crate::world::{World, lan_of};

/// Nodes on one link.
const NODES: usize = 200;

/// Seeds in all; they are spread over several tests so that these run side by side.
const SEEDS: u64 = 50;
const TESTS: u64 = 10;

/// With this variable set all seeds are run, which takes five minutes of processor time; otherwise one
/// a test.
const ALL: &str = "TAZCOM_ALL_SEEDS";

/// All must see all by then, in virtual time.
const COMPLETE: Duration = Duration::from_secs(5);

/// Packets and bytes sent by then, on average over the seeds. Recorded with
/// `TAZCOM_ALL_SEEDS=1 TAZCOM_BLESS=1 cargo nextest run -p tazcom-discovery --test simulation scale --no-capture`.
const BASELINE: &str = include_str!("baseline.txt");

/// How far a run may be from the baseline, in percent either way. A better figure is to be
/// recorded too, or the next loss would hide in it.
const TOLERANCE: u64 = 10;

/// A bad Wi-Fi: 1 to 5 ms, one packet in twenty lost.
fn lossy() -> LinkConfig {
    LinkConfig {
        latency: Duration::from_millis(1),
        jitter: Duration::from_millis(4),
        loss_per_mille: 50,
        duplicate_per_mille: 10,
    }
}

fn missing(world: &World) -> usize {
    (0..world.len())
        .map(|n| world.len() - 1 - world.at(n).peer_count())
        .sum()
}

fn all_see_all(part: u64) {
    let most = match std::env::var_os(ALL) {
        Some(_) => SEEDS,
        None => TESTS,
    };
    let seeds: Vec<u64> = (0..most).filter(|seed| seed % TESTS == part).collect();
    let (mut packets, mut bytes) = (0, 0);
    for seed in &seeds {
        let (mut world, _) = lan_of(NODES, *seed, lossy());
        world.run_until(COMPLETE);
        let missing = missing(&world);
        assert_eq!(
            missing,
            0,
            "{missing} of {} views are missing a peer after {COMPLETE:?}; seed {seed}",
            NODES * (NODES - 1)
        );
        packets += world.packets();
        bytes += world.bytes;
    }
    let count = seeds.len() as u64;
    compare(part, packets / count, bytes / count);
}

fn compare(part: u64, packets: u64, bytes: u64) {
    if std::env::var_os("TAZCOM_BLESS").is_some() {
        eprintln!("baseline {part} {packets} {bytes}");
        return;
    }
    let line = BASELINE
        .lines()
        .find(|line| line.starts_with(&format!("{part} ")))
        .expect("a baseline for every part");
    let mut recorded = line.split(' ').skip(1).map(|n| n.parse::<u64>().unwrap());
    for (what, now) in [("packets", packets), ("bytes", bytes)] {
        let was = recorded.next().unwrap();
        assert!(
            now.abs_diff(was) * 100 <= was * TOLERANCE,
            "{what}: {now} now, {was} recorded; if that is meant, record it anew"
        );
    }
}

macro_rules! all_of_200_see_all_within_5_s_at_5_percent_loss {
    ($($name:ident: $part:literal)*) => {
        mod all_of_200_see_all_within_5_s_at_5_percent_loss {
            $(
                #[test]
                fn $name() {
                    super::all_see_all($part);
                }
            )*
        }
    };
}

all_of_200_see_all_within_5_s_at_5_percent_loss! {
    seeds_0: 0
    seeds_1: 1
    seeds_2: 2
    seeds_3: 3
    seeds_4: 4
    seeds_5: 5
    seeds_6: 6
    seeds_7: 7
    seeds_8: 8
    seeds_9: 9
}

#[test]
fn equal_seeds_give_equal_runs() {
    let seed = Seed::from_env_or(11).0;
    let run = || {
        let (mut world, _) = lan_of(20, seed, lossy());
        world.run_until(COMPLETE);
        (world.packets(), world.bytes)
    };
    assert_eq!(run(), run());
}

/// Once settled, a node among ten says nothing but answers and refreshes, and one query an hour
/// at the most.
#[test]
fn a_settled_network_is_quiet() {
    let (mut world, _) = lan_of(10, 3, LinkConfig::default());
    world.run_until(Duration::from_secs(3 * 3600));
    let queries: Vec<u64> = (0..10)
        .map(|n| world.at(n).engine.stats().queries_sent)
        .collect();
    let packets = world.packets();
    world.run_until(Duration::from_secs(4 * 3600));
    for (n, before) in queries.into_iter().enumerate() {
        let more = world.at(n).engine.stats().queries_sent - before;
        assert!(more <= 1, "node {n} asked {more} times in an hour");
        assert_eq!(world.at(n).peer_count(), 9);
    }
    // Each of ten services runs out every 120 s and is asked for once by somebody, in one packet
    // that may ask for several, and answered once: some 2 * 10 * 3600 / 96 = 750 packets an hour.
    // Now and then two ask within the same instant.
    let hour = world.packets() - packets;
    assert!(hour <= 950, "{hour} packets in an hour");
}
