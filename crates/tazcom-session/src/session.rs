//! A session: what two nodes that know each other say to each other.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use snow::TransportState;
use tazcom_identity::NodeId;

use crate::binding::{ChannelBinding, Role};
use crate::input::Input;
use crate::limits::{Config, MAX_BODY_LEN, MAX_PAYLOAD_LEN};
use crate::wire::body::{Body, ByeCode, Welcome};
use crate::wire::caps::Caps;
use crate::wire::frame::{Deframer, Sealer};

mod end;
mod parts;
mod pings;
#[cfg(test)]
mod tests;
mod timers;
mod words;

pub use end::{End, SendError, SessionError};
use parts::Parts;
use pings::Pings;
use timers::{Due, Timers};
pub use words::{Command, Event, SessionOutput};

/// An authenticated, encrypted, ordered channel to one peer.
///
/// One [`handle`](Self::handle) or [`command`](Self::command), then
/// [`poll_output`](Self::poll_output) until it says [`Wait`](SessionOutput::Wait) or
/// [`Ended`](SessionOutput::Ended). What waits to be polled is bounded by what was put in: one
/// output for each frame received, five frames for the longest payload. Beyond that the session
/// keeps one frame and one payload that are under way.
///
/// It answers a ping at once. A driver that cannot write must therefore stop reading.
pub struct Session {
    about: About,
    config: Arc<Config>,
    sealer: Sealer,
    deframer: Deframer,
    parts: Parts,
    pings: Pings,
    timers: Timers,
    state: State,
    outputs: VecDeque<SessionOutput>,
}

/// What was settled when it began.
struct About {
    peer: NodeId,
    role: Role,
    caps: Caps,
    binding: ChannelBinding,
}

enum State {
    Open,
    /// We said goodbye and take what was under way, until then. Whether it is also delivered.
    Leaving {
        code: ByeCode,
        until: Instant,
        deliver: bool,
    },
    Ended(End),
}

/// What a handshake hands over.
pub(crate) struct Beginning {
    pub(crate) transport: TransportState,
    pub(crate) role: Role,
    pub(crate) peer: NodeId,
    pub(crate) caps: Caps,
    pub(crate) binding: ChannelBinding,
    pub(crate) config: Arc<Config>,
    pub(crate) jitter: u64,
    pub(crate) welcome: Welcome,
    pub(crate) welcome_by: Instant,
    pub(crate) early: Vec<u8>,
    pub(crate) unsent: VecDeque<Bytes>,
    pub(crate) refused: Option<ByeCode>,
}

impl Session {
    pub(crate) fn begin(now: Instant, beginning: Beginning) -> Self {
        let Beginning { role, config, .. } = beginning;
        let welcome_by = (role == Role::Initiator).then_some(beginning.welcome_by);
        let mut session = Self {
            about: About {
                peer: beginning.peer,
                role,
                caps: beginning.caps,
                binding: beginning.binding,
            },
            sealer: Sealer::new(beginning.transport),
            deframer: Deframer::default(),
            parts: Parts::default(),
            pings: Pings::new(now, &config),
            timers: Timers::new(now, &config, beginning.jitter, welcome_by),
            state: State::Open,
            outputs: beginning
                .unsent
                .into_iter()
                .map(SessionOutput::Send)
                .collect(),
            config,
        };
        match (beginning.refused, role) {
            (Some(code), _) => session.leave(now, code, false),
            (None, Role::Responder) => session.say(Body::Welcome(beginning.welcome)),
            (None, Role::Initiator) => {}
        }
        session.handle(now, Input::Received(&beginning.early));
        session
    }

    /// Who is at the other end.
    #[must_use]
    pub const fn peer(&self) -> NodeId {
        self.about.peer
    }

    /// Which end we are.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.about.role
    }

    /// What the initiator said it can do, to the responder. The responder says so in its
    /// [`Event::Welcomed`].
    #[must_use]
    pub const fn caps(&self) -> &Caps {
        &self.about.caps
    }

    /// The name of this session that both ends know and nobody else.
    #[must_use]
    pub const fn channel_binding(&self) -> ChannelBinding {
        self.about.binding
    }

    /// Whether commands are still carried out: neither end has said goodbye, and nothing broke.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Open)
    }

    /// Frames received so far.
    #[must_use]
    pub const fn frames_received(&self) -> u64 {
        self.sealer.received()
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.catch_up(now);
        match input {
            Input::Received(bytes) => {
                if let Err(error) = self.receive(now, bytes) {
                    self.end(End::Abnormal(error));
                }
            }
            Input::Closed => match self.state {
                State::Open => self.end(End::Abnormal(SessionError::Closed)),
                State::Leaving { code, .. } => self.end(End::ByUs(code)),
                State::Ended(_) => {}
            },
            Input::Timeout => {}
        }
    }

    /// Takes what the user wants.
    ///
    /// # Errors
    ///
    /// [`SendError`] says why nothing was sent; the session goes on as before.
    pub fn command(&mut self, now: Instant, command: Command) -> Result<(), SendError> {
        self.catch_up(now);
        if !matches!(self.state, State::Open) {
            return Err(SendError::Over);
        }
        match command {
            Command::Hello => self.say(Body::Hello),
            Command::Ack => self.say(Body::Ack),
            Command::Send(_, bytes) if bytes.len() > MAX_PAYLOAD_LEN => {
                return Err(SendError::TooLong { len: bytes.len() });
            }
            Command::Send(kind, bytes) => self.say(Body::Payload(kind, bytes)),
            Command::Ping { tag } => {
                let token = self.pings.ask(now, Some(tag));
                self.say(Body::Ping(token.ok_or(SendError::TooManyPings)?));
            }
            Command::Close(code) => self.leave(now, code, true),
        }
        self.limit_frames(now);
        Ok(())
    }

    /// Whether the driver reads from the connection. While it does not, because it cannot write or
    /// has no room, the peer's silence and its unfinished frame are not held against it; when it
    /// reads again, both count from then.
    pub fn set_reading(&mut self, now: Instant, reading: bool) {
        self.timers.read(now, reading, &self.config);
    }

    /// What is to be done next. To be called until it waits or the session has ended, which it
    /// then repeats.
    pub fn poll_output(&mut self) -> SessionOutput {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        match self.state {
            State::Open => SessionOutput::Wait(self.timers.next(&self.config)),
            State::Leaving { until, .. } => SessionOutput::Wait(until),
            State::Ended(end) => SessionOutput::Ended(end),
        }
    }

    /// Does what is due by `now`.
    fn catch_up(&mut self, now: Instant) {
        if let State::Leaving { code, until, .. } = self.state
            && now >= until
        {
            self.end(End::ByUs(code));
        }
        while matches!(self.state, State::Open) {
            match self.timers.due(now, &self.config) {
                None => return,
                Some(Due::End(error)) => self.end(End::Abnormal(error)),
                Some(Due::Expiry) => self.leave(now, ByeCode::Expired, true),
                Some(Due::Renewal) => self.tell(Event::RenewalDue),
                Some(Due::Ping) => {
                    // When as many wait as may, the peer has been asked.
                    if let Some(token) = self.pings.ask(now, None) {
                        self.say(Body::Ping(token));
                    }
                    self.limit_frames(now);
                }
            }
        }
    }

    fn receive(&mut self, now: Instant, mut bytes: &[u8]) -> Result<(), SessionError> {
        while !matches!(self.state, State::Ended(_)) {
            let sealer = &mut self.sealer;
            let frame = self
                .deframer
                .next(&mut bytes, |sealed| sealer.open(sealed))?;
            let Some(body) = frame else { break };
            if self.sealer.received() > self.config.max_frames {
                return Err(SessionError::TooManyFrames);
            }
            self.timers.frame_is_whole();
            self.timers.heard(now, &self.config);
            let body = Body::decode(&body)?;
            self.hear(now, body)?;
            self.limit_frames(now);
        }
        let under_way = self.deframer.is_waiting();
        self.timers.frame(now, under_way, &self.config);
        Ok(())
    }

    /// Understands one body.
    fn hear(&mut self, now: Instant, body: Body) -> Result<(), SessionError> {
        if let Body::Bye(code) = body {
            self.end(End::ByPeer(code));
            return Ok(());
        }
        let welcome = matches!(body, Body::Welcome(_));
        if welcome != self.timers.is_welcome_due() {
            return Err(SessionError::Welcome);
        }
        match body {
            Body::Welcome(welcome) => {
                self.timers.welcomed();
                self.tell(Event::Welcomed(welcome));
            }
            Body::Hello => self.tell(Event::Hello),
            Body::Ack => self.tell(Event::Ack),
            Body::Ping(token) => {
                self.pings.heard(now, &self.config)?;
                if matches!(self.state, State::Open) {
                    self.say(Body::Pong(token));
                }
            }
            Body::Pong(token) => {
                let (tag, round_trip) = self.pings.answered(now, token)?;
                self.tell(Event::Pong { tag, round_trip });
            }
            Body::Payload(kind, bytes) => self.tell(Event::Received(kind, bytes)),
            Body::Part(part) => self.parts.add(&part)?,
            Body::LastPart(part) => {
                let whole = self.parts.last(&part)?;
                if let Body::Payload(kind, bytes) = whole {
                    self.tell(Event::Received(kind, bytes));
                }
            }
            Body::Bye(_) | Body::Skipped => {}
        }
        Ok(())
    }

    fn say(&mut self, body: Body) {
        let body = body.encode();
        if body.len() <= MAX_BODY_LEN {
            let frame = self.sealer.seal(&body);
            return self.outputs.push_back(SessionOutput::Send(frame));
        }
        for part in parts::cut(&body) {
            let frame = self.sealer.seal(&part);
            self.outputs.push_back(SessionOutput::Send(frame));
        }
    }

    /// A frame that says whatever it is told to.
    #[cfg(feature = "__fuzz")]
    pub(crate) fn seal_raw(&mut self, body: &[u8]) -> Bytes {
        self.sealer.seal(&crate::wire::body::Encoded {
            head: body.to_vec(),
            content: Bytes::new(),
        })
    }

    fn tell(&mut self, event: Event) {
        if !matches!(self.state, State::Leaving { deliver: false, .. }) {
            self.outputs.push_back(SessionOutput::Event(event));
        }
    }

    /// Ends what has carried too much, in good time for a goodbye.
    fn limit_frames(&mut self, now: Instant) {
        if !matches!(self.state, State::Open) {
            return;
        }
        let most = self.sealer.sent().max(self.sealer.received());
        if most >= self.config.renew_frames && self.timers.renew() {
            self.tell(Event::RenewalDue);
        }
        if self.sealer.sent() + FRAMES_OF_A_COMMAND >= self.config.max_frames {
            self.leave(now, ByeCode::Expired, true);
        }
    }

    fn leave(&mut self, now: Instant, code: ByeCode, deliver: bool) {
        self.say(Body::Bye(code));
        let until = now + self.config.drain;
        self.state = State::Leaving {
            code,
            until,
            deliver,
        };
    }

    fn end(&mut self, end: End) {
        self.state = State::Ended(match (&self.state, end) {
            (State::Ended(before), _) => *before,
            // We had said all we had to say; how the rest broke off does not matter.
            (State::Leaving { code, .. }, End::Abnormal(_)) => End::ByUs(*code),
            (_, end) => end,
        });
    }
}

/// Frames the longest payload takes, and one for a goodbye.
const FRAMES_OF_A_COMMAND: u64 = 6;

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Open => "Open",
            State::Leaving { .. } => "Leaving",
            State::Ended(_) => "Ended",
        };
        f.debug_struct("Session")
            .field("peer", &self.about.peer)
            .field("role", &self.about.role)
            .field("state", &state)
            .field("sent", &self.sealer.sent())
            .field("received", &self.sealer.received())
            .finish_non_exhaustive()
    }
}
