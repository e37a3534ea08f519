//! Whatever the network and the machines do: each message arrives, once, and no key is used twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use proptest::prelude::*;
use tazcom_direct::{Config, Fate, Input};
use tazcom_identity::NodeId;
use tazcom_proto::direct::DirectFrame;
use tazcom_proto::inner::InnerId;
use tazcom_proto::{Content, MessageId, Scope, VerifiedEnvelope};
use vodozemac::olm::OlmMessage;

use crate::stage::{HOUR, Node, olm};

const NODES: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Crash {
    Never,
    BeforeCommit,
    AfterCommit,
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Say(usize, usize, Crash),
    Deliver(usize, Crash),
    Newest(usize, Crash),
    Repeat(usize, usize, Crash),
    Lose(usize),
    Meet(usize, usize),
    Frame(Crash),
    Pass(usize, u64, Crash),
    Restart(usize),
}

fn crash() -> impl Strategy<Value = Crash> {
    prop_oneof![
        6 => Just(Crash::Never),
        1 => Just(Crash::BeforeCommit),
        1 => Just(Crash::AfterCommit),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let node = 0..NODES;
    let any = any::<usize>();
    prop_oneof![
        6 => (node.clone(), node.clone(), crash()).prop_map(|(a, b, c)| Op::Say(a, b, c)),
        10 => (any, crash()).prop_map(|(n, c)| Op::Deliver(n, c)),
        3 => (any, crash()).prop_map(|(n, c)| Op::Newest(n, c)),
        2 => (any, node.clone(), crash()).prop_map(|(n, a, c)| Op::Repeat(n, a, c)),
        2 => any.prop_map(Op::Lose),
        1 => (node.clone(), node.clone()).prop_map(|(a, b)| Op::Meet(a, b)),
        2 => crash().prop_map(Op::Frame),
        3 => (node.clone(), 1..600_000_u64, crash()).prop_map(|(a, t, c)| Op::Pass(a, t, c)),
        1 => node.prop_map(Op::Restart),
    ]
}

/// Nodes, and a mesh that does as it likes.
struct World {
    nodes: Vec<Node>,
    /// All that was ever signed, in its order.
    envelopes: Vec<VerifiedEnvelope>,
    /// Which envelope is on its way to whom.
    pending: Vec<(usize, usize)>,
    lost: Vec<(usize, usize)>,
    frames: VecDeque<(usize, NodeId, DirectFrame)>,
    accepted: BTreeMap<InnerId, (usize, usize)>,
    next: u64,
}

impl World {
    fn new(config: &Config) -> Self {
        let node = |n| Node::with(u8::try_from(n).expect("few"), config.clone());
        let mut world = Self {
            nodes: (0..NODES).map(node).collect(),
            envelopes: Vec::new(),
            pending: Vec::new(),
            lost: Vec::new(),
            frames: VecDeque::new(),
            accepted: BTreeMap::new(),
            next: 0,
        };
        (0..NODES).for_each(|n| world.collect(n));
        world
    }

    /// One step of a node: whether it is on the disk.
    fn step(&mut self, n: usize, input: Input, crash: Crash) -> bool {
        let node = &mut self.nodes[n];
        match crash {
            Crash::Never => node.handle(input),
            Crash::BeforeCommit => {
                node.direct.handle(node.now, input);
                node.restart();
                return false;
            }
            Crash::AfterCommit => {
                // Envelopes and lines are on the disk, and sent from there after the start. What only
                // was to be sent is gone.
                node.handle(input);
                node.frames.clear();
                node.restart();
            }
        }
        self.collect(n);
        true
    }

    /// Gives to the mesh what a node has signed.
    fn collect(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        let bundles = std::mem::take(&mut node.bundles);
        let sealed = node.take();
        let frames = std::mem::take(&mut node.frames);
        let ids: Vec<_> = self.nodes.iter().map(Node::id).collect();
        for envelope in bundles.into_iter().chain(sealed) {
            let at = self.envelopes.len();
            let to = (0..NODES).filter(|to| {
                let for_it = Scope::Sealed(*ids[*to].as_bytes());
                *to != n && (*envelope.scope() == Scope::Mesh || *envelope.scope() == for_it)
            });
            self.pending.extend(to.map(|to| (to, at)));
            self.envelopes.push(envelope);
        }
        self.frames.extend(frames.into_iter().map(|(to, frame)| {
            let to = ids.iter().position(|id| *id == to).expect("a node");
            (to, ids[n], frame)
        }));
    }

    fn deliver(&mut self, at: usize, crash: Crash) {
        let (to, envelope) = self.pending[at];
        if self.hand_over(to, envelope, crash) {
            self.pending.swap_remove(at);
        }
    }

    fn hand_over(&mut self, to: usize, envelope: usize, crash: Crash) -> bool {
        let envelope = self.envelopes[envelope].clone();
        let input = match envelope.content() {
            Content::Prekeys { .. } => Input::Prekeys(envelope),
            _ => Input::Sealed(envelope),
        };
        self.step(to, input, crash)
    }

    fn run(&mut self, op: Op) {
        match op {
            Op::Say(from, to, crash) if from != to => {
                self.next += 1;
                let id = crate::stage::id(self.next);
                let input = self.nodes[from].words(self.nodes[to].id(), id, "words");
                if self.step(from, input, crash) {
                    self.accepted.insert(id, (from, to));
                }
            }
            Op::Deliver(n, crash) if !self.pending.is_empty() => {
                self.deliver(n % self.pending.len(), crash);
            }
            Op::Newest(n, crash) if !self.pending.is_empty() => {
                let last = self
                    .pending
                    .iter()
                    .enumerate()
                    .max_by_key(|(_, (_, at))| *at);
                let _ = n;
                self.deliver(last.expect("some").0, crash);
            }
            Op::Repeat(n, to, crash) if !self.envelopes.is_empty() => {
                let envelope = n % self.envelopes.len();
                if self.envelopes[envelope].author() != self.nodes[to].id() {
                    self.hand_over(to, envelope, crash);
                }
            }
            Op::Lose(n) if !self.pending.is_empty() => {
                let lost = self.pending.swap_remove(n % self.pending.len());
                self.lost.push(lost);
            }
            Op::Meet(a, b) if a != b => {
                for (one, other) in [(a, b), (b, a)] {
                    let other = self.nodes[other].id();
                    self.step(one, Input::SessionUp(other), Crash::Never);
                }
            }
            Op::Frame(crash) => {
                if let Some((to, from, DirectFrame::OneTimeKey { identity, key })) =
                    self.frames.pop_front()
                {
                    let input = Input::OneTimeKey {
                        from,
                        identity,
                        key,
                    };
                    self.step(to, input, crash);
                }
            }
            Op::Pass(n, millis, crash) => {
                // All clocks are right.
                for node in &mut self.nodes {
                    node.now = node.now.after(Duration::from_millis(millis));
                }
                self.step(n, Input::Tick, crash);
            }
            Op::Restart(n) => self.nodes[n].restart(),
            _ => {}
        }
    }

    /// The mesh is repaired, and time passes.
    fn settle(&mut self) {
        for _ in 0..60 {
            self.pending.append(&mut self.lost);
            while let Some(at) = self.pending.len().checked_sub(1) {
                self.deliver(at, Crash::Never);
            }
            if self.nodes.iter().all(|node| node.direct.outbox_len() == 0) {
                return;
            }
            for n in 0..NODES {
                self.nodes[n].pass(HOUR);
                self.collect(n);
            }
        }
    }

    fn check(&self) {
        for (id, (from, to)) in &self.accepted {
            let receiver = &self.nodes[*to];
            let came = receiver.opened.iter().filter(|opened| opened.id() == *id);
            assert_eq!(came.count(), 1, "{id:?} is shown once");
            let fates = self.nodes[*from].fates_of(*id);
            let delivered = fates.iter().filter(|fate| **fate == Fate::Delivered);
            assert_eq!(delivered.count(), 1, "{id:?} is delivered once");
        }
        let opened = self.nodes.iter().map(|node| node.opened.len());
        assert_eq!(
            opened.sum::<usize>(),
            self.accepted.len(),
            "nothing else is shown"
        );
        self.no_key_twice();
    }

    fn no_key_twice(&self) {
        let mut used = BTreeMap::new();
        let mut known: BTreeSet<MessageId> = BTreeSet::new();
        for envelope in &self.envelopes {
            assert!(known.insert(envelope.id()), "no envelope is signed twice");
            if let Content::Prekeys { .. } = envelope.content() {
                continue;
            }
            let message = match olm(envelope) {
                OlmMessage::Normal(message) => message,
                OlmMessage::PreKey(message) => message.message().clone(),
            };
            let place = (message.ratchet_key().to_bytes(), message.chain_index());
            let ciphertext = message.ciphertext().to_vec();
            let before = used.insert(place, ciphertext.clone());
            assert!(
                before.is_none_or(|before| before == ciphertext),
                "a key is used twice"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, max_shrink_iters: 1000, ..ProptestConfig::default() })]

    /// Losses that are repaired, repetition, any order, and restarts at any moment.
    #[test]
    fn each_message_arrives_once_and_no_key_seals_two(ops in proptest::collection::vec(op(), 1..300)) {
        let mut world = World::new(&Config::lan());
        for op in ops {
            world.run(op);
        }
        world.settle();
        world.check();
    }

    /// The same where there is never enough room.
    #[test]
    fn tight_windows_lose_nothing_and_repeat_nothing(ops in proptest::collection::vec(op(), 1..300)) {
        let mut config = Config::lan();
        config.window = 2;
        config.ratchets = 2;
        config.receipt_ids = 3;
        config.one_time_keys = 1;
        let mut world = World::new(&config);
        for op in ops {
            world.run(op);
        }
        world.settle();
        world.check();
    }
}
