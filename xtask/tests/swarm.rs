//! `cargo xtask swarm` on made-up nodes: what it demands, and that it notices when it is not met.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A swarm of made-up nodes, of which the last has a fault.
fn swarm(words: &[&str], fault: &str) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join("made_up_node.sh");
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("swarm").args(words).stdin(Stdio::null());
    command
        .env("TAZCOM_CLI", script)
        .env("LAST", "node-003")
        .env("FAULT", fault);
    command
}

fn outcome(words: &[&str], fault: &str) -> (Option<i32>, Value) {
    let output = swarm(&[words, &["--json"]].concat(), fault)
        .output()
        .expect("xtask runs");
    let report = serde_json::from_slice(&output.stdout);
    (
        output.status.code(),
        report.unwrap_or_else(|error| panic!("{error}: {}", shown(&output))),
    )
}

fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// The failures in a report, which must have some.
fn failures(report: &Value) -> String {
    let failures = report["failures"].as_array().into_iter().flatten();
    let failures: Vec<&str> = failures.filter_map(Value::as_str).collect();
    assert!(!failures.is_empty(), "{report}");
    failures.join("\n")
}

#[test]
fn nodes_that_meet_and_leave_are_a_success() {
    let (code, report) = outcome(&["3"], "");
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["ok"], true);
    assert_eq!(report["pairs"], 6);
    assert_eq!(report["hello_to_ack_ms"]["p99"], 0.5);
    assert!(report["complete_after_s"].as_f64().is_some(), "{report}");
}

#[test]
fn a_person_is_told_the_same_in_words() {
    let output = swarm(&["3"], "").output().unwrap();
    let said = shown(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("All 6 pairs found, greeted and acknowledged"),
        "{said}"
    );
    assert!(said.contains("Everybody left cleanly"), "{said}");
}

#[test]
fn a_pair_that_never_meets_is_named() {
    let (code, report) = outcome(&["3", "--timeout", "2"], "deaf");
    assert_eq!(code, Some(1));
    assert_eq!(report["complete_after_s"], Value::Null);
    let failures = failures(&report);
    assert!(
        failures.contains("2 pairs had not met after 2 s, such as 3->1 3->2"),
        "{failures}"
    );
}

#[test]
fn a_node_that_ends_too_early_is_quoted() {
    let (code, report) = outcome(&["3"], "fragile");
    assert_eq!(code, Some(1));
    let failures = failures(&report);
    assert!(failures.contains("node 3 ended too early"), "{failures}");
    assert!(failures.contains("the port is in use"), "{failures}");
}

#[test]
fn a_node_that_will_not_leave_is_killed_and_counts_as_a_leak() {
    let (code, report) = outcome(&["3", "--leave-within", "1"], "stubborn");
    assert_eq!(code, Some(1));
    let failures = failures(&report);
    assert!(
        failures.contains("node 3 never said that it stopped"),
        "{failures}"
    );
    assert!(
        failures.contains("did not end and was killed"),
        "{failures}"
    );
}

#[test]
fn a_missing_goodbye_is_missed_by_those_who_stay() {
    // Of two, the first leaves first and the second must hear it.
    let mut command = swarm(&["2", "--json", "--leave-within", "1"], "rude");
    let output = command.env("LAST", "node-001").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    let report = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(failures(&report), "node 2 heard no goodbye of node 1");
}

#[test]
fn the_survivors_of_a_killing_are_asked_what_they_see() {
    let (code, report) = outcome(&["4", "--kill", "2"], "");
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["kill"]["killed"], serde_json::json!([3, 4]));
    let survivors = report["kill"]["survivors"].as_array().unwrap();
    assert_eq!(survivors.len(), 2);
    for survivor in survivors {
        assert_eq!(survivor["sees"].as_array().unwrap().len(), 1, "{survivor}");
        assert_eq!(survivor["lost_alive"], serde_json::json!([]));
        assert_eq!(
            survivor["noticed"].as_array().unwrap().len(),
            2,
            "{survivor}"
        );
        assert_eq!(survivor["noticed"][0]["reason"], "expired");
    }
}

#[test]
fn nobody_may_be_left_over_by_a_killing() {
    let output = swarm(&["3", "--kill", "3"], "").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        shown(&output).contains("--kill 3 leaves none of 3"),
        "{}",
        shown(&output)
    );
}

#[test]
fn what_is_kept_can_be_looked_at() {
    let (_, report) = outcome(&["2", "--keep"], "");
    let kept = Path::new(report["kept"].as_str().unwrap());
    let events = std::fs::read_to_string(kept.join("node-001").join("events.jsonl")).unwrap();
    assert!(events.contains("stopped"), "{events}");
    assert!(kept.join("node-002").join("log").is_file());
    std::fs::remove_dir_all(kept).unwrap();
}

/// Starts a swarm that waits for a deaf node, and waits until its nodes are up.
fn waiting_swarm(directory: &Path) -> (Child, Vec<Pid>) {
    let mut command = swarm(&["3"], "deaf");
    let child = command
        .env("TMPDIR", directory)
        .stdout(Stdio::null())
        .spawn()
        .expect("xtask runs");
    let nest = directory.join(format!("tazcom-swarm-{}", child.id()));
    let mut pids = Vec::new();
    while pids.len() < 3 {
        std::thread::yield_now();
        pids = (1..=3)
            .filter_map(|node| pid(&nest.join(format!("node-00{node}.up"))))
            .collect();
    }
    (child, pids)
}

fn pid(file: &Path) -> Option<Pid> {
    Pid::from_raw(std::fs::read_to_string(file).ok()?.trim().parse().ok()?)
}

fn runs(pid: Pid) -> bool {
    rustix::process::test_kill_process(pid).is_ok()
}

#[test]
fn ctrl_c_leaves_no_node_and_no_directory() {
    let directory = tempfile::tempdir().unwrap();
    let (mut child, pids) = waiting_swarm(directory.path());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!pids.iter().any(|pid| runs(*pid)), "{pids:?}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_swarm_takes_its_nodes_along() {
    let directory = tempfile::tempdir().unwrap();
    let (mut child, pids) = waiting_swarm(directory.path());
    child.kill().unwrap();
    child.wait().unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while pids.iter().any(|pid| runs(*pid)) {
        assert!(std::time::Instant::now() < deadline, "{pids:?} still run");
        std::thread::yield_now();
    }
}
