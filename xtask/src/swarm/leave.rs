//! The nodes leave, and those who stay must hear them go.
//!
//! They leave in waves, half of the present ones each time: a node can only be asked for the
//! goodbyes of those who left well before it did.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::board::{Board, Number};
use super::flock::{Flock, Watch};
use super::screen::{Phase, Screen};

/// From a node's last word to the end of its process.
const PROCESS: Duration = Duration::from_secs(5);

/// What the word of a clean leave is.
const GOODBYE: &str = "goodbye";

/// Makes `present` leave, each wave within a time; what went wrong, in words.
pub(super) fn leave(
    flock: &mut Flock,
    screen: &mut Screen,
    mut present: Vec<Number>,
    within: Duration,
) -> Result<Vec<String>> {
    let mut failures = Vec::new();
    screen.enter(Phase::Leaving, &flock.board);
    while !present.is_empty() {
        let stayers = present.split_off(present.len().div_ceil(2));
        failures.extend(wave(
            flock,
            screen,
            &present,
            &stayers,
            Instant::now() + within,
        )?);
        present = stayers;
    }
    screen.finish(&flock.board);
    Ok(failures)
}

fn wave(
    flock: &mut Flock,
    screen: &mut Screen,
    leavers: &[Number],
    stayers: &[Number],
    deadline: Instant,
) -> Result<Vec<String>> {
    let mut failures = Vec::new();
    for leaver in leavers {
        if let Err(error) = flock.node(*leaver).terminate() {
            failures.push(format!("node {}: {error:#}", leaver + 1));
        }
    }
    let ended = flock.watch(deadline, screen, |board| {
        let left = |leaver: &Number| board.voice(*leaver).silent;
        leavers.iter().all(left) && unheard(board, leavers, stayers).is_empty()
    })?;
    if ended == Watch::TimedOut {
        for (stayer, leaver) in unheard(&flock.board, leavers, stayers) {
            failures.push(format!(
                "node {} heard no goodbye of node {}",
                stayer + 1,
                leaver + 1
            ));
        }
    }
    for leaver in leavers {
        failures.extend(farewell(flock, *leaver));
    }
    Ok(failures)
}

/// Who has not let go of whom by its goodbye, as `(stayer, leaver)`. A stayer that never saw the
/// leaver has nothing to let go of.
fn unheard(board: &Board, leavers: &[Number], stayers: &[Number]) -> Vec<(Number, Number)> {
    let pairs = stayers
        .iter()
        .flat_map(|stayer| leavers.iter().map(|leaver| (*stayer, *leaver)));
    let deaf = |(stayer, leaver): &(Number, Number)| {
        let sight = board.sight(*stayer, *leaver);
        sight.is_some_and(|sight| match &sight.removed {
            None => sight.present(),
            Some(removal) => removal.reason != GOODBYE,
        })
    };
    pairs.filter(deaf).collect()
}

/// Whether a node that should be gone went as it should.
fn farewell(flock: &mut Flock, leaver: Number) -> Vec<String> {
    let number = leaver + 1;
    let mut failures = Vec::new();
    if !flock.board.voice(leaver).stopped {
        failures.push(format!("node {number} never said that it stopped"));
    }
    let deadline = Instant::now() + PROCESS;
    let node = flock.node(leaver);
    while node.ended().is_none() && Instant::now() < deadline {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    match node.ended() {
        Some(status) if status.success() => {}
        Some(status) => failures.push(format!("node {number} ended with {status}")),
        None => {
            let pid = node.pid();
            failures.push(format!(
                "node {number} (process {pid}) did not end and was killed"
            ));
            if let Err(error) = node.kill() {
                failures.push(format!("node {number}: {error:#}"));
            }
        }
    }
    failures
}
