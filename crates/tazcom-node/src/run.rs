//! The one loop that ties discovery and network together.
//!
//! It decides nothing: what discovery sees the network is told of, what the network fails to reach
//! discovery is told of, and the subscribers are told of both.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tazcom_discovery::{self as discovery, Discovery, InterfaceFilter, Peer, Subscription};
use tazcom_net::{self as net, Endpoint, SeenAddr, Sighting};
use tokio::time::{Interval, Sleep};
use tokio_util::sync::CancellationToken;

use crate::event::{Event, Part, Tried, Warning};
use crate::feed::Publisher;
use crate::node::ShutdownReport;
use crate::{Backend, reach};

/// How long a node waits for a sign of anybody before it says what it has tried.
///
/// Three queries have gone out on every interface by then (at 0.1, 1 and 3 s), and every running
/// node answers within half a second.
pub const ALONE_AFTER: Duration = Duration::from_secs(5);

/// What the loop works on.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) discovery: Arc<dyn Discovery>,
    pub(crate) endpoint: Endpoint,
    pub(crate) publisher: Publisher,
    pub(crate) filter: InterfaceFilter,
    pub(crate) backend: Backend,
    pub(crate) peers_by_hand: usize,
}

impl Run {
    /// Runs until `stop`, then winds down: goodbye, no more accepting, drain, report.
    pub(crate) async fn run(self, mut sources: Sources, stop: CancellationToken) -> ShutdownReport {
        loop {
            let input = tokio::select! {
                () = stop.cancelled() => break,
                input = sources.next() => input,
            };
            self.handle(input, &mut sources.lonely);
        }
        self.wind_down(sources).await
    }

    fn handle(&self, input: Input, lonely: &mut Lonely) {
        match input {
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

    fn on_discovery(&self, event: discovery::Event) {
        if let discovery::Event::InterfaceUp(_) | discovery::Event::InterfaceDown(_) = event {
            self.look_at_interfaces();
        }
        self.tell(|view| view.steps(event));
    }

    fn on_network(&self, event: net::Event) {
        match &event {
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

    fn look_at_interfaces(&self) {
        let in_use = self.backend.in_use(self.discovery.as_ref(), &self.filter);
        self.endpoint.own_addresses(reach::own_addresses());
        self.endpoint
            .allow_local(reach::accept_at(&self.filter, &in_use));
    }

    fn tried(&self) -> Tried {
        let interfaces = self.backend.in_use(self.discovery.as_ref(), &self.filter);
        let skipped = reach::present()
            .into_iter()
            .filter(|present| interfaces.iter().all(|used| used.index != present.index))
            .collect();
        Tried {
            backend: self.backend,
            interfaces,
            skipped,
            stats: self.discovery.stats(),
            peers_by_hand: self.peers_by_hand,
        }
    }

    /// Goodbye and the end of accepting begin together; what the network still has to tell is told.
    async fn wind_down(self, mut sources: Sources) -> ShutdownReport {
        let stopping =
            async { tokio::join!(self.discovery.shutdown(), self.endpoint.shutdown()).1 };
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
    lonely: Lonely,
    /// Ticks where discovery does not tell of interfaces that come, go or change.
    look_again: Option<Interval>,
}

/// One thing that happened.
#[derive(Debug)]
enum Input {
    Discovery(discovery::Event),
    Network(net::Event),
    StillLonely,
    LookAgain,
    Ended(Part),
}

impl Sources {
    pub(crate) fn new(
        discovery: Subscription,
        network: net::Events,
        look_again: Option<Duration>,
    ) -> Self {
        Self {
            look_again: look_again.map(tokio::time::interval),
            discovery: Some(discovery),
            network,
            network_ended: false,
            lonely: Lonely::begin(),
        }
    }

    /// Cancel-safe, as each of its sources is.
    async fn next(&mut self) -> Input {
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
