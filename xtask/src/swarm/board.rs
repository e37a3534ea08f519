//! Who has found, greeted and been acknowledged by whom, from the nodes' own words.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::event::NodeEvent;

/// A node's number in the swarm, from 0.
pub(super) type Number = usize;

/// What every node has said so far.
#[derive(Debug)]
pub(super) struct Board {
    nodes: Vec<Voice>,
}

/// What one node has said.
#[derive(Debug, Default)]
pub(super) struct Voice {
    pub(super) id: Option<String>,
    pub(super) stopped: bool,
    /// Its standard output has ended.
    pub(super) silent: bool,
    pub(super) warnings: Vec<String>,
    peers: HashMap<String, Sight>,
}

/// How one node sees another.
#[derive(Clone, Debug, Default)]
pub(super) struct Sight {
    discovered: Option<Instant>,
    greeted: bool,
    acknowledged: Option<Instant>,
    rtt_ms: Option<f64>,
    pub(super) removed: Option<Removal>,
}

/// The last time a node let go of another.
#[derive(Clone, Debug)]
pub(super) struct Removal {
    pub(super) at: Instant,
    pub(super) reason: String,
}

/// How many of the others a node has got how far with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) discovered: usize,
    pub(super) greeted: usize,
    pub(super) acknowledged: usize,
}

impl Board {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            nodes: std::iter::repeat_with(Voice::default).take(nodes).collect(),
        }
    }

    /// Takes down what a node said at a time.
    pub(super) fn hear(&mut self, node: Number, at: Instant, event: NodeEvent) {
        let voice = &mut self.nodes[node];
        match event {
            NodeEvent::Started { id } => voice.id = Some(id),
            NodeEvent::Discovered { id } => {
                let sight = voice.peers.entry(id).or_default();
                sight.discovered.get_or_insert(at);
                sight.removed = None;
            }
            NodeEvent::HelloSent { id } => voice.peers.entry(id).or_default().greeted = true,
            NodeEvent::AckReceived { id, rtt_ms } => {
                let sight = voice.peers.entry(id).or_default();
                sight.acknowledged.get_or_insert(at);
                sight.rtt_ms.get_or_insert(rtt_ms);
            }
            NodeEvent::Removed { id, reason } => {
                voice.peers.entry(id).or_default().removed = Some(Removal { at, reason });
            }
            NodeEvent::Warning { kind } => voice.warnings.push(kind),
            NodeEvent::Stopped => voice.stopped = true,
            NodeEvent::Other => {}
        }
    }

    /// Takes down that a node's output has ended.
    pub(super) fn hear_the_end(&mut self, node: Number) {
        self.nodes[node].silent = true;
    }

    pub(super) fn voice(&self, node: Number) -> &Voice {
        &self.nodes[node]
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// How one node of the swarm sees another; none before it has.
    pub(super) fn sight(&self, of: Number, on: Number) -> Option<&Sight> {
        self.nodes[of].peers.get(self.nodes[on].id.as_ref()?)
    }

    /// How far a node has got with the others of the swarm.
    pub(super) fn progress(&self, node: Number) -> Progress {
        let mut progress = Progress::default();
        for sight in self
            .others(node)
            .filter_map(|other| self.sight(node, other))
        {
            let present = sight.removed.is_none();
            progress.discovered += usize::from(present && sight.discovered.is_some());
            progress.greeted += usize::from(present && sight.greeted);
            progress.acknowledged += usize::from(present && sight.acknowledged.is_some());
        }
        progress
    }

    /// Whether every node has found, greeted and been acknowledged by every other.
    pub(super) fn is_complete(&self) -> bool {
        let others = self.len() - 1;
        let all = Progress {
            discovered: others,
            greeted: others,
            acknowledged: others,
        };
        (0..self.len()).all(|node| self.progress(node) == all)
    }

    /// The pairs that are not done, as `(node, other)`.
    pub(super) fn unfinished(&self) -> Vec<(Number, Number)> {
        let done = |sight: &Sight| {
            sight.greeted
                && sight.discovered.is_some()
                && sight.acknowledged.is_some()
                && sight.removed.is_none()
        };
        let pairs = (0..self.len()).flat_map(|node| self.others(node).map(move |on| (node, on)));
        pairs
            .filter(|(node, on)| !self.sight(*node, *on).is_some_and(done))
            .collect()
    }

    /// Two nodes that say they are the same one.
    pub(super) fn double(&self) -> Option<(Number, Number)> {
        let pairs = (0..self.len()).flat_map(|one| (0..one).map(move |other| (other, one)));
        pairs.into_iter().find(|(one, other)| {
            self.nodes[*one].id.is_some() && self.nodes[*one].id == self.nodes[*other].id
        })
    }

    /// When the last acknowledgement came.
    pub(super) fn last_acknowledgement(&self) -> Option<Instant> {
        self.sights().filter_map(|sight| sight.acknowledged).max()
    }

    /// For each pair, from finding the other to its acknowledgement.
    pub(super) fn discovery_to_ack(&self) -> Vec<Duration> {
        let span = |sight: &Sight| Some(sight.acknowledged?.duration_since(sight.discovered?));
        self.sights().filter_map(span).collect()
    }

    /// For each pair, the round trip from HELLO to ACK as the node measured it, in milliseconds.
    pub(super) fn round_trips(&self) -> Vec<f64> {
        self.sights().filter_map(|sight| sight.rtt_ms).collect()
    }

    fn others(&self, node: Number) -> impl Iterator<Item = Number> + use<> {
        (0..self.len()).filter(move |other| *other != node)
    }

    fn sights(&self) -> impl Iterator<Item = &Sight> {
        (0..self.len()).flat_map(move |node| {
            self.others(node)
                .filter_map(move |other| self.sight(node, other))
        })
    }
}

impl Sight {
    /// Whether the other is seen now.
    pub(super) const fn present(&self) -> bool {
        self.discovered.is_some() && self.removed.is_none()
    }
}
