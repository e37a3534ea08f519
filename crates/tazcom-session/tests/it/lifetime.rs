//! Keep-alive, deadlines, renewal, and the ends of a session's life.

use std::time::Duration;

use tazcom_session::{ByeCode, Command, End, Event, Input, SessionError};

use crate::pair::{ANA, BEN, Pair, Setup};

const MOMENT: Duration = Duration::from_nanos(1);
const SECOND: Duration = Duration::from_secs(1);

fn dead() -> Option<End> {
    let after = Duration::from_secs(45);
    Some(End::Abnormal(SessionError::Dead { after }))
}

#[test]
fn two_idle_ends_keep_each_other_alive_by_few_pings() {
    let mut pair = Setup::default().connected();
    let mut frames = 0;
    for _ in 0..600 {
        pair.now += SECOND;
        for node in [ANA, BEN] {
            pair.handle(node, Input::Timeout);
        }
        pair.run_through(|_, frame| {
            frames += 1;
            vec![frame]
        });
    }
    assert!(pair.is_up(ANA) && pair.is_up(BEN));
    // A ping and a pong each 12 to 18 s, and now and then both ask at once.
    assert!(
        (60..=200).contains(&frames),
        "{frames} frames in ten minutes"
    );
}

#[test]
fn the_first_ping_comes_after_twelve_to_eighteen_seconds_of_silence() {
    let mut waits = std::collections::BTreeSet::new();
    for seed in 0..40 {
        let setup = Setup {
            seed,
            ..Setup::default()
        };
        let pair = setup.connected();
        let wait = pair.nodes[BEN].deadline.unwrap() - pair.now;
        assert!((12 * SECOND..=18 * SECOND).contains(&wait), "{wait:?}");
        waits.insert(wait);
    }
    assert!(waits.len() > 20, "they are drawn: {waits:?}");
}

#[test]
fn a_silent_peer_is_dead_after_45_seconds_and_not_a_moment_before() {
    let mut pair = Setup::default().connected();
    pair.now += 45 * SECOND - MOMENT;
    pair.handle(ANA, Input::Timeout);
    assert!(pair.is_up(ANA));
    pair.now += MOMENT;
    pair.handle(ANA, Input::Timeout);
    assert_eq!(pair.end(ANA), dead());
}

#[test]
fn waking_up_after_a_long_sleep_finds_the_session_dead_even_when_bytes_come_first() {
    let mut pair = Setup::default().connected();
    pair.command(ANA, Command::Hello).unwrap();
    let frame = pair.take_sent(ANA).unwrap();
    pair.now += 3600 * SECOND;
    pair.handle(BEN, Input::Received(&frame));
    assert_eq!(pair.end(BEN), dead());
    assert_eq!(pair.take_events(BEN), []);
}

#[test]
fn a_frame_must_be_whole_ten_seconds_after_its_first_byte() {
    for (late, whole) in [(10 * SECOND - MOMENT, true), (10 * SECOND, false)] {
        let mut pair = Setup::default().connected();
        pair.command(ANA, Command::Hello).unwrap();
        let frame = pair.take_sent(ANA).unwrap();
        let (first, rest) = frame.split_at(1);
        pair.handle(BEN, Input::Received(first));
        pair.now += late;
        pair.handle(BEN, Input::Received(rest));
        match whole {
            true => assert_eq!(pair.take_events(BEN), [Event::Hello]),
            false => {
                let error = SessionError::FrameDeadline;
                assert_eq!(pair.end(BEN), Some(End::Abnormal(error)));
            }
        }
    }
}

#[test]
fn a_byte_a_second_does_not_put_the_deadline_of_a_frame_off() {
    let mut pair = Setup::default().connected();
    pair.command(ANA, Command::Hello).unwrap();
    let frame = pair.take_sent(ANA).unwrap();
    for byte in frame.chunks(1).take(11) {
        pair.handle(BEN, Input::Received(byte));
        pair.now += SECOND;
    }
    let error = SessionError::FrameDeadline;
    assert_eq!(pair.end(BEN), Some(End::Abnormal(error)));
}

#[test]
fn a_responder_that_does_not_say_welcome_in_time_is_left() {
    let mut pair = Setup::default().pair();
    pair.run_through(|from, message| match message.len() {
        66 if from == BEN => vec![],
        _ => vec![message],
    });
    assert_eq!(pair.nodes[ANA].deadline, Some(pair.now + 5 * SECOND));
    pair.now += 5 * SECOND;
    pair.handle(ANA, Input::Timeout);
    assert_eq!(pair.end(ANA), Some(End::Abnormal(SessionError::NoWelcome)));
}

/// Keeps both ends alive until `node` is told something.
fn until_told(pair: &mut Pair, node: usize, wanted: &Event, limit: Duration) -> Duration {
    let start = pair.now;
    while pair.now - start < limit {
        if pair.take_events(node).contains(wanted) {
            return pair.now - start;
        }
        pair.pass(10 * SECOND);
    }
    panic!("never told {wanted:?}");
}

#[test]
fn renewal_is_due_once_after_an_hour_more_or_less_and_the_session_ends_after_three() {
    let minute = 60 * SECOND;
    for seed in 0..10 {
        let setup = Setup {
            seed,
            ..Setup::default()
        };
        let mut pair = setup.connected();
        let start = pair.now;
        let due = until_told(&mut pair, ANA, &Event::RenewalDue, 67 * minute);
        assert!(
            due >= 54 * minute && due <= 66 * minute + 10 * SECOND,
            "{due:?}"
        );
        while pair.is_up(ANA) && pair.is_up(BEN) {
            pair.pass(10 * SECOND);
            assert!(!pair.take_events(ANA).contains(&Event::RenewalDue));
        }
        assert_eq!(pair.now - start, 180 * minute);
        let ends = [pair.end(ANA), pair.end(BEN)];
        assert!(
            ends.contains(&Some(End::ByPeer(ByeCode::Expired))),
            "{ends:?}"
        );
    }
}

#[test]
fn renewal_is_due_after_so_many_frames_and_a_goodbye_comes_before_the_last() {
    let mut setup = Setup::default();
    setup.config.renew_frames = 50;
    setup.config.max_frames = 100;
    let mut pair = setup.connected();
    let mut sent = 0;
    let mut renewals = Vec::new();
    while pair.command(ANA, Command::Hello).is_ok() {
        sent += 1;
        pair.run();
        if pair.take_events(ANA).contains(&Event::RenewalDue) {
            renewals.push(sent);
        }
    }
    assert_eq!(renewals, [50]);
    assert_eq!(
        sent, 94,
        "one frame for the goodbye, and room for the longest payload"
    );
    assert_eq!(pair.end(BEN), Some(End::ByPeer(ByeCode::Expired)));
}

#[test]
fn after_our_goodbye_we_listen_for_two_seconds_and_no_longer() {
    let mut pair = Setup::default().connected();
    pair.command(ANA, Command::Close(ByeCode::Duplicate))
        .unwrap();
    assert_eq!(pair.nodes[ANA].deadline, Some(pair.now + 2 * SECOND));
    pair.now += 2 * SECOND - MOMENT;
    pair.handle(ANA, Input::Timeout);
    assert_eq!(pair.end(ANA), None);
    pair.now += MOMENT;
    pair.handle(ANA, Input::Timeout);
    assert_eq!(pair.end(ANA), Some(End::ByUs(ByeCode::Duplicate)));
}

/// A driver that cannot write, or has no room, leaves a frame half read.
#[test]
fn what_we_leave_unread_is_not_held_against_the_peer() {
    let mut pair = Setup::default().connected();
    pair.command(BEN, Command::Hello).unwrap();
    let frame = pair.take_sent(BEN).unwrap();
    pair.handle(ANA, Input::Received(&frame[..10]));
    let now = pair.now;
    pair.session(ANA).set_reading(now, false);
    pair.now += 600 * SECOND;
    pair.handle(ANA, Input::Timeout);
    assert!(pair.is_up(ANA));
    assert!(
        pair.take_sent(ANA).is_none(),
        "it asks and cannot hear the answer"
    );

    let now = pair.now;
    pair.session(ANA).set_reading(now, true);
    pair.now += 10 * SECOND - MOMENT;
    pair.handle(ANA, Input::Timeout);
    assert!(pair.is_up(ANA));
    pair.handle(ANA, Input::Received(&frame[10..]));
    assert_eq!(pair.take_events(ANA), [Event::Hello]);
}

#[test]
fn when_reading_goes_on_the_deadlines_do_too() {
    let mut pair = Setup::default().connected();
    let now = pair.now;
    pair.session(ANA).set_reading(now, false);
    pair.now += 600 * SECOND;
    let now = pair.now;
    pair.session(ANA).set_reading(now, true);
    pair.now += 45 * SECOND - MOMENT;
    pair.handle(ANA, Input::Timeout);
    assert!(pair.is_up(ANA));
    pair.now += MOMENT;
    pair.handle(ANA, Input::Timeout);
    assert_eq!(pair.end(ANA), dead());
}
