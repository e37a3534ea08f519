//! The DNS-SD engine: a state machine without sockets, clock or operating system.
//!
//! The driving contract: call [`Engine::handle`] with the time and one [`Input`], then call
//! [`Engine::poll_output`] until it returns [`Output::Wait`], which names the time at which
//! [`Input::Timeout`] is due. Time only moves forward; an input in the past is treated as if it
//! came now. All randomness comes from the seed, so a run can be repeated exactly.
//!
//! It follows RFC 6762 (multicast DNS) and RFC 6763 (DNS-SD), with deliberate differences: names
//! derive from a key, so it announces at once and probes beside it, and on a conflict it reports
//! instead of renaming itself; its first query leaves a little sooner
//! ([`limits::FIRST_QUERY_MS`]), and a question that crossed its answer on the way is not answered
//! again ([`limits::CROSSING`]).

mod ask;
mod browse;
mod cache;
mod instance;
mod io;
mod lease;
pub mod limits;
mod link;
mod looped;
mod respond;
mod roster;
mod source;
mod standing;

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use cache::Cache;
pub use io::{Family, Input, LinkId, Output};
use limits::{FIRST_QUERY_MS, GOODBYE_INTERVAL, MAX_ADDRS, MAX_OWN_HISTORY};
use link::Link;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use roster::Roster;
use source::Sources;

use crate::event::{Event, LostReason};
use crate::interface::{Interface, InterfaceIndex};
use crate::names::{self, HostName, InstanceKey};
use crate::peer::Peer;
use crate::service::LocalService;
use crate::stats::Stats;
use crate::wire;

/// The UDP port of multicast DNS.
pub const MDNS_PORT: u16 = 5353;

/// The state machine; see the [module](self).
#[derive(Debug)]
pub struct Engine {
    rng: ChaCha8Rng,
    local: Option<Local>,
    net: Net,
    roster: Roster,
    sources: Sources,
    shutdown: Option<Shutdown>,
    out: VecDeque<Output>,
    stats: Stats,
}

/// The interfaces in use and what was heard on each.
#[derive(Debug, Default)]
struct Net {
    interfaces: BTreeMap<InterfaceIndex, Interface>,
    links: BTreeMap<LinkId, Link>,
    caches: BTreeMap<InterfaceIndex, Cache>,
    /// Not before this time another packet of refresh questions, an interface.
    refresh_after: BTreeMap<InterfaceIndex, Instant>,
}

/// What we announce, and what we have announced.
#[derive(Debug)]
struct Local {
    service: LocalService,
    key: InstanceKey,
    host: HostName,
    ports: VecDeque<u16>,
    addrs: VecDeque<IpAddr>,
    conflict_reported: Option<Instant>,
    /// When our records were last announced against foreign ones, or are planned to be.
    defended: Option<Instant>,
    defence_interval: Duration,
}

impl Net {
    /// Whether we sent this packet ourselves, on another interface that is in the same LAN. To
    /// answer it there would tell the LAN of one of our two addresses and not of the other.
    fn has_sent_elsewhere(&self, now: Instant, id: LinkId, source: IpAddr, payload: &[u8]) -> bool {
        let of_source = |index| {
            let interface: Option<&Interface> = self.interfaces.get(&index);
            interface.is_some_and(|known| known.addrs.iter().any(|addr| addr.ip == source))
        };
        self.links
            .iter()
            .filter(|(other, _)| other.interface != id.interface && of_source(other.interface))
            .any(|(_, link)| link.looped.has_sent(now, payload))
    }
}

#[derive(Debug)]
struct Shutdown {
    next: Instant,
    left: u8,
}

impl Engine {
    /// An engine that knows nothing yet. Equal seeds and inputs give equal outputs.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            rng: ChaCha8Rng::from_seed(seed),
            local: None,
            net: Net::default(),
            roster: Roster::default(),
            sources: Sources::default(),
            shutdown: None,
            out: VecDeque::new(),
            stats: Stats::default(),
        }
    }

    /// Takes in one input. Drain [`Self::poll_output`] before the next.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Datagram {
                link,
                source,
                payload,
            } => self.on_datagram(now, link, source, payload),
            Input::Timeout => {}
            Input::InterfaceUp {
                interface,
                families,
            } => self.on_interface_up(now, interface, &families),
            Input::InterfaceDown(index) => self.on_interface_down(now, index),
            Input::Register(service) => self.on_register(now, service),
            Input::ReportUnreachable(id) => self.on_unreachable(now, &id),
            Input::Shutdown => {
                self.shutdown.get_or_insert(Shutdown { next: now, left: 2 });
            }
        }
        self.on_time(now);
    }

    /// The next thing to do; [`Output::Wait`] ends the series.
    pub fn poll_output(&mut self) -> Output {
        match self.out.pop_front() {
            Some(output) => output,
            None => Output::Wait(self.next_deadline()),
        }
    }

    /// The peers as told by events so far.
    pub fn peers(&self) -> impl Iterator<Item = &Peer> {
        self.roster.peers()
    }

    /// Counters since the start.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    fn next_deadline(&self) -> Option<Instant> {
        if let Some(shutdown) = &self.shutdown {
            return (shutdown.left > 0).then_some(shutdown.next);
        }
        let links = self.net.links.values().map(Link::next_deadline);
        let caches = self.net.caches.iter().filter_map(|(index, cache)| {
            let at = cache.next_deadline()?;
            Some(
                self.net
                    .refresh_after
                    .get(index)
                    .map_or(at, |after| at.max(*after)),
            )
        });
        links.chain(caches).chain(self.roster.next_deadline()).min()
    }

    /// Does all that is due.
    fn on_time(&mut self, now: Instant) {
        if self.shutdown.is_some() {
            self.say_goodbye(now);
            return;
        }
        self.expire(now);
        self.send_announcements(now);
        self.send_queries(now);
        self.send_refreshes(now);
        self.send_answers(now);
        self.settle(now);
    }

    fn on_datagram(&mut self, now: Instant, id: LinkId, source: SocketAddr, payload: &[u8]) {
        self.stats.packets_received += 1;
        let own = self.is_own_addr(source.ip());
        if own && self.net.has_sent_elsewhere(now, id, source.ip(), payload) {
            return;
        }
        let (Some(link), Some(interface)) = (
            self.net.links.get_mut(&id),
            self.net.interfaces.get(&id.interface),
        ) else {
            self.stats.packets_dropped += 1;
            return;
        };
        if own && link.looped.is_back(now, payload) {
            self.stats.packets_looped += 1;
            return;
        }
        self.stats.packets_from_others += 1;
        if self.shutdown.is_some() {
            return;
        }
        // A packet from beyond the link was not multicast by a neighbour (RFC 6762 section 11).
        let on_link = own || interface.is_on_link(source.ip());
        if !on_link || !self.sources.allow_packet(now, source.ip()) {
            self.stats.packets_dropped += 1;
            return;
        }
        if wire::is_continuation(payload) && !link.follows(source.ip()) {
            // It could only cancel an answer of ours, by listing us.
            let mentions_us = |local: &Local| wire::mentions(payload, &local.key);
            if !link.owes(source.ip()) || !self.local.as_ref().is_some_and(mentions_us) {
                return;
            }
        }
        match wire::parse(payload) {
            Ok(message) if message.response => self.on_response(now, id, source, &message),
            Ok(message) => self.on_query(now, id, source, &message),
            Err(_) => self.stats.packets_dropped += 1,
        }
    }

    fn on_interface_up(&mut self, now: Instant, interface: Interface, families: &[Family]) {
        let index = interface.index;
        let before = self.net.interfaces.insert(index, interface.clone());
        let changed = before.as_ref() != Some(&interface);
        self.net.caches.entry(index).or_default();
        self.net
            .links
            .retain(|id, _| id.interface != index || families.contains(&id.family));
        for family in families {
            let id = LinkId {
                interface: index,
                family: *family,
            };
            let first_query = self.random_ms(FIRST_QUERY_MS);
            let link = match self.net.links.get_mut(&id) {
                Some(_) if !changed => continue,
                Some(link) => {
                    link.restart_queries(now, first_query);
                    link
                }
                None => {
                    let link = Link::new(now, first_query);
                    self.net.links.entry(id).or_insert(link)
                }
            };
            if self.local.is_some() {
                link.announce(now);
            }
        }
        if changed {
            if let Some(before) = &before {
                self.forget_off_link(now, index);
                self.remember_addrs(before);
            }
            self.remember_addrs(&interface);
            self.out
                .push_back(Output::Event(Event::InterfaceUp(interface)));
        }
    }

    fn on_interface_down(&mut self, now: Instant, index: InterfaceIndex) {
        let Some(interface) = self.net.interfaces.remove(&index) else {
            return;
        };
        self.net.links.retain(|id, _| id.interface != index);
        self.net.refresh_after.remove(&index);
        if let Some(mut cache) = self.net.caches.remove(&index) {
            let keys: Vec<_> = cache.keys().copied().collect();
            for key in keys {
                cache.remove(&key, &mut self.sources);
                let reason = Some(LostReason::InterfaceDown);
                self.roster.touch(now, key, reason);
            }
        }
        self.out
            .push_back(Output::Event(Event::InterfaceDown(interface)));
    }

    fn on_register(&mut self, now: Instant, service: LocalService) {
        let key = InstanceKey::of(&service.id);
        let known: Vec<Interface> = self.net.interfaces.values().cloned().collect();
        let local = self.local.get_or_insert_with(|| Local {
            service: service.clone(),
            key,
            host: names::host_name(&service.id),
            ports: VecDeque::new(),
            addrs: VecDeque::new(),
            conflict_reported: None,
            defended: None,
            defence_interval: limits::DEFENCE_INTERVAL,
        });
        remember(&mut local.ports, service.port);
        local.host = names::host_name(&service.id);
        local.service = service;
        local.key = key;
        for interface in &known {
            self.remember_addrs(interface);
        }
        for link in self.net.links.values_mut() {
            link.announce(now);
        }
    }

    /// Addresses we have or had: our own records with them are no conflict.
    fn remember_addrs(&mut self, interface: &Interface) {
        if let Some(local) = &mut self.local {
            for addr in &interface.addrs {
                remember(&mut local.addrs, addr.ip);
            }
        }
    }

    fn is_own_addr(&self, ip: IpAddr) -> bool {
        let mut interfaces = self.net.interfaces.values();
        interfaces.any(|interface| interface.addrs.iter().any(|addr| addr.ip == ip))
    }

    fn say_goodbye(&mut self, now: Instant) {
        let Some(shutdown) = &mut self.shutdown else {
            return;
        };
        if shutdown.left == 0 || shutdown.next > now {
            return;
        }
        shutdown.left -= 1;
        shutdown.next = now + GOODBYE_INTERVAL;
        let finished = shutdown.left == 0;
        if self.local.is_some() {
            self.send_goodbyes(now);
        }
        if finished {
            self.out.push_back(Output::Finished);
        }
    }

    fn transmit(&mut self, now: Instant, id: LinkId, to: Option<SocketAddr>, payload: Vec<u8>) {
        self.stats.packets_sent += 1;
        if to.is_none()
            && let Some(link) = self.net.links.get_mut(&id)
        {
            link.looped.expect(now, &payload);
        }
        self.out.push_back(Output::Transmit {
            link: id,
            to,
            payload,
        });
    }

    fn random_ms(&mut self, (least, most): (u64, u64)) -> Duration {
        let span = (most - least) * 1000;
        Duration::from_micros(least * 1000 + self.rng.next_u64() % (span + 1))
    }
}

fn remember<T: PartialEq>(history: &mut VecDeque<T>, item: T) {
    history.retain(|known| *known != item);
    if history.len() >= MAX_OWN_HISTORY {
        history.pop_front();
    }
    history.push_back(item);
}

/// What we announce of an interface: its own addresses and no others.
fn announced_addrs(interface: &Interface) -> Vec<IpAddr> {
    let ipv4 = interface.addrs.iter().filter(|addr| addr.ip.is_ipv4());
    let ipv6 = interface.addrs.iter().filter(|addr| addr.ip.is_ipv6());
    let addrs = ipv4.take(MAX_ADDRS / 2).chain(ipv6.take(MAX_ADDRS / 2));
    addrs.map(|addr| addr.ip).collect()
}
