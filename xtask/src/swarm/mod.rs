//! `swarm`: real nodes on this machine, until everybody has greeted everybody; then they leave.

mod board;
mod casualties;
mod event;
mod flock;
mod interrupt;
mod leave;
mod nest;
mod node;
mod percentiles;
mod report;
mod screen;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use self::board::{Board, Number};
use self::casualties::Casualties;
use self::flock::{Flock, Watch};
use self::interrupt::Interrupt;
use self::nest::Nest;
use self::node::Plan;
use self::percentiles::Percentiles;
pub(crate) use self::report::Report;
use self::screen::{Phase, Screen};
use crate::workspace;

/// Seconds for all to meet; a swarm of fifty needs a few.
const MEET_WITHIN: u64 = 60;

/// Seconds for one wave of leavers. A goodbye is believed after one (RFC 6762 section 10.1).
const LEAVE_WITHIN: u64 = 15;

/// Lines of a node's log that are shown when it ended too early.
const LAST_WORDS: usize = 5;

/// Unfinished pairs that are named when time is up.
const NAMED_PAIRS: usize = 10;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many nodes
    #[arg(value_parser = clap::value_parser!(u16).range(2..=250))]
    pub(crate) nodes: u16,
    /// Kill so many of them (kill -9) once all have met, and wait until the others notice
    #[arg(long, value_name = "K", default_value_t = 0)]
    pub(crate) kill: u16,
    /// Leave the logs and data directories in place, and say where
    #[arg(long)]
    pub(crate) keep: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Seconds for all to meet
    #[arg(long, value_name = "S", default_value_t = MEET_WITHIN)]
    pub(crate) timeout: u64,
    /// Seconds for each half of those present to leave, and for the others to hear of it
    #[arg(long, value_name = "S", default_value_t = LEAVE_WITHIN)]
    pub(crate) leave_within: u64,
    /// The interface to meet on; any but loopback is a network with other people on it
    #[arg(long, value_name = "NAME|IP", default_value = "lo")]
    pub(crate) interface: String,
}

impl Args {
    /// So many nodes on loopback, and nothing else special.
    pub(crate) fn quiet(nodes: u16) -> Self {
        let interface = "lo".into();
        Self {
            nodes,
            kill: 0,
            keep: false,
            json: false,
            timeout: MEET_WITHIN,
            leave_within: LEAVE_WITHIN,
            interface,
        }
    }
}

/// Somebody pressed Ctrl-C.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted; no node is left running")
    }
}

impl std::error::Error for Interrupted {}

pub(crate) fn run(args: &Args) -> Result<()> {
    let report = swarm(args)?;
    if args.json {
        println!("{}", report.to_json());
    } else {
        print!("{report}");
    }
    match report.failures.len() {
        0 => Ok(()),
        1 => bail!("the swarm failed in one point"),
        count => bail!("the swarm failed in {count} points"),
    }
}

/// Runs a swarm from its start to the end of its last process.
pub(crate) fn swarm(args: &Args) -> Result<Report> {
    ensure!(
        args.kill < args.nodes,
        "--kill {} leaves none of {}",
        args.kill,
        args.nodes
    );
    let program = workspace::release_cli()?;
    let interrupt = Interrupt::install()?;
    let nest = Nest::new(args.keep)?;
    let plan = Plan {
        program,
        interface: args.interface.clone(),
        directory: nest.path().to_path_buf(),
    };
    let mut screen = Screen::new(args.json);
    let mut flock = Flock::start(&plan, args.nodes.into(), interrupt)?;
    let last_start = Instant::now();

    screen.enter(Phase::Meeting, &flock.board);
    let mut failures = meet(&mut flock, &mut screen, Duration::from_secs(args.timeout))?;
    let met = failures.is_empty();
    let mut report = Report {
        nodes: args.nodes.into(),
        complete_after_s: met
            .then(|| complete_after(&flock.board, last_start))
            .flatten(),
        discovery_to_ack: Percentiles::of(milliseconds(flock.board.discovery_to_ack())),
        hello_to_ack: Percentiles::of(flock.board.round_trips()),
        casualties: None,
        warnings: Vec::new(),
        failures: Vec::new(),
        kept: nest.kept(),
    };

    let mut present: Vec<Number> = (0..flock.board.len())
        .filter(|node| !flock.board.voice(*node).silent)
        .collect();
    if met && args.kill > 0 {
        let killed = present.split_off(present.len() - usize::from(args.kill));
        let casualties = Casualties::inflict(&mut flock, &mut screen, killed)?;
        failures.extend(casualties.failures());
        report.casualties = Some(casualties);
    }
    let wave = Duration::from_secs(args.leave_within);
    failures.extend(leave::leave(&mut flock, &mut screen, present, wave)?);
    failures.append(&mut flock.garbled);
    report.failures = failures;
    report.warnings = warnings(&flock.board);
    Ok(report)
}

/// Waits until all have met; what is missing when time is up, in words.
fn meet(flock: &mut Flock, screen: &mut Screen, within: Duration) -> Result<Vec<String>> {
    let deadline = Instant::now() + within;
    let ended = flock.watch(deadline, screen, |board| {
        board.is_complete() || lost(board).is_some()
    })?;
    screen.finish(&flock.board);
    if let Some(node) = lost(&flock.board) {
        let last_words = flock.node(node).last_words(LAST_WORDS);
        return Ok(vec![format!(
            "node {} ended too early:\n    {last_words}",
            node + 1
        )]);
    }
    if let Some((one, other)) = flock.board.double() {
        return Ok(vec![format!(
            "nodes {} and {} have the same id",
            one + 1,
            other + 1
        )]);
    }
    if ended == Watch::Done {
        return Ok(Vec::new());
    }
    let unfinished = flock.board.unfinished();
    let named = unfinished.iter().take(NAMED_PAIRS);
    let pairs: Vec<String> = named
        .map(|(from, to)| format!("{}->{}", from + 1, to + 1))
        .collect();
    let seconds = within.as_secs();
    let count = unfinished.len();
    Ok(vec![format!(
        "{count} pairs had not met after {seconds} s, such as {}",
        pairs.join(" ")
    )])
}

/// A node whose output ended while nobody asked it to leave.
fn lost(board: &Board) -> Option<Number> {
    (0..board.len()).find(|node| board.voice(*node).silent)
}

fn complete_after(board: &Board, last_start: Instant) -> Option<f64> {
    // The last node may have been greeted by all before its start was even noted.
    Some(
        board
            .last_acknowledgement()?
            .saturating_duration_since(last_start)
            .as_secs_f64(),
    )
}

fn milliseconds(spans: Vec<Duration>) -> Vec<f64> {
    spans
        .into_iter()
        .map(|span| span.as_secs_f64() * 1000.0)
        .collect()
}

fn warnings(board: &Board) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::new();
    for kind in (0..board.len()).flat_map(|node| &board.voice(node).warnings) {
        *counts.entry(kind.clone()).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}
