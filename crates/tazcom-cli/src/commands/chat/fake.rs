//! A node for tests, which answers what a test has it answer.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::door::Door;
use crate::control::FILE_NAME;

/// Where it listens.
#[derive(Debug)]
pub(super) struct Fake {
    dir: TempDir,
    listener: UnixListener,
}

/// A question that somebody has asked it; its end, too, once dropped.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: Value,
    stream: BufReader<UnixStream>,
}

impl Fake {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().expect("there is room");
        let listener =
            UnixListener::bind(dir.path().join(FILE_NAME)).expect("nobody listens there");
        Self { dir, listener }
    }

    pub(super) fn door(&self) -> Door {
        Door::Socket(self.dir.path().to_owned())
    }

    /// The next question.
    pub(super) async fn asked(&self) -> Asked {
        let (stream, _) = self.listener.accept().await.expect("it listens");
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        let read = stream.read_line(&mut line).await;
        read.expect("it is text");
        let request = serde_json::from_str(&line).expect("it is a request");
        Asked { request, stream }
    }

    /// Closes the next connection before anything is asked.
    pub(super) async fn hangs_up(&self) {
        drop(self.listener.accept().await.expect("it listens"));
    }
}

impl Asked {
    /// Answers, and does not say that this was all.
    pub(super) async fn tells(&mut self, records: impl IntoIterator<Item = Value>) {
        for record in records {
            let line = format!("{record}\n");
            let written = self.stream.write_all(line.as_bytes()).await;
            written.expect("somebody waits for it");
        }
    }

    pub(super) async fn does(mut self) {
        self.tells([serde_json::json!({"event": "done"})]).await;
    }
}

/// The way to nobody.
pub(super) fn nobody(dir: &Path) -> Door {
    Door::Socket(dir.to_owned())
}

/// The least time that timers tell apart.
const TICK: Duration = Duration::from_millis(1);

/// As long as this lives, time stands still and goes on only where a test has it go on. By itself the
/// runtime would pass over the time in which something comes through a socket.
#[derive(Debug)]
pub(super) struct Still {
    /// Dropped with this.
    _blocks: SyncSender<()>,
}

impl Still {
    pub(super) fn stands() -> Self {
        tokio::time::pause();
        let (blocks, ended) = sync_channel(1);
        // While something blocks, nothing is passed over.
        tokio::task::spawn_blocking(move || ended.recv());
        Self { _blocks: blocks }
    }
}

/// Has time go on, until everything is due that is due by then.
pub(super) async fn passes(time: Duration) {
    tokio::time::advance(time + TICK).await;
}
