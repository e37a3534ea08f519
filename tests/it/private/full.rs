//! Disks that take no more, and a vault that is gone.

use std::fs;
use std::time::Duration;

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Host, Process, SOON, Signal, User, eventually};

use crate::talking::met;

/// Two runs of repair.
const REPAIRED: Duration = Duration::from_secs(130);

#[test]
fn a_full_disk_is_told_to_whoever_speaks_in_private_and_what_was_queued_arrives() {
    if !lane::open(&[Lane::Namespaces]) {
        return;
    }
    let host = Host::new();
    let [(bert, second)] = met(&host, ["bert"]);
    let to_bert = format!("@{}", second.id());
    let anna = User::on_loopback("anna", &host);
    fs::create_dir(anna.data_dir()).unwrap();
    let small = "mount -t tmpfs -o size=2m,mode=700 tmpfs \"$0\"";
    let mut command = anna.verb_after(small, &["run", "--json"]);
    let mut node = Process::spawn("anna", &mut command);
    let started = node.wait_for("started", SOON, |event| event.name() == "started");
    let to_anna = format!("@{}", started.text("id"));
    node.wait_for("a session", SOON, |event| event.name() == "session_up");
    // Its directory, as it sees it.
    let inside = format!(
        "/proc/{}/root{}",
        node.pid().as_raw_nonzero(),
        anna.data_dir().display()
    );
    let asks = |arguments: &[&str]| anna.does([arguments, &["--data-dir", &inside]].concat());
    let _ = asks(&["send", &to_bert, "first", "--wait-ack"]).is(0);
    let story = "a long story ".repeat(300);
    let mut told = 0;
    let refused = loop {
        assert!(told < 1_000, "2 MiB hold 4 MiB");
        let outcome = asks(&["send", &to_bert, &format!("{told} {story}"), "--json"]);
        if outcome.code != Some(0) {
            break outcome.is(1);
        }
        told += 1;
    };
    assert!(refused.stderr.contains("full"), "{}", refused.account());
    assert!(told > 10, "only {told} fitted");
    // More of one author than others take at once; the rest is fetched.
    let shown = eventually("everything arrives", REPAIRED, || {
        let shown = bert.history(&to_anna);
        (shown.len() > told).then_some(shown)
    });
    let mut texts: Vec<&str> = shown.iter().map(|event| event.text("text")).collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(
        texts.len(),
        told + 1,
        "nothing twice, and nothing that was refused"
    );
    assert!(node.exit_status().is_none(), "{}", node.account());
    assert!(node.end(Signal::TERM, SOON).success(), "{}", node.account());
}

#[test]
fn a_vault_that_is_gone_is_named_and_what_it_sealed_is_left_alone() {
    let host = Host::loopback();
    let [(anna, mut first), (_bert, second)] = met(&host, ["anna", "bert"]);
    let to_bert = format!("@{}", second.id());
    let _ = anna.does(["send", &to_bert, "kept", "--wait-ack"]).is(0);
    first.end(Signal::TERM, SOON);
    let vault = anna.data_dir().join("vault.key");
    let right = fs::read(&vault).unwrap();
    fs::remove_file(&vault).unwrap();
    let refusal = anna.command().refused(&host);
    assert_eq!(refusal.code, 1, "{refusal:?}");
    for part in ["vault.key", "--set-aside-damaged"] {
        assert!(refusal.log.contains(part), "{refusal:?}");
    }
    fs::write(&vault, right).unwrap();
    let history = anna.does(["history", &to_bert]).is(0);
    assert!(history.text().contains("kept"), "{}", history.account());
}
