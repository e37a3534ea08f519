//! Output that nobody reads, or that cannot be written: the node goes on, and ends when asked to.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process};

use crate::process::{Node, finish, tazcom};

/// How long an end may take when nobody reads.
const ENDS_WITHIN: Duration = Duration::from_secs(8);

/// A pipe that is full to the brim. Nobody reads it as long as the reading end is held.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().expect("a pipe can be made");
    let flags = fcntl_getfl(writer.as_fd()).expect("it is open");
    fcntl_setfl(writer.as_fd(), flags | OFlags::NONBLOCK).expect("it is open");
    for size in [4096, 1] {
        while writer.write(&vec![b'.'; size]).is_ok() {}
    }
    fcntl_setfl(writer.as_fd(), flags).expect("it is open");
    (reader, writer)
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("it is running");
}

/// Waits for the end; a child that does not end in time is killed.
#[track_caller]
fn ends_in_time(mut child: Child) -> ExitStatus {
    let pid = Pid::from_child(&child);
    let (sender, receiver) = sync_channel(1);
    let waiting = std::thread::spawn(move || sender.send(child.wait()));
    let ended = receiver.recv_timeout(ENDS_WITHIN);
    if ended.is_err() {
        kill_process(pid, Signal::KILL).expect("it is our child and still there");
    }
    waiting.join().expect("waiting does not panic").ok();
    ended.expect("it does not end").expect("it is our child")
}

/// The rest of the first line with `part` in it, after `part`.
fn line_with(stream: impl Read, part: &str) -> String {
    let lines = BufReader::new(stream).lines();
    let after = |line: String| Some(line.split_once(part)?.1.to_owned());
    lines
        .map_while(Result::ok)
        .find_map(after)
        .unwrap_or_else(|| panic!("{part:?} did not come"))
}

#[test]
fn a_node_whose_log_nobody_reads_answers_and_ends_with_a_goodbye() {
    let home = tempfile::tempdir().unwrap();
    let observer = Node::ephemeral(home.path(), &[]);
    observer.started();
    let (_unread, log) = full_pipe();
    let mut command = tazcom(home.path());
    command
        .args(["run", "--json", "--ephemeral", "--interface", "lo"])
        .args(["--log", "trace"])
        .stderr(log);
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut started = String::new();
    stdout.read_line(&mut started).unwrap();
    // Read on, so that only the log is stuck.
    let reading = std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
    let started: serde_json::Value = serde_json::from_str(&started).unwrap();
    let id = started["id"].as_str().unwrap();
    observer.event_about("peer_discovered", "id", id);

    for _ in 0..20 {
        let mut client = TcpStream::connect(started["listen"][0].as_str().unwrap()).unwrap();
        client.set_read_timeout(Some(ENDS_WITHIN)).unwrap();
        let hello = format!("{{\"type\":\"HELLO\",\"from\":\"{}\"}}\n", "A".repeat(43));
        client.write_all(hello.as_bytes()).unwrap();
        let mut answer = [0; 4];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"ACK\n");
    }
    signal(&child, Signal::TERM);
    let removed = observer.event_about("peer_removed", "id", id);
    assert_eq!(removed["reason"], "goodbye");
    assert_eq!(ends_in_time(child).code(), Some(0));
    reading.join().unwrap().unwrap();
}

#[test]
fn a_node_whose_json_nobody_reads_ends_with_a_goodbye() {
    let home = tempfile::tempdir().unwrap();
    let observer = Node::ephemeral(home.path(), &[]);
    observer.started();
    let (_unread, json) = full_pipe();
    let mut command = tazcom(home.path());
    command
        .args(["run", "--json", "--ephemeral", "--interface", "lo"])
        .stdout(json);
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let id = line_with(&mut log, "Node ID: ");
    let reading = std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    observer.event_about("peer_discovered", "id", &id);
    signal(&child, Signal::TERM);
    let removed = observer.event_about("peer_removed", "id", &id);
    assert_eq!(removed["reason"], "goodbye");
    assert_eq!(ends_in_time(child).code(), Some(0));
    reading.join().unwrap().unwrap();
}

#[test]
fn a_second_signal_ends_at_once_what_nobody_reads() {
    let home = tempfile::tempdir().unwrap();
    let (_unread, log) = full_pipe();
    let (_unread_too, json) = full_pipe();
    let observer = Node::ephemeral(home.path(), &[]);
    observer.started();
    let mut command = tazcom(home.path());
    command
        .args(["run", "--json", "--data-dir"])
        .arg(home.path().join("mine"))
        .args(["--interface", "lo"])
        .stdout(json)
        .stderr(log);
    let id = finish(
        tazcom(home.path())
            .args(["id", "--data-dir"])
            .arg(home.path().join("mine")),
    );
    let child = command.spawn().unwrap();
    drop(command);
    let id = id.stdout().trim();
    observer.event_about("peer_discovered", "id", id);
    signal(&child, Signal::INT);
    observer.event_about("peer_removed", "id", id);
    signal(&child, Signal::INT);
    assert_eq!(ends_in_time(child).code(), Some(130));
}

#[test]
fn peers_whose_list_nobody_reads_ends_with_ctrl_c() {
    let home = tempfile::tempdir().unwrap();
    let (_unread, list) = full_pipe();
    let mut command = tazcom(home.path());
    command
        .args(["peers", "--watch", "--json"])
        .args(["--interface", "absent0", "--interface", "lo"])
        .stdout(list);
    let mut child = command.spawn().unwrap();
    drop(command);
    // Signals are caught by the time it says so.
    line_with(child.stderr.take().unwrap(), "absent0");
    let node = Node::ephemeral(home.path(), &[]);
    node.started();
    signal(&child, Signal::INT);
    ends_in_time(child);
}

#[test]
fn a_ping_whose_round_trips_nobody_reads_ends_with_a_goodbye() {
    let home = tempfile::tempdir().unwrap();
    let observer = Node::ephemeral(home.path(), &[]);
    let (observed_by, _) = observer.started();
    let (_unread, trips) = full_pipe();
    let own = finish(tazcom(home.path()).arg("id"));
    let own = own.stdout().trim();
    let mut command = tazcom(home.path());
    command.args(["ping", &observed_by, "--interface", "lo"]);
    command.args(["--count", "10000", "--interval", "0.01"]);
    let child = command.stdout(trips).spawn().unwrap();
    drop(command);
    observer.event_about("session_up", "id", own);
    signal(&child, Signal::INT);
    let down = observer.event_about("session_down", "id", own);
    assert_eq!(down["reason"], "peer_shut_down");
    // The summary has nowhere to go either.
    signal(&child, Signal::INT);
    assert_eq!(ends_in_time(child).code(), Some(130));
}

#[test]
fn an_error_that_cannot_be_written_keeps_its_exit_code() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = tazcom(home.path());
    command.args(["id", "--data-dir"]).arg(&file).stderr(full());
    assert_eq!(finish(&mut command).code(), 2);
    let mut command = tazcom(home.path());
    command.args(["run", "--no-such-flag"]).stderr(full());
    assert_eq!(finish(&mut command).code(), 2);
}
