//! A wipe that is cut off, at every step, by the death of the process.

use std::path::PathBuf;
use std::process::Command;

use super::*;

const CHILD_DIR: &str = "TAZCOM_TEST_WIPE_DIR";
const CHILD_STEP: &str = "TAZCOM_TEST_WIPE_STEP";

const NAME: &str = "wipe::tests::dies_at_a_step_when_told_so";
const CANARY: &[u8] = b"canary-of-a-secret";

/// Everything that is ours, each with a canary in it.
const ALL: [&str; 13] = [
    "vault.key",
    "node.key",
    "messages.db",
    "messages.db-wal",
    "messages.db-shm",
    "messages.db.damaged-1",
    "messages.db.damaged-12-wal",
    "messages.lock",
    "peers.pins",
    "config.toml",
    "control.sock",
    ".node.key.0123456789abcdef.tmp",
    ".config.toml.0123456789abcdef.tmp",
];

fn filled() -> (tempfile::TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("tazcom");
    drop(DataDir::open(&dir).unwrap());
    for name in ALL {
        fs::write(dir.join(name), CANARY).unwrap();
    }
    (temporary, dir)
}

fn has_canary(dir: &Path) -> bool {
    let Ok(entries) = fs::read_dir(dir) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let contents = fs::read(entry.path()).unwrap_or_default();
        contents
            .windows(CANARY.len())
            .any(|window| window == CANARY)
    })
}

/// In a child process: wipes and dies on the way. Else it wipes to the end.
#[test]
fn dies_at_a_step_when_told_so() {
    let variables = [CHILD_DIR, CHILD_STEP].map(|name| std::env::var(name).ok());
    let [Some(dir), Some(step)] = variables else {
        let (_temporary, dir) = filled();
        let wiped = wipe(&dir).unwrap();
        assert!(wiped.directory_removed && !dir.exists());
        return;
    };
    let step: usize = step.parse().unwrap();
    let mut steps = 0;
    wipe_watched(dir.as_ref(), &mut |_| {
        steps += 1;
        if steps == step {
            std::process::abort();
        }
    })
    .unwrap();
}

#[test]
fn a_wipe_that_is_cut_off_anywhere_goes_on_and_leaves_no_canary() {
    let mut step = 1;
    loop {
        let (_temporary, dir) = filled();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME])
            .env(CHILD_DIR, &dir)
            .env(CHILD_STEP, step.to_string())
            .output()
            .unwrap();
        let died = !child.status.success();
        if has_canary(&dir) {
            assert!(
                wipe_begun(&dir),
                "step {step}: what is left is known to be left"
            );
        }
        resume_wipe(&dir).unwrap();
        assert!(!wipe_begun(&dir) && !has_canary(&dir), "step {step}");
        if !died {
            break;
        }
        step += 1;
    }
    assert!(step > ALL.len(), "there are steps: {step}");
}

#[test]
fn the_keys_go_first() {
    let (_temporary, dir) = filled();
    let wiped = wipe(&dir).unwrap();
    let first: Vec<_> = wiped.removed.iter().take(2).collect();
    assert_eq!(first, ["vault.key", "node.key"]);
    // A draft of the key went when the directory was taken; the marker and the lock are gone, too.
    assert_eq!(wiped.removed.len(), ALL.len() - 1 + 2);
}

#[test]
fn what_is_written_over_is_zeros_on_the_disk() {
    use std::io::Read as _;

    let (_temporary, dir) = filled();
    let long: Vec<u8> = CANARY.iter().copied().cycle().take(200_001).collect();
    fs::write(dir.join("messages.db"), &long).unwrap();
    let held = |name: &str| fs::File::open(dir.join(name)).unwrap();
    let files = [
        (held("messages.db"), long.len()),
        (held(".node.key.0123456789abcdef.tmp"), CANARY.len()),
    ];
    wipe(&dir).unwrap();
    for (mut file, len) in files {
        let mut contents = Vec::new();
        file.read_to_end(&mut contents).unwrap();
        assert_eq!(contents.len(), len);
        assert!(contents.iter().all(|byte| *byte == 0));
    }
}

#[test]
fn what_is_not_ours_is_left_and_named() {
    let (_temporary, dir) = filled();
    let others = [
        "messages.db.damaged-",
        "messages.dbx",
        "my-letter.txt",
        "node.key.backup",
    ];
    for name in others {
        fs::write(dir.join(name), b"mine").unwrap();
    }
    fs::create_dir(dir.join("folder")).unwrap();
    let wiped = wipe(&dir).unwrap();
    let mut expected: Vec<OsString> = others.map(OsString::from).to_vec();
    expected.push("folder".into());
    expected.sort();
    assert_eq!(wiped.left, expected);
    assert_eq!((wiped.left_unnamed, wiped.directory_removed), (0, false));
    for name in others {
        assert_eq!(fs::read(dir.join(name)).unwrap(), b"mine");
    }
}

#[test]
fn of_more_than_a_hundred_that_are_not_ours_the_rest_is_counted() {
    let (_temporary, dir) = filled();
    for number in 0..=MAX_LEFT {
        fs::write(dir.join(format!("mine-{number}")), b"").unwrap();
    }
    let wiped = wipe(&dir).unwrap();
    assert_eq!((wiped.left.len(), wiped.left_unnamed), (MAX_LEFT, 1));
}

#[test]
fn a_directory_that_a_node_uses_is_not_touched() {
    let (_temporary, dir) = filled();
    let node = DataDir::open(&dir).unwrap();
    assert!(matches!(wipe(&dir), Err(WipeError::InUse { .. })));
    assert!(!wipe_begun(&dir) && has_canary(&dir));
    drop(node);
    wipe(&dir).unwrap();
}

#[test]
fn where_there_is_nothing_nothing_is_done() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("none");
    assert_eq!(wipe(&dir).unwrap(), Wiped::default());
    assert_eq!(resume_wipe(&dir).unwrap(), None);
    assert!(!dir.exists());
}

#[cfg(unix)]
#[test]
fn a_link_is_removed_and_not_followed() {
    let (temporary, dir) = filled();
    let elsewhere = temporary.path().join("elsewhere");
    fs::write(&elsewhere, CANARY).unwrap();
    fs::remove_file(dir.join("node.key")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, dir.join("node.key")).unwrap();
    // A second name for a file of somebody else is taken away, and the file stays as it is.
    let twice = temporary.path().join("twice");
    fs::write(&twice, CANARY).unwrap();
    fs::remove_file(dir.join("config.toml")).unwrap();
    fs::hard_link(&twice, dir.join("config.toml")).unwrap();
    wipe(&dir).unwrap();
    assert!(!dir.exists());
    assert_eq!(fs::read(&elsewhere).unwrap(), CANARY);
    assert_eq!(fs::read(&twice).unwrap(), CANARY);
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_socket_of_that_name_does_not_hold_it_up() {
    let (_temporary, dir) = filled();
    fs::remove_file(dir.join("control.sock")).unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(dir.join("control.sock")).unwrap();
    wipe(&dir).unwrap();
    assert!(!dir.exists());
}
