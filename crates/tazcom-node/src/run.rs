//! The one loop that ties discovery and network together.
//!
//! It decides nothing: what discovery sees the network is told of, what the network fails to reach
//! discovery is told of, and the subscribers are told of both.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tazcom_discovery::{self as discovery, Discovery, InterfaceFilter, Peer, Subscription};
use tazcom_net::{self as net, Endpoint, Payload, Payloads, SeenAddr, Sighting};
use tokio::sync::mpsc;
use tokio::time::{Interval, Sleep};
use tokio_util::sync::CancellationToken;

use crate::event::{Event, Part, Tried, Warning};
use crate::feed::Publisher;
use crate::node::ShutdownReport;
use crate::talk::{Ask, FromDisk, Talk};
use crate::{Backend, reach};

/// How long a node waits for a sign of anybody before it says what it has tried.
///
/// Three queries have gone out on every interface by then (at 0.1, 1 and 3 s), and every running
/// node answers within half a second.
pub const ALONE_AFTER: Duration = Duration::from_secs(5);

/// Payloads that are taken at once, before anything else has its turn: some 2 ms of signatures.
const AT_ONCE: usize = 32;

/// What the loop works on.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) discovery: Arc<dyn Discovery>,
    pub(crate) endpoint: Endpoint,
    pub(crate) publisher: Publisher,
    pub(crate) filter: InterfaceFilter,
    pub(crate) backend: Backend,
    pub(crate) peers_by_hand: usize,
    pub(crate) talk: Talk,
}

impl Run {
    /// Runs until `stop`, then winds down: goodbye, no more accepting, drain, report.
    pub(crate) async fn run(
        mut self,
        mut sources: Sources,
        stop: CancellationToken,
    ) -> ShutdownReport {
        loop {
            let (hears, due) = (self.talk.keeps_up(), self.talk.deadline());
            let input = tokio::select! {
                () = stop.cancelled() => break,
                input = sources.next(hears) => input,
                answer = self.talk.next_of_disk() => Input::Disk(Box::new(answer)),
                () = until(due) => Input::TalkIsDue,
            };
            let more = matches!(input, Input::Payload(_));
            self.handle(input, &mut sources.lonely);
            if more {
                sources
                    .at_hand()
                    .for_each(|payload| self.talk.heard(payload));
            }
            for event in self.talk.advance() {
                self.tell(|_| [event]);
            }
        }
        Box::pin(self.wind_down(sources)).await
    }

    fn handle(&mut self, input: Input, lonely: &mut Lonely) {
        match input {
            Input::Payload(payload) => self.talk.heard(payload),
            Input::Ask(ask) => self.talk.ask(ask),
            Input::Disk(answer) => self.talk.answered(*answer),
            Input::TalkIsDue => self.talk.timeout(),
            Input::Discovery(event) => {
                self.on_discovery(event);
                if !self.publisher.is_view_empty() {
                    lonely.end();
                }
            }
            Input::Network(event) => {
                if let net::Event::SessionUp { .. }
                | net::Event::AckReceived { .. }
                | net::Event::HelloReceived { .. } = event
                {
                    lonely.end();
                }
                self.on_network(event);
            }
            Input::StillLonely => {
                lonely.end();
                self.warn(Warning::Alone(Box::new(self.tried())));
            }
            Input::LookAgain => self.look_at_interfaces(),
            Input::Ended(part) => self.warn(Warning::PartEnded { part }),
        }
    }

    fn on_discovery(&mut self, event: discovery::Event) {
        if let discovery::Event::InterfaceUp(_) | discovery::Event::InterfaceDown(_) = event {
            self.look_at_interfaces();
        }
        self.tell(|view| view.steps(event));
        self.talk.announced(&self.publisher.peers());
    }

    fn on_network(&mut self, event: net::Event) {
        match &event {
            net::Event::SessionUp { id, .. } => {
                self.talk.session(*id, None);
                self.talk.announced(&self.publisher.peers());
            }
            net::Event::SessionDown { id, reason, .. } => {
                self.talk.session(*id, Some(*reason));
                self.talk.announced(&self.publisher.peers());
            }
            net::Event::Lagged { .. } => self.talk.look_at_sessions(),
            // Its host cannot be reached, or nothing listens there: is it still there at all?
            net::Event::DialRefused { id: Some(id), .. }
            | net::Event::DialTimedOut { id: Some(id), .. }
            | net::Event::DialFailed {
                id: Some(id),
                reason: net::DialFailure::Io(_),
                ..
            } => self.discovery.report_unreachable(*id),
            _ => {}
        }
        self.tell(|_| [Event::from(event)]);
    }

    /// Tells the network first, which then greets whom the subscribers are told of.
    fn tell<E>(&self, decide: impl FnOnce(&crate::roster::Roster) -> E)
    where
        E: IntoIterator<Item = Event>,
    {
        self.publisher.publish(|view| {
            let events = decide(view).into_iter();
            events.inspect(|event| match event {
                Event::PeerDiscovered(peer) | Event::PeerUpdated(peer) => {
                    self.endpoint.peer_seen(sighting(peer));
                }
                Event::PeerRemoved { id, .. } => self.endpoint.peer_gone(*id),
                _ => {}
            })
        });
    }

    fn warn(&self, warning: Warning) {
        self.tell(|_| [Event::Warning(warning)]);
    }

    fn look_at_interfaces(&mut self) {
        let in_use = self.backend.in_use(self.discovery.as_ref(), &self.filter);
        self.talk.interfaces(&in_use);
        self.endpoint.own_addresses(reach::own_addresses());
        self.endpoint
            .allow_local(reach::accept_at(&self.filter, &in_use));
    }

    fn tried(&self) -> Tried {
        let interfaces = self.backend.in_use(self.discovery.as_ref(), &self.filter);
        let stats = self.discovery.stats();
        Tried::now(self.backend, interfaces, stats, self.peers_by_hand)
    }

    /// Goodbye and the end of accepting begin together; what the network still has to tell is told.
    async fn wind_down(self, mut sources: Sources) -> ShutdownReport {
        let (discovery, endpoint) = (Arc::clone(&self.discovery), self.endpoint.clone());
        let stopping = async move { tokio::join!(discovery.shutdown(), endpoint.shutdown()).1 };
        let mut stopping = pin!(stopping);
        let network = loop {
            let event = tokio::select! {
                report = &mut stopping => break report,
                event = sources.network.next() => event,
            };
            match event {
                Some(event) => self.tell(|_| [Event::from(event)]),
                None => break stopping.await,
            }
        };
        self.talk.end().await;
        ShutdownReport {
            network,
            panicked: false,
        }
    }
}

fn sighting(peer: &Peer) -> Sighting {
    Sighting {
        id: peer.id,
        addrs: peer
            .addrs
            .iter()
            .map(|addr| SeenAddr {
                addr: addr.socket_addr(peer.port),
                source: addr.source,
            })
            .collect(),
        sessions: peer.sessions,
    }
}

/// Everything the loop waits for.
#[derive(Debug)]
pub(crate) struct Sources {
    discovery: Option<Subscription>,
    network: net::Events,
    network_ended: bool,
    payloads: Payloads,
    asks: mpsc::Receiver<Ask>,
    lonely: Lonely,
    /// Ticks where discovery does not tell of interfaces that come, go or change.
    look_again: Option<Interval>,
}

/// One thing that happened.
#[derive(Debug)]
enum Input {
    Discovery(discovery::Event),
    Network(net::Event),
    Payload(Payload),
    Ask(Ask),
    Disk(Box<FromDisk>),
    TalkIsDue,
    StillLonely,
    LookAgain,
    Ended(Part),
}

impl Sources {
    pub(crate) fn new(
        discovery: Subscription,
        network: net::Events,
        payloads: Payloads,
        asks: mpsc::Receiver<Ask>,
        look_again: Option<Duration>,
    ) -> Self {
        Self {
            look_again: look_again.map(tokio::time::interval),
            discovery: Some(discovery),
            network,
            network_ended: false,
            payloads,
            asks,
            lonely: Lonely::begin(),
        }
    }

    /// The payloads that wait already: what comes together goes to the disk together.
    fn at_hand(&mut self) -> impl Iterator<Item = Payload> {
        (1..AT_ONCE).map_while(|_| self.payloads.try_next())
    }

    /// Cancel-safe, as each of its sources is.
    async fn next(&mut self, hears: bool) -> Input {
        tokio::select! {
            event = next_of(&mut self.discovery) => match event {
                Some(event) => Input::Discovery(event),
                None => {
                    self.discovery = None;
                    Input::Ended(Part::Discovery)
                }
            },
            event = self.network.next(), if !self.network_ended => match event {
                Some(event) => Input::Network(event),
                None => {
                    self.network_ended = true;
                    Input::Ended(Part::Network)
                }
            },
            Some(payload) = self.payloads.next(), if hears => Input::Payload(payload),
            Some(ask) = self.asks.recv() => Input::Ask(ask),
            () = self.lonely.still() => Input::StillLonely,
            () = tick(&mut self.look_again) => Input::LookAgain,
        }
    }
}

async fn next_of(subscription: &mut Option<Subscription>) -> Option<discovery::Event> {
    match subscription {
        Some(subscription) => subscription.next().await,
        None => std::future::pending().await,
    }
}

/// The machines' deadlines are of the clock that tests can stop.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

async fn tick(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}

/// Counts the time without a sign of anybody, once.
#[derive(Debug)]
struct Lonely(Option<Pin<Box<Sleep>>>);

impl Lonely {
    fn begin() -> Self {
        Self(Some(Box::pin(tokio::time::sleep(ALONE_AFTER))))
    }

    fn end(&mut self) {
        self.0 = None;
    }

    async fn still(&mut self) {
        match &mut self.0 {
            Some(timer) => timer.await,
            None => std::future::pending().await,
        }
    }
}
