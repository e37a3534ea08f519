//! Peers that are authenticated and misbehave: frames no honest end would seal.

use std::time::Duration;

use tazcom_proto::cbor::CborError;
use tazcom_proto::limits::MAX_CBOR_DEPTH;
use tazcom_testkit::{Clock, Seed};

use super::*;
use crate::static_key::StaticKey;
use crate::suite::Suite;
use crate::wire::body::{BodyError, Encoded};
use crate::wire::frame::FrameError;

/// An initiator's session after its welcome, and the other end's bare keys.
fn ends() -> (Instant, Session, TransportState) {
    let now = Clock::start().at(Duration::ZERO);
    let key = StaticKey::draw(now, &mut Seed(1).rng(0));
    let mut one = Suite::Real.initiator(&key, zeroize::Zeroizing::new([1; 32]));
    let mut other = Suite::Real.responder(&key, zeroize::Zeroizing::new([2; 32]));
    let (mut message, mut payload) = ([0; 512], [0; 512]);
    for _ in 0..3 {
        let len = one.write_message(&[], &mut message).unwrap();
        other.read_message(&message[..len], &mut payload).unwrap();
        std::mem::swap(&mut one, &mut other);
    }
    let (initiator, responder) = (other, one);
    let beginning = Beginning {
        role: Role::Initiator,
        peer: NodeId::from_bytes([7; 32]),
        caps: Caps::default(),
        binding: ChannelBinding::of(initiator.get_handshake_hash()),
        transport: initiator.into_transport_mode().unwrap(),
        config: Arc::new(Config::lan()),
        jitter: 1,
        welcome: Welcome::default(),
        welcome_by: now + Duration::from_secs(5),
        early: Vec::new(),
        unsent: VecDeque::new(),
        refused: None,
    };
    let session = Session::begin(now, beginning);
    (now, session, responder.into_transport_mode().unwrap())
}

/// A frame with exactly this plaintext.
fn frame(keys: &mut TransportState, plaintext: &[u8]) -> Vec<u8> {
    let mut sealed = vec![0; plaintext.len() + 16];
    let len = keys.write_message(plaintext, &mut sealed).unwrap();
    [&u16::try_from(len).unwrap().to_be_bytes()[..], &sealed].concat()
}

fn padded(body: &[u8]) -> Vec<u8> {
    let mut plaintext = u16::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    plaintext.extend_from_slice(body);
    let len = (plaintext.len() + 16).next_power_of_two().max(64) - 16;
    plaintext.resize(len, 0);
    plaintext
}

fn encoded(body: Body) -> Vec<u8> {
    let Encoded { head, content } = body.encode();
    [&head[..], &content].concat()
}

/// How a session ends that hears a welcome and then these bodies.
fn end_after(bodies: &[Vec<u8>]) -> Option<End> {
    let (now, mut session, mut keys) = ends();
    let welcome = encoded(Body::Welcome(Welcome::default()));
    for body in std::iter::once(&welcome).chain(bodies) {
        let frame = frame(&mut keys, &padded(body));
        session.handle(now, Input::Received(&frame));
    }
    match session.state {
        State::Ended(end) => Some(end),
        _ => None,
    }
}

fn abnormal(error: impl Into<SessionError>) -> Option<End> {
    Some(End::Abnormal(error.into()))
}

#[test]
fn an_inner_length_beyond_the_frame_and_padding_that_is_not_zero_end_the_session() {
    for (at, byte, error) in [
        (0, 1, FrameError::InnerLength),
        (20, 1, FrameError::Padding),
        (47, 1, FrameError::Padding),
    ] {
        let (now, mut session, mut keys) = ends();
        let mut plaintext = padded(&encoded(Body::Welcome(Welcome::default())));
        plaintext[at] = byte;
        let frame = frame(&mut keys, &plaintext);
        session.handle(now, Input::Received(&frame));
        let end = abnormal(error).unwrap();
        assert_eq!(session.poll_output(), SessionOutput::Ended(end));
    }
}

#[test]
fn an_empty_frame_ends_the_session() {
    assert_eq!(
        end_after(&[vec![]]),
        abnormal(BodyError::Cbor(CborError::Truncated))
    );
}

#[test]
fn unknown_odd_kinds_and_fields_are_skipped_and_even_ones_end_the_session() {
    // [255, {1: "x"}] and [2, {1: null}], then [24, 0] and [2, {0: 0}].
    assert_eq!(
        end_after(&[vec![0x82, 0x18, 0xff, 0xa1, 0x01, 0x61, 0x78]]),
        None
    );
    assert_eq!(end_after(&[vec![0x82, 0x02, 0xa1, 0x01, 0xf6]]), None);
    let unknown = vec![0x82, 0x18, 0x18, 0x00];
    assert_eq!(end_after(&[unknown]), abnormal(BodyError::UnknownKind(24)));
    let field = vec![0x82, 0x02, 0xa1, 0x00, 0x00];
    assert_eq!(end_after(&[field]), abnormal(BodyError::UnknownField(0)));
}

#[test]
fn every_other_spelling_of_a_body_ends_the_session() {
    let nested = |depth: usize| [&[0x82, 0x01][..], &vec![0x81; depth], &[0x00]].concat();
    assert_eq!(end_after(&[nested(MAX_CBOR_DEPTH - 1)]), None);
    let cases = [
        (vec![0x82, 0x18, 0x02, 0xa0], CborError::NotShortest),
        (vec![0x82, 0x06, 0x19, 0x00, 0x01], CborError::NotShortest),
        (vec![0x9f, 0x02, 0xa0, 0xff], CborError::Unused),
        (vec![0x83, 0x02, 0xa0, 0xa0], CborError::Type),
        (vec![0x82, 0x02, 0x80], CborError::Type),
        (vec![0x82, 0x02, 0xa0, 0x00], CborError::Trailing),
        (vec![0x82, 0x0c, 0x42, 0x00], CborError::Truncated),
        (
            vec![
                0x82, 0x0c, 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            ],
            CborError::Truncated,
        ),
        (vec![0x82, 0x01, 0xc1, 0x00], CborError::Unused),
        (vec![0x82, 0x01, 0xf9, 0x00, 0x00], CborError::Unused),
        (vec![0x82, 0x01, 0x61, 0xff], CborError::NotUtf8),
        (
            vec![0x82, 0x01, 0xa2, 0x61, 0x62, 0x00, 0x61, 0x61, 0x00],
            CborError::KeyOrder,
        ),
        (
            vec![0x82, 0x0a, 0x1a, 0x00, 0x01, 0x00, 0x00],
            CborError::Range,
        ),
        (nested(MAX_CBOR_DEPTH), CborError::TooDeep),
        (nested(40), CborError::TooDeep),
    ];
    for (body, error) in cases {
        let end = end_after(std::slice::from_ref(&body));
        assert_eq!(end, abnormal(BodyError::Cbor(error)), "{body:02x?}");
    }
}

#[test]
fn a_second_welcome_ends_the_session() {
    let again = encoded(Body::Welcome(Welcome::default()));
    assert_eq!(end_after(&[again]), abnormal(SessionError::Welcome));
}

#[test]
fn anything_before_the_welcome_but_a_goodbye_ends_the_session() {
    let cases = [
        (Body::Hello, abnormal(SessionError::Welcome)),
        (Body::Skipped, abnormal(SessionError::Welcome)),
        (Body::Bye(ByeCode::Full), Some(End::ByPeer(ByeCode::Full))),
    ];
    for (body, expected) in cases {
        let (now, mut session, mut keys) = ends();
        let frame = frame(&mut keys, &padded(&encoded(body)));
        session.handle(now, Input::Received(&frame));
        assert_eq!(
            session.poll_output(),
            SessionOutput::Ended(expected.unwrap())
        );
    }
}

#[test]
fn an_answer_that_nobody_asked_for_ends_the_session() {
    assert_eq!(
        end_after(&[encoded(Body::Pong(0))]),
        abnormal(SessionError::Pong)
    );
}

#[test]
fn parts_that_are_crumbs_or_too_many_or_not_a_payload_end_the_session() {
    use crate::wire::body::PART_LEN;
    let part = |len| encoded(Body::Part(vec![0; len].into()));
    let last = |bytes: Vec<u8>| encoded(Body::LastPart(bytes.into()));
    let parts = abnormal(SessionError::Parts);
    assert_eq!(end_after(&[part(PART_LEN)]), None);
    assert_eq!(end_after(&[part(PART_LEN - 1)]), parts, "a crumb");
    assert_eq!(end_after(&[last(vec![1])]), parts, "a last part alone");
    assert_eq!(
        end_after(&[part(PART_LEN), last(vec![])]),
        parts,
        "nothing left over"
    );
    let fitted = [part(PART_LEN), last(vec![0; 5])];
    assert_eq!(end_after(&fitted), parts, "a body that fits into a frame");
    let five = vec![part(PART_LEN); 5];
    assert_eq!(end_after(&five), parts, "more than the longest payload");
    // A file's worth of greeting: [2, {1: bytes}] is a body, but not one to come in parts.
    let head = [0x82, 0x02, 0xa1, 0x01, 0x59, 0x3f, 0xf0];
    let mut whole = head.to_vec();
    whole.resize(head.len() + 0x3ff0, 0);
    let rest = whole.split_off(PART_LEN);
    let bodies = [encoded(Body::Part(whole.into())), last(rest)];
    assert_eq!(end_after(&bodies), parts, "no payload");
}

#[test]
fn a_peer_that_does_not_change_its_key_is_cut_at_that_frame() {
    use crate::limits::REKEY_FRAMES;
    let (now, mut session, mut keys) = ends();
    for n in 0..=REKEY_FRAMES {
        let body = match n {
            0 => Body::Welcome(Welcome::default()),
            _ => Body::Hello,
        };
        let frame = frame(&mut keys, &padded(&encoded(body)));
        session.handle(now, Input::Received(&frame));
        session.outputs.clear();
        let over = matches!(session.state, State::Ended(_));
        assert_eq!(over, n == REKEY_FRAMES, "frame {n}");
    }
}

#[test]
fn names_of_the_longest_length_fit_and_longer_ones_do_not() {
    use crate::limits::MAX_NAME_LEN;
    let name = "a".repeat(MAX_NAME_LEN);
    let welcome = Welcome::new(&name, Caps::default()).unwrap();
    let read = Body::decode(&encoded(Body::Welcome(welcome.clone())).into());
    assert_eq!(read, Ok(Body::Welcome(welcome)));
    let len = MAX_NAME_LEN + 1;
    let long = "a".repeat(len);
    let error = crate::NameTooLong { len };
    assert_eq!(Welcome::new(&long, Caps::default()), Err(error));
    let mut body = vec![0x82, 0x00, 0xa1, 0x01, 0x78, 33];
    body.extend(long.bytes());
    assert_eq!(Body::decode(&body.into()), Err(CborError::Range.into()));
}
