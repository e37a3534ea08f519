//! Networks of a thousand machines in virtual time: `cargo xtask sim`.
//!
//! Prints what each scenario measured, on average over the seeds, beside what was recorded, and fails
//! when something did not hold that must.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a simulation talks, and one that cannot go on stops"
)]
#![allow(dead_code, reason = "the tests use the rest")]

#[path = "../tests/sim/scenarios.rs"]
mod scenarios;
#[path = "../tests/sim/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::process::ExitCode;

use scenarios::{SCENARIOS, Scenario};

/// Recorded with `cargo xtask sim --bless`: scenario, nodes, figure, average.
const BASELINE: &str = include_str!("../tests/sim/baseline.txt");
const BASELINE_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sim/baseline.txt");

/// How far a figure may be from the baseline, in percent. A better one is to be recorded too, or the
/// next loss would hide in it.
const TOLERANCE: f64 = 25.0;

/// Below this a figure is as good as none, and so is a difference.
const NEGLIGIBLE: f64 = 0.5;

struct Options {
    seeds: u64,
    nodes: usize,
    scenario: Option<String>,
    bless: bool,
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        seeds: 20,
        nodes: 1000,
        scenario: None,
        bless: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--seeds" => options.seeds = number(&value()?)?,
            "--nodes" => options.nodes = number(&value()?)?,
            "--scenario" => options.scenario = Some(value()?),
            "--bless" => options.bless = true,
            other => return Err(format!("unknown option {other}")),
        }
    }
    Ok(options)
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let wanted = |one: &&Scenario| {
        options
            .scenario
            .as_deref()
            .is_none_or(|name| name == one.name)
    };
    let scenarios: Vec<&Scenario> = SCENARIOS.iter().filter(wanted).collect();
    if scenarios.is_empty() {
        let known: Vec<&str> = SCENARIOS.iter().map(|one| one.name).collect();
        eprintln!("error: no such scenario; there are: {}", known.join(", "));
        return ExitCode::from(2);
    }
    let mut failed = false;
    let mut recorded = String::new();
    for scenario in scenarios {
        failed |= run(scenario, &options, &mut recorded);
    }
    if options.bless {
        bless(&recorded);
    }
    match failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

/// Runs one scenario with every seed; gives whether something did not hold.
fn run(scenario: &Scenario, options: &Options, recorded: &mut String) -> bool {
    let nodes = options.nodes;
    let mut figures: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut failed = false;
    for seed in 1..=options.seeds {
        let report = (scenario.run)(nodes, seed, true);
        for (name, value) in report.figures {
            figures.entry(name).or_default().push(value);
        }
        for failure in report.failures {
            failed = true;
            println!("{:<10} seed {seed}: {failure}", scenario.name);
        }
    }
    for (name, values) in figures {
        let average = values.iter().sum::<f64>() / values.len() as f64;
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        recorded.push_str(&format!("{} {nodes} {name} {average:.3}\n", scenario.name));
        let before = baseline(scenario.name, nodes, name);
        let verdict = match before {
            None => "-".to_owned(),
            Some(before) if options.bless || is_near(average, before) => format!("{before:.3}"),
            Some(before) => {
                failed = true;
                format!("{before:.3}, which is too far")
            }
        };
        println!(
            "{:<10} {name:<14} {average:>12.3}  {least:>12.3} to {most:<12.3} recorded {verdict}",
            scenario.name
        );
    }
    failed
}

fn is_near(now: f64, before: f64) -> bool {
    (now - before).abs() <= (before * TOLERANCE / 100.0).max(NEGLIGIBLE)
}

fn baseline(scenario: &str, nodes: usize, figure: &str) -> Option<f64> {
    let prefix = format!("{scenario} {nodes} {figure} ");
    let line = BASELINE.lines().find_map(|line| line.strip_prefix(&prefix));
    line.map(|value| value.parse().unwrap())
}

/// Puts what was measured in the place of what was recorded for the same.
fn bless(recorded: &str) {
    let key = |line: &str| line.rsplit_once(' ').map(|(key, _)| key.to_owned());
    let mut lines: BTreeMap<Option<String>, &str> =
        BASELINE.lines().map(|line| (key(line), line)).collect();
    lines.extend(recorded.lines().map(|line| (key(line), line)));
    let text: String = lines.values().map(|line| format!("{line}\n")).collect();
    std::fs::write(BASELINE_PATH, text).unwrap();
}
