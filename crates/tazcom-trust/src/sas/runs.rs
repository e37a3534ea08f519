//! All runs of a node: at most one with each peer.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Instant;

use tazcom_identity::NodeId;
use zeroize::Zeroizing;

use super::failures::{Failures, MAX_FAILURES, MAX_WITHDRAWN};
use super::frame::{self, Reason, RunId, Step};
use super::run::{Effect, Pair, Run, STEP_TIMEOUT};
use super::{Failure, Input, Output};

/// Runs at once, those included that wait for the person here to agree. Nobody compares with more, and
/// a crowd that asks must not fill the screen.
pub(super) const MAX_RUNS: usize = 8;

/// Separates the ids of runs from whatever else may be made of the seed.
const RUN_DOMAIN: &str = "tazcom/v2/sas-run";

/// Compares emoji with people in a session; sans-IO.
///
/// One mutation, then drain: [`handle`](Self::handle), then [`poll_output`](Self::poll_output) until it
/// waits. Each step may take two minutes. With one peer there is at most one run at a time; at most 8 run
/// at once, a third failure within an hour is the last, and so is the tenth ask that the other withdraws. What the person here begins takes the place of an ask that is not answered yet. When both begin at the same time, the one with the smaller id leads and nobody is asked again.
///
/// [`Output::Verified`] says that the person was verified; that it is remembered is for
/// [`Book::verify`](crate::Book::verify).
pub struct Verifications {
    me: NodeId,
    seed: Zeroizing<[u8; 32]>,
    begun: u64,
    runs: BTreeMap<NodeId, State>,
    failures: Failures,
    withdrawn: Failures,
    outputs: VecDeque<Output>,
}

enum State {
    /// The other has begun, and the person here is asked.
    Asked {
        pair: Pair,
        promise: [u8; 32],
        until: Instant,
    },
    Running(Run),
}

impl State {
    const fn pair(&self) -> &Pair {
        match self {
            Self::Asked { pair, .. } => pair,
            Self::Running(run) => run.pair(),
        }
    }

    const fn deadline(&self) -> Instant {
        match self {
            Self::Asked { until, .. } => *until,
            Self::Running(run) => run.deadline(),
        }
    }
}

impl fmt::Debug for Verifications {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifications")
            .field("runs", &self.runs.len())
            .finish_non_exhaustive()
    }
}

impl Verifications {
    /// Nothing runs yet. The runs are named from `seed`, which is secret and never used twice; the keys
    /// are drawn by the library that makes them.
    #[must_use]
    pub fn new(me: NodeId, seed: [u8; 32]) -> Self {
        Self {
            me,
            seed: Zeroizing::new(seed),
            begun: 0,
            runs: BTreeMap::new(),
            failures: Failures::up_to(MAX_FAILURES),
            withdrawn: Failures::up_to(MAX_WITHDRAWN),
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input. What does not fit what runs changes nothing, or ends that one run.
    pub fn handle(&mut self, now: Instant, input: Input) {
        match input {
            Input::Start { peer, binding } => self.start(now, peer, binding),
            Input::Answer { peer } => self.answer(now, peer),
            Input::Frame {
                peer,
                binding,
                frame,
            } => self.frame(now, peer, binding, &frame),
            Input::Confirm { peer, same } => {
                if let Some(State::Running(run)) = self.runs.get_mut(&peer) {
                    let effects = run.confirm(now, same);
                    self.apply(now, peer, effects);
                }
            }
            Input::Cancel { peer } => self.fail(now, peer, Failure::Cancelled),
            Input::Closed { peer } => self.fail(now, peer, Failure::SessionEnded),
            Input::Timeout => {
                let late =
                    |(peer, state): (&NodeId, &State)| (state.deadline() <= now).then_some(*peer);
                let late: Vec<NodeId> = self.runs.iter().filter_map(late).collect();
                for peer in late {
                    self.fail(now, peer, Failure::TimedOut);
                }
            }
        }
    }

    /// What is to be done next; when there is nothing, until when.
    pub fn poll_output(&mut self) -> Output {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Wait(self.runs.values().map(State::deadline).min()))
    }

    fn start(&mut self, now: Instant, peer: NodeId, binding: [u8; 32]) {
        // Both want to: the one here need not be asked any more.
        if let Some(State::Asked { pair, .. }) = self.runs.get(&peer)
            && pair.binding == binding
        {
            return self.answer(now, peer);
        }
        self.make_room(now, &peer);
        let refused = if peer == self.me || self.runs.contains_key(&peer) {
            Some(Failure::NotNow)
        } else if self.runs.len() >= MAX_RUNS {
            Some(Failure::Busy)
        } else if self.failures.too_often(now, &peer) {
            Some(Failure::TooOften)
        } else {
            None
        };
        if let Some(why) = refused {
            return self.outputs.push_back(Output::Failed { peer, why });
        }
        let pair = Pair {
            initiator: self.me,
            responder: peer,
            binding,
            run: self.next_run(),
        };
        let (run, effect) = Run::start(now, pair);
        self.runs.insert(peer, State::Running(run));
        self.apply(now, peer, vec![effect]);
    }

    /// What the person here wants goes before what others ask: a crowd that asks cannot keep it from
    /// comparing.
    fn make_room(&mut self, now: Instant, peer: &NodeId) {
        if self.runs.len() < MAX_RUNS || self.runs.contains_key(peer) {
            return;
        }
        let asked = self.runs.iter().filter_map(|(peer, state)| match state {
            State::Asked { until, .. } => Some((*until, *peer)),
            State::Running(_) => None,
        });
        if let Some((_, first)) = asked.min() {
            self.fail(now, first, Failure::Busy);
        }
    }

    fn answer(&mut self, now: Instant, peer: NodeId) {
        if let Some(State::Asked { pair, promise, .. }) = self.runs.get(&peer) {
            let (run, effect) = Run::answer(now, *pair, *promise);
            self.runs.insert(peer, State::Running(run));
            self.apply(now, peer, vec![effect]);
        }
    }

    fn frame(&mut self, now: Instant, peer: NodeId, binding: [u8; 32], frame: &[u8]) {
        let Ok((run, step)) = frame::decode(frame) else {
            return self.fail(now, peer, Failure::OutOfOrder);
        };
        if let Step::Start { promise } = step {
            return self.asked(now, peer, binding, run, promise);
        }
        // What belongs to another run is left over from it.
        let fits = self
            .runs
            .get(&peer)
            .is_some_and(|state| state.pair().run == run);
        if !fits {
            return;
        }
        if self
            .runs
            .get(&peer)
            .is_some_and(|state| state.pair().binding != binding)
        {
            return self.fail(now, peer, Failure::SessionEnded);
        }
        match self.runs.get_mut(&peer) {
            Some(State::Running(state)) => {
                let effects = state.step(now, step);
                self.apply(now, peer, effects);
            }
            Some(State::Asked { .. }) => match step {
                Step::Cancel(_) => {
                    self.runs.remove(&peer);
                    // Nobody has compared anything. Still, nobody is to be asked for ever.
                    self.withdrawn.add(now, peer);
                    let why = Failure::CancelledThere;
                    self.outputs.push_back(Output::Failed { peer, why });
                }
                _ => self.fail(now, peer, Failure::OutOfOrder),
            },
            None => {}
        }
    }

    /// The other wants to begin.
    fn asked(
        &mut self,
        now: Instant,
        peer: NodeId,
        binding: [u8; 32],
        run: RunId,
        promise: [u8; 32],
    ) {
        if peer == self.me {
            return;
        }
        let pair = Pair {
            initiator: peer,
            responder: self.me,
            binding,
            run,
        };
        match self.runs.get(&peer) {
            // Sent twice; a run cannot begin anew with a step of it.
            Some(state) if state.pair().run == run => {
                return self.fail(now, peer, Failure::OutOfOrder);
            }
            Some(State::Running(ours))
                if ours.is_only_promised() && ours.pair().binding == binding =>
            {
                // Both began at once. The smaller id leads: the other takes back what it has begun.
                if self.me > peer {
                    let (run, effect) = Run::answer(now, pair, promise);
                    self.runs.insert(peer, State::Running(run));
                    self.apply(now, peer, vec![effect]);
                }
                return;
            }
            // The other has lost it, or wants none of it: it begins again, and the person is asked again.
            Some(State::Running(_)) => self.fail(now, peer, Failure::CancelledThere),
            Some(State::Asked { until, .. }) => {
                // The person is asked already; it will answer the newest.
                let until = *until;
                self.runs.insert(
                    peer,
                    State::Asked {
                        pair,
                        promise,
                        until,
                    },
                );
                return;
            }
            None => {}
        }
        let too_often = self.failures.too_often(now, &peer) || self.withdrawn.too_often(now, &peer);
        if self.runs.len() >= MAX_RUNS || too_often {
            let frame = frame::encode(&run, &Step::Cancel(Reason::Unwilling));
            return self.outputs.push_back(Output::Send { peer, frame });
        }
        let until = now + STEP_TIMEOUT;
        self.runs.insert(
            peer,
            State::Asked {
                pair,
                promise,
                until,
            },
        );
        self.outputs.push_back(Output::Asked { peer });
    }

    /// Ends what runs with `peer`, if anything does, and says so to it.
    fn fail(&mut self, now: Instant, peer: NodeId, why: Failure) {
        match self.runs.get_mut(&peer) {
            Some(State::Running(run)) => {
                let effects = run.fail(why);
                self.apply(now, peer, effects);
            }
            Some(State::Asked { pair, .. }) => {
                let tell = frame::encode(&pair.run, &Step::Cancel(Reason::Unwilling));
                self.runs.remove(&peer);
                if why != Failure::SessionEnded {
                    self.outputs.push_back(Output::Send { peer, frame: tell });
                }
                self.outputs.push_back(Output::Failed { peer, why });
            }
            None => {}
        }
    }

    fn apply(&mut self, now: Instant, peer: NodeId, effects: Vec<Effect>) {
        let Some(State::Running(run)) = self.runs.get(&peer) else {
            return;
        };
        let (id, harmless) = (run.pair().run, run.was_harmless());
        let ended_session =
            |effect: &Effect| matches!(effect, Effect::Failed(Failure::SessionEnded));
        let gone = effects.iter().any(ended_session);
        for effect in effects {
            let output = match effect {
                // There is no session to send it in.
                Effect::Send(_) if gone => continue,
                Effect::Send(step) => {
                    let frame = frame::encode(&id, &step);
                    Output::Send { peer, frame }
                }
                Effect::Show(sas) => Output::Show { peer, sas },
                Effect::Verified => {
                    self.runs.remove(&peer);
                    Output::Verified { peer }
                }
                Effect::Failed(why) => {
                    self.runs.remove(&peer);
                    if !harmless {
                        self.failures.add(now, peer);
                    }
                    Output::Failed { peer, why }
                }
            };
            self.outputs.push_back(output);
        }
    }

    fn next_run(&mut self) -> RunId {
        self.begun += 1;
        let mut hasher = blake3::Hasher::new_derive_key(RUN_DOMAIN);
        hasher.update(self.seed.as_slice());
        hasher.update(&self.begun.to_be_bytes());
        let mut run = RunId::default();
        hasher.finalize_xof().fill(&mut run);
        run
    }
}
