//! Two sides measured so that a busy machine does not decide between them.
//!
//! Turns are short and alternate, and so does who goes first: what slows the machine for a while slows
//! both. Of each side counts the turn that a tenth of its turns were faster than: whatever else runs can
//! only make a turn slower.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::time::Instant;

/// One in so many turns is faster than the one that counts.
const QUANTILE: usize = 10;

/// Seconds that a turn of each side takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    pub(crate) ours: f64,
    pub(crate) bare: f64,
}

/// So many turns of each, after a tenth as many that do not count. A turn gives the seconds that count
/// of it.
pub(crate) fn in_turns(
    turns: usize,
    mut ours: impl FnMut() -> f64,
    mut bare: impl FnMut() -> f64,
) -> Figures {
    for _ in 0..turns / QUANTILE {
        ours();
        bare();
    }
    let (mut our_times, mut bare_times) = (Vec::new(), Vec::new());
    for turn in 0..turns {
        if turn % 2 == 0 {
            our_times.push(ours());
            bare_times.push(bare());
        } else {
            bare_times.push(bare());
            our_times.push(ours());
        }
    }
    Figures {
        ours: quantile(our_times),
        bare: quantile(bare_times),
    }
}

/// The time that one in ten was faster than.
pub(crate) fn quantile(mut times: Vec<f64>) -> f64 {
    let at = times.len() / QUANTILE;
    *times.select_nth_unstable_by(at, f64::total_cmp).1
}

/// Seconds that this takes.
pub(crate) fn timed(turn: impl FnOnce()) -> f64 {
    let start = Instant::now();
    turn();
    start.elapsed().as_secs_f64()
}
