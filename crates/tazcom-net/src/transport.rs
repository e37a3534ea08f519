//! What connections are made of.

use std::future::Future;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::{fmt, io};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// Makes connections. [`Tcp`] is the one of every node; another one carries a node in a simulated
/// network.
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// A connection.
    type Stream: Stream;
    /// What accepts connections.
    type Listener: Listener<Stream = Self::Stream>;

    /// Connects. Dropping the future gives the attempt up.
    fn connect(
        &self,
        addr: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::Stream>> + Send + 'static;
}

/// A connection: two directions of bytes, in order, each of which ends or breaks.
pub trait Stream: AsyncRead + AsyncWrite + fmt::Debug + Unpin + Send + 'static {
    /// Our end.
    ///
    /// # Errors
    /// The connection is gone.
    fn local_addr(&self) -> io::Result<SocketAddr>;

    /// The other end.
    ///
    /// # Errors
    /// The connection is gone.
    fn peer_addr(&self) -> io::Result<SocketAddr>;
}

/// Accepts connections at one address.
pub trait Listener: fmt::Debug + Send + 'static {
    /// What it accepts.
    type Stream;

    /// The next connection, and where it comes from.
    fn poll_accept(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<(Self::Stream, SocketAddr)>>;

    /// Where it listens.
    ///
    /// # Errors
    /// It is closed.
    fn local_addr(&self) -> io::Result<SocketAddr>;
}

/// TCP of the operating system. What is written is sent at once (`TCP_NODELAY`): a session's
/// frames are whole messages, and nothing is gained by waiting for more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Transport for Tcp {
    type Stream = TcpStream;
    type Listener = TcpListener;

    fn connect(
        &self,
        addr: SocketAddr,
    ) -> impl Future<Output = io::Result<TcpStream>> + Send + 'static {
        async move {
            let stream = TcpStream::connect(addr).await?;
            stream.set_nodelay(true)?;
            Ok(stream)
        }
    }
}

impl Stream for TcpStream {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        Self::local_addr(self)
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Self::peer_addr(self)
    }
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    fn poll_accept(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accepted = Self::poll_accept(self, context);
        if let Poll::Ready(Ok((stream, _))) = &accepted {
            // A connection that is dead already says so when it is read.
            let _ = stream.set_nodelay(true);
        }
        accepted
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Self::local_addr(self)
    }
}
