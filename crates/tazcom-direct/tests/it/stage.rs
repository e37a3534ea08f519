//! Nodes with a disk each, and what they have put out.

use std::collections::BTreeMap;
use std::time::Duration;

use tazcom_direct::{Config, Direct, Fate, Input, Opened, Output, Refusal, SecurityEvent};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::direct::DirectFrame;
use tazcom_proto::inner::{InnerId, InnerText, kind};
use tazcom_proto::{Content, Draft, Hlc, Scope, Seal, UnixMillis, VerifiedEnvelope};
use vodozemac::olm::OlmMessage;
use zeroize::Zeroizing;

/// Wall time when virtual time begins.
pub(crate) const START: u64 = 1_800_000_000_000;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) fn key(n: u8) -> SecretKey {
    SecretKey::from_seed([n.wrapping_add(1); 32])
}

pub(crate) fn text(said: &str) -> Zeroizing<Vec<u8>> {
    let text = Zeroizing::new(said.to_owned());
    InnerText {
        text,
        action: false,
    }
    .encode()
}

pub(crate) fn id(n: u64) -> InnerId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&n.to_be_bytes());
    InnerId(id)
}

/// The Olm message in an envelope.
pub(crate) fn olm(envelope: &VerifiedEnvelope) -> OlmMessage {
    let Content::Sealed { bytes, .. } = envelope.content() else {
        panic!("not sealed");
    };
    OlmMessage::from_parts(usize::from(bytes[0]), &bytes[1..]).expect("what a machine seals")
}

pub(crate) type Disk = BTreeMap<Vec<u8>, Zeroizing<Vec<u8>>>;

/// A machine and its driver.
pub(crate) struct Node {
    pub(crate) key: SecretKey,
    pub(crate) config: Config,
    pub(crate) direct: Direct,
    pub(crate) disk: Disk,
    pub(crate) now: UnixMillis,
    /// Sealed envelopes that it has signed.
    pub(crate) sealed: Vec<VerifiedEnvelope>,
    pub(crate) bundles: Vec<VerifiedEnvelope>,
    pub(crate) frames: Vec<(NodeId, DirectFrame)>,
    pub(crate) opened: Vec<Opened>,
    pub(crate) fates: Vec<(InnerId, Fate)>,
    pub(crate) events: Vec<SecurityEvent>,
    pub(crate) answers: Vec<Result<bool, Refusal>>,
    count: u32,
    restarts: u8,
    next_id: u64,
}

impl Node {
    pub(crate) fn new(n: u8) -> Self {
        Self::with(n, Config::lan())
    }

    pub(crate) fn with(n: u8, config: Config) -> Self {
        let key = key(n);
        let direct = Direct::new(key.node_id(), config.clone(), [n; 32]);
        let mut node = Self {
            key,
            config,
            direct,
            disk: Disk::new(),
            now: UnixMillis(START),
            sealed: Vec::new(),
            bundles: Vec::new(),
            frames: Vec::new(),
            opened: Vec::new(),
            fates: Vec::new(),
            events: Vec::new(),
            answers: Vec::new(),
            count: 0,
            restarts: 0,
            next_id: u64::from(n) << 32,
        };
        node.handle(Input::Tick);
        node
    }

    pub(crate) fn id(&self) -> NodeId {
        self.key.node_id()
    }

    pub(crate) fn handle(&mut self, input: Input) {
        self.direct.handle(self.now, input);
        self.commit();
    }

    /// Writes the rows, and carries out what was put out.
    pub(crate) fn commit(&mut self) {
        for row in self.direct.take_rows() {
            match row.value {
                Some(value) => self.disk.insert(row.key, value),
                None => self.disk.remove(&row.key),
            };
        }
        while let Some(output) = self.direct.poll_output() {
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Publish {
                to,
                bytes,
                lifetime_secs,
                ..
            } => {
                let seal = Seal::Direct;
                let scope = Scope::Sealed(*to.as_bytes());
                let content = Content::Sealed { seal, bytes };
                let envelope = self.sign(scope, content, lifetime_secs);
                self.sealed.push(envelope);
            }
            Output::Prekeys {
                identity,
                fallback,
                lifetime_secs,
            } => {
                let content = Content::Prekeys { identity, fallback };
                let envelope = self.sign(Scope::Mesh, content, lifetime_secs);
                self.bundles.push(envelope);
            }
            Output::Frame { to, frame } => self.frames.push((to, frame)),
            Output::Accepted { waiting, .. } => self.answers.push(Ok(waiting)),
            Output::Refused { why, .. } => self.answers.push(Err(why)),
            Output::Opened(opened) => self.opened.push(opened),
            Output::Fate { id, fate, .. } => self.fates.push((id, fate)),
            Output::Security(event) => self.events.push(event),
            other => panic!("unexpected {other:?}"),
        }
    }

    pub(crate) fn sign(
        &mut self,
        scope: Scope,
        content: Content,
        lifetime_secs: u32,
    ) -> VerifiedEnvelope {
        self.count += 1;
        let hlc = Hlc {
            millis: self.now,
            counter: self.count,
        };
        let mut draft = Draft::new(scope, content, hlc, self.now);
        draft.lifetime_secs = lifetime_secs;
        let signed = draft.sign(&self.key).expect("a sound envelope");
        let travelled = signed.into_inner();
        travelled.verify().expect("signed by its author")
    }

    /// Loses all that is in memory.
    pub(crate) fn restart(&mut self) {
        self.restarts += 1;
        let mut seed = [self.restarts; 32];
        seed[0] = self.key.node_id().as_bytes()[0];
        let rows = self.disk.clone();
        let restored = Direct::restore(self.id(), self.config.clone(), seed, rows);
        self.direct = restored.expect("its own rows");
    }

    pub(crate) fn say(&mut self, to: NodeId, said: &str) -> InnerId {
        self.next_id += 1;
        let id = id(self.next_id);
        let input = self.words(to, id, said);
        self.handle(input);
        id
    }

    pub(crate) fn words(&self, to: NodeId, id: InnerId, said: &str) -> Input {
        Input::Send {
            to,
            id,
            hlc: Hlc {
                millis: self.now,
                counter: 0,
            },
            created: self.now,
            kind: kind::TEXT,
            body: text(said),
            reference: 0,
        }
    }

    pub(crate) fn hear(&mut self, envelopes: &[VerifiedEnvelope]) {
        for envelope in envelopes {
            let input = match envelope.content() {
                Content::Prekeys { .. } => Input::Prekeys(envelope.clone()),
                _ => Input::Sealed(envelope.clone()),
            };
            self.handle(input);
        }
    }

    /// What it has sealed since the last time.
    pub(crate) fn take(&mut self) -> Vec<VerifiedEnvelope> {
        std::mem::take(&mut self.sealed)
    }

    /// Lets time pass, and nothing else happen.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now.after(time);
        while let Some(due) = self.direct.due().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.handle(Input::Tick);
            let next = self.direct.due();
            assert!(
                next > Some(self.now),
                "a deadline that has come was forgotten"
            );
        }
        self.now = end;
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let texts = self.opened.iter().map(|opened| {
            let text = InnerText::decode(opened.body()).expect("a text");
            text.text.to_string()
        });
        texts.collect()
    }

    /// How it went with a message.
    pub(crate) fn fates_of(&self, id: InnerId) -> Vec<Fate> {
        let fates = self.fates.iter().filter(|(of, _)| *of == id);
        fates.map(|(_, fate)| *fate).collect()
    }
}

/// Lets both hear each other until nothing is said any more, a second at a time.
pub(crate) fn talk(one: &mut Node, other: &mut Node) {
    loop {
        one.pass(SECOND);
        other.pass(SECOND);
        let (from_one, from_other) = (one.take(), other.take());
        if from_one.is_empty() && from_other.is_empty() {
            return;
        }
        other.hear(&from_one);
        one.hear(&from_other);
    }
}

/// Two who have each other's bundles.
pub(crate) fn acquainted() -> (Node, Node) {
    let (mut ana, mut ben) = (Node::new(0), Node::new(1));
    let (anas, bens) = (ana.bundles.clone(), ben.bundles.clone());
    ana.hear(&bens);
    ben.hear(&anas);
    (ana, ben)
}

/// Two who have a ratchet in which both have spoken.
pub(crate) fn established() -> (Node, Node) {
    let (mut ana, mut ben) = acquainted();
    ana.say(ben.id(), "hello");
    talk(&mut ana, &mut ben);
    ben.opened.clear();
    (ana, ben)
}
