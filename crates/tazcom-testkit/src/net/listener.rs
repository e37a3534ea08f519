//! A listening socket that is none.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use super::SimNet;
use super::connection::Attempt;
use super::stream::SimStream;
use super::timer::Timer;

/// Takes connections at one address. Dropping it resets those in its backlog.
#[derive(Debug)]
pub struct SimListener {
    net: SimNet,
    id: u64,
    addr: SocketAddr,
    timer: Timer,
}

impl SimListener {
    pub(super) fn new(net: SimNet, id: u64, addr: SocketAddr) -> Self {
        Self {
            net,
            id,
            addr,
            timer: Timer::default(),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// The next connection, in the order in which they came to stand, and who it is from.
    ///
    /// # Errors
    ///
    /// None today; the type is that of a real listener.
    pub fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(SimStream, SocketAddr)>> {
        loop {
            let waker = cx.waker();
            let attempt = self
                .net
                .with(|world| world.accept(self.id, self.addr, waker));
            match attempt {
                Attempt::Done(accepted) => {
                    return Poll::Ready(accepted.map(|(end, peer)| {
                        let stream = SimStream::new(self.net.clone(), end, self.addr, peer);
                        (stream, peer)
                    }));
                }
                Attempt::Wait(deadline) => ready!(self.timer.poll(cx, deadline)),
            }
        }
    }
}

impl Drop for SimListener {
    fn drop(&mut self) {
        self.net
            .with(|world| world.stop_listening(self.id, self.addr));
    }
}
