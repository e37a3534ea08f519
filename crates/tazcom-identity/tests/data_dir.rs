//! A data directory has one owner, and the key in it outlives everything.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use tazcom_identity::key_file::FILE_NAME;
use tazcom_identity::{DataDir, DataDirError, KeyFileError};

#[test]
fn the_first_open_makes_the_directory_and_the_key_and_the_next_finds_them() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("share/tazcom");

    let data = DataDir::open(&path).unwrap();
    assert_eq!(data.path(), path);
    let id = data.load_or_create_key().unwrap().node_id();
    assert_eq!(data.load_or_create_key().unwrap().node_id(), id);
    drop(data);

    let data = DataDir::open(&path).unwrap();
    assert_eq!(data.load_or_create_key().unwrap().node_id(), id);
}

#[cfg(unix)]
#[test]
fn a_new_directory_is_private_and_one_that_was_there_is_left_as_it_is() {
    let temporary = tempfile::tempdir().unwrap();
    let new = temporary.path().join("new");
    let _data = DataDir::open(&new).unwrap();
    assert_eq!(mode(&new), 0o700);

    let old = temporary.path().join("old");
    fs::create_dir(&old).unwrap();
    set_mode(&old, 0o755);
    let _data = DataDir::open(&old).unwrap();
    assert_eq!(mode(&old), 0o755);
}

#[test]
fn a_second_node_is_refused_and_told_what_to_do() {
    let temporary = tempfile::tempdir().unwrap();
    let first = DataDir::open(temporary.path()).unwrap();
    let error = DataDir::open(temporary.path()).unwrap_err();
    assert!(matches!(error, DataDirError::InUse { .. }));
    let text = error.to_string();
    for part in [
        "--data-dir",
        "--ephemeral",
        temporary.path().to_str().unwrap(),
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains('\n'));
    drop(first);
    assert!(DataDir::open(temporary.path()).is_ok());
}

const HOLD: &str = "TAZCOM_TEST_HOLD_DIRECTORY";

/// Not a test by itself: what the process of the test below does.
#[test]
fn hold_the_directory_until_killed() {
    let Some(path) = std::env::var_os(HOLD) else {
        return;
    };
    let _data = DataDir::open(path).unwrap();
    // To the terminal of the parent, past the test harness.
    std::io::Write::write_all(&mut std::io::stdout(), b"\nholding\n").unwrap();
    let _ = std::io::stdin().read(&mut [0]);
}

#[test]
fn another_process_is_refused_until_the_first_is_killed() {
    let temporary = tempfile::tempdir().unwrap();
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hold_the_directory_until_killed", "--nocapture"])
        .env(HOLD, temporary.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(holder.stdout.take().unwrap());
    let holding = output
        .lines()
        .any(|line| line.unwrap().ends_with("holding"));
    assert!(holding, "the other process has the directory");

    let error = DataDir::open(temporary.path()).unwrap_err();
    assert!(matches!(error, DataDirError::InUse { .. }), "{error}");

    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(DataDir::open(temporary.path()).is_ok());
}

#[test]
fn a_file_in_the_place_of_the_directory_is_refused() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("file");
    fs::write(&path, "mine").unwrap();
    for path in [path.clone(), path.join("below")] {
        let error = DataDir::open(&path).unwrap_err();
        assert!(
            matches!(error, DataDirError::NotADirectory { .. }),
            "{error}"
        );
        assert!(error.to_string().contains(path.to_str().unwrap()));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn a_directory_everybody_can_change_is_refused_with_the_command_that_mends_it() {
    let temporary = tempfile::tempdir().unwrap();
    set_mode(temporary.path(), 0o777);
    let text = DataDir::open(temporary.path()).unwrap_err().to_string();
    let command = format!("chmod 700 {}", temporary.path().display());
    assert!(text.ends_with(&command), "{text}");
    assert!(fs::read_dir(temporary.path()).unwrap().next().is_none());
}

#[cfg(unix)]
#[test]
fn a_directory_like_tmp_where_others_cannot_replace_files_is_accepted() {
    let temporary = tempfile::tempdir().unwrap();
    set_mode(temporary.path(), 0o1777);
    assert!(DataDir::open(temporary.path()).is_ok());
}

#[cfg(unix)]
#[test]
fn a_lock_file_that_is_a_link_is_not_followed() {
    let temporary = tempfile::tempdir().unwrap();
    let target = temporary.path().join("target");
    let path = temporary.path().join("data");
    fs::create_dir(&path).unwrap();
    std::os::unix::fs::symlink(&target, path.join("node.lock")).unwrap();
    let error = DataDir::open(&path).unwrap_err();
    assert!(matches!(error, DataDirError::Io { .. }), "{error}");
    assert!(!target.exists());
}

#[test]
fn a_damaged_key_is_an_error_and_no_reason_for_a_new_one() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join(FILE_NAME);
    fs::write(&path, "damaged").unwrap();
    #[cfg(unix)]
    set_mode(&path, 0o600);
    let data = DataDir::open(temporary.path()).unwrap();
    let error = data.load_or_create_key().unwrap_err();
    assert!(matches!(error, KeyFileError::Format { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "damaged");
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn drafts_that_a_killed_process_left_are_removed_and_nothing_else_is() {
    let home = tempfile::tempdir().unwrap();
    let put = |name: &str| fs::write(home.path().join(name), "x").unwrap();
    let draft = ".node.key.0123456789abcdef.tmp";
    let others = [
        ".node.key.0123456789ABCDEF.tmp",
        ".node.key.0123456789abcde.tmp",
        ".node.key.0123456789abcdef.tmp~",
        ".other.key.0123456789abcdef.tmp",
        "node.key.0123456789abcdef.tmp",
    ];
    put(draft);
    others.iter().for_each(|name| put(name));
    let directory = ".node.key.fedcba9876543210.tmp";
    fs::create_dir(home.path().join(directory)).unwrap();

    let held = DataDir::open(home.path()).unwrap();
    assert!(!home.path().join(draft).exists());
    for name in others.iter().chain([&directory]) {
        assert!(home.path().join(name).exists(), "{name} was removed");
    }
    // Whoever is refused removes nothing: the draft may be the holder's.
    put(draft);
    assert!(DataDir::open(home.path()).is_err());
    assert!(home.path().join(draft).exists());
    drop(held);
}

#[cfg(unix)]
#[test]
fn a_link_named_like_a_draft_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("mine");
    fs::write(&target, "x").unwrap();
    let link = home.path().join(".node.key.0123456789abcdef.tmp");
    std::os::unix::fs::symlink(&target, &link).unwrap();
    DataDir::open(home.path()).unwrap();
    assert!(link.is_symlink() && target.exists());
}
