//! The tokio driver of the engine: sockets in, sockets out, and a watch on the interfaces.

mod nics;
mod select;
mod socket;
mod watch;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};

pub use nics::list_interfaces;
use select::{BUFFER_LEN, Received, Sockets};
use tazcom_identity::NodeId;
use tokio::sync::{mpsc, watch as watch_channel};
use tokio::time::{MissedTickBehavior, interval, sleep_until};
use tracing::debug;
use watch::{Change, Watch};

use crate::engine::{Engine, Family, Input, LinkId, Output};
use crate::event::Event;
use crate::interface::{Interface, InterfaceIndex};
use crate::peer::Peer;
use crate::service::LocalService;
use crate::stats::Stats;
use crate::subscription::{Audience, Publisher, Subscription};
use crate::{Config, Discovery, StartError};

/// How often the interfaces are looked at.
pub const WATCH_INTERVAL: Duration = Duration::from_secs(2);

/// Reports of failed dials waiting to be taken in. Beyond it they are dropped: whoever still
/// cannot reach the peer reports it again.
const REPORT_CAPACITY: usize = 64;

/// Orderly shutdown takes 120 ms; after this long the caller goes on without it.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(2);

/// Starts the native backend: it browses, and registers `service` when there is one.
///
/// It starts on whatever interfaces there are, none included, and takes up others as they come.
/// Must be called within a tokio runtime with I/O and time enabled. Dropping the returned value
/// without [`Discovery::shutdown`] still says goodbye once, at best effort.
///
/// # Errors
///
/// [`StartError::Entropy`] when the operating system gives no random bytes.
pub async fn start_native(
    service: Option<LocalService>,
    config: Config,
) -> Result<Box<dyn Discovery>, StartError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| StartError::Entropy)?;
    let publisher = Publisher::new();
    let audience = publisher.audience();
    let (wish, wishes) = watch_channel::channel(Wish::default());
    let (report, reports) = mpsc::channel(REPORT_CAPACITY);
    let (ended, has_ended) = watch_channel::channel(false);

    let now = Instant::now();
    let mut driver = Driver {
        engine: Engine::new(seed),
        sockets: Sockets::default(),
        watch: Watch::new(config),
        publisher,
        finished: false,
        _ended: ended,
        registered: None,
    };
    driver.register(now, service);
    driver.look_at_interfaces(now);
    tokio::spawn(driver.run(wishes, reports));
    Ok(Box::new(Native {
        audience,
        wish,
        report,
        has_ended,
    }))
}

/// The handle of a running driver.
#[derive(Debug)]
struct Native {
    audience: Audience,
    wish: watch_channel::Sender<Wish>,
    report: mpsc::Sender<NodeId>,
    has_ended: watch_channel::Receiver<bool>,
}

/// What the user wants last. Only the newest counts, so nothing can pile up.
#[derive(Clone, Debug, Default)]
struct Wish {
    service: Option<LocalService>,
    shutdown: bool,
}

impl Discovery for Native {
    fn subscribe(&self) -> Subscription {
        self.audience.subscribe()
    }

    fn peers(&self) -> Vec<Peer> {
        self.audience.look(|view| view.peers.clone())
    }

    fn interfaces(&self) -> Vec<Interface> {
        self.audience.look(|view| view.interfaces.clone())
    }

    fn stats(&self) -> Stats {
        self.audience.look(|view| view.stats)
    }

    fn update(&self, service: LocalService) {
        self.wish.send_modify(|wish| wish.service = Some(service));
    }

    fn report_unreachable(&self, id: NodeId) {
        if self.report.try_send(id).is_err() {
            debug!("a report of an unreachable peer was dropped: the queue is full");
        }
    }

    fn shutdown(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.wish.send_modify(|wish| wish.shutdown = true);
        let mut has_ended = self.has_ended.clone();
        Box::pin(async move {
            // The sender is dropped with the driver, which ends the wait with an error.
            let end = has_ended.wait_for(|ended| *ended);
            let _ = tokio::time::timeout(SHUTDOWN_DEADLINE, end).await;
        })
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        self.wish.send_modify(|wish| wish.shutdown = true);
    }
}

/// The one task that owns the engine and its sockets.
#[derive(Debug)]
struct Driver {
    engine: Engine,
    sockets: Sockets,
    watch: Watch,
    publisher: Publisher,
    finished: bool,
    /// Dropped with the driver: that is how the end becomes known, whatever the cause.
    _ended: watch_channel::Sender<bool>,
    /// What was registered last.
    registered: Option<LocalService>,
}

/// What woke the loop.
enum Woken {
    Datagram(LinkId, io::Result<(usize, SocketAddr)>),
    Deadline,
    Tick,
    Wish,
    Report(Option<NodeId>),
}

impl Driver {
    async fn run(
        mut self,
        mut wishes: watch_channel::Receiver<Wish>,
        mut reports: mpsc::Receiver<NodeId>,
    ) {
        let mut tick = interval(WATCH_INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tick.reset();
        let mut buffer = vec![0; BUFFER_LEN];
        let mut deadline = self.drain(Instant::now());
        // Whether the handle is still there to wish for anything.
        let mut held = true;
        while !self.finished {
            let woken = tokio::select! {
                Received { link, result } = self.sockets.receive(&mut buffer) => {
                    Woken::Datagram(link, result)
                }
                () = wait_until(deadline) => Woken::Deadline,
                _ = tick.tick() => Woken::Tick,
                changed = wishes.changed(), if held => {
                    held = changed.is_ok();
                    Woken::Wish
                }
                report = reports.recv(), if !reports.is_closed() => Woken::Report(report),
            };
            let now = Instant::now();
            match woken {
                Woken::Datagram(link, Ok((len, source))) => {
                    let payload = buffer.get(..len).unwrap_or_default();
                    let input = Input::Datagram {
                        link,
                        source,
                        payload,
                    };
                    self.engine.handle(now, input);
                }
                Woken::Datagram(link, Err(error)) => self.on_link_failure(now, link, &error),
                Woken::Deadline => self.engine.handle(now, Input::Timeout),
                Woken::Tick => self.look_at_interfaces(now),
                Woken::Wish => {
                    let wish = wishes.borrow_and_update().clone();
                    self.register(now, wish.service);
                    if wish.shutdown || !held {
                        self.step(now, Input::Shutdown);
                    }
                }
                Woken::Report(Some(id)) => {
                    self.engine.handle(now, Input::ReportUnreachable(id));
                }
                Woken::Report(None) => {}
            }
            deadline = self.drain(now);
        }
    }

    /// Announces a service, unless it is the one announced already.
    fn register(&mut self, now: Instant, service: Option<LocalService>) {
        if let Some(service) = service.filter(|service| Some(service) != self.registered.as_ref()) {
            self.registered = Some(service.clone());
            self.step(now, Input::Register(service));
        }
    }

    fn step(&mut self, now: Instant, input: Input<'_>) {
        self.engine.handle(now, input);
        self.drain(now);
    }

    /// Does what the engine wants; returns its next deadline.
    fn drain(&mut self, now: Instant) -> Option<Instant> {
        let deadline = loop {
            match self.engine.poll_output() {
                Output::Transmit { link, to, payload } => {
                    if let Err(error) = self.sockets.send(link, to, &payload)
                        && to.is_none()
                    {
                        self.on_link_failure(now, link, &error);
                    }
                }
                Output::Event(event) => self.publisher.publish(event),
                Output::Finished => self.finished = true,
                Output::Wait(deadline) => break deadline,
            }
        };
        self.publisher.count(self.engine.stats());
        deadline
    }

    /// A socket failed. It is opened anew at the next look at the interfaces.
    fn on_link_failure(&mut self, now: Instant, link: LinkId, error: &io::Error) {
        // A full buffer or an unreachable single host says nothing about the link.
        if is_passing(error) {
            return;
        }
        debug!(?link, %error, "a discovery socket failed");
        self.sockets.close(link);
        let changes = self.watch.link_failed(link, error);
        self.apply(now, changes);
    }

    fn look_at_interfaces(&mut self, now: Instant) {
        let changes = self.watch.look(&mut self.sockets, list_interfaces());
        self.apply(now, changes);
    }

    fn apply(&mut self, now: Instant, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Up(interface, families) => self.step(
                    now,
                    Input::InterfaceUp {
                        interface,
                        families,
                    },
                ),
                Change::Down(index) => self.step(now, Input::InterfaceDown(index)),
                Change::Recovered(interface) => {
                    self.publisher.publish(Event::InterfaceUp(interface));
                }
                Change::Degraded { interface, reason } => {
                    self.publisher
                        .publish(Event::Degraded { interface, reason });
                }
            }
        }
    }
}

impl Drop for Driver {
    /// The runtime is being torn down, or a panic unwinds: say goodbye once, without waiting.
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let now = Instant::now();
        self.engine.handle(now, Input::Shutdown);
        loop {
            match self.engine.poll_output() {
                Output::Transmit { link, to, payload } => {
                    let _ = self.sockets.send(link, to, &payload);
                }
                Output::Event(_) => {}
                Output::Finished | Output::Wait(_) => return,
            }
        }
    }
}

async fn wait_until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock
            | io::ErrorKind::Interrupted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::OutOfMemory
    ) || error.raw_os_error() == Some(NO_BUFFER_SPACE)
}

/// `ENOBUFS` on Linux: the send queue is full for a moment.
const NO_BUFFER_SPACE: i32 = 105;

/// The link of a family on an interface.
fn link_id(interface: InterfaceIndex, family: Family) -> LinkId {
    LinkId { interface, family }
}
