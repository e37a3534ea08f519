//! A host: where listeners and streams begin.

use std::future::pending;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;

use tokio::time::sleep;

use super::SimNet;
use super::backlog::Answer;
use super::listener::SimListener;
use super::stream::SimStream;
use super::wire::RETRANSMISSION_TIMEOUT;
use super::world::Path;

/// A SYN is sent again less and less often, but at least this often: 2^6 times the timeout.
const MOST_DOUBLINGS: u32 = 6;

/// One host of a [`SimNet`], from one power cut to the next; a cheap handle.
#[derive(Clone, Debug)]
pub struct SimHost {
    net: SimNet,
    ip: IpAddr,
    life: u64,
}

impl SimHost {
    pub(super) fn new(net: SimNet, ip: IpAddr, life: u64) -> Self {
        Self { net, ip, life }
    }

    /// Its address.
    #[must_use]
    pub fn ip(&self) -> IpAddr {
        self.ip
    }

    /// Listens on `port`, or on the next free one if that is 0.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if the port is listened on; `NetworkDown` if the host has crashed since this
    /// handle was got.
    pub fn listen(&self, port: u16) -> io::Result<SimListener> {
        let (id, addr) = self.net.with(|world| {
            if !world.is_alive(self.ip, self.life) {
                return Err(io::ErrorKind::NetworkDown.into());
            }
            world.listen(self.ip, port)
        })?;
        Ok(SimListener::new(self.net.clone(), id, addr))
    }

    /// Connects to a listener: done after one round trip, and never if there is no way: while the
    /// link is partitioned, the other host is off or there is none, or the backlog is full.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused`, after a round trip, if nobody listens there; `AddrInUse` if all ports
    /// of this host are in use.
    pub async fn connect(&self, to: SocketAddr) -> io::Result<SimStream> {
        for attempt in 0.. {
            if let Some(connected) = self.try_connect(to).await {
                return connected;
            }
            sleep(RETRANSMISSION_TIMEOUT * 2_u32.pow(MOST_DOUBLINGS.min(attempt))).await;
        }
        pending().await
    }

    /// One SYN. `None` if there was no answer to it.
    async fn try_connect(&self, to: SocketAddr) -> Option<io::Result<SimStream>> {
        let path = self.path_to(to.ip()).await;
        self.cross(path, to.ip()).await?;
        let answer = self.net.with(|world| world.answer_to_syn(to));
        if answer == Answer::Silence {
            return None;
        }
        self.cross(path, to.ip()).await?;
        if answer == Answer::Refuses {
            return Some(Err(io::ErrorKind::ConnectionRefused.into()));
        }
        match self.net.with(|world| world.establish(self.ip, to)) {
            Ok(Some((end, local))) => Some(Ok(SimStream::new(self.net.clone(), end, local, to))),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// Waits until there is a way to that host.
    async fn path_to(&self, to: IpAddr) -> Path {
        loop {
            let mut opened = pin!(self.net.0.opened.notified());
            opened.as_mut().enable();
            let path = self.net.with(|world| world.path(self.ip, self.life, to));
            match path {
                Some(path) => return path,
                None => opened.await,
            }
        }
    }

    /// One packet crosses in one of the two directions. `None` if the link did not hold.
    async fn cross(&self, path: Path, to: IpAddr) -> Option<()> {
        let latency = self.net.with(|world| world.wire.one_way());
        sleep(latency).await;
        let now = self.net.with(|world| world.path(self.ip, self.life, to));
        (now == Some(path)).then_some(())
    }
}
