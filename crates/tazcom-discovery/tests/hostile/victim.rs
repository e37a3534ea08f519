//! An engine driven by hand, and what a neighbour may send it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use simple_dns::rdata::{A, PTR, RData, SRV, TXT};
use simple_dns::{CLASS, Name, Packet, PacketFlag, ResourceRecord};
use tazcom_discovery::engine::{Engine, Family, Input, LinkId, MDNS_PORT, Output};
use tazcom_discovery::{
    Event, Interface, InterfaceAddr, InterfaceIndex, InterfaceKind, LocalService,
};
use tazcom_identity::NodeId;
use tazcom_testkit::{Clock, Seed, fixed_id};

pub(crate) const LINK: LinkId = LinkId {
    interface: InterfaceIndex(1),
    family: Family::V4,
};

/// An engine on 10.0.0.1/16, driven by hand.
pub(crate) struct Victim {
    pub(crate) engine: Engine,
    pub(crate) now: Instant,
    /// The first of what it sent.
    pub(crate) sent: Vec<Vec<u8>>,
    /// How often it sent to one host.
    pub(crate) unicast: u32,
    pub(crate) events: Vec<Event>,
}

impl Victim {
    pub(crate) fn start(seed: Seed) -> Self {
        Self::start_as(seed, 0, [10, 0, 0, 1])
    }

    pub(crate) fn start_as(seed: Seed, n: u32, ip: [u8; 4]) -> Self {
        let mut victim = Self {
            engine: Engine::new(seed.bytes(0)),
            now: Clock::start().at(Duration::ZERO),
            sent: Vec::new(),
            unicast: 0,
            events: Vec::new(),
        };
        victim.input(Input::Register(LocalService {
            id: fixed_id(n),
            port: 7000,
            version: "2.0".to_owned(),
        }));
        victim.input(Input::InterfaceUp {
            interface: Interface {
                index: LINK.interface,
                name: "eth0".to_owned(),
                kind: InterfaceKind::Lan,
                addrs: vec![InterfaceAddr {
                    ip: IpAddr::from(ip),
                    prefix_len: 16,
                }],
            },
            families: vec![Family::V4],
        });
        victim
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.engine.handle(self.now, input);
        loop {
            match self.engine.poll_output() {
                Output::Transmit { to, payload, .. } => {
                    self.unicast += u32::from(to.is_some());
                    if self.sent.len() < 64 {
                        self.sent.push(payload);
                    }
                }
                Output::Event(event) if self.events.len() < 4096 => self.events.push(event),
                Output::Event(_) | Output::Finished => {}
                Output::Wait(_) => return,
            }
        }
    }

    pub(crate) fn receive(&mut self, source: impl Into<SocketAddr>, payload: &[u8]) {
        self.input(Input::Datagram {
            link: LINK,
            source: source.into(),
            payload,
        });
    }

    /// Lets time pass in steps of 50 ms.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += Duration::from_millis(50);
            self.input(Input::Timeout);
        }
    }

    pub(crate) fn sees(&self, id: NodeId) -> bool {
        self.engine.peers().any(|peer| peer.id == id)
    }

    pub(crate) fn peer_count(&self) -> usize {
        self.engine.peers().count()
    }
}

/// What a node announces, each part of which a test may bend.
pub(crate) struct Announcement {
    pub(crate) label: String,
    pub(crate) id: String,
    pub(crate) txt_port: String,
    pub(crate) srv_port: u16,
    pub(crate) addr: Ipv4Addr,
    pub(crate) ttl: u32,
    /// The host is the instance itself, as simple-mdns has it.
    pub(crate) own_host: bool,
    /// Another host than the one that goes with the name.
    pub(crate) host: Option<String>,
}

impl Announcement {
    pub(crate) fn of(id: NodeId, addr: Ipv4Addr) -> Self {
        Self {
            label: format!("TAZCOM Node {}", id.short()),
            id: id.to_string(),
            txt_port: "7000".to_owned(),
            srv_port: 7000,
            addr,
            ttl: 120,
            own_host: false,
            host: None,
        }
    }

    pub(crate) fn packet(&self) -> Vec<u8> {
        let instance = format!("{}._tazcom._tcp.local", self.label);
        let short = self.label.rsplit(' ').next().unwrap_or_default();
        let host = self.host.clone();
        let host = host.unwrap_or_else(|| format!("tazcom-{short}.local"));
        let instance = Name::new_unchecked(&instance);
        let host = if self.own_host {
            instance.clone()
        } else {
            Name::new_unchecked(&host)
        };
        let service = Name::new_unchecked("_tazcom._tcp.local");
        let txt = TXT::new()
            .with_attribute("id", Some(self.id.as_bytes()))
            .and_then(|txt| txt.with_attribute("version", Some(b"2.0")))
            .and_then(|txt| txt.with_attribute("p", Some(self.txt_port.as_bytes())))
            .unwrap();
        let mut packet = Packet::new_reply(0);
        packet.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
        let mut push = |name: &Name<'_>, flush, data| {
            let record = ResourceRecord::new(name.clone(), CLASS::IN, self.ttl, data);
            let record = record.with_cache_flush(flush).into_owned();
            packet.answers.push(record);
        };
        push(&service, false, RData::PTR(PTR(instance.clone())));
        let srv = SRV {
            priority: 0,
            weight: 0,
            port: self.srv_port,
            target: host.clone(),
        };
        push(&instance, true, RData::SRV(srv));
        push(&instance, true, RData::TXT(txt));
        let address = self.addr.to_bits();
        push(&host, true, RData::A(A { address }));
        packet.build_bytes_vec_compressed().unwrap()
    }
}

pub(crate) fn from(ip: [u8; 4]) -> (Ipv4Addr, u16) {
    (Ipv4Addr::from(ip), MDNS_PORT)
}

/// Resident memory of this process, in bytes; 0 where the system does not tell.
pub(crate) fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Option<usize> = statm.split(' ').nth(1).and_then(|n| n.parse().ok());
    pages.unwrap_or(0) * 4096
}
