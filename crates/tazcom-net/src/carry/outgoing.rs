//! What waits to be carried to one peer, by class, and in which order it goes.
//!
//! It belongs to the peer and not to a session, so that a session can be replaced without losing
//! what has not been written yet.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tazcom_session::PayloadKind;

use crate::config::QueueLimits;

/// Payloads of other classes that go between two of a file, so that neither starves the other.
const BEFORE_A_FILE: u32 = 4;

/// What a payload costs beside its bytes, so that empty ones are bounded too.
const OVERHEAD: usize = 64;

/// There is no room for it: its class has this many bytes waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueFull {
    pub(crate) limit: usize,
}

#[derive(Debug)]
pub(crate) struct Outgoing {
    limits: QueueLimits,
    queues: Mutex<Queues>,
}

#[derive(Debug, Default)]
struct Queues {
    direct: Queue,
    gossip: Queue,
    sync: Queue,
    file: Queue,
    /// Payloads since the last one of a file.
    since_file: u32,
}

/// One class, first come first served.
#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<(PayloadKind, Bytes)>,
    bytes: usize,
}

impl Outgoing {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self {
            limits,
            queues: Mutex::default(),
        }
    }

    /// Queues a payload. One that is larger than the whole limit has its turn when nothing else
    /// of its class waits.
    ///
    /// # Errors
    /// There is no room; nothing was queued.
    pub(crate) fn push(&self, kind: PayloadKind, bytes: Bytes) -> Result<(), QueueFull> {
        let mut queues = self.lock();
        let (queue, limit) = match kind {
            PayloadKind::Direct => (&mut queues.direct, self.limits.direct),
            PayloadKind::Gossip => (&mut queues.gossip, self.limits.gossip),
            PayloadKind::Sync => (&mut queues.sync, self.limits.sync),
            // Whatever a later version carries is no more urgent than a file.
            _ => (&mut queues.file, self.limits.file),
        };
        queue.push(kind, bytes, limit.get())
    }

    /// Bytes of its kind that wait, with what each costs beside them.
    pub(crate) fn waiting(&self, kind: PayloadKind) -> usize {
        let queues = self.lock();
        match kind {
            PayloadKind::Direct => queues.direct.bytes,
            PayloadKind::Gossip => queues.gossip.bytes,
            PayloadKind::Sync => queues.sync.bytes,
            _ => queues.file.bytes,
        }
    }

    /// The payload whose turn it is: direct, then broadcast, then repair, with one of a file after
    /// every few of the others.
    pub(crate) fn pop(&self) -> Option<(PayloadKind, Bytes)> {
        let mut queues = self.lock();
        let queues = &mut *queues;
        if queues.since_file >= BEFORE_A_FILE
            && let Some(piece) = queues.file.pop()
        {
            queues.since_file = 0;
            return Some(piece);
        }
        let urgent = queues.direct.pop().or_else(|| queues.gossip.pop());
        if let Some(payload) = urgent.or_else(|| queues.sync.pop()) {
            queues.since_file += 1;
            return Some(payload);
        }
        queues.since_file = 0;
        queues.file.pop()
    }

    /// A panic elsewhere leaves the queues whole: every change to them is a single call.
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn push(&mut self, kind: PayloadKind, bytes: Bytes, limit: usize) -> Result<(), QueueFull> {
        let cost = bytes.len() + OVERHEAD;
        if !self.waiting.is_empty() && self.bytes + cost > limit {
            return Err(QueueFull { limit });
        }
        self.bytes += cost;
        self.waiting.push_back((kind, bytes));
        Ok(())
    }

    fn pop(&mut self) -> Option<(PayloadKind, Bytes)> {
        let payload = self.waiting.pop_front()?;
        self.bytes -= payload.1.len() + OVERHEAD;
        if self.waiting.is_empty() {
            // A burst's memory is not kept for ever.
            self.waiting = VecDeque::new();
        }
        Some(payload)
    }
}
