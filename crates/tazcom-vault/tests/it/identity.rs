//! The key of the node, readable or sealed, as the vault is.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tazcom_identity::{DataDir, KeyFileError, key_file};
use tazcom_vault::{Cost, Vault, VaultError, change_passphrase_at};

use crate::vault::{locked, passphrase};

#[test]
fn without_a_passphrase_the_key_file_is_what_it_always_was() {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(dir.path()).unwrap();
    let vault = Vault::open(data.path(), None).unwrap();
    let key = vault.load_identity(data.path()).unwrap();
    assert_eq!(data.load_or_create_key().unwrap().node_id(), key.node_id());
}

#[test]
fn a_key_that_was_there_before_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(dir.path()).unwrap();
    let id = data.load_or_create_key().unwrap().node_id();
    let vault = Vault::open(data.path(), None).unwrap();
    assert_eq!(vault.load_identity(data.path()).unwrap().node_id(), id);
}

#[test]
fn with_a_passphrase_the_key_file_holds_no_readable_key() {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(dir.path()).unwrap();
    let key = data.load_or_create_key().unwrap();
    let seed = key.expose_seed();
    let secret = passphrase("secret");
    change_passphrase_at(data.path(), None, Some(&secret), Cost::sim()).unwrap();

    let contents = fs::read(data.path().join(key_file::FILE_NAME)).unwrap();
    let text = STANDARD.encode(seed.as_slice());
    let holds = |needle: &[u8]| {
        contents
            .windows(needle.len())
            .any(|window| window == needle)
    };
    assert!(!holds(text.as_bytes()) && !holds(&seed[..8]));

    let refused = data.load_or_create_key();
    assert!(matches!(refused, Err(KeyFileError::Locked { .. })));
    let said = refused.unwrap_err().to_string();
    assert!(
        said.ends_with("is locked: it needs the passphrase"),
        "{said}"
    );

    let vault = Vault::open(data.path(), Some(&secret)).unwrap();
    let opened = vault.load_identity(data.path()).unwrap();
    assert_eq!(opened.node_id(), key.node_id());
    change_passphrase_at(data.path(), Some(&secret), None, Cost::sim()).unwrap();
    assert_eq!(data.load_or_create_key().unwrap().node_id(), key.node_id());
}

#[test]
fn a_new_key_in_a_locked_vault_is_never_readable() {
    let dir = locked();
    let secret = passphrase("secret");
    let vault = Vault::open(dir.path(), Some(&secret)).unwrap();
    let id = vault.load_identity(dir.path()).unwrap().node_id();
    let loaded = key_file::load(&dir.path().join(key_file::FILE_NAME));
    assert!(matches!(loaded, Err(KeyFileError::Locked { .. })));
    assert_eq!(vault.load_identity(dir.path()).unwrap().node_id(), id);
}

#[test]
fn a_key_of_another_vault_is_told_and_left() {
    let (dir, other) = (locked(), locked());
    let secret = passphrase("secret");
    let open = |dir| Vault::open(dir, Some(&secret)).unwrap();
    open(other.path()).load_identity(other.path()).unwrap();
    let path = dir.path().join(key_file::FILE_NAME);
    fs::copy(other.path().join(key_file::FILE_NAME), &path).unwrap();
    let before = fs::read(&path).unwrap();
    let refused = open(dir.path()).load_identity(dir.path());
    assert!(matches!(refused, Err(VaultError::Identity { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_sealed_key_is_told_as_one() {
    let dir = locked();
    let secret = passphrase("secret");
    let vault = Vault::open(dir.path(), Some(&secret)).unwrap();
    vault.load_identity(dir.path()).unwrap();
    let path = dir.path().join(key_file::FILE_NAME);
    for sealed in ["", "!", &"A".repeat(1372)] {
        fs::write(&path, format!("{{\"locked_signing_key\": \"{sealed}\"}}")).unwrap();
        let refused = vault.load_identity(dir.path());
        let format = VaultError::KeyFile(KeyFileError::NotFound { path: path.clone() });
        assert_eq!(
            std::mem::discriminant(&refused.unwrap_err()),
            std::mem::discriminant(&format)
        );
        let loaded = key_file::load(&path).unwrap_err();
        assert!(matches!(loaded, KeyFileError::Format { .. }), "{loaded}");
    }
}

#[test]
fn no_vault_is_made_in_the_place_of_one_that_is_gone() {
    let dir = locked();
    let secret = passphrase("secret");
    let vault = Vault::open(dir.path(), Some(&secret)).unwrap();
    vault.load_identity(dir.path()).unwrap();
    fs::remove_file(dir.path().join("vault.key")).unwrap();
    for given in [None, Some(&secret)] {
        let refused = Vault::open(dir.path(), given);
        assert!(matches!(refused, Err(VaultError::Gone { .. })));
    }
    assert!(!dir.path().join("vault.key").exists());
}
