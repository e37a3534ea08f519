//! The chat with a node that does not do what it should.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use rustix::process::Signal;
use serde_json::json;

use crate::process::{Node, tazcom};

/// Where a node would listen.
fn listen(home: &Path) -> UnixListener {
    let dir = home.join(".local/share/tazcom");
    fs::create_dir_all(&dir).expect("the home is ours");
    UnixListener::bind(dir.join("control.sock")).expect("nobody listens there")
}

/// The next question, other than whether somebody listens at all.
fn asked(node: &UnixListener) -> (UnixStream, String) {
    loop {
        let (stream, _) = node.accept().expect("it listens");
        let mut line = String::new();
        let read = BufReader::new(&stream).read_line(&mut line);
        if read.expect("it is text") > 0 {
            return (stream, line);
        }
    }
}

#[test]
fn a_chat_that_is_not_answered_at_its_beginning_ends_when_it_is_told_to() {
    for signal in [Signal::INT, Signal::TERM] {
        let home = tempfile::tempdir().unwrap();
        let node = listen(home.path());
        let chat = Node::spawn(tazcom(home.path()).args(["chat", "--plain"]));
        let (_silent, request) = asked(&node);
        assert!(request.contains("nick"), "{request}");
        chat.signal(signal);
        assert_eq!(chat.end().0, Some(130), "{signal:?}");
    }
}

#[test]
fn a_chat_that_waits_for_what_was_kept_ends_when_it_is_told_to() {
    let home = tempfile::tempdir().unwrap();
    let node = listen(home.path());
    let chat = Node::spawn(tazcom(home.path()).args(["chat", "--plain"]));
    let (mut stream, _) = asked(&node);
    let id = "A".repeat(43);
    for record in [
        json!({"event": "nick", "id": id, "name": "ana"}),
        json!({"event": "done"}),
    ] {
        writeln!(stream, "{record}").unwrap();
    }
    let (_silent, request) = asked(&node);
    assert!(request.contains("kept"), "{request}");
    chat.signal(Signal::INT);
    assert_eq!(chat.end().0, Some(130));
}
