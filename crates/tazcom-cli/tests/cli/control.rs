//! The control socket: who may use it, how it comes and goes, and clients that mean no good.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::process::{Node, finish, tazcom};

/// Stops a hang. Nothing here takes a third of it.
const DEADLINE: Duration = Duration::from_secs(30);

fn socket(home: &Path) -> PathBuf {
    home.join(".local/share/tazcom/control.sock")
}

/// A node that finds nobody.
fn node(home: &Path) -> Node {
    let node = Node::start(home, &["--interface", "lo", "--discovery", "none"]);
    node.started();
    node
}

fn connect(home: &Path) -> UnixStream {
    let stream = UnixStream::connect(socket(home)).expect("a node listens");
    let timeout = stream.set_read_timeout(Some(DEADLINE));
    timeout.expect("the deadline is not 0");
    stream
}

/// Everything that comes until the node closes its end.
fn answer(stream: &UnixStream) -> Vec<Value> {
    let lines = BufReader::new(stream).lines();
    lines
        // A node that closes before it has read all that was sent resets the connection.
        .map_while(Result::ok)
        .map(|line| serde_json::from_str(&line).expect("every line is JSON"))
        .collect()
}

fn ask(home: &Path, request: &str) -> Vec<Value> {
    let mut stream = connect(home);
    // It may have closed its end by now.
    let _ = stream.write_all(request.as_bytes());
    answer(&stream)
}

#[track_caller]
fn is_still_well(home: &Path) {
    let answer = ask(home, "{\"request\":\"peers\"}\n");
    assert_eq!(answer.last().expect("it answers")["event"], "done");
}

#[test]
fn the_socket_is_for_the_owner_alone_and_gone_with_the_node() {
    let home = tempfile::tempdir().unwrap();
    let node = node(home.path());
    let metadata = fs::symlink_metadata(socket(home.path())).unwrap();
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.permissions().mode() & 0o7777, 0o600);
    node.signal(Signal::TERM);
    assert_eq!(node.end().0, Some(0));
    assert!(!socket(home.path()).exists());
}

#[test]
fn an_ephemeral_node_has_none() {
    let home = tempfile::tempdir().unwrap();
    Node::ephemeral(home.path(), &["--discovery", "none"]).started();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_list_begins_with_the_node_itself_and_ends_with_done() {
    let home = tempfile::tempdir().unwrap();
    let _node = node(home.path());
    let answer = ask(home.path(), "{\"request\":\"peers\"}\n");
    let events: Vec<_> = answer.iter().map(|record| &record["event"]).collect();
    assert_eq!(events, ["peer", "done"]);
    assert_eq!(answer[0]["own"], true);
    assert!(answer.iter().all(|record| record["at"].is_string()));
}

#[test]
fn the_socket_of_a_killed_node_is_nobody_and_is_replaced() {
    let home = tempfile::tempdir().unwrap();
    let killed = node(home.path());
    killed.signal(Signal::KILL);
    drop(killed);
    assert!(socket(home.path()).exists());
    let mut command = tazcom(home.path());
    command.args(["peers", "--interface", "absent0", "--timeout", "0.1"]);
    finish(&mut command).fails(1, &["Looked on no interface"]);

    let _node = node(home.path());
    is_still_well(home.path());
}

#[test]
fn what_else_is_in_its_place_is_kept_and_the_node_does_without() {
    let home = tempfile::tempdir().unwrap();
    finish(tazcom(home.path()).arg("id")).fails(0, &[]);
    fs::write(socket(home.path()), "mine").unwrap();
    let node = Node::start(home.path(), &["--interface", "lo", "--discovery", "none"]);
    let warning = node.event_about("warning", "kind", "control_unavailable");
    assert!(
        warning["message"]
            .as_str()
            .unwrap()
            .contains("control.sock")
    );
    let mut command = tazcom(home.path());
    finish(command.args(["ping", "AAAA"])).fails(1, &["a node is running", "control.sock"]);
    node.signal(Signal::TERM);
    assert_eq!(node.end().0, Some(0));
    assert_eq!(fs::read_to_string(socket(home.path())).unwrap(), "mine");
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_too_long_for_an_address_works_all_the_same() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("d".repeat(150));
    let dir = dir.to_str().unwrap();
    let node = Node::start(
        home.path(),
        &[
            "--interface",
            "lo",
            "--discovery",
            "none",
            "--data-dir",
            dir,
        ],
    );
    let (id, _) = node.started();
    let mut command = tazcom(home.path());
    let list = finish(command.args(["peers", "--json", "--data-dir", dir]));
    list.fails(0, &[]);
    assert!(list.stdout().contains(&id));
    node.signal(Signal::TERM);
    assert_eq!(node.end().0, Some(0));
    assert!(!Path::new(dir).join("control.sock").exists());
}

#[test]
fn what_is_no_request_is_refused_and_said_so() {
    let home = tempfile::tempdir().unwrap();
    let _node = node(home.path());
    let ping = |count: u32, interval_ms: u64, timeout_ms: u64, peer: &str| {
        let (peer, request) = (format!("{peer:?}"), "\"request\":\"ping\"");
        format!(
            "{{{request},\"peer\":{peer},\"count\":{count},\
             \"interval_ms\":{interval_ms},\"timeout_ms\":{timeout_ms}}}\n"
        )
    };
    for request in [
        "\n",
        "peers\n",
        "\0\u{1b}[2J\n",
        "{\"request\":\"wipe\"}\n",
        "{\"request\":\"peers\",\"color\":true}\n",
        &format!("[{}\n", "[".repeat(4000)),
        &ping(0, 200, 1000, "AAAA"),
        &ping(100_001, 200, 1000, "AAAA"),
        &ping(5, 9, 1000, "AAAA"),
        &ping(5, 200, 0, "AAAA"),
        &ping(5, 200, 86_400_001, "AAAA"),
        &ping(5, 200, 1000, "A"),
        &ping(5, 200, 1000, "localhost:1"),
    ] {
        let answer = ask(home.path(), request);
        assert_eq!(answer.len(), 1, "{request:?}: {answer:?}");
        assert_eq!(answer[0]["event"], "error", "{request:?}");
        assert_eq!(answer[0]["kind"], "bad_request", "{request:?}");
    }
    is_still_well(home.path());
}

#[test]
fn a_request_of_the_limit_is_read_and_a_longer_one_is_not() {
    let home = tempfile::tempdir().unwrap();
    let _node = node(home.path());
    let padded = |len: usize| {
        let request = "{\"request\":\"peers\"}";
        format!("{request}{}\n", " ".repeat(len - request.len() - 1))
    };
    let most = 65 * 1024;
    assert_eq!(ask(home.path(), &padded(most))[0]["event"], "peer");
    for len in [most + 1, 10 << 20] {
        let answer = ask(home.path(), &padded(len));
        assert_eq!(answer[0]["kind"], "bad_request", "{len}");
    }
    is_still_well(home.path());
}

#[test]
fn a_crowd_of_clients_is_told_that_the_node_is_busy_and_makes_room_in_time() {
    let home = tempfile::tempdir().unwrap();
    let node = node(home.path());
    let mut crowd: Vec<UnixStream> = (0..100).map(|_| connect(home.path())).collect();
    // Half a request keeps a place for as long as it may.
    for stream in &mut crowd {
        let _ = stream.write_all(b"{\"request\":");
    }
    let mut busy = 0;
    for stream in &crowd {
        match answer(stream).first() {
            Some(record) => {
                assert_eq!(record["kind"], "busy");
                busy += 1;
            }
            // Cut off without an answer.
            None => is_still_well(home.path()),
        }
    }
    assert!(busy >= 92, "{busy}");
    drop(crowd);
    is_still_well(home.path());
    node.signal(Signal::TERM);
    assert_eq!(node.end().0, Some(0));
}

#[test]
fn clients_that_never_read_hold_up_nobody_and_not_the_end() {
    let home = tempfile::tempdir().unwrap();
    let node = node(home.path());
    let mut silent: Vec<UnixStream> = (0..7).map(|_| connect(home.path())).collect();
    for stream in &mut silent {
        let request = b"{\"request\":\"peers\",\"watch\":true}\n";
        stream.write_all(request).unwrap();
    }
    is_still_well(home.path());
    node.signal(Signal::TERM);
    assert_eq!(node.end().0, Some(0));
}

#[test]
fn who_says_more_than_one_request_while_it_is_answered_is_cut_off() {
    let home = tempfile::tempdir().unwrap();
    let _node = node(home.path());
    let mut stream = connect(home.path());
    stream
        .write_all(b"{\"request\":\"peers\",\"watch\":true}\nmore")
        .unwrap();
    let mut rest = Vec::new();
    // Reset, or closed: either way it ends.
    let _ = stream.read_to_end(&mut rest);
    is_still_well(home.path());
}

/// What is told to whoever attends, up to and with the first record that is wanted.
fn until(lines: &mut impl Iterator<Item = Value>, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut told = Vec::new();
    for record in lines {
        let found = wanted(&record);
        told.push(record);
        if found {
            return told;
        }
    }
    panic!("it ended with {told:?}");
}

#[test]
fn whoever_attends_is_told_what_there_is_then_what_changes_and_the_end() {
    let home = tempfile::tempdir().unwrap();
    let node = node(home.path());
    let mut stream = connect(home.path());
    stream.write_all(b"{\"request\":\"attend\"}\n").unwrap();
    let lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let mut lines = lines.map(|line| serde_json::from_str(&line).expect("every line is JSON"));
    let told = until(&mut lines, |record: &Value| record["event"] == "ready");
    let events: Vec<_> = told.iter().map(|record| &record["event"]).collect();
    assert_eq!(events, ["me", "conversation", "status", "ready"]);
    assert_eq!(told[1]["place"], "#lobby");
    assert_eq!(told[2]["present"], Value::Array(Vec::new()));
    let tried = told[2]["tried"][0].as_str().unwrap();
    assert!(tried.contains("Discovery is off"), "{tried}");

    let asked = ask(home.path(), "{\"request\":\"join\",\"room\":\"#West\"}\n");
    assert_eq!(asked.last().unwrap()["event"], "done");
    let said = r##"{"request":"send","room":"#west","text":"hello"}"##;
    ask(home.path(), &format!("{said}\n"));
    let told = until(&mut lines, |record| record["event"] == "message");
    assert_eq!(told.last().unwrap()["text"], "hello");
    until(&mut lines, |record| record["place"] == "#west");
    ask(home.path(), "{\"request\":\"nick\",\"name\":\"ana\"}\n");
    until(&mut lines, |record| {
        record["event"] == "me" && record["name"] == "ana"
    });
    ask(home.path(), "{\"request\":\"leave\",\"room\":\"#west\"}\n");
    until(&mut lines, |record| {
        record["event"] == "gone" && record["place"] == "#west"
    });

    node.signal(Signal::TERM);
    assert_eq!(
        lines.find(|record: &Value| record["event"] == "error"),
        None
    );
    assert_eq!(node.end().0, Some(0));
}

#[test]
fn what_is_kept_for_the_view_may_be_all_quotes_and_no_longer_than_it_may_be() {
    let home = tempfile::tempdir().unwrap();
    let _node = node(home.path());
    let kept = |home: &Path| ask(home, "{\"request\":\"kept\"}\n")[0]["value"].clone();
    assert_eq!(kept(home.path()), Value::Null);
    let longest = "\"".repeat(32 * 1024);
    let request = |value: &str| serde_json::json!({"request": "keep", "value": value}).to_string();
    let answer = ask(home.path(), &format!("{}\n", request(&longest)));
    assert_eq!(answer.last().unwrap()["event"], "done");
    assert_eq!(kept(home.path()), longest.as_str());
    let answer = ask(
        home.path(),
        &format!("{}\n", request(&"x".repeat(32 * 1024 + 1))),
    );
    assert_eq!(answer.last().unwrap()["event"], "error");
    assert_eq!(kept(home.path()), longest.as_str());
}
