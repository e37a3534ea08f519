//! The operations of a room that are known, each with all it builds on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tazcom_identity::NodeId;

use super::op::{Action, OpId, SignedOp};
use super::past::Past;
use crate::config::{Config, MAX_LEAVES, MAX_PARENTS};

/// The operations of one generation of a room. Whoever has the same ones, in whatever order they came,
/// has the same log.
#[derive(Debug)]
pub(crate) struct OpLog {
    nodes: Vec<Node>,
    places: BTreeMap<OpId, usize>,
    heads: BTreeSet<OpId>,
    /// They build on some that are not known yet.
    pending: VecDeque<SignedOp>,
    max_ops: usize,
    max_pending: usize,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) op: SignedOp,
    /// The places of all it builds on.
    pub(super) past: Past,
}

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merged {
    /// It is in the log, and so may some be that waited for it.
    Added,
    /// It began a new log; the old one is gone.
    NewLog,
    /// It was there, or belongs to a log that is over.
    Known,
    /// It waits for what it builds on.
    Waiting,
    /// Its author had no right to it, by all it had seen.
    NotEntitled,
    /// Its author did not sign it.
    NotSigned,
    /// It is not made as operations are.
    Malformed,
    /// There is no more room.
    Full,
}

impl OpLog {
    /// A log that begins with this, which has to be a genesis.
    pub(crate) fn begin(genesis: SignedOp, config: &Config) -> Self {
        let mut log = Self {
            nodes: Vec::new(),
            places: BTreeMap::new(),
            heads: BTreeSet::new(),
            pending: VecDeque::new(),
            max_ops: config.max_ops,
            max_pending: config.max_pending_ops,
        };
        log.push(genesis, Past::default());
        log
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(crate) const fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn genesis(&self) -> Option<&SignedOp> {
        self.nodes.first().map(|node| &node.op)
    }

    /// Who made the room.
    pub(crate) fn creator(&self) -> Option<NodeId> {
        self.genesis().map(|genesis| genesis.op().author)
    }

    pub(crate) fn knows(&self, id: &OpId) -> bool {
        self.places.contains_key(id)
    }

    pub(crate) fn pending(&self) -> impl Iterator<Item = &SignedOp> {
        self.pending.iter()
    }

    pub(crate) fn waits(&self) -> bool {
        !self.pending.is_empty()
    }

    pub(crate) fn give_up_pending(&mut self) {
        self.pending.clear();
    }

    /// The last operations: those nothing builds on. As many as an operation may name.
    pub(crate) fn heads(&self) -> Vec<OpId> {
        self.heads.iter().copied().take(MAX_PARENTS).collect()
    }

    /// What the next operation is to have as its lamport number.
    pub(crate) fn next_lamport(&self) -> u64 {
        let heads = self.heads().into_iter();
        let lamports = heads.filter_map(|head| self.node(&head).map(|node| node.op.op().lamport));
        lamports.max().unwrap_or_default().saturating_add(1)
    }

    pub(super) fn node(&self, id: &OpId) -> Option<&Node> {
        self.nodes.get(*self.places.get(id)?)
    }

    /// All that somebody has who names these as its last.
    pub(crate) fn past_of(&self, heads: &[OpId]) -> Past {
        let mut past = Past::default();
        for head in heads {
            if let (Some(node), Some(place)) = (self.node(head), self.places.get(head)) {
                past.extend(&node.past);
                past.insert(*place);
            }
        }
        past
    }

    /// What somebody lacks who has that past, in an order in which each comes after what it builds on.
    pub(crate) fn lacking<'a>(&'a self, past: &'a Past) -> impl Iterator<Item = &'a SignedOp> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter_map(|(place, node)| (!past.contains(place)).then_some(&node.op))
    }

    /// From a place on, in the order in which they came.
    pub(crate) fn since(&self, place: usize) -> impl Iterator<Item = &SignedOp> {
        self.nodes.iter().skip(place).map(|node| &node.op)
    }

    /// Takes an operation. Its signature is verified last, so that what is refused anyway costs little.
    pub(crate) fn merge(&mut self, op: SignedOp) -> Merged {
        if let Some(generation) = op.generation() {
            return self.merge_genesis(op, generation);
        }
        let merged = self.merge_one(op, |op| op.verify().is_ok());
        if merged == Merged::Added {
            self.retry();
        }
        merged
    }

    /// Puts back what was in the log before, in the order in which it came.
    pub(crate) fn restore(&mut self, op: SignedOp) {
        if op.generation().is_none() {
            let _refused = self.merge_one(op, |_| true);
        }
    }

    fn merge_genesis(&mut self, op: SignedOp, generation: u64) -> Merged {
        let Some(own) = self.genesis() else {
            return Merged::Malformed;
        };
        if own.op().author != op.op().author {
            return Merged::NotEntitled;
        }
        // Two of one generation are a fault of the creator; all take the same one.
        let newer = (Some(generation), op.id()) > (own.generation(), own.id());
        if !newer {
            return Merged::Known;
        }
        if op.verify().is_err() {
            return Merged::NotSigned;
        }
        self.nodes.clear();
        self.places.clear();
        self.heads.clear();
        self.push(op, Past::default());
        self.retry();
        Merged::NewLog
    }

    fn retry(&mut self) {
        loop {
            let before = self.nodes.len();
            for op in std::mem::take(&mut self.pending) {
                // It was verified before it began to wait.
                let _refused = self.merge_one(op, |_| true);
            }
            if self.nodes.len() == before {
                return;
            }
        }
    }

    fn merge_one(&mut self, op: SignedOp, signed: impl Fn(&SignedOp) -> bool) -> Merged {
        if self.knows(&op.id()) {
            return Merged::Known;
        }
        if !op.op().parents.iter().all(|parent| self.knows(parent)) {
            if self.pending.iter().all(|waiting| waiting.id() != op.id()) {
                if !signed(&op) {
                    return Merged::NotSigned;
                }
                if self.pending.len() >= self.max_pending {
                    self.pending.pop_front();
                }
                self.pending.push_back(op);
            }
            return Merged::Waiting;
        }
        let parents = op.op().parents.iter();
        let lamports = parents.filter_map(|parent| self.node(parent));
        let highest = lamports.map(|node| node.op.op().lamport).max();
        if highest.and_then(|highest| highest.checked_add(1)) != Some(op.op().lamport) {
            return Merged::Malformed;
        }
        let past = self.past_of(&op.op().parents);
        if !self.entitled(&op, &past) {
            return Merged::NotEntitled;
        }
        if self.nodes.len() >= self.max_ops {
            return Merged::Full;
        }
        if !signed(&op) {
            return Merged::NotSigned;
        }
        self.push(op, past);
        Merged::Added
    }

    /// Whether its author had ever been given the right to it, by all it had seen. Says the same to
    /// everybody, whenever it is asked; whether the author had lost the right again is for
    /// [`resolve`](super::resolve) to say.
    fn entitled(&self, op: &SignedOp, past: &Past) -> bool {
        let author = op.op().author;
        let leaves = op.op().action == Action::Remove { who: author };
        let mut member = false;
        for node in past
            .without(&Past::default())
            .filter_map(|at| self.nodes.get(at))
        {
            let admin = match &node.op.op().action {
                Action::Add { who, admin } if *who == author => *admin,
                Action::Genesis { members, .. } => {
                    let found = members.iter().find(|(who, _)| *who == author);
                    match found {
                        Some((_, admin)) => *admin,
                        None => continue,
                    }
                }
                _ => continue,
            };
            if admin {
                return true;
            }
            member = true;
        }
        let mine = self
            .nodes
            .iter()
            .filter(|node| node.op.op().author == author);
        leaves && member && mine.count() < MAX_LEAVES
    }

    /// Whether somebody was ever let in, by whomever and whatever became of it.
    pub(crate) fn names(&self, somebody: &NodeId) -> bool {
        self.nodes.iter().any(|node| match &node.op.op().action {
            Action::Add { who, .. } => who == somebody,
            Action::Genesis { members, .. } => members.iter().any(|(who, _)| who == somebody),
            Action::Remove { .. } | Action::Rename { .. } => false,
        })
    }

    fn push(&mut self, op: SignedOp, past: Past) {
        for parent in &op.op().parents {
            self.heads.remove(parent);
        }
        self.heads.insert(op.id());
        self.places.insert(op.id(), self.nodes.len());
        self.nodes.push(Node { op, past });
    }
}
