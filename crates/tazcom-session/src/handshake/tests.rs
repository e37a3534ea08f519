//! Peers that know the protocol and lie: what they could say with a hand-made handshake.

use std::sync::Arc;
use std::time::{Duration, Instant};

use snow::HandshakeState;
use tazcom_identity::{NodeId, SecretKey, Signature, SignatureError};
use tazcom_proto::cbor::CborError;
use tazcom_testkit::{Clock, Seed};
use zeroize::Zeroizing;

use super::message::HEADER_LEN;
use super::*;
use crate::limits::MESSAGE_2_LEN;
use crate::{CapsError, Config, StaticKey};

const HONEST: u8 = 1;
const LIAR: u8 = 2;

fn key(of: u8) -> SecretKey {
    SecretKey::from_seed([of; 32])
}

fn now() -> Instant {
    Clock::start().at(Duration::ZERO)
}

fn local(of: u8) -> Local {
    Local {
        identity: Arc::new(key(of)),
        static_key: Arc::new(StaticKey::draw(now(), &mut Seed(u64::from(of)).rng(0))),
        config: Arc::new(Config::lan()),
    }
}

/// The static key of the liar, and a handshake of its own making.
fn liar(role: Role) -> (StaticKey, HandshakeState) {
    let static_key = StaticKey::draw(now(), &mut Seed(7).rng(1));
    let ephemeral = Zeroizing::new([0x42; 32]);
    let noise = match role {
        Role::Initiator => Suite::Real.initiator(&static_key, ephemeral),
        Role::Responder => Suite::Real.responder(&static_key, ephemeral),
    };
    (static_key, noise)
}

fn sent(handshake: &mut Handshake) -> Vec<u8> {
    match handshake.poll_output() {
        HandshakeOutput::Send(bytes) => bytes.to_vec(),
        other => panic!("nothing to send but {other:?}"),
    }
}

fn failure(handshake: &mut Handshake) -> Option<HandshakeError> {
    match handshake.poll_output() {
        HandshakeOutput::Failed(error) => Some(error),
        _ => None,
    }
}

/// What an honest responder makes of a message 3 with this payload, which is told the transcript
/// and the static key to lie about.
fn responder_hears(
    payload: impl FnOnce(&[u8; 32], &[u8; 32]) -> Vec<u8>,
) -> Result<NodeId, HandshakeError> {
    responder_of(HONEST, payload)
}

fn responder_of(
    node: u8,
    payload: impl FnOnce(&[u8; 32], &[u8; 32]) -> Vec<u8>,
) -> Result<NodeId, HandshakeError> {
    let (static_key, mut noise) = liar(Role::Initiator);
    let responder = Responder {
        local: local(node),
        welcome: Welcome::default(),
    };
    let mut honest = responder.start(now(), &mut Seed(1).rng(2));
    let call = write(&mut noise, 1, &[]).unwrap();
    honest.handle(now(), Input::Received(&framed(PREAMBLE, &call)));
    read(&mut noise, 2, &sent(&mut honest)[HEADER_LEN..]).unwrap();
    let payload = payload(&transcript(&noise), static_key.public());
    let mut message = vec![0; 1024];
    let len = noise.write_message(&payload, &mut message).unwrap();
    honest.handle(now(), Input::Received(&framed(&[], &message[..len])));
    match honest.poll_output() {
        HandshakeOutput::Authenticated(peer) => Ok(peer),
        HandshakeOutput::Failed(error) => Err(error),
        other => panic!("neither taken nor refused but {other:?}"),
    }
}

/// As [`responder_of`], for an initiator that takes whoever answers with this message 2.
fn initiator_of(
    node: u8,
    payload: impl FnOnce(&[u8; 32], &[u8; 32]) -> Vec<u8>,
) -> Result<NodeId, HandshakeError> {
    let (static_key, mut noise) = liar(Role::Responder);
    let initiator = Initiator {
        local: local(node),
        expected: None,
        caps: Caps::default(),
    };
    let mut honest = initiator.start(now(), &mut Seed(1).rng(2));
    let call = sent(&mut honest);
    read(&mut noise, 1, &call[PREAMBLE.len() + HEADER_LEN..]).unwrap();
    let payload = payload(&transcript(&noise), static_key.public());
    let answer = write(&mut noise, 2, &payload).unwrap();
    honest.handle(now(), Input::Received(&framed(&[], &answer)));
    if let Some(error) = failure(&mut honest) {
        return Err(error);
    }
    match honest.poll_output() {
        HandshakeOutput::Authenticated(peer) => Ok(peer),
        other => panic!("neither taken nor refused but {other:?}"),
    }
}

fn proof(signer: u8, claimed: NodeId, signed: &[u8]) -> Vec<u8> {
    let signature = key(signer).sign(signed);
    Proof {
        id: claimed,
        signature,
    }
    .encode()
    .to_vec()
}

const MISMATCH: HandshakeError = HandshakeError::Identity(SignatureError::Mismatch);

#[test]
fn an_honest_proof_made_by_hand_is_taken() {
    let id = key(LIAR).node_id();
    let heard = responder_hears(|transcript, static_key| {
        let signed = signed_bytes(Role::Initiator, transcript, static_key);
        proof(LIAR, id, &signed)
    });
    assert_eq!(heard, Ok(id));
}

#[test]
fn a_signature_by_another_key_proves_nothing() {
    let victim = key(3).node_id();
    let heard = responder_hears(|transcript, static_key| {
        let signed = signed_bytes(Role::Initiator, transcript, static_key);
        proof(LIAR, victim, &signed)
    });
    assert_eq!(heard, Err(MISMATCH));
}

#[test]
fn a_signature_of_the_other_role_another_transcript_or_another_static_key_proves_nothing() {
    type Lie = fn(&[u8; 32], &[u8; 32]) -> Vec<u8>;
    let id = key(LIAR).node_id();
    let lies: [Lie; 4] = [
        |transcript, static_key| signed_bytes(Role::Responder, transcript, static_key),
        |_, static_key| signed_bytes(Role::Initiator, &[0; 32], static_key),
        |transcript, _| signed_bytes(Role::Initiator, transcript, &[9; 32]),
        // As protocols do that sign the static key alone.
        |_, static_key| static_key.to_vec(),
    ];
    for lie in lies {
        let heard =
            responder_hears(|transcript, static_key| proof(LIAR, id, &lie(transcript, static_key)));
        assert_eq!(heard, Err(MISMATCH));
    }
}

/// What an honest node proves to a liar that shakes hands with it under its own name: a payload in
/// the clear, as only the other end of a handshake has it.
fn proven_to_a_liar(role: Role) -> Vec<u8> {
    let (static_key, mut noise) = liar(role.other());
    match role {
        Role::Responder => {
            let responder = Responder {
                local: local(HONEST),
                welcome: Welcome::default(),
            };
            let mut honest = responder.start(now(), &mut Seed(3).rng(2));
            let call = write(&mut noise, 1, &[]).unwrap();
            honest.handle(now(), Input::Received(&framed(PREAMBLE, &call)));
            read(&mut noise, 2, &sent(&mut honest)[HEADER_LEN..]).unwrap()
        }
        Role::Initiator => {
            let id = key(LIAR).node_id();
            let initiator = Initiator {
                local: local(HONEST),
                expected: Some(id),
                caps: Caps::default(),
            };
            let mut honest = initiator.start(now(), &mut Seed(3).rng(2));
            let call = sent(&mut honest);
            read(&mut noise, 1, &call[PREAMBLE.len() + HEADER_LEN..]).unwrap();
            let signed = signed_bytes(Role::Responder, &transcript(&noise), static_key.public());
            let answer = write(&mut noise, 2, &proof(LIAR, id, &signed)).unwrap();
            honest.handle(now(), Input::Received(&framed(&[], &answer)));
            read(&mut noise, 3, &sent(&mut honest)[HEADER_LEN..]).unwrap()
        }
    }
}

#[test]
fn what_a_node_proved_to_one_peer_proves_nothing_to_another() {
    for role in [Role::Initiator, Role::Responder] {
        let recorded = proven_to_a_liar(role);
        assert_eq!(recorded[..NodeId::LEN], *key(HONEST).node_id().as_bytes());
        // The victim is a third node, to which the liar says that it is the honest one.
        assert_eq!(responder_of(3, |_, _| recorded.clone()), Err(MISMATCH));
        assert_eq!(initiator_of(3, |_, _| recorded.clone()), Err(MISMATCH));
    }
}

#[test]
fn our_own_id_and_weak_or_malformed_keys_are_refused() {
    let claim = |id: NodeId| {
        responder_hears(|transcript, static_key| {
            let signed = signed_bytes(Role::Initiator, transcript, static_key);
            proof(HONEST, id, &signed)
        })
    };
    assert_eq!(claim(key(HONEST).node_id()), Err(HandshakeError::OwnId));
    let mut identity_point = [0; 32];
    identity_point[0] = 1;
    let weak = HandshakeError::Identity(SignatureError::WeakKey);
    assert_eq!(claim(NodeId::from_bytes(identity_point)), Err(weak));
    let invalid = HandshakeError::Identity(SignatureError::InvalidKey);
    assert_eq!(claim(NodeId::from_bytes([0xff; 32])), Err(invalid));
}

#[test]
fn a_signature_with_a_second_spelling_is_refused() {
    // S plus the order of the group: RFC 8032 section 5.1.7 asks for S below it.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let id = key(LIAR).node_id();
    let heard = responder_hears(|transcript, static_key| {
        let signed = signed_bytes(Role::Initiator, transcript, static_key);
        let mut signature = key(LIAR).sign(&signed).to_bytes();
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        let signature = Signature::from_bytes(signature);
        Proof { id, signature }.encode().to_vec()
    });
    assert_eq!(heard, Err(MISMATCH));
}

#[test]
fn capabilities_that_are_not_the_one_encoding_of_a_map_are_refused() {
    let nested = [&[0xa1, 0x01][..], &[0x81; 8], &[0x00]].concat();
    let deep_enough = [&[0xa1, 0x01][..], &[0x81; 7], &[0x00]].concat();
    let cases: [(&[u8], Result<(), CapsError>); 8] = [
        (&[], Ok(())),
        (&[0xa1, 0x01, 0x02], Ok(())),
        (&deep_enough, Ok(())),
        (&nested, Err(CborError::TooDeep.into())),
        (&[0xa0], Err(CapsError::Empty)),
        (&[0xbf, 0x01, 0x02, 0xff], Err(CborError::Unused.into())),
        (
            &[0xa2, 0x01, 0x02, 0x01, 0x02],
            Err(CborError::KeyOrder.into()),
        ),
        (&[0xa1, 0x01, 0x02, 0x00], Err(CborError::Trailing.into())),
    ];
    let id = key(LIAR).node_id();
    for (caps, expected) in cases {
        let heard = responder_hears(|transcript, static_key| {
            let signed = signed_bytes(Role::Initiator, transcript, static_key);
            [&proof(LIAR, id, &signed)[..], caps].concat()
        });
        let expected = expected.map(|()| id).map_err(HandshakeError::Caps);
        assert_eq!(heard, expected, "{caps:02x?}");
    }
}

#[test]
fn an_answer_that_proves_nothing_is_not_told_who_called() {
    for role in [Role::Initiator, Role::Responder] {
        let (static_key, mut noise) = liar(Role::Responder);
        let id = key(LIAR).node_id();
        let initiator = Initiator {
            local: local(HONEST),
            expected: Some(id),
            caps: Caps::default(),
        };
        let mut honest = initiator.start(now(), &mut Seed(1).rng(2));
        let call = sent(&mut honest);
        read(&mut noise, 1, &call[PREAMBLE.len() + HEADER_LEN..]).unwrap();
        let signed = signed_bytes(role, &transcript(&noise), static_key.public());
        let answer = write(&mut noise, 2, &proof(LIAR, id, &signed)).unwrap();
        honest.handle(now(), Input::Received(&framed(&[], &answer)));
        if role == Role::Initiator {
            assert_eq!(failure(&mut honest), Some(MISMATCH), "a reflected role");
        } else {
            sent(&mut honest);
            assert_eq!(honest.poll_output(), HandshakeOutput::Authenticated(id));
        }
    }
}

/// The seven points of small order of Curve25519 and its twist, as they can be written.
fn small_order() -> [Vec<u8>; 7] {
    let prime_minus_one = [&[0xec][..], &[0xff; 30], &[0x7f]].concat();
    let prime = [&[0xed][..], &[0xff; 30], &[0x7f]].concat();
    let prime_and_one = [&[0xee][..], &[0xff; 30], &[0x7f]].concat();
    let zero = vec![0; 32];
    let one = [&[1][..], &[0; 31]].concat();
    let order_8 = [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ];
    let other_order_8 = [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ];
    [
        zero,
        one,
        order_8.to_vec(),
        other_order_8.to_vec(),
        prime_minus_one,
        prime,
        prime_and_one,
    ]
}

#[test]
fn seven_points_of_small_order_are_refused_before_message_2_leaves() {
    for point in small_order() {
        let responder = Responder {
            local: local(HONEST),
            welcome: Welcome::default(),
        };
        let mut honest = responder.start(now(), &mut Seed(1).rng(2));
        honest.handle(now(), Input::Received(&framed(PREAMBLE, &point)));
        let small = HandshakeError::SmallOrder { message: 2 };
        assert_eq!(
            honest.poll_output(),
            HandshakeOutput::Failed(small),
            "{point:02x?}"
        );
    }
}

#[test]
fn the_same_seven_in_an_answer_are_refused_before_message_3_leaves() {
    for point in small_order() {
        let initiator = Initiator {
            local: local(HONEST),
            expected: None,
            caps: Caps::default(),
        };
        let mut honest = initiator.start(now(), &mut Seed(1).rng(2));
        sent(&mut honest);
        let mut answer = point.clone();
        answer.resize(MESSAGE_2_LEN, 0x5a);
        honest.handle(now(), Input::Received(&framed(&[], &answer)));
        let small = HandshakeError::SmallOrder { message: 2 };
        assert_eq!(
            honest.poll_output(),
            HandshakeOutput::Failed(small),
            "{point:02x?}"
        );
    }
}

#[test]
fn a_key_with_its_high_bit_set_is_the_key_without_it() {
    // RFC 7748 section 5: the bit is masked. The transcripts differ, so no session comes of it,
    // but nothing panics and message 2 leaves.
    let responder = Responder {
        local: local(HONEST),
        welcome: Welcome::default(),
    };
    let mut honest = responder.start(now(), &mut Seed(1).rng(2));
    let mut point = [9; 32];
    point[31] |= 0x80;
    honest.handle(now(), Input::Received(&framed(PREAMBLE, &point)));
    assert_eq!(sent(&mut honest).len(), HEADER_LEN + MESSAGE_2_LEN);
}
