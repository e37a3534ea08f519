//! Sessions from the outside: a stranger with a key who calls a node, and can stop at every step
//! of the way.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use tazcom_identity::SecretKey;
use tazcom_proto::mesh::MeshFrame;
use tazcom_proto::sync::SyncFrame;
use tazcom_session::{
    ByeCode, Caps, ChannelBinding, Command, Config, End, Event, Handshake, HandshakeOutput,
    Initiator, Input, Local, PayloadKind, Session, SessionOutput, StaticKey,
};

use crate::host::Host;
use crate::line::{HONEST_ANSWER, connect, connect_from};

/// Most a write may take; a node that reads takes far less.
const WRITTEN: Duration = Duration::from_secs(5);

/// Somebody with an identity of its own.
#[derive(Clone, Debug)]
pub struct Stranger {
    local: Local,
    /// Ephemeral keys must differ from call to call.
    seed: [u8; 32],
    calls: Arc<AtomicU64>,
}

impl Stranger {
    /// The same one for the same `number`.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self::with_seed(seed_of(number))
    }

    /// The one whose secret key has this seed.
    #[must_use]
    pub fn with_seed(seed: [u8; 32]) -> Self {
        // Another stream than the one the identity comes from.
        let mut rng = ChaCha20Rng::from_seed(seed);
        rng.set_stream(1);
        let local = Local {
            identity: Arc::new(SecretKey::from_seed(seed)),
            static_key: Arc::new(StaticKey::draw(Instant::now(), &mut rng)),
            config: Arc::new(Config::lan()),
        };
        Self {
            local,
            seed,
            calls: Arc::default(),
        }
    }

    /// Its node id: 43 characters.
    #[must_use]
    pub fn id(&self) -> String {
        self.local.identity.node_id().to_string()
    }

    /// What it says first: the preamble and message 1, new ones each time.
    ///
    /// # Panics
    ///
    /// When a handshake does not begin with them.
    #[must_use]
    pub fn opening(&self) -> Vec<u8> {
        match self.begin().poll_output() {
            HandshakeOutput::Send(bytes) => bytes.to_vec(),
            other => panic!("a handshake begins with {other:?}"),
        }
    }

    /// Calls from `host`.
    ///
    /// # Panics
    ///
    /// When nobody accepts, or no session comes of it.
    #[must_use]
    pub fn call(&self, host: &Host, addr: SocketAddr) -> Talk {
        let stream = host.enter(|| connect(addr));
        let stream = stream.unwrap_or_else(|error| panic!("cannot connect to {addr}: {error}"));
        self.call_on(stream)
            .unwrap_or_else(|why| panic!("no session with {addr}: {why}"))
    }

    /// Calls from one address in particular of the machine this runs on.
    ///
    /// # Errors
    ///
    /// Why there is no session, in words.
    pub fn call_from(&self, source: Ipv4Addr, addr: SocketAddr) -> Result<Talk, String> {
        let stream = connect_from(source, addr).map_err(|error| error.to_string())?;
        self.call_on(stream)
    }

    /// Calls on a connection.
    ///
    /// # Errors
    ///
    /// Why there is no session, in words.
    pub fn call_on(&self, mut stream: TcpStream) -> Result<Talk, String> {
        let (handshake, _) = self.shake(&mut stream, 2)?;
        let session = handshake
            .finish(Instant::now())
            .map_err(|error| error.to_string())?;
        let mut talk = Talk {
            stream,
            session,
            events: VecDeque::new(),
            end: None,
        };
        talk.drain();
        let welcomed = |event: &Event| matches!(event, Event::Welcomed(_));
        match talk.find(Instant::now() + WRITTEN, welcomed) {
            Some(_) => Ok(talk),
            None => Err(format!("no welcome; {:?}", talk.end)),
        }
    }

    /// Shakes hands on `stream` as far as message 3, which it does not send: here it is, with its
    /// length before it.
    ///
    /// # Errors
    ///
    /// Why it did not come so far, in words.
    pub fn last_message(&self, stream: &mut TcpStream) -> Result<Vec<u8>, String> {
        self.shake(stream, 1).map(|(_, unsent)| unsent)
    }

    fn begin(&self) -> Handshake {
        let mut rng = ChaCha20Rng::from_seed(self.seed);
        rng.set_stream(2 + self.calls.fetch_add(1, Ordering::Relaxed));
        let initiator = Initiator {
            local: self.local.clone(),
            expected: None,
            caps: Caps::default(),
        };
        initiator.start(Instant::now(), &mut rng)
    }

    /// Sends the first so many of its messages; what it did not send is told.
    fn shake(
        &self,
        stream: &mut TcpStream,
        messages: usize,
    ) -> Result<(Handshake, Vec<u8>), String> {
        let mut handshake = self.begin();
        let (mut sent, mut unsent) = (0, Vec::new());
        loop {
            match handshake.poll_output() {
                HandshakeOutput::Send(bytes) if sent < messages => {
                    let written = stream.write_all(&bytes);
                    written.map_err(|error| format!("not written: {error}"))?;
                    sent += 1;
                }
                HandshakeOutput::Send(bytes) => unsent.extend_from_slice(&bytes),
                HandshakeOutput::Wait(until) => {
                    let mut chunk = [0; 1024];
                    let heard = read_by(stream, &mut chunk, until);
                    handshake.handle(Instant::now(), heard.input());
                }
                HandshakeOutput::Authenticated(_) => return Ok((handshake, unsent)),
                HandshakeOutput::Failed(error) => return Err(error.to_string()),
                other => return Err(format!("{other:?}")),
            }
        }
    }
}

/// The secret key of the stranger of this number.
pub(crate) fn seed_of(number: u64) -> [u8; 32] {
    let mut seed = [0x73; 32];
    ChaCha20Rng::seed_from_u64(number).fill_bytes(&mut seed);
    seed
}

/// A session with a node. It answers greetings and pings like any peer while it is waited for
/// something.
#[derive(Debug)]
pub struct Talk {
    stream: TcpStream,
    session: Session,
    events: VecDeque<Event>,
    end: Option<End>,
}

impl Talk {
    /// Who answered: 43 characters.
    #[must_use]
    pub fn peer(&self) -> String {
        self.session.peer().to_string()
    }

    /// The name both ends have for this session and nobody else knows.
    #[must_use]
    pub fn binding(&self) -> ChannelBinding {
        self.session.channel_binding()
    }

    /// Our end of the connection.
    ///
    /// # Panics
    ///
    /// When the system cannot tell.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.stream.local_addr().expect("a connected socket")
    }

    /// Sends what `command` says; false when that was not possible any more.
    pub fn say(&mut self, command: Command) -> bool {
        let done = self.session.command(Instant::now(), command).is_ok();
        self.drain() && done
    }

    /// Sends bytes past the session.
    pub fn send_raw(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Greets, and waits for the answer.
    ///
    /// # Panics
    ///
    /// When there is none `within` the time given.
    pub fn greet(&mut self, within: Duration) {
        assert!(self.say(Command::Hello), "not said; {:?}", self.end);
        self.wait_for("the answer to a greeting", within, |event| {
            matches!(event, Event::Ack)
        });
    }

    /// Pings, and waits for the answer.
    ///
    /// # Panics
    ///
    /// When there is none `within` the time given.
    pub fn ping(&mut self, within: Duration) {
        let tag = 7;
        assert!(self.say(Command::Ping { tag }), "not said; {:?}", self.end);
        self.wait_for("the answer to a ping", within, |event| {
            matches!(event, Event::Pong { tag: Some(7), .. })
        });
    }

    /// Becomes a neighbour of the node in its broadcast tree.
    ///
    /// # Panics
    ///
    /// When the node wants none, or does not say so `within` the time given.
    pub fn links(&mut self, within: Duration) {
        assert!(
            self.repairs(&SyncFrame::Link { chosen: true }),
            "not said; {:?}",
            self.end
        );
        self.hears("that it is a neighbour", within, |frame| {
            matches!(frame, SyncFrame::Link { .. })
        });
    }

    /// Pushes an envelope, or what is none; false when that was not possible any more.
    pub fn pushes(&mut self, envelope: &[u8]) -> bool {
        self.pushes_from_afar(envelope, 0)
    }

    /// Pushes an envelope that has come so many hops.
    pub fn pushes_from_afar(&mut self, envelope: &[u8], round: u16) -> bool {
        let envelope = Bytes::copy_from_slice(envelope);
        let frame = MeshFrame::Gossip { round, envelope };
        self.gossips(&frame)
    }

    /// Says something to a neighbour in the tree; false when that was not possible any more.
    pub fn gossips(&mut self, frame: &MeshFrame) -> bool {
        let bytes = frame.encode().into();
        self.say(Command::Send(PayloadKind::Gossip, bytes))
    }

    /// Says something about who has what; false when that was not possible any more.
    pub fn repairs(&mut self, frame: &SyncFrame) -> bool {
        let bytes = frame.encode().into();
        self.say(Command::Send(PayloadKind::Sync, bytes))
    }

    /// Waits for a payload of kind Sync; those before it are thrown away.
    ///
    /// # Panics
    ///
    /// When it does not come `within` the time given.
    pub fn hears(
        &mut self,
        what: &str,
        within: Duration,
        wanted: impl Fn(&SyncFrame) -> bool,
    ) -> SyncFrame {
        let sync = |event: &Event| match event {
            Event::Received(PayloadKind::Sync, bytes) => SyncFrame::decode(bytes).ok().flatten(),
            _ => None,
        };
        let event = self.wait_for(what, within, |event| {
            sync(event).is_some_and(|it| wanted(&it))
        });
        sync(&event).expect("it was one before")
    }

    /// The next event for which `wanted` holds; those before it are thrown away.
    ///
    /// # Panics
    ///
    /// When it does not come `within` the time given.
    pub fn wait_for(
        &mut self,
        what: &str,
        within: Duration,
        wanted: impl Fn(&Event) -> bool,
    ) -> Event {
        match self.find(Instant::now() + within, wanted) {
            Some(event) => event,
            None => panic!("not within {within:?}: {what}; {:?}", self.end),
        }
    }

    /// Waits for an event; false when it does not come `within` the time given.
    pub fn next(&mut self, within: Duration, wanted: impl Fn(&Event) -> bool) -> bool {
        self.find(Instant::now() + within, wanted).is_some()
    }

    /// From now on it writes without end and reads nothing, however long a write takes.
    ///
    /// # Panics
    ///
    /// When the system refuses to wait so long.
    pub fn cares_for_no_answer(&mut self) {
        let patience = Some(Duration::from_secs(60));
        self.stream
            .set_write_timeout(patience)
            .expect("not a zero timeout");
    }

    /// Listens for a while, or until the session has ended, and tells how it did.
    pub fn listen(&mut self, during: Duration) -> Option<End> {
        self.find(Instant::now() + during, |_| false);
        self.end
    }

    /// Waits for the end.
    ///
    /// # Panics
    ///
    /// When it does not come `within` the time given.
    pub fn ends(&mut self, within: Duration) -> End {
        self.listen(within)
            .unwrap_or_else(|| panic!("the session goes on after {within:?}"))
    }

    /// Says goodbye and waits until the node has closed.
    pub fn leave(mut self) {
        self.say(Command::Close(ByeCode::Done));
        self.listen(WRITTEN);
    }

    /// The connection, for whoever wants to misuse it.
    #[must_use]
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    fn find(&mut self, by: Instant, wanted: impl Fn(&Event) -> bool) -> Option<Event> {
        loop {
            while let Some(event) = self.events.pop_front() {
                if wanted(&event) {
                    return Some(event);
                }
            }
            if self.end.is_some() || Instant::now() >= by {
                return None;
            }
            let mut chunk = [0; 16 * 1024];
            let until = match self.session.poll_output() {
                SessionOutput::Wait(deadline) => deadline.min(by),
                _ => by,
            };
            let heard = read_by(&mut self.stream, &mut chunk, until);
            self.session.handle(Instant::now(), heard.input());
            self.drain();
        }
    }

    /// Does what the session wants; false once nothing can be written.
    fn drain(&mut self) -> bool {
        let mut written = true;
        loop {
            match self.session.poll_output() {
                SessionOutput::Send(bytes) => {
                    written &= self.stream.write_all(&bytes).is_ok();
                }
                SessionOutput::Event(event) => {
                    if matches!(event, Event::Hello) {
                        // Refused only when the session has ended, which is seen next.
                        let _ = self.session.command(Instant::now(), Command::Ack);
                    }
                    self.events.push_back(event);
                }
                SessionOutput::Ended(end) => {
                    self.end = Some(end);
                    return false;
                }
                _ => return written,
            }
        }
    }
}

/// Calls, greets, is answered, and leaves, all as an honest stranger does.
///
/// # Panics
///
/// When that takes a second or more up to the answer.
pub fn honest_session(host: &Host, addr: SocketAddr) {
    let began = Instant::now();
    let mut talk = Stranger::new(1).call(host, addr);
    talk.greet(HONEST_ANSWER);
    let lasted = began.elapsed();
    assert!(lasted < HONEST_ANSWER, "an honest session took {lasted:?}");
    talk.leave();
}

/// What a read brought.
enum Heard<'a> {
    Bytes(&'a [u8]),
    /// The connection has ended, in whatever way.
    End,
    /// Nothing in time.
    Nothing,
}

impl<'a> Heard<'a> {
    const fn input(&self) -> Input<'a> {
        match self {
            Self::Bytes(bytes) => Input::Received(bytes),
            Self::End => Input::Closed,
            Self::Nothing => Input::Timeout,
        }
    }
}

fn read_by<'a>(stream: &mut TcpStream, chunk: &'a mut [u8], until: Instant) -> Heard<'a> {
    let left = until.saturating_duration_since(Instant::now());
    let left = left.max(Duration::from_millis(1));
    stream
        .set_read_timeout(Some(left))
        .expect("not a zero timeout");
    match stream.read(chunk) {
        Ok(0) => Heard::End,
        Ok(read) => Heard::Bytes(&chunk[..read]),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Heard::Nothing
        }
        Err(_) => Heard::End,
    }
}
