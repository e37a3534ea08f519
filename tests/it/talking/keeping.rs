//! What was said is kept, found again, and belongs to the user.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tazcom_tests::{Host, SOON, Signal, User, eventually, ids};
use tempfile::TempDir;

use super::{LOBBY, met};

#[test]
fn history_is_searched_and_bounded_in_time() {
    let anna = User::on_loopback("anna", &Host::loopback());
    let _node = anna.runs();
    for text in ["the soup is ready", "bring spoons", "Soup for everybody!"] {
        anna.says(LOBBY, text);
    }
    anna.says("#stage", "no soup here");
    let found = |arguments: &[&str]| {
        let verb = ["history", "--json"].iter().chain(arguments);
        let mut events = anna.does(verb).is(0).events();
        assert_eq!(events.pop().unwrap().name(), "page", "the last record");
        let texts = events.iter().map(|event| event.text("text").to_owned());
        texts.collect::<Vec<String>>()
    };
    let in_lobby = ["the soup is ready", "Soup for everybody!"];
    assert_eq!(found(&[LOBBY, "--search", "soup"]), in_lobby);
    assert_eq!(found(&[LOBBY, "--search", "soup every"]), in_lobby[1..]);
    assert_eq!(found(&["--search", "SOUP"]).len(), 3, "in all rooms");
    assert_eq!(found(&["--search", "fork"]), [""; 0]);
    assert_eq!(found(&["--since", "1h"]).len(), 4);
    assert_eq!(found(&["--until", "1h"]), [""; 0]);
    assert_eq!(found(&[LOBBY, "--limit", "1"]), in_lobby[1..], "the newest");
    // An operator of the search engine is a word like any other.
    for hostile in ["\"", "soup OR", "NEAR(", "text:soup", "*", "'; --"] {
        let asked = anna.does(["history", "--search", hostile]);
        assert_ne!(asked.code, Some(101), "{}", asked.account());
        assert!(!asked.stderr.contains("SQL"), "{}", asked.account());
        assert!(!asked.stderr.contains("syntax"), "{}", asked.account());
    }
    let _ = anna.does(["history", "--since", "yesteryear"]).is(2);
}

#[test]
fn what_is_exported_is_imported_elsewhere_once() {
    let host = Host::loopback();
    let (anna, bert) = (
        User::on_loopback("anna", &host),
        User::on_loopback("bert", &host),
    );
    let node = anna.runs();
    for number in 0..5 {
        anna.says(LOBBY, &format!("message {number}"));
    }
    anna.says("#stage", "on stage");
    let whole = anna.does(["export"]).is(0);
    assert!(whole.text().lines().count() >= 6, "{}", whole.account());
    let file = TempDir::new().unwrap();
    let path = file.path().join("stage.jsonl");
    let stage = anna.does(["export", "#stage", "--output", path.to_str().unwrap()]);
    let _ = stage.is(0);
    assert!(fs::read_to_string(&path).unwrap().lines().count() >= 1);

    // Bert's node does not run, and nobody is there to give him anything else.
    let mut node = node;
    node.end(Signal::TERM, SOON);
    let taken = bert.does_with(["import", "-", "--json"], &whole.stdout);
    let taken = taken.is(0).event("imported");
    assert!(taken.value("new").as_u64().unwrap() >= 6, "{taken}");
    assert_eq!(taken.value("bad"), 0, "{taken}");
    assert_eq!(ids(&bert.history(LOBBY)), ids(&anna.history(LOBBY)));
    assert_eq!(ids(&bert.history("#stage")), ids(&anna.history("#stage")));
    let again = bert.does_with(["import", "-", "--json"], &whole.stdout);
    assert_eq!(again.is(0).event("imported").value("new"), 0);
    assert_eq!(bert.history(LOBBY).len(), 5, "nothing is there twice");
}

#[test]
fn a_forged_line_is_not_imported_and_the_others_are() {
    let host = Host::loopback();
    let (anna, bert) = (
        User::on_loopback("anna", &host),
        User::on_loopback("bert", &host),
    );
    let _node = anna.runs();
    for number in 0..3 {
        anna.says(LOBBY, &format!("message {number}"));
    }
    let whole = anna.does(["export", LOBBY]).is(0);
    let lines: Vec<&str> = whole.text().lines().collect();
    // A character in the middle of what is signed.
    let forged = |line: &str| {
        let middle = line.len() / 2;
        let other = if &line[middle..=middle] == "A" {
            "B"
        } else {
            "A"
        };
        format!("{}{other}{}", &line[..middle], &line[middle + 1..])
    };
    let mut file: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    file.push("{\"no\": \"message\"}".to_owned());
    let last_text = file.len() - 2;
    file[last_text] = forged(&file[last_text]);
    let taken = bert.does_with(["import", "-", "--json"], file.join("\n").as_bytes());
    let taken = taken.is(1).event("imported");
    assert_eq!(taken.value("bad"), 2, "{taken}");
    let bad = taken.texts("bad_lines").concat();
    let number = (last_text + 1).to_string();
    assert!(bad.contains(&number), "the line is named: {taken}");
    let known = anna.history(LOBBY);
    let (known, kept) = (ids(&known), bert.history(LOBBY));
    assert_eq!(kept.len(), 2, "the rest was taken");
    assert!(ids(&kept).iter().all(|id| known.contains(id)), "unchanged");
}

#[test]
fn the_verbs_need_no_running_node() {
    let anna = User::on_loopback("anna", &Host::loopback());
    let _ = anna.does(["nick", "Anna"]).is(0);
    let sent = anna.does(["send", LOBBY, "for later", "--timeout", "1", "--json"]);
    let id = sent.is(0).event("queued").text("id").to_owned();
    let kept = anna.history(LOBBY);
    assert_eq!(ids(&kept), [&id]);
    assert_eq!(kept[0].text("name"), "Anna");
    assert!(anna.does(["rooms"]).is(0).text().contains(LOBBY));
    assert!(anna.does(["export"]).is(0).text().lines().count() > 0);
    let _ = anna.does(["trace", "nobody00", "--timeout", "1"]).is(1);
}

#[test]
fn a_program_is_told_of_messages_on_its_standard_input_alone() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, _bert)] = met(&host, ["anna", "bert"]);
    let hook = Hook::new();
    let program = hook.program.to_str().unwrap();
    let mut ear = bert.listens(&["--on-message", program]);
    let hostile = "$(touch /tmp/owned); `id` --help\n-rf 'quoted' \"twice\"";
    let id = anna
        .does_with(["send", LOBBY, "-", "--json"], hostile.as_bytes())
        .is(0)
        .event("queued");
    ear.wait_for("the message", SOON, |event| {
        event.text("id") == id.text("id")
    });
    let told = eventually("the program has been told", SOON, || hook.told());
    assert_eq!(told.text("text"), hostile);
    assert_eq!(told.text("id"), id.text("id"));
    assert_eq!(told.name(), "message");
    assert_eq!(hook.arguments(), "0\n", "how many arguments it was given");
}

/// A program that notes what it is told, and how many arguments it has.
struct Hook {
    directory: TempDir,
    program: PathBuf,
}

impl Hook {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let at = directory.path().display();
        let script = format!(
            "#!/bin/sh\necho $# > {at}/arguments\ncat > {at}/begun && mv {at}/begun {at}/told\n"
        );
        let program = directory.path().join("hook");
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        Self { directory, program }
    }

    fn told(&self) -> Option<tazcom_tests::Event> {
        let text = fs::read_to_string(self.directory.path().join("told")).ok()?;
        assert_eq!(text.lines().count(), 1, "one line: {text}");
        text.lines().next().map(tazcom_tests::Event::from_line)
    }

    fn arguments(&self) -> String {
        fs::read_to_string(self.directory.path().join("arguments")).unwrap()
    }
}
