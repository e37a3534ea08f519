//! What happens to a network, and what must hold afterwards.

use std::time::Duration;

use tazcom_gossip::{Config, Skew};
use tazcom_proto::MessageId;

use crate::world::{TODAY, World};

/// Subnets in a row; two nodes on each border are in both.
pub(crate) const SUBNETS: usize = 4;

/// Fewer nodes than this choose among fewer sessions, or all of them would be links.
const SMALL: usize = 200;

/// Sessions a node keeps in each of its subnets.
const fn sessions(nodes: usize) -> usize {
    if nodes < SMALL { 12 } else { 40 }
}

/// After so long the others notice that a node has lost its power.
const NOTICED: Duration = Duration::from_secs(3);

/// What a run measured, and what did not hold.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) figures: Vec<(&'static str, f64)>,
    pub(crate) failures: Vec<String>,
}

impl Report {
    fn figure(&mut self, name: &'static str, value: f64) {
        self.figures.push((name, value));
    }

    fn must(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.failures.push(otherwise());
        }
    }
}

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) run: fn(nodes: usize, seed: u64, trusting: bool) -> Report,
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "settled",
        run: settled,
    },
    Scenario {
        name: "kill",
        run: kill,
    },
    Scenario {
        name: "churn",
        run: churn,
    },
    Scenario {
        name: "storm",
        run: storm,
    },
    Scenario {
        name: "partition",
        run: partition,
    },
    Scenario {
        name: "crash",
        run: crash,
    },
    Scenario {
        name: "latecomer",
        run: latecomer,
    },
    Scenario {
        name: "clocks",
        run: clocks,
    },
];

/// Subnets in a chain, everybody up.
pub(crate) fn chain(nodes: usize, seed: u64, trusting: bool) -> World {
    let mut world = unstarted(nodes, seed, trusting);
    for at in 0..nodes {
        world.start(at);
    }
    world.keep_sessions(sessions(nodes));
    world
}

fn unstarted(nodes: usize, seed: u64, trusting: bool) -> World {
    let mut config = Config::sim();
    if nodes < SMALL {
        (config.links.all_up_to, config.links.all_again_at) = (8, 6);
    }
    let mut world = World::new(seed, config);
    world.trusting = trusting;
    let each = nodes.div_ceil(SUBNETS);
    for at in 0..nodes {
        let subnet = (at / each) as u32;
        let border = at % each < 2 && subnet > 0;
        match border {
            true => world.add(&[subnet - 1, subnet]),
            false => world.add(&[subnet]),
        };
    }
    world
}

/// Random nodes say something, so often and so many times.
fn talk(world: &mut World, count: usize, every: Duration) -> Vec<MessageId> {
    let mut said = Vec::new();
    for n in 0..count {
        let at = world.random_up();
        said.push(world.publish(
            at,
            &format!("message {n} of these, as long as people write them"),
        ));
        world.run_for(every);
    }
    said
}

fn percentile(latencies: &mut [u32], percent: usize) -> f64 {
    latencies.sort_unstable();
    let at = (latencies.len() * percent / 100).min(latencies.len().saturating_sub(1));
    latencies.get(at).map_or(0.0, |us| f64::from(*us) / 1000.0)
}

/// Everybody gets everything, soon, and about once.
fn settled(nodes: usize, seed: u64, trusting: bool) -> Report {
    let mut report = Report::default();
    let mut world = chain(nodes, seed, trusting);
    world.run_for(Duration::from_secs(5));
    let cold = talk(&mut world, 50, Duration::from_millis(100));
    world.run_for(Duration::from_secs(5));
    report.must(world.missing(&cold) == 0, || {
        "a cold tree lost messages".into()
    });
    world.count_anew();
    let said = talk(&mut world, 200, Duration::from_millis(100));
    world.run_for(Duration::from_secs(2));
    let missing = world.missing(&said);
    report.must(missing == 0, || format!("{missing} deliveries are missing"));
    let repeated = world.repeated();
    report.must(repeated == 0, || format!("{repeated} were repeated"));
    let mut counts = std::mem::take(&mut world.counts);
    let deliveries = (counts.live + counts.repaired).max(1) as f64;
    let copies = counts.data as f64 / deliveries;
    report.figure("copies", copies);
    report.must(copies <= 1.05, || format!("{copies:.3} copies a delivery"));
    report.figure("control", counts.control as f64 / deliveries);
    report.figure("bytes", counts.bytes as f64 / deliveries);
    report.figure("hops", counts.hops as f64 / deliveries);
    report.figure("max_hops", f64::from(counts.max_hops));
    report.figure("p50_ms", percentile(&mut counts.latencies, 50));
    let p99 = percentile(&mut counts.latencies, 99);
    report.figure("p99_ms", p99);
    report.must(p99 < 100.0, || format!("p99 is {p99} ms"));
    report.figure("max_ms", percentile(&mut counts.latencies, 100));
    world.count_anew();
    world.run_for(Duration::from_secs(60));
    let idle = world.counts.bytes as f64 / nodes as f64 / 60.0;
    report.figure("idle_bytes_s", idle);
    report
}

/// Three in ten lose their power at once. Those left miss nothing in the end.
fn kill(nodes: usize, seed: u64, trusting: bool) -> Report {
    let mut report = Report::default();
    let mut world = chain(nodes, seed, trusting);
    world.run_for(Duration::from_secs(5));
    talk(&mut world, 30, Duration::from_millis(100));
    let mut left = nodes * 3 / 10;
    while left > 0 {
        // Of the nodes on each border one stays, or there would be no way at all.
        let at = world.random_up();
        let each = nodes.div_ceil(SUBNETS);
        if !at.is_multiple_of(each) {
            world.kill(at, NOTICED);
            left -= 1;
        }
    }
    world.count_anew();
    let mut said = Vec::new();
    for _ in 0..10 {
        said.extend(talk(&mut world, 5, Duration::from_millis(200)));
        world.keep_sessions(sessions(nodes));
    }
    let missing = world.missing(&said);
    let all = said.len() * (nodes - nodes * 3 / 10);
    report.figure("at_once", 1.0 - missing as f64 / all as f64);
    settle(&mut world, &said, 180, &mut report);
    let repeated = world.repeated();
    report.must(repeated == 0, || format!("{repeated} were repeated"));
    report
}

/// Waits until nobody misses anything, and says how long that took.
fn settle(world: &mut World, said: &[MessageId], most: u64, report: &mut Report) {
    let nodes = world.nodes.len();
    let from = world.now;
    while world.missing(said) > 0 && world.now - from < Duration::from_secs(most) {
        world.run_for(Duration::from_millis(100));
        world.keep_sessions(sessions(nodes));
    }
    let missing = world.missing(said);
    report.must(missing == 0, || {
        format!("{missing} deliveries are missing after {most} s")
    });
    report.figure("settled_s", (world.now - from).as_secs_f64());
}

/// Every second one loses its power and another returns, for two minutes.
fn churn(nodes: usize, seed: u64, trusting: bool) -> Report {
    let mut report = Report::default();
    let mut world = chain(nodes, seed, trusting);
    world.run_for(Duration::from_secs(5));
    let mut down = Vec::new();
    let mut said = Vec::new();
    for _ in 0..120 {
        let at = world.random_up();
        world.kill(at, NOTICED);
        down.push(at);
        if down.len() > 5 {
            let back = down.remove(0);
            world.start(back);
        }
        world.keep_sessions(sessions(nodes));
        said.extend(talk(&mut world, 2, Duration::from_millis(500)));
    }
    for at in down {
        world.start(at);
    }
    world.keep_sessions(sessions(nodes));
    // What was said by a node that lost its power within the same instant may never have left it,
    // but it is on its disk.
    settle(&mut world, &said, 180, &mut report);
    let repeated = world.repeated();
    report.must(repeated == 0, || format!("{repeated} were repeated"));
    report
}

/// Everybody comes within a second, and talks at once.
fn storm(nodes: usize, seed: u64, trusting: bool) -> Report {
    let mut report = Report::default();
    let mut world = unstarted(nodes, seed, trusting);
    let mut said = Vec::new();
    for at in 0..nodes {
        world.start(at);
        if at % 10 == 0 {
            world.keep_sessions(sessions(nodes));
            said.push(world.publish(at, "here I am"));
        }
        world.run_for(Duration::from_secs(1) / nodes as u32);
    }
    world.keep_sessions(sessions(nodes));
    settle(&mut world, &said, 180, &mut report);
    let bytes = world.counts.bytes as f64 / nodes as f64;
    report.figure("bytes_a_node", bytes);
    let repeated = world.repeated();
    report.must(repeated == 0, || format!("{repeated} were repeated"));
    report
}

/// Two halves see nothing of each other for ten minutes, and then meet.
fn partition(nodes: usize, seed: u64, trusting: bool) -> Report {
    let mut report = Report::default();
    let mut world = chain(nodes, seed, trusting);
    world.run_for(Duration::from_secs(5));
    talk(&mut world, 30, Duration::from_millis(100));
    world.run_for(Duration::from_secs(2));
    // The halves follow from the index alone, so that a plain function can tell them apart.
    world.cut(|one, other| one % 2 != other % 2);
    let mut said = Vec::new();
    for _ in 0..60 {
        world.keep_sessions(sessions(nodes));
        said.extend(talk(&mut world, 5, Duration::from_secs(2)));
    }
    let apart = world.missing(&said);
    report.must(apart > 0, || "the halves were never apart".into());
    world.cut = None;
    world.count_anew();
    let from = world.now;
    // One session across is enough for all.
    let other = (1..nodes)
        .step_by(2)
        .find(|other| world.common_subnet(0, *other).is_some())
        .unwrap();
    world.connect(0, other);
    while world.missing(&said) > 0 && world.now - from < Duration::from_secs(180) {
        world.run_for(Duration::from_millis(50));
    }
    let missing = world.missing(&said);
    let took = (world.now - from).as_secs_f64();
    report.figure("healed_s", took);
    report.must(missing == 0, || format!("{missing} deliveries are missing"));
    report.must(took < 10.0, || format!("healing took {took} s"));
    let copies = world.counts.data as f64 / apart as f64;
    report.figure("copies", copies);
    report.must(copies <= 1.1, || {
        format!("{copies:.3} copies a missing delivery")
    });
    let repeated = world.repeated();
    report.must(repeated == 0, || format!("{repeated} were repeated"));
    report
}

/// A few nodes, of which one loses its power at any moment and returns from its disk.
fn crash(nodes: usize, seed: u64, trusting: bool) -> Report {
    let mut report = Report::default();
    let nodes = nodes.min(10);
    let mut world = World::new(seed, Config::sim());
    world.trusting = trusting;
    for at in 0..nodes {
        world.add(&[0]);
        world.start(at);
    }
    world.keep_sessions(nodes);
    let mut down: Vec<usize> = Vec::new();
    let mut said = Vec::new();
    for n in 0..100 {
        let at = world.random_up();
        said.push(world.publish(at, &format!("message {n}")));
        // At any moment: also while this one is on its way.
        let us = world.below(30_000) as u64;
        world.run_for(Duration::from_micros(us));
        match world.below(4) {
            0 if down.len() < nodes / 2 => {
                let at = world.random_up();
                world.kill(at, NOTICED);
                down.push(at);
            }
            1 if !down.is_empty() => {
                let which = world.below(down.len());
                let at = down.swap_remove(which);
                world.start(at);
            }
            _ => {}
        }
        let pause = world.below(500) as u64;
        world.run_for(Duration::from_millis(pause));
        world.keep_sessions(nodes);
    }
    for at in down {
        world.start(at);
    }
    world.run_for(NOTICED);
    world.keep_sessions(nodes);
    settle(&mut world, &said, 120, &mut report);
    let repeated = world.repeated();
    report.must(repeated == 0, || format!("{repeated} were shown twice"));
    report
}

/// One comes when all has been said.
fn latecomer(nodes: usize, seed: u64, trusting: bool) -> Report {
    let mut report = Report::default();
    let nodes = nodes.min(20);
    let mut world = World::new(seed, Config::lan());
    world.trusting = trusting;
    let at = world.add(&[0]);
    world.start(at);
    // One writes a history, and all the others begin with it.
    let said: Vec<MessageId> = (0..1000)
        .map(|n| {
            world.publish(
                at,
                &format!("message {n} of these, as long as people write them"),
            )
        })
        .collect();
    let history: Vec<_> = world.nodes[at].store.values().cloned().collect();
    for at in 1..nodes {
        world.add(&[0]);
        if at + 1 < nodes {
            world.remember(at, &history);
        }
    }
    world.run_for(Duration::from_secs(700));
    for at in 1..nodes - 1 {
        world.start(at);
    }
    world.keep_sessions(nodes);
    world.run_for(Duration::from_secs(5));
    world.count_anew();
    let from = world.now;
    world.start(nodes - 1);
    world.keep_sessions(nodes);
    while world.missing(&said) > 0 && world.now - from < Duration::from_secs(10) {
        world.run_for(Duration::from_millis(10));
    }
    let took = (world.now - from).as_secs_f64();
    report.figure("took_s", took);
    report.must(took < 3.0, || format!("it took {took} s"));
    world.run_for(Duration::from_secs(10));
    let copies = world.counts.data as f64 / said.len() as f64;
    report.figure("copies", copies);
    report.must(copies <= 1.05, || format!("{copies} copies"));
    report.figure("bytes", world.counts.bytes as f64 / said.len() as f64);
    let repeated = world.repeated();
    report.must(repeated == 0, || format!("{repeated} were repeated"));
    report
}

/// Clocks that are 20 hours behind and 3 hours ahead, and one that believes it is 1970.
fn clocks(_: usize, seed: u64, trusting: bool) -> Report {
    const HOUR: i64 = 3_600_000;
    let mut report = Report::default();
    let mut world = World::new(seed, Config::lan());
    world.trusting = trusting;
    let offsets = [0, 0, 0, -20 * HOUR, 3 * HOUR, -(TODAY as i64)];
    for (at, offset) in offsets.into_iter().enumerate() {
        world.add(&[0]);
        world.nodes[at].clock = offset;
        world.start(at);
    }
    world.keep_sessions(offsets.len());
    world.run_for(Duration::from_secs(1));
    let mut said = Vec::new();
    for _ in 0..10 {
        for at in 0..offsets.len() {
            said.push(world.publish(at, "what time is it?"));
            world.run_for(Duration::from_millis(50));
        }
    }
    settle(&mut world, &said, 10, &mut report);
    for (at, offset) in offsets.into_iter().enumerate() {
        let told = world.nodes[at].skews.contains(&Skew::Ours(-offset));
        let (wall, honest) = (world.wall(at), world.wall(0));
        let machine = world.nodes[at].machine.as_ref().unwrap();
        let off = machine.network_time(wall).0.abs_diff(honest.0);
        report.must(off < 1000, || format!("node {at} is {off} ms off"));
        // Latency makes it a few ms more or less.
        let near = world.nodes[at]
            .skews
            .iter()
            .any(|skew| matches!(skew, Skew::Ours(by) if by.abs_diff(-offset) < 100));
        report.must(offset == 0 || told || near, || {
            format!("node {at} was not told")
        });
        let names = |other: usize| {
            let id = world.nodes[other].id;
            let skews = world.nodes[at].skews.iter();
            skews
                .into_iter()
                .any(|skew| matches!(skew, Skew::Peer(peer, by) if *peer == id && *by != 0))
        };
        for (other, its) in offsets.into_iter().enumerate() {
            if other != at && its != 0 && offset == 0 {
                report.must(names(other), || format!("node {at} did not name {other}"));
            }
        }
    }
    report
}
