//! Keys, data directories, and who may use them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;

use crate::process::{Node, finish, tazcom};

fn id(home: &Path) -> String {
    let finished = finish(tazcom(home).arg("id"));
    finished.fails(0, &[]);
    finished.stdout().trim_end().to_owned()
}

#[test]
fn an_id_is_made_once_and_stays() {
    let home = tempfile::tempdir().unwrap();
    let first = id(home.path());
    assert_eq!(first.len(), 43);
    assert_eq!(id(home.path()), first);

    let dir = home.path().join(".local/share/tazcom");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("node.key")), 0o600);
    assert!(dir.join("config.toml").exists());
}

#[test]
fn an_id_as_json_is_one_line() {
    let home = tempfile::tempdir().unwrap();
    let finished = finish(tazcom(home.path()).args(["id", "--json"]));
    let record: Value = serde_json::from_str(finished.stdout()).unwrap();
    assert_eq!(record["event"], "id");
    assert_eq!(record["id"], id(home.path()));
    let short = record["short"].as_str().unwrap();
    assert!(record["id"].as_str().unwrap().starts_with(short));
}

#[test]
fn the_id_is_that_of_the_running_node() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(home.path(), &["--discovery", "none"]);
    let (running, _) = node.started();
    assert_eq!(id(home.path()), running);
}

#[test]
fn a_second_node_on_the_same_directory_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(home.path(), &["--discovery", "none"]);
    node.started();
    finish(tazcom(home.path()).arg("run")).fails(1, &["--data-dir", "--ephemeral"]);

    node.signal(Signal::TERM);
    assert_eq!(node.end().0, Some(0));
    let after = Node::start(home.path(), &["--discovery", "none"]);
    after.started();
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let home = tempfile::tempdir().unwrap();
    id(home.path());
    let key = home.path().join(".local/share/tazcom/node.key");
    let before = fs::read(&key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    for verb in ["run", "id"] {
        finish(tazcom(home.path()).arg(verb)).fails(1, &["chmod 600", "node.key"]);
    }
    assert_eq!(fs::read(&key).unwrap(), before);
}

#[test]
fn a_damaged_key_is_refused_and_kept() {
    let home = tempfile::tempdir().unwrap();
    id(home.path());
    let key = home.path().join(".local/share/tazcom/node.key");
    fs::write(&key, "{\"signing_key\": \"AAAA\"}").unwrap();
    finish(tazcom(home.path()).arg("run")).fails(1, &["node.key"]);
    assert_eq!(fs::read(&key).unwrap(), b"{\"signing_key\": \"AAAA\"}");
}

#[test]
fn an_ephemeral_node_leaves_nothing_and_is_somebody_else_every_time() {
    let home = tempfile::tempdir().unwrap();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let node = Node::ephemeral(home.path(), &["--discovery", "none"]);
        ids.push(node.started().0);
        node.signal(Signal::INT);
        assert_eq!(node.end().0, Some(0));
    }
    assert_ne!(ids[0], ids[1]);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_data_directory_that_is_a_file_is_wrong_usage_for_every_verb() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    for dir in [file.clone(), file.join("below")] {
        let said = ["run", "id", "peers"].map(|verb| {
            let mut command = tazcom(home.path());
            let finished = finish(command.args([verb, "--data-dir"]).arg(&dir));
            finished.fails(2, &["is not a directory", "--data-dir"]);
            finished.stderr().to_owned()
        });
        assert!(said.iter().all(|text| *text == said[0]), "{said:#?}");
    }
}

#[test]
fn a_data_directory_that_everybody_can_change_is_wrong_usage() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("open");
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap();
    for verb in ["run", "id"] {
        let mut command = tazcom(home.path());
        finish(command.args([verb, "--data-dir"]).arg(&dir)).fails(2, &["chmod 700"]);
    }
}

#[test]
fn nothing_is_kept_below_the_current_directory_unless_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let mut command = tazcom(home.path());
    command
        .arg("id")
        .env("HOME", "rel")
        .current_dir(home.path());
    finish(&mut command).fails(2, &["absolute", "--data-dir"]);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);

    // The XDG specification has relative paths ignored.
    let mut command = tazcom(home.path());
    command
        .arg("id")
        .env("XDG_DATA_HOME", "rel")
        .current_dir(home.path());
    finish(&mut command).fails(0, &[]);
    assert!(home.path().join(".local/share/tazcom/node.key").exists());
    assert!(!home.path().join("rel").exists());
}
