//! The planner: one greeting for each appearance of a peer, under every limit on dialling.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use tazcom_identity::NodeId;

use super::backoff;
use super::own::OwnAddresses;
use super::sighting::{SeenAddr, Sighting};
use super::source::Sources;
use super::target::{State, Target, Who};
use super::turn::Stalled;
use crate::bucket::Bucket;
use crate::config::DialLimits;

/// What the planner is told.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// Discovery found a peer, or something about it changed.
    Seen(Sighting),
    /// Discovery lost a peer.
    Gone(NodeId),
    /// Others, or our own memory, say where a peer may be.
    Hinted(Sighting),
    /// An address was given by hand.
    ByHand(SocketAddr),
    /// A dial has a connection.
    Connected(DialId),
    /// A dial got its ACK in plain.
    Greeted(DialId),
    /// There is a session with a peer; by which dial, if it was one of ours.
    Linked(NodeId, Option<DialId>),
    /// The last session with a peer is over.
    Unlinked {
        id: NodeId,
        /// It is not dialled before then.
        not_before: Instant,
        /// Whether there was one for a while. One that ends as soon as it stands is a failure.
        lasted: bool,
    },
    /// A dial did not.
    Failed(DialId),
    /// A dial reached ourselves: never again there.
    ReachedOurselves(DialId),
}

/// What the planner wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Dial, and report with [`Input::Linked`], [`Input::Greeted`] or [`Input::Failed`].
    Dial(Dial),
    /// An address given by hand is our own.
    SelfDial(SocketAddr),
    /// A table was full; so many were not taken.
    Refused(u64),
    /// Nothing until then, or until the next input.
    Wait(Option<Instant>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dial {
    pub(crate) dial: DialId,
    pub(crate) who: Who,
    pub(crate) addr: SocketAddr,
}

/// Names a dial; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DialId(u64);

#[derive(Debug)]
pub(crate) struct Planner {
    pub(super) limits: DialLimits,
    pub(super) our_id: NodeId,
    own: OwnAddresses,
    pub(super) loopback_exempt: bool,
    rng: ChaCha8Rng,
    rate: Bucket,
    pub(super) sources: Sources,
    /// Bounded by `limits.peers + limits.hinted + limits.by_hand`.
    pub(super) targets: HashMap<Who, Target>,
    announced: usize,
    pub(super) hinted: usize,
    /// Targets in state `Due`, earliest first.
    pub(super) due: BTreeSet<(Instant, Who)>,
    /// Set while every target that is due waits for a dial of its source to end.
    pub(super) stalled: Option<Stalled>,
    /// Bounded by `limits.unanswered`.
    under_way: BTreeMap<DialId, (Who, SeenAddr)>,
    /// Those of them without a connection yet; bounded by `limits.parallel`.
    connecting: BTreeSet<DialId>,
    next_dial: u64,
    self_dials: Vec<SocketAddr>,
    pub(super) refused: u64,
    /// With whom there is a session; as many as there may be.
    pub(super) linked: BTreeSet<NodeId>,
    /// Nothing is dialled while there are as many sessions as there may be.
    paused: bool,
}

impl Planner {
    pub(crate) fn new(
        now: Instant,
        our_id: NodeId,
        limits: DialLimits,
        loopback_exempt: bool,
        own: OwnAddresses,
        rng: ChaCha8Rng,
    ) -> Self {
        Self {
            limits,
            our_id,
            own,
            loopback_exempt,
            rng,
            rate: Bucket::full(now),
            sources: Sources::default(),
            targets: HashMap::new(),
            announced: 0,
            hinted: 0,
            due: BTreeSet::new(),
            stalled: None,
            under_way: BTreeMap::new(),
            connecting: BTreeSet::new(),
            next_dial: 0,
            self_dials: Vec::new(),
            refused: 0,
            linked: BTreeSet::new(),
            paused: false,
        }
    }

    /// Takes one input; drain [`poll_output`](Self::poll_output) afterwards.
    pub(crate) fn handle(&mut self, now: Instant, input: Input) {
        self.stalled = None;
        match input {
            Input::Seen(sighting) => self.seen(now, sighting),
            Input::Gone(id) => self.forget(Who::Announced(id)),
            Input::Hinted(sighting) => self.hinted(now, sighting),
            Input::ByHand(addr) => self.by_hand(now, addr),
            Input::Connected(dial) => {
                self.connecting.remove(&dial);
            }
            Input::Greeted(dial) => self.greeted(now, dial),
            Input::Linked(id, dial) => self.linked(now, id, dial),
            Input::Unlinked {
                id,
                not_before,
                lasted,
            } => self.unlinked(now, id, not_before, lasted),
            Input::Failed(dial) => self.failed(now, dial),
            Input::ReachedOurselves(dial) => self.reached_ourselves(now, dial),
        }
    }

    /// What to do now. Call until it says [`Output::Wait`].
    pub(crate) fn poll_output(&mut self, now: Instant) -> Output {
        if let Some(addr) = self.self_dials.pop() {
            return Output::SelfDial(addr);
        }
        if self.refused > 0 {
            return Output::Refused(std::mem::take(&mut self.refused));
        }
        while let Some(&(earliest, _)) = self.due.first() {
            if self.paused {
                // The end of a session is an input.
                return Output::Wait(None);
            }
            if self.connecting.len() >= self.limits.parallel.get()
                || self.under_way.len() >= self.limits.unanswered.get()
            {
                // The end of one of them is an input.
                return Output::Wait(None);
            }
            if earliest > now {
                return Output::Wait(Some(earliest));
            }
            let mut rate = self.rate;
            if let Err(at) = rate.try_take(now, self.limits.rate) {
                return Output::Wait(Some(at));
            }
            match self.whose_turn(now) {
                Ok(due) => {
                    if let Some(dial) = self.dial(now, due) {
                        self.rate = rate;
                        return Output::Dial(dial);
                    }
                }
                Err(Stalled { until }) => return Output::Wait(until),
            }
        }
        Output::Wait(None)
    }

    /// Replaces what is known of this host's addresses.
    pub(crate) fn set_own(&mut self, now: Instant, own: BTreeSet<IpAddr>) {
        self.stalled = None;
        self.own.local = own;
        let announced = self
            .targets
            .values()
            .filter(|target| target.who.id().is_some());
        let narrowed: Vec<(Who, Vec<SeenAddr>)> = announced
            .filter_map(|target| {
                let mut addrs = target.addrs.clone();
                addrs.retain(|seen| self.may_dial(seen));
                (addrs.len() < target.addrs.len()).then_some((target.who, addrs))
            })
            .collect();
        for (who, addrs) in narrowed {
            self.change(who, |target| target.update(now, addrs));
        }
    }

    /// Dials nothing, or goes on.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Whether somebody is still to be reached there; a peer that is gone is not, nor one that
    /// there is a session with meanwhile.
    pub(crate) fn wants(&self, who: Who) -> bool {
        let target = self.targets.get(&who);
        target.is_some_and(|target| !matches!(target.state, State::Linked { .. }))
    }

    /// In how many rounds nothing came of it there, since it was heard of or there was a session.
    pub(crate) fn failed_rounds(&self, who: Who) -> u32 {
        self.targets
            .get(&who)
            .map_or(0, |target| target.failed_rounds)
    }

    fn seen(&mut self, now: Instant, sighting: Sighting) {
        if sighting.id == self.our_id {
            return;
        }
        // What is announced is better than what was hinted, unless that is being tried: two dials to
        // one peer would make two sessions, of which one ends as soon as it stands.
        let hinted = self.targets.get(&Who::Hinted(sighting.id));
        let is_tried = hinted.is_some_and(|target| matches!(target.state, State::Dialling { .. }));
        self.forget(Who::Hinted(sighting.id));
        let addrs = self.dialable(sighting.addrs);
        let who = Who::Announced(sighting.id);
        if self.targets.contains_key(&who) {
            self.change(who, |target| target.update(now, addrs));
        } else if self.announced < self.limits.peers.get() {
            self.announced += 1;
            let patience = match sighting.sessions {
                true => self.patience(sighting.id),
                false => Duration::ZERO,
            };
            let patience = match is_tried {
                true => patience.max(self.limits.patience),
                false => patience,
            };
            let mut target = Target::new(who, now + patience, addrs);
            if self.linked.contains(&sighting.id) {
                target.state = State::Linked { id: sighting.id };
            }
            self.insert(target);
        } else {
            self.refused += 1;
        }
    }

    /// Those that may be dialled, each once, and not too many.
    pub(super) fn dialable(&self, seen: Vec<SeenAddr>) -> Vec<SeenAddr> {
        let mut addrs: Vec<SeenAddr> = Vec::new();
        for seen in seen {
            if addrs.len() == self.limits.addrs_per_peer.get() {
                break;
            }
            let known = addrs.iter().any(|other| other.addr == seen.addr);
            if self.may_dial(&seen) && !known {
                addrs.push(seen);
            }
        }
        addrs
    }

    fn by_hand(&mut self, now: Instant, addr: SocketAddr) {
        let who = Who::ByHand(addr);
        if self.own.include(addr) {
            // One report each for what a person typed; a program in a loop is not told forever.
            if self.self_dials.len() < self.limits.by_hand.get() {
                self.self_dials.push(addr);
            }
        } else if self.targets.contains_key(&who) {
            self.change(who, |target| {
                if let State::Greeted { .. } | State::Due { .. } = target.state {
                    target.begin_round(now);
                }
            });
        } else if self.targets.len() - self.announced - self.hinted < self.limits.by_hand.get() {
            self.insert(Target::new(who, now, vec![SeenAddr { addr, source: None }]));
        } else {
            self.refused += 1;
        }
    }

    fn greeted(&mut self, now: Instant, dial: DialId) {
        let Some((who, addr)) = self.settle(now, dial, false) else {
            return;
        };
        self.change(who, |target| {
            target.failed_rounds = 0;
            target.tried = 0;
            if target.has(addr.addr) {
                target.state = State::Greeted { addr: addr.addr };
            } else {
                // It moved while we spoke: what answered is no longer where it lives.
                target.begin_round(now);
            }
        });
    }

    fn linked(&mut self, now: Instant, id: NodeId, dial: Option<DialId>) {
        self.linked.insert(id);
        let dialled = dial.and_then(|dial| self.settle(now, dial, false));
        let dialled = dialled.map(|(who, _)| who);
        for who in [Who::Announced(id), Who::Hinted(id)]
            .into_iter()
            .chain(dialled)
        {
            self.change(who, |target| {
                target.tried = 0;
                target.state = State::Linked { id };
            });
        }
    }

    /// The peer dials first again, if it has the smaller id.
    fn unlinked(&mut self, now: Instant, id: NodeId, not_before: Instant, lasted: bool) {
        self.linked.remove(&id);
        let over = State::Linked { id };
        let targets = self.targets.values();
        let waiting: Vec<Who> = targets
            .filter(|target| target.state == over)
            .map(|target| target.who)
            .collect();
        for who in waiting {
            let failed = self
                .targets
                .get(&who)
                .map_or(0, |target| target.failed_rounds);
            let failed = if lasted { 0 } else { failed.saturating_add(1) };
            let mut at = now + backoff::pause(&self.limits, failed.max(1), &mut self.rng);
            if who.id().is_some() {
                at += self.patience(id);
            }
            let at = at.max(not_before);
            self.change(who, |target| {
                target.failed_rounds = failed;
                target.state = match target.addrs.is_empty() {
                    true => State::Unreachable,
                    false => State::Due { at },
                };
            });
        }
    }

    /// How long the peer may take to dial us first.
    pub(super) fn patience(&mut self, id: NodeId) -> Duration {
        if self.our_id < id {
            return Duration::ZERO;
        }
        let share = f64::from(self.rng.next_u32()) / f64::from(u32::MAX);
        self.limits.patience + self.limits.patience_spread.mul_f64(share)
    }

    fn failed(&mut self, now: Instant, dial: DialId) {
        let Some((who, _)) = self.settle(now, dial, true) else {
            return;
        };
        let (limits, rng) = (self.limits, &mut self.rng);
        let Some(target) = self.targets.get_mut(&who) else {
            return;
        };
        let at = if target.tried < target.addrs.len() {
            now
        } else {
            target.tried = 0;
            target.failed_rounds = target.failed_rounds.saturating_add(1);
            now + backoff::pause(&limits, target.failed_rounds, rng)
        };
        target.state = if target.addrs.is_empty() {
            State::Unreachable
        } else {
            State::Due { at }
        };
        self.schedule(who);
        self.give_up(who);
    }

    fn reached_ourselves(&mut self, now: Instant, dial: DialId) {
        let Some((who, addr)) = self.settle(now, dial, false) else {
            return;
        };
        match who {
            Who::ByHand(addr) => {
                self.forget(who);
                if self.self_dials.len() < self.limits.by_hand.get() {
                    self.self_dials.push(addr);
                }
            }
            Who::Announced(_) | Who::Hinted(_) => self.change(who, |target| {
                target.addrs.retain(|known| known.addr != addr.addr);
                target.begin_round(now);
            }),
        }
    }

    fn may_dial(&self, seen: &SeenAddr) -> bool {
        seen.is_dialable() && !self.own.include(seen.addr) && self.own.may_be_announced(seen)
    }

    /// Begins the dial of a target that is due, unless a limit moves it to later.
    fn dial(&mut self, now: Instant, due: (Instant, Who)) -> Option<Dial> {
        let (_, who) = due;
        self.due.remove(&due);
        let target = self.targets.get_mut(&who)?;
        let in_a_round = target.tried > 0;
        let mut blocked_until: Option<Instant> = None;
        while let Some(&seen) = target.addrs.get(target.tried) {
            target.tried += 1;
            let begun = match charged_to(who, seen, self.loopback_exempt) {
                Some(account) => self
                    .sources
                    .begin(now, account, self.next_dial, &self.limits),
                None => Ok(()),
            };
            match begun {
                Ok(()) => {
                    let dial = DialId(self.next_dial);
                    self.next_dial += 1;
                    target.state = State::Dialling { addr: seen };
                    self.under_way.insert(dial, (who, seen));
                    self.connecting.insert(dial);
                    return Some(Dial {
                        dial,
                        who,
                        addr: seen.addr,
                    });
                }
                Err(at) => {
                    blocked_until = Some(blocked_until.map_or(at, |earliest| earliest.min(at)))
                }
            }
        }
        target.tried = 0;
        let at = match blocked_until {
            // Nothing of it may be dialled before then.
            Some(free_at) if !in_a_round => free_at,
            // Others of its addresses were dialled and failed: those do not wait for the source of
            // the rest, or a forged record would hold up an honest one.
            _ => {
                target.failed_rounds = target.failed_rounds.saturating_add(1);
                now + backoff::pause(&self.limits, target.failed_rounds, &mut self.rng)
            }
        };
        target.state = State::Due { at };
        self.schedule(who);
        None
    }

    fn settle(&mut self, now: Instant, dial: DialId, failed: bool) -> Option<(Who, SeenAddr)> {
        let (who, seen) = self.under_way.remove(&dial)?;
        self.connecting.remove(&dial);
        if let Some(account) = charged_to(who, seen, self.loopback_exempt) {
            self.sources.settle(now, account, failed, &self.limits);
        }
        // The peer may be gone, or gone and back: then this dial is no longer its own.
        let target = self.targets.get(&who)?;
        (target.state == State::Dialling { addr: seen }).then_some((who, seen))
    }

    pub(super) fn insert(&mut self, target: Target) {
        let who = target.who;
        self.targets.insert(who, target);
        self.schedule(who);
    }

    pub(super) fn forget(&mut self, who: Who) {
        if let Some(target) = self.targets.remove(&who) {
            if let State::Due { at } = target.state {
                self.due.remove(&(at, who));
            }
            match who {
                Who::Announced(_) => self.announced -= 1,
                Who::Hinted(_) => self.hinted -= 1,
                Who::ByHand(_) => {}
            }
        }
    }

    pub(super) fn change(&mut self, who: Who, change: impl FnOnce(&mut Target)) {
        if let Some(target) = self.targets.get_mut(&who) {
            if let State::Due { at } = target.state {
                self.due.remove(&(at, who));
            }
            change(target);
            self.schedule(who);
        }
    }

    fn schedule(&mut self, who: Who) {
        if let Some(State::Due { at }) = self.targets.get(&who).map(|target| target.state) {
            self.due.insert((at, who));
        }
    }
}

/// The account a failure goes to, if to any: what a person typed is their own business, and what
/// was announced over loopback was announced by this host.
pub(super) fn charged_to(
    who: Who,
    seen: SeenAddr,
    loopback_exempt: bool,
) -> Option<Option<IpAddr>> {
    match who {
        Who::ByHand(_) => None,
        Who::Announced(_) | Who::Hinted(_) => {
            let source = seen.source.map(|ip| ip.to_canonical());
            let exempt = loopback_exempt && source.is_some_and(|ip| ip.is_loopback());
            (!exempt).then_some(source)
        }
    }
}
