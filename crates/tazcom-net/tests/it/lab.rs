//! Endpoints to experiment on, and strangers to let loose on them.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_net::{Config, Deadlines, Endpoint, Event, Events, SeenAddr, Sighting};
use tazcom_proto::Hello;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Long enough for the slowest machine; only stops what would hang for ever.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Deadlines a test can wait for.
pub(crate) const SHORT: Deadlines = Deadlines {
    first_byte: Duration::from_millis(300),
    exchange: Duration::from_millis(600),
    connect: Duration::from_millis(300),
    linger: Duration::from_millis(300),
    drain: Duration::from_millis(300),
};

pub(crate) struct Node {
    pub(crate) id: NodeId,
    pub(crate) endpoint: Endpoint,
    pub(crate) events: Events,
}

/// Keys in the order of their ids: of two nodes, the one with the smaller number dials first.
fn seeds() -> &'static [[u8; 32]] {
    static SEEDS: OnceLock<Vec<[u8; 32]>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let mut seeds: Vec<[u8; 32]> = (0..=u8::MAX).map(|n| [n; 32]).collect();
        seeds.sort_by_cached_key(|seed| SecretKey::from_seed(*seed).node_id());
        seeds
    })
}

pub(crate) fn identity(n: u8) -> SecretKey {
    SecretKey::from_seed(seeds()[usize::from(n)])
}

pub(crate) fn id(n: u8) -> NodeId {
    identity(n).node_id()
}

pub(crate) fn loopback() -> Config {
    Config {
        listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        ..Config::lan()
    }
}

pub(crate) fn impatient() -> Config {
    Config {
        deadlines: SHORT,
        ..loopback()
    }
}

impl Node {
    pub(crate) async fn start(n: u8) -> Self {
        Self::with(n, loopback()).await
    }

    pub(crate) async fn with(n: u8, config: Config) -> Self {
        let id = id(n);
        let (endpoint, events) = Endpoint::bind(Arc::new(identity(n)), config)
            .await
            .expect("loopback can be listened on");
        Self {
            id,
            endpoint,
            events,
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.endpoint.local_addrs()[0]
    }

    /// Tells this node of a peer, as if it had been announced on this host.
    pub(crate) fn meet(&self, id: NodeId, addr: SocketAddr) {
        let source = Some(addr.ip());
        self.endpoint.peer_seen(Sighting {
            id,
            addrs: vec![SeenAddr { addr, source }],
            sessions: true,
        });
    }

    pub(crate) async fn next(&mut self) -> Event {
        timeout(PATIENCE, self.events.next())
            .await
            .expect("an event comes")
            .expect("the endpoint is alive")
    }

    /// The next event that is not about an honest HELLO.
    pub(crate) async fn next_complaint(&mut self) -> Event {
        loop {
            match self.next().await {
                Event::HelloReceived { .. } => {}
                event => return event,
            }
        }
    }

    /// Reads events until one is the one meant.
    pub(crate) async fn until<T>(&mut self, mut meant: impl FnMut(Event) -> Option<T>) -> T {
        loop {
            if let Some(found) = meant(self.next().await) {
                return found;
            }
        }
    }

    /// Shuts down and gives what had not been read.
    pub(crate) async fn rest(mut self) -> Vec<Event> {
        self.endpoint.shutdown().await;
        let mut rest = Vec::new();
        while let Some(event) = self.events.next().await {
            rest.push(event);
        }
        rest
    }
}

pub(crate) fn hello(n: u8) -> Vec<u8> {
    Hello { from: id(n) }.encode().to_vec()
}

pub(crate) async fn connect(addr: SocketAddr) -> TcpStream {
    timeout(PATIENCE, TcpStream::connect(addr))
        .await
        .expect("a connection in time")
        .expect("a connection")
}

/// Everything until the other end closes, gracefully or not.
pub(crate) async fn read_to_close(stream: &mut TcpStream) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut buffer = [0; 256];
    loop {
        match timeout(PATIENCE, stream.read(&mut buffer))
            .await
            .expect("it is closed in time")
        {
            Ok(0) => return heard,
            Ok(n) => heard.extend_from_slice(&buffer[..n]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return heard,
            Err(error) => panic!("reading failed in an unexpected way: {error}"),
        }
    }
}

/// Connects, says it all, and gives what comes back.
pub(crate) async fn say(addr: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(addr).await;
    // The other end may close before it has heard everything.
    let _ = stream.write_all(bytes).await;
    read_to_close(&mut stream).await
}

/// A line of exactly `len` bytes with its newline, a HELLO in all respects.
pub(crate) fn hello_of_length(n: u8, len: usize) -> Vec<u8> {
    let short = format!(r#"{{"type":"HELLO","from":"{}","pad":""}}"#, id(n));
    let pad = "x".repeat(len - short.len() - 1);
    format!("{}{pad}\"}}\n", short.trim_end_matches("\"}")).into_bytes()
}

/// A port that is taken and refuses connections until somebody listens on it.
pub(crate) fn closed_port() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket
        .bind(&SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))
        .expect("a free port");
    let addr = socket
        .local_addr()
        .ok()
        .and_then(|addr| addr.as_socket())
        .expect("a bound address");
    (socket, addr)
}

/// A port where connections are neither taken nor refused, as long as the sockets live.
#[cfg(target_os = "linux")] // Where a full backlog drops connections in silence.
pub(crate) fn full_backlog() -> (Vec<Socket>, SocketAddr) {
    let (listener, addr) = closed_port();
    listener.listen(0).expect("it can be listened on");
    let mut sockets = vec![listener];
    for _ in 0..4 {
        let stream = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        stream
            .set_nonblocking(true)
            .expect("a socket can be made non-blocking");
        // It is under way or waits for room; either way it takes what room there is.
        let _ = stream.connect(&SockAddr::from(addr));
        sockets.push(stream);
    }
    (sockets, addr)
}
