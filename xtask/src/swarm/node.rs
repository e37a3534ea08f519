//! One real node: a process, its directory, its log, and a thread that reads what it says.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

use super::board::Number;
use super::event::NodeEvent;
use crate::tether;

/// Something that a node said, or that it will say no more.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) node: Number,
    pub(super) at: Instant,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Event(NodeEvent),
    /// No event that can be read.
    Garbled(String),
    End,
}

/// How to start a node.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) program: PathBuf,
    pub(super) interface: String,
    pub(super) directory: PathBuf,
}

#[derive(Debug)]
pub(super) struct Node {
    child: Child,
    directory: PathBuf,
    status: Option<ExitStatus>,
}

impl Node {
    /// Starts a node with a data directory of its own. It reports to `heard`.
    pub(super) fn start(plan: &Plan, number: Number, heard: SyncSender<Heard>) -> Result<Self> {
        let directory = plan.directory.join(format!("node-{:03}", number + 1));
        let data = directory.join("data");
        fs::create_dir_all(&data).with_context(|| format!("making {}", data.display()))?;
        let log = create(&directory.join("log"))?;
        let events = create(&directory.join("events.jsonl"))?;
        let mut command = tether::command(&plan.program)?;
        command
            .args([
                "run",
                "--json",
                "--interface",
                &plan.interface,
                "--data-dir",
            ])
            .arg(&data);
        // A person's own settings are not the swarm's.
        let settings = std::env::vars_os().map(|(name, _)| name);
        for name in settings.filter(|name| name.to_string_lossy().starts_with("TAZCOM_")) {
            command.env_remove(name);
        }
        // A process group of its own: a Ctrl-C here is ours to pass on, in good order.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", plan.program.display()))?;
        let stdout = child.stdout.take();
        let node = Self {
            child,
            directory,
            status: None,
        };
        let stdout = stdout.context("a node without an output")?;
        thread::Builder::new()
            .name(format!("node-{:03}", number + 1))
            .spawn(move || listen(number, stdout, events, &heard))
            .context("starting a reader")?;
        Ok(node)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to leave.
    pub(super) fn terminate(&self) -> Result<()> {
        match self.status {
            // Its process id may be somebody else's by now.
            Some(_) => Ok(()),
            None => kill_process(Pid::from_child(&self.child), Signal::TERM)
                .with_context(|| format!("ending process {}", self.pid())),
        }
    }

    /// Ends it at once, without a word, and waits until it is gone.
    pub(super) fn kill(&mut self) -> Result<()> {
        if self.status.is_none() {
            self.child
                .kill()
                .with_context(|| format!("killing process {}", self.pid()))?;
            self.status = Some(self.child.wait().context("waiting for a killed process")?);
        }
        Ok(())
    }

    /// How it ended; none while it runs.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
        }
        self.status
    }

    /// The last lines of its log.
    pub(super) fn last_words(&self, lines: usize) -> String {
        let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        let all: Vec<&str> = log.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n    ")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Nothing outlives the swarm, however it ends.
        if self.ended().is_none() && self.kill().is_err() {
            eprintln!("process {} may still run", self.pid());
        }
    }
}

/// Reads what a node says until it ends, and keeps a copy.
fn listen(node: Number, stdout: ChildStdout, mut copy: File, heard: &SyncSender<Heard>) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        let at = Instant::now();
        let what = match NodeEvent::parse(&line) {
            Ok(event) => What::Event(event),
            Err(error) => What::Garbled(format!("{error:#}: {line}")),
        };
        // The copy is for a person to look at later; a full disk shall not end the reading.
        let _ = writeln!(copy, "{line}");
        if heard.send(Heard { node, at, what }).is_err() {
            return;
        }
    }
    // Nobody listens any more when the swarm has ended.
    let _ = heard.send(Heard {
        node,
        at: Instant::now(),
        what: What::End,
    });
}

fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("making {}", path.display()))
}
