//! The endpoint's one task. It owns all state, and every connection is a child of it.
//!
//! It waits for many things and never for one peer: whatever takes a peer's time happens in a
//! child, which gives back what it learned when it ends.

mod inbound;
mod outbound;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use inbound::Inbound;
use outbound::Outbound;
use rand_chacha::ChaCha8Rng;
use tazcom_identity::NodeId;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::admission::SlotId;
use crate::client::{Failure, Said};
use crate::config::Config;
use crate::dial::{Dial, DialId};
use crate::endpoint::ShutdownReport;
use crate::event::{Event, WarningKind};
use crate::inbox::{Inbox, Waiting};
use crate::outbox::Outbox;
use crate::reports::Reports;
use crate::server::Served;

/// What a child is doing, known here so that not even one that panics is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Serving the connection in this slot.
    Serve(SlotId),
    /// Closing the answered connection in this slot.
    Linger(SlotId),
    /// Connecting and saying HELLO.
    SayHello(DialId),
    /// Waiting for the answer.
    AwaitAck(DialId),
}

/// What a child gives back.
#[derive(Debug)]
pub(crate) enum Outcome {
    Served(Served),
    Lingered,
    Said(Dial, Result<Said, Failure>),
    Answered(Dial, Result<Duration, Failure>),
}

/// The children and what each of them is doing.
#[derive(Debug, Default)]
pub(crate) struct Children {
    tasks: JoinSet<Outcome>,
    /// Bounded by the half-open slots, the evicted and the unanswered dials.
    jobs: HashMap<task::Id, Job>,
}

impl Children {
    pub(crate) fn spawn(
        &mut self,
        job: Job,
        work: impl Future<Output = Outcome> + Send + 'static,
    ) -> task::AbortHandle {
        let handle = self.tasks.spawn(work);
        self.jobs.insert(handle.id(), job);
        handle
    }

    /// The next child that ends; for ever when there is none. Cancel-safe.
    async fn next(&mut self) -> (Option<Job>, Result<Outcome, JoinError>) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, outcome))) => (self.jobs.remove(&id), Ok(outcome)),
            Some(Err(error)) => (self.jobs.remove(&error.id()), Err(error)),
            None => std::future::pending().await,
        }
    }
}

/// All the state there is.
#[derive(Debug)]
pub(crate) struct Driver {
    inbound: Inbound,
    outbound: Outbound,
    children: Children,
    reports: Reports,
    outbox: Outbox,
    drain: Duration,
}

impl Driver {
    pub(crate) fn new(
        our_id: NodeId,
        config: &Config,
        listeners: Vec<TcpListener>,
        local_addrs: Arc<[SocketAddr]>,
        outbox: Outbox,
        rng: ChaCha8Rng,
    ) -> Self {
        let now = now();
        Self {
            inbound: Inbound::new(now, our_id, config, listeners),
            outbound: Outbound::new(now, our_id, config, local_addrs, rng),
            children: Children::default(),
            reports: Reports::new(config.reports),
            outbox,
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
            self.outbound.handle(now, input);
        }
    }

    fn accepted(&mut self, accepted: inbound::Accepted) {
        if let Some(event) = self.inbound.admit(accepted, &mut self.children) {
            self.tell(event);
        }
    }

    fn ended(&mut self, job: Option<Job>, outcome: Result<Outcome, JoinError>) {
        match (job, outcome) {
            (Some(Job::Serve(slot)), Ok(Outcome::Served(served))) => {
                if let Some(event) = served.event {
                    self.tell(event);
                }
                self.inbound
                    .served(slot, served.answered, &mut self.children);
            }
            (Some(Job::Linger(slot)), Ok(_)) => self.inbound.closed(slot),
            (_, Ok(Outcome::Said(dial, said))) => {
                let event = self.outbound.said(now(), dial, said, &mut self.children);
                event.into_iter().for_each(|event| self.tell(event));
            }
            (_, Ok(Outcome::Answered(dial, answer))) => {
                let event = self.outbound.answered(now(), dial, answer);
                event.into_iter().for_each(|event| self.tell(event));
            }
            (job, Err(error)) => self.cut_off(job, &error),
            (_, Ok(Outcome::Served(_) | Outcome::Lingered)) => {}
        }
    }

    /// A child was aborted or panicked: what it held comes back all the same.
    fn cut_off(&mut self, job: Option<Job>, error: &JoinError) {
        if error.is_panic() {
            tracing::error!("a connection's task panicked; the endpoint goes on without it");
        }
        match job {
            Some(Job::Serve(slot) | Job::Linger(slot)) => self.inbound.closed(slot),
            Some(Job::SayHello(dial) | Job::AwaitAck(dial)) => self.outbound.cut_off(now(), dial),
            None => {}
        }
    }

    /// Does what has become due.
    fn advance(&mut self) {
        let now = now();
        for event in self.outbound.advance(now, &mut self.children) {
            self.tell(event);
        }
        while let Some(event) = self.reports.poll(now) {
            self.outbox.emit(event);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let deadline = [self.outbound.deadline(), self.reports.deadline()]
            .into_iter()
            .flatten()
            .min();
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
        let mut report = ShutdownReport::default();
        let deadline = Instant::now() + self.drain;
        let mut aborted = false;
        while !self.children.tasks.is_empty() {
            let (job, outcome) = tokio::select! {
                ended = self.children.next() => ended,
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
