//! What goes through a connection that is up.

use std::time::Instant;

use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::{Stream, StreamProtocol};

use crate::Outcome;
use crate::node::{self, Hub};

const ECHO: StreamProtocol = StreamProtocol::new("/echo/1");
const SINK: StreamProtocol = StreamProtocol::new("/sink/1");

/// Bytes of a small message, as libp2p's own ping has them.
const SMALL_LEN: usize = 32;
const ROUND_TRIPS: usize = 5000;
const WARM_UP: usize = 500;

const MESSAGE_LEN: usize = 16 * 1024;
const MESSAGES: u32 = 8192;
const TURNS: usize = 5;

/// The median of many round trips in microseconds, and the best of some turns in MB/s.
pub(crate) async fn figures() -> Outcome<[f64; 2]> {
    let swarm = node::swarm()?;
    let mut control = swarm.behaviour().new_control();
    let mut echoes = control.accept(ECHO)?;
    let mut sinks = control.accept(SINK)?;
    let hub = Hub::listen(swarm).await?;
    tokio::spawn(async move {
        while let Some((_, stream)) = echoes.next().await {
            tokio::spawn(echo(stream));
        }
    });
    tokio::spawn(async move {
        while let Some((_, stream)) = sinks.next().await {
            tokio::spawn(sink(stream));
        }
    });
    let mut swarm = node::swarm()?;
    node::connect(&mut swarm, hub.dial_opts()).await?;
    let mut control = swarm.behaviour().new_control();
    node::drive(swarm);
    let round_trip = round_trip(control.open_stream(hub.id, ECHO).await?).await?;
    let mut rate = 0.0_f64;
    for _ in 0..TURNS {
        rate = rate.max(throughput(control.open_stream(hub.id, SINK).await?).await?);
    }
    Ok([round_trip, rate])
}

async fn round_trip(mut stream: Stream) -> Outcome<f64> {
    let mut message = [7; SMALL_LEN];
    let mut times = Vec::with_capacity(ROUND_TRIPS);
    for turn in 0..WARM_UP + ROUND_TRIPS {
        let start = Instant::now();
        stream.write_all(&message).await?;
        stream.flush().await?;
        stream.read_exact(&mut message).await?;
        if turn >= WARM_UP {
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times[ROUND_TRIPS / 2])
}

/// Until the other end says that it has it all.
async fn throughput(mut stream: Stream) -> Outcome<f64> {
    let message = vec![0x5a; MESSAGE_LEN];
    let start = Instant::now();
    for _ in 0..MESSAGES {
        stream.write_all(&message).await?;
    }
    stream.flush().await?;
    let mut done = [0];
    stream.read_exact(&mut done).await?;
    let bytes = f64::from(MESSAGES) * 16_384.0;
    Ok(bytes / start.elapsed().as_secs_f64() / 1e6)
}

async fn echo(mut stream: Stream) -> std::io::Result<()> {
    let mut message = [0; SMALL_LEN];
    loop {
        stream.read_exact(&mut message).await?;
        stream.write_all(&message).await?;
        stream.flush().await?;
    }
}

async fn sink(mut stream: Stream) -> std::io::Result<()> {
    let mut message = vec![0; MESSAGE_LEN];
    for _ in 0..MESSAGES {
        stream.read_exact(&mut message).await?;
    }
    stream.write_all(&[1]).await?;
    stream.flush().await
}
