//! The key file under a passphrase: recognised, refused, and changed from one form to the other.

use std::fs;

use proptest::prelude::*;
use tazcom_identity::key_file::{self, FILE_NAME, MAX_FILE_LEN, MAX_SEALED_LEN, Stored};
use tazcom_identity::{DataDir, KeyFileError, KeyFormatError, SecretKey};

fn key() -> SecretKey {
    SecretKey::from_seed([7; 32])
}

#[test]
fn a_sealed_key_is_refused_with_the_reason_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(dir.path()).unwrap();
    let path = dir.path().join(FILE_NAME);
    key_file::create_locked(&path, b"sealed").unwrap();
    let before = fs::read(&path).unwrap();
    let error = data.load_or_create_key().unwrap_err();
    assert!(matches!(error, KeyFileError::Locked { .. }));
    assert!(
        error
            .to_string()
            .ends_with("is locked: it needs the passphrase")
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn what_was_sealed_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    for sealed in [vec![0], vec![0xa5; MAX_SEALED_LEN]] {
        key_file::create_locked(&path, &sealed).unwrap();
        assert!(fs::metadata(&path).unwrap().len() <= u64::try_from(MAX_FILE_LEN).unwrap());
        match key_file::load_stored(&path).unwrap() {
            Stored::Locked(read) => assert_eq!(read, sealed),
            Stored::Plain(_) => panic!("it is sealed"),
        }
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn what_is_empty_or_too_long_was_not_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    for sealed in [vec![], vec![0xa5; MAX_SEALED_LEN + 1]] {
        key_file::create_locked(&path, &sealed).unwrap();
        let refused = key_file::load_stored(&path).unwrap_err();
        let KeyFileError::Format { source, .. } = refused else {
            panic!("{refused}");
        };
        assert_eq!(source, KeyFormatError::BadLocked);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_key_goes_from_one_form_to_the_other_and_stays_private() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    key_file::create(&path, &key()).unwrap();
    key_file::replace(&path, &Stored::Locked(b"sealed".to_vec())).unwrap();
    assert!(matches!(
        key_file::load_stored(&path),
        Ok(Stored::Locked(_))
    ));
    key_file::replace(&path, &Stored::Plain(key())).unwrap();
    assert_eq!(key_file::load(&path).unwrap().node_id(), key().node_id());
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        1,
        "no draft is left"
    );
}

#[test]
fn a_sealed_key_never_replaces_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    key_file::create(&path, &key()).unwrap();
    let refused = key_file::create_locked(&path, b"sealed");
    assert!(matches!(refused, Err(KeyFileError::AlreadyExists { .. })));
    assert_eq!(key_file::load(&path).unwrap().node_id(), key().node_id());
}

#[test]
fn the_seed_that_is_exposed_is_the_seed() {
    assert_eq!(*key().expose_seed(), [7; 32]);
    let printed = format!("{:?}", Stored::Plain(key()));
    assert_eq!(printed, "Plain(SecretKey(..))");
}

proptest! {
    #[test]
    fn no_contents_make_it_panic(contents in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(key_file::parse_stored(&contents).is_err());
    }
}
