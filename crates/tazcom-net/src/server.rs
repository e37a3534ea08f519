//! One accepted connection: read one request, answer it, close so that the answer arrives.
//!
//! ```text
//! first byte '{'   one line of POC-02: HELLO is answered ACK, an unknown type ERROR
//!            'T'   reserved for the preamble of sessions; closed like anything else for now
//!            else  closed without a byte: nothing is told to whoever speaks something else
//! ```
//!
//! Everything after the first line is ignored: one message a connection.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use tazcom_identity::NodeId;
use tazcom_proto::{LineDecoder, PeerText, Reply, Request, RequestError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::admission::WorkBudget;
use crate::config::{Deadlines, LINE_LIMIT};
use crate::event::{ConnectionLimit, Event, Malformation};

/// A HELLO with a few foreign keys fits; a longer line grows the buffer up to the limit.
const FIRST_READ: usize = 256;

/// What may still come after the answer before we stop listening to it. A peer that keeps talking
/// may lose its answer to a reset; one that merely sent a line too many does not.
const MAX_LINGER_BYTES: usize = 64 * 1024;

/// How long the serving task itself waits for the peer to close. Nearly all do within a round trip,
/// and handing the connection on would cost more than serving it.
const PROMPT_CLOSE: Duration = Duration::from_millis(20);

/// The first byte of every POC-02 line.
const LINE_OPENS: u8 = b'{';

/// What every connection needs of the endpoint.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) our_id: NodeId,
    pub(crate) deadlines: Deadlines,
    /// Held for one table look-up, never across an await.
    pub(crate) budget: Mutex<WorkBudget>,
}

/// How a connection ended.
#[derive(Debug)]
pub(crate) struct Served {
    /// What there is to tell, if anything.
    pub(crate) event: Option<Event>,
    /// An answered connection the peer has not closed yet, to be closed by [`linger`].
    pub(crate) answered: Option<TcpStream>,
}

/// Why a connection is closed without an answer.
#[derive(Debug)]
enum Fault {
    /// It went away without having said anything. Port scans and health checks do that.
    NothingSaid,
    TooLong,
    Malformed(Malformation),
    Deadline(Duration),
    Limit(ConnectionLimit),
    SelfHello,
    Io(io::Error),
}

/// Serves one connection, within [`Deadlines::exchange`] whatever the peer does.
pub(crate) async fn serve(
    mut stream: TcpStream,
    addr: SocketAddr,
    service: Arc<Service>,
) -> Served {
    let accepted = Instant::now();
    let limit = service.deadlines.exchange;
    let exchange = exchange(&mut stream, addr, accepted, &service);
    let in_time = timeout_at(accepted + limit, exchange).await;
    let outcome = in_time.unwrap_or(Err(Fault::Deadline(limit)));
    match outcome {
        Ok(event) => {
            let closed = linger(&mut stream, PROMPT_CLOSE).await;
            Served {
                event: Some(event),
                answered: (!closed).then_some(stream),
            }
        }
        Err(fault) => Served {
            event: told(fault, addr),
            answered: None,
        },
    }
}

/// Waits, briefly, until the peer has closed too, or sends more than is worth hearing. `false` when
/// neither came within the limit.
pub(crate) async fn linger(stream: &mut TcpStream, limit: Duration) -> bool {
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

async fn exchange(
    stream: &mut TcpStream,
    addr: SocketAddr,
    accepted: Instant,
    service: &Service,
) -> Result<Event, Fault> {
    let line = read_line(stream, accepted, service.deadlines.first_byte).await?;
    service.charge(addr)?;
    let (event, reply) = match Request::parse(&line) {
        Ok(Request::Hello(hello)) if hello.from == service.our_id => return Err(Fault::SelfHello),
        Ok(Request::Hello(hello)) => {
            let (from, text) = (hello.from, PeerText::with_limit(&line, LINE_LIMIT));
            (Event::HelloReceived { from, addr, text }, Reply::Ack)
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

/// Reads up to the first newline. Never holds more than the limit.
async fn read_line(
    stream: &mut TcpStream,
    accepted: Instant,
    first_byte: Duration,
) -> Result<Bytes, Fault> {
    let mut buffer = BytesMut::with_capacity(FIRST_READ);
    let first = timeout_at(accepted + first_byte, stream.read_buf(&mut buffer)).await;
    first
        .map_err(|_| Fault::Deadline(first_byte))?
        .map_err(Fault::Io)?;
    match buffer.first() {
        None => return Err(Fault::NothingSaid),
        Some(&LINE_OPENS) => {}
        Some(&first_byte) => {
            return Err(Fault::Malformed(Malformation::UnknownProtocol {
                first_byte,
            }));
        }
    }
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
    fn charge(&self, addr: SocketAddr) -> Result<(), Fault> {
        let now = Instant::now().into_std();
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        budget.charge(now, addr.ip()).map_err(Fault::Limit)
    }
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
        Fault::Io(error) => {
            tracing::debug!(%addr, %error, "connection broke");
            None
        }
    }
}
