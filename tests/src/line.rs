//! The TCP side of POC-02: honest and hostile dialling, and a listener that answers.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use socket2::{Domain, Socket, Type};

use crate::host::Host;

/// Most a node may take to answer an honest HELLO, whatever others do to it.
pub const HONEST_ANSWER: Duration = Duration::from_secs(1);
/// Longer than every deadline of the product. A connection open for this long is never closed.
const GIVE_UP: Duration = Duration::from_secs(15);
/// Most a connection may take, and a write after it.
const CONNECTED: Duration = Duration::from_secs(5);
const GREETINGS_KEPT: usize = 64;

/// A node id nobody has the key of, the same one for the same `number`.
#[must_use]
pub fn invented_id(number: u64) -> String {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[24..].copy_from_slice(&number.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The line that says HELLO, newline included.
#[must_use]
pub fn hello(id: &str) -> String {
    format!("{{\"type\":\"HELLO\",\"from\":\"{id}\"}}\n")
}

/// What became of a connection.
#[derive(Debug)]
pub struct Outcome {
    /// Everything the node sent.
    pub answer: Vec<u8>,
    /// From the connection to its end.
    pub lasted: Duration,
}

/// A connection to a node.
#[derive(Debug)]
pub struct Dial {
    stream: TcpStream,
    since: Instant,
}

impl Dial {
    /// Connects from `host`.
    ///
    /// # Panics
    ///
    /// When nobody accepts.
    #[must_use]
    pub fn new(host: &Host, addr: SocketAddr) -> Self {
        Self::on(host.enter(|| connect(addr)), addr)
    }

    /// Connects from one address in particular of `host`.
    ///
    /// # Panics
    ///
    /// When nobody accepts.
    #[must_use]
    pub fn from(host: &Host, source: Ipv4Addr, addr: SocketAddr) -> Self {
        Self::on(host.enter(|| connect_from(source, addr)), addr)
    }

    /// A connection made otherwise, as old as this.
    #[must_use]
    pub fn over(stream: TcpStream) -> Self {
        Self {
            stream,
            since: Instant::now(),
        }
    }

    fn on(stream: std::io::Result<TcpStream>, addr: SocketAddr) -> Self {
        let stream = stream.unwrap_or_else(|error| panic!("cannot connect to {addr}: {error}"));
        Self {
            stream,
            since: Instant::now(),
        }
    }

    /// Sends `bytes`; false once the node has closed.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Whether the node has closed by now. What it sent is thrown away.
    #[must_use]
    pub fn is_closed(&mut self) -> bool {
        let patience = Some(Duration::from_millis(1));
        self.stream
            .set_read_timeout(patience)
            .expect("not a zero timeout");
        let mut byte = [0];
        match self.stream.read(&mut byte) {
            Ok(read) => read == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    /// Reads so many bytes, which must come.
    ///
    /// # Panics
    ///
    /// When they do not.
    #[must_use]
    pub fn read_exactly(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream
            .set_read_timeout(Some(GIVE_UP))
            .expect("not a zero timeout");
        self.stream
            .read_exact(&mut bytes)
            .unwrap_or_else(|error| panic!("{count} bytes did not come: {error}"));
        bytes
    }

    /// What the node says first; nothing when it closes, or says nothing within a second.
    #[must_use]
    pub fn first_bytes(&mut self) -> Vec<u8> {
        let mut bytes = [0; 256];
        self.stream
            .set_read_timeout(Some(HONEST_ANSWER))
            .expect("not a zero timeout");
        let read = self.stream.read(&mut bytes).unwrap_or(0);
        bytes[..read].to_vec()
    }

    /// The connection itself.
    #[must_use]
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// How long it is since the connection was made.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// Ends the connection with a reset.
    ///
    /// # Panics
    ///
    /// When the system refuses a zero linger time.
    pub fn reset(self) {
        reset(self.stream);
    }

    /// Reads until the node closes.
    ///
    /// # Panics
    ///
    /// When it has not closed after 15 s.
    #[must_use]
    pub fn outcome(mut self) -> Outcome {
        let mut answer = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let left = GIVE_UP
                .saturating_sub(self.since.elapsed())
                .max(Duration::from_millis(1));
            self.stream
                .set_read_timeout(Some(left))
                .expect("not a zero timeout");
            match self.stream.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => answer.extend_from_slice(&chunk[..read]),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    panic!(
                        "still open after {GIVE_UP:?}, answered {:?}",
                        String::from_utf8_lossy(&answer)
                    )
                }
                // Closed with our bytes unread: a reset is an end like any other.
                Err(_) => break,
            }
        }
        Outcome {
            answer,
            lasted: self.since.elapsed(),
        }
    }
}

/// Ends a connection with a reset.
///
/// # Panics
///
/// When the system refuses a zero linger time.
pub fn reset(stream: TcpStream) {
    let socket = socket2::SockRef::from(&stream);
    socket
        .set_linger(Some(Duration::ZERO))
        .expect("a valid linger time");
}

/// Sends `bytes` on a new connection and reads until the node closes it.
pub fn exchange(host: &Host, addr: SocketAddr, bytes: &[u8]) -> Outcome {
    let mut dial = Dial::new(host, addr);
    dial.send(bytes);
    dial.outcome()
}

pub(crate) fn connect(addr: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&addr, CONNECTED)?;
    stream.set_write_timeout(Some(CONNECTED))?;
    Ok(stream)
}

pub(crate) fn connect_from(source: Ipv4Addr, addr: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    socket.connect_timeout(&addr.into(), CONNECTED)?;
    let stream = TcpStream::from(socket);
    stream.set_write_timeout(Some(CONNECTED))?;
    Ok(stream)
}

/// Sends `bytes` from one address in particular of the machine this runs on, and tells whether it
/// was answered. Whatever goes wrong is no answer.
#[must_use]
pub fn say_from(source: Ipv4Addr, addr: SocketAddr, bytes: &[u8]) -> bool {
    let say = || -> std::io::Result<bool> {
        let mut stream = connect_from(source, addr)?;
        stream.set_read_timeout(Some(HONEST_ANSWER))?;
        stream.write_all(bytes)?;
        Ok(stream.read(&mut [0; 16])? > 0)
    };
    say().unwrap_or(false)
}

/// Says HELLO as an honest stranger.
///
/// # Panics
///
/// When the answer is anything but `ACK\n` within a second.
pub fn greet_honestly(host: &Host, addr: SocketAddr) {
    let outcome = exchange(host, addr, hello(&invented_id(1)).as_bytes());
    let answer = String::from_utf8_lossy(&outcome.answer).into_owned();
    assert_eq!(answer, "ACK\n", "an honest HELLO was answered so");
    assert!(
        outcome.lasted < HONEST_ANSWER,
        "an honest HELLO took {:?}",
        outcome.lasted
    );
}

/// A listener that answers `ACK\n` to whoever sends a line, and tells the lines.
#[derive(Debug)]
pub struct Listener {
    /// Its port.
    pub port: u16,
    lines: Receiver<String>,
}

impl Listener {
    /// Listens on `host` under `ip`.
    ///
    /// # Panics
    ///
    /// When it cannot.
    #[must_use]
    pub fn new(host: &Host, ip: Ipv4Addr) -> Self {
        let socket = host
            .enter(|| TcpListener::bind((ip, 0)))
            .expect("a free port");
        let port = socket.local_addr().expect("a bound socket").port();
        let (sender, lines) = sync_channel(GREETINGS_KEPT);
        std::thread::spawn(move || {
            for stream in socket.incoming().map_while(Result::ok) {
                let Some(line) = answer(stream) else { continue };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { port, lines }
    }

    /// Waits for a line that holds `text`.
    ///
    /// # Panics
    ///
    /// When none comes `within` the time given.
    pub fn is_told(&self, text: &str, within: Duration) {
        let deadline = Instant::now() + within;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(text) => return,
                Ok(_) => {}
                Err(_) => panic!("nobody said {text:?} within {within:?}"),
            }
        }
    }
}

fn answer(mut stream: TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(3))).ok()?;
    let mut line = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).ok()? == 1 && byte[0] != b'\n' && line.len() < 1024 {
        line.push(byte[0]);
    }
    stream.write_all(b"ACK\n").ok()?;
    String::from_utf8(line).ok()
}
