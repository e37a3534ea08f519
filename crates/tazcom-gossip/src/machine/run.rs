//! Runs of set reconciliation: which messages one of two lacks.

use std::time::{Duration, Instant};

use bytes::Bytes;
use negentropy::{Bound, Error, Id, Item, Negentropy, NegentropyStorageBase};
use tazcom_identity::NodeId;
use tazcom_proto::limits::MAX_RECONCILE_LEN;
use tazcom_proto::sync::SyncFrame;
use tazcom_proto::{MessageId, UnixMillis};

use super::Gossip;
use crate::held::Snapshot;
use crate::io::{Class, CloseReason};

/// When a run that was refused is thought of again.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3));

/// When a run for which there is no room yet is.
const ROOM: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(100));

/// How much longer than the silence that ends it a run may be.
const LONGEST: u32 = 3;

/// What was held when a run began, from its floor on.
#[derive(Clone, Debug)]
struct Range {
    all: Snapshot,
    from: usize,
    floor: UnixMillis,
}

impl Range {
    fn new(all: Snapshot, floor: UnixMillis) -> Self {
        let from = all.partition_point(|(created, _)| *created < floor.0);
        Self { all, from, floor }
    }

    fn items(&self) -> &[(u64, MessageId)] {
        self.all.get(self.from..).unwrap_or_default()
    }

    /// Answers a message, or begins when there is none.
    fn reconcile(
        &self,
        message: Option<&[u8]>,
        initiator: Option<(&mut Vec<Id>, &mut Vec<Id>)>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let limit = u64::try_from(MAX_RECONCILE_LEN).unwrap_or(0);
        let mut negentropy = Negentropy::borrowed(self, limit)?;
        match (message, initiator) {
            (None, _) => negentropy.initiate().map(Some),
            (Some(message), None) => negentropy.reconcile(message).map(Some),
            (Some(message), Some((have, need))) => {
                negentropy.set_initiator();
                negentropy.reconcile_with_ids(message, have, need)
            }
        }
    }
}

fn item(&(created, id): &(u64, MessageId)) -> Item {
    Item::with_timestamp_and_id(created, Id::from_byte_array(*id.as_bytes()))
}

impl NegentropyStorageBase for Range {
    fn size(&self) -> Result<usize, Error> {
        Ok(self.items().len())
    }

    fn get_item(&self, at: usize) -> Result<Option<Item>, Error> {
        Ok(self.items().get(at).map(item))
    }

    fn iterate(
        &self,
        begin: usize,
        end: usize,
        each: &mut dyn FnMut(Item, usize) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let items = self.items().get(begin..end).ok_or(Error::BadRange)?;
        for (at, one) in (begin..).zip(items) {
            if !each(item(one), at)? {
                break;
            }
        }
        Ok(())
    }

    fn find_lower_bound(&self, first: usize, last: usize, bound: &Bound) -> usize {
        let items = self.items().get(first..last).unwrap_or_default();
        first + items.partition_point(|one| item(one) < bound.item)
    }
}

/// A run with one peer.
#[derive(Debug)]
struct Run {
    peer: NodeId,
    number: u64,
    range: Range,
    rounds: u32,
    /// When it ends, if the other end says nothing.
    until: Instant,
    /// When it ends whatever it says.
    at_last: Instant,
}

/// The runs there are.
#[derive(Debug)]
pub(super) struct Runs {
    ours: Vec<Run>,
    theirs: Vec<Run>,
    last: u64,
}

impl Runs {
    /// Numbered from some number on.
    pub(super) const fn new(last: u64) -> Self {
        Self {
            ours: Vec::new(),
            theirs: Vec::new(),
            // So that no number of a run is ever as long as it can be.
            last: last >> 32,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ours.len() + self.theirs.len()
    }

    pub(super) fn is_with(&self, peer: &NodeId) -> bool {
        let mut all = self.ours.iter().chain(&self.theirs);
        all.any(|run| run.peer == *peer)
    }

    pub(super) fn forget(&mut self, peer: &NodeId) {
        self.ours.retain(|run| run.peer != *peer);
        self.theirs.retain(|run| run.peer != *peer);
    }

    /// The peer that began a run has ended it.
    pub(super) fn done(&mut self, peer: &NodeId, number: u64) {
        let this = |run: &Run| run.peer == *peer && run.number == number;
        self.theirs.retain(|run| !this(run));
    }

    fn take_ours(&mut self, peer: &NodeId, number: u64) -> Option<Run> {
        let this = |run: &Run| run.peer == *peer && run.number == number;
        let at = self.ours.iter().position(this)?;
        Some(self.ours.swap_remove(at))
    }

    fn take_theirs(&mut self, peer: &NodeId, number: u64) -> Option<Run> {
        let this = |run: &Run| run.peer == *peer && run.number == number;
        let at = self.theirs.iter().position(this)?;
        Some(self.theirs.swap_remove(at))
    }

    /// Ends what has lasted too long, and says how many.
    pub(super) fn time_out(&mut self, now: Instant) -> usize {
        let before = self.len();
        let lasts = |run: &Run| now < run.until.min(run.at_last);
        self.ours.retain(lasts);
        self.theirs.retain(lasts);
        before - self.len()
    }
}

impl Gossip {
    /// The time for a run with the peer has come.
    pub(super) fn begin_run(&mut self, peer: NodeId) {
        let fingerprint = self.held.fingerprint();
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        session.mend.run_at = None;
        let Some(status) = session.mend.status else {
            return;
        };
        if status.fingerprint == fingerprint || self.runs.is_with(&peer) {
            return;
        }
        if self.runs.ours.len() >= self.config.repair.runs {
            let at = self.now + self.between(ROOM);
            if let Some(session) = self.sessions.get_mut(&peer) {
                session.mend.run_at = Some(at);
            }
            return self.wake(at);
        }
        let floor = self.held.floor().max(status.floor);
        let range = Range::new(self.held.snapshot(), floor);
        let Ok(Some(message)) = range.reconcile(None, None) else {
            return;
        };
        self.runs.last += 1;
        let number = self.runs.last;
        let run = self.run(peer, number, range);
        self.runs.ours.push(run);
        self.stats.runs += 1;
        self.touch(&peer);
        self.keep_status(peer);
        let frame = SyncFrame::Reconcile {
            run: number,
            floor,
            message: message.into(),
        };
        self.send_sync(peer, Class::Sync, &frame);
    }

    fn run(&self, peer: NodeId, number: u64, range: Range) -> Run {
        let silence = self.config.repair.silence;
        Run {
            peer,
            number,
            range,
            rounds: 0,
            until: self.now + silence,
            at_last: self.now + LONGEST * silence,
        }
    }

    /// A peer begins a run, or carries it on.
    pub(super) fn reconcile(
        &mut self,
        peer: NodeId,
        number: u64,
        floor: UnixMillis,
        message: &Bytes,
    ) {
        let Some(mut run) = self.their_run(peer, number, floor) else {
            self.stats.refused += 1;
            let refuse = SyncFrame::Refuse { run: number };
            return self.send_sync(peer, Class::Control, &refuse);
        };
        run.rounds += 1;
        run.until = self.now + self.config.repair.silence;
        let answer = run.range.reconcile(Some(message), None);
        self.runs.theirs.push(run);
        self.touch(&peer);
        match answer {
            Ok(Some(message)) if message.len() <= MAX_RECONCILE_LEN => {
                let frame = SyncFrame::ReconcileReply {
                    run: number,
                    message: message.into(),
                };
                self.send_sync(peer, Class::Sync, &frame);
            }
            _ => {
                self.runs.done(&peer, number);
                self.close(peer, CloseReason::Malformed);
            }
        }
    }

    /// The run a peer means; none when it is refused.
    fn their_run(&mut self, peer: NodeId, number: u64, floor: UnixMillis) -> Option<Run> {
        let (now, repair) = (self.now, &self.config.repair);
        let most = repair.max_rounds;
        let session = self.sessions.get_mut(&peer)?;
        if !session.buckets.rounds.take(now, repair.rounds, 1) {
            self.runs.done(&peer, number);
            return None;
        }
        if let Some(run) = self.runs.take_theirs(&peer, number) {
            return (run.rounds < most && now < run.at_last).then_some(run);
        }
        // A peer has one run at a time. Of two that began at once, the smaller id's stays.
        let ours = self.runs.ours.iter().any(|run| run.peer == peer);
        if ours && self.me < peer {
            return None;
        }
        if !session.buckets.begins.take(now, repair.begins, 1) {
            return None;
        }
        session.mend.run_at = None;
        self.runs.forget(&peer);
        if self.runs.theirs.len() >= repair.answers {
            return None;
        }
        self.keep_status(peer);
        let floor = floor.max(self.held.floor());
        let range = Range::new(self.held.snapshot(), floor);
        Some(self.run(peer, number, range))
    }

    /// The answer of a peer in a run of ours.
    pub(super) fn reconcile_reply(&mut self, peer: NodeId, number: u64, message: &Bytes) {
        let Some(mut run) = self.runs.take_ours(&peer, number) else {
            self.stats.unsolicited += 1;
            return;
        };
        let (mut have, mut need) = (Vec::new(), Vec::new());
        let next = run
            .range
            .reconcile(Some(message), Some((&mut have, &mut need)));
        let Ok(next) = next else {
            return self.close(peer, CloseReason::Malformed);
        };
        self.touch(&peer);
        self.offer(peer, have.into_iter().map(message_id));
        self.lack(peer, need.into_iter().map(message_id));
        run.rounds += 1;
        run.until = self.now + self.config.repair.silence;
        let may_go_on = run.rounds < self.config.repair.max_rounds && self.now < run.at_last;
        match next {
            Some(message) if may_go_on && message.len() <= MAX_RECONCILE_LEN => {
                let frame = SyncFrame::Reconcile {
                    run: number,
                    floor: run.range.floor,
                    message: message.into(),
                };
                self.runs.ours.push(run);
                self.send_sync(peer, Class::Sync, &frame);
            }
            _ => {
                let done = SyncFrame::Done { run: number };
                self.send_sync(peer, Class::Control, &done);
            }
        }
    }

    /// A peer does not want a run of ours now.
    pub(super) fn refused(&mut self, peer: NodeId, number: u64) {
        if self.runs.take_ours(&peer, number).is_none() {
            self.stats.unsolicited += 1;
            return;
        }
        let at = self.now + self.between(AGAIN);
        if let Some(session) = self.sessions.get_mut(&peer) {
            session.mend.ask_at = Some(at);
        }
        self.wake(at);
    }

    /// Something goes on with the peer.
    pub(super) fn touch(&mut self, peer: &NodeId) {
        if let Some(session) = self.sessions.get_mut(peer) {
            session.mend.active = Some(self.now);
        }
    }
}

fn message_id(id: Id) -> MessageId {
    MessageId::from_bytes(id.to_bytes())
}
