//! Somebody between two people, who can change, drop, swap and repeat whatever they send, and whom both
//! believe when asked: they always say that they see the same.

use bytes::Bytes;
use rand_core::Rng as _;
use tazcom_testkit::{Seed, fixed_id};
use tazcom_trust::{Failure, Input};

use crate::link::{Link, Side};

/// A step with its value taken out, of which the middle makes others: `83 kind 50 run.. 58 20 value..`.
fn with_value(frame: &Bytes, value: &[u8]) -> Bytes {
    let mut changed = frame.to_vec();
    let at = changed.len() - value.len();
    changed[at..].copy_from_slice(value);
    changed.into()
}

fn value(frame: &Bytes) -> Vec<u8> {
    frame[frame.len() - 32..].to_vec()
}

#[test]
fn two_sessions_instead_of_one_are_found_out() {
    let mut link = Link::new();
    // Everything is passed on as it is, but the two are in two sessions.
    let (a, b) = (link.alice.me, link.bob.me);
    link.bob.binding = [8; 32];
    link.alice.start(link.now, b);
    link.carry();
    link.bob.handle(link.now, Input::Answer { peer: a });
    link.carry();
    // The promise was made for another session, so it never gets to the emoji.
    assert_eq!(link.bob.failed, [Failure::BrokenPromise]);
    assert!(link.bob.shown.is_empty());
    link.confirm(true, true);
    assert!(link.alice.verified.is_empty() && link.bob.verified.is_empty());
}

/// The middle runs the whole of it with each of the two, under the other's id and key pairs of its own.
struct Middle {
    to_alice: Side,
    to_bob: Side,
}

fn between(link: &mut Link) -> Middle {
    let (a, b) = (link.alice.me, link.bob.me);
    let mut middle = Middle {
        to_alice: Side::new(b, 3),
        to_bob: Side::new(a, 4),
    };
    let now = link.now;
    link.alice.start(now, b);
    middle.to_alice.receive(now, a, link.alice.step());
    middle.to_alice.handle(now, Input::Answer { peer: a });
    middle.to_bob.start(now, b);
    link.bob.receive(now, a, middle.to_bob.step());
    link.bob.handle(now, Input::Answer { peer: a });
    link.alice.receive(now, b, middle.to_alice.step());
    middle.to_bob.receive(now, b, link.bob.step());
    middle.to_alice.receive(now, a, link.alice.step());
    link.bob.receive(now, a, middle.to_bob.step());
    middle
}

#[test]
fn other_keys_on_both_sides_show_other_emoji() {
    // Equal by chance once in 4 trillion; ten runs are no more than ten guesses.
    for _ in 0..10 {
        let mut link = Link::new();
        between(&mut link);
        assert!(link.alice.shown[0] != link.bob.shown[0]);
        assert!(link.alice.shown[0].emoji != link.bob.shown[0].emoji);
        assert!(link.alice.shown[0].numbers != link.bob.shown[0].numbers);
    }
}

#[test]
fn a_proof_for_one_side_proves_nothing_to_the_other() {
    let mut link = Link::new();
    let _middle = between(&mut link);
    let (a, b, now) = (link.alice.me, link.bob.me, link.now);
    link.alice.confirm(now, b, true);
    link.bob.confirm(now, a, true);
    // Their proofs are passed on as if nobody were between them, each in the run of the other.
    let (of_alice, of_bob) = (link.alice.step(), link.bob.step());
    link.alice
        .receive(now, b, with_value(&of_alice, &value(&of_bob)));
    link.bob
        .receive(now, a, with_value(&of_bob, &value(&of_alice)));
    for side in [&link.alice, &link.bob] {
        assert_eq!(side.failed, [Failure::Unproved]);
        assert!(side.verified.is_empty());
    }
}

#[test]
fn swapped_ids_are_found_out() {
    // Bob believes that Carol asks: the middle is Carol and passes on what Alice sends.
    let mut link = Link::new();
    let (b, carol, now) = (link.bob.me, fixed_id(77), link.now);
    link.alice.start(now, b);
    link.bob.receive(now, carol, link.alice.step());
    link.bob.handle(now, Input::Answer { peer: carol });
    link.alice.receive(now, b, link.bob.step());
    link.bob.receive(now, carol, link.alice.step());
    assert_eq!(link.bob.failed, [Failure::BrokenPromise]);
    assert!(link.bob.verified.is_empty());
}

#[test]
fn a_key_that_was_not_promised_is_refused() {
    let mut link = Link::new();
    let (a, b, now) = (link.alice.me, link.bob.me, link.now);
    link.alice.start(now, b);
    link.bob.receive(now, a, link.alice.step());
    link.bob.handle(now, Input::Answer { peer: a });
    link.alice.receive(now, b, link.bob.step());
    let reveal = link.alice.step();
    link.bob.receive(now, a, with_value(&reveal, &[9; 32]));
    assert_eq!(link.bob.failed, [Failure::BrokenPromise]);
    assert!(link.bob.shown.is_empty());
}

#[test]
fn a_key_that_is_shown_before_the_other_is_refused() {
    // The reveal of one run, put before the answer of the person.
    let mut link = Link::new();
    let (a, b, now) = (link.alice.me, link.bob.me, link.now);
    link.alice.start(now, b);
    let start = link.alice.step();
    link.bob.receive(now, a, start.clone());
    let mut reveal = start.to_vec();
    reveal[1] = 4;
    link.bob.receive(now, a, reveal.into());
    assert_eq!(link.bob.failed, [Failure::OutOfOrder]);
    assert!(link.bob.shown.is_empty());
}

#[test]
fn an_initiator_is_not_told_a_key_before_it_promised() {
    let mut link = Link::new();
    let (a, b, now) = (link.alice.me, link.bob.me, link.now);
    link.alice.start(now, b);
    link.bob.receive(now, a, link.alice.step());
    assert!(link.bob.sent.is_empty(), "no key before the person agreed");
}

#[test]
fn a_key_that_makes_a_known_secret_is_refused() {
    for weak in [[0; 32], {
        let mut one = [0; 32];
        one[0] = 1;
        one
    }] {
        let mut link = Link::new();
        let (a, b, now) = (link.alice.me, link.bob.me, link.now);
        link.alice.start(now, b);
        link.bob.receive(now, a, link.alice.step());
        link.bob.handle(now, Input::Answer { peer: a });
        let key = link.bob.step();
        link.alice.receive(now, b, with_value(&key, &weak));
        assert_eq!(link.alice.failed, [Failure::OutOfOrder]);
        assert!(link.alice.shown.is_empty());
    }
}

#[test]
fn a_proof_that_is_sent_back_proves_nothing() {
    let mut link = Link::new();
    link.compare();
    let (b, now) = (link.bob.me, link.now);
    link.alice.confirm(now, b, true);
    let own = link.alice.step();
    link.alice.receive(now, b, own);
    assert_eq!(link.alice.failed, [Failure::Unproved]);
    assert!(link.alice.verified.is_empty());
}

#[test]
fn steps_of_an_earlier_run_verify_nobody_in_a_later_one() {
    let mut link = Link::new();
    let (a, b) = (link.alice.me, link.bob.me);
    let mut heard = vec![];
    link.alice.start(link.now, b);
    for _ in 0..4 {
        while let Some((_, frame)) = link.alice.sent.pop_front() {
            heard.push(frame.clone());
            link.bob.receive(link.now, a, frame);
        }
        link.bob.handle(link.now, Input::Answer { peer: a });
        while let Some((_, frame)) = link.bob.sent.pop_front() {
            link.alice.receive(link.now, b, frame);
        }
        if !link.alice.shown.is_empty() {
            link.alice.confirm(link.now, b, true);
            link.bob.confirm(link.now, a, true);
        }
    }
    assert_eq!(link.bob.verified, [a]);
    assert!(heard.len() >= 3);
    // Another session of the same two, in which only what was heard is said.
    link.bob.binding = [9; 32];
    for frame in &heard {
        link.bob.receive(link.now, a, frame.clone());
        link.bob.handle(link.now, Input::Answer { peer: a });
        link.bob.confirm(link.now, a, true);
    }
    assert_eq!(link.bob.verified, [a], "not a second time");
}

#[test]
fn whatever_the_middle_does_to_the_steps_two_who_differ_are_never_verified() {
    let seed = Seed::from_env_or(0x7a5);
    let mut rng = seed.rng(0);
    let mut died = 0;
    for _ in 0..300 {
        let mut link = Link::new();
        // Two sessions: whatever else happens, there is no honest way to the end.
        link.bob.binding = [8; 32];
        let (a, b, now) = (link.alice.me, link.bob.me, link.now);
        let mut heard: Vec<(bool, Bytes)> = vec![];
        link.alice.start(now, b);
        for _ in 0..24 {
            heard.extend(link.alice.sent.drain(..).map(|(_, frame)| (true, frame)));
            heard.extend(link.bob.sent.drain(..).map(|(_, frame)| (false, frame)));
            let pick = usize::try_from(rng.next_u64() % heard.len() as u64).unwrap();
            let (from_alice, mut frame) = heard[pick].clone();
            if rng.next_u32().is_multiple_of(4) {
                let mut bytes = frame.to_vec();
                let at = usize::try_from(rng.next_u64() % bytes.len() as u64).unwrap();
                bytes[at] ^= 1 << (rng.next_u32() % 8);
                frame = bytes.into();
            }
            // Mostly where it belongs, sometimes back to where it came from.
            if from_alice != rng.next_u32().is_multiple_of(8) {
                link.bob.receive(now, a, frame);
            } else {
                link.alice.receive(now, b, frame);
            }
            link.bob.handle(now, Input::Answer { peer: a });
            link.alice.handle(now, Input::Answer { peer: b });
            link.alice.confirm(now, b, true);
            link.bob.confirm(now, a, true);
        }
        died += link.alice.failed.len() + link.bob.failed.len();
        assert!(
            link.alice.verified.is_empty() && link.bob.verified.is_empty(),
            "{seed}"
        );
    }
    assert!(died > 100, "the steps did reach something: {died}");
}
