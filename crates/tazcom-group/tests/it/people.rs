//! People with direct messages and envelopes between them, which arrive as the test likes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tazcom_group::{
    Config, Groups, Input, Output, Refusal, RoomEvent, RoomState, RoomView, SecurityEvent,
};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::inner::{InnerId, InnerText, SealedRoomId, kind};
use tazcom_proto::{Content, Draft, Hlc, Scope, Seal, UnixMillis, VerifiedEnvelope};
use zeroize::Zeroizing;

/// 2023-11-14: some day.
const START: UnixMillis = UnixMillis(1_700_000_000_000);

/// A direct message under way.
#[derive(Clone)]
pub(crate) struct Mail {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) kind: u64,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// What somebody read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) from: NodeId,
    pub(crate) id: InnerId,
    pub(crate) text: String,
    pub(crate) vouched_by: Option<NodeId>,
}

pub(crate) struct Person {
    pub(crate) key: Arc<SecretKey>,
    pub(crate) groups: Groups,
    pub(crate) disk: BTreeMap<Vec<u8>, Zeroizing<Vec<u8>>>,
    pub(crate) read: Vec<Read>,
    pub(crate) events: Vec<RoomEvent>,
    pub(crate) security: Vec<SecurityEvent>,
    pub(crate) said: Vec<VerifiedEnvelope>,
}

pub(crate) struct People {
    pub(crate) people: Vec<Person>,
    pub(crate) now: UnixMillis,
    pub(crate) mail: VecDeque<Mail>,
    /// To whom, and what.
    pub(crate) air: VecDeque<(usize, VerifiedEnvelope)>,
    config: Config,
    counter: u64,
}

impl People {
    pub(crate) fn new(count: usize) -> Self {
        Self::with(count, Config::lan())
    }

    pub(crate) fn with(count: usize, config: Config) -> Self {
        let person = |at: usize| {
            let at = u8::try_from(at).unwrap() + 1;
            let key = Arc::new(SecretKey::from_seed([at; 32]));
            Person {
                groups: Groups::new(key.clone(), config.clone(), [at; 32]),
                key,
                disk: BTreeMap::new(),
                read: Vec::new(),
                events: Vec::new(),
                security: Vec::new(),
                said: Vec::new(),
            }
        };
        Self {
            people: (0..count).map(person).collect(),
            now: START,
            mail: VecDeque::new(),
            air: VecDeque::new(),
            config,
            counter: 0,
        }
    }

    pub(crate) fn id(&self, at: usize) -> NodeId {
        self.people[at].key.node_id()
    }

    /// Tells somebody something, commits what follows, and sends it on its way. What was answered.
    pub(crate) fn tell(
        &mut self,
        at: usize,
        input: Input,
    ) -> Option<Result<SealedRoomId, Refusal>> {
        self.people[at].groups.handle(self.now, input);
        self.commit(at)
    }

    pub(crate) fn commit(&mut self, at: usize) -> Option<Result<SealedRoomId, Refusal>> {
        let mut answer = None;
        let mut out = Vec::new();
        while let Some(output) = self.people[at].groups.poll_output() {
            out.push(output);
        }
        let person = &mut self.people[at];
        for row in person.groups.take_rows() {
            assert!(row.key.starts_with(b"group/"));
            match row.value {
                Some(value) => person.disk.insert(row.key, value),
                None => person.disk.remove(&row.key),
            };
        }
        for output in out {
            match output {
                Output::Carry { to, kind, body } => {
                    let to = self
                        .people
                        .iter()
                        .position(|other| other.key.node_id() == to);
                    // Some tests invite who is not there.
                    if let Some(to) = to {
                        self.mail.push_back(Mail {
                            from: at,
                            to,
                            kind,
                            body,
                        });
                    }
                }
                Output::Publish {
                    tag, seal, bytes, ..
                } => {
                    let envelope = self.sign(at, tag, seal, bytes.to_vec());
                    self.people[at].said.push(envelope.clone());
                    self.spread(at, &envelope);
                }
                Output::Done { room, .. } => answer = Some(Ok(room)),
                Output::Refused { why, .. } => answer = Some(Err(why)),
                Output::Opened(opened) => {
                    let text = InnerText::decode(opened.body()).unwrap();
                    self.people[at].read.push(Read {
                        from: opened.from(),
                        id: opened.id(),
                        text: text.text.to_string(),
                        vouched_by: opened.vouched_by(),
                    });
                }
                Output::Event(event) => self.people[at].events.push(event),
                Output::Security(event) => self.people[at].security.push(event),
                _ => panic!("an output that is not known"),
            }
        }
        answer
    }

    pub(crate) fn sign(
        &self,
        at: usize,
        tag: [u8; 32],
        seal: Seal,
        bytes: Vec<u8>,
    ) -> VerifiedEnvelope {
        let content = Content::Sealed {
            seal,
            bytes: bytes.into(),
        };
        let hlc = Hlc::default().tick(self.now);
        let draft = Draft::new(Scope::Sealed(tag), content, hlc, self.now);
        draft.sign(&self.people[at].key).unwrap()
    }

    pub(crate) fn spread(&mut self, from: usize, envelope: &VerifiedEnvelope) {
        for to in (0..self.people.len()).filter(|to| *to != from) {
            self.air.push_back((to, envelope.clone()));
        }
    }

    pub(crate) fn receive_mail(&mut self, mail: Mail) {
        let from = self.id(mail.from);
        let input = Input::Carried {
            from,
            created: self.now,
            kind: mail.kind,
            body: mail.body,
        };
        self.tell(mail.to, input);
    }

    /// Everything arrives, direct messages first.
    pub(crate) fn settle(&mut self) {
        loop {
            if let Some(mail) = self.mail.pop_front() {
                self.receive_mail(mail);
            } else if let Some((to, envelope)) = self.air.pop_front() {
                self.tell(to, Input::Sealed(envelope));
            } else {
                return;
            }
        }
    }

    /// Time passes, and everybody who waits for it is told.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
        for at in 0..self.people.len() {
            if self.people[at]
                .groups
                .due()
                .is_some_and(|due| due <= self.now)
            {
                self.tell(at, Input::Tick);
                let due = self.people[at].groups.due();
                assert!(
                    due.is_none_or(|due| due > self.now),
                    "nothing is left to be done now"
                );
            }
        }
    }

    /// Somebody's machine is thrown away and comes back from its disk.
    pub(crate) fn crash(&mut self, at: usize) {
        self.counter += 1;
        let mut seed = [u8::try_from(at).unwrap(); 32];
        seed[..8].copy_from_slice(&self.counter.to_be_bytes());
        let person = &mut self.people[at];
        let rows = person
            .disk
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()));
        let restored = Groups::restore(person.key.clone(), self.config.clone(), seed, rows);
        person.groups = restored.unwrap();
    }

    pub(crate) fn create(&mut self, at: usize) -> SealedRoomId {
        let input = Input::Create {
            name: "den".to_owned(),
            topic: "what we do".to_owned(),
            reference: 1,
        };
        self.tell(at, input).unwrap().unwrap()
    }

    pub(crate) fn invite(&mut self, at: usize, room: SealedRoomId, who: usize) -> Option<Refusal> {
        let who = self.id(who);
        let reference = 2;
        let input = Input::Invite {
            room,
            who,
            reference,
        };
        self.tell(at, input).unwrap().err()
    }

    pub(crate) fn remove(&mut self, at: usize, room: SealedRoomId, who: usize) -> Option<Refusal> {
        let who = self.id(who);
        let reference = 3;
        let input = Input::Remove {
            room,
            who,
            reference,
        };
        self.tell(at, input).unwrap().err()
    }

    pub(crate) fn promote(&mut self, at: usize, room: SealedRoomId, who: usize) -> Option<Refusal> {
        let who = self.id(who);
        let reference = 4;
        let input = Input::Promote {
            room,
            who,
            reference,
        };
        self.tell(at, input).unwrap().err()
    }

    pub(crate) fn accept(&mut self, at: usize, room: SealedRoomId) -> Option<Refusal> {
        self.tell(at, Input::Accept { room, reference: 5 })
            .unwrap()
            .err()
    }

    pub(crate) fn leave(&mut self, at: usize, room: SealedRoomId) -> Option<Refusal> {
        self.tell(at, Input::Leave { room, reference: 6 })
            .unwrap()
            .err()
    }

    pub(crate) fn rename(&mut self, at: usize, room: SealedRoomId, name: &str) -> Option<Refusal> {
        let input = Input::Rename {
            room,
            name: name.to_owned(),
            topic: String::new(),
            reference: 7,
        };
        self.tell(at, input).unwrap().err()
    }

    pub(crate) fn share(&mut self, at: usize, room: SealedRoomId, who: usize) -> Option<Refusal> {
        let who = self.id(who);
        let reference = 8;
        let input = Input::ShareHistory {
            room,
            who,
            reference,
        };
        self.tell(at, input).unwrap().err()
    }

    /// Says something. What it is called, unless it was refused.
    pub(crate) fn say(
        &mut self,
        at: usize,
        room: SealedRoomId,
        text: &str,
    ) -> Result<InnerId, Refusal> {
        let (id, input) = self.words(room, text);
        self.tell(at, input).unwrap().map(|_| id)
    }

    pub(crate) fn words(&mut self, room: SealedRoomId, text: &str) -> (InnerId, Input) {
        self.counter += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.counter.to_be_bytes());
        let id = InnerId(id);
        let body = InnerText {
            text: Zeroizing::new(text.to_owned()),
            action: false,
        };
        let input = Input::Say {
            room,
            id,
            hlc: Hlc::default().tick(self.now),
            created: self.now,
            kind: kind::TEXT,
            body: body.encode(),
            reference: 9,
        };
        (id, input)
    }

    pub(crate) fn view(&self, at: usize, room: SealedRoomId) -> &RoomView {
        self.people[at].groups.room(room).unwrap()
    }

    pub(crate) fn members(&self, at: usize, room: SealedRoomId) -> Vec<NodeId> {
        self.view(at, room)
            .members
            .iter()
            .map(|member| member.id)
            .collect()
    }

    pub(crate) fn state(&self, at: usize, room: SealedRoomId) -> RoomState {
        self.view(at, room).state
    }

    pub(crate) fn texts(&self, at: usize) -> Vec<&str> {
        self.people[at]
            .read
            .iter()
            .map(|read| read.text.as_str())
            .collect()
    }

    pub(crate) fn quiet(&self) -> bool {
        self.people.iter().all(|person| person.security.is_empty())
    }

    /// A room of all, made by the first.
    pub(crate) fn gather(&mut self) -> SealedRoomId {
        let room = self.create(0);
        for who in 1..self.people.len() {
            assert_eq!(self.invite(0, room, who), None);
        }
        self.settle();
        for who in 1..self.people.len() {
            assert_eq!(self.accept(who, room), None);
        }
        self.settle();
        room
    }
}

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
