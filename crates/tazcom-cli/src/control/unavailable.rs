//! Where there are no Unix sockets no running node can be asked.

use std::io;
use std::path::Path;
use std::time::Duration;

use tazcom_identity::DataDir;
use tazcom_node::Node;

use crate::control::{Answer, AskError, Attended, Request};

/// A question to a running node; here there is none.
#[derive(Debug)]
pub(crate) enum Connection {}

/// Finds that no node can be asked.
#[expect(clippy::unused_async, reason = "it waits on Unix")]
pub(crate) async fn connect(_: &Path) -> Result<Option<Connection>, AskError> {
    Ok(None)
}

impl Connection {
    #[expect(clippy::unused_async, reason = "it waits on Unix")]
    pub(crate) async fn ask(&mut self, _: &Request) -> Result<(), AskError> {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "it waits on Unix")]
    pub(crate) async fn next(&mut self, _: Duration) -> Result<Option<Answer>, AskError> {
        match *self {}
    }
}

impl Connection {
    #[expect(clippy::unused_async, reason = "it waits on Unix")]
    pub(crate) async fn attended(&mut self) -> Result<Option<Attended>, AskError> {
        match *self {}
    }
}

/// Finds that nobody can be asked here.
pub(crate) fn inside(_: &Node) -> io::Result<Connection> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// Nothing is served.
#[derive(Debug)]
pub(crate) struct Serving;

/// Finds that nothing can be served, which is no failure.
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
pub(crate) fn serve(_: &DataDir, _: &Node) -> io::Result<Serving> {
    Ok(Serving)
}
