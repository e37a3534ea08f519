//! Handshakes that succeed, and those that must not.

use std::time::Duration;

use bytes::Bytes;
use tazcom_identity::SignatureError;
use tazcom_session::limits::{MAX_CAPS_LEN, MESSAGE_2_LEN, MIN_MESSAGE_3_LEN};
use tazcom_session::{
    ByeCode, Cap, Caps, CapsError, Command, End, Event, HandshakeError, HandshakeOutput, Input,
    PREAMBLE, PayloadKind, Welcome,
};

use crate::pair::{ANA, BEN, Setup, identity};

#[test]
fn both_ends_learn_who_the_other_is_and_agree_on_the_channel() {
    let welcome = Welcome::new("ben", Caps::new(&[(7, Cap::Uint(3))]).unwrap()).unwrap();
    let caps = Caps::new(&[(1, Cap::Bytes(Bytes::from_static(b"x")))]).unwrap();
    let setup = Setup {
        welcome,
        caps: caps.clone(),
        ..Setup::default()
    };
    let mut pair = setup.connected();
    assert_eq!(pair.session(ANA).peer(), identity(BEN).node_id());
    assert_eq!(pair.session(BEN).peer(), identity(ANA).node_id());
    assert_eq!(*pair.session(BEN).caps(), caps);
    let binding = pair.session(ANA).channel_binding();
    assert_eq!(pair.session(BEN).channel_binding(), binding);
    let other = Setup { seed: 2, ..setup };
    assert_ne!(other.connected().session(ANA).channel_binding(), binding);
}

#[test]
fn the_messages_have_the_lengths_they_must_have() {
    let mut pair = Setup::default().pair();
    let mut lens = Vec::new();
    pair.run_through(|from, message| {
        lens.push((from, message.len()));
        vec![message]
    });
    let expected = [
        (ANA, PREAMBLE.len() + 2 + 32),
        (BEN, 2 + MESSAGE_2_LEN),
        (ANA, 2 + MIN_MESSAGE_3_LEN),
        (BEN, 2 + 64),
    ];
    assert_eq!(lens, expected);
    assert_eq!((MESSAGE_2_LEN, MIN_MESSAGE_3_LEN), (192, 160));
}

#[test]
fn a_handshake_byte_by_byte_is_a_handshake() {
    let mut pair = Setup::default().pair();
    pair.run_through(|_, message| message.chunks(1).map(Bytes::copy_from_slice).collect());
    assert!(pair.is_up(ANA) && pair.is_up(BEN));
}

#[test]
fn frames_right_behind_the_last_handshake_message_are_read() {
    let mut pair = Setup::default().pair();
    let first = pair.take_sent(ANA).unwrap();
    pair.handle(BEN, Input::Received(&first));
    let second = pair.take_sent(BEN).unwrap();
    pair.handle(ANA, Input::Received(&second));
    pair.command(ANA, Command::Hello).unwrap();
    let all = pair.take_all_sent(ANA).concat();
    pair.handle(BEN, Input::Received(&all));
    assert_eq!(pair.take_events(BEN), [Event::Hello]);
}

#[test]
fn another_peer_than_the_one_called_learns_nothing_about_the_caller() {
    let expected = identity(5).node_id();
    let setup = Setup {
        expected: Some(expected),
        ..Setup::default()
    };
    let mut pair = setup.pair();
    pair.run();
    let found = identity(BEN).node_id();
    let error = HandshakeError::OtherPeer { expected, found };
    assert_eq!(pair.failure(ANA), Some(error));
    assert!(!pair.is_up(BEN));
    assert_eq!(pair.take_sent(ANA), None, "message 3 has not left");
}

#[test]
fn whoever_answers_is_taken_when_only_the_address_was_known() {
    let setup = Setup {
        expected: None,
        ..Setup::default()
    };
    setup.connected();
}

#[test]
fn a_peer_of_poc_02_is_recognised_however_its_answer_is_cut() {
    for cut in 0..4 {
        let mut pair = Setup::default().pair();
        pair.handle(ANA, Input::Received(&b"ACK\n"[..cut]));
        assert_eq!(pair.failure(ANA), None);
        pair.handle(ANA, Input::Received(&b"ACK\n"[cut..]));
        assert_eq!(pair.failure(ANA), Some(HandshakeError::Legacy));
    }
}

#[test]
fn what_only_begins_like_the_answer_of_poc_02_is_a_wrong_length() {
    let mut pair = Setup::default().pair();
    pair.handle(ANA, Input::Received(b"ACKN"));
    let found = u16::from_be_bytes(*b"AC");
    let error = HandshakeError::Length { message: 2, found };
    assert_eq!(pair.failure(ANA), Some(error));
}

#[test]
fn every_preamble_but_ours_is_refused_at_its_first_wrong_byte() {
    for wrong in [
        "TAZCOM/1\n",
        "TAZCOM/9\n",
        "tazcom/2\n",
        "TAZCOM/2\r\n",
        "{",
    ] {
        let mut pair = Setup::default().pair();
        let at = wrong.bytes().zip(PREAMBLE).position(|(a, b)| a != *b);
        let (right, rest) = wrong.as_bytes().split_at(at.unwrap());
        pair.handle(BEN, Input::Received(right));
        assert_eq!(pair.failure(BEN), None, "{wrong}");
        pair.handle(BEN, Input::Received(&rest[..1]));
        assert_eq!(pair.failure(BEN), Some(HandshakeError::Preamble), "{wrong}");
        assert_eq!(pair.take_sent(BEN), None);
    }
}

#[test]
fn a_length_that_a_message_cannot_have_is_refused_before_its_bytes_come() {
    for found in [0, 31, 33, 65_535] {
        let mut pair = Setup::default().pair();
        pair.handle(BEN, Input::Received(PREAMBLE));
        pair.handle(BEN, Input::Received(&u16::to_be_bytes(found)));
        let error = HandshakeError::Length { message: 1, found };
        assert_eq!(pair.failure(BEN), Some(error));
    }
    for found in [0, 191, 193, 65_535] {
        let mut pair = Setup::default().pair();
        pair.handle(ANA, Input::Received(&u16::to_be_bytes(found)));
        let error = HandshakeError::Length { message: 2, found };
        assert_eq!(pair.failure(ANA), Some(error));
    }
    for found in [0, 159, 417, 65_535] {
        let mut pair = Setup::default().pair();
        let call = pair.take_sent(ANA).unwrap();
        pair.handle(BEN, Input::Received(&call));
        pair.handle(BEN, Input::Received(&u16::to_be_bytes(found)));
        let error = HandshakeError::Length { message: 3, found };
        assert_eq!(pair.failure(BEN), Some(error));
    }
}

/// As many capabilities as make exactly `len` bytes: one entry of bytes.
fn caps_of(len: usize) -> Result<Caps, CapsError> {
    // A head of map, key and byte string takes 1 + 1 + 2 bytes for up to 255 of content.
    Caps::new(&[(1, Cap::Bytes(vec![0xab; len - 4].into()))])
}

#[test]
fn capabilities_of_exactly_the_limit_arrive_and_longer_ones_cannot_be_made() {
    let caps = caps_of(MAX_CAPS_LEN).unwrap();
    let setup = Setup {
        caps: caps.clone(),
        ..Setup::default()
    };
    assert_eq!(*setup.connected().session(BEN).caps(), caps);
    let len = MAX_CAPS_LEN + 1;
    assert_eq!(caps_of(len), Err(CapsError::TooLong { len }));
}

#[test]
fn a_handshake_ends_at_its_deadline_and_not_a_moment_before() {
    let moment = Duration::from_nanos(1);
    for (late, expected) in [
        (Duration::from_secs(5) - moment, None),
        (Duration::from_secs(5), Some(HandshakeError::Deadline)),
    ] {
        let mut pair = Setup::default().pair();
        assert_eq!(
            pair.nodes[BEN].deadline,
            Some(pair.now + Duration::from_secs(5))
        );
        let call = pair.take_sent(ANA).unwrap();
        pair.now += late;
        pair.handle(BEN, Input::Received(&call));
        assert_eq!(pair.failure(BEN), expected);
        pair.handle(ANA, Input::Timeout);
        assert_eq!(pair.failure(ANA), expected);
    }
}

#[test]
fn a_byte_a_second_does_not_put_the_deadline_off() {
    let mut pair = Setup::default().pair();
    let call = pair.take_sent(ANA).unwrap();
    for byte in call.chunks(1).take(6) {
        pair.handle(BEN, Input::Received(byte));
        pair.now += Duration::from_secs(1);
    }
    assert_eq!(pair.failure(BEN), Some(HandshakeError::Deadline));
}

#[test]
fn a_connection_that_ends_during_the_handshake_is_no_session() {
    for steps in 0..3 {
        let mut pair = Setup::default().pair();
        for step in 0..steps {
            let message = pair.take_sent(step % 2).unwrap();
            pair.handle(1 - step % 2, Input::Received(&message));
        }
        if !pair.is_up(ANA) {
            pair.handle(ANA, Input::Closed);
            assert_eq!(pair.failure(ANA), Some(HandshakeError::Closed));
        }
        pair.handle(BEN, Input::Closed);
        assert_eq!(pair.failure(BEN), Some(HandshakeError::Closed));
    }
}

#[test]
fn a_refused_peer_hears_a_goodbye_and_nothing_of_what_it_sent_is_delivered() {
    let setup = Setup::default();
    let mut pair = setup.pair();
    let mut responder = setup.responder(pair.now);
    let call = pair.take_sent(ANA).unwrap();
    responder.handle(pair.now, Input::Received(&call));
    let HandshakeOutput::Send(answer) = responder.poll_output() else {
        panic!("no answer");
    };
    pair.handle(ANA, Input::Received(&answer));
    let content = Bytes::from_static(b"for a friend");
    let send = Command::Send(PayloadKind::Direct, content);
    pair.command(ANA, send).unwrap();
    let rest = pair.take_all_sent(ANA).concat();
    responder.handle(pair.now, Input::Received(&rest));
    let authenticated = HandshakeOutput::Authenticated(identity(ANA).node_id());
    assert_eq!(responder.poll_output(), authenticated);
    let mut session = responder.refuse(pair.now, ByeCode::Policy).unwrap();
    let tazcom_session::SessionOutput::Send(bye) = session.poll_output() else {
        panic!("no goodbye");
    };
    assert!(matches!(
        session.poll_output(),
        tazcom_session::SessionOutput::Wait(_)
    ));
    pair.handle(ANA, Input::Received(&bye));
    assert_eq!(pair.end(ANA), Some(End::ByPeer(ByeCode::Policy)));
    assert_eq!(pair.take_events(ANA), []);
}

#[test]
fn a_node_that_hears_its_own_id_hangs_up() {
    let setup = Setup {
        expected: None,
        ..Setup::default()
    };
    let pair = setup.pair();
    // A responder with the initiator's own key.
    let mut mirror = tazcom_session::Responder {
        local: crate::pair::local(ANA, 9, pair.now, &setup.config),
        welcome: Welcome::default(),
    }
    .start(pair.now, &mut tazcom_testkit::Seed(9).rng(1));
    let mut pair = pair;
    let call = pair.take_sent(ANA).unwrap();
    mirror.handle(pair.now, Input::Received(&call));
    let HandshakeOutput::Send(answer) = mirror.poll_output() else {
        panic!("no answer");
    };
    pair.handle(ANA, Input::Received(&answer));
    assert_eq!(pair.failure(ANA), Some(HandshakeError::OwnId));
}

#[test]
fn errors_are_one_line_and_name_no_more_than_short_ids() {
    let expected = identity(BEN).node_id();
    let found = identity(ANA).node_id();
    for error in [
        HandshakeError::OtherPeer { expected, found },
        HandshakeError::Identity(SignatureError::Mismatch),
        HandshakeError::Legacy,
    ] {
        let text = error.to_string();
        assert!(
            !text.contains('\n') && !text.contains(&found.to_string()),
            "{text}"
        );
    }
}
