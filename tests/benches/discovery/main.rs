//! How fast nodes find each other, and how that compares with other implementations.
//!
//! On loopback the native backend is held to its ceilings. As root the others are measured beside
//! it, in the same run, on networks made of namespaces, and the comparison is printed in Markdown.
//! With `TAZCOM_WRITE_DOCS=1` it also replaces the one in `docs/discovery.md`.

#![expect(clippy::print_stdout, reason = "the figures are the result")]

#[path = "../cost/mod.rs"]
mod cost;
mod crash;
mod crowd;
mod flood;
mod interop;
mod kind;
mod latency;
mod mdns_sd_peer;
mod table;
mod watched;

use std::process::ExitCode;

use crowd::Crowd;
use kind::{Kind, Place};
use latency::{Arena, Spread};
use table::Findings;
use tazcom_tests::Lan;
use tazcom_tests::lane::{self, Lane};

/// Tries on loopback.
const TRIES: usize = 20;

/// A newcomer sees a running node within this, in milliseconds, in the median of the tries ...
const SEES_CEILING_MS: f64 = 150.0;

/// ... and is seen within this.
const IS_SEEN_CEILING_MS: f64 = 20.0;

/// The sizes of crowds that are compared.
const CROWDS: [usize; 2] = [30, 50];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(mdns_sd_peer::ARGUMENT) {
        mdns_sd_peer::run(arguments);
        return ExitCode::SUCCESS;
    }

    let place = Place::loopback();
    let mut loopback = Arena::new(Kind::Native, &place, place.clone());
    if lane::open(&[Lane::Namespaces]) {
        let findings = compare(&mut loopback);
        println!("\n{findings}");
        if std::env::var_os("TAZCOM_WRITE_DOCS").is_some() {
            table::write_docs(&findings);
        }
    } else {
        println!("the comparison with other implementations was skipped: it needs root");
        for _ in 0..TRIES {
            loopback.try_once();
        }
    }
    let sees = verdict("newcomer-sees", &loopback.sees, SEES_CEILING_MS);
    let is_seen = verdict("newcomer-is-seen", &loopback.is_seen, IS_SEEN_CEILING_MS);
    if sees && is_seen {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Measures everything on networks of its own; the tries on loopback go between those on the
/// networks, so that each waits for the others instead of for itself.
fn compare(loopback: &mut Arena) -> Findings {
    let kinds = Kind::available();
    say("pairs of nodes meet, one of each is killed");
    let mut bereaved = crash::kill_one_of_each(21, &kinds);

    say("newcomers come and go");
    let mut arenas: Vec<Arena> = kinds
        .iter()
        .zip(31..)
        .map(|(kind, number)| {
            let lan = Lan::new(number);
            Arena::new(*kind, &Place::on(&lan, 1), Place::on(&lan, 2)).keeping(lan)
        })
        .collect();
    for _ in 0..TRIES / 2 {
        for (number, arena) in arenas.iter_mut().enumerate() {
            if number % 2 == 0 {
                loopback.try_once();
            }
            arena.try_once();
        }
    }
    while loopback.sees.count() < TRIES {
        loopback.try_once();
    }
    let latencies = arenas.drain(..).map(|arena| (arena.sees, arena.is_seen));
    let latencies: Vec<(Spread, Spread)> = latencies.collect();

    say("crowds gather");
    let crowd = Crowd::new(41, 50);
    let crowds = CROWDS.map(|size| kinds.iter().map(|kind| crowd.gather(*kind, size)).collect());
    drop(crowd);

    say("everybody meets everybody");
    let matrix = interop::mix(51, &kinds);

    say("a neighbour floods");
    let floods = kinds.iter().map(|kind| flood::flood(61, *kind)).collect();

    say("the killed are missed");
    let kills = bereaved.iter_mut().map(crash::Bereaved::noticed).collect();
    Findings {
        kinds,
        latencies,
        crowds,
        matrix,
        floods,
        kills,
    }
}

fn say(what: &str) {
    println!("{what} ...");
}

/// Prints the verdict that `cargo xtask bench` reads; whether the ceiling is kept.
fn verdict(name: &str, spread: &Spread, ceiling: f64) -> bool {
    let [least, median, most] = spread.in_ms();
    let tries = spread.count();
    println!(
        "measure {name} {median:.1} ms ceiling {ceiling} \
         (median of {tries}, least {least:.1}, most {most:.1})"
    );
    median <= ceiling
}
