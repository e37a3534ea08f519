//! A thin backend on `simple-mdns`' own `ServiceDiscovery`, for those who ask for it.
//!
//! It is not the default, for reasons that `docs/discovery.md` measures: it lists only peers that
//! run the same library, knows one interface, and has no events. So its view is read once a
//! second and compared. Its goodbye is never sent: that makes conforming hosts forget everybody
//! else. A peer that leaves is noticed when its records run out.

use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::time::Duration;

use simple_mdns::async_discovery::ServiceDiscovery;
use simple_mdns::{InstanceInformation, NetworkScope};
use tazcom_identity::NodeId;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::driver::list_interfaces;
use crate::engine::limits::{MAX_ADDRS, MAX_INSTANCES};
use crate::event::{Event, LostReason};
use crate::interface::{Interface, InterfaceFilter, InterfaceKind};
use crate::names::InstanceKey;
use crate::peer::{Peer, PeerAddr, Via};
use crate::service::LocalService;
use crate::stats::Stats;
use crate::subscription::{Audience, Publisher, Subscription};
use crate::wire::{self, HOST_TTL};
use crate::{Config, Discovery, StartError};

const SERVICE_NAME: &str = "_tazcom._tcp.local";

/// How often the library's view is read.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The library may be busy for ever; the caller of a shutdown goes on after this long.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(2);

/// Peers told of; the library itself keeps everybody for ever.
const MAX_PEERS: usize = MAX_INSTANCES;

/// Starts the backend on `simple-mdns`. It uses one IPv4 interface: the one selected, else the
/// one with the default route.
///
/// # Errors
///
/// [`StartError::Unsupported`] where the library cannot do what is asked: browse without
/// announcing, run on loopback or without an IPv4 address.
pub fn start_simple_mdns(
    service: Option<LocalService>,
    config: &Config,
) -> Result<Box<dyn Discovery>, StartError> {
    let service = service.ok_or(StartError::Unsupported(
        "simple-mdns cannot look for peers without announcing itself; use --discovery native",
    ))?;
    let all = list_interfaces().unwrap_or_default();
    let interface = config.interfaces.select(&all).into_iter().next();
    let usable = interface.filter(|interface| interface.kind != InterfaceKind::Loopback);
    let interface = usable.ok_or(StartError::Unsupported(
        "simple-mdns needs a network interface other than loopback; use --discovery native",
    ))?;
    let ip = interface.ipv4().next().ok_or(StartError::Unsupported(
        "simple-mdns needs an IPv4 address here; use --discovery native",
    ))?;
    let scope = match config.interfaces {
        InterfaceFilter::Auto => NetworkScope::V4,
        InterfaceFilter::Only(_) => NetworkScope::V4WithInterface(ip),
    };
    let library = announce(&service, ip, scope)?;

    let publisher = Publisher::new();
    let (wish, wishes) = watch::channel(Wish::default());
    let (ended, has_ended) = watch::channel(());
    let poller = Poller {
        library,
        scope,
        ip,
        own: service.id,
        publisher,
        interface: interface.clone(),
        known: Vec::new(),
        _ended: ended,
    };
    let backend = Backend {
        audience: poller.publisher.audience(),
        interface,
        wish,
        has_ended,
    };
    tokio::spawn(poller.run(wishes));
    Ok(Box::new(backend))
}

fn announce(
    service: &LocalService,
    ip: Ipv4Addr,
    scope: NetworkScope,
) -> Result<ServiceDiscovery, StartError> {
    let label = String::from_utf8_lossy(&InstanceKey::of(&service.id).label()).into_owned();
    let attribute = |key: &str, value: String| (key.to_owned(), Some(value));
    let mut instance = InstanceInformation::new(label)
        .with_ip_address(IpAddr::V4(ip))
        .with_port(service.port);
    instance.attributes.extend([
        attribute("id", service.id.to_string()),
        attribute("version", service.version.clone()),
        attribute("p", service.port.to_string()),
        attribute("tz", "2".to_owned()),
    ]);
    ServiceDiscovery::new_with_scope(instance, SERVICE_NAME, HOST_TTL, None, scope)
        .map_err(|_| StartError::Unsupported("simple-mdns did not start on this interface"))
}

#[derive(Clone, Debug, Default)]
struct Wish {
    service: Option<LocalService>,
    shutdown: bool,
}

#[derive(Debug)]
struct Backend {
    audience: Audience,
    interface: Interface,
    wish: watch::Sender<Wish>,
    has_ended: watch::Receiver<()>,
}

impl Discovery for Backend {
    fn subscribe(&self) -> Subscription {
        self.audience.subscribe()
    }

    fn peers(&self) -> Vec<Peer> {
        self.audience.look(|view| view.peers.clone())
    }

    fn interfaces(&self) -> Vec<Interface> {
        vec![self.interface.clone()]
    }

    /// The library counts nothing.
    fn stats(&self) -> Stats {
        Stats::default()
    }

    fn update(&self, service: LocalService) {
        self.wish.send_modify(|wish| wish.service = Some(service));
    }

    /// The library cannot ask again; the records run out by themselves.
    fn report_unreachable(&self, _id: NodeId) {}

    fn shutdown(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.wish.send_modify(|wish| wish.shutdown = true);
        let mut has_ended = self.has_ended.clone();
        Box::pin(async move {
            // The poller's end drops the sender, which ends the wait.
            let end = async { while has_ended.changed().await.is_ok() {} };
            let _ = tokio::time::timeout(SHUTDOWN_DEADLINE, end).await;
        })
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.wish.send_modify(|wish| wish.shutdown = true);
    }
}

struct Poller {
    library: ServiceDiscovery,
    scope: NetworkScope,
    ip: Ipv4Addr,
    own: NodeId,
    publisher: Publisher,
    interface: Interface,
    known: Vec<Peer>,
    _ended: watch::Sender<()>,
}

impl Poller {
    async fn run(mut self, mut wishes: watch::Receiver<Wish>) {
        let up = Event::InterfaceUp(self.interface.clone());
        self.publisher.publish(up);
        let mut tick = interval(POLL_INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => self.poll().await,
                changed = wishes.changed() => {
                    let wish = wishes.borrow_and_update().clone();
                    if changed.is_err() || wish.shutdown {
                        return;
                    }
                    if let Some(service) = wish.service
                        && let Ok(library) = announce(&service, self.ip, self.scope)
                    {
                        self.library = library;
                    }
                }
            }
        }
    }

    async fn poll(&mut self) {
        let services = self.library.get_known_services().await;
        let found = services.iter().filter_map(|service| self.peer(service));
        let mut peers: Vec<Peer> = found.collect();
        // Sorted first: of too many always the same ones are told.
        peers.sort_by_key(|peer| peer.id);
        peers.dedup_by_key(|peer| peer.id);
        peers.truncate(MAX_PEERS);
        let before = std::mem::replace(&mut self.known, peers.clone());
        let find = |list: &[Peer], id| list.iter().find(|peer| peer.id == id).cloned();
        let mut events = Vec::new();
        for peer in &peers {
            match find(&before, peer.id) {
                None => events.push(Event::Found(peer.clone())),
                Some(known) if known != *peer => events.push(Event::Updated(peer.clone())),
                Some(_) => {}
            }
        }
        for gone in before.iter().filter(|peer| find(&peers, peer.id).is_none()) {
            events.push(Event::Lost {
                id: gone.id,
                reason: LostReason::Expired,
            });
        }
        for event in events {
            self.publisher.publish(event);
        }
    }

    /// The same conditions as everywhere: a valid id, the name that goes with it, one port.
    fn peer(&self, service: &InstanceInformation) -> Option<Peer> {
        let attribute = |key: &str| service.attributes.get(key).cloned().flatten();
        let id: NodeId = attribute("id")?.parse().ok()?;
        let key = InstanceKey::from_label(service.unescaped_instance_name().as_bytes())?;
        let port = wire::port(&attribute("p")?).filter(|port| *port != 0)?;
        let fits = key == InstanceKey::of(&id) && service.ports.contains(&port) && id != self.own;
        let mut addrs: Vec<PeerAddr> = service
            .ip_addresses
            .iter()
            .filter(|ip| self.interface.is_neighbour(**ip))
            .map(|ip| PeerAddr {
                ip: *ip,
                interface: Some(self.interface.index),
                via: Via::Mdns(self.interface.name.clone()),
                source: None,
            })
            .collect();
        addrs.sort();
        addrs.truncate(MAX_ADDRS);
        (fits && !addrs.is_empty()).then(|| Peer {
            id,
            port,
            version: attribute("version")
                .and_then(|text| wire::version(&text))
                .unwrap_or_default(),
            sessions: attribute("tz").as_deref() == Some("2"),
            addrs,
        })
    }
}
