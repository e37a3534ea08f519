//! From the word to the others' screens, with every store on disk and one message at a time.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::net::Ipv4Addr;
use std::time::Instant;

use tazcom_node::{ChatEvent, Event, RoomName, Storage};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::swarm::{self, Member};
use crate::{Outcome, quantile};

/// Nodes.
const NODES: usize = 3;
/// Messages, and of each of the others.
pub(crate) const MESSAGES: usize = 200;
/// Bytes of a page of the database.
const PAGE: usize = 4096;
/// Bytes of a message.
const LEN: usize = 400;

/// Milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken {
    pub(crate) median: f64,
    pub(crate) p99: f64,
    /// Until a page is on disk.
    pub(crate) write: f64,
    /// There and back.
    pub(crate) trip: f64,
}

/// Everything in turns, so that what slows the machine for a while slows all of it.
pub(crate) async fn measure() -> Outcome<Spoken> {
    let directory = tempfile::tempdir()?;
    let mut storages = Vec::new();
    for n in 0..NODES {
        let home = directory.path().join(format!("node-{n}"));
        std::fs::create_dir(&home)?;
        storages.push(Storage::Directory(home));
    }
    let mut members = swarm::start(storages).await?;
    let speaker = members.remove(0);
    let mut page = File::create(directory.path().join("page"))?;
    let mut echo = echo().await?;
    let (mut said, mut written, mut there) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..MESSAGES {
        let start = Instant::now();
        let id = speaker.node.say(RoomName::lobby(), "a word", false).await?;
        for member in &mut members {
            hears(member, id).await?;
        }
        said.push(milliseconds(start));
        let start = Instant::now();
        write(&mut page)?;
        written.push(milliseconds(start));
        let start = Instant::now();
        let mut message = [7; LEN];
        echo.write_all(&message).await?;
        echo.read_exact(&mut message).await?;
        there.push(milliseconds(start));
    }
    speaker.node.shutdown().await;
    for member in members {
        member.node.shutdown().await;
    }
    Ok(Spoken {
        median: quantile(&mut said, 0.5),
        p99: quantile(&mut said, 0.99),
        write: quantile(&mut written, 0.5),
        trip: quantile(&mut there, 0.5),
    })
}

async fn hears(member: &mut Member, id: tazcom_node::MessageId) -> Outcome<()> {
    loop {
        if let Event::Chat(event) = member.next().await?
            && let ChatEvent::Message { line, .. } = *event
            && line.id == id
        {
            return Ok(());
        }
    }
}

fn write(page: &mut File) -> std::io::Result<()> {
    page.rewind()?;
    page.write_all(&[7; PAGE])?;
    page.sync_data()
}

/// A connection to a task that sends everything back.
async fn echo() -> std::io::Result<TcpStream> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let mut message = [0; LEN];
        loop {
            stream.read_exact(&mut message).await?;
            stream.write_all(&message).await?;
        }
        #[expect(unreachable_code, reason = "it says what the task gives")]
        Ok::<(), std::io::Error>(())
    });
    let stream = TcpStream::connect(addr).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
