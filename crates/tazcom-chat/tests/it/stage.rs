//! One conversation under test, and the voices it hears.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tazcom_chat::{
    Arrival, By, Chat, ChatEvent, Config, Input, Line, Memory, Output, Position, Restored,
};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::{
    Content, Draft, Hlc, MessageId, Place, RoomName, Scope, UnixMillis, VerifiedEnvelope,
};
use tazcom_testkit::Clock;

/// Wall time when virtual time begins.
pub(crate) const START: u64 = 1_800_000_000_000;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn key(n: u32) -> Arc<SecretKey> {
    let mut seed = [0x77; 32];
    for (to, from) in seed.iter_mut().zip(n.to_be_bytes()) {
        *to = from;
    }
    Arc::new(SecretKey::from_seed(seed))
}

pub(crate) fn lobby() -> RoomName {
    RoomName::lobby()
}

/// The node under test, and all it has put out.
pub(crate) struct Node {
    clock: Clock,
    pub(crate) at: Duration,
    pub(crate) chat: Chat,
    pub(crate) events: Vec<ChatEvent>,
    pub(crate) published: Vec<VerifiedEnvelope>,
    pub(crate) memory: Option<Memory>,
    /// Whether what is published is said to be on disk at once.
    pub(crate) disk: bool,
    wait: Option<Instant>,
}

impl Node {
    pub(crate) fn new() -> Self {
        Self::with(0, Config::lan(), Restored::fresh())
    }

    pub(crate) fn with(n: u32, config: Config, restored: Restored) -> Self {
        let clock = Clock::start();
        let now = clock.at(Duration::ZERO);
        let wall = UnixMillis(START);
        let seed = [n.to_be_bytes()[3]; 32];
        Self {
            clock,
            at: Duration::ZERO,
            chat: Chat::new(now, wall, config, key(n), restored, seed),
            events: Vec::new(),
            published: Vec::new(),
            memory: None,
            disk: true,
            wait: None,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.at(self.at)
    }

    pub(crate) fn wall(&self) -> UnixMillis {
        UnixMillis(START).after(self.at)
    }

    pub(crate) fn handle(&mut self, input: Input) {
        self.chat.handle(self.now(), self.wall(), input);
        loop {
            match self.chat.poll_output() {
                Output::Publish { envelope, .. } => {
                    let id = envelope.id();
                    self.published.push(*envelope);
                    if self.disk {
                        let published = Input::Published { id };
                        self.chat.handle(self.now(), self.wall(), published);
                    }
                }
                Output::Event(event) => self.events.push(event),
                Output::Remember(memory) => self.memory = Some(memory),
                Output::Wait(wait) => {
                    let wait = wait.expect("there is always something to do some day");
                    assert!(wait > self.now(), "a deadline that has come was forgotten");
                    self.wait = Some(wait);
                    return;
                }
                other => panic!("unexpected {other:?}"),
            }
        }
    }

    /// The time of the next deadline.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.wait.map(|wait| self.clock.elapsed(wait))
    }

    /// Lets time pass, and nothing else happen.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.at + time;
        while let Some(next) = self.deadline()
            && next <= end
        {
            self.at = next;
            self.handle(Input::Timeout);
        }
        self.at = end;
        self.handle(Input::Timeout);
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.handle(Input::Say {
            room: lobby(),
            text: text.to_owned(),
            action: false,
            reference: 1,
        });
    }

    pub(crate) fn hear(&mut self, envelope: &VerifiedEnvelope) {
        self.arrive(envelope, By::Live);
    }

    pub(crate) fn repair(&mut self, envelope: &VerifiedEnvelope) {
        self.arrive(envelope, By::Repair);
    }

    fn arrive(&mut self, envelope: &VerifiedEnvelope, by: By) {
        let first_seen = self.wall();
        self.handle(Input::Arrived(Box::new(Arrival {
            envelope: envelope.clone(),
            first_seen,
            by,
            hops: 1,
        })));
    }

    /// These can be reached now; the lost ones went without a goodbye.
    pub(crate) fn reach(&mut self, peers: &[NodeId], lost: &[NodeId]) {
        self.handle(Input::Reachable {
            peers: set(peers),
            lost: set(lost),
            left: set(&[]),
        });
    }

    /// These can be reached now; those that left said that they end.
    pub(crate) fn part(&mut self, peers: &[NodeId], left: &[NodeId]) {
        self.handle(Input::Reachable {
            peers: set(peers),
            lost: set(&[]),
            left: set(left),
        });
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let room = self.chat.room(&lobby()).expect("joined");
        room.lines().map(|line| line.text.to_string()).collect()
    }

    /// The lines that were told, in the order in which they were.
    pub(crate) fn told(&self) -> Vec<(&Line, Position)> {
        let told = self.events.iter().filter_map(|event| match event {
            ChatEvent::Message { line, position, .. } => Some((&**line, *position)),
            _ => None,
        });
        told.collect()
    }

    /// What was told that is no line, and forgets all that was told.
    pub(crate) fn news(&mut self) -> Vec<ChatEvent> {
        let told = std::mem::take(&mut self.events).into_iter();
        told.filter(|event| !matches!(event, ChatEvent::Message { .. }))
            .collect()
    }
}

fn set(peers: &[NodeId]) -> BTreeSet<NodeId> {
    peers.iter().copied().collect()
}

/// Somebody else, who writes what it likes.
pub(crate) struct Voice {
    pub(crate) key: Arc<SecretKey>,
    pub(crate) last: Option<(u64, MessageId)>,
}

impl Voice {
    pub(crate) fn new(n: u32) -> Self {
        Self {
            key: key(1000 + n),
            last: None,
        }
    }

    pub(crate) fn id(&self) -> NodeId {
        self.key.node_id()
    }

    /// Says something in the lobby, so long after the start.
    pub(crate) fn says(&mut self, text: &str, at: Duration) -> VerifiedEnvelope {
        let previous = self.last.map(|(_, id)| id);
        let seq = self.last.map_or(1, |(seq, _)| seq + 1);
        self.numbered(text, at, Place { seq, previous })
    }

    /// The same with a number of its own choice.
    pub(crate) fn numbered(&mut self, text: &str, at: Duration, place: Place) -> VerifiedEnvelope {
        let text = Box::from(text);
        let content = Content::Text {
            text,
            action: false,
        };
        let draft = Draft {
            place: Some(place),
            ..draft(Scope::Room(lobby()), content, at)
        };
        let envelope = draft.sign(&self.key).expect("within the limits");
        self.last = Some((place.seq, envelope.id()));
        envelope
    }

    pub(crate) fn is_called(&self, name: &str, at: Duration) -> VerifiedEnvelope {
        let name = Box::from(name);
        self.signs(draft(Scope::Mesh, Content::Profile { name }, at))
    }

    pub(crate) fn has(&self, ids: &[MessageId], at: Duration) -> VerifiedEnvelope {
        let ids = ids.to_vec();
        self.signs(draft(Scope::Room(lobby()), Content::Receipt { ids }, at))
    }

    pub(crate) fn signs(&self, draft: Draft) -> VerifiedEnvelope {
        draft.sign(&self.key).expect("within the limits")
    }
}

pub(crate) fn draft(scope: Scope, content: Content, at: Duration) -> Draft {
    let created = UnixMillis(START).after(at);
    Draft::new(scope, content, Hlc::default().tick(created), created)
}
