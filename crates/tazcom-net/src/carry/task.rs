//! The task itself.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes, BytesMut};
use tazcom_proto::PeerText;
use tazcom_session::{
    ByeCode, Cap, Command, Event, Input, PayloadKind, Role, Session, SessionOutput,
};
use tokio::io::ReadBuf;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep_until, timeout};

use super::{Mailbox, News, Outgoing, Payload};
use crate::bucket::Bucket;
use crate::config::LinkLimits;
use crate::directory::Readers;
use crate::link::{DownReason, LinkId};
use crate::shake::CAP_NAME;
use crate::transport::Stream;

/// Bytes read at a time: one of the largest frames.
const READ: usize = 16 * 1024;

/// Sealed bytes waiting for the connection, beyond which nothing more is sealed or read. One of
/// the largest payloads may come on top.
const ENOUGH_TO_WRITE: usize = 64 * 1024;

/// The tag of the ping by which a doubted session is asked.
const PROBE: u64 = 0;

/// How long what was under way may take to be written and handed over when a session is over. As
/// long as the other end goes on reading after its goodbye.
const FINISH_WITHIN: Duration = Duration::from_secs(2);

/// What a task is made of.
#[derive(Debug)]
pub(crate) struct Task<S> {
    pub(crate) link: LinkId,
    pub(crate) spell: u64,
    pub(crate) stream: S,
    pub(crate) session: Session,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) outgoing: Arc<Outgoing>,
    pub(crate) readers: Readers,
    pub(crate) news: mpsc::Sender<(LinkId, News)>,
    pub(crate) limits: LinkLimits,
}

/// Carries until the session is over, and says how it ended.
pub(crate) async fn run<S: Stream>(task: Task<S>) -> DownReason {
    let (mailbox, readers, news, link) = (
        Arc::clone(&task.mailbox),
        task.readers.clone(),
        task.news.clone(),
        task.link,
    );
    let mut carrier = Carrier::new(task);
    let mut alarm = pin!(sleep_until(carrier.wakes_at().into()));
    loop {
        carrier.advance(now());
        for item in std::mem::take(&mut carrier.news) {
            // The driver drains this always; when it is gone, so are we soon.
            let _ = news.send((link, item)).await;
        }
        if let Some(reason) = carrier.over {
            mailbox.abandon();
            // Whoever takes longer loses the rest.
            let _ = timeout(FINISH_WITHIN, carrier.finish(reason, &readers)).await;
            return reason;
        }
        let reader = match carrier.received.is_empty() {
            true => None,
            false => readers.get(),
        };
        if reader.is_none() {
            // Nobody wants them.
            carrier.received.clear();
        }
        // Only ever moved forward: a deadline moves back with every frame, which costs more than
        // an alarm that rings for nothing now and then.
        let wakes_at = carrier.wakes_at().into();
        if alarm.is_elapsed() || wakes_at < alarm.deadline() {
            alarm.as_mut().reset(wakes_at);
        }
        tokio::select! {
            biased;
            () = mailbox.arrived() => {}
            permit = room(reader.as_ref()) => carrier.hand_over(permit),
            () = poll_fn(|context| carrier.poll_io(context)) => {}
            () = alarm.as_mut() => carrier.timeout(now()),
        }
    }
}

async fn room(
    reader: Option<&mpsc::Sender<Payload>>,
) -> Result<mpsc::Permit<'_, Payload>, mpsc::error::SendError<()>> {
    match reader {
        Some(reader) => reader.reserve().await,
        None => std::future::pending().await,
    }
}

#[derive(Debug)]
struct Carrier<S> {
    spell: u64,
    stream: S,
    session: Session,
    mailbox: Arc<Mailbox>,
    outgoing: Arc<Outgoing>,
    limits: LinkLimits,
    /// Sealed and not written.
    unwritten: BytesMut,
    /// Since when the connection takes nothing.
    blocked_since: Option<Instant>,
    /// What a single read brought, until it is handed over.
    received: VecDeque<(PayloadKind, Bytes)>,
    frames: Bucket,
    counted: u64,
    /// Reading pauses until then.
    resumes_at: Option<Instant>,
    stands: bool,
    carries: bool,
    hello_said: Option<Instant>,
    hello_heard: bool,
    probe_by: Option<Instant>,
    pings: VecDeque<(u64, oneshot::Sender<Duration>)>,
    next_tag: u64,
    deadline: Instant,
    news: Vec<News>,
    over: Option<DownReason>,
}

impl<S: Stream> Carrier<S> {
    fn new(task: Task<S>) -> Self {
        let now = now();
        let mut carrier = Self {
            spell: task.spell,
            stream: task.stream,
            session: task.session,
            mailbox: task.mailbox,
            outgoing: task.outgoing,
            limits: task.limits,
            unwritten: BytesMut::new(),
            blocked_since: None,
            received: VecDeque::new(),
            frames: Bucket::full(now),
            counted: 0,
            resumes_at: None,
            stands: false,
            carries: false,
            hello_said: None,
            hello_heard: false,
            probe_by: None,
            pings: VecDeque::new(),
            next_tag: PROBE + 1,
            deadline: now,
            news: Vec::new(),
            over: None,
        };
        if carrier.session.role() == Role::Responder {
            let name = match carrier.session.caps().get(CAP_NAME) {
                Some(Cap::Bytes(name)) => std::str::from_utf8(&name).ok().map(PeerText::new),
                _ => None,
            };
            carrier.stand(now, name);
        }
        carrier
    }

    /// Does everything that can be done without waiting.
    fn advance(&mut self, now: Instant) {
        let orders = self.mailbox.take();
        self.carries |= orders.carry;
        if orders.probe && self.probe_by.is_none() {
            self.probe(now);
        }
        self.drain(now);
        if let Some(code) = orders.close {
            self.leave(now, code);
        }
        self.ask(now);
        self.pull(now);
        self.limit_frames(now);
        self.session.set_reading(now, self.may_read());
        self.drain(now);
    }

    fn leave(&mut self, now: Instant, code: ByeCode) {
        // What is over already needs no goodbye.
        if self.session.command(now, Command::Close(code)).is_ok() {
            self.drain(now);
        }
    }

    fn probe(&mut self, now: Instant) {
        let asked = self.session.command(now, Command::Ping { tag: PROBE });
        // With eight pings under way, the answer to any of them will do.
        if asked.is_ok() || self.session.is_open() {
            self.probe_by = Some(now + self.limits.doubt);
        }
    }

    /// Sends the pings that wait, as many as a session allows at once.
    fn ask(&mut self, now: Instant) {
        while self.stands && self.session.is_open() {
            let tag = self.next_tag;
            if self.pings.len() >= tazcom_session::limits::MAX_PINGS_IN_FLIGHT - 1 {
                return;
            }
            let Some(answer) = self.mailbox.take_ping() else {
                return;
            };
            match self.session.command(now, Command::Ping { tag }) {
                Ok(()) => {
                    self.next_tag += 1;
                    self.pings.push_back((tag, answer));
                }
                // Dropping it tells whoever waits.
                Err(_) => drop(answer),
            }
            self.drain(now);
        }
    }

    /// Seals what waits for the peer, while the connection keeps up.
    fn pull(&mut self, now: Instant) {
        while self.stands
            && self.carries
            && self.unwritten.len() < ENOUGH_TO_WRITE
            && self.session.is_open()
        {
            let Some((kind, bytes)) = self.outgoing.pop() else {
                return;
            };
            if let Err(error) = self.session.command(now, Command::Send(kind, bytes)) {
                tracing::debug!(%error, "a payload was not sent");
            }
            self.drain(now);
        }
    }

    fn drain(&mut self, now: Instant) {
        loop {
            match self.session.poll_output() {
                SessionOutput::Send(bytes) => self.unwritten.extend_from_slice(&bytes),
                SessionOutput::Event(event) => self.on(now, event),
                SessionOutput::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
                SessionOutput::Ended(end) => {
                    self.over.get_or_insert_with(|| end.into());
                    return;
                }
                _ => {}
            }
        }
    }

    fn on(&mut self, now: Instant, event: Event) {
        match event {
            Event::Welcomed(welcome) => {
                let name = Some(welcome.name()).filter(|name| !name.is_empty());
                self.stand(now, name.map(PeerText::new));
            }
            Event::Hello => {
                let _ = self.session.command(now, Command::Ack);
                if !std::mem::replace(&mut self.hello_heard, true) {
                    self.news.push(News::Hello);
                }
            }
            Event::Ack => {
                if let Some(said) = self.hello_said.take() {
                    let rtt = now.saturating_duration_since(said);
                    self.news.push(News::Ack { rtt });
                }
            }
            Event::Received(kind, bytes) => self.received.push_back((kind, bytes)),
            Event::Pong { tag, round_trip } => self.answered(tag, round_trip),
            Event::RenewalDue => self.news.push(News::RenewalDue),
            _ => {}
        }
    }

    fn stand(&mut self, now: Instant, name: Option<PeerText>) {
        self.stands = true;
        self.news.push(News::Up { name });
        if self.session.command(now, Command::Hello).is_ok() {
            self.hello_said = Some(now);
            self.news.push(News::Greeted);
        }
    }

    fn answered(&mut self, tag: Option<u64>, round_trip: Duration) {
        if self.probe_by.take().is_some() {
            self.news.push(News::Alive);
        }
        if self.pings.front().map(|(asked, _)| *asked) == tag
            && let Some((_, answer)) = self.pings.pop_front()
        {
            // Whoever asked may have given up.
            let _ = answer.send(round_trip);
        }
    }

    /// Reading pauses when the peer sends more frames than it may.
    fn limit_frames(&mut self, now: Instant) {
        let received = self.session.frames_received();
        let new = u32::try_from(received - self.counted).unwrap_or(u32::MAX);
        self.counted = received;
        if let Some(resumes_at) = self.frames.charge(now, self.limits.frames, new) {
            self.resumes_at = Some(resumes_at);
        }
    }

    fn may_read(&self) -> bool {
        self.resumes_at.is_none()
            && self.received.is_empty()
            && self.unwritten.len() < ENOUGH_TO_WRITE
            && self.over.is_none()
    }

    /// Writes and reads what the connection takes and gives; pending when it does neither.
    fn poll_io(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut moved = false;
        while !self.unwritten.is_empty() {
            match Pin::new(&mut self.stream).poll_write(context, &self.unwritten) {
                Poll::Ready(Ok(written)) if written > 0 => {
                    self.unwritten.advance(written);
                    self.blocked_since = None;
                    moved = true;
                }
                // What the peer said before it went may still be there to read.
                Poll::Ready(_) => {
                    self.unwritten.clear();
                    moved = true;
                }
                Poll::Pending => {
                    self.blocked_since.get_or_insert_with(now);
                    break;
                }
            }
        }
        if self.unwritten.is_empty() && moved {
            // A burst's memory is not kept for ever.
            self.unwritten = BytesMut::new();
        }
        if self.may_read() {
            // Not zeroed: that would cost more than reading a small frame into it.
            let mut scratch = [const { MaybeUninit::uninit() }; READ];
            let mut buffer = ReadBuf::uninit(&mut scratch);
            if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                moved = true;
                let now = now();
                match read {
                    Ok(()) if !buffer.filled().is_empty() => {
                        let input = Input::Received(buffer.filled());
                        self.session.handle(now, input);
                    }
                    _ => self.session.handle(now, Input::Closed),
                }
            }
        }
        if moved {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// What was received is still handed over. After a goodbye in good order, what was sealed
    /// before is still written: the other end reads on until we close.
    async fn finish(&mut self, reason: DownReason, readers: &Readers) {
        if !matches!(reason, DownReason::ByPeer(_) | DownReason::ByUs(_)) {
            self.unwritten.clear();
        }
        loop {
            let reader = readers.get();
            if reader.is_none() {
                self.received.clear();
            }
            if self.unwritten.is_empty() && self.received.is_empty() {
                return;
            }
            let reader = reader.filter(|_| !self.received.is_empty());
            tokio::select! {
                permit = room(reader.as_ref()) => self.hand_over(permit),
                () = poll_fn(|context| self.poll_io(context)) => {}
            }
        }
    }

    fn hand_over(&mut self, permit: Result<mpsc::Permit<'_, Payload>, mpsc::error::SendError<()>>) {
        match (permit, self.received.pop_front()) {
            (Ok(permit), Some((kind, bytes))) => permit.send(Payload {
                from: self.session.peer(),
                spell: self.spell,
                kind,
                bytes,
            }),
            // Whoever read them has gone.
            _ => self.received.clear(),
        }
    }

    fn wakes_at(&self) -> Instant {
        let blocked = self.blocked_since.map(|since| since + self.limits.blocked);
        [blocked, self.resumes_at, self.probe_by]
            .into_iter()
            .flatten()
            .fold(self.deadline, Instant::min)
    }

    fn timeout(&mut self, now: Instant) {
        let passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if passed(self.resumes_at) {
            self.resumes_at = None;
        }
        if passed(self.blocked_since.map(|since| since + self.limits.blocked)) {
            self.over.get_or_insert(DownReason::Blocked);
        }
        if passed(self.probe_by) {
            self.over.get_or_insert(DownReason::Unanswered);
        }
        self.session.handle(now, Input::Timeout);
    }
}

/// The driver's clock; the machines are only told.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
