//! A child process whose lines can be waited for.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Stops a hang. Nothing here takes a tenth of it.
const DEADLINE: Duration = Duration::from_secs(30);

/// Lines that may wait to be looked at; far more than any test makes.
const LINES: usize = 10_000;

/// The program with nothing of the environment but a home in `home`.
pub(crate) fn tazcom(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tazcom-cli"));
    command
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub(crate) fn finish(command: &mut Command) -> Finished {
    Finished(command.output().expect("the program starts"))
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Finished(Output);

impl Finished {
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().expect("it was not killed")
    }

    pub(crate) fn stdout(&self) -> &str {
        std::str::from_utf8(&self.0.stdout).expect("the output is UTF-8")
    }

    pub(crate) fn stderr(&self) -> &str {
        std::str::from_utf8(&self.0.stderr).expect("the output is UTF-8")
    }

    /// Fails unless it ended with this code and said all of `parts` on standard error.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, parts: &[&str]) {
        let said = self.stderr();
        assert_eq!(self.code(), code, "{said}");
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in {said:?}");
        }
        assert!(!said.contains("panicked"), "{said}");
    }
}

/// A node in the background. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    records: Option<Receiver<String>>,
    log: Receiver<String>,
}

impl Node {
    /// Starts `run --json` with these arguments.
    pub(crate) fn start(home: &Path, arguments: &[&str]) -> Self {
        Self::spawn(tazcom(home).args(["run", "--json"]).args(arguments))
    }

    /// Starts a throw-away node on loopback.
    pub(crate) fn ephemeral(home: &Path, arguments: &[&str]) -> Self {
        let mut command = tazcom(home);
        command.args(["run", "--json", "--ephemeral", "--interface", "lo"]);
        Self::spawn(command.args(arguments))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        Self {
            child,
            records: Some(lines(stdout)),
            log: lines(stderr),
        }
    }

    /// The next record for which `wanted` is true; those before it are passed over.
    #[track_caller]
    pub(crate) fn record(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let records = self.records.as_ref().expect("standard output is open");
        find(records, what, |line| {
            let record: Value = serde_json::from_str(line).expect("every line is JSON");
            wanted(&record).then_some(record)
        })
    }

    /// The next record of this event.
    #[track_caller]
    pub(crate) fn event(&self, event: &str) -> Value {
        self.record(event, |record| record["event"] == event)
    }

    /// The next record of this event about this id.
    #[track_caller]
    pub(crate) fn event_about(&self, event: &str, field: &str, id: &str) -> Value {
        self.record(event, |record| {
            record["event"] == event && record[field] == id
        })
    }

    /// The next line of the log with `part` in it.
    #[track_caller]
    pub(crate) fn logged(&self, part: &str) -> String {
        find(&self.log, part, |line| {
            line.contains(part).then(|| line.to_owned())
        })
    }

    /// The id and first address in its `started` record.
    #[track_caller]
    pub(crate) fn started(&self) -> (String, String) {
        let started = self.event("started");
        let text = |value: &Value| value.as_str().expect("it is text").to_owned();
        (text(&started["id"]), text(&started["listen"][0]))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("it is running");
    }

    /// Stops reading its standard output: its next write fails.
    pub(crate) fn stop_reading(&mut self) {
        self.records = None;
    }

    /// Waits for the end: exit code and the log lines not looked at yet.
    #[track_caller]
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<String>) {
        let until = Instant::now() + DEADLINE;
        let mut log = Vec::new();
        loop {
            match self
                .log
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(line) => log.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end; it said {log:#?}"),
            }
        }
        let status = self.child.wait().expect("it is our child");
        (status.code(), log)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lines as they come. The reader ends with the stream, or with the receiver.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = sync_channel(LINES);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            if line.is_ok_and(|line| sender.send(line).is_err()) {
                break;
            }
        }
    });
    receiver
}

#[track_caller]
fn find<T>(lines: &Receiver<String>, what: &str, wanted: impl Fn(&str) -> Option<T>) -> T {
    let until = Instant::now() + DEADLINE;
    let mut passed = Vec::new();
    loop {
        match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => match wanted(&line) {
                Some(found) => return found,
                None => passed.push(line),
            },
            Err(error) => panic!("{what:?} did not come ({error}); what came: {passed:#?}"),
        }
    }
}
