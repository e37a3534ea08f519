//! From a connection to a peer that has proven who it is.

use std::collections::VecDeque;
use std::fmt;
use std::time::Instant;

use bytes::Bytes;
use snow::HandshakeState;
use tazcom_identity::NodeId;

use crate::binding::{ChannelBinding, Proof, Role, signed_bytes};
use crate::input::Input;
use crate::limits::{MAX_EARLY_LEN, PREAMBLE};
use crate::session::{Beginning, Session};
use crate::suite::Suite;
use crate::wire::body::{ByeCode, Welcome};
use crate::wire::caps::Caps;

mod error;
mod message;
mod open;
#[cfg(test)]
mod tests;

pub use error::HandshakeError;
use message::{Wanted, framed, read, transcript, write};
pub use open::{Initiator, Local, Responder};

/// A handshake under way.
///
/// One [`handle`](Self::handle), then [`poll_output`](Self::poll_output) until it says
/// [`Wait`](HandshakeOutput::Wait) or something final.
pub struct Handshake {
    suite: Suite,
    local: Local,
    state: State,
    deadline: Instant,
    jitter: u64,
    /// What arrived of the next thing to read, and after the last one what came early.
    inbox: Vec<u8>,
    outbox: VecDeque<Bytes>,
}

/// What a handshake wants done.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeOutput {
    /// Write these bytes.
    Send(Bytes),
    /// Nothing until something arrives or this instant comes.
    Wait(Instant),
    /// Final: the peer is this node, beyond doubt. [`Handshake::finish`] makes the session,
    /// [`Handshake::refuse`] tells the peer to go away.
    Authenticated(NodeId),
    /// Final: there is no session.
    Failed(HandshakeError),
}

enum State {
    /// Responder, before message 1.
    Called {
        noise: Box<HandshakeState>,
        welcome: Welcome,
    },
    /// Initiator, before message 2.
    CallAnswered {
        noise: Box<HandshakeState>,
        expected: Option<NodeId>,
        caps: Caps,
    },
    /// Responder, before message 3.
    Answered {
        noise: Box<HandshakeState>,
        welcome: Welcome,
    },
    Authenticated(Box<Authenticated>),
    Failed(HandshakeError),
}

struct Authenticated {
    noise: HandshakeState,
    role: Role,
    peer: NodeId,
    caps: Caps,
    welcome: Welcome,
}

impl Handshake {
    fn new(suite: Suite, local: Local, state: State, now: Instant, jitter: u64) -> Self {
        let deadline = now + local.config.handshake_deadline;
        Self {
            suite,
            local,
            state,
            deadline,
            jitter,
            inbox: Vec::new(),
            outbox: VecDeque::new(),
        }
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        let over = matches!(self.state, State::Authenticated(_) | State::Failed(_));
        if !over && now >= self.deadline {
            return self.fail(HandshakeError::Deadline);
        }
        match input {
            Input::Received(bytes) => {
                if let Err(error) = self.receive(bytes) {
                    self.fail(error);
                }
            }
            Input::Closed if !over => self.fail(HandshakeError::Closed),
            Input::Closed | Input::Timeout => {}
        }
    }

    /// What is to be done next. To be called until it waits or says something final, which it
    /// then repeats.
    pub fn poll_output(&mut self) -> HandshakeOutput {
        if let Some(bytes) = self.outbox.pop_front() {
            return HandshakeOutput::Send(bytes);
        }
        match &self.state {
            State::Authenticated(done) => HandshakeOutput::Authenticated(done.peer),
            State::Failed(error) => HandshakeOutput::Failed(*error),
            _ => HandshakeOutput::Wait(self.deadline),
        }
    }

    /// What an authenticated initiator says it can do, to the responder; `None` before.
    #[must_use]
    pub fn caps(&self) -> Option<&Caps> {
        match &self.state {
            State::Authenticated(done) => Some(&done.caps),
            _ => None,
        }
    }

    /// The session with the peer that was authenticated. A responder's says its welcome first.
    ///
    /// To be called as soon as that is known: until then no frame is read.
    ///
    /// # Errors
    ///
    /// What the handshake failed of; [`HandshakeError::Unfinished`] when it is too early.
    pub fn finish(self, now: Instant) -> Result<Session, HandshakeError> {
        self.begin(now, None)
    }

    /// A session that says only goodbye: what the peer sent in the meantime is not delivered.
    ///
    /// # Errors
    ///
    /// As for [`finish`](Self::finish).
    pub fn refuse(self, now: Instant, code: ByeCode) -> Result<Session, HandshakeError> {
        self.begin(now, Some(code))
    }

    fn begin(self, now: Instant, refused: Option<ByeCode>) -> Result<Session, HandshakeError> {
        let done = match self.state {
            State::Authenticated(done) => done,
            State::Failed(error) => return Err(error),
            _ => return Err(HandshakeError::Unfinished),
        };
        let binding = ChannelBinding::of(done.noise.get_handshake_hash());
        let transport = done
            .noise
            .into_transport_mode()
            .map_err(|_| HandshakeError::Unfinished)?;
        let beginning = Beginning {
            transport,
            role: done.role,
            peer: done.peer,
            caps: done.caps,
            binding,
            config: self.local.config,
            jitter: self.jitter,
            welcome: done.welcome,
            welcome_by: self.deadline,
            early: self.inbox,
            unsent: self.outbox,
            refused,
        };
        Ok(Session::begin(now, beginning))
    }

    /// The initiator's first words.
    fn call(&mut self) {
        let State::CallAnswered { noise, .. } = &mut self.state else {
            return;
        };
        match write(noise, 1, &[]) {
            Ok(message) => self.outbox.push_back(framed(PREAMBLE, &message)),
            Err(error) => self.fail(error),
        }
    }

    fn receive(&mut self, mut bytes: &[u8]) -> Result<(), HandshakeError> {
        loop {
            match self.state {
                State::Failed(_) => return Ok(()),
                State::Authenticated(_) => return self.keep_early(bytes),
                _ => {}
            }
            let number = match self.state {
                State::Called { .. } => 1,
                State::CallAnswered { .. } => 2,
                _ => 3,
            };
            let wanted = Wanted::of(number, &self.inbox)?;
            if self.inbox.len() == wanted.len {
                let received = std::mem::take(&mut self.inbox);
                let message = received.get(wanted.message_at..).unwrap_or_default();
                self.step(message)?;
                continue;
            }
            if bytes.is_empty() {
                return Ok(());
            }
            let missing = wanted.len.saturating_sub(self.inbox.len());
            let (taken, rest) = bytes.split_at(missing.min(bytes.len()));
            self.inbox.extend_from_slice(taken);
            bytes = rest;
        }
    }

    /// An initiator may send frames right behind message 3.
    fn keep_early(&mut self, bytes: &[u8]) -> Result<(), HandshakeError> {
        if self.inbox.len() + bytes.len() > MAX_EARLY_LEN {
            return Err(HandshakeError::TooEarly);
        }
        self.inbox.extend_from_slice(bytes);
        Ok(())
    }

    fn step(&mut self, message: &[u8]) -> Result<(), HandshakeError> {
        let state = State::Failed(HandshakeError::Unfinished);
        self.state = match std::mem::replace(&mut self.state, state) {
            State::Called { noise, welcome } => self.answer(noise, welcome, message)?,
            State::CallAnswered {
                noise,
                expected,
                caps,
            } => self.confirm(*noise, expected, &caps, message)?,
            State::Answered { noise, welcome } => self.accept(*noise, welcome, message)?,
            over => over,
        };
        Ok(())
    }

    /// Responder: message 1 came, message 2 goes. Our id is all that a stranger learns.
    fn answer(
        &mut self,
        mut noise: Box<HandshakeState>,
        welcome: Welcome,
        message: &[u8],
    ) -> Result<State, HandshakeError> {
        let payload = read(&mut noise, 1, message)?;
        if !payload.is_empty() {
            return Err(HandshakeError::Unauthentic { message: 1 });
        }
        let proof = self.prove(Role::Responder, &transcript(&noise));
        let reply = write(&mut noise, 2, &proof)?;
        self.outbox.push_back(framed(&[], &reply));
        Ok(State::Answered { noise, welcome })
    }

    /// Initiator: message 2 came. Who answered is judged before our own identity leaves.
    fn confirm(
        &mut self,
        mut noise: HandshakeState,
        expected: Option<NodeId>,
        caps: &Caps,
        message: &[u8],
    ) -> Result<State, HandshakeError> {
        let before = transcript(&noise);
        let payload = read(&mut noise, 2, message)?;
        let unauthentic = HandshakeError::Unauthentic { message: 2 };
        let (proof, _) = Proof::split(&payload).ok_or(unauthentic)?;
        if let Some(expected) = expected
            && expected != proof.id
        {
            let found = proof.id;
            return Err(HandshakeError::OtherPeer { expected, found });
        }
        self.check(Role::Responder, &before, &noise, proof)?;
        let mut payload = self.prove(Role::Initiator, &transcript(&noise)).to_vec();
        payload.extend_from_slice(caps.encoded());
        let reply = write(&mut noise, 3, &payload)?;
        self.outbox.push_back(framed(&[], &reply));
        Ok(State::Authenticated(Box::new(Authenticated {
            noise,
            role: Role::Initiator,
            peer: proof.id,
            caps: Caps::default(),
            welcome: Welcome::default(),
        })))
    }

    /// Responder: message 3 came.
    fn accept(
        &mut self,
        mut noise: HandshakeState,
        welcome: Welcome,
        message: &[u8],
    ) -> Result<State, HandshakeError> {
        let before = transcript(&noise);
        let payload = read(&mut noise, 3, message)?;
        let unauthentic = HandshakeError::Unauthentic { message: 3 };
        let (proof, caps) = Proof::split(&payload).ok_or(unauthentic)?;
        self.check(Role::Initiator, &before, &noise, proof)?;
        Ok(State::Authenticated(Box::new(Authenticated {
            role: Role::Responder,
            peer: proof.id,
            caps: Caps::decode(caps)?,
            welcome,
            noise,
        })))
    }

    fn prove(&self, role: Role, transcript: &[u8; 32]) -> [u8; Proof::LEN] {
        let signed = signed_bytes(role, transcript, self.suite.public(&self.local.static_key));
        let identity = &self.local.identity;
        let proof = Proof {
            id: identity.node_id(),
            signature: self.suite.sign(identity, &signed),
        };
        proof.encode()
    }

    /// Whether the peer, in `role`, has proven in its message that it is who it says.
    fn check(
        &self,
        role: Role,
        before: &[u8; 32],
        noise: &HandshakeState,
        proof: Proof,
    ) -> Result<(), HandshakeError> {
        if proof.id == self.local.identity.node_id() {
            return Err(HandshakeError::OwnId);
        }
        let static_key = noise.get_remote_static().and_then(<[u8]>::first_chunk);
        let static_key = static_key.expect("the message that was read carries it");
        let signed = signed_bytes(role, before, static_key);
        Ok(self.suite.verify(proof.id, &signed, &proof.signature)?)
    }

    fn fail(&mut self, error: HandshakeError) {
        // The first reason is the one; the secrets go with the state.
        if !matches!(self.state, State::Failed(before) if before != HandshakeError::Unfinished) {
            self.state = State::Failed(error);
        }
        self.inbox = Vec::new();
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Called { .. } => "Called",
            State::CallAnswered { .. } => "CallAnswered",
            State::Answered { .. } => "Answered",
            State::Authenticated(_) => "Authenticated",
            State::Failed(_) => "Failed",
        };
        f.debug_struct("Handshake")
            .field("state", &state)
            .field("received", &self.inbox.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HandshakeOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(bytes) => write!(f, "Send({} bytes)", bytes.len()),
            Self::Wait(deadline) => f.debug_tuple("Wait").field(deadline).finish(),
            Self::Authenticated(peer) => f.debug_tuple("Authenticated").field(peer).finish(),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
        }
    }
}
