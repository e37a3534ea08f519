//! `--on-message CMD`: a program that is told of every message.
//!
//! It gets the record of the message, as `--json` prints it, on its standard input: never through a
//! shell, and never in its arguments, where a stranger's words would be options. One runs at a time;
//! one that does not end is ended.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use std::{fmt, io};

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a program may take for a message.
const MAX_TIME: Duration = Duration::from_secs(30);

/// Messages that wait for their turn; the oldest go.
const MAX_WAITING: usize = 256;

/// A program and the messages it is yet to be told of.
#[derive(Debug)]
pub(crate) struct Hook {
    program: PathBuf,
    waiting: VecDeque<String>,
    running: Option<tokio::task::JoinHandle<Result<(), HookError>>>,
    lost: u64,
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HookError {
    #[error("cannot be started: {0}")]
    Start(#[source] io::Error),
    #[error("ended with {0}")]
    Status(ExitStatus),
    #[error("was ended: it took longer than {} s", MAX_TIME.as_secs())]
    TooLong,
    #[error("cannot be waited for: {0}")]
    Wait(#[source] io::Error),
    #[error("was not told of {0} messages: it is too slow")]
    Lost(u64),
    #[error("was not run: an internal error")]
    Panicked,
}

impl Hook {
    pub(crate) fn new(program: PathBuf) -> Self {
        Self {
            program,
            waiting: VecDeque::new(),
            running: None,
            lost: 0,
        }
    }

    /// A message, as a line of JSON.
    pub(crate) fn tell(&mut self, record: String) {
        if self.waiting.len() == MAX_WAITING {
            self.waiting.pop_front();
            self.lost += 1;
        }
        self.waiting.push_back(record);
    }

    /// Goes on with the messages; what went wrong with one. For ever when there are none.
    /// Cancel-safe.
    pub(crate) async fn next(&mut self) -> Trouble<'_> {
        loop {
            if self.running.is_none() {
                let Some(record) = self.waiting.pop_front() else {
                    return std::future::pending().await;
                };
                let program = self.program.clone();
                self.running = Some(tokio::spawn(run(program, record)));
            }
            let Some(running) = &mut self.running else {
                continue;
            };
            let result = running.await;
            self.running = None;
            let error = match result {
                Ok(Ok(())) if self.lost > 0 => HookError::Lost(std::mem::take(&mut self.lost)),
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error,
                Err(_) => HookError::Panicked,
            };
            let program = &self.program;
            return Trouble { program, error };
        }
    }

    /// Lets the program end that runs, and tells it of what waits, for as long as it may take for
    /// one.
    pub(crate) async fn finish(mut self) {
        let rest = async {
            while self.running.is_some() || !self.waiting.is_empty() {
                if let Some(running) = self.running.take() {
                    // What went wrong was no reason to stop before, and is none now.
                    let _ = running.await;
                }
                if let Some(record) = self.waiting.pop_front() {
                    self.running = Some(tokio::spawn(run(self.program.clone(), record)));
                }
            }
        };
        // What is not done by then is given up.
        let _ = timeout(MAX_TIME, rest).await;
    }
}

/// What went wrong with whom.
#[derive(Debug)]
pub(crate) struct Trouble<'a> {
    program: &'a PathBuf,
    error: HookError,
}

impl fmt::Display for Trouble<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--on-message {} {}", self.program.display(), self.error)
    }
}

async fn run(program: PathBuf, record: String) -> Result<(), HookError> {
    let started = Command::new(&program)
        .stdin(Stdio::piped())
        // What it prints is its own business; our standard output is for data.
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = started.map_err(HookError::Start)?;
    match timeout(MAX_TIME, told(&mut child, record)).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(HookError::Status(status)),
        Ok(Err(error)) => Err(HookError::Wait(error)),
        Err(_) => {
            // It is waited for, so that it leaves no zombie.
            let _ = child.kill().await;
            Err(HookError::TooLong)
        }
    }
}

async fn told(child: &mut Child, record: String) -> io::Result<ExitStatus> {
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read what it is told has its reasons.
        let _ = stdin.write_all(record.as_bytes()).await;
    }
    child.wait().await
}

/// The next thing that goes wrong; for ever without a program. Cancel-safe.
pub(crate) async fn trouble(hook: &mut Option<Hook>) -> String {
    match hook {
        Some(hook) => hook.next().await.to_string(),
        None => std::future::pending().await,
    }
}
