//! Accepting connections and keeping track of them.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::{Children, Job, Outcome};
use crate::admission::{HalfOpen, SlotId, Work, WorkBudget};
use crate::config::Config;
use crate::event::{ConnectionLimit, Event};
use crate::server::{self, Service};
use crate::shake::Own;
use crate::transport::{Listener, Stream, Transport};

/// Evicted connections whose tasks have not ended yet. With so many, accepting waits for a turn.
const MAX_EVICTED: usize = 16;

/// How long accepting rests when the system has nothing left to accept with. It fails again at
/// once otherwise, and the loop would spin.
const ACCEPT_REST: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(crate) struct Inbound<T: Transport> {
    listeners: Vec<T::Listener>,
    /// Which listener is asked first.
    turn: usize,
    service: Arc<Service>,
    half_open: HalfOpen,
    max_connections: usize,
    /// One for each connection in a slot.
    connections: HashMap<SlotId, Connection>,
    /// Tasks that were told to end and have not.
    evicted: usize,
    /// Local addresses connections may arrive at; `None` is any.
    allowed: Option<BTreeSet<IpAddr>>,
    rest_until: Option<Instant>,
}

#[derive(Debug)]
struct Connection {
    addr: SocketAddr,
    task: AbortHandle,
}

pub(crate) type Accepted<T> = io::Result<(<T as Transport>::Stream, SocketAddr)>;

impl<T: Transport> Inbound<T> {
    pub(crate) fn new(
        now: std::time::Instant,
        own: Arc<Own>,
        config: &Config,
        listeners: Vec<T::Listener>,
    ) -> Self {
        let budget =
            |work, limits| Mutex::new(WorkBudget::new(now, work, limits, config.loopback_exempt));
        Self {
            listeners,
            turn: 0,
            service: Arc::new(Service {
                own,
                deadlines: config.deadlines,
                lines: budget(Work::Lines, config.work),
                handshakes: budget(Work::Handshakes, config.handshakes),
            }),
            half_open: HalfOpen::new(config.half_open, config.loopback_exempt),
            max_connections: 2 * config.half_open.total.get() + MAX_EVICTED,
            connections: HashMap::new(),
            evicted: 0,
            allowed: None,
            rest_until: None,
        }
    }

    /// The next connection, once there is a permit for it. Cancel-safe.
    pub(crate) async fn accept(&mut self) -> Accepted<T> {
        if self.connections.len() + self.evicted >= self.max_connections {
            std::future::pending::<()>().await;
        }
        if let Some(rest_until) = self.rest_until {
            sleep_until(rest_until).await;
            self.rest_until = None;
        }
        while let Some(opens_at) = self.half_open.opens_at() {
            if opens_at <= Instant::now().into_std() {
                break;
            }
            sleep_until(Instant::from_std(opens_at)).await;
        }
        // Each in turn is asked first: a flood on one must not silence the others.
        self.turn = (self.turn + 1) % self.listeners.len().max(1);
        let turn = self.turn.min(self.listeners.len());
        let (later, first) = self.listeners.split_at_mut(turn);
        std::future::poll_fn(|context| {
            for listener in first.iter_mut().chain(&mut *later) {
                if let Poll::Ready(accepted) = listener.poll_accept(context) {
                    return Poll::Ready(accepted);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Gives a connection a slot and a task.
    pub(crate) fn admit(
        &mut self,
        accepted: Accepted<T>,
        children: &mut Children<T::Stream>,
    ) -> Vec<Event> {
        let (stream, addr) = match accepted {
            Ok((stream, addr)) => (stream, canonical(addr)),
            Err(error) => return self.accept_failed(&error).into_iter().collect(),
        };
        if !self.is_allowed(&stream) {
            tracing::debug!(%addr, "connection to an address that is not served");
            return Vec::new();
        }
        let now = Instant::now().into_std();
        let (slot, begun, evicted) = self.half_open.admit(now, addr.ip());
        let mut events = Vec::new();
        for evicted in evicted {
            if let Some(connection) = self.connections.remove(&evicted.slot) {
                connection.task.abort();
                self.evicted += 1;
                events.push(Event::ConnectionLimit {
                    addr: Some(connection.addr),
                    limit: evicted.limit,
                });
            }
        }
        let service = Arc::clone(&self.service);
        let task = children.spawn(Job::Serve(slot), async move {
            Outcome::Served(server::serve(stream, addr, begun, service).await)
        });
        self.connections.insert(slot, Connection { addr, task });
        events
    }

    /// A connection was answered and is still to be closed.
    pub(crate) fn answered(
        &mut self,
        slot: SlotId,
        mut stream: T::Stream,
        children: &mut Children<T::Stream>,
    ) {
        let Some(connection) = self.connections.get_mut(&slot) else {
            return self.closed(slot);
        };
        let limit = self.service.deadlines.linger;
        connection.task = children.spawn(Job::Linger(slot), async move {
            server::linger(&mut stream, limit).await;
            Outcome::Lingered
        });
    }

    /// A connection's task has ended.
    pub(crate) fn closed(&mut self, slot: SlotId) {
        self.half_open.release(slot);
        if self.connections.remove(&slot).is_none() {
            self.evicted = self.evicted.saturating_sub(1);
        }
    }

    pub(crate) fn set_local(&mut self, allowed: Option<BTreeSet<IpAddr>>) {
        self.allowed = allowed;
    }

    pub(crate) fn stop_listening(&mut self) {
        self.listeners.clear();
    }

    fn is_allowed(&self, stream: &T::Stream) -> bool {
        let Some(allowed) = &self.allowed else {
            return true;
        };
        stream
            .local_addr()
            .is_ok_and(|local| allowed.contains(&local.ip().to_canonical()))
    }

    fn accept_failed(&mut self, error: &io::Error) -> Option<Event> {
        // A connection that died in the backlog says nothing about the next one.
        let transient = [
            io::ErrorKind::ConnectionAborted,
            io::ErrorKind::ConnectionReset,
            io::ErrorKind::Interrupted,
        ];
        if transient.contains(&error.kind()) {
            return None;
        }
        // The event tells it, as often as is useful.
        tracing::debug!(%error, "cannot accept connections for now");
        self.rest_until = Some(Instant::now() + ACCEPT_REST);
        Some(Event::ConnectionLimit {
            addr: None,
            limit: ConnectionLimit::Resources,
        })
    }
}

/// An IPv4 peer of a dual-stack listener under its own name.
fn canonical(addr: SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V6(v6) => match v6.ip().to_ipv4_mapped() {
            Some(ip) => SocketAddr::from((ip, v6.port())),
            None => addr,
        },
        SocketAddr::V4(_) => addr,
    }
}
