//! Two people who compare, and what carries their steps.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_testkit::{Clock, fixed_id};
use tazcom_trust::{Failure, Input, Output, Sas, Verifications};

pub(crate) const BINDING: [u8; 32] = [7; 32];

/// One person and what it was shown.
pub(crate) struct Side {
    pub(crate) me: NodeId,
    pub(crate) machine: Verifications,
    pub(crate) binding: [u8; 32],
    pub(crate) asked: usize,
    pub(crate) shown: Vec<Sas>,
    pub(crate) verified: Vec<NodeId>,
    pub(crate) failed: Vec<Failure>,
    /// Steps that wait to be carried.
    pub(crate) sent: VecDeque<(NodeId, Bytes)>,
    pub(crate) wait: Option<Instant>,
}

impl Side {
    pub(crate) fn new(me: NodeId, seed: u8) -> Self {
        Self {
            me,
            machine: Verifications::new(me, [seed; 32]),
            binding: BINDING,
            asked: 0,
            shown: vec![],
            verified: vec![],
            failed: vec![],
            sent: VecDeque::new(),
            wait: None,
        }
    }

    pub(crate) fn handle(&mut self, now: Instant, input: Input) {
        self.machine.handle(now, input);
        loop {
            match self.machine.poll_output() {
                Output::Send { peer, frame } => self.sent.push_back((peer, frame)),
                Output::Asked { .. } => self.asked += 1,
                Output::Show { sas, .. } => self.shown.push(sas),
                Output::Verified { peer } => self.verified.push(peer),
                Output::Failed { why, .. } => self.failed.push(why),
                Output::Wait(until) => {
                    self.wait = until;
                    return;
                }
                _ => {}
            }
        }
    }

    pub(crate) fn start(&mut self, now: Instant, peer: NodeId) {
        let binding = self.binding;
        self.handle(now, Input::Start { peer, binding });
    }

    pub(crate) fn receive(&mut self, now: Instant, peer: NodeId, frame: Bytes) {
        let binding = self.binding;
        let input = Input::Frame {
            peer,
            binding,
            frame,
        };
        self.handle(now, input);
    }

    pub(crate) fn confirm(&mut self, now: Instant, peer: NodeId, same: bool) {
        self.handle(now, Input::Confirm { peer, same });
    }

    /// The next step that it sent.
    pub(crate) fn step(&mut self) -> Bytes {
        self.sent.pop_front().expect("a step was sent").1
    }
}

/// Alice, whose id is the smaller one, and Bob.
pub(crate) struct Link {
    pub(crate) alice: Side,
    pub(crate) bob: Side,
    clock: Clock,
    pub(crate) now: Instant,
}

impl Link {
    pub(crate) fn new() -> Self {
        let (a, b) = (fixed_id(1), fixed_id(2));
        let clock = Clock::start();
        Self {
            alice: Side::new(a.min(b), 1),
            bob: Side::new(a.max(b), 2),
            clock,
            now: clock.at(Duration::ZERO),
        }
    }

    pub(crate) fn at(&mut self, secs: u64) {
        self.now = self.clock.at(Duration::from_secs(secs));
    }

    /// Carries steps until there are none.
    pub(crate) fn carry(&mut self) {
        loop {
            if let Some((_, frame)) = self.alice.sent.pop_front() {
                self.bob.receive(self.now, self.alice.me, frame);
            } else if let Some((_, frame)) = self.bob.sent.pop_front() {
                self.alice.receive(self.now, self.bob.me, frame);
            } else {
                return;
            }
        }
    }

    /// Alice begins, Bob agrees, and both look at emoji.
    pub(crate) fn compare(&mut self) {
        let (a, b) = (self.alice.me, self.bob.me);
        self.alice.start(self.now, b);
        self.carry();
        self.bob.handle(self.now, Input::Answer { peer: a });
        self.carry();
    }

    pub(crate) fn confirm(&mut self, alice: bool, bob: bool) {
        let (a, b) = (self.alice.me, self.bob.me);
        self.alice.confirm(self.now, b, alice);
        self.carry();
        self.bob.confirm(self.now, a, bob);
        self.carry();
    }
}
