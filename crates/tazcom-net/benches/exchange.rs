//! HELLO/ACK exchanges a second: this crate's server beside a bare tokio line server.
//!
//! Both get the same load from the same clients in the same process, in turns, so that whatever
//! else the machine does hits both. Prints the median of the turns' ratios and fails below the
//! floor. `cargo bench -p tazcom-net --bench exchange`

#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tazcom_identity::{NodeId, SecretKey};
use tazcom_net::{Config, Endpoint};
use tazcom_proto::Hello;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Everything around the exchange itself (limits, deadlines, events) may cost this much at most. It
/// costs 0.83 to 0.88 on two cores, by what else they do.
const FLOOR: f64 = 0.8;

/// Exchanges under way at once.
const CLIENTS: usize = 16;

const TURNS: usize = 15;
const TURN: Duration = Duration::from_millis(400);
const WARM_UP: Duration = Duration::from_millis(300);

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(compare())
}

async fn compare() -> Outcome<ExitCode> {
    let bare = bare_line_server().await?;
    let listen = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
    let config = Config {
        listen,
        ..Config::bench()
    };
    let (endpoint, mut events) =
        Endpoint::bind(Arc::new(SecretKey::from_seed([1; 32])), config).await?;
    let ours = *endpoint
        .local_addrs()
        .first()
        .ok_or("the endpoint listens nowhere")?;
    let reader = tokio::spawn(async move { while events.next().await.is_some() {} });

    load(bare, WARM_UP).await?;
    load(ours, WARM_UP).await?;
    let mut turns = Vec::with_capacity(TURNS);
    for turn in 0..TURNS {
        // Who goes first alternates, too.
        let (our_rate, bare_rate) = if turn % 2 == 0 {
            let our_rate = load(ours, TURN).await?;
            (our_rate, load(bare, TURN).await?)
        } else {
            let bare_rate = load(bare, TURN).await?;
            (load(ours, TURN).await?, bare_rate)
        };
        turns.push((our_rate / bare_rate, our_rate, bare_rate));
    }
    endpoint.shutdown().await;
    reader.await?;

    turns.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, our_rate, bare_rate) = turns[TURNS / 2];
    println!(
        "hello_ack_exchange: {our_rate:.0}/s, bare tokio line server: {bare_rate:.0}/s (median of {TURNS} turns)"
    );
    println!("ratio hello_ack_exchange {ratio:.3} floor {FLOOR} (bare tokio line server)");
    Ok(if ratio < FLOOR {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Exchanges a second over a while, from all clients together.
async fn load(server: SocketAddr, span: Duration) -> Outcome<f64> {
    let hello = Hello {
        from: NodeId::from_bytes([2; 32]),
    }
    .encode();
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client(server, hello.clone(), begun + span));
    }
    let mut exchanges = 0;
    while let Some(done) = clients.join_next().await {
        exchanges += done??;
    }
    Ok(f64::from(exchanges) / begun.elapsed().as_secs_f64())
}

async fn client(server: SocketAddr, hello: Bytes, end: Instant) -> Outcome<u32> {
    let mut exchanges = 0;
    let mut answer = Vec::with_capacity(16);
    while Instant::now() < end {
        let mut stream = TcpStream::connect(server).await?;
        stream.write_all(&hello).await?;
        answer.clear();
        stream.read_to_end(&mut answer).await?;
        if answer != b"ACK\n" {
            return Err(format!("answered {answer:?}").into());
        }
        exchanges += 1;
    }
    Ok(exchanges)
}

/// The least that can be called a line server: no limit, no deadline, nothing looked at.
async fn bare_line_server() -> Outcome<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut line = String::new();
                stream.read_line(&mut line).await?;
                stream.write_all(b"ACK\n").await?;
                stream.shutdown().await
            });
        }
    });
    Ok(addr)
}
