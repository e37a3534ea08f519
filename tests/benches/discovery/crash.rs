//! A node that is killed outright: when does its neighbour notice?
//!
//! That takes two minutes, so the pairs wait on networks of their own while everything else is
//! measured.

use std::time::{Duration, Instant};

use tazcom_tests::{Lan, Signal, pause};

use crate::kind::{Kind, Place};
use crate::watched::Watched;

/// The records hold for 120 s. Who has not noticed by then goes by something else.
const PATIENCE: Duration = Duration::from_secs(130);

/// The second announcement comes after one second.
const ANNOUNCED: Duration = Duration::from_millis(2500);

const MEETING: Duration = Duration::from_secs(10);

/// One kind's survivor.
#[derive(Debug)]
pub(crate) struct Bereaved {
    survivor: Watched,
    victim: String,
    killed: Instant,
    _lan: Lan,
}

/// Starts a pair of each kind, each on its own network, and kills one of each.
pub(crate) fn kill_one_of_each(first_lan: u8, kinds: &[Kind]) -> Vec<Bereaved> {
    let mut pairs: Vec<_> = kinds
        .iter()
        .zip(first_lan..)
        .map(|(kind, number)| {
            let lan = Lan::new(number);
            let survivor = kind.start(&Place::on(&lan, 1));
            let victim = kind.start(&Place::on(&lan, 2));
            (*kind, lan, survivor, victim)
        })
        .collect();
    let met: Vec<String> = pairs
        .iter_mut()
        .map(|(kind, _, survivor, victim)| {
            let id = victim.id();
            let found = survivor.finds(&id, MEETING);
            assert!(found.is_some(), "two {} nodes did not meet", kind.title());
            id
        })
        .collect();
    pause(ANNOUNCED);
    pairs
        .into_iter()
        .zip(met)
        .map(|((_, lan, survivor, victim), id)| {
            victim.signal(Signal::KILL);
            Bereaved {
                survivor,
                victim: id,
                killed: Instant::now(),
                _lan: lan,
            }
        })
        .collect()
}

impl Bereaved {
    /// How long after the kill it was noticed, or for how long it was not.
    pub(crate) fn noticed(&mut self) -> Result<Duration, Duration> {
        let left = PATIENCE.saturating_sub(self.killed.elapsed());
        let noticed = self.survivor.loses(&self.victim, left);
        noticed.map_or_else(
            || Err(self.killed.elapsed()),
            |at| Ok(at.duration_since(self.killed)),
        )
    }
}
