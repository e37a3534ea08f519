//! The endpoint's one task. It owns all state, and every connection is a child of it.
//!
//! It waits for many things and never for one peer: whatever takes a peer's time happens in a
//! child, which gives back what it learned when it ends.

mod inbound;
mod outbound;
mod sessions;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use inbound::Inbound;
use outbound::Outbound;
use rand_chacha::ChaCha8Rng;
use sessions::{Begun, Origin, Over, Sessions};
use tazcom_session::ByeCode;
use tokio::sync::watch;
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::admission::SlotId;
use crate::carry::News;
use crate::client::{Connected, Failure, Said};
use crate::config::Config;
use crate::dial::{Dial, DialId, Input, Sighting};
use crate::directory::{Directory, Readers};
use crate::endpoint::ShutdownReport;
use crate::event::{DialFailure, Event, WarningKind};
use crate::inbox::{Inbox, Waiting};
use crate::link::{DownReason, LinkId};
use crate::modern::Modern;
use crate::outbox::Outbox;
use crate::reports::Reports;
use crate::server::Served;
use crate::shake::{Own, Shaken};
use crate::transport::Transport;

/// A peer that says it shuts down is not dialled for so long, by when its announcement is gone too.
const LEAVES_WITHIN: Duration = Duration::from_secs(5);

/// What a child is doing, known here so that not even one that panics is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Serving the connection in this slot.
    Serve(SlotId),
    /// Closing the answered connection in this slot.
    Linger(SlotId),
    /// Any step of a dial.
    Dial(DialId),
    /// Carrying a session.
    Carry(LinkId),
    /// Opening the successor of this one.
    Renew(LinkId),
    /// Saying goodbye to a peer that is refused; in this slot, if it came in.
    Farewell(Option<SlotId>),
}

/// What a child gives back.
#[derive(Debug)]
pub(crate) enum Outcome<S> {
    Served(Served<S>),
    Lingered,
    Connected(Dial, Result<Connected<S>, Failure>),
    Called(Dial, Result<Shaken<S>, Failure>),
    Said(Dial, Result<Said<S>, Failure>),
    Answered(Dial, Result<Duration, Failure>),
    Carried(LinkId, DownReason),
    Renewed(SocketAddr, Option<Shaken<S>>),
    Farewell,
}

/// The children and what each of them is doing.
#[derive(Debug)]
pub(crate) struct Children<S> {
    tasks: JoinSet<Outcome<S>>,
    /// Bounded by the half-open slots, the evicted, the unanswered dials and the sessions.
    jobs: HashMap<task::Id, (Job, task::AbortHandle)>,
}

impl<S> Default for Children<S> {
    fn default() -> Self {
        Self {
            tasks: JoinSet::new(),
            jobs: HashMap::new(),
        }
    }
}

impl<S: Send + 'static> Children<S> {
    pub(crate) fn spawn(
        &mut self,
        job: Job,
        work: impl Future<Output = Outcome<S>> + Send + 'static,
    ) -> task::AbortHandle {
        let handle = self.tasks.spawn(work);
        self.jobs.insert(handle.id(), (job, handle.clone()));
        handle
    }

    /// The next child that ends; for ever when there is none. Cancel-safe.
    async fn next(&mut self) -> (Option<Job>, Result<Outcome<S>, JoinError>) {
        let (id, outcome) = match self.tasks.join_next_with_id().await {
            Some(Ok((id, outcome))) => (id, Ok(outcome)),
            Some(Err(error)) => (error.id(), Err(error)),
            None => return std::future::pending().await,
        };
        (self.jobs.remove(&id).map(|(job, _)| job), outcome)
    }

    /// Ends those that nobody would miss.
    fn abort(&self, those: impl Fn(Job) -> bool) {
        for (job, handle) in self.jobs.values() {
            if those(*job) {
                handle.abort();
            }
        }
    }
}

/// All the state there is.
#[derive(Debug)]
pub(crate) struct Driver<T: Transport> {
    inbound: Inbound<T>,
    outbound: Outbound<T>,
    sessions: Sessions,
    modern: Modern,
    children: Children<T::Stream>,
    reports: Reports,
    outbox: Outbox,
    drain: Duration,
}

/// What a driver begins with.
pub(crate) struct Beginning<T: Transport> {
    pub(crate) own: Arc<Own>,
    pub(crate) transport: T,
    pub(crate) listeners: Vec<T::Listener>,
    pub(crate) local_addrs: Arc<[SocketAddr]>,
    pub(crate) outbox: Outbox,
    pub(crate) directory: Directory,
    pub(crate) readers: Readers,
    pub(crate) rng: ChaCha8Rng,
}

impl<T: Transport> Driver<T> {
    pub(crate) fn new(config: &Config, with: Beginning<T>) -> Self {
        let now = now();
        let own = with.own;
        let our_id = own.id();
        Self {
            inbound: Inbound::new(now, Arc::clone(&own), config, with.listeners),
            outbound: Outbound::new(now, with.transport, own, config, with.local_addrs, with.rng),
            sessions: Sessions::new(our_id, config, with.directory, with.readers),
            modern: Modern::new(config.modern.clone(), config.links.legacy_for),
            children: Children::default(),
            reports: Reports::new(config.reports),
            outbox: with.outbox,
            drain: config.deadlines.drain,
        }
    }

    /// Runs until shutdown is asked for, then sees to it that nothing is left.
    pub(crate) async fn run(
        mut self,
        inbox: Arc<Inbox>,
        shutdown: CancellationToken,
        report: watch::Sender<Option<ShutdownReport>>,
    ) {
        while !shutdown.is_cancelled() {
            let deadline = self.deadline();
            tokio::select! {
                () = shutdown.cancelled() => break,
                waiting = inbox.take() => self.take(waiting),
                accepted = self.inbound.accept() => self.accepted(accepted),
                (job, outcome) = self.children.next() => self.ended(job, outcome),
                (link, news) = self.sessions.next() => self.heard(link, news),
                () = self.outbox.room() => self.outbox.confess(),
                () = until(deadline) => {}
            }
            self.advance();
        }
        let done = self.shut_down().await;
        // Nobody is waiting for it if every handle is gone.
        let _ = report.send(Some(done));
    }

    fn take(&mut self, mut waiting: Waiting) {
        if let Some(local) = waiting.local.take() {
            self.inbound.set_local(local);
        }
        if let Some(own) = waiting.own.take() {
            self.outbound.set_own(now(), own);
        }
        if waiting.refused > 0 {
            self.outbox.emit(Event::PeersRefused {
                count: waiting.refused,
            });
        }
        let now = now();
        for input in waiting.into_inputs() {
            match input {
                Input::Seen(sighting) => self.seen(now, sighting),
                Input::Hinted(sighting) if self.sessions.links().is_blocked(sighting.id) => {}
                input => self.outbound.handle(now, input),
            }
        }
    }

    fn seen(&mut self, now: std::time::Instant, mut sighting: Sighting) {
        let id = sighting.id;
        if self.sessions.links().is_blocked(id) {
            return;
        }
        if !sighting.sessions && self.modern.knows(id) {
            sighting.sessions = true;
            if let Some(first) = sighting.addrs.first() {
                self.pretended(id, first.addr);
            }
        }
        let is_there = |ip| sighting.addrs.iter().any(|seen| seen.addr.ip() == ip);
        self.sessions.links_mut().moved(id, is_there);
        self.outbound.handle(now, Input::Seen(sighting));
    }

    fn accepted(&mut self, accepted: inbound::Accepted<T>) {
        for event in self.inbound.admit(accepted, &mut self.children) {
            self.tell(event);
        }
    }

    fn ended(&mut self, job: Option<Job>, outcome: Result<Outcome<T::Stream>, JoinError>) {
        match (job, outcome) {
            (Some(Job::Serve(slot)), Ok(Outcome::Served(served))) => self.served(slot, served),
            (Some(Job::Linger(slot) | Job::Farewell(Some(slot))), Ok(_)) => {
                self.inbound.closed(slot);
            }
            (_, Ok(Outcome::Connected(dial, connected))) => {
                let (modern, children) = (&self.modern, &mut self.children);
                let event = self
                    .outbound
                    .connected(now(), dial, connected, modern, children);
                event.into_iter().for_each(|event| self.tell(event));
            }
            (_, Ok(Outcome::Called(dial, called))) => self.called(dial, called),
            (_, Ok(Outcome::Said(dial, said))) => {
                let event = self.outbound.said(now(), dial, said, &mut self.children);
                event.into_iter().for_each(|event| self.tell(event));
            }
            (_, Ok(Outcome::Answered(dial, answer))) => {
                let event = self.outbound.answered(now(), dial, answer);
                event.into_iter().for_each(|event| self.tell(event));
            }
            (_, Ok(Outcome::Carried(link, reason))) => self.carried(link, reason),
            (_, Ok(Outcome::Renewed(addr, Some(shaken)))) => {
                let (origin, children) = (Origin::Renewed, &mut self.children);
                self.sessions.begin(now(), origin, addr, shaken, children);
            }
            (job, Err(error)) => self.cut_off(job, &error),
            (
                _,
                Ok(
                    Outcome::Served(_)
                    | Outcome::Lingered
                    | Outcome::Farewell
                    | Outcome::Renewed(_, None),
                ),
            ) => {}
        }
    }

    fn served(&mut self, slot: SlotId, served: Served<T::Stream>) {
        match served {
            Served::Closed(event) => {
                event.into_iter().for_each(|event| self.tell_of_line(event));
                self.inbound.closed(slot);
            }
            Served::Answered(event, stream) => {
                self.tell_of_line(event);
                self.inbound.answered(slot, stream, &mut self.children);
            }
            Served::Shaken(addr, shaken) => {
                let (origin, children) = (Origin::Accepted(slot), &mut self.children);
                match self.sessions.begin(now(), origin, addr, shaken, children) {
                    // The slot is its farewell's now.
                    Begun::Refused(limit) => {
                        if let Some(limit) = limit {
                            let addr = Some(addr);
                            self.tell(Event::ConnectionLimit { addr, limit });
                        }
                    }
                    Begun::Taken | Begun::Broken => self.inbound.closed(slot),
                }
            }
        }
    }

    /// A call was answered, or not.
    fn called(&mut self, dial: Dial, called: Result<Shaken<T::Stream>, Failure>) {
        let (id, now) = (dial.who.id(), now());
        let failure = match called {
            Ok(shaken) => {
                let peer = shaken.peer;
                let (origin, children) = (Origin::Dialled(dial), &mut self.children);
                match self
                    .sessions
                    .begin(now, origin, dial.addr, shaken, children)
                {
                    Begun::Taken => return,
                    Begun::Refused(_) if self.sessions.links().has(peer) => {
                        return self
                            .outbound
                            .handle(now, Input::Linked(peer, Some(dial.dial)));
                    }
                    Begun::Refused(_) => Failure::Other(DialFailure::TooManySessions),
                    Begun::Broken => Failure::Other(DialFailure::Closed),
                }
            }
            Err(Failure::Legacy) => match id.filter(|id| self.modern.knows(*id)) {
                Some(id) => {
                    self.pretended(id, dial.addr);
                    Failure::Other(DialFailure::Downgraded)
                }
                None => {
                    self.modern.is_legacy(now, id, dial.addr);
                    return self.outbound.greet_in_plain(dial, &mut self.children);
                }
            },
            Err(failure) => failure,
        };
        if let Some(event) = self.outbound.failed(now, dial, failure) {
            self.tell(event);
        }
    }

    fn heard(&mut self, link: LinkId, news: News) {
        let now = now();
        match news {
            News::Up { name } => {
                if let Some((peer, dial)) = self.sessions.stands(link, name) {
                    self.modern.proven(peer);
                    let dial = dial.map(|dial| dial.dial);
                    self.outbound.handle(now, Input::Linked(peer, dial));
                    self.tell_of_sessions();
                }
            }
            News::Alive => self.sessions.links_mut().alive(link),
            News::RenewalDue => {
                if let Some(old) = self.sessions.links().get(link).filter(|link| link.ours) {
                    self.outbound.renew(old, &mut self.children);
                }
            }
            greeting => {
                let event = self.sessions.greeting(link, &greeting);
                event.into_iter().for_each(|event| self.tell(event));
            }
        }
    }

    /// A session is over.
    fn carried(&mut self, link: LinkId, reason: DownReason) {
        let now = now();
        // What it told last is still under way.
        while let Some((link, news)) = self.sessions.waiting() {
            self.heard(link, news);
        }
        let Some(over) = self.sessions.ended(now, link, reason) else {
            return;
        };
        let Over {
            peer,
            last,
            lasted,
            dial,
        } = over;
        if let Some(dial) = dial {
            if last {
                let failure = match reason {
                    DownReason::ByPeer(code) => DialFailure::Refused(code),
                    _ => DialFailure::Closed,
                };
                let event = self.outbound.failed(now, dial, Failure::Other(failure));
                event.into_iter().for_each(|event| self.tell(event));
            } else {
                self.outbound
                    .handle(now, Input::Linked(peer, Some(dial.dial)));
            }
        }
        self.tell_of_sessions();
        if last {
            let not_before = match reason {
                DownReason::ByPeer(ByeCode::Shutdown) => now + LEAVES_WITHIN,
                _ => now,
            };
            let unlinked = Input::Unlinked {
                id: peer,
                not_before,
                lasted,
            };
            self.outbound.handle(now, unlinked);
        }
    }

    /// A child was aborted or panicked: what it held comes back all the same.
    fn cut_off(&mut self, job: Option<Job>, error: &JoinError) {
        if error.is_panic() {
            tracing::error!("a connection's task panicked; the endpoint goes on without it");
        }
        match job {
            Some(Job::Serve(slot) | Job::Linger(slot) | Job::Farewell(Some(slot))) => {
                self.inbound.closed(slot);
            }
            Some(Job::Dial(dial)) => self.outbound.cut_off(now(), dial),
            Some(Job::Carry(link)) => self.carried(link, DownReason::CutOff),
            Some(Job::Renew(_) | Job::Farewell(None)) | None => {}
        }
    }

    /// Does what has become due.
    fn advance(&mut self) {
        self.tell_of_sessions();
        let now = now();
        let full = self.sessions.links().is_full();
        for event in self.outbound.advance(now, full, &mut self.children) {
            self.tell(event);
        }
        while let Some(event) = self.reports.poll(now) {
            self.outbox.emit(event);
        }
    }

    fn tell_of_sessions(&mut self) {
        for event in self.sessions.advance(now()) {
            self.tell(event);
        }
    }

    /// Tells of a line, unless it is in the name of somebody who does not speak in lines.
    fn tell_of_line(&mut self, event: Event) {
        match event {
            Event::HelloReceived { from, addr, .. } if self.modern.knows(from) => {
                self.pretended(from, addr);
            }
            event => self.tell(event),
        }
    }

    fn pretended(&mut self, id: tazcom_identity::NodeId, addr: SocketAddr) {
        let event = self.modern.pretended(now(), id, addr);
        event.into_iter().for_each(|event| self.tell(event));
    }

    fn deadline(&self) -> Option<Instant> {
        let deadlines = [
            self.outbound.deadline(),
            self.sessions.deadline(),
            self.reports.deadline(),
        ];
        let deadline = deadlines.into_iter().flatten().min();
        deadline.map(Instant::from_std)
    }

    /// Passes an event on, unless it is one complaint too many.
    fn tell(&mut self, event: Event) {
        let passes = match WarningKind::of(&event) {
            Some((kind, source)) => self.reports.pass(now(), kind, source),
            None => true,
        };
        if passes {
            self.outbox.emit(event);
        }
    }

    async fn shut_down(mut self) -> ShutdownReport {
        self.inbound.stop_listening();
        self.outbound.drop_unconnected();
        self.sessions.close_all();
        self.children.abort(|job| matches!(job, Job::Renew(_)));
        let mut report = ShutdownReport::default();
        let deadline = Instant::now() + self.drain;
        let mut aborted = false;
        while !self.children.tasks.is_empty() {
            let (job, outcome) = tokio::select! {
                ended = self.children.next() => ended,
                (link, news) = self.sessions.next() => {
                    self.heard(link, news);
                    self.sessions.close_all();
                    continue;
                }
                () = sleep_until(deadline), if !aborted => {
                    aborted = true;
                    self.children.tasks.abort_all();
                    continue;
                }
            };
            let cut_off = outcome.is_err();
            let before = self.children.jobs.len();
            self.ended(job, outcome);
            let goes_on = self.children.jobs.len() > before;
            self.tell_of_sessions();
            // A handshake may just have ended in a session.
            self.sessions.close_all();
            if aborted {
                // It may have ended just before it was told to, and have begun its next step.
                self.children.tasks.abort_all();
            }
            match job {
                // Its answer is out; only the farewell was cut short.
                Some(Job::Linger(_)) => report.drained += 1,
                // Evicted before, or a dial nobody has heard of.
                _ if cut_off && !aborted => {}
                _ if cut_off => report.aborted += 1,
                _ => report.drained += usize::from(!goes_on),
            }
        }
        for event in self.reports.flush(now()) {
            self.outbox.emit(event);
        }
        self.outbox.finish();
        report
    }
}

/// The driver's clock; the machines are only told.
fn now() -> std::time::Instant {
    Instant::now().into_std()
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
