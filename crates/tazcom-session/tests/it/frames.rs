//! What is said in a session arrives whole, once and in order, or the session ends.

use bytes::Bytes;
use tazcom_session::limits::{FRAME_LENS, MAX_PAYLOAD_LEN, MAX_PINGS_IN_FLIGHT};
use tazcom_session::{
    ByeCode, Command, End, Event, FrameError, Input, PayloadKind, SendError, SessionError,
};

use crate::pair::{ANA, BEN, Setup};

fn payload(len: usize) -> Bytes {
    (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[test]
fn greetings_pings_and_payloads_arrive_in_order() {
    let mut pair = Setup::default().connected();
    pair.command(ANA, Command::Hello).unwrap();
    pair.command(ANA, Command::Send(PayloadKind::Gossip, payload(3)))
        .unwrap();
    pair.command(ANA, Command::Ping { tag: 9 }).unwrap();
    pair.run();
    let heard = [
        Event::Hello,
        Event::Received(PayloadKind::Gossip, payload(3)),
    ];
    assert_eq!(pair.take_events(BEN), heard);
    pair.command(BEN, Command::Ack).unwrap();
    pair.run();
    let round_trip = std::time::Duration::ZERO;
    let tag = Some(9);
    assert_eq!(
        pair.take_events(ANA),
        [Event::Pong { tag, round_trip }, Event::Ack]
    );
}

#[test]
fn a_payload_of_any_length_arrives_and_every_frame_has_one_of_nine_lengths() {
    let lens = [
        0,
        1,
        23,
        24,
        41,
        42,
        43,
        255,
        256,
        16_360,
        16_361,
        16_362,
        16_366,
        16_367,
        32_722,
        32_723,
        65_444,
        65_535,
        MAX_PAYLOAD_LEN,
    ];
    for len in lens {
        let mut pair = Setup::default().connected();
        let kinds = [
            PayloadKind::Gossip,
            PayloadKind::Sync,
            PayloadKind::Direct,
            PayloadKind::File,
        ];
        for kind in kinds {
            pair.command(BEN, Command::Send(kind, payload(len)))
                .unwrap();
            pair.run_through(|_, frame| {
                assert!(FRAME_LENS.contains(&(frame.len() - 2)));
                vec![frame]
            });
            assert_eq!(pair.take_events(ANA), [Event::Received(kind, payload(len))]);
        }
    }
}

#[test]
fn a_payload_longer_than_the_limit_is_refused_and_the_session_goes_on() {
    let mut pair = Setup::default().connected();
    let len = MAX_PAYLOAD_LEN + 1;
    let refused = pair.command(ANA, Command::Send(PayloadKind::Sync, payload(len)));
    assert_eq!(refused, Err(SendError::TooLong { len }));
    pair.command(ANA, Command::Hello).unwrap();
    pair.run();
    assert_eq!(pair.take_events(BEN), [Event::Hello]);
}

#[test]
fn every_length_that_is_none_of_the_nine_ends_the_session_at_the_header() {
    for found in (0..=u16::MAX).filter(|len| !FRAME_LENS.contains(&usize::from(*len))) {
        // Most of them say nothing that the ones around the nine and at the ends do not.
        let near = FRAME_LENS
            .iter()
            .any(|len| usize::from(found).abs_diff(*len) == 1);
        if !near && found > 1 && found != u16::MAX {
            continue;
        }
        let mut pair = Setup::default().connected();
        pair.handle(BEN, Input::Received(&found.to_be_bytes()));
        let error = SessionError::Frame(FrameError::Length { found });
        assert_eq!(pair.end(BEN), Some(End::Abnormal(error)));
        assert_eq!(pair.take_sent(BEN), None, "closed without a byte");
    }
}

#[test]
fn a_frame_of_garbage_ends_the_session_without_a_byte() {
    let mut pair = Setup::default().connected();
    let frame = [&[0, 64][..], &[7; 64]].concat();
    pair.handle(BEN, Input::Received(&frame));
    let error = SessionError::Frame(FrameError::Unauthentic);
    assert_eq!(pair.end(BEN), Some(End::Abnormal(error)));
    assert_eq!(pair.take_sent(BEN), None);
}

#[test]
fn frames_dropped_repeated_or_swapped_end_the_session_and_deliver_nothing_wrong() {
    type Disturb = fn(&mut Vec<Bytes>);
    let disturb: [(&str, Disturb); 3] = [
        ("dropped", |frames| drop(frames.remove(1))),
        ("repeated", |frames| frames.insert(1, frames[0].clone())),
        ("swapped", |frames| frames.swap(1, 2)),
    ];
    for (how, disturb) in disturb {
        let mut pair = Setup::default().connected();
        for n in 0..4 {
            let send = Command::Send(PayloadKind::Direct, payload(n));
            pair.command(ANA, send).unwrap();
        }
        let mut frames = pair.take_all_sent(ANA);
        disturb(&mut frames);
        pair.handle(BEN, Input::Received(&frames.concat()));
        let error = SessionError::Frame(FrameError::Unauthentic);
        assert_eq!(pair.end(BEN), Some(End::Abnormal(error)), "{how}");
        let events = pair.take_events(BEN);
        assert_eq!(
            events,
            [Event::Received(PayloadKind::Direct, payload(0))],
            "{how}"
        );
    }
}

#[test]
fn a_goodbye_ends_both_sides_in_good_order_after_everything_before_it() {
    let mut pair = Setup::default().connected();
    pair.command(ANA, Command::Send(PayloadKind::File, payload(40_000)))
        .unwrap();
    pair.command(ANA, Command::Close(ByeCode::Shutdown))
        .unwrap();
    assert_eq!(pair.command(ANA, Command::Hello), Err(SendError::Over));
    // Was under way when the goodbye left.
    pair.command(BEN, Command::Hello).unwrap();
    pair.run();
    let sent = Event::Received(PayloadKind::File, payload(40_000));
    assert_eq!(pair.take_events(BEN), [sent]);
    assert_eq!(pair.end(BEN), Some(End::ByPeer(ByeCode::Shutdown)));
    assert_eq!(pair.take_events(ANA), [Event::Hello]);
    pair.handle(ANA, Input::Closed);
    assert_eq!(pair.end(ANA), Some(End::ByUs(ByeCode::Shutdown)));
}

#[test]
fn an_end_without_a_goodbye_is_abnormal() {
    let mut pair = Setup::default().connected();
    pair.handle(BEN, Input::Closed);
    assert_eq!(pair.end(BEN), Some(End::Abnormal(SessionError::Closed)));
}

#[test]
fn as_many_pings_as_may_wait_are_asked_and_one_more_is_refused() {
    let mut pair = Setup::default().connected();
    for tag in 0..u64::try_from(MAX_PINGS_IN_FLIGHT).unwrap() {
        pair.command(ANA, Command::Ping { tag }).unwrap();
    }
    let refused = pair.command(ANA, Command::Ping { tag: 99 });
    assert_eq!(refused, Err(SendError::TooManyPings));
    pair.run();
    assert_eq!(pair.take_events(ANA).len(), MAX_PINGS_IN_FLIGHT);
}

#[test]
fn pings_up_to_the_burst_are_answered_and_one_more_ends_the_session() {
    let mut setup = Setup::default();
    setup.config.ping_burst = 20;
    setup.config.pings_per_second = 10;
    let mut pair = setup.connected();
    for tag in 0..20 {
        pair.command(ANA, Command::Ping { tag }).unwrap();
        pair.run();
    }
    assert_eq!(pair.take_events(ANA).len(), 20);
    pair.now += std::time::Duration::from_millis(100);
    pair.command(ANA, Command::Ping { tag: 20 }).unwrap();
    pair.run();
    assert!(pair.is_up(BEN), "a tenth of a second earned one more");
    pair.command(ANA, Command::Ping { tag: 21 }).unwrap();
    pair.run();
    assert_eq!(pair.end(BEN), Some(End::Abnormal(SessionError::PingFlood)));
}
