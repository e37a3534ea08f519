//! Clocks that disagree.

use tazcom_testkit::{Clock, fixed_id};

use super::*;
use crate::config::Config;

const TODAY: UnixMillis = UnixMillis(1_790_000_000_000);
const HOUR: u64 = 3_600_000;

fn tell(clocks: &mut Clocks, peer: u32, theirs: u64, ours: u64) -> Vec<Skew> {
    let window = Config::lan().window;
    let (theirs, ours) = (UnixMillis(theirs), UnixMillis(ours));
    clocks.told(fixed_id(peer), theirs, ours, &window).0
}

#[test]
fn the_median_of_three_counts_when_we_are_off_it() {
    let mut clocks = Clocks::default();
    let ours = TODAY.0 - 3 * HOUR;
    assert!(tell(&mut clocks, 1, TODAY.0, ours).contains(&Skew::Peer(fixed_id(1), 3 * 3_600_000)));
    tell(&mut clocks, 2, TODAY.0, ours);
    assert_eq!(
        clocks.time(UnixMillis(ours)),
        UnixMillis(ours),
        "two are too few"
    );
    let skews = tell(&mut clocks, 3, TODAY.0 + 20 * HOUR, ours);
    assert!(skews.contains(&Skew::Ours(3 * 3_600_000)));
    assert_eq!(clocks.time(UnixMillis(ours)), TODAY);
}

#[test]
fn our_own_clock_has_a_vote_and_the_last_word_when_votes_are_even() {
    let mut clocks = Clocks::default();
    for (peer, off) in [(1, 5 * HOUR), (2, 5 * HOUR), (3, 0)] {
        tell(&mut clocks, peer, TODAY.0 + off, TODAY.0);
    }
    assert_eq!(clocks.time(TODAY), TODAY);
    tell(&mut clocks, 4, TODAY.0 + 5 * HOUR, TODAY.0);
    assert_eq!(clocks.time(TODAY), UnixMillis(TODAY.0 + 5 * HOUR));
}

#[test]
fn whoever_seemed_right_by_our_old_time_is_judged_again_by_the_new_one() {
    let mut clocks = Clocks::default();
    assert!(tell(&mut clocks, 1, TODAY.0, TODAY.0).is_empty());
    let skews: Vec<Skew> = [2, 3, 4]
        .into_iter()
        .flat_map(|peer| tell(&mut clocks, peer, TODAY.0 + 5 * HOUR, TODAY.0))
        .collect();
    assert!(skews.contains(&Skew::Peer(fixed_id(1), -5 * 3_600_000)));
}

#[test]
fn a_little_off_is_not_off() {
    let mut clocks = Clocks::default();
    for peer in 0..3 {
        assert_eq!(tell(&mut clocks, peer, TODAY.0 + 119_000, TODAY.0).len(), 1);
    }
    assert_eq!(clocks.time(TODAY), TODAY);
    assert!(tell(&mut clocks, 3, TODAY.0 + 30_000, TODAY.0).is_empty());
}

#[test]
fn a_node_that_believes_it_is_1970_believes_anybody() {
    let mut clocks = Clocks::default();
    tell(&mut clocks, 1, TODAY.0, 5000);
    assert_eq!(clocks.time(UnixMillis(5000)), TODAY);
}

#[test]
fn what_was_found_holds_when_the_peers_have_gone() {
    let mut clocks = Clocks::default();
    let ours = TODAY.0 - 3 * HOUR;
    (0..3).for_each(|peer| drop(tell(&mut clocks, peer, TODAY.0, ours)));
    (0..3).for_each(|peer| clocks.forget(&fixed_id(peer)));
    assert_eq!(clocks.time(UnixMillis(ours)), TODAY);
}

#[test]
fn a_clock_that_is_set_right_needs_no_correction() {
    let start = Clock::start();
    let mut clocks = Clocks::default();
    let ours = TODAY.0 - 3 * HOUR;
    clocks.read(start.at(Duration::ZERO), UnixMillis(ours));
    (0..3).for_each(|peer| drop(tell(&mut clocks, peer, TODAY.0, ours)));
    clocks.read(start.at(Duration::from_secs(1)), UnixMillis(TODAY.0 + 1000));
    assert_eq!(
        clocks.time(UnixMillis(TODAY.0 + 1000)),
        UnixMillis(TODAY.0 + 1000)
    );
}

#[test]
fn no_clock_is_so_wild_that_it_overflows() {
    let mut clocks = Clocks::default();
    for (peer, theirs) in [u64::MAX, 0, u64::MAX].into_iter().enumerate() {
        tell(&mut clocks, u32::try_from(peer).unwrap(), theirs, TODAY.0);
        tell(&mut clocks, 9, TODAY.0, u64::MAX);
    }
    assert!(clocks.time(UnixMillis(u64::MAX)) <= UnixMillis(u64::MAX));
}
