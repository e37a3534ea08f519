//! A signature counts when this node made it for this message, and never otherwise.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use tazcom_identity::{NodeId, SecretKey, Signature, SignatureError};

/// The order of the base point, little-endian (RFC 8032 section 5.1).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The eight points of small order, y little-endian, and the spellings of them that are not
/// reduced. For each, the all-zero nonce scheme makes signatures that a lax verifier takes.
const SMALL_ORDER: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

#[test]
fn the_vectors_of_rfc_8032_are_reproduced() {
    let text = include_str!("vectors/rfc8032.txt");
    let mut seen = 0;
    for block in text.split("\n\n") {
        let fields: BTreeMap<&str, &str> = block
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_once(' ').unwrap_or((line, "")))
            .collect();
        let Some(seed) = fields.get("seed") else {
            continue;
        };
        let key = SecretKey::from_seed(array(seed));
        let message = bytes(fields["message"]);
        let signature = Signature::from_bytes(array(fields["signature"]));
        assert_eq!(key.node_id().as_bytes(), &array(fields["public"]));
        assert_eq!(key.sign(&message), signature);
        assert_eq!(key.node_id().verify(&message, &signature), Ok(()));
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn a_key_of_small_order_is_refused_whatever_is_signed() {
    // R = identity and S = 0 satisfies the equation for every message when A is the identity.
    let mut forged = [0; Signature::LEN];
    forged[0] = 1;
    for key in SMALL_ORDER {
        let id = NodeId::from_bytes(array(key));
        let verdict = id.verify(b"anything", &Signature::from_bytes(forged));
        assert_eq!(verdict, Err(SignatureError::WeakKey), "{key}");
    }
}

#[test]
fn a_key_that_is_not_reduced_is_refused() {
    // p + y for the y that fit below 2^255, with either sign.
    for low in 0xed..=0xffu8 {
        for high in [0x7f, 0xff] {
            let mut key = [0xff; NodeId::LEN];
            (key[0], key[31]) = (low, high);
            let verdict = NodeId::from_bytes(key).verify(b"", &Signature::from_bytes([0; 64]));
            assert_eq!(verdict, Err(SignatureError::InvalidKey), "{low:x} {high:x}");
        }
    }
}

#[test]
fn a_key_that_is_no_point_is_refused() {
    // y = 2: no x goes with it.
    let mut key = [0; NodeId::LEN];
    key[0] = 2;
    let verdict = NodeId::from_bytes(key).verify(b"", &Signature::from_bytes([0; 64]));
    assert_eq!(verdict, Err(SignatureError::InvalidKey));
}

#[test]
fn the_same_signature_spelled_with_a_larger_scalar_does_not_count() {
    let key = SecretKey::from_seed([7; 32]);
    let mut bytes = key.sign(b"hello").to_bytes();
    let mut carry = 0;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let malleated = Signature::from_bytes(bytes);
    assert_eq!(
        key.node_id().verify(b"hello", &malleated),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn a_nonce_of_small_order_does_not_count() {
    let key = SecretKey::from_seed([7; 32]);
    for nonce in SMALL_ORDER {
        let mut bytes = key.sign(b"hello").to_bytes();
        bytes[..32].copy_from_slice(&array::<32>(nonce));
        let verdict = key
            .node_id()
            .verify(b"hello", &Signature::from_bytes(bytes));
        assert_eq!(verdict, Err(SignatureError::Mismatch), "{nonce}");
    }
}

#[test]
fn another_nodes_signature_does_not_count() {
    let (ana, bob) = (SecretKey::from_seed([1; 32]), SecretKey::from_seed([2; 32]));
    let verdict = bob.node_id().verify(b"hello", &ana.sign(b"hello"));
    assert_eq!(verdict, Err(SignatureError::Mismatch));
}

#[test]
fn keys_are_drawn_anew_and_never_printed() {
    let (one, other) = (
        SecretKey::generate().unwrap(),
        SecretKey::generate().unwrap(),
    );
    assert_ne!(one.node_id(), other.node_id());
    assert_eq!(format!("{one:?}"), "SecretKey(..)");
    assert_eq!(format!("{one:#?}"), "SecretKey(..)");
}

proptest! {
    #[test]
    fn what_a_node_signs_counts(seed: [u8; 32], message: Vec<u8>) {
        let key = SecretKey::from_seed(seed);
        prop_assert_eq!(key.node_id().verify(&message, &key.sign(&message)), Ok(()));
    }

    #[test]
    fn one_flipped_bit_anywhere_and_it_does_not(
        seed: [u8; 32],
        mut message in proptest::collection::vec(any::<u8>(), 1..64),
        bit in 0usize..(32 + 64 + 1) * 8,
    ) {
        let key = SecretKey::from_seed(seed);
        let (mut id, mut signature) = (*key.node_id().as_bytes(), key.sign(&message).to_bytes());
        let flip = 1 << (bit % 8);
        match bit / 8 {
            at @ 0..32 => id[at] ^= flip,
            at @ 32..96 => signature[at - 32] ^= flip,
            _ => message[0] ^= flip,
        }
        let verdict = NodeId::from_bytes(id).verify(&message, &Signature::from_bytes(signature));
        prop_assert!(verdict.is_err());
    }

    #[test]
    fn no_bytes_make_the_verifier_panic(
        id: [u8; 32],
        low in proptest::array::uniform32(any::<u8>()),
        high in proptest::array::uniform32(any::<u8>()),
        message: Vec<u8>,
    ) {
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&low);
        signature[32..].copy_from_slice(&high);
        let _ = NodeId::from_bytes(id).verify(&message, &Signature::from_bytes(signature));
    }
}

fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}
