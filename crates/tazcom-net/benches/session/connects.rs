//! Connections a second that become sessions: dialled, authenticated at both ends, and closed.
//!
//! An endpoint keeps its sessions, so whoever dials here is no endpoint but a bare handshake on a
//! bare connection, with a new identity each time. Whoever answers is one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tazcom_session::{
    ByeCode, Caps, Command, Event, HandshakeOutput, Initiator, Input, Local, Session,
    SessionOutput, StaticKey,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::there::There;
use crate::{Outcome, node};

/// Connections under way at once.
const CLIENTS: u64 = 16;

const WARM_UP: Duration = Duration::from_millis(500);
const TURN: Duration = Duration::from_secs(3);

pub(crate) async fn a_second(there: &There) -> Outcome<f64> {
    let hub = there.hub(3000).await?;
    let next = Arc::new(AtomicU64::new(1_000_000));
    load(hub.addr, &next, WARM_UP).await?;
    let rate = load(hub.addr, &next, TURN).await?;
    hub.endpoint.shutdown().await;
    Ok(rate)
}

async fn load(addr: SocketAddr, next: &Arc<AtomicU64>, span: Duration) -> Outcome<f64> {
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let rng = ChaCha20Rng::seed_from_u64(number);
        clients.spawn(client(addr, Arc::clone(next), rng, begun + span));
    }
    let mut connections = 0;
    while let Some(done) = clients.join_next().await {
        connections += done??;
    }
    Ok(f64::from(connections) / begun.elapsed().as_secs_f64())
}

async fn client(
    addr: SocketAddr,
    next: Arc<AtomicU64>,
    mut rng: ChaCha20Rng,
    end: Instant,
) -> Outcome<u32> {
    let static_key = Arc::new(StaticKey::draw(Instant::now(), &mut rng));
    let config = Arc::new(tazcom_session::Config::bench());
    let mut connections = 0;
    while Instant::now() < end {
        let local = Local {
            identity: Arc::new(node::key(next.fetch_add(1, Ordering::Relaxed))),
            static_key: Arc::clone(&static_key),
            config: Arc::clone(&config),
        };
        connect(addr, local, &mut rng).await?;
        connections += 1;
    }
    Ok(connections)
}

/// Until welcomed; then goodbye.
async fn connect(addr: SocketAddr, local: Local, rng: &mut ChaCha20Rng) -> Outcome<()> {
    let mut stream = TcpStream::connect(addr).await?;
    stream.set_nodelay(true)?;
    let initiator = Initiator {
        local,
        expected: None,
        caps: Caps::default(),
    };
    let mut handshake = initiator.start(Instant::now(), rng);
    let mut read = [0; 1024];
    loop {
        match handshake.poll_output() {
            HandshakeOutput::Send(bytes) => stream.write_all(&bytes).await?,
            HandshakeOutput::Wait(_) => {
                let len = stream.read(&mut read).await?;
                let input = match len {
                    0 => Input::Closed,
                    _ => Input::Received(&read[..len]),
                };
                handshake.handle(Instant::now(), input);
            }
            HandshakeOutput::Authenticated(_) => break,
            HandshakeOutput::Failed(error) => return Err(error.into()),
            other => return Err(format!("{other:?}").into()),
        }
    }
    welcomed(handshake.finish(Instant::now())?, stream).await
}

async fn welcomed(mut session: Session, mut stream: TcpStream) -> Outcome<()> {
    let mut read = [0; 1024];
    loop {
        match session.poll_output() {
            SessionOutput::Send(bytes) => stream.write_all(&bytes).await?,
            SessionOutput::Wait(_) => {
                let len = stream.read(&mut read).await?;
                session.handle(Instant::now(), Input::Received(&read[..len]));
            }
            SessionOutput::Event(Event::Welcomed(_)) => break,
            other => return Err(format!("{other:?} instead of a welcome").into()),
        }
    }
    session.command(Instant::now(), Command::Close(ByeCode::Done))?;
    while let SessionOutput::Send(bytes) = session.poll_output() {
        stream.write_all(&bytes).await?;
    }
    Ok(())
}
