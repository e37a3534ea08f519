//! All the nodes of a swarm, and one ear for what they say.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::board::{Board, Number};
use super::interrupt::Interrupt;
use super::node::{Heard, Node, Plan, What};
use super::screen::Screen;

/// Events that the readers may be ahead of us. A reader that is further ahead waits.
const INBOX: usize = 1024;

/// How often the screen is brought up to date while nothing is said.
const TICK: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Flock {
    nodes: Vec<Node>,
    pub(super) board: Board,
    inbox: Receiver<Heard>,
    interrupt: Interrupt,
    /// What nodes said that could not be read.
    pub(super) garbled: Vec<String>,
}

/// How long nodes that are no longer wanted may take to leave by themselves.
const DISPERSAL: Duration = Duration::from_secs(5);

/// Why a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    Done,
    TimedOut,
}

impl Flock {
    /// Starts the nodes one after the other, as fast as it goes.
    pub(super) fn start(plan: &Plan, nodes: usize, interrupt: Interrupt) -> Result<Self> {
        let (heard, inbox) = sync_channel(INBOX);
        let board = Board::new(nodes);
        let mut flock = Self {
            nodes: Vec::new(),
            board,
            inbox,
            interrupt,
            garbled: Vec::new(),
        };
        for number in 0..nodes {
            flock.nodes.push(Node::start(plan, number, heard.clone())?);
        }
        Ok(flock)
    }

    pub(super) fn node(&mut self, number: Number) -> &mut Node {
        &mut self.nodes[number]
    }

    /// Listens until `done`, but not past `deadline`.
    ///
    /// # Errors
    /// When somebody interrupts.
    pub(super) fn watch(
        &mut self,
        deadline: Instant,
        screen: &mut Screen,
        mut done: impl FnMut(&Board) -> bool,
    ) -> Result<Watch> {
        loop {
            if self.interrupt.requested() {
                bail!(super::Interrupted);
            }
            screen.show(&self.board);
            if done(&self.board) {
                return Ok(Watch::Done);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Watch::TimedOut);
            }
            self.hear(left.min(TICK));
        }
    }

    /// Takes in everything that is said now, after waiting for the first of it.
    fn hear(&mut self, patience: Duration) {
        match self.inbox.recv_timeout(patience) {
            Ok(heard) => self.take(heard),
            // Every reader has gone, so every node has: whoever watches sees it on the board.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
        while let Ok(heard) = self.inbox.try_recv() {
            self.take(heard);
        }
    }

    fn take(&mut self, Heard { node, at, what }: Heard) {
        match what {
            What::Event(event) => self.board.hear(node, at, event),
            What::Garbled(line) => self.garbled.push(format!("node {}: {line}", node + 1)),
            What::End => self.board.hear_the_end(node),
        }
    }
}

impl Drop for Flock {
    /// Whatever ended the swarm early, its nodes are asked to leave before they are killed.
    fn drop(&mut self) {
        let deadline = Instant::now() + DISPERSAL;
        for node in &self.nodes {
            // One that cannot be asked is killed below.
            let _ = node.terminate();
        }
        while Instant::now() < deadline && self.nodes.iter_mut().any(|node| node.ended().is_none())
        {
            // Goes on listening, since a node that cannot write cannot leave either.
            if matches!(
                self.inbox.recv_timeout(TICK / 10),
                Err(RecvTimeoutError::Disconnected)
            ) {
                std::thread::park_timeout(TICK / 10);
            }
        }
    }
}
