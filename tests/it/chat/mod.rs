//! The chat, as lines and on a screen.

mod ends;
mod job;
mod plain;
mod screen;
mod secrets;

use std::fs::{self, File};
use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use tazcom_tests::{SOON, Signal, User, eventually};
use tempfile::TempDir;

/// How somebody chats who is called what failures call them.
fn chat(user: &User, arguments: &[&str]) -> Command {
    let mut command = user.verb(["chat", "--name", user.name()]);
    command.args(arguments);
    command
}

/// A chat whose standard streams are pipes and files.
struct Piped {
    child: Child,
    keys: Option<ChildStdin>,
    streams: TempDir,
}

impl Piped {
    fn run(mut command: Command) -> Self {
        let streams = TempDir::with_prefix("tazcom-chat-").unwrap();
        let stream = |name| File::create(streams.path().join(name)).unwrap();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(stream("out"))
            .stderr(stream("err"))
            .spawn()
            .unwrap();
        Self {
            keys: child.stdin.take(),
            child,
            streams,
        }
    }

    fn types(&mut self, line: &str) {
        self.writes(format!("{line}\n").as_bytes());
    }

    fn writes(&mut self, bytes: &[u8]) {
        let keys = self.keys.as_mut().unwrap();
        keys.write_all(bytes).unwrap();
    }

    /// What it has written to standard output.
    fn out(&self) -> String {
        String::from_utf8(fs::read(self.streams.path().join("out")).unwrap()).unwrap()
    }

    /// What it has written to standard error.
    fn err(&self) -> String {
        fs::read_to_string(self.streams.path().join("err")).unwrap()
    }

    /// Waits until a line that ends so is printed.
    #[track_caller]
    fn prints(&self, end: &str) {
        self.prints_like(end, |line| line.ends_with(end));
    }

    #[track_caller]
    fn prints_like(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        let begun = std::time::Instant::now();
        while !self.out().lines().any(&wanted) {
            let (out, err) = (self.out(), self.err());
            assert!(begun.elapsed() < SOON, "not printed: {what}\n{out}\n{err}");
            tazcom_tests::pause(std::time::Duration::from_millis(20));
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Ends what it reads, and waits for its own end.
    fn is_done(&mut self) -> ExitStatus {
        drop(self.keys.take());
        self.ends()
    }

    fn ends(&mut self) -> ExitStatus {
        eventually("the chat ends", SOON, || self.child.try_wait().unwrap())
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
