//! Doing what the planner says.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use tazcom_proto::Hello;
use tazcom_session::ByeCode;
use tokio::task::AbortHandle;

use super::{Children, Job, Outcome};
use crate::client::{self, Caller, Connected, Failure, Said};
use crate::config::Config;
use crate::dial::{Dial, DialId, Input, Output, OwnAddresses, Planner, Who};
use crate::event::{DialFailure, Event};
use crate::link::Link;
use crate::modern::Modern;
use crate::shake::Own;
use crate::transport::Transport;

/// How long a renewal that failed waits before the next attempt, and how often it is tried: long
/// before a session is too old.
const RENEW_PAUSE: Duration = Duration::from_secs(60);
const RENEW_ATTEMPTS: u32 = 10;

/// So often in a row a peer may say that it has another session with us without anybody being told:
/// with much loss on the way, both open one again and again before one of them stands.
const DUPLICATES_UNTOLD: u32 = 3;

#[derive(Debug)]
pub(crate) struct Outbound<T: Transport> {
    planner: Planner,
    caller: Arc<Caller<T>>,
    deadline: Option<Instant>,
    /// Dials without a connection yet; bounded by the dials in parallel.
    unconnected: HashMap<DialId, AbortHandle>,
}

impl<T: Transport> Outbound<T> {
    pub(crate) fn new(
        now: Instant,
        transport: T,
        own: Arc<Own>,
        config: &Config,
        listeners: Arc<[SocketAddr]>,
        rng: ChaCha8Rng,
    ) -> Self {
        let our_id = own.id();
        let addresses = OwnAddresses {
            listeners: listeners.to_vec(),
            local: BTreeSet::new(),
        };
        let exempt = config.loopback_exempt;
        Self {
            planner: Planner::new(now, our_id, config.dial, exempt, addresses, rng),
            caller: Arc::new(Caller {
                transport,
                own,
                hello: Hello { from: our_id }.encode(),
                deadlines: config.deadlines,
                listeners,
            }),
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

    /// Drains the planner, which dials nothing while `full`.
    pub(crate) fn advance(
        &mut self,
        now: Instant,
        full: bool,
        children: &mut Children<T::Stream>,
    ) -> Vec<Event> {
        self.planner.pause(full);
        let mut events = Vec::new();
        loop {
            match self.planner.poll_output(now) {
                Output::Dial(dial) => self.connect(dial, children),
                Output::SelfDial(addr) => events.push(Event::SelfDial { addr }),
                Output::Refused(count) => events.push(Event::PeersRefused { count }),
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return events;
                }
            }
        }
    }

    /// A dial has a connection, or failed to get one.
    pub(crate) fn connected(
        &mut self,
        now: Instant,
        dial: Dial,
        connected: Result<Connected<T::Stream>, Failure>,
        modern: &Modern,
        children: &mut Children<T::Stream>,
    ) -> Option<Event> {
        self.unconnected.remove(&dial.dial);
        let connected = match connected {
            Ok(connected) => connected,
            Err(failure) => return self.failed(now, dial, failure),
        };
        self.planner.handle(now, Input::Connected(dial.dial));
        if modern.greets_in_plain(now, dial.who.id(), dial.addr) {
            let hello = self.caller.hello.clone();
            children.spawn(Job::Dial(dial.dial), async move {
                Outcome::Said(dial, client::say_hello(connected, hello).await)
            });
        } else {
            let own = Arc::clone(&self.caller.own);
            children.spawn(Job::Dial(dial.dial), async move {
                let shaken = client::call(connected, own, dial.who.id(), false).await;
                Outcome::Called(dial, shaken)
            });
        }
        None
    }

    /// A call was answered as POC-02 answers: another connection, for a greeting in plain.
    pub(crate) fn greet_in_plain(&mut self, dial: Dial, children: &mut Children<T::Stream>) {
        let caller = Arc::clone(&self.caller);
        children.spawn(Job::Dial(dial.dial), async move {
            let hello = caller.hello.clone();
            let said = match client::connect(dial.addr, caller).await {
                Ok(connected) => client::say_hello(connected, hello).await,
                Err(failure) => Err(failure),
            };
            Outcome::Said(dial, said)
        });
    }

    /// A dial has said HELLO in plain, or failed to.
    pub(crate) fn said(
        &mut self,
        now: Instant,
        dial: Dial,
        said: Result<Said<T::Stream>, Failure>,
        children: &mut Children<T::Stream>,
    ) -> Option<Event> {
        match said {
            Ok(said) => {
                children.spawn(Job::Dial(dial.dial), async move {
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

    /// A greeting in plain has its answer, or none.
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
                    verified: false,
                })
            }
            Err(failure) => self.failed(now, dial, failure),
        }
    }

    /// Opens the successor of a session that we opened.
    pub(crate) fn renew(&self, old: &Link, children: &mut Children<T::Stream>) {
        let (link, peer, addr) = (old.id, old.peer, old.addr);
        let caller = Arc::clone(&self.caller);
        children.spawn(Job::Renew(link), async move {
            for attempt in 1..=RENEW_ATTEMPTS {
                let own = Arc::clone(&caller.own);
                if let Ok(connected) = client::connect(addr, Arc::clone(&caller)).await
                    && let Ok(shaken) = client::call(connected, own, Some(peer), true).await
                {
                    return Outcome::Renewed(addr, Some(shaken));
                }
                if attempt < RENEW_ATTEMPTS {
                    tokio::time::sleep(RENEW_PAUSE).await;
                }
            }
            Outcome::Renewed(addr, None)
        });
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

    #[cfg(test)]
    pub(crate) fn caller(&self) -> Arc<Caller<T>> {
        Arc::clone(&self.caller)
    }

    fn connect(&mut self, dial: Dial, children: &mut Children<T::Stream>) {
        let caller = Arc::clone(&self.caller);
        let work =
            async move { Outcome::Connected(dial, client::connect(dial.addr, caller).await) };
        let task = children.spawn(Job::Dial(dial.dial), work);
        self.unconnected.insert(dial.dial, task);
    }

    pub(crate) fn failed(&mut self, now: Instant, dial: Dial, failure: Failure) -> Option<Event> {
        let (id, addr) = (dial.who.id(), dial.addr);
        let still_wanted = self.planner.wants(dial.who);
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
            // Judged by whoever knows what the peer can do.
            Failure::Legacy => (Input::Failed(dial.dial), None),
            // The other session may be one that the peer has opened and that has not come up yet.
            Failure::Other(DialFailure::Refused(ByeCode::Duplicate))
                if self.planner.failed_rounds(dial.who) < DUPLICATES_UNTOLD =>
            {
                (Input::Failed(dial.dial), None)
            }
            Failure::Other(reason) => (
                Input::Failed(dial.dial),
                Some(Event::DialFailed { id, addr, reason }),
            ),
        };
        self.planner.handle(now, input);
        // Nobody wants to hear that a peer which has left does not answer, nor that one is not where
        // it only might have been.
        event.filter(|_| still_wanted && !matches!(dial.who, Who::Hinted(_)))
    }
}
