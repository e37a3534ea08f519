//! Values that are sealed, and what does not open them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tazcom_vault::{OpenError, Sealer, Vault};

#[test]
fn a_value_opens_only_under_its_name_in_its_context_and_vault() {
    let vault = Vault::in_memory().unwrap();
    let sealed = vault.sealer("rows").seal(b"name", b"value");
    let opened = vault.sealer("rows").open(b"name", &sealed).unwrap();
    assert_eq!(opened.as_slice(), b"value");
    let refused = |opened: Result<_, OpenError>| opened.map(drop) == Err(OpenError::NotOurs);
    assert!(refused(vault.sealer("rows").open(b"nam", &sealed)));
    assert!(refused(vault.sealer("row").open(b"name", &sealed)));
    let other = Vault::in_memory().unwrap();
    assert!(refused(other.sealer("rows").open(b"name", &sealed)));
}

#[test]
fn no_nonce_is_used_twice() {
    let vault = Vault::in_memory().unwrap();
    let sealers = [vault.sealer("a"), vault.sealer("a"), vault.sealer("b")];
    let mut nonces = BTreeSet::new();
    for _ in 0..1000 {
        for sealer in &sealers {
            let sealed = sealer.seal(b"", b"same");
            assert!(nonces.insert(sealed[..24].to_vec()));
        }
    }
    assert_eq!(nonces.len(), 3000);
}

#[test]
fn a_value_that_is_too_short_was_never_sealed() {
    let sealer = Vault::in_memory().unwrap().sealer("a");
    for len in 0..Sealer::OVERHEAD {
        let refused = sealer.open(b"", &vec![0; len]).map(drop);
        assert_eq!(refused, Err(OpenError::TooShort { len }));
    }
    let refused = sealer.open(b"", &[0; Sealer::OVERHEAD]).map(drop);
    assert_eq!(refused, Err(OpenError::NotOurs));
}

#[test]
fn a_sealer_goes_where_the_work_is() {
    fn is_shared<T: Send + Sync>(_: &T) -> bool {
        true
    }
    let vault = Vault::in_memory().unwrap();
    assert!(is_shared(&vault.sealer("a")) && is_shared(&vault));
}

proptest! {
    #[test]
    fn a_value_comes_back_as_it_was(name in prop::collection::vec(any::<u8>(), 0..40), value in prop::collection::vec(any::<u8>(), 0..300)) {
        let sealer = Vault::in_memory().unwrap().sealer("a");
        let sealed = sealer.seal(&name, &value);
        prop_assert_eq!(sealed.len(), value.len() + Sealer::OVERHEAD);
        let opened = sealer.open(&name, &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), value);
    }

    #[test]
    fn one_bit_is_enough_to_refuse(value in prop::collection::vec(any::<u8>(), 0..60), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let sealer = Vault::in_memory().unwrap().sealer("a");
        let mut sealed = sealer.seal(b"name", &value);
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert_eq!(sealer.open(b"name", &sealed).map(drop), Err(OpenError::NotOurs));
    }
}
