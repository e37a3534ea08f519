//! Two hosts and a stream between them, and what to ask of it.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tazcom_testkit::{Seed, SimHost, SimListener, SimNet, SimStream, StreamConditions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// Longer than anything takes that happens at all; virtual.
pub(crate) const EVER: Duration = Duration::from_secs(3600);

pub(crate) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub(crate) fn ip(n: u8) -> IpAddr {
    Ipv4Addr::new(10, 0, 0, n).into()
}

pub(crate) fn net_of(seed: u64, latency: (u64, u64), loss: f64) -> SimNet {
    let latency = ms(latency.0)..=ms(latency.1);
    SimNet::new(Seed(seed), StreamConditions { latency, loss })
}

/// 10 ms each way, nothing lost.
pub(crate) fn steady() -> SimNet {
    net_of(1, (10, 10), 0.0)
}

pub(crate) async fn accept(listener: &mut SimListener) -> (SimStream, SocketAddr) {
    poll_fn(|cx| listener.poll_accept(cx)).await.unwrap()
}

pub(crate) struct Pair {
    pub(crate) net: SimNet,
    pub(crate) alice: SimHost,
    pub(crate) listener: SimListener,
    pub(crate) dialled: SimStream,
    pub(crate) accepted: SimStream,
}

/// A stream from host 1 to host 2.
pub(crate) async fn connected(net: SimNet) -> Pair {
    let (alice, bob) = (net.host(ip(1)), net.host(ip(2)));
    let mut listener = bob.listen(0).unwrap();
    let dialled = alice.connect(listener.local_addr()).await.unwrap();
    let (accepted, from) = accept(&mut listener).await;
    assert_eq!(from, dialled.local_addr());
    assert_eq!(accepted.peer_addr(), from);
    assert_eq!(accepted.local_addr(), dialled.peer_addr());
    Pair {
        net,
        alice,
        listener,
        dialled,
        accepted,
    }
}

pub(crate) async fn hears_nothing(stream: &mut SimStream) -> bool {
    timeout(EVER, stream.read_u8()).await.is_err()
}

pub(crate) async fn read_error(stream: &mut SimStream) -> ErrorKind {
    let read = timeout(EVER, stream.read_u8()).await.expect("an end");
    read.unwrap_err().kind()
}

/// Writes until it fails.
pub(crate) async fn write_error(stream: &mut SimStream) -> ErrorKind {
    let written = timeout(EVER, async {
        loop {
            if let Err(error) = stream.write_all(&[0; 1000]).await {
                return error.kind();
            }
        }
    });
    written.await.expect("an end")
}

/// Expects this text and a FIN.
pub(crate) async fn hears_to_the_end(stream: &mut SimStream, expected: &str) {
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    assert_eq!(heard, expected);
}
