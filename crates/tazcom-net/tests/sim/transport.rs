//! The emulated network as the endpoint's connections.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tazcom_net::{Listener, Stream, Transport};
use tazcom_testkit::{SimHost, SimListener, SimStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Connections out of one host.
#[derive(Clone, Debug)]
pub(crate) struct Emulated(pub(crate) SimHost);

#[derive(Debug)]
pub(crate) struct EmulatedListener(pub(crate) SimListener);

#[derive(Debug)]
pub(crate) struct EmulatedStream(pub(crate) SimStream);

impl Transport for Emulated {
    type Stream = EmulatedStream;
    type Listener = EmulatedListener;

    async fn connect(&self, addr: SocketAddr) -> io::Result<EmulatedStream> {
        self.0.connect(addr).await.map(EmulatedStream)
    }
}

impl Listener for EmulatedListener {
    type Stream = EmulatedStream;

    fn poll_accept(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<(EmulatedStream, SocketAddr)>> {
        self.0.poll_accept(context).map(|accepted| {
            let (stream, from) = accepted?;
            Ok((EmulatedStream(stream), from))
        })
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.0.local_addr())
    }
}

impl Stream for EmulatedStream {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.0.local_addr())
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.0.peer_addr())
    }
}

impl AsyncRead for EmulatedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for EmulatedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
