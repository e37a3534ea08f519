//! Export and import.

use std::io::{self, BufRead, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tazcom_proto::{Content, Scope};
use tazcom_store::{
    BadLineReason, Config, ImportLines, MAX_BAD_LINES, MAX_IMPORT_LINE_LEN, Quota, Store,
    StoreError,
};

use crate::people::*;

fn filled() -> Store {
    let mut store = store(roomy());
    let profile = Content::Profile { name: "ana".into() };
    store
        .put(&[
            came(says(1, "one \"quoted\"\n\u{1b}[31m", at(1))),
            own(says(2, "two", at(2))),
            came(
                draft(Scope::Room(room("den")), text("three"), at(3))
                    .sign(&key(1))
                    .unwrap(),
            ),
            came(draft(Scope::Mesh, profile, at(4)).sign(&key(1)).unwrap()),
        ])
        .unwrap();
    store
}

fn exported(store: &Store, room: Option<&str>) -> String {
    let mut out = Vec::new();
    let room = room.map(crate::people::room);
    let count = store.export(&mut out, room.as_ref()).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!(u64::try_from(out.lines().count()).unwrap(), count);
    out
}

#[test]
fn what_is_exported_can_be_imported_elsewhere() {
    let from = filled();
    let lines = exported(&from, None);
    let mut to = store(Config::lan());
    let imported = to.import(lines.as_bytes(), id(2), at(10)).unwrap();
    assert_eq!((imported.new.len(), imported.bad), (4, 0));
    assert_eq!(held(&to), held(&from));
    let got = to.get(&held(&from)).unwrap();
    assert_eq!(got.messages, from.get(&held(&from)).unwrap().messages);
    let mine = to.history(&Default::default()).unwrap();
    assert_eq!(mine.messages.iter().filter(|m| m.own).count(), 1);
    // Again it is nothing new.
    let again = to.import(lines.as_bytes(), id(2), at(11)).unwrap();
    assert_eq!((again.new.len(), again.known), (0, 4));
}

#[test]
fn a_line_says_what_a_person_wants_to_know() {
    let lines = exported(&filled(), Some("den"));
    let line: serde_json::Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(line["author"], id(1).to_string());
    assert_eq!(line["room"], "den");
    assert_eq!(line["created"], at(3).0);
    assert_eq!(line["text"], "three");
    assert_eq!(line["id"].as_str().unwrap().len(), 64);
    assert_eq!(exported(&filled(), Some("attic")), "");
}

#[test]
fn a_line_with_escapes_is_one_line_of_plain_characters() {
    let lines = exported(&filled(), Some("lobby"));
    assert!(lines.chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn bad_lines_are_counted_with_their_reasons_and_harm_nobody() {
    let lines = exported(&filled(), None);
    let mut lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    let envelope = says(3, "forged", at(5)).bytes().to_vec();
    let line = |bytes: &[u8]| format!("{{\"envelope\":\"{}\"}}", STANDARD.encode(bytes));
    let mut forged = envelope.clone();
    let place = forged.windows(6).position(|w| w == b"forged").unwrap();
    forged[place] ^= 1;
    let mut longer = envelope.clone();
    longer.push(0);
    let bad = [
        "no json".to_owned(),
        "{\"id\":1}".to_owned(),
        "{\"envelope\":7}".to_owned(),
        "{\"envelope\":\"%%%\"}".to_owned(),
        line(&[]),
        line(&forged),
        line(&longer),
        line(&vec![0; 9_000]),
        format!("{{\"envelope\":\"{}\"}}", "A".repeat(MAX_IMPORT_LINE_LEN)),
        "[".repeat(60_000),
    ];
    for bad in &bad {
        lines.insert(1, bad.clone());
    }
    lines.push(String::new());
    lines.push("  ".to_owned());
    let mut to = store(Config::lan());
    let imported = to
        .import(lines.join("\r\n").as_bytes(), id(9), at(10))
        .unwrap();
    assert_eq!(imported.new.len(), 4);
    assert_eq!(imported.bad, u64::try_from(bad.len()).unwrap());
    let reason = |number: u64| {
        let line = imported.bad_lines.iter().find(|bad| bad.number == number);
        &line.unwrap().reason
    };
    // They were each put before the one before.
    assert_eq!(*reason(11), BadLineReason::Json);
    assert_eq!(*reason(8), BadLineReason::Base64);
    assert!(matches!(reason(7), BadLineReason::Envelope(_)));
    assert!(matches!(reason(6), BadLineReason::Signature(_)));
    assert!(matches!(reason(4), BadLineReason::Envelope(_)));
    assert_eq!(*reason(3), BadLineReason::TooLong);
    assert_eq!(*reason(2), BadLineReason::Json);
    for bad in &imported.bad_lines {
        let shown = bad.to_string();
        assert!(shown.starts_with(&format!("line {}: ", bad.number)));
        assert!(!shown.contains("forged"), "{shown}");
    }
}

#[test]
fn only_the_first_bad_lines_are_told() {
    let mut to = store(Config::lan());
    let lines = "x\n".repeat(MAX_BAD_LINES + 1);
    let imported = to.import(lines.as_bytes(), id(9), NOW).unwrap();
    assert_eq!(imported.bad_lines.len(), MAX_BAD_LINES);
    assert_eq!(imported.bad, u64::try_from(MAX_BAD_LINES + 1).unwrap());
}

#[test]
fn what_a_quota_refuses_is_counted() {
    let lines = exported(&filled(), Some("lobby"));
    let mut config = roomy();
    config.others.quota = Quota {
        messages: 0,
        bytes: 0,
    };
    let mut to = store(config);
    let imported = to.import(lines.as_bytes(), id(9), at(10)).unwrap();
    assert_eq!((imported.new.len(), imported.refused), (0, 2));
}

/// Ends in an error.
struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

impl BufRead for Broken<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.0 {
            [] => Err(io::ErrorKind::BrokenPipe.into()),
            rest => Ok(rest),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.0 = &self.0[amount..];
    }
}

#[test]
fn a_reader_that_fails_ends_the_lines_with_its_error() {
    let lines = exported(&filled(), None);
    let mut read = ImportLines::new(Broken(lines.as_bytes()));
    for _ in 0..4 {
        assert!(read.next().unwrap().unwrap().is_ok());
    }
    assert!(read.next().unwrap().is_err());
    assert!(read.next().is_none());
    let mut to = store(Config::lan());
    let error = to.import(Broken(lines.as_bytes()), id(9), NOW).unwrap_err();
    assert!(matches!(error, StoreError::Stream { .. }));
}
