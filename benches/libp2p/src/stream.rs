//! What goes through a connection that is up.

use std::time::Instant;

use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::{Stream, StreamProtocol};

use crate::there::There;
use crate::{Outcome, node};

const ECHO: StreamProtocol = StreamProtocol::new("/echo/1");
const SINK: StreamProtocol = StreamProtocol::new("/sink/1");

/// Bytes of a small message, as libp2p's own ping has them.
const SMALL_LEN: usize = 32;
/// Turns, and round trips in each.
const ROUND_TRIP_TURNS: usize = 60;
const ROUND_TRIPS: usize = 200;

const MESSAGE_LEN: usize = 16 * 1024;
/// Messages in a turn: 8 MiB.
const MESSAGES: u32 = 512;
const TURNS: usize = 40;

/// The median of many round trips in microseconds, and MB/s.
pub(crate) async fn figures(there: &There) -> Outcome<[f64; 2]> {
    let hub = there.hub(|swarm| {
        let mut control = swarm.behaviour().new_control();
        let mut echoes = control.accept(ECHO)?;
        let mut sinks = control.accept(SINK)?;
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
        Ok(())
    });
    let hub = hub.await?;
    let mut swarm = node::swarm()?;
    node::connect(&mut swarm, hub.dial_opts()).await?;
    let mut control = swarm.behaviour().new_control();
    node::drive(swarm);
    let round_trip = round_trip(control.open_stream(hub.id, ECHO).await?).await?;
    let rate = throughput(control.open_stream(hub.id, SINK).await?).await?;
    Ok([round_trip, rate])
}

/// The median within a turn, and of the turns the one that a tenth were faster than.
async fn round_trip(mut stream: Stream) -> Outcome<f64> {
    let mut message = [7; SMALL_LEN];
    let mut turns = Vec::with_capacity(ROUND_TRIP_TURNS);
    for _ in 0..ROUND_TRIP_TURNS {
        let mut times = Vec::with_capacity(ROUND_TRIPS);
        for _ in 0..ROUND_TRIPS {
            let start = Instant::now();
            stream.write_all(&message).await?;
            stream.flush().await?;
            stream.read_exact(&mut message).await?;
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        times.sort_by(f64::total_cmp);
        turns.push(times[ROUND_TRIPS / 2]);
    }
    Ok(undisturbed(turns))
}

/// A turn lasts until the other end says that it has it all.
async fn throughput(mut stream: Stream) -> Outcome<f64> {
    let message = vec![0x5a; MESSAGE_LEN];
    let mut turns = Vec::with_capacity(TURNS);
    for _ in 0..TURNS {
        let start = Instant::now();
        for _ in 0..MESSAGES {
            stream.write_all(&message).await?;
        }
        stream.flush().await?;
        let mut done = [0];
        stream.read_exact(&mut done).await?;
        turns.push(start.elapsed().as_secs_f64());
    }
    let megabytes = f64::from(MESSAGES) * 0.016_384;
    Ok(megabytes / undisturbed(turns))
}

/// The time that a tenth of the turns were faster than, as in our own bench.
fn undisturbed(mut turns: Vec<f64>) -> f64 {
    turns.sort_by(f64::total_cmp);
    turns[turns.len() / 10]
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
    loop {
        for _ in 0..MESSAGES {
            stream.read_exact(&mut message).await?;
        }
        stream.write_all(&[1]).await?;
        stream.flush().await?;
    }
}
