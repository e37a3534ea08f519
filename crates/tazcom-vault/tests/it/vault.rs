//! The file of the vault and its passphrase.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tazcom_vault::{
    Cost, Passphrase, PassphraseError, State, Vault, VaultError, change_passphrase_at,
};
use tempfile::TempDir;

pub(crate) fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).expect("a passphrase")
}

/// A directory with a vault under "secret".
pub(crate) fn locked() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let secret = passphrase("secret");
    change_passphrase_at(dir.path(), None, Some(&secret), Cost::sim()).expect("it can be set");
    dir
}

fn file(dir: &Path) -> serde_json::Value {
    let text = fs::read(dir.join("vault.key")).expect("a file");
    serde_json::from_slice(&text).expect("an object")
}

fn write(dir: &Path, value: &serde_json::Value) {
    fs::write(dir.join("vault.key"), value.to_string()).expect("it is written");
}

#[test]
fn a_vault_is_made_where_there_is_none_and_is_the_same_the_next_time() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    assert_eq!(Vault::state(dir).unwrap(), State::None);
    let sealed = Vault::open(dir, None).unwrap().sealer("a").seal(b"n", b"v");
    assert_eq!(Vault::state(dir).unwrap(), State::Open);
    let vault = Vault::open(dir, None).unwrap();
    assert!(!vault.is_locked());
    assert_eq!(
        vault.sealer("a").open(b"n", &sealed).unwrap().as_slice(),
        b"v"
    );
}

#[test]
fn a_vault_that_is_made_with_a_passphrase_needs_it() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let secret = passphrase("secret");
    let vault = Vault::open(dir, Some(&secret)).unwrap();
    assert!(vault.is_locked());
    assert_eq!(Vault::state(dir).unwrap(), State::Locked);
    assert!(matches!(
        Vault::open(dir, None),
        Err(VaultError::Locked { .. })
    ));
    let sealed = vault.sealer("a").seal(b"n", b"v");
    let again = Vault::open(dir, Some(&secret)).unwrap();
    assert_eq!(
        again.sealer("a").open(b"n", &sealed).unwrap().as_slice(),
        b"v"
    );
    assert_eq!(file(dir)["kdf"]["m"], 65536);
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_says_what_it_may_be() {
    let dir = locked();
    let error = Vault::open(dir.path(), Some(&passphrase("Secret"))).unwrap_err();
    assert!(matches!(error, VaultError::Wrong { .. }));
    let said = error.to_string();
    assert!(said.starts_with("wrong passphrase, or the file "), "{said}");
    assert!(said.contains("damaged"), "{said}");
}

#[test]
fn a_passphrase_where_none_is_set_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    Vault::open(dir.path(), None).unwrap();
    let refused = Vault::open(dir.path(), Some(&passphrase("secret")));
    assert!(matches!(refused, Err(VaultError::NotLocked { .. })));
}

#[test]
fn after_a_change_the_old_passphrase_opens_nothing_and_what_was_sealed_opens() {
    let dir = locked();
    let dir = dir.path();
    let (old, new) = (passphrase("secret"), passphrase("other"));
    let vault = Vault::open(dir, Some(&old)).unwrap();
    let sealed = vault.sealer("a").seal(b"n", b"v");
    change_passphrase_at(dir, Some(&old), Some(&new), Cost::sim()).unwrap();
    assert!(matches!(
        Vault::open(dir, Some(&old)),
        Err(VaultError::Wrong { .. })
    ));
    let vault = Vault::open(dir, Some(&new)).unwrap();
    assert_eq!(
        vault.sealer("a").open(b"n", &sealed).unwrap().as_slice(),
        b"v"
    );
    change_passphrase_at(dir, Some(&new), None, Cost::sim()).unwrap();
    assert_eq!(Vault::state(dir).unwrap(), State::Open);
    let vault = Vault::open(dir, None).unwrap();
    assert_eq!(
        vault.sealer("a").open(b"n", &sealed).unwrap().as_slice(),
        b"v"
    );
}

#[test]
fn a_change_with_a_wrong_passphrase_changes_nothing() {
    let dir = locked();
    let before = file(dir.path());
    let wrong = passphrase("wrong");
    let refused = change_passphrase_at(dir.path(), Some(&wrong), None, Cost::sim());
    assert!(matches!(refused, Err(VaultError::Wrong { .. })));
    let refused = change_passphrase_at(dir.path(), None, Some(&wrong), Cost::sim());
    assert!(matches!(refused, Err(VaultError::Locked { .. })));
    assert_eq!(file(dir.path()), before);
}

#[test]
fn a_file_that_asks_for_too_much_is_refused_before_anything_is_done() {
    let dir = locked();
    let dir = dir.path();
    let secret = passphrase("secret");
    let sound = file(dir);
    // Each at its limit is tried, and opens nothing for the header is authenticated; one past it is not.
    for (name, most) in [("t", 10_u64), ("p", 4)] {
        let mut planted = sound.clone();
        // Argon2 needs eight blocks a lane.
        planted["kdf"]["m"] = 32.into();
        planted["kdf"][name] = most.into();
        write(dir, &planted);
        let tried = Vault::open(dir, Some(&secret));
        assert!(matches!(tried, Err(VaultError::Wrong { .. })), "{name}");
        planted["kdf"][name] = (most + 1).into();
        write(dir, &planted);
        let refused = Vault::open(dir, Some(&secret));
        assert!(
            matches!(refused, Err(VaultError::TooCostly { .. })),
            "{name}"
        );
    }
    for memory in [1024 * 1024 + 1, u64::from(u32::MAX)] {
        let mut planted = sound.clone();
        planted["kdf"]["m"] = memory.into();
        write(dir, &planted);
        let refused = Vault::open(dir, Some(&secret));
        assert!(matches!(refused, Err(VaultError::TooCostly { .. })));
    }
    write(dir, &sound);
    Vault::open(dir, Some(&secret)).unwrap();
}

#[test]
fn every_part_of_the_file_is_authenticated() {
    let dir = locked();
    let dir = dir.path();
    let secret = passphrase("secret");
    let sound = file(dir);
    for (name, value) in [
        ("salt", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("nonce", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        (
            "sealed",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ),
    ] {
        let mut changed = sound.clone();
        changed[name] = value.into();
        write(dir, &changed);
        let refused = Vault::open(dir, Some(&secret));
        assert!(
            matches!(refused, Err(VaultError::Wrong { .. })),
            "{name}: {refused:?}"
        );
    }
    // Nor can it be made to look as if it needed no passphrase.
    let mut changed = sound;
    changed["kdf"] = serde_json::json!({"name": "none"});
    write(dir, &changed);
    assert!(matches!(
        Vault::open(dir, None),
        Err(VaultError::Damaged { .. })
    ));
}

#[test]
fn a_file_that_is_no_vault_is_told_and_left() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    drop(locked());
    Vault::open(dir, None).unwrap();
    let sound = file(dir);
    let mut later = sound.clone();
    later["version"] = 2.into();
    let mut more = sound.clone();
    more["hint"] = "my dog".into();
    let mut short = sound;
    short["salt"] = "AAAA".into();
    let long = format!("{}{}", later, " ".repeat(5000));
    for (contents, is_later) in [
        (String::new(), false),
        ("{".to_owned(), false),
        ("[]".to_owned(), false),
        (more.to_string(), false),
        (short.to_string(), false),
        (long, false),
        (later.to_string(), true),
    ] {
        fs::write(dir.join("vault.key"), &contents).unwrap();
        match Vault::open(dir, None).unwrap_err() {
            VaultError::Later { .. } => assert!(is_later, "{contents}"),
            VaultError::Damaged { .. } => assert!(!is_later, "{contents}"),
            other => panic!("{contents}: {other}"),
        }
        assert_eq!(fs::read_to_string(dir.join("vault.key")).unwrap(), contents);
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_private_and_one_that_is_not_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vault.key");
    Vault::open(dir.path(), None).unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(
        Vault::open(dir.path(), None),
        Err(VaultError::File { .. })
    ));
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_file_is_not_followed() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Vault::open(other.path(), None).unwrap();
    let path = dir.path().join("vault.key");
    std::os::unix::fs::symlink(other.path().join("vault.key"), path).unwrap();
    assert!(matches!(
        Vault::open(dir.path(), None),
        Err(VaultError::File { .. })
    ));
}

#[test]
fn a_passphrase_is_taken_up_to_its_limit_and_without_its_line_end() {
    let of = |len| Passphrase::new("a".repeat(len)).map(drop);
    assert_eq!(of(Passphrase::MAX_LEN), Ok(()));
    let len = Passphrase::MAX_LEN + 1;
    assert_eq!(of(len), Err(PassphraseError::TooLong { len }));
    assert_eq!(of(0), Err(PassphraseError::Empty));
    let only_a_line_end = Passphrase::new("\r\n".to_owned()).map(drop);
    assert_eq!(only_a_line_end, Err(PassphraseError::Empty));
    let dir = locked();
    Vault::open(dir.path(), Some(&passphrase("secret\n"))).unwrap();
    assert!(Vault::open(dir.path(), Some(&passphrase(" secret"))).is_err());
}

#[test]
fn no_secret_is_printed() {
    let dir = locked();
    let secret = passphrase("secret");
    let vault = Vault::open(dir.path(), Some(&secret)).unwrap();
    let printed = format!("{secret:?} {vault:?} {:?}", vault.sealer("a"));
    assert_eq!(printed, "Passphrase(..) Vault(..) Sealer(..)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_contents_make_it_panic(contents in prop::collection::vec(any::<u8>(), 0..300)) {
        let dir = tempfile::tempdir().unwrap();
        Vault::open(dir.path(), None).unwrap();
        fs::write(dir.path().join("vault.key"), contents).unwrap();
        prop_assert!(Vault::open(dir.path(), None).is_err());
    }
}
