//! Two nodes and the bytes between them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tazcom_identity::{NodeId, SecretKey};
use tazcom_session::{
    Caps, Command, Config, End, Event, Handshake, HandshakeError, HandshakeOutput, Initiator,
    Input, Local, Responder, SendError, Session, SessionOutput, StaticKey, Welcome,
};
use tazcom_testkit::{Clock, Seed};

/// The initiator of a [`Pair`].
pub(crate) const ANA: usize = 0;
/// Its responder.
pub(crate) const BEN: usize = 1;

/// How far one end has come.
#[derive(Debug)]
pub(crate) enum Stage {
    Shaking(Box<Handshake>),
    Up(Box<Session>),
    Failed(HandshakeError),
}

/// One end and everything it put out.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) stage: Stage,
    pub(crate) events: Vec<Event>,
    pub(crate) end: Option<End>,
    pub(crate) deadline: Option<Instant>,
    outbox: VecDeque<Bytes>,
}

/// Two ends. Time stands still unless it is told to go on.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) now: Instant,
    pub(crate) nodes: [Node; 2],
}

/// How a pair is to be.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) seed: u64,
    pub(crate) config: Config,
    pub(crate) caps: Caps,
    pub(crate) welcome: Welcome,
    pub(crate) expected: Option<NodeId>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            seed: 1,
            config: Config::lan(),
            caps: Caps::default(),
            welcome: Welcome::default(),
            expected: Some(identity(BEN).node_id()),
        }
    }
}

pub(crate) fn identity(node: usize) -> SecretKey {
    SecretKey::from_seed([u8::try_from(node + 1).unwrap(); 32])
}

pub(crate) fn local(node: usize, seed: u64, now: Instant, config: &Config) -> Local {
    let mut rng = Seed(seed).rng(10 + u64::try_from(node).unwrap());
    Local {
        identity: Arc::new(identity(node)),
        static_key: Arc::new(StaticKey::draw(now, &mut rng)),
        config: Arc::new(config.clone()),
    }
}

impl Setup {
    pub(crate) fn initiator(&self, now: Instant) -> Handshake {
        let initiator = Initiator {
            local: local(ANA, self.seed, now, &self.config),
            expected: self.expected,
            caps: self.caps.clone(),
        };
        initiator.start(now, &mut Seed(self.seed).rng(20))
    }

    pub(crate) fn responder(&self, now: Instant) -> Handshake {
        let responder = Responder {
            local: local(BEN, self.seed, now, &self.config),
            welcome: self.welcome.clone(),
        };
        responder.start(now, &mut Seed(self.seed).rng(21))
    }

    pub(crate) fn pair(&self) -> Pair {
        let now = Clock::start().at(Duration::ZERO);
        let node = |handshake| Node {
            stage: Stage::Shaking(Box::new(handshake)),
            events: Vec::new(),
            end: None,
            deadline: None,
            outbox: VecDeque::new(),
        };
        let mut pair = Pair {
            now,
            nodes: [node(self.initiator(now)), node(self.responder(now))],
        };
        pair.drain(ANA);
        pair.drain(BEN);
        pair
    }

    /// A pair whose handshake is over and whose welcome has arrived.
    pub(crate) fn connected(&self) -> Pair {
        let mut pair = self.pair();
        pair.run();
        assert!(pair.is_up(ANA) && pair.is_up(BEN), "{pair:?}");
        assert_eq!(
            pair.take_events(ANA),
            [Event::Welcomed(self.welcome.clone())]
        );
        pair
    }
}

impl Pair {
    pub(crate) fn is_up(&self, node: usize) -> bool {
        matches!(self.nodes[node].stage, Stage::Up(_)) && self.nodes[node].end.is_none()
    }

    pub(crate) fn failure(&self, node: usize) -> Option<HandshakeError> {
        match self.nodes[node].stage {
            Stage::Failed(error) => Some(error),
            _ => None,
        }
    }

    pub(crate) fn end(&self, node: usize) -> Option<End> {
        self.nodes[node].end
    }

    pub(crate) fn session(&mut self, node: usize) -> &mut Session {
        match &mut self.nodes[node].stage {
            Stage::Up(session) => session,
            other => panic!("there is no session yet: {other:?}"),
        }
    }

    pub(crate) fn take_events(&mut self, node: usize) -> Vec<Event> {
        std::mem::take(&mut self.nodes[node].events)
    }

    pub(crate) fn command(&mut self, node: usize, command: Command) -> Result<(), SendError> {
        let now = self.now;
        let done = self.session(node).command(now, command);
        self.drain(node);
        done
    }

    pub(crate) fn handle(&mut self, node: usize, input: Input<'_>) {
        match &mut self.nodes[node].stage {
            Stage::Shaking(handshake) => handshake.handle(self.now, input),
            Stage::Up(session) => session.handle(self.now, input),
            Stage::Failed(_) => {}
        }
        self.drain(node);
    }

    /// What `node` wants to write next, taken from it.
    pub(crate) fn take_sent(&mut self, node: usize) -> Option<Bytes> {
        self.nodes[node].outbox.pop_front()
    }

    /// Everything `node` wants to write, taken from it.
    pub(crate) fn take_all_sent(&mut self, node: usize) -> Vec<Bytes> {
        self.nodes[node].outbox.drain(..).collect()
    }

    /// Hands over what is to be written, until there is no more.
    pub(crate) fn run(&mut self) {
        self.run_through(|_, message| vec![message]);
    }

    /// Hands over what `wire` makes of each thing a node writes, until there is no more.
    pub(crate) fn run_through(&mut self, mut wire: impl FnMut(usize, Bytes) -> Vec<Bytes>) {
        while let Some(from) = [ANA, BEN]
            .into_iter()
            .find(|node| !self.nodes[*node].outbox.is_empty())
        {
            let message = self.take_sent(from).unwrap();
            for bytes in wire(from, message) {
                self.handle(1 - from, Input::Received(&bytes));
            }
        }
    }

    /// Lets time pass, and both ends notice; what they write is handed over.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
        for node in [ANA, BEN] {
            self.handle(node, Input::Timeout);
        }
        self.run();
    }

    fn drain(&mut self, node: usize) {
        let now = self.now;
        let node = &mut self.nodes[node];
        loop {
            match &mut node.stage {
                Stage::Shaking(handshake) => match handshake.poll_output() {
                    HandshakeOutput::Send(bytes) => node.outbox.push_back(bytes),
                    HandshakeOutput::Wait(deadline) => {
                        node.deadline = Some(deadline);
                        return;
                    }
                    HandshakeOutput::Authenticated(peer) => {
                        let shaking = Stage::Failed(HandshakeError::Unfinished);
                        let Stage::Shaking(done) = std::mem::replace(&mut node.stage, shaking)
                        else {
                            unreachable!("it was just polled");
                        };
                        let session = done.finish(now).unwrap();
                        assert_eq!(session.peer(), peer);
                        node.stage = Stage::Up(Box::new(session));
                    }
                    HandshakeOutput::Failed(error) => {
                        node.stage = Stage::Failed(error);
                        return;
                    }
                    other => panic!("unknown output {other:?}"),
                },
                Stage::Up(session) => match session.poll_output() {
                    SessionOutput::Send(bytes) => node.outbox.push_back(bytes),
                    SessionOutput::Event(event) => node.events.push(event),
                    SessionOutput::Wait(deadline) => {
                        node.deadline = Some(deadline);
                        return;
                    }
                    SessionOutput::Ended(end) => {
                        node.end = Some(end);
                        return;
                    }
                    other => panic!("unknown output {other:?}"),
                },
                Stage::Failed(_) => return,
            }
        }
    }
}
