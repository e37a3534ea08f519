//! The running node's side: a few clients at a time, none of whom can hold it up.

use std::io;
use std::time::{Duration, Instant};

use tazcom_identity::DataDir;
use tazcom_node::Node;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::control::Connection;
use crate::control::socket::{self, SocketFile};
use crate::output::Record;

mod attend;
mod client;
mod conversation;
mod private;
mod refused;
mod trusts;

use client::Client;

/// Clients at a time; one past it is told so. A person has two hands, and a few scripts.
const MAX_CLIENTS: usize = 8;

/// How long not to accept when accepting fails, which is for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// The socket is served until this is dropped.
#[derive(Debug)]
pub(crate) struct Serving {
    task: JoinHandle<()>,
    _file: SocketFile,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Begins to answer questions about `node` in the directory it holds.
///
/// # Errors
/// When the socket cannot be made. The node can do without.
pub(crate) fn serve(held: &DataDir, node: &Node) -> io::Result<Serving> {
    let (listener, file) = socket::listen(held)?;
    let server = Server {
        listener,
        node: node.clone(),
        since: Instant::now(),
        clients: JoinSet::new(),
    };
    Ok(Serving {
        task: tokio::spawn(server.run()),
        _file: file,
    })
}

/// A connection on which one request is answered, without a socket in a directory: for whoever runs the
/// node itself.
///
/// # Errors
/// When there are no more file descriptors.
pub(crate) fn inside(node: &Node) -> io::Result<Connection> {
    let (ours, theirs) = UnixStream::pair()?;
    tokio::spawn(Client::new(theirs, node.clone(), Instant::now()).serve());
    Ok(Connection::of(ours))
}

#[derive(Debug)]
struct Server {
    listener: UnixListener,
    node: Node,
    since: Instant,
    clients: JoinSet<()>,
}

impl Server {
    async fn run(mut self) {
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => self.admit(stream),
                    Err(error) => {
                        tracing::debug!("the control socket does not accept: {error}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                // That a client is done makes room; a panic has been noted where panics are.
                Some(_) = self.clients.join_next() => {}
            }
        }
    }

    fn admit(&mut self, stream: UnixStream) {
        if !matches!(socket::is_own(&stream), Ok(true)) {
            tracing::debug!("the control socket was tried by another user");
            return;
        }
        if self.clients.len() >= MAX_CLIENTS {
            let busy = Record::Error {
                kind: "busy",
                message: format!("the node answers {MAX_CLIENTS} others; try again"),
                candidates: Vec::new(),
            };
            // There is room for it in a socket that nothing was written to.
            if let Ok(line) = busy.to_line() {
                let _ = stream.try_write(line.as_bytes());
            }
            return;
        }
        let client = Client::new(stream, self.node.clone(), self.since);
        self.clients.spawn(client.serve());
    }
}
