//! One dial: connect, then call for a session, or greet in plain and wait for ACK.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::{PeerText, Reply};
use tazcom_session::HandshakeError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::config::Deadlines;
use crate::dial::OwnAddresses;
use crate::event::DialFailure;
use crate::shake::{Own, Shaken, shake};
use crate::transport::{Stream, Transport};

/// More than any answer there is, and enough of another program's greeting to tell which it is.
/// What comes after it is not read.
const MAX_ANSWER: usize = 64;

/// A connection that says nothing yet.
#[derive(Debug)]
pub(crate) struct Connected<S> {
    stream: S,
    deadline: Instant,
    /// What [`DialFailure::NoAnswer`] names.
    within: Duration,
}

/// A HELLO that was written and not answered yet.
#[derive(Debug)]
pub(crate) struct Said<S> {
    connected: Connected<S>,
    at: Instant,
}

/// Why a dial came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing listens there.
    Refused,
    /// No connection by the deadline. Once there is one, a deadline that passes is
    /// [`DialFailure::NoAnswer`]: the peer was reached, so no firewall is to blame.
    TimedOut,
    /// The address leads to our own listener.
    Ourselves,
    /// It answers as POC-02 does.
    Legacy,
    Other(DialFailure),
}

/// Everything a dial needs to know of the endpoint.
#[derive(Debug)]
pub(crate) struct Caller<T> {
    pub(crate) transport: T,
    pub(crate) own: Arc<Own>,
    pub(crate) hello: Bytes,
    pub(crate) deadlines: Deadlines,
    pub(crate) listeners: Arc<[SocketAddr]>,
}

/// Connects.
pub(crate) async fn connect<T: Transport>(
    addr: SocketAddr,
    caller: Arc<Caller<T>>,
) -> Result<Connected<T::Stream>, Failure> {
    let begun = Instant::now();
    let connect_by = begun + caller.deadlines.connect;
    let connecting = timeout_at(connect_by, caller.transport.connect(addr)).await;
    let stream = connecting
        .map_err(|_| Failure::TimedOut)?
        .map_err(Failure::connecting)?;
    check_other_end(&stream, &caller.listeners)?;
    let within = caller.deadlines.exchange;
    Ok(Connected {
        stream,
        deadline: begun + within,
        within,
    })
}

/// Calls for a session with `expected`, or with whoever answers.
pub(crate) async fn call<S: Stream>(
    connected: Connected<S>,
    own: Arc<Own>,
    expected: Option<NodeId>,
    renews: bool,
) -> Result<Shaken<S>, Failure> {
    let now = Instant::now().into_std();
    let handshake = own.initiator(now, expected, renews);
    let handshake = handshake.ok_or(Failure::Other(DialFailure::Io(io::ErrorKind::Other)))?;
    let shaken = shake(connected.stream, handshake, &[]).await;
    shaken.map_err(|error| match error {
        HandshakeError::Legacy => Failure::Legacy,
        HandshakeError::OwnId => Failure::Ourselves,
        HandshakeError::Closed => Failure::Other(DialFailure::Closed),
        HandshakeError::Deadline => Failure::Other(DialFailure::NoAnswer {
            within: connected.within,
        }),
        error => Failure::Other(DialFailure::Handshake(error)),
    })
}

/// Writes the HELLO.
pub(crate) async fn say_hello<S: Stream>(
    mut connected: Connected<S>,
    hello: Bytes,
) -> Result<Said<S>, Failure> {
    let (deadline, within) = (connected.deadline, connected.within);
    let at = Instant::now();
    by(deadline, within, connected.stream.write_all(&hello)).await?;
    Ok(Said { connected, at })
}

/// Reads the answer; gives the time from HELLO to ACK.
pub(crate) async fn await_ack<S: Stream>(mut said: Said<S>) -> Result<Duration, Failure> {
    let (deadline, within) = (said.connected.deadline, said.connected.within);
    let answer = by(deadline, within, read_answer(&mut said.connected.stream)).await?;
    let rtt = said.at.elapsed();
    let failure = match answer.strip_suffix(b"\n").map(Reply::parse) {
        Some(Ok(Reply::Ack)) => return Ok(rtt),
        Some(Ok(Reply::Error)) => DialFailure::Rejected,
        None if answer.is_empty() => DialFailure::Closed,
        // An ACK without its newline may be the beginning of another word.
        Some(Err(_)) | None => DialFailure::UnexpectedAnswer(PeerText::from_bytes(&answer)),
    };
    Err(Failure::Other(failure))
}

/// Reads up to the newline, the end, or more than any answer there is.
async fn read_answer<S: Stream>(stream: &mut S) -> io::Result<Vec<u8>> {
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
fn check_other_end<S: Stream>(stream: &S, listeners: &[SocketAddr]) -> Result<(), Failure> {
    let (ours, theirs) = stream
        .local_addr()
        .and_then(|ours| Ok((ours, stream.peer_addr()?)))
        .map_err(Failure::connected)?;
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

/// Does something with an open connection before the deadline.
async fn by<T>(
    deadline: Instant,
    within: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, Failure> {
    match timeout_at(deadline, work).await {
        Ok(done) => done.map_err(Failure::connected),
        Err(_) => Err(Failure::Other(DialFailure::NoAnswer { within })),
    }
}

impl Failure {
    /// There is no connection.
    fn connecting(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::TimedOut,
            kind => Self::Other(DialFailure::Io(kind)),
        }
    }

    /// There was one.
    fn connected(error: io::Error) -> Self {
        Self::Other(DialFailure::Broken(error.kind()))
    }
}
