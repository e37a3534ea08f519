//! Host names of peers given by hand become addresses, now or once the network is up.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::config_file::PeerAddress;

/// How long to wait before a name that is not known is looked up again.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// Looks up names until each has an address.
#[derive(Debug)]
pub(crate) struct Lookup {
    /// One for each name without an address yet.
    tasks: JoinSet<Outcome>,
}

/// What came of a look-up.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The name has this address.
    Found(SocketAddr),
    /// It has none yet. It is looked up again until it has; only the first failure is told.
    NotYet {
        host: String,
        port: u16,
        error: io::Error,
    },
}

impl Lookup {
    /// Begins with the names among `peers`; gives back the addresses.
    pub(crate) fn of(peers: Vec<PeerAddress>) -> (Self, Vec<SocketAddr>) {
        let mut tasks = JoinSet::new();
        let mut addrs = Vec::new();
        for peer in peers {
            match peer {
                PeerAddress::Addr(addr) => addrs.push(addr),
                PeerAddress::Name { host, port } => {
                    tasks.spawn(first(host, port));
                }
            }
        }
        (Self { tasks }, addrs)
    }

    /// The next outcome; never once all names have addresses. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Outcome {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(outcome)) => {
                    if let Outcome::NotYet { host, port, .. } = &outcome {
                        self.tasks.spawn(again(host.clone(), *port));
                    }
                    return outcome;
                }
                // It panicked, which has been noted where panics are.
                Some(Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }
}

async fn first(host: String, port: u16) -> Outcome {
    match look_up(&host, port).await {
        Ok(addr) => Outcome::Found(addr),
        Err(error) => Outcome::NotYet { host, port, error },
    }
}

async fn again(host: String, port: u16) -> Outcome {
    loop {
        tokio::time::sleep(RETRY_AFTER).await;
        if let Ok(addr) = look_up(&host, port).await {
            return Outcome::Found(addr);
        }
    }
}

/// One address of the name, an IPv4 one if there is one: every node of a LAN has one, and many
/// names such as `localhost` come with an IPv6 address that nobody listens on.
pub(crate) async fn look_up(host: &str, port: u16) -> io::Result<SocketAddr> {
    let addrs: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    let v4 = addrs.iter().find(|addr| addr.is_ipv4());
    v4.or_else(|| addrs.first())
        .copied()
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
}
