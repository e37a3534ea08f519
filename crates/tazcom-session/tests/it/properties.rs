//! Laws, for any cut of the stream, any flipped bit and any number of frames.

use std::time::{Duration, Instant};

use bytes::Bytes;
use proptest::prelude::*;
use tazcom_session::limits::{FRAME_LENS, REKEY_FRAMES};
use tazcom_session::{Command, End, Event, Input, PayloadKind, SessionError};

use crate::pair::{ANA, BEN, Pair, Setup};

fn chunked(bytes: &[u8], sizes: &[usize]) -> Vec<Bytes> {
    let mut sizes = sizes.iter().cycle();
    let mut rest = bytes;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
        chunks.push(Bytes::copy_from_slice(chunk));
        rest = after;
    }
    chunks
}

#[test]
fn no_flipped_bit_in_any_handshake_message_leaves_a_session_with_the_wrong_transcript() {
    // Every bit of every message: 43, 194 and 162 bytes.
    for (message, len) in [(0, 43), (1, 194), (2, 162)] {
        for bit in 0..len * 8 {
            let mut pair = Setup::default().pair();
            let mut number = 0;
            let mut flipped = false;
            pair.run_through(|_, bytes| {
                let mut bytes = bytes.to_vec();
                if number == message {
                    assert_eq!(bytes.len(), len);
                    bytes[bit / 8] ^= 1 << (bit % 8);
                    flipped = true;
                }
                number += 1;
                vec![bytes.into()]
            });
            assert!(flipped);
            assert!(!pair.is_up(BEN), "message {message}, bit {bit}");
            // An initiator has its keys before message 3 arrives; what counts is that nobody
            // answers it: it is not welcomed, and its session dies.
            assert_eq!(
                pair.is_up(ANA),
                message == 2,
                "message {message}, bit {bit}"
            );
            pair.handle(ANA, Input::Closed);
            assert!(!pair.is_up(ANA), "message {message}, bit {bit}");
            assert_eq!(pair.take_events(ANA), [], "message {message}, bit {bit}");
        }
    }
}

#[test]
fn messages_of_one_handshake_are_nothing_in_another() {
    for message in 0..3 {
        let mut one = Setup::default().pair();
        let mut other = Setup {
            seed: 2,
            ..Setup::default()
        }
        .pair();
        let mut recorded = Vec::new();
        one.run_through(|_, bytes| {
            recorded.push(bytes.clone());
            vec![bytes]
        });
        let mut number = 0;
        other.run_through(|_, bytes| {
            number += 1;
            match number - 1 == message {
                true => vec![recorded[message].clone()],
                false => vec![bytes],
            }
        });
        assert!(!other.is_up(BEN), "message {message}");
        assert_eq!(other.take_events(ANA), [], "message {message}");
    }
}

#[test]
fn a_frame_of_one_session_is_nothing_in_another() {
    let mut one = Setup::default().connected();
    let mut other = Setup {
        seed: 2,
        ..Setup::default()
    }
    .connected();
    one.command(ANA, Command::Hello).unwrap();
    let frame = one.take_sent(ANA).unwrap();
    other.handle(BEN, Input::Received(&frame));
    assert!(!other.is_up(BEN));
    // Nor is it anything to the end that sealed it.
    one.handle(ANA, Input::Received(&frame));
    assert!(!one.is_up(ANA));
    assert_eq!(other.take_events(BEN), []);
}

#[test]
fn both_directions_change_keys_at_the_same_frame_and_go_on() {
    let mut pair = Setup::default().connected();
    for n in 0..2 * REKEY_FRAMES + 10 {
        pair.command(ANA, Command::Hello).unwrap();
        if n % 3 == 0 {
            pair.command(BEN, Command::Ack).unwrap();
        }
        pair.run();
    }
    assert!(pair.is_up(ANA) && pair.is_up(BEN));
    let heard = u64::try_from(pair.take_events(BEN).len()).unwrap();
    assert_eq!(heard, 2 * REKEY_FRAMES + 10);
}

/// What `node` writes when it says `command`.
fn said(pair: &mut Pair, node: usize, command: Command) -> Vec<Bytes> {
    pair.command(node, command).unwrap();
    pair.take_all_sent(node)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn any_cut_of_the_stream_is_the_same_session(
        sizes in prop::collection::vec(1_usize..300, 1..20),
        lens in prop::collection::vec(0_usize..40_000, 0..6),
        seed in any::<u64>(),
    ) {
        let mut pair = Setup { seed, ..Setup::default() }.pair();
        pair.run_through(|_, bytes| chunked(&bytes, &sizes));
        prop_assert!(pair.is_up(ANA) && pair.is_up(BEN));
        let payloads: Vec<Bytes> = lens.iter().map(|len| vec![0x5a; *len].into()).collect();
        for payload in &payloads {
            pair.command(ANA, Command::Send(PayloadKind::Sync, payload.clone())).unwrap();
        }
        let stream = pair.take_all_sent(ANA);
        for frame in &stream {
            prop_assert!(FRAME_LENS.contains(&(frame.len() - 2)));
        }
        for chunk in chunked(&stream.concat(), &sizes) {
            pair.handle(BEN, Input::Received(&chunk));
        }
        let expected: Vec<_> = payloads
            .into_iter()
            .map(|payload| Event::Received(PayloadKind::Sync, payload))
            .collect();
        prop_assert_eq!(pair.take_events(BEN), expected);
    }

    #[test]
    fn any_flipped_bit_of_a_frame_ends_the_session_and_delivers_nothing(
        len in 0_usize..600,
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let mut pair = Setup::default().connected();
        let content = Bytes::from(vec![1; len]);
        pair.command(ANA, Command::Send(PayloadKind::Direct, content)).unwrap();
        pair.command(ANA, Command::Hello).unwrap();
        let mut stream = pair.take_all_sent(ANA).concat();
        let first = stream.len() - 66;
        stream[at.index(first)] ^= 1 << bit;
        pair.handle(BEN, Input::Received(&stream));
        pair.handle(BEN, Input::Closed);
        prop_assert!(!pair.is_up(BEN));
        prop_assert_eq!(pair.take_events(BEN), []);
    }

    #[test]
    fn frames_in_any_order_are_delivered_as_far_as_they_are_in_theirs_and_then_end_the_session(
        lens in prop::collection::vec(0_usize..40_000, 1..5),
        in_order in any::<prop::sample::Index>(),
        then in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut pair = Setup::default().connected();
        let (mut frames, mut whole_after) = (Vec::new(), Vec::new());
        let payloads: Vec<Bytes> =
            lens.iter().zip(1..).map(|(len, fill)| vec![fill; *len].into()).collect();
        for payload in &payloads {
            let send = Command::Send(PayloadKind::Sync, payload.clone());
            frames.extend(said(&mut pair, ANA, send));
            whole_after.push(frames.len());
        }
        // Some as they were sent; what follows is left out, repeated, swapped or by chance right.
        let begun = in_order.index(frames.len() + 1);
        let order = (0..begun).chain(then.iter().map(|index| index.index(frames.len())));
        let mut right = 0;
        let mut wrong = false;
        for at in order {
            wrong |= at != right;
            right += usize::from(!wrong);
            pair.handle(BEN, Input::Received(&frames[at]));
        }
        prop_assert_eq!(pair.is_up(BEN), !wrong);
        let arrived = whole_after.iter().filter(|after| **after <= right).count();
        let expected: Vec<_> = payloads[..arrived]
            .iter()
            .map(|payload| Event::Received(PayloadKind::Sync, payload.clone()))
            .collect();
        prop_assert_eq!(pair.take_events(BEN), expected);
    }

    #[test]
    fn pings_are_taken_up_to_rate_and_burst_in_any_window_and_not_one_more(
        rate in prop::sample::select(vec![1_u32, 2, 10, 50, 100]),
        burst in 1_u32..30,
        waits in prop::collection::vec(
            prop_oneof![
                Just(Duration::ZERO),
                (0_u64..50).prop_map(Duration::from_millis),
                (0_u64..2_000_000_000).prop_map(Duration::from_nanos),
            ],
            1..120,
        ),
    ) {
        let mut setup = Setup::default();
        setup.config.pings_per_second = rate;
        setup.config.ping_burst = burst;
        let mut pair = setup.connected();
        let mut asked: Vec<Instant> = Vec::new();
        for wait in waits {
            pair.now += wait;
            pair.command(ANA, Command::Ping { tag: 0 }).unwrap();
            pair.run();
            asked.push(pair.now);
            // The windows that end now; those before ended when they were the last.
            let too_many = asked.iter().zip((1..=asked.len()).rev()).any(|(start, count)| {
                let earned = (pair.now - *start).as_nanos() * u128::from(rate) / 1_000_000_000;
                u128::try_from(count).unwrap() > u128::from(burst) + earned
            });
            prop_assert_eq!(pair.is_up(BEN), !too_many);
            if too_many {
                let flood = End::Abnormal(SessionError::PingFlood);
                prop_assert_eq!(pair.end(BEN), Some(flood));
                break;
            }
        }
    }

    #[test]
    fn bytes_from_a_stranger_never_panic_and_never_make_a_session(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        sizes in prop::collection::vec(1_usize..50, 1..5),
    ) {
        let mut pair = Setup::default().pair();
        for chunk in chunked(&bytes, &sizes) {
            pair.handle(ANA, Input::Received(&chunk));
            pair.handle(BEN, Input::Received(&chunk));
        }
        prop_assert!(!pair.is_up(ANA) && !pair.is_up(BEN));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(8) })]

    #[test]
    fn both_ends_change_keys_in_step_after_any_number_of_frames_however_they_cross(
        bursts in prop::collection::vec((0..2_usize, 1..REKEY_FRAMES), 1..8),
    ) {
        let mut pair = Setup::default().connected();
        let mut heard = [0; 2];
        for (from, count) in bursts {
            // The other end says something before it has read any of it.
            let mut flying = Vec::new();
            for _ in 0..count {
                flying.extend(said(&mut pair, from, Command::Hello));
            }
            let crossing = said(&mut pair, 1 - from, Command::Hello).concat();
            pair.handle(1 - from, Input::Received(&flying.concat()));
            pair.handle(from, Input::Received(&crossing));
            heard[1 - from] += count;
            heard[from] += 1;
        }
        for node in [ANA, BEN] {
            prop_assert!(pair.is_up(node), "{:?}", pair.end(node));
            let events = pair.take_events(node);
            prop_assert!(events.iter().all(|event| *event == Event::Hello));
            prop_assert_eq!(u64::try_from(events.len()).unwrap(), heard[node]);
        }
    }
}
