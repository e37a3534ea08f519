//! One dial: connect, say HELLO, wait for ACK.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tazcom_proto::{PeerText, Reply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::config::Deadlines;
use crate::dial::OwnAddresses;
use crate::event::DialFailure;

/// More than any answer there is, and enough of another program's greeting to tell which it is.
/// What comes after it is not read.
const MAX_ANSWER: usize = 64;

/// A HELLO that was written and not answered yet.
#[derive(Debug)]
pub(crate) struct Said {
    stream: TcpStream,
    at: Instant,
    deadline: Instant,
}

/// Why a dial came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    Refused,
    TimedOut,
    /// The address leads to our own listener.
    Ourselves,
    Other(DialFailure),
}

/// Everything a dial needs to know of the endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) hello: Bytes,
    pub(crate) deadlines: Deadlines,
    pub(crate) listeners: Arc<[SocketAddr]>,
}

/// Connects and writes the HELLO.
pub(crate) async fn say_hello(addr: SocketAddr, caller: Caller) -> Result<Said, Failure> {
    let begun = Instant::now();
    let connect_by = begun + caller.deadlines.connect;
    let mut stream = timeout_at(connect_by, TcpStream::connect(addr)).await??;
    check_other_end(&stream, &caller.listeners)?;

    let deadline = begun + caller.deadlines.exchange;
    let at = Instant::now();
    timeout_at(deadline, stream.write_all(&caller.hello)).await??;
    Ok(Said {
        stream,
        at,
        deadline,
    })
}

/// Reads the answer; gives the time from HELLO to ACK.
pub(crate) async fn await_ack(mut said: Said) -> Result<Duration, Failure> {
    let answer = timeout_at(said.deadline, read_answer(&mut said.stream)).await??;
    let rtt = said.at.elapsed();
    let failure = match answer.strip_suffix(b"\n").map(Reply::parse) {
        Some(Ok(Reply::Ack)) => return Ok(rtt),
        Some(Ok(Reply::Error)) => DialFailure::Rejected,
        None if answer.is_empty() => DialFailure::NoAnswer,
        // An ACK without its newline may be the beginning of another word.
        Some(Err(_)) | None => DialFailure::UnexpectedAnswer(PeerText::from_bytes(&answer)),
    };
    Err(Failure::Other(failure))
}

/// Reads up to the newline, the end, or more than any answer there is.
async fn read_answer(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut answer = Vec::with_capacity(MAX_ANSWER);
    let mut limited = stream.take(MAX_ANSWER as u64);
    while limited.read_buf(&mut answer).await? > 0 {
        if let Some(end) = answer.iter().position(|byte| *byte == b'\n') {
            answer.truncate(end + 1);
            break;
        }
    }
    Ok(answer)
}

/// Refuses to greet ourselves.
fn check_other_end(stream: &TcpStream, listeners: &[SocketAddr]) -> Result<(), Failure> {
    let (ours, theirs) = (stream.local_addr()?, stream.peer_addr()?);
    if ours == theirs {
        // Nobody listened, and the system chose the dialled port for our own end: a TCP
        // simultaneous open with ourselves (RFC 9293 section 3.5).
        return Err(Failure::Refused);
    }
    if ours.ip() == theirs.ip() {
        let own = OwnAddresses {
            listeners: listeners.to_vec(),
            local: [ours.ip().to_canonical()].into(),
        };
        if own.include(theirs) {
            return Err(Failure::Ourselves);
        }
    }
    Ok(())
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::TimedOut,
            kind => Self::Other(DialFailure::Io(kind)),
        }
    }
}

impl From<tokio::time::error::Elapsed> for Failure {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self::TimedOut
    }
}
