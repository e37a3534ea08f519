//! What this node has, said to those who said it: rarely enough for everybody to do so.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_core::Rng as _;
use tazcom_proto::limits::MAX_RECEIPT_IDS;
use tazcom_proto::{MessageId, RoomName};

use crate::config::Config;

/// Up to so many people all answer at once: their receipts fit into what all may send in a moment.
const FEW: u32 = 8;

#[derive(Debug)]
pub(crate) struct Receipts {
    rng: ChaCha8Rng,
    gather: Duration,
    per_second: u32,
    lifetime: Duration,
    most: usize,
    per_repair: usize,
    pending: BTreeMap<RoomName, VecDeque<(Instant, MessageId)>>,
    count: usize,
    due: Option<Instant>,
    /// When it is our turn again.
    not_before: Option<Instant>,
    /// Of old messages that a repair brings.
    old_left: usize,
}

impl Receipts {
    pub(crate) fn new(config: &Config, rng: ChaCha8Rng) -> Self {
        Self {
            rng,
            gather: config.receipt_gather,
            per_second: config.receipts_per_second.max(1),
            lifetime: config.receipt_lifetime,
            most: config.receipts_pending,
            per_repair: config.receipts_per_repair,
            pending: BTreeMap::new(),
            count: 0,
            due: None,
            not_before: None,
            old_left: config.receipts_per_repair,
        }
    }

    /// A message came `age` after it was said; `people` tells how many share the mesh with us.
    pub(crate) fn owe(
        &mut self,
        now: Instant,
        age: Duration,
        room: &RoomName,
        id: MessageId,
        people: impl FnOnce() -> usize,
    ) {
        if age >= self.lifetime {
            let Some(left) = self.old_left.checked_sub(1) else {
                return;
            };
            self.old_left = left;
        }
        let waiting = self.pending.entry(room.clone()).or_default();
        waiting.push_back((now, id));
        self.count += 1;
        if self.count > self.most {
            self.drop_oldest();
        }
        if self.due.is_none() {
            let wait = self.wait(people());
            let ours = self.not_before.unwrap_or(now);
            self.due = Some(ours.max(now + wait));
        }
    }

    /// Anywhere within the time that everybody's turns take, so that all do not answer at once.
    fn wait(&mut self, people: usize) -> Duration {
        let spread = match u32::try_from(people).unwrap_or(u32::MAX) {
            0..=FEW => self.gather,
            _ => self.turn(people),
        };
        let part = f64::from(self.rng.next_u32()) / f64::from(u32::MAX);
        self.gather + spread.mul_f64(part)
    }

    /// How long it takes until everybody, we among them, has had its turn.
    fn turn(&self, people: usize) -> Duration {
        let people = u32::try_from(people).unwrap_or(u32::MAX).saturating_add(1);
        (Duration::from_secs(1) / self.per_second).saturating_mul(people)
    }

    fn drop_oldest(&mut self) {
        let oldest = self
            .pending
            .iter()
            .filter_map(|(room, waiting)| Some((waiting.front()?.0, room.clone())))
            .min();
        if let Some((_, room)) = oldest {
            self.drop_first(&room, 1);
        }
    }

    fn drop_first(&mut self, room: &RoomName, count: usize) -> Vec<MessageId> {
        let Some(waiting) = self.pending.get_mut(room) else {
            return Vec::new();
        };
        let count = count.min(waiting.len());
        let dropped = waiting.drain(..count).map(|(_, id)| id).collect();
        self.count -= count;
        if waiting.is_empty() {
            self.pending.remove(room);
        }
        dropped
    }

    /// The room is left; nobody there counts on us.
    pub(crate) fn leave(&mut self, room: &RoomName) {
        self.drop_first(room, usize::MAX);
        if self.count == 0 {
            self.due = None;
        }
    }

    /// A repair is complete; the next one may bring old messages again.
    pub(crate) const fn synced(&mut self) {
        self.old_left = self.per_repair;
    }

    pub(crate) const fn next(&self) -> Option<Instant> {
        self.due
    }

    /// What is to be said now: one receipt, for the room that has waited longest.
    pub(crate) fn take(
        &mut self,
        now: Instant,
        people: impl FnOnce() -> usize,
    ) -> Option<(RoomName, Vec<MessageId>)> {
        if self.due.is_none_or(|due| due > now) {
            return None;
        }
        let longest = self
            .pending
            .iter()
            .filter_map(|(room, waiting)| Some((waiting.front()?.0, room.clone())))
            .min();
        let taken = longest.map(|(_, room)| {
            let ids = self.drop_first(&room, MAX_RECEIPT_IDS);
            (room, ids)
        });
        let next = now + self.turn(people());
        self.not_before = Some(next);
        self.due = (self.count > 0).then_some(next);
        taken
    }
}
