//! Comparing emoji between two honest people.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use tazcom_proto::direct::MAX_VERIFY_LEN;
use tazcom_testkit::fixed_id;
use tazcom_trust::{Failure, Input};

use crate::link::{Link, Side};

#[test]
fn two_people_who_see_the_same_are_verified_on_both_sides() {
    let mut link = Link::new();
    link.compare();
    assert_eq!(link.alice.shown.len(), 1);
    assert!(link.alice.shown == link.bob.shown);
    assert!(link.alice.verified.is_empty() && link.bob.verified.is_empty());
    link.confirm(true, true);
    assert_eq!(link.alice.verified, [link.bob.me]);
    assert_eq!(link.bob.verified, [link.alice.me]);
    assert_eq!((&link.alice.wait, &link.bob.wait), (&None, &None));
}

#[test]
fn nobody_is_verified_by_one_who_confirms() {
    let mut link = Link::new();
    link.compare();
    let (a, b) = (link.alice.me, link.bob.me);
    link.alice.confirm(link.now, b, true);
    link.alice.confirm(link.now, b, true);
    link.carry();
    assert!(link.alice.verified.is_empty() && link.bob.verified.is_empty());
    link.bob.confirm(link.now, a, true);
    assert_eq!(link.bob.verified, [a]);
}

#[test]
fn whoever_sees_something_else_ends_it_for_both() {
    let mut link = Link::new();
    link.compare();
    link.confirm(true, false);
    assert_eq!(link.alice.failed, [Failure::DifferentThere]);
    assert_eq!(link.bob.failed, [Failure::Different]);
    assert!(link.alice.verified.is_empty() && link.bob.verified.is_empty());
}

#[test]
fn whoever_does_not_want_to_is_shown_nothing() {
    let mut link = Link::new();
    link.alice.start(link.now, link.bob.me);
    link.carry();
    assert_eq!(link.bob.asked, 1);
    let peer = link.alice.me;
    link.bob.handle(link.now, Input::Cancel { peer });
    link.carry();
    assert_eq!(link.alice.failed, [Failure::CancelledThere]);
    assert!(link.alice.shown.is_empty() && link.bob.shown.is_empty());
}

#[test]
fn two_who_begin_at_once_compare_once_and_are_not_asked() {
    let mut link = Link::new();
    let (a, b) = (link.alice.me, link.bob.me);
    link.alice.start(link.now, b);
    link.bob.start(link.now, a);
    link.carry();
    assert_eq!((link.alice.asked, link.bob.asked), (0, 0));
    assert!(link.alice.shown.len() == 1 && link.alice.shown == link.bob.shown);
    link.confirm(true, true);
    assert_eq!(link.alice.verified, [b]);
    assert_eq!(link.bob.verified, [a]);
}

#[test]
fn whoever_begins_after_being_asked_agrees() {
    let mut link = Link::new();
    let (a, b) = (link.alice.me, link.bob.me);
    link.alice.start(link.now, b);
    link.carry();
    link.bob.start(link.now, a);
    link.carry();
    assert!(link.bob.shown.len() == 1 && link.alice.shown == link.bob.shown);
}

#[test]
fn a_step_may_take_two_minutes_and_no_longer() {
    let mut link = Link::new();
    link.alice.start(link.now, link.bob.me);
    link.carry();
    let due = link.alice.wait.unwrap();
    assert_eq!(due - link.now, Duration::from_secs(120));
    link.at(119);
    link.alice.handle(link.now, Input::Timeout);
    assert!(link.alice.failed.is_empty());
    link.at(120);
    link.alice.handle(link.now, Input::Timeout);
    assert_eq!(link.alice.failed, [Failure::TimedOut]);
    link.carry();
    assert_eq!(link.bob.failed, [Failure::CancelledThere]);
}

#[test]
fn an_ended_session_ends_the_comparing_and_sends_nothing() {
    let mut link = Link::new();
    link.compare();
    let peer = link.bob.me;
    link.alice.handle(link.now, Input::Closed { peer });
    assert_eq!(link.alice.failed, [Failure::SessionEnded]);
    assert!(link.alice.sent.is_empty());
}

#[test]
fn a_step_of_another_session_ends_it() {
    let mut link = Link::new();
    link.compare();
    let (a, b) = (link.alice.me, link.bob.me);
    link.alice.confirm(link.now, b, true);
    link.bob.binding = [8; 32];
    let frame = link.alice.step();
    link.bob.receive(link.now, a, frame);
    assert_eq!(link.bob.failed, [Failure::SessionEnded]);
}

#[test]
fn the_third_failure_within_an_hour_is_the_last() {
    let mut link = Link::new();
    let b = link.bob.me;
    for _ in 0..3 {
        link.compare();
        link.confirm(true, false);
    }
    assert_eq!(link.alice.failed, [Failure::DifferentThere; 3]);
    link.alice.start(link.now, b);
    assert_eq!(link.alice.failed.last(), Some(&Failure::TooOften));
    // Whoever else begins is not let near the person either.
    let (asked, a) = (link.bob.asked, link.alice.me);
    let mut mallory = Side::new(a, 9);
    mallory.start(link.now, b);
    let frame = mallory.step();
    link.bob.receive(link.now, a, frame);
    assert_eq!(link.bob.asked, asked);
    link.at(3600);
    link.compare();
    link.confirm(true, true);
    assert_eq!(link.alice.verified, [b]);
}

#[test]
fn what_failed_before_anything_could_be_guessed_does_not_count() {
    let mut link = Link::new();
    let peer = link.bob.me;
    for _ in 0..5 {
        link.alice.start(link.now, peer);
        link.alice.handle(link.now, Input::Cancel { peer });
    }
    assert_eq!(link.alice.failed, [Failure::Cancelled; 5]);
    link.alice.sent.clear();
    link.compare();
    assert_eq!(link.alice.shown.len(), 1);
}

#[test]
fn an_ask_that_is_withdrawn_again_and_again_is_not_shown_for_ever() {
    let mut link = Link::new();
    let peer = link.bob.me;
    for _ in 0..15 {
        link.alice.start(link.now, peer);
        link.alice.handle(link.now, Input::Cancel { peer });
        link.carry();
    }
    assert_eq!(link.bob.asked, 10);
}

#[test]
fn eight_run_at_once_and_a_ninth_is_refused_either_way() {
    let mut link = Link::new();
    let now = link.now;
    let peers: Vec<_> = (10..19).map(fixed_id).collect();
    for peer in &peers[..8] {
        link.alice.start(now, *peer);
    }
    assert!(link.alice.failed.is_empty());
    link.alice.start(now, peers[8]);
    assert_eq!(link.alice.failed, [Failure::Busy]);
    link.alice.sent.clear();
    let mut ninth = Side::new(peers[8], 3);
    ninth.start(now, link.alice.me);
    let frame = ninth.step();
    link.alice.receive(now, peers[8], frame);
    assert_eq!(link.alice.asked, 0);
    let refused = link.alice.step();
    ninth.receive(now, link.alice.me, refused);
    assert_eq!(ninth.failed, [Failure::CancelledThere]);
}

#[test]
fn a_crowd_that_asks_keeps_nobody_from_comparing() {
    let mut link = Link::new();
    let (me, now) = (link.alice.me, link.now);
    let peers: Vec<_> = (10..18).map(fixed_id).collect();
    for peer in &peers {
        let mut crowd = Side::new(*peer, 3);
        crowd.start(now, me);
        let frame = crowd.step();
        link.alice.receive(now, *peer, frame);
    }
    assert_eq!(link.alice.asked, 8);
    link.alice.start(now, link.bob.me);
    assert_eq!(link.alice.failed, [Failure::Busy]);
    let (to, _) = link.alice.sent.pop_front().unwrap();
    assert!(peers.contains(&to), "whoever makes room is told");
    link.carry();
    assert_eq!(link.bob.asked, 1);
}

#[test]
fn nobody_compares_with_itself() {
    let mut link = Link::new();
    let me = link.alice.me;
    link.alice.start(link.now, me);
    assert_eq!(link.alice.failed, [Failure::NotNow]);
}

#[test]
fn a_step_fits_what_a_session_carries() {
    let mut link = Link::new();
    link.alice.start(link.now, link.bob.me);
    let frame = link.alice.step();
    assert!(frame.len() <= MAX_VERIFY_LEN);
    let mut long = frame.to_vec();
    long.resize(MAX_VERIFY_LEN + 1, 0);
    link.bob.receive(link.now, link.alice.me, long.into());
    assert_eq!(link.bob.asked, 0);
}

#[test]
fn what_is_shown_differs_from_run_to_run() {
    let mut seen = BTreeSet::new();
    let mut link = Link::new();
    for _ in 0..2000 {
        link.compare();
        link.confirm(true, true);
    }
    for sas in &link.alice.shown {
        seen.insert(sas.emoji.map(|emoji| emoji.name));
        assert!(
            sas.numbers
                .iter()
                .all(|number| (1000..=9191).contains(number))
        );
    }
    // Two of 2000 are equal by chance once in two million runs of this test.
    assert_eq!(seen.len(), 2000);
}

#[test]
fn a_debug_print_shows_neither_emoji_nor_keys() {
    let mut link = Link::new();
    link.compare();
    let sas = link.alice.shown[0];
    let printed = format!("{sas:?} {:?}", link.alice.machine);
    assert!(!printed.contains(sas.emoji[0].name), "{printed}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_verify(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..20)) {
        let mut link = Link::new();
        link.compare();
        link.bob.confirm(link.now, link.alice.me, true);
        for frame in frames {
            link.bob.receive(link.now, link.alice.me, Bytes::from(frame));
        }
        prop_assert!(link.bob.verified.is_empty());
    }
}
