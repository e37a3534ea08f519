//! The side of whoever asks.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::control::{Answer, AskError, Attended, FILE_NAME, Request, Told, socket};

/// The longest line of an answer, in bytes: a status with all the people it may have, each with the
/// longest name of signs that take four bytes, twice.
const MAX_ANSWER_LEN: usize = 512 * 1024;

/// How long the node may take to take a request.
const REQUEST_DEADLINE: Duration = Duration::from_secs(5);

/// A question to a running node, and its answer.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<UnixStream>,
    /// What has come of the next line.
    line: Vec<u8>,
}

/// Connects to the node that runs on `dir`; `None` when none runs there.
pub(crate) async fn connect(dir: &Path) -> Result<Option<Connection>, AskError> {
    let path = dir.join(FILE_NAME);
    let stream = match socket::connect(dir).await {
        Ok(stream) => stream,
        Err(error) if is_nobody_there(&error) => return Ok(None),
        Err(source) => return Err(AskError::Unreachable { path, source }),
    };
    match socket::is_own(&stream) {
        Ok(true) => Ok(Some(Connection::of(stream))),
        Ok(false) => Err(AskError::Foreign { path }),
        Err(source) => Err(AskError::Unreachable { path, source }),
    }
}

/// There is no socket, or nobody listens on it any more.
fn is_nobody_there(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::ConnectionRefused
    )
}

impl Connection {
    /// A connection whose other end is answered in this process.
    pub(super) fn of(stream: UnixStream) -> Self {
        Self {
            stream: BufReader::new(stream),
            line: Vec::new(),
        }
    }

    /// The next record of what there is and happens; none after the last. Cancel-safe.
    pub(crate) async fn attended(&mut self) -> Result<Option<Attended>, AskError> {
        match Attended::read(&self.next_line().await?)? {
            Attended::Done => Ok(None),
            attended => Ok(Some(attended)),
        }
    }

    pub(crate) async fn ask(&mut self, request: &Request) -> Result<(), AskError> {
        let mut line = serde_json::to_string(request).map_err(io::Error::from)?;
        line.push('\n');
        let written = timeout(REQUEST_DEADLINE, self.stream.write_all(line.as_bytes())).await;
        match written {
            Ok(Ok(())) => Ok(()),
            // It may have said why before it closed its end.
            Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(AskError::TimedOut),
        }
    }

    /// The next record of the answer, which may take so long; `None` after the last. Cancel-safe.
    pub(crate) async fn next(&mut self, within: Duration) -> Result<Option<Answer>, AskError> {
        match timeout(within, self.next_line()).await {
            Ok(line) => understood(line?),
            Err(_) => Err(AskError::TimedOut),
        }
    }

    async fn next_line(&mut self) -> Result<String, AskError> {
        loop {
            let buffer = self.stream.fill_buf().await?;
            if buffer.is_empty() {
                return Err(AskError::Ended);
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(buffer.len(), |end| end + 1);
            self.line.extend_from_slice(&buffer[..taken]);
            self.stream.consume(taken);
            if self.line.len() > MAX_ANSWER_LEN {
                return Err(AskError::Unreadable);
            }
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                return String::from_utf8(line).map_err(|_| AskError::Unreadable);
            }
        }
    }
}

fn understood(line: String) -> Result<Option<Answer>, AskError> {
    let told = serde_json::from_str(&line).map_err(|_| AskError::Unreadable)?;
    match told {
        Told::Done => Ok(None),
        Told::Error { kind, message } => Err(AskError::Refused { kind, message }),
        told => Ok(Some(Answer { told, line })),
    }
}
