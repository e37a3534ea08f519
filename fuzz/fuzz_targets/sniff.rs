//! A stranger's bytes on an accepted connection, through the whole endpoint that takes it: which
//! protocol it is, the line or the handshake, the answer, the end. Time is virtual.
//!
//! The first byte gives the sizes of the chunks, the rest is what the stranger says before it
//! closes.

#![no_main]

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use libfuzzer_sys::fuzz_target;
use tazcom_fuzz::{chunks, responder_identity};
use tazcom_net::{Config, Endpoint, Event, Listener, Sniff, Stream, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// More than the endpoint may ever answer to a stranger: message 2 of a handshake has 194 bytes.
const MOST_ANSWERED: usize = 256;

fuzz_target!(|input: &[u8]| {
    let Some((&chunking, said)) = input.split_first() else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O");
    let (answer, events) = runtime.block_on(talk(said, chunking));
    judge(said, &answer, &events);
});

/// What the endpoint answers, and what it tells.
async fn talk(said: &[u8], chunking: u8) -> (Vec<u8>, Vec<Event>) {
    let (stranger, accepted) = tokio::io::duplex(64 * 1024);
    let config = Config {
        seed: Some(1),
        ..Config::lan()
    };
    let one = vec![One(Some(Pipe(accepted)))];
    let identity = Arc::new(responder_identity());
    let (endpoint, mut events) =
        Endpoint::start(identity, &config, Nowhere, one).expect("its own randomness");
    let (mut reader, mut writer) = tokio::io::split(stranger);
    let speak = async {
        for chunk in chunks(said, chunking) {
            if writer.write_all(chunk).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        // Nothing more comes; whether it closes or waits makes no difference to who is answered.
        let _ = writer.shutdown().await;
    };
    let mut answer = Vec::new();
    let (_, read) = tokio::join!(speak, reader.read_to_end(&mut answer));
    read.expect("a pipe does not break");
    let report = endpoint.shutdown().await;
    assert_eq!(report.aborted, 0, "something was still under way");
    let mut told = Vec::new();
    while let Some(event) = events.next().await {
        told.push(event);
    }
    (answer, told)
}

fn judge(said: &[u8], answer: &[u8], events: &[Event]) {
    assert!(answer.len() <= MOST_ANSWERED);
    assert!(events.len() <= 1, "one connection, one event: {events:?}");
    match said.first().map(|first| Sniff::of(*first)) {
        Some(Sniff::Line) => assert!([&b""[..], b"ACK\n", b"ERROR\n"].contains(&answer)),
        Some(Sniff::Session) => {
            assert!(answer.is_empty() || answer.len() == 194);
            assert!(
                !events
                    .iter()
                    .any(|event| matches!(event, Event::SessionUp { .. }))
            );
        }
        Some(Sniff::Unknown(_)) | None => assert!(answer.is_empty()),
    }
}

/// There is nobody to dial.
#[derive(Debug)]
struct Nowhere;

/// One connection comes in, and no other.
#[derive(Debug)]
struct One(Option<Pipe>);

#[derive(Debug)]
struct Pipe(DuplexStream);

impl Transport for Nowhere {
    type Stream = Pipe;
    type Listener = One;

    async fn connect(&self, _: SocketAddr) -> io::Result<Pipe> {
        Err(io::ErrorKind::ConnectionRefused.into())
    }
}

impl Listener for One {
    type Stream = Pipe;

    fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<io::Result<(Pipe, SocketAddr)>> {
        match self.0.take() {
            Some(pipe) => Poll::Ready(Ok((pipe, stranger()))),
            None => Poll::Pending,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(([10, 0, 0, 1], 4000).into())
    }
}

impl Stream for Pipe {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(([10, 0, 0, 1], 4000).into())
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(stranger())
    }
}

fn stranger() -> SocketAddr {
    ([10, 0, 0, 2], 50_000).into()
}

mod io_of_pipe {
    //! A pipe reads and writes as what it is made of.

    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::Pipe;

    impl AsyncRead for Pipe {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_read(context, buffer)
        }
    }

    impl AsyncWrite for Pipe {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.0).poll_write(context, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_flush(context)
        }

        fn poll_shutdown(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_shutdown(context)
        }
    }
}
