//! One accepted connection, until it is answered or its peer is authenticated.
//!
//! ```text
//! first byte '{'   one line of POC-02: HELLO is answered ACK, an unknown type ERROR
//!            'T'   the preamble of a session, and its handshake
//!            else  closed without a byte: nothing is told to whoever speaks something else
//! ```
//!
//! Everything after a first line is ignored: one message a connection.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use tazcom_proto::{LineDecoder, PeerText, Reply, Request, RequestError};
use tazcom_session::HandshakeError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::admission::{Begun, WorkBudget};
use crate::config::{Deadlines, LINE_LIMIT};
use crate::event::{ConnectionLimit, Event, Malformation};
use crate::shake::{Own, Shaken, shake};
use crate::sniff::Sniff;
use crate::transport::Stream;

/// A HELLO with a few foreign keys fits; a longer line grows the buffer up to the limit.
const FIRST_READ: usize = 256;

/// What may still come after the answer before we stop listening to it. A peer that keeps talking
/// may lose its answer to a reset; one that merely sent a line too many does not.
const MAX_LINGER_BYTES: usize = 64 * 1024;

/// How long the serving task itself waits for the peer to close. Nearly all do within a round trip,
/// and handing the connection on would cost more than serving it.
const PROMPT_CLOSE: Duration = Duration::from_millis(20);

/// What every connection needs of the endpoint.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) own: Arc<Own>,
    pub(crate) deadlines: Deadlines,
    /// Held for one table look-up, never across an await; as is the next.
    pub(crate) lines: Mutex<WorkBudget>,
    pub(crate) handshakes: Mutex<WorkBudget>,
}

/// How far a connection came.
#[derive(Debug)]
pub(crate) enum Served<S> {
    /// It is over. What there is to tell, if anything.
    Closed(Option<Event>),
    /// It was answered, and the peer has not closed it yet: to be closed by [`linger`].
    Answered(Event, S),
    /// The peer is authenticated.
    Shaken(SocketAddr, Shaken<S>),
}

/// Why a connection is closed without an answer.
#[derive(Debug)]
enum Fault {
    /// It went away before it said anything to the end. Port scans and health checks do that.
    NothingSaid,
    TooLong,
    Malformed(Malformation),
    Deadline(Duration),
    Limit(ConnectionLimit),
    SelfHello,
    Handshake(HandshakeError),
    Io(io::Error),
}

/// Serves one connection, within [`Deadlines::exchange`] whatever the peer does.
pub(crate) async fn serve<S: Stream>(
    mut stream: S,
    addr: SocketAddr,
    begun: Begun,
    service: Arc<Service>,
) -> Served<S> {
    let accepted = Instant::now();
    let limit = service.deadlines.exchange;
    let mut buffer = BytesMut::with_capacity(FIRST_READ);
    let first = first_byte(
        &mut stream,
        &mut buffer,
        accepted,
        service.deadlines.first_byte,
    );
    let outcome = match first.await {
        Ok(Sniff::Session) => {
            return service
                .session(stream, addr, accepted, &buffer, &begun)
                .await;
        }
        Ok(Sniff::Line) => {
            let exchange = exchange(&mut stream, addr, buffer, &service);
            let in_time = timeout_at(accepted + limit, exchange).await;
            in_time.unwrap_or(Err(Fault::Deadline(limit)))
        }
        Ok(Sniff::Unknown(first_byte)) => Err(Fault::Malformed(Malformation::UnknownProtocol {
            first_byte,
        })),
        Err(fault) => Err(fault),
    };
    match outcome {
        Ok(event) => match linger(&mut stream, PROMPT_CLOSE).await {
            true => Served::Closed(Some(event)),
            false => Served::Answered(event, stream),
        },
        Err(fault) => Served::Closed(told(fault, addr)),
    }
}

/// Waits, briefly, until the peer has closed too, or sends more than is worth hearing. `false` when
/// neither came within the limit.
pub(crate) async fn linger<S: Stream>(stream: &mut S, limit: Duration) -> bool {
    let mut scratch = [0; 256];
    let drain = async {
        let mut heard = 0;
        while heard < MAX_LINGER_BYTES {
            match stream.read(&mut scratch).await {
                Ok(0) | Err(_) => return,
                Ok(n) => heard += n,
            }
        }
    };
    timeout_at(Instant::now() + limit, drain).await.is_ok()
}

async fn exchange<S: Stream>(
    stream: &mut S,
    addr: SocketAddr,
    begun: BytesMut,
    service: &Service,
) -> Result<Event, Fault> {
    let line = read_line(stream, begun).await?;
    charge(&service.lines, addr)?;
    let (event, reply) = match Request::parse(&line) {
        Ok(Request::Hello(hello)) if hello.from == service.own.id() => {
            return Err(Fault::SelfHello);
        }
        Ok(Request::Hello(hello)) => {
            let event = Event::HelloReceived {
                from: hello.from,
                addr,
                text: PeerText::with_limit(&line, LINE_LIMIT),
                verified: false,
            };
            (event, Reply::Ack)
        }
        Err(RequestError::UnknownType(type_name)) => {
            (Event::UnknownType { addr, type_name }, Reply::Error)
        }
        Err(error) => return Err(Fault::Malformed(error.into())),
    };
    stream
        .write_all(reply.as_bytes())
        .await
        .map_err(Fault::Io)?;
    // The answer is out. A peer that is gone already has no use for the end of the stream.
    let _ = stream.shutdown().await;
    Ok(event)
}

async fn first_byte<S: Stream>(
    stream: &mut S,
    buffer: &mut BytesMut,
    accepted: Instant,
    within: Duration,
) -> Result<Sniff, Fault> {
    let read = timeout_at(accepted + within, stream.read_buf(buffer)).await;
    read.map_err(|_| Fault::Deadline(within))?
        .map_err(Fault::Io)?;
    buffer
        .first()
        .map(|first| Sniff::of(*first))
        .ok_or(Fault::NothingSaid)
}

/// Reads on up to the first newline. Never holds more than the limit.
async fn read_line<S: Stream>(stream: &mut S, mut buffer: BytesMut) -> Result<Bytes, Fault> {
    let mut decoder = LineDecoder::new(LINE_LIMIT);
    loop {
        match decoder.decode(&mut buffer) {
            Ok(Some(line)) => return Ok(line),
            Ok(None) => {}
            Err(_) => return Err(Fault::TooLong),
        }
        let room = decoder.room(&buffer);
        let read = stream.read_buf(&mut (&mut buffer).limit(room)).await;
        if read.map_err(Fault::Io)? == 0 {
            return Err(Fault::Malformed(Malformation::Unfinished));
        }
    }
}

impl Service {
    /// Answers a handshake. Its own deadline counts from the accepted connection.
    async fn session<S: Stream>(
        &self,
        stream: S,
        addr: SocketAddr,
        accepted: Instant,
        heard: &[u8],
        begun: &Begun,
    ) -> Served<S> {
        let begin = || {
            charge(&self.handshakes, addr)?;
            begun.set();
            let responder = self.own.responder(accepted.into_std());
            responder.ok_or(Fault::Limit(ConnectionLimit::Resources))
        };
        let shaken = match begin() {
            Ok(handshake) => shake(stream, handshake, heard).await,
            Err(fault) => return Served::Closed(told(fault, addr)),
        };
        match shaken {
            Ok(shaken) => Served::Shaken(addr, shaken),
            Err(unshaken) => {
                let fault = match (unshaken.error, unshaken.broken) {
                    (HandshakeError::OwnId, _) => Fault::SelfHello,
                    (_, Some(broken)) => Fault::Io(broken.into()),
                    // It hung up, as whoever called somebody else does.
                    (HandshakeError::Closed, None) => Fault::NothingSaid,
                    (error, None) => Fault::Handshake(error),
                };
                Served::Closed(told(fault, addr))
            }
        }
    }
}

fn charge(budget: &Mutex<WorkBudget>, addr: SocketAddr) -> Result<(), Fault> {
    let now = Instant::now().into_std();
    let mut budget = budget.lock().unwrap_or_else(PoisonError::into_inner);
    budget.charge(now, addr.ip()).map_err(Fault::Limit)
}

fn told(fault: Fault, addr: SocketAddr) -> Option<Event> {
    match fault {
        Fault::NothingSaid => None,
        Fault::TooLong => Some(Event::LineTooLong {
            addr,
            limit: LINE_LIMIT,
        }),
        Fault::Malformed(reason) => Some(Event::Malformed { addr, reason }),
        Fault::Deadline(limit) => Some(Event::Deadline { addr, limit }),
        Fault::Limit(limit) => Some(Event::ConnectionLimit {
            addr: Some(addr),
            limit,
        }),
        Fault::SelfHello => Some(Event::SelfHello { addr }),
        Fault::Handshake(reason) => Some(Event::HandshakeFailed { addr, reason }),
        Fault::Io(error) => {
            tracing::debug!(%addr, %error, "connection broke");
            None
        }
    }
}
