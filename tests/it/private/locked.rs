//! What is left on a disk, and what opens it.

use std::path::Path;
use std::time::Duration;

use tazcom_tests::{Host, SOON, Signal, User, pause};

use crate::talking::met;

const PASSPHRASE: &str = "a passphrase for tests";

/// A verb with the passphrase in a file.
fn unlocked(user: &User, file: &Path, arguments: &[&str]) -> tazcom_tests::Outcome {
    user.does_in(arguments, &[("TAZCOM_PASSPHRASE_FILE", file.as_os_str())])
}

#[test]
fn a_passphrase_locks_keys_and_private_words_and_gives_them_back() {
    let host = Host::loopback();
    let [(anna, mut first), (_bert, second)] = met(&host, ["anna", "bert"]);
    let to_bert = format!("@{}", second.id());
    let _ = anna
        .does(["send", &to_bert, "locked away", "--wait-ack"])
        .is(0);
    let id = first.id().to_owned();
    first.end(Signal::TERM, SOON);
    let seed = std::fs::read_to_string(anna.data_dir().join("node.key")).unwrap();
    let seed: serde_json::Value = serde_json::from_str(&seed).unwrap();
    let seed = seed["signing_key"].as_str().unwrap().to_owned();
    assert!(anna.keeps(seed.as_bytes()));

    let typed = format!("{PASSPHRASE}\n");
    let _ = anna
        .does_with(["passphrase", "set"], typed.as_bytes())
        .is(0);
    for secret in [seed.as_str(), PASSPHRASE, "locked away"] {
        assert!(!anna.keeps(secret.as_bytes()), "{secret} lies there");
    }
    for verb in [
        &["history", &to_bert][..],
        &["id"],
        &["run", "--interface", "lo"],
    ] {
        let refused = anna.does(verb).is(2);
        assert!(refused.stderr.contains("locked"), "{}", refused.account());
    }
    let wrong = anna.file("wrong", "another passphrase\n");
    let refused = unlocked(&anna, &wrong, &["id"]).is(1);
    assert!(
        refused.stderr.contains("wrong passphrase"),
        "{}",
        refused.account()
    );
    let right = anna.file("right", &typed);
    let shown = unlocked(&anna, &right, &["id"]).is(0);
    assert_eq!(shown.text().trim(), id);
    let history = unlocked(&anna, &right, &["history", &to_bert]).is(0);
    assert!(
        history.text().contains("locked away"),
        "{}",
        history.account()
    );
    let _ = unlocked(&anna, &right, &["passphrase", "remove"]).is(0);
    assert_eq!(anna.does(["id"]).is(0).text().trim(), id);
}

#[test]
fn after_a_wipe_nothing_is_left_of_keys_names_and_messages() {
    let host = Host::loopback();
    let [(anna, mut first), (bert, second)] = met(&host, ["anna", "bert"]);
    let canaries = wiped(&anna, &bert, &mut first, second.id());
    let _ = anna.does(["wipe"]).is(2);
    let running = bert.does(["wipe", "--yes"]);
    assert_ne!(
        running.code,
        Some(0),
        "a node runs there: {}",
        running.account()
    );
    let _ = anna.does(["wipe", "--yes"]).is(0);
    is_clean(&anna, &canaries);
    let anew = anna.does(["id"]).is(0);
    assert_ne!(anew.text().trim(), first.id());
}

#[test]
fn a_wipe_that_is_killed_goes_on_at_the_next_start() {
    let host = Host::loopback();
    let [(anna, mut first), (bert, second)] = met(&host, ["anna", "bert"]);
    let canaries = wiped(&anna, &bert, &mut first, second.id());
    // As early as a process can be killed, and later: wherever it was, nothing is left afterwards.
    for micros in [0, 500, 1_000, 2_000, 4_000, 8_000] {
        let mut wipe = anna.verb(["wipe", "--yes"]);
        let mut child = wipe.spawn().unwrap();
        pause(Duration::from_micros(micros));
        child.kill().unwrap();
        let _ = child.wait().unwrap();
    }
    let last = anna.does(["wipe", "--yes"]);
    assert!(
        last.code == Some(0) || last.stderr.contains("there is nothing"),
        "{}",
        last.account()
    );
    is_clean(&anna, &canaries);
}

/// Says and is told things that must not be there afterwards.
fn wiped(anna: &User, bert: &User, node: &mut tazcom_tests::Node, other: &str) -> Vec<Vec<u8>> {
    let _ = anna.does(["nick", "canary-name"]).is(0);
    let _ = anna
        .does(["send", &format!("@{other}"), "canary-private", "--wait-ack"])
        .is(0);
    let heard = bert.says("#lobby", "canary-open");
    node.wait_for("it", SOON, |event| event.text("id") == heard);
    let key = std::fs::read(anna.data_dir().join("node.key")).unwrap();
    let key: serde_json::Value = serde_json::from_slice(&key).unwrap();
    let seed = key["signing_key"].as_str().unwrap().as_bytes().to_vec();
    node.end(Signal::TERM, SOON);
    assert!(anna.keeps(b"canary-open") && anna.keeps(b"canary-name") && anna.keeps(&seed));
    vec![
        seed,
        b"canary-name".to_vec(),
        b"canary-open".to_vec(),
        b"canary-private".to_vec(),
        other.as_bytes().to_vec(),
        tazcom_tests::raw_id(other).to_vec(),
    ]
}

fn is_clean(user: &User, canaries: &[Vec<u8>]) {
    for canary in canaries {
        assert!(!user.keeps(canary), "{} is left", canary.escape_ascii());
    }
}

#[test]
fn a_node_that_keeps_nothing_leaves_no_byte() {
    let host = Host::loopback();
    let anna = User::on_loopback("anna", &host);
    let [(bert, mut other)] = met(&host, ["bert"]);
    let mut node = anna.command().ephemeral().spawn(&host);
    node.is_in_session_with(other.id());
    other.is_in_session_with(node.id());
    let told = bert.does(["send", &format!("@{}", node.id()), "fleeting", "--wait-ack"]);
    let _ = told.is(0);
    node.end(Signal::TERM, SOON);
    assert_eq!(anna.files(), Vec::<std::path::PathBuf>::new());
}
