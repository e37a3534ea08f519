//! Two sides measured so that a busy machine does not decide between them.
//!
//! Turns are short and alternate, and so does who goes first: what slows the machine for a while
//! slows both. Of each side counts the turn that a tenth of its turns were faster than. Whatever
//! else runs can only make a turn slower, so the fast ones are the ones nobody disturbed; not the
//! very fastest, because that may be a stroke of luck that the other side did not have.

use std::time::Instant;

/// One in so many turns is faster than the one that counts.
const QUANTILE: usize = 10;

/// How long a turn of one side takes.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    seconds: f64,
}

impl Side {
    /// Turns a second.
    #[must_use]
    pub fn rate(self) -> f64 {
        1.0 / self.seconds
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Our side.
    pub ours: Side,
    /// What it is measured against.
    pub bare: Side,
}

impl Figures {
    /// Our speed as a share of the bare one.
    #[must_use]
    pub fn ratio(self) -> f64 {
        self.ours.rate() / self.bare.rate()
    }
}

/// So many turns of each, after a tenth as many that do not count.
///
/// # Panics
///
/// With no turns.
pub fn in_turns(turns: usize, mut ours: impl FnMut(), mut bare: impl FnMut()) -> Figures {
    for _ in 0..turns / QUANTILE {
        ours();
        bare();
    }
    let (mut our_times, mut bare_times) = (Vec::new(), Vec::new());
    for turn in 0..turns {
        if turn % 2 == 0 {
            our_times.push(timed(&mut ours));
            bare_times.push(timed(&mut bare));
        } else {
            bare_times.push(timed(&mut bare));
            our_times.push(timed(&mut ours));
        }
    }
    let counts = |mut times: Vec<f64>| {
        let at = turns / QUANTILE;
        let (_, seconds, _) = times.select_nth_unstable_by(at, f64::total_cmp);
        Side { seconds: *seconds }
    };
    Figures {
        ours: counts(our_times),
        bare: counts(bare_times),
    }
}

fn timed(turn: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    turn();
    start.elapsed().as_secs_f64()
}
