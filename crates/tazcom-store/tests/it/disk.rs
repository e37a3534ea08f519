//! Files that are not as they should be, and what a person is told.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rand_core::Rng as _;
use tazcom_store::{Config, Query, SET_ASIDE_OPTION, Store, StoreError};
use tazcom_testkit::Seed;
use tempfile::TempDir;

use crate::people::*;

const MESSAGES: u64 = 200;

fn open(directory: &Path) -> Result<Store, StoreError> {
    Store::open(directory, Config::lan())
}

fn database(directory: &TempDir) -> PathBuf {
    directory.path().join("messages.db")
}

/// A directory with messages in it, closed.
fn filled() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(directory.path()).unwrap();
    let all: Vec<_> = (0..MESSAGES)
        .map(|n| came(says(1, &format!("message {n}"), at(n))))
        .collect();
    store.put(&all).unwrap();
    directory
}

/// One line that names the file.
fn told(error: &StoreError, directory: &TempDir) -> String {
    let told = error.to_string();
    assert!(!told.contains('\n'), "{told}");
    assert!(
        told.contains(database(directory).to_str().unwrap()),
        "{told}"
    );
    told
}

#[test]
fn what_was_put_is_there_after_a_restart() {
    let directory = filled();
    let store = open(directory.path()).unwrap();
    assert_eq!(store.index().unwrap().len(), 200);
    store.check().unwrap();
}

#[cfg(unix)]
#[test]
fn all_files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = filled();
    let store = open(directory.path()).unwrap();
    let mut seen = 0;
    for entry in fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen += 1;
    }
    assert!(seen >= 3, "the database, its log and the lock");
    drop(store);
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = filled();
    fs::set_permissions(database(&directory), fs::Permissions::from_mode(0o644)).unwrap();
    let error = open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::Exposed { mode: 0o644, .. }));
    assert!(told(&error, &directory).contains("chmod 600"));
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    let (directory, elsewhere) = (tempfile::tempdir().unwrap(), filled());
    std::os::unix::fs::symlink(database(&elsewhere), database(&directory)).unwrap();
    let error = open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::NotAFile { .. }));
    told(&error, &directory);
}

#[test]
fn a_store_is_used_by_one_at_a_time() {
    let directory = filled();
    let store = open(directory.path()).unwrap();
    let second = open(directory.path()).unwrap_err();
    assert!(matches!(second, StoreError::Locked { .. }));
    told(&second, &directory);
    let aside = Store::set_aside(directory.path()).unwrap_err();
    assert!(matches!(aside, StoreError::Locked { .. }));
    drop(store);
    open(directory.path()).unwrap();
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let directory = filled();
    let foreign = rusqlite::Connection::open(database(&directory)).unwrap();
    foreign.pragma_update(None, "user_version", 99).unwrap();
    drop(foreign);
    let error = open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }));
    assert!(told(&error, &directory).contains("newer version"));
    let foreign = rusqlite::Connection::open(database(&directory)).unwrap();
    let left: i64 = foreign
        .query_row("SELECT count(*) FROM message", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 200);
}

#[test]
fn another_programs_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let foreign = rusqlite::Connection::open(database(&directory)).unwrap();
    foreign
        .execute_batch("CREATE TABLE bookmarks (url)")
        .unwrap();
    drop(foreign);
    let mode = Command::new("chmod")
        .arg("600")
        .arg(database(&directory))
        .status();
    assert!(mode.unwrap().success());
    let error = open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
}

fn damage(directory: &TempDir, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(database(directory)).unwrap();
    change(&mut bytes);
    fs::write(database(directory), bytes).unwrap();
}

#[test]
fn a_damaged_header_is_told_and_the_file_stays_until_it_is_moved_aside_on_request() {
    let directory = filled();
    damage(&directory, |bytes| bytes[3] ^= 0xff);
    let before = fs::read(database(&directory)).unwrap();
    let error = open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }));
    assert!(told(&error, &directory).contains(SET_ASIDE_OPTION));
    assert_eq!(fs::read(database(&directory)).unwrap(), before);

    let aside = Store::set_aside(directory.path()).unwrap();
    assert_eq!(fs::read(&aside).unwrap(), before);
    let store = open(directory.path()).unwrap();
    assert_eq!(store.index().unwrap(), []);
    drop(store);
    let second = Store::set_aside(directory.path()).unwrap();
    assert_ne!(second, aside);
    assert!(aside.exists() && second.exists());
}

#[test]
fn an_emptied_file_is_damage_and_not_a_new_store() {
    let directory = filled();
    damage(&directory, Vec::clear);
    let error = open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }));
}

#[test]
fn a_file_that_was_deleted_is_a_new_store() {
    let directory = filled();
    fs::remove_file(database(&directory)).unwrap();
    assert_eq!(open(directory.path()).unwrap().index().unwrap(), []);
}

/// Reads all there is; what is told must have been said.
fn read_all(directory: &TempDir) -> Result<(), StoreError> {
    let store = open(directory.path())?;
    let index = store.index()?;
    let ids: Vec<_> = index.iter().map(|held| held.id).collect();
    let got = store.get(&ids)?;
    let page = store.history(&Query {
        limit: 1_000,
        ..Query::default()
    })?;
    let found = store.history(&Query {
        search: Some("message 1".to_owned()),
        ..Query::default()
    })?;
    let shown = page.messages.into_iter().chain(found.messages);
    for message in got.messages.into_iter().chain(shown.map(|m| m.envelope)) {
        assert_eq!(message.author(), id(1));
        assert!(message.into_inner().verify().is_ok());
    }
    store.rooms()?;
    store.names()?;
    store.places(id(1))?;
    store.remembered_peers(9)?;
    let told = got.damaged.len() + page.damaged.len();
    if told > 0 || ids.len() < 200 {
        return Err(StoreError::Damaged {
            path: database(directory),
            what: "it was told",
        });
    }
    store.check()
}

#[test]
fn a_truncated_file_is_told() {
    for part in [2, 3, 10, 50] {
        let directory = filled();
        damage(&directory, |bytes| bytes.truncate(bytes.len() / part));
        let error = read_all(&directory).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
}

#[test]
fn bytes_that_change_on_the_disk_are_never_taken_for_what_somebody_said() {
    let seed = Seed::from_env_or(1);
    let mut rng = seed.rng(0);
    let directory = filled();
    let whole = fs::read(database(&directory)).unwrap();
    let mut noticed = 0;
    for _ in 0..120 {
        let mut bytes = whole.clone();
        let changes = 1 + rng.next_u32() % 64;
        let start = usize::try_from(rng.next_u64()).unwrap() % bytes.len();
        for n in 0..changes {
            let place = (start + usize::try_from(n).unwrap()) % bytes.len();
            bytes[place] ^= 1 << (rng.next_u32() % 8);
        }
        let mut file = fs::File::create(database(&directory)).unwrap();
        file.write_all(&bytes).unwrap();
        drop(file);
        match read_all(&directory) {
            // It hit a page that is not in use, or a value that says nothing.
            Ok(()) => {}
            Err(
                StoreError::Damaged { .. }
                | StoreError::Newer { .. }
                | StoreError::Foreign { .. }
                | StoreError::Io { .. },
            ) => noticed += 1,
            Err(other) => panic!("{seed}: {other:?}"),
        }
    }
    assert!(noticed > 20, "{seed}: {noticed} of 120 were noticed");
}

#[test]
fn a_full_disk_is_told_and_what_was_stored_is_there_and_goes_on_when_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = roomy();
    config.file = 1 << 20;
    let mut store = Store::open(directory.path(), config).unwrap();
    let mut acknowledged = Vec::new();
    let error = (0..100_000).find_map(|n| {
        let message = came(says(1, &"long ".repeat(500), at(n)));
        let id = message.envelope.id();
        let put = store.put(&[message]);
        acknowledged.extend(put.is_ok().then_some(id));
        put.err()
    });
    let error = error.unwrap();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    told(&error, &directory);
    acknowledged.sort_unstable();
    let there = |store: &Store| {
        let mut ids = held(store);
        ids.sort_unstable();
        ids
    };
    assert_eq!(there(&store), acknowledged);
    drop(store);
    let mut store = Store::open(directory.path(), config).unwrap();
    assert_eq!(there(&store), acknowledged);
    store.check().unwrap();
    while store.expire(NOW.after(30 * DAY)).unwrap().more {}
    stored(&mut store, came_at(says(2, "there is room", NOW), NOW));
}

const DIRECTORY: &str = "TAZCOM_STORE_READ_ONLY";

/// Run by the test below, as somebody who may not write.
#[test]
#[ignore = "a part of another test"]
fn opens_what_it_may_not_write() {
    let Some(directory) = std::env::var_os(DIRECTORY) else {
        return;
    };
    let error = open(Path::new(&directory)).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    let mut out = std::io::stdout();
    writeln!(out, "told: {error}").unwrap();
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_written_is_told() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;

    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // A copy that everybody may run, wherever the build is.
    let programs = tempfile::tempdir().unwrap();
    fs::set_permissions(programs.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = programs.path().join("it");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut child = Command::new(program);
    child
        .args(["--exact", "--ignored", "--nocapture"])
        .arg("disk::opens_what_it_may_not_write")
        .env(DIRECTORY, directory.path())
        .current_dir("/")
        .stderr(Stdio::inherit());
    // For root nothing is read-only.
    if fs::metadata(directory.path()).unwrap().uid() == 0 {
        child.uid(65_534).gid(65_534);
    }
    let output = child.output().unwrap();
    assert!(output.status.success());
    let output = String::from_utf8_lossy(&output.stdout);
    assert!(output.contains("told: cannot write to"), "{output}");
}
