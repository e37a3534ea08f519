//! A stream, as tokio sees it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::SimNet;
use super::connection::Attempt;
use super::timer::Timer;
use super::world::EndId;

/// One end of a connection. Shutting it down sends a FIN after what was written; dropping it does
/// too, or sends a reset if something was left to read. One task may read while another writes.
#[derive(Debug)]
pub struct SimStream {
    net: SimNet,
    end: EndId,
    local: SocketAddr,
    peer: SocketAddr,
    // Apart, as the halves may be in different tasks.
    reading: Timer,
    writing: Timer,
}

impl SimStream {
    pub(super) fn new(net: SimNet, end: EndId, local: SocketAddr, peer: SocketAddr) -> Self {
        Self {
            net,
            end,
            local,
            peer,
            reading: Timer::default(),
            writing: Timer::default(),
        }
    }

    /// The address of this end.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// The address of the other end.
    #[must_use]
    pub fn peer_addr(&self) -> SocketAddr {
        self.peer
    }
}

impl AsyncRead for SimStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            let waker = cx.waker();
            let attempt = this.net.with(|world| world.read(this.end, buf, waker));
            match attempt {
                Attempt::Done(read) => return Poll::Ready(read.map(|_| ())),
                Attempt::Wait(deadline) => ready!(this.reading.poll(cx, deadline)),
            }
        }
    }
}

impl AsyncWrite for SimStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        loop {
            let waker = cx.waker();
            let attempt = this.net.with(|world| world.write(this.end, bytes, waker));
            match attempt {
                Attempt::Done(written) => return Poll::Ready(written),
                Attempt::Wait(deadline) => ready!(this.writing.poll(cx, deadline)),
            }
        }
    }

    /// Nothing is held back: what was written is on its way.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.net.with(|world| world.shut(self.end)) {
            Attempt::Done(shut) => Poll::Ready(shut),
            // Of a ghost: nothing will ever wake it.
            Attempt::Wait(_) => Poll::Pending,
        }
    }
}

impl Drop for SimStream {
    fn drop(&mut self) {
        self.net.with(|world| world.close(self.end));
    }
}
