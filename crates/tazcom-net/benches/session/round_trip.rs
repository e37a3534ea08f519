//! A small message there and back.

use std::net::Ipv4Addr;
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::node::Node;
use crate::there::There;
use crate::{Outcome, undisturbed};

/// Bytes of a ping as it travels: the smallest frame and its length.
const FRAME_LEN: usize = 2 + 64;

/// Turns of each side, and round trips in each.
const TURNS: usize = 60;
const ROUND_TRIPS: usize = 200;

/// Microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trips {
    pub(crate) session: f64,
    pub(crate) bare: f64,
}

/// Of each side the median within a turn, and the turns by turns, so that what slows the machine
/// for a while slows both.
pub(crate) async fn measure(there: &There) -> Outcome<Trips> {
    let other = there.hub(1000).await?;
    let mut node = Node::start(1001).await?;
    node.join(other.addr).await?;
    let node = node.drive().endpoint;
    let mut stream = echo(there).await?;
    let (mut session, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let mut times = Vec::with_capacity(ROUND_TRIPS);
        for _ in 0..ROUND_TRIPS {
            let start = Instant::now();
            node.ping(other.id).await?;
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        session.push(median(times));
        let mut times = Vec::with_capacity(ROUND_TRIPS);
        let mut message = [7; FRAME_LEN];
        for _ in 0..ROUND_TRIPS {
            let start = Instant::now();
            stream.write_all(&message).await?;
            stream.read_exact(&mut message).await?;
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        bare.push(median(times));
    }
    node.shutdown().await;
    other.endpoint.shutdown().await;
    Ok(Trips {
        session: undisturbed(session),
        bare: undisturbed(bare),
    })
}

/// A connection to a task there that sends everything back.
async fn echo(there: &There) -> Outcome<TcpStream> {
    let listening = there.spawn(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let listener = listening.await??;
    let addr = listener.local_addr()?;
    there.spawn(send_back(listener));
    let stream = TcpStream::connect(addr).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn send_back(listener: TcpListener) -> std::io::Result<()> {
    let (mut stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    let mut message = [0; FRAME_LEN];
    loop {
        stream.read_exact(&mut message).await?;
        stream.write_all(&message).await?;
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    let middle = times.len() / 2;
    *times.select_nth_unstable_by(middle, f64::total_cmp).1
}
