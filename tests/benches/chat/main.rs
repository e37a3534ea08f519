//! What the chat costs that a person looks at: at rest, and while ten thousand messages a second come in.

#![expect(clippy::print_stdout, reason = "the figures are the result")]

#[path = "../cost/mod.rs"]
mod cost;
mod stand_in;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use cost::{processor_time, resident_kib};
use stand_in::StandIn;
use tazcom_tests::{Host, Screen, User, pause};

/// Columns and rows, as terminals open.
const SIZE: (u16, u16) = (80, 24);

/// It has found its place, and the queries of the start are over.
const SETTLED: Duration = Duration::from_secs(15);

/// How long it is watched at rest.
const AT_REST: Duration = Duration::from_secs(30);

/// The most processor time of a chat that runs its node and has nothing to do, in percent of a core.
const REST_CEILING_PERCENT: f64 = 0.2;

/// The most resident memory of it, in MiB.
const MEMORY_CEILING_MIB: f64 = 25.0;

/// Messages that come in a second.
const RATE: u32 = 10_000;

/// How long they come.
const FLOOD: Duration = Duration::from_secs(8);

/// The most processor time meanwhile, in cores.
const FLOOD_CEILING_CORES: f64 = 1.0;

/// The longest from a key to what it shows, for 99 of 100 keys, in milliseconds: a frame at 60 a second.
const ECHO_CEILING_MS: f64 = 16.0;

/// Keys that are typed one after another while nothing else happens.
const KEYS: usize = 100;

/// From one key to the next.
const TYPING: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let host = Host::loopback();
    let mut good = at_rest(&host);
    good &= in_a_flood(&host);
    match good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// A chat that runs its own node and is alone with it.
fn at_rest(host: &Host) -> bool {
    let ana = User::on_loopback("ana", host);
    let mut command = ana.verb(["chat"]);
    command.args(["--interface", "lo"]);
    let mut screen = Screen::run(command, SIZE.0, SIZE.1);
    screen.shows("#lobby");
    println!("settling for {} s ...", SETTLED.as_secs());
    pause(SETTLED);
    let before = processor_time(screen.pid());
    pause(AT_REST);
    let used = processor_time(screen.pid()).saturating_sub(before);
    let percent = used.as_secs_f64() / AT_REST.as_secs_f64() * 100.0;
    let resident = resident_kib(screen.pid()) as f64 / 1024.0;
    let mut good = judge(
        "chat-rest-processor",
        percent,
        "percent",
        REST_CEILING_PERCENT,
        "of a core",
    );
    good &= judge(
        "chat-rest-memory",
        resident,
        "MiB",
        MEMORY_CEILING_MIB,
        "resident, its node included",
    );
    let mut typed = Typed::default();
    for _ in 0..KEYS {
        typed.key(&mut screen);
    }
    good &= judge(
        "chat-echo",
        typed.slowest_but_one_in_a_hundred(),
        "ms",
        ECHO_CEILING_MS,
        "from a key to the screen, 99 of 100",
    );
    screen.types("\x03\x03\x03");
    screen.ends();
    good
}

/// A chat that attends a node to which more is said than anybody reads.
fn in_a_flood(host: &Host) -> bool {
    let bob = User::on_loopback("bob", host);
    let stand_in = StandIn::listen(&bob.data_dir());
    let mut screen = Screen::run(bob.verb(["chat"]), SIZE.0, SIZE.1);
    screen.shows("#lobby");
    println!("{RATE} messages a second for {} s ...", FLOOD.as_secs());
    let flood = stand_in.floods(RATE, FLOOD);
    screen.shows("of very many");
    let before = (Instant::now(), processor_time(screen.pid()));
    let mut typed = Typed::default();
    while !flood.is_over() {
        typed.key(&mut screen);
    }
    let (passed, after) = (before.0.elapsed(), processor_time(screen.pid()));
    let cores = after.saturating_sub(before.1).as_secs_f64() / passed.as_secs_f64();
    let said = flood.ends();
    screen.shows(&format!("message {} ", said - 1));
    let lost = typed.lost(&screen.contents());
    println!("{said} messages, {} keys", typed.keys.len());
    let mut good = judge(
        "chat-flood-processor",
        cores,
        "cores",
        FLOOD_CEILING_CORES,
        &format!("at {RATE} messages a second"),
    );
    good &= judge("chat-flood-keys", lost, "lost", 0.0, "of those typed");
    good &= judge(
        "chat-flood-echo",
        typed.slowest_but_one_in_a_hundred(),
        "ms",
        ECHO_CEILING_MS,
        "from a key to the screen, 99 of 100",
    );
    screen.types("\x03\x03\x03");
    screen.ends();
    good
}

/// Keys that were typed, and how long each took to be seen.
#[derive(Default)]
struct Typed {
    keys: String,
    took: Vec<Duration>,
}

impl Typed {
    /// Types one more, waits until it is seen, and lets a little time pass.
    fn key(&mut self, screen: &mut Screen) {
        let letters = ('a'..='z').cycle();
        let next = letters.clone().nth(self.keys.len()).unwrap_or('a');
        self.keys.push(next);
        // What was typed last stands where the cursor is, whatever is above it.
        let tail: String = self.keys.chars().rev().take(8).collect();
        let tail: String = tail.chars().rev().collect();
        let begun = Instant::now();
        screen.types(&next.to_string());
        screen.waits_for("what was typed", |contents| contents.contains(&tail));
        self.took.push(begun.elapsed());
        pause(TYPING);
    }

    fn slowest_but_one_in_a_hundred(&self) -> f64 {
        let mut took = self.took.clone();
        took.sort_unstable();
        let place = (took.len() * 99 / 100).min(took.len().saturating_sub(1));
        took.get(place)
            .map_or(f64::INFINITY, |took| took.as_secs_f64() * 1e3)
    }

    /// How many are not on the screen, where lines may be broken.
    fn lost(&self, contents: &str) -> f64 {
        let shown: String = contents.split_whitespace().collect();
        let longest = (0..=self.keys.len()).rev();
        let mut kept = longest.filter(|len| shown.contains(&self.keys[self.keys.len() - len..]));
        (self.keys.len() - kept.next().unwrap_or(0)) as f64
    }
}

fn judge(name: &str, value: f64, unit: &str, ceiling: f64, remark: &str) -> bool {
    println!("measure {name} {value:.4} {unit} ceiling {ceiling} ({remark})");
    value <= ceiling
}
