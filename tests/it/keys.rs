//! Key files a node must not use: it says what is wrong and what mends it, and leaves them alone.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tazcom_tests::{Host, Node, Refusal};
use tempfile::TempDir;

use crate::on_loopback;

struct DataDir {
    directory: TempDir,
}

impl DataDir {
    /// A data directory with a good key in it, made by the program itself.
    fn with_key() -> Self {
        let directory = TempDir::new().unwrap();
        let made = Node::cli(
            &Host::loopback(),
            ["id", "--data-dir", path_text(directory.path())],
        );
        assert!(made.status.success(), "{made:?}");
        Self { directory }
    }

    /// A data directory whose key file holds `text`.
    fn with_text(text: &[u8]) -> Self {
        let directory = TempDir::new().unwrap();
        let this = Self { directory };
        fs::write(this.key(), text).unwrap();
        this.chmod(0o600);
        this
    }

    fn key(&self) -> PathBuf {
        self.directory.path().join("node.key")
    }

    fn chmod(&self, mode: u32) {
        fs::set_permissions(self.key(), Permissions::from_mode(mode)).unwrap();
    }

    /// A node here must end with a plain error that names the file.
    fn is_refused(&self) -> Refusal {
        let refusal = on_loopback("refused")
            .data_dir(self.directory.path())
            .refused(&Host::loopback());
        assert_eq!(refusal.code, 1, "{refusal:?}");
        assert!(
            refusal.log.contains(path_text(&self.key())),
            "the file is not named: {refusal:?}"
        );
        assert!(!refusal.log.contains("panicked"), "{refusal:?}");
        refusal
    }

    fn is_refused_and_left_alone(&self) -> Refusal {
        let before = fs::read(self.key()).unwrap();
        let mode = fs::metadata(self.key()).unwrap().permissions().mode();
        let refusal = self.is_refused();
        assert_eq!(
            fs::read(self.key()).unwrap(),
            before,
            "the file was changed"
        );
        assert_eq!(fs::metadata(self.key()).unwrap().permissions().mode(), mode);
        refusal
    }
}

fn path_text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_key_others_can_read_is_refused_with_the_command_that_mends_it() {
    let data_dir = DataDir::with_key();
    data_dir.chmod(0o644);
    let refusal = data_dir.is_refused_and_left_alone();
    assert!(refusal.log.contains("chmod 600"), "{refusal:?}");
}

#[test]
fn a_truncated_key_is_refused() {
    let whole = fs::read(DataDir::with_key().key()).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len() - 3] {
        DataDir::with_text(&whole[..length]).is_refused_and_left_alone();
    }
}

#[test]
fn a_key_of_another_program_is_refused() {
    for text in [
        &b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\n"[..],
        b"{\"private_key\": \"c2VjcmV0\"}",
        b"{\"signing_key\": \"c2VjcmV0\", \"created\": \"2026-01-01T00:00:00\"}",
        b"[]",
        &[0xfe; 64],
    ] {
        DataDir::with_text(text).is_refused_and_left_alone();
    }
}

#[test]
fn a_link_in_place_of_the_key_is_refused() {
    let real = DataDir::with_key();
    let data_dir = DataDir {
        directory: TempDir::new().unwrap(),
    };
    symlink(real.key(), data_dir.key()).unwrap();
    let before = fs::read(real.key()).unwrap();
    data_dir.is_refused();
    assert!(data_dir.key().is_symlink(), "the link was replaced");
    assert_eq!(fs::read(real.key()).unwrap(), before);
}

#[test]
fn a_link_to_nowhere_is_refused_and_nothing_made_behind_it() {
    let elsewhere = TempDir::new().unwrap();
    let target = elsewhere.path().join("planted");
    let data_dir = DataDir {
        directory: TempDir::new().unwrap(),
    };
    symlink(&target, data_dir.key()).unwrap();
    data_dir.is_refused();
    assert!(!target.exists(), "a key was written through the link");
}

#[test]
fn a_directory_in_place_of_the_key_is_refused() {
    let data_dir = DataDir {
        directory: TempDir::new().unwrap(),
    };
    fs::create_dir(data_dir.key()).unwrap();
    data_dir.is_refused();
    assert!(data_dir.key().is_dir());
}

#[test]
fn a_new_key_is_for_its_owner_only() {
    let data_dir = DataDir::with_key();
    let mode = fs::metadata(data_dir.key()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_key_file_of_the_prototype_is_used_as_it_is() {
    // The first key pair of RFC 8032 section 7.1.
    let seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let public = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let text = format!(
        "{{\"signing_key\": \"{}\", \"created\": \"2025-06-01T12:00:00.123456\"}}",
        STANDARD.encode(seed)
    );
    let data_dir = DataDir::with_text(text.as_bytes());
    let node = on_loopback("prototype")
        .data_dir(data_dir.directory.path())
        .spawn(&Host::loopback());
    assert_eq!(node.id(), URL_SAFE_NO_PAD.encode(public));
    assert_eq!(fs::read(data_dir.key()).unwrap(), text.as_bytes());
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
