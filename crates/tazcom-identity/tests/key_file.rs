//! The key file: what is read, what is refused, and that nothing is ever overwritten.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tazcom_identity::key_file::{self, FILE_NAME, MAX_FILE_LEN};
use tazcom_identity::{KeyFileError, KeyFormatError, SecretKey};
use tempfile::TempDir;

/// What POC-02 writes for the seed 00 01 02 .. 1f.
const POC: &str = r#"{"signing_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "created": "2024-11-02T18:04:05.123456"}"#;

fn poc_key() -> SecretKey {
    SecretKey::from_seed(std::array::from_fn(|i| u8::try_from(i).unwrap()))
}

struct Place {
    _directory: TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE_NAME);
    Place {
        _directory: directory,
        path,
    }
}

impl Place {
    fn holding(contents: &[u8], mode: u32) -> Self {
        let place = place();
        fs::write(&place.path, contents).unwrap();
        set_mode(&place.path, mode);
        place
    }

    /// Names of everything in the directory.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.path.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

fn format_error(contents: &[u8]) -> KeyFormatError {
    match key_file::parse(contents) {
        Err(error) => error,
        Ok(key) => panic!("read as {:?}", key.node_id()),
    }
}

#[test]
fn a_file_the_python_node_wrote_is_read_as_it_is() {
    let place = Place::holding(POC.as_bytes(), 0o600);
    let key = key_file::load(&place.path).unwrap();
    assert_eq!(key.node_id(), poc_key().node_id());
    assert_eq!(fs::read_to_string(&place.path).unwrap(), POC);
}

#[test]
fn other_layouts_of_the_same_object_are_read() {
    let seed = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    for text in [
        format!(r#"{{"signing_key":"{seed}"}}"#),
        format!("{{\n  \"created\": null,\n  \"signing_key\": \"{seed}\"\n}}\r\n"),
        format!(r#"{{"nick":["ana",{{"x":1}}],"signing_key":"{seed}","created":17,"created":18}}"#),
        // Some writers escape what needs no escape.
        format!(r#"{{"signing\u005fkey":"\u0041{}"}}"#, &seed[1..]),
    ] {
        let key = key_file::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text} {error}"));
        assert_eq!(key.node_id(), poc_key().node_id(), "{text}");
    }
}

#[test]
fn a_created_file_holds_the_key_and_the_time() {
    let place = place();
    key_file::create(&place.path, &poc_key()).unwrap();
    let text = fs::read_to_string(&place.path).unwrap();
    let start = r#"{"signing_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "created": ""#;
    let created = text
        .strip_prefix(start)
        .and_then(|rest| rest.strip_suffix("Z\"}\n"))
        .unwrap_or_else(|| panic!("{text}"));
    assert_eq!(created.len(), "2024-11-02T18:04:05".len());
    let key = key_file::load(&place.path).unwrap();
    assert_eq!(key.node_id(), poc_key().node_id());
}

#[cfg(unix)]
#[test]
fn a_created_file_is_private_and_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = place();
    key_file::create(&place.path, &poc_key()).unwrap();
    let mode = fs::metadata(&place.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert_eq!(place.names(), [FILE_NAME]);
}

#[test]
fn a_file_in_the_current_directory_needs_no_directory_in_its_path() {
    let error = key_file::load(Path::new("there-is-no-such.key")).unwrap_err();
    assert!(matches!(error, KeyFileError::NotFound { .. }), "{error}");
}

#[test]
fn a_missing_file_is_told_apart() {
    let place = place();
    let error = key_file::load(&place.path).unwrap_err();
    assert!(matches!(error, KeyFileError::NotFound { .. }), "{error}");
    assert!(error.to_string().contains(place.path.to_str().unwrap()));
}

#[test]
fn creation_never_replaces_what_is_there() {
    for contents in [POC, "", "not a key at all"] {
        let place = Place::holding(contents.as_bytes(), 0o600);
        let error = key_file::create(&place.path, &poc_key()).unwrap_err();
        assert!(matches!(error, KeyFileError::AlreadyExists { .. }));
        assert!(error.to_string().contains(place.path.to_str().unwrap()));
        assert_eq!(fs::read_to_string(&place.path).unwrap(), contents);
        assert_eq!(place.names(), [FILE_NAME], "the draft is removed");
    }
}

#[test]
fn creation_where_there_is_no_directory_fails_and_makes_none() {
    let place = place();
    let path = place.path.join("deeper/node.key");
    let error = key_file::create(&path, &poc_key()).unwrap_err();
    assert!(matches!(error, KeyFileError::Io { .. }), "{error}");
    assert!(place.names().is_empty());
}

#[cfg(unix)]
#[test]
fn a_file_others_can_read_is_refused_with_the_command_that_mends_it() {
    for mode in [0o644, 0o640, 0o604, 0o660, 0o601, 0o610, 0o666, 0o777] {
        let place = Place::holding(POC.as_bytes(), mode);
        let error = key_file::load(&place.path).unwrap_err();
        let path = place.path.to_str().unwrap();
        let text = error.to_string();
        assert!(matches!(error, KeyFileError::Exposed { mode: found, .. } if found == mode));
        assert!(text.contains(&format!("{mode:04o}")), "{text}");
        assert!(text.ends_with(&format!("chmod 600 {path}")), "{text}");
        assert_eq!(fs::read_to_string(&place.path).unwrap(), POC);
    }
}

#[cfg(unix)]
#[test]
fn the_command_mends_it() {
    let place = Place::holding(POC.as_bytes(), 0o644);
    let text = key_file::load(&place.path).unwrap_err().to_string();
    let (_, command) = text.split_once("run: ").unwrap();
    let status = std::process::Command::new("sh")
        .args(["-c", command])
        .status()
        .unwrap();
    assert!(status.success());
    assert!(key_file::load(&place.path).is_ok());
}

#[cfg(unix)]
#[test]
fn stricter_modes_are_fine() {
    for mode in [0o400, 0o600, 0o700] {
        let place = Place::holding(POC.as_bytes(), mode);
        assert!(key_file::load(&place.path).is_ok(), "{mode:o}");
    }
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_not_followed() {
    let target = Place::holding(POC.as_bytes(), 0o600);
    let place = place();
    for to in [target.path.as_path(), Path::new("/nonexistent")] {
        std::os::unix::fs::symlink(to, &place.path).unwrap();
        let error = key_file::load(&place.path).unwrap_err();
        assert!(matches!(error, KeyFileError::Symlink { .. }), "{error}");
        let error = key_file::create(&place.path, &poc_key()).unwrap_err();
        assert!(matches!(error, KeyFileError::AlreadyExists { .. }));
        assert!(fs::symlink_metadata(&place.path).unwrap().is_symlink());
        fs::remove_file(&place.path).unwrap();
    }
    assert_eq!(fs::read_to_string(&target.path).unwrap(), POC);
}

#[cfg(unix)]
#[test]
fn what_is_not_a_file_is_refused_without_waiting_for_it() {
    use rustix::fs::{CWD, FileType, Mode};
    use tazcom_identity::key_file::FileKind;

    let directory = place();
    fs::create_dir(&directory.path).unwrap();
    let fifo = place();
    rustix::fs::mknodat(CWD, &fifo.path, FileType::Fifo, Mode::from(0o600), 0).unwrap();
    let socket = place();
    let _listener = std::os::unix::net::UnixListener::bind(&socket.path).unwrap();

    for (path, expected) in [
        (directory.path.as_path(), FileKind::Directory),
        (fifo.path.as_path(), FileKind::Fifo),
        (socket.path.as_path(), FileKind::Socket),
        (Path::new("/dev/null"), FileKind::Device),
    ] {
        match key_file::load(path).unwrap_err() {
            KeyFileError::NotAFile { kind, .. } => assert_eq!(kind, expected),
            other => panic!("{other}"),
        }
        let error = key_file::create(path, &poc_key()).unwrap_err();
        assert!(matches!(error, KeyFileError::AlreadyExists { .. }));
    }
}

#[test]
fn other_formats_are_named() {
    use KeyFormatError::*;

    let long = format!(r#"{{"signing_key": "{}"}}"#, "AAAA".repeat(16));
    let longer = format!(r#"{{"signing_key": "{}"}}"#, "AAAA".repeat(100));
    let twice = POC.replace("created", "signing_key");
    let huge = " ".repeat(MAX_FILE_LEN + 1);
    for (contents, expected) in [
        ("", Empty),
        (" \n\t ", Empty),
        (huge.as_str(), TooLong),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz", OpenSsh),
        ("-----BEGIN PRIVATE KEY-----\nMC4CAQAw", Pem),
        ("\n-----BEGIN RSA PRIVATE KEY-----\n", Pem),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", NotJson),
        ("[1, 2]", NotJson),
        ("\"text\"", NotJson),
        (&format!("{POC}{POC}"), NotJson),
        ("{}", NoSigningKey),
        (
            r#"{"key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}"#,
            NoSigningKey,
        ),
        (twice.as_str(), TwoSigningKeys),
        (r#"{"signing_key": 7}"#, NotBase64),
        (r#"{"signing_key": null}"#, NotBase64),
        (r#"{"signing_key": "not base64!"}"#, NotBase64),
        // Without padding, and with the url alphabet.
        (
            r#"{"signing_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#,
            NotBase64,
        ),
        (
            r#"{"signing_key": "__________________________________________8="}"#,
            NotBase64,
        ),
        (r#"{"signing_key": ""}"#, WrongLength),
        (r#"{"signing_key": "AAEC"}"#, WrongLength),
        (long.as_str(), WrongLength),
        (longer.as_str(), WrongLength),
    ] {
        assert_eq!(
            format_error(contents.as_bytes()),
            expected,
            "{contents:.80}"
        );
    }
    assert_eq!(format_error(&[0xde, 0xad, 0xbe, 0xef]), Binary);
    assert_eq!(format_error(&[0x80; 32]), Binary);
}

#[test]
fn a_file_cut_off_anywhere_is_refused_and_kept() {
    for len in 0..POC.len() {
        let expected = if len == 0 {
            KeyFormatError::Empty
        } else {
            KeyFormatError::Truncated
        };
        assert_eq!(format_error(&POC.as_bytes()[..len]), expected, "{len}");
    }
    let place = Place::holding(&POC.as_bytes()[..60], 0o600);
    let error = key_file::load(&place.path).unwrap_err();
    assert!(error.to_string().contains("is cut off"), "{error}");
    assert_eq!(fs::read(&place.path).unwrap(), &POC.as_bytes()[..60]);
}

#[test]
fn a_huge_file_is_refused_after_its_limit() {
    let place = Place::holding(b"{", 0o600);
    // Sparse: reading it all would fill the memory.
    let file = fs::OpenOptions::new()
        .write(true)
        .open(&place.path)
        .unwrap();
    file.set_len(1 << 40).unwrap();
    match key_file::load(&place.path).unwrap_err() {
        KeyFileError::Format { source, .. } => assert_eq!(source, KeyFormatError::TooLong),
        other => panic!("{other}"),
    }
}

#[test]
fn a_file_of_exactly_the_limit_is_read() {
    let padded = format!("{POC}{}", " ".repeat(MAX_FILE_LEN - POC.len()));
    let place = Place::holding(padded.as_bytes(), 0o600);
    assert!(key_file::load(&place.path).is_ok());
    assert_eq!(
        format_error(format!("{padded} ").as_bytes()),
        KeyFormatError::TooLong
    );
}

#[test]
fn no_message_shows_what_is_in_the_file() {
    let secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    for contents in [
        secret.to_owned(),
        format!(r#"{{"signing_key": "{secret}"}}"#),
        format!(r#"{{"signing_key": "{secret}=" oops"#),
        format!(r#"{{"{secret}": 1}}"#),
        format!(r#"{{"signing_key": ["{secret}="]}}"#),
    ] {
        let place = Place::holding(contents.as_bytes(), 0o600);
        let error = key_file::load(&place.path).unwrap_err();
        let source = error.source().map(ToString::to_string);
        let shown = format!("{error} {error:?} {source:?}");
        assert!(!shown.contains(&secret[..8]), "{shown}");
    }
}

proptest! {
    #[test]
    fn every_key_survives_its_file(seed: [u8; 32]) {
        let place = place();
        let key = SecretKey::from_seed(seed);
        key_file::create(&place.path, &key).unwrap();
        prop_assert_eq!(key_file::load(&place.path).unwrap().node_id(), key.node_id());
    }

    #[test]
    fn no_contents_make_the_parser_panic(contents: Vec<u8>) {
        let _ = key_file::parse(&contents);
    }

    #[test]
    fn a_changed_byte_never_makes_the_parser_panic(at in 0..POC.len(), byte: u8) {
        let mut contents = POC.as_bytes().to_vec();
        contents[at] = byte;
        let _ = key_file::parse(&contents);
    }
}
