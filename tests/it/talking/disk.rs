//! Disks that cannot be written to, and files that are not what was written there.

use std::fs;
use std::path::PathBuf;

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Host, Process, SOON, Signal, User, ids};

use super::LOBBY;

const DATABASE: &str = "messages.db";

/// Somebody who has said something, and whose node has ended.
fn with_messages(host: &Host) -> (User, Vec<String>) {
    let anna = User::on_loopback("anna", host);
    let mut node = anna.runs();
    let said = (0..3).map(|number| anna.says(LOBBY, &format!("message {number}")));
    let said = said.collect();
    node.end(Signal::TERM, SOON);
    (anna, said)
}

fn database(user: &User) -> PathBuf {
    user.data_dir().join(DATABASE)
}

#[test]
fn a_directory_that_cannot_be_written_to_is_named() {
    if !lane::open(&[Lane::Namespaces]) {
        return;
    }
    let (anna, said) = with_messages(&Host::new());
    let read_only = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\"";
    for verb in [&["run", "--json"][..], &["send", LOBBY, "hello"]] {
        let refused = anna.verb_after(read_only, verb).output().unwrap();
        let complaint = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{complaint}");
        let directory = anna.data_dir();
        assert!(
            complaint.contains(directory.to_str().unwrap()),
            "{complaint}"
        );
        assert!(
            complaint.to_lowercase().contains("read-only"),
            "{complaint}"
        );
        assert!(!complaint.contains("panicked"), "{complaint}");
    }
    assert_eq!(ids(&anna.history(LOBBY)), said, "nothing was lost");
}

#[test]
fn a_full_disk_is_told_to_the_one_who_speaks_and_takes_nothing_away() {
    if !lane::open(&[Lane::Namespaces]) {
        return;
    }
    let host = Host::new();
    let anna = User::on_loopback("anna", &host);
    fs::create_dir(anna.data_dir()).unwrap();
    let small = "mount -t tmpfs -o size=2m,mode=700 tmpfs \"$0\"";
    let mut command = anna.verb_after(small, &["run", "--json"]);
    let mut node = Process::spawn("anna", &mut command);
    node.wait_for("started", SOON, |event| event.name() == "started");
    // Its directory, as it sees it.
    let inside = format!(
        "/proc/{}/root{}",
        node.pid().as_raw_nonzero(),
        anna.data_dir().display()
    );
    let asks = |arguments: &[&str]| anna.does([arguments, &["--data-dir", &inside]].concat());
    let text = "a long story ".repeat(300);
    let mut said = Vec::new();
    let refused = loop {
        assert!(said.len() < 1_000, "2 MiB hold 4 MiB");
        let outcome = asks(&["send", LOBBY, &text, "--json"]);
        if outcome.code != Some(0) {
            break outcome;
        }
        said.push(outcome.event("queued").text("id").to_owned());
    };
    let refused = refused.is(1);
    assert!(refused.stdout.is_empty(), "{}", refused.account());
    for part in [DATABASE, "full"] {
        assert!(refused.stderr.contains(part), "{}", refused.account());
    }
    assert!(said.len() > 20, "only {} fitted", said.len());
    let limit = ["history", LOBBY, "--json", "--limit", "1000"];
    let kept = asks(&limit).is(0).events();
    let kept: Vec<&str> = ids(&kept[..kept.len() - 1]);
    assert_eq!(
        kept, said,
        "whatever was acknowledged is there, and no more"
    );
    assert!(node.exit_status().is_none(), "{}", node.account());
    assert!(node.end(Signal::TERM, SOON).success(), "{}", node.account());
}

#[test]
fn a_damaged_database_is_left_alone_until_it_is_set_aside() {
    let host = Host::loopback();
    let (anna, _) = with_messages(&host);
    let id = anna.does(["id"]).is(0).stdout;
    let whole = fs::read(database(&anna)).unwrap();
    let mut headless = whole.clone();
    headless[..4096].fill(0x5a);
    for damaged in [headless, b"not a database at all".to_vec()] {
        fs::write(database(&anna), &damaged).unwrap();
        let refusal = anna.command().refused(&host);
        assert_eq!(refusal.code, 1, "{refusal:?}");
        for part in [database(&anna).to_str().unwrap(), "--set-aside-damaged"] {
            assert!(refusal.log.contains(part), "{refusal:?}");
        }
        assert!(!refusal.log.contains("panicked"), "{refusal:?}");
        let asked = anna.does(["history"]).is(1);
        assert!(asked.stderr.contains(DATABASE), "{}", asked.account());
        assert_eq!(
            fs::read(database(&anna)).unwrap(),
            damaged,
            "it was changed"
        );

        let mut node = anna.command().sets_aside_damaged().spawn(&host);
        assert_eq!(anna.history(LOBBY), [], "a new one was begun");
        let new = anna.says(LOBBY, "a new beginning");
        node.end(Signal::TERM, SOON);
        assert_eq!(ids(&anna.history(LOBBY)), [&new]);
        let aside = fs::read_dir(anna.data_dir()).unwrap().any(|entry| {
            let entry = entry.unwrap();
            entry.file_type().unwrap().is_file() && fs::read(entry.path()).unwrap() == damaged
        });
        assert!(aside, "the damaged one is still somewhere");
    }
    assert_eq!(anna.does(["id"]).is(0).stdout, id, "it is who it was");
}

#[test]
fn a_page_that_is_damaged_costs_what_was_on_it_and_nothing_else_is_believed_of_it() {
    let host = Host::loopback();
    let (anna, said) = with_messages(&host);
    let mut bytes = fs::read(database(&anna)).unwrap();
    // The text of one message, wherever it is on disk.
    let text = b"message 1";
    let places: Vec<usize> = (0..bytes.len() - text.len())
        .filter(|&at| bytes[at..].starts_with(text))
        .collect();
    assert!(!places.is_empty(), "it is somewhere");
    for place in places {
        bytes[place + 8] = b'7';
    }
    fs::write(database(&anna), bytes).unwrap();
    let asked = anna.does(["history", LOBBY, "--json"]).is(0);
    let events = asked.events();
    let page = asked.event("page");
    assert_eq!(page.value("damaged"), 1, "{page}");
    assert_eq!(ids(&events[..events.len() - 1]), [&said[0], &said[2]]);
    assert!(!asked.text().contains("message 7"), "{}", asked.account());
}
