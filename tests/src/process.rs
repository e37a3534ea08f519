//! A program that prints one JSON object a line, and what it has said so far.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::event::Event;
use crate::settle::eventually;

/// Unread events a process may run ahead of its test; then it waits on its stdout like on any
/// pipe. A crowd of 50 nodes says about 200 each.
const UNREAD_EVENTS: usize = 8_192;
const EVENTS_IN_A_FAILURE: usize = 50;
const LOG_LINES_IN_A_FAILURE: usize = 40;

/// A running program. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    lines: Receiver<Event>,
    events: Vec<Event>,
    mark: usize,
    scratch: TempDir,
}

impl Process {
    /// Starts `command`; `name` is what failures call it.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn spawn(name: impl Into<String>, command: &mut Command) -> Self {
        Self::spawn_with_input(name, command.stdin(Stdio::null()))
    }

    /// The same, with what `command` has as its standard input.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn spawn_with_input(name: impl Into<String>, command: &mut Command) -> Self {
        let name = name.into();
        let scratch = TempDir::with_prefix("tazcom-test-")
            .expect("the system has a directory for temporary files");
        let log =
            File::create(scratch.path().join("stderr")).expect("our own directory is writable");
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {command:?}: {error}"));
        let stdout = child.stdout.take().expect("stdout was asked for");
        Self {
            name,
            child,
            lines: read(stdout),
            events: Vec::new(),
            mark: 0,
            scratch,
        }
    }

    /// The first event since the last [`Process::mark`] for which `wanted` holds, said already or
    /// awaited. It is not used up: the same event can be asked for again.
    ///
    /// # Panics
    ///
    /// When it does not come `within` the time given, or the process ends: the message shows
    /// `what` was awaited, the last events and the end of the log.
    pub fn wait_for(
        &mut self,
        what: &str,
        within: Duration,
        wanted: impl Fn(&Event) -> bool,
    ) -> Event {
        match self.find(within, wanted) {
            Ok(event) => event,
            Err(why) => panic!("{} {why}: {what}{}", self.name, self.account()),
        }
    }

    /// Waits `during` and fails if `unwanted` holds for an event since the last mark.
    ///
    /// # Panics
    ///
    /// When it does.
    pub fn expect_none(&mut self, what: &str, during: Duration, unwanted: impl Fn(&Event) -> bool) {
        if let Ok(event) = self.find(during, unwanted) {
            panic!("{} said {event}, but: {what}{}", self.name, self.account());
        }
    }

    /// Later waits look only at what is said from now on.
    pub fn mark(&mut self) {
        self.catch_up();
        self.mark = self.events.len();
    }

    /// What was said since the last mark.
    pub fn events(&mut self) -> &[Event] {
        self.catch_up();
        &self.events[self.mark..]
    }

    /// How many events since the last mark are such.
    pub fn count(&mut self, such: impl Fn(&Event) -> bool) -> usize {
        self.events().iter().filter(|event| such(event)).count()
    }

    /// What it wrote to stderr so far.
    ///
    /// # Panics
    ///
    /// When its log cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        let log = fs::read(self.scratch.path().join("stderr")).expect("our own file is readable");
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Sends a signal. A process that has ended already is left alone.
    pub fn signal(&self, signal: Signal) {
        let _ = kill_process(self.pid(), signal);
    }

    /// Sends a signal and waits for the end.
    ///
    /// # Panics
    ///
    /// When it goes on for longer than `within`.
    pub fn end(&mut self, signal: Signal, within: Duration) -> ExitStatus {
        self.signal(signal);
        self.wait_for_exit(within)
    }

    /// Waits for the end, and reads what was said until then.
    ///
    /// # Panics
    ///
    /// When it goes on for longer than `within`.
    pub fn wait_for_exit(&mut self, within: Duration) -> ExitStatus {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if let Some(status) = self.exit_status() {
                self.read_to_the_end();
                return status;
            }
            self.catch_up();
            crate::pause(Duration::from_millis(10));
        }
        panic!(
            "{} still runs after {within:?}{}",
            self.name,
            self.account()
        );
    }

    /// The exit status, once it has ended.
    ///
    /// # Panics
    ///
    /// When the system cannot tell.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child
            .try_wait()
            .expect("our own child can be waited for")
    }

    /// What it uses now.
    ///
    /// # Panics
    ///
    /// When it has ended.
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage::of(self.pid())
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// What failures call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The last events and the end of the log, for a failure message.
    #[must_use]
    pub fn account(&self) -> String {
        let mut account = format!("\n  last events of {}:", self.name);
        let skipped = self.events.len().saturating_sub(EVENTS_IN_A_FAILURE);
        for event in &self.events[skipped..] {
            let _ = write!(account, "\n    {event}");
        }
        account.push_str("\n  end of its log:");
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        for line in &lines[lines.len().saturating_sub(LOG_LINES_IN_A_FAILURE)..] {
            let _ = write!(account, "\n    {line}");
        }
        account
    }

    fn find(&mut self, within: Duration, wanted: impl Fn(&Event) -> bool) -> Result<Event, String> {
        let deadline = Instant::now() + within;
        let mut looked_at = self.mark;
        loop {
            while let Some(event) = self.events.get(looked_at) {
                if wanted(event) {
                    return Ok(event.clone());
                }
                looked_at += 1;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(event) => self.events.push(event),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(format!("did not say within {within:?}"));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = eventually("its exit status", Duration::from_secs(5), || {
                        self.exit_status()
                    });
                    return Err(format!("ended ({status}) before it said"));
                }
            }
        }
    }

    fn catch_up(&mut self) {
        self.events.extend(self.lines.try_iter());
    }

    /// What an ended process said last may still be in the pipe.
    fn read_to_the_end(&mut self) {
        while let Ok(event) = self.lines.recv_timeout(Duration::from_secs(1)) {
            self.events.push(event);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(stdout: ChildStdout) -> Receiver<Event> {
    let (sender, receiver) = sync_channel(UNREAD_EVENTS);
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(Event::from_line(&line)).is_err() {
                return;
            }
        }
    });
    receiver
}

/// What a process uses, as `/proc` tells it.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Resident memory now, in KiB.
    pub resident_kib: u64,
    /// What of it is in no file, and so is no other process's too, in KiB.
    pub own_kib: u64,
    /// The most resident memory it ever had, in KiB.
    pub peak_resident_kib: u64,
    /// Processor time, user and system, since its start.
    pub cpu: Duration,
}

impl Usage {
    fn of(pid: Pid) -> Self {
        let status = read_proc(pid, "status");
        let kib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let figure = line.and_then(|line| line.split_whitespace().next());
            figure
                .and_then(|text| text.parse().ok())
                .unwrap_or_else(|| panic!("no {key} in {status}"))
        };
        let stat = read_proc(pid, "stat");
        // The name in parentheses may hold spaces; the figures start behind it.
        let figures = stat.rsplit_once(')').map_or("", |(_, figures)| figures);
        let ticks: u64 = figures
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|text| text.parse::<u64>().ok())
            .sum();
        let ticks_per_second = rustix::param::clock_ticks_per_second();
        Self {
            resident_kib: kib("VmRSS:"),
            own_kib: kib("RssAnon:"),
            peak_resident_kib: kib("VmHWM:"),
            cpu: Duration::from_millis(ticks * 1000 / ticks_per_second),
        }
    }
}

fn read_proc(pid: Pid, file: &str) -> String {
    let path = format!("/proc/{}/{file}", pid.as_raw_nonzero());
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
