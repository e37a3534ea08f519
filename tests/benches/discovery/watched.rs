//! A running program and when it said what.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process};
use serde_json::Value;
use tazcom_tests::{Host, Signal, pause};

use crate::kind::Kind;

/// Unread lines a program may run ahead; then it waits on its stdout like on any pipe.
const UNREAD_LINES: usize = 8_192;

/// How long a program may take to say `started`, on a machine that starts fifty of them.
const START: Duration = Duration::from_secs(60);

/// Said by a program whose start-up is not to count, once it is ready to begin.
pub(crate) const LOADED: &str = "loaded";

/// Something a program said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) at: Instant,
    pub(crate) event: String,
    /// Whom it is about, where it is about somebody.
    pub(crate) id: String,
}

/// A node of some kind, which prints one JSON object a line. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Watched {
    kind: Kind,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Said>,
    said: Vec<Said>,
    spawned: Instant,
    /// The machine lives as long as what runs on it.
    _host: Host,
}

impl Watched {
    /// Starts `command` on `host`, without a program in between whose own start would count.
    pub(crate) fn spawn(kind: Kind, host: &Host, mut command: Command) -> Self {
        for (key, _) in std::env::vars_os() {
            if key.as_encoded_bytes().starts_with(b"TAZCOM_") {
                command.env_remove(key);
            }
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let (spawned, child) = host.enter(|| (Instant::now(), command.spawn()));
        let mut child = child.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let stdout = child.stdout.take().expect("stdout was asked for");
        Self {
            kind,
            stdin: child.stdin.take(),
            child,
            lines: read(stdout),
            said: Vec::new(),
            spawned,
            _host: host.clone(),
        }
    }

    /// When what it does began.
    pub(crate) fn begun(&self) -> Instant {
        let loaded = self.said.iter().find(|said| said.event == LOADED);
        loaded.map_or(self.spawned, |said| said.at)
    }

    /// Its own id, once it has told it.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub(crate) fn id(&mut self) -> String {
        let started = self.first(START, |said| said.event == "started");
        let started = started.unwrap_or_else(|| panic!("{} did not start", self.kind.title()));
        started.id
    }

    /// When it first found the node `id`; none when it does not `within` the time from now.
    pub(crate) fn finds(&mut self, id: &str, within: Duration) -> Option<Instant> {
        self.says(self.kind.found(), id, within)
    }

    /// When it first lost the node `id`; none when it does not `within` the time from now.
    pub(crate) fn loses(&mut self, id: &str, within: Duration) -> Option<Instant> {
        self.says(self.kind.removed(), id, within)
    }

    fn says(&mut self, event: &str, id: &str, within: Duration) -> Option<Instant> {
        let said = self.first(within, |said| said.event == event && said.id == id)?;
        Some(said.at)
    }

    /// Everything it said so far.
    pub(crate) fn said(&mut self) -> &[Said] {
        self.said.extend(self.lines.try_iter());
        &self.said
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    /// Asks it to end in good order, and does not wait.
    pub(crate) fn ask_to_end(&mut self) {
        if self.kind.ends_with_its_input() {
            self.stdin = None;
        } else {
            self.signal(Signal::TERM);
        }
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn end(mut self, within: Duration) {
        self.ask_to_end();
        let deadline = Instant::now() + within;
        while Instant::now() < deadline && !self.has_ended() {
            self.said();
            pause(Duration::from_millis(5));
        }
    }

    fn first(&mut self, within: Duration, wanted: impl Fn(&Said) -> bool) -> Option<Said> {
        let deadline = Instant::now() + within;
        let mut looked_at = 0;
        loop {
            while let Some(said) = self.said.get(looked_at) {
                if wanted(said) {
                    return Some(said.clone());
                }
                looked_at += 1;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(said) => self.said.push(said),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(stdout: ChildStdout) -> Receiver<Said> {
    let (sender, receiver) = sync_channel(UNREAD_LINES);
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let at = Instant::now();
            let json: Value = serde_json::from_str(&line).unwrap_or_default();
            let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
            let said = Said {
                at,
                event: text("event"),
                id: text("id"),
            };
            if sender.send(said).is_err() {
                return;
            }
        }
    });
    receiver
}
