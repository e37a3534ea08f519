//! Doing what the planner says.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use tazcom_identity::NodeId;
use tazcom_proto::Hello;
use tokio::task::AbortHandle;

use super::{Children, Job, Outcome};
use crate::client::{self, Caller, Failure, Said};
use crate::config::Config;
use crate::dial::{Dial, DialId, Input, Output, OwnAddresses, Planner};
use crate::event::Event;

#[derive(Debug)]
pub(crate) struct Outbound {
    planner: Planner,
    caller: Caller,
    deadline: Option<Instant>,
    /// Dials without a connection yet; bounded by the dials in parallel.
    unconnected: HashMap<DialId, AbortHandle>,
}

impl Outbound {
    pub(crate) fn new(
        now: Instant,
        our_id: NodeId,
        config: &Config,
        listeners: Arc<[SocketAddr]>,
        rng: ChaCha8Rng,
    ) -> Self {
        let own = OwnAddresses {
            listeners: listeners.to_vec(),
            local: BTreeSet::new(),
        };
        Self {
            planner: Planner::new(now, our_id, config.dial, config.loopback_exempt, own, rng),
            caller: Caller {
                hello: Hello { from: our_id }.encode(),
                deadlines: config.deadlines,
                listeners,
            },
            deadline: None,
            unconnected: HashMap::new(),
        }
    }

    pub(crate) fn handle(&mut self, now: Instant, input: Input) {
        self.planner.handle(now, input);
    }

    pub(crate) fn set_own(&mut self, now: Instant, own: BTreeSet<IpAddr>) {
        self.planner.set_own(now, own);
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Drains the planner.
    pub(crate) fn advance(&mut self, now: Instant, children: &mut Children) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            match self.planner.poll_output(now) {
                Output::Dial(dial) => self.dial(dial, children),
                Output::SelfDial(addr) => events.push(Event::SelfDial { addr }),
                Output::Refused(count) => events.push(Event::PeersRefused { count }),
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return events;
                }
            }
        }
    }

    /// A dial has said HELLO, or failed to.
    pub(crate) fn said(
        &mut self,
        now: Instant,
        dial: Dial,
        said: Result<Said, Failure>,
        children: &mut Children,
    ) -> Option<Event> {
        self.unconnected.remove(&dial.dial);
        match said {
            Ok(said) => {
                self.planner.handle(now, Input::Connected(dial.dial));
                children.spawn(Job::AwaitAck(dial.dial), async move {
                    Outcome::Answered(dial, client::await_ack(said).await)
                });
                Some(Event::HelloSent {
                    id: dial.who.id(),
                    addr: dial.addr,
                })
            }
            Err(failure) => self.failed(now, dial, failure),
        }
    }

    /// A dial has its answer, or none.
    pub(crate) fn answered(
        &mut self,
        now: Instant,
        dial: Dial,
        answer: Result<Duration, Failure>,
    ) -> Option<Event> {
        match answer {
            Ok(rtt) => {
                self.planner.handle(now, Input::Greeted(dial.dial));
                Some(Event::AckReceived {
                    id: dial.who.id(),
                    addr: dial.addr,
                    rtt,
                })
            }
            Err(failure) => self.failed(now, dial, failure),
        }
    }

    /// A dial's task ended without a result.
    pub(crate) fn cut_off(&mut self, now: Instant, dial: DialId) {
        self.unconnected.remove(&dial);
        self.planner.handle(now, Input::Failed(dial));
    }

    /// Ends the dials nobody has heard of yet.
    pub(crate) fn drop_unconnected(&mut self) {
        self.unconnected.drain().for_each(|(_, task)| task.abort());
    }

    #[cfg(test)]
    pub(crate) fn plan(&mut self, now: Instant, seen: crate::dial::Sighting) -> Option<Dial> {
        self.planner.handle(now, Input::Seen(seen));
        match self.planner.poll_output(now) {
            Output::Dial(dial) => Some(dial),
            _ => None,
        }
    }

    fn dial(&mut self, dial: Dial, children: &mut Children) {
        let caller = self.caller.clone();
        let work = async move { Outcome::Said(dial, client::say_hello(dial.addr, caller).await) };
        let task = children.spawn(Job::SayHello(dial.dial), work);
        self.unconnected.insert(dial.dial, task);
    }

    fn failed(&mut self, now: Instant, dial: Dial, failure: Failure) -> Option<Event> {
        let (id, addr) = (dial.who.id(), dial.addr);
        let still_wanted = self.planner.knows(dial.who);
        let (input, event) = match failure {
            // For an address given by hand the planner says so itself.
            Failure::Ourselves => (Input::ReachedOurselves(dial.dial), None),
            Failure::Refused => (
                Input::Failed(dial.dial),
                Some(Event::DialRefused { id, addr }),
            ),
            Failure::TimedOut => (
                Input::Failed(dial.dial),
                Some(Event::DialTimedOut { id, addr }),
            ),
            Failure::Other(reason) => (
                Input::Failed(dial.dial),
                Some(Event::DialFailed { id, addr, reason }),
            ),
        };
        self.planner.handle(now, input);
        // Nobody wants to hear that a peer which has left does not answer.
        event.filter(|_| still_wanted)
    }
}
