//! The crate as a node drives it.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use tazcom_group::{Config, Groups, Input, Output};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::inner::{InnerId, InnerText, SealedRoomId, kind};
use tazcom_proto::{Content, Draft, Envelope, Hlc, Scope, UnixMillis};
use zeroize::Zeroizing;

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

/// What is said: with what stands around it, it is filled up to 256 bytes.
const TEXT: &str = "half past nine, the usual place; bring the lamp";

/// One who speaks and one who listens, in a room of many.
pub(crate) struct Room {
    keys: [Arc<SecretKey>; 2],
    ends: [Groups; 2],
    room: SealedRoomId,
    counter: u64,
    said: VecDeque<Bytes>,
}

impl Room {
    pub(crate) fn new(members: usize) -> Self {
        let keys = [1, 2].map(|seed| Arc::new(SecretKey::from_seed([seed; 32])));
        // All that is said waits until all is heard: as many sessions as that takes.
        let config = Config {
            max_sessions_each: 64,
            ..Config::lan()
        };
        let ends = [0, 1].map(|end| Groups::new(keys[end].clone(), config.clone(), [7; 32]));
        let mut this = Self {
            keys,
            ends,
            room: SealedRoomId([0; 16]),
            counter: 0,
            said: VecDeque::new(),
        };
        let create = Input::Create {
            name: "den".to_owned(),
            topic: String::new(),
            reference: 0,
        };
        for output in this.tell(0, create) {
            if let Output::Done { room, .. } = output {
                this.room = room;
            }
        }
        let listener = this.keys[1].node_id();
        let others = (3..=members).map(|n| {
            let seed = u8::try_from(n).expect("few members");
            SecretKey::from_seed([seed; 32]).node_id()
        });
        let invited: Vec<NodeId> = [listener].into_iter().chain(others).collect();
        for who in invited {
            let room = this.room;
            let invite = Input::Invite {
                room,
                who,
                reference: 0,
            };
            let outputs = this.tell(0, invite);
            this.carry(outputs);
        }
        let accept = Input::Accept {
            room: this.room,
            reference: 0,
        };
        this.tell(1, accept);
        let first = this.words();
        let outputs = this.tell(0, first);
        assert_eq!(
            outputs
                .iter()
                .filter(|one| matches!(one, Output::Carry { .. }))
                .count(),
            members - 1
        );
        this.carry(outputs);
        this.hear();
        this
    }

    fn tell(&mut self, end: usize, input: Input) -> Vec<Output> {
        self.ends[end].handle(NOW, input);
        let outputs = std::iter::from_fn(|| self.ends[end].poll_output()).collect();
        black_box(self.ends[end].take_rows());
        outputs
    }

    fn carry(&mut self, outputs: Vec<Output>) {
        let (speaker, listener) = (self.keys[0].node_id(), self.keys[1].node_id());
        for output in outputs {
            match output {
                Output::Carry { to, kind, body } if to == listener => {
                    let carried = Input::Carried {
                        from: speaker,
                        created: NOW,
                        kind,
                        body,
                    };
                    self.tell(1, carried);
                }
                Output::Publish {
                    tag, seal, bytes, ..
                } => {
                    let content = Content::Sealed { seal, bytes };
                    let draft =
                        Draft::new(Scope::Sealed(tag), content, Hlc::default().tick(NOW), NOW);
                    let envelope = draft.sign(&self.keys[0]).expect("it fits");
                    self.said.push_back(envelope.bytes().clone());
                }
                _ => {}
            }
        }
    }

    fn words(&mut self) -> Input {
        self.counter += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.counter.to_be_bytes());
        let body = InnerText {
            text: Zeroizing::new(TEXT.to_owned()),
            action: false,
        };
        Input::Say {
            room: self.room,
            id: InnerId(id),
            hlc: Hlc::default(),
            created: NOW,
            kind: kind::TEXT,
            body: body.encode(),
            reference: 0,
        }
    }

    /// Bytes that are signed for one message.
    pub(crate) fn sealed_len(&mut self) -> usize {
        self.say();
        let len = self.said.back().expect("it was said").len();
        self.hear();
        len
    }

    /// Says something to all: one ciphertext, one signature.
    pub(crate) fn say(&mut self) {
        let words = self.words();
        let outputs = self.tell(0, words);
        let published = outputs.iter();
        let published = published.filter(|one| matches!(one, Output::Publish { .. }));
        assert_eq!(published.count(), 1, "one envelope for all");
        self.carry(outputs);
    }

    /// Hears the oldest that was not heard.
    pub(crate) fn hear(&mut self) {
        let bytes = self.said.pop_front().expect("as much was said");
        let envelope = Envelope::decode(bytes).expect("it is one");
        let envelope = envelope.verify().expect("it was just signed");
        let outputs = self.tell(1, Input::Sealed(envelope));
        assert!(matches!(outputs[..], [Output::Opened(_)]));
    }

    /// Microseconds for the first message with a new key, which goes out to all.
    pub(crate) fn rotate(&mut self) -> f64 {
        let who = self.keys[1].node_id();
        let room = self.room;
        self.tell(
            0,
            Input::Remove {
                room,
                who,
                reference: 0,
            },
        );
        let words = self.words();
        let start = Instant::now();
        let outputs = self.tell(0, words);
        let micros = start.elapsed().as_secs_f64() * 1e6;
        assert!(outputs.len() > 60, "all get it");
        micros
    }
}
