//! Hostile neighbours: mutated packets, floods, forgeries. Through the engine's public door.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use rand_core::Rng;
use simple_dns::rdata::{A, PTR, RData, SRV, TXT};
use simple_dns::{CLASS, Name, Packet, PacketFlag, ResourceRecord};
use tazcom_discovery::engine::limits::{MAX_INSTANCES, MAX_INSTANCES_PER_SOURCE};
use tazcom_discovery::engine::{Engine, Family, Input, LinkId, MDNS_PORT, Output};
use tazcom_discovery::{
    Event, Interface, InterfaceAddr, InterfaceIndex, InterfaceKind, LocalService,
};
use tazcom_identity::NodeId;
use tazcom_testkit::{Clock, Seed, fixed_id};

const LINK: LinkId = LinkId {
    interface: InterfaceIndex(1),
    family: Family::V4,
};

/// An engine on 10.0.0.1/16, driven by hand.
struct Victim {
    engine: Engine,
    clock: Clock,
    now: Instant,
    sent: Vec<Vec<u8>>,
    sent_bytes: usize,
    events: Vec<Event>,
}

impl Victim {
    fn start(seed: Seed) -> Self {
        let clock = Clock::start();
        let mut victim = Self {
            engine: Engine::new(seed.bytes(0)),
            clock,
            now: clock.at(Duration::ZERO),
            sent: Vec::new(),
            sent_bytes: 0,
            events: Vec::new(),
        };
        victim.input(Input::Register(LocalService {
            id: fixed_id(0),
            port: 7000,
            version: "2.0".to_owned(),
        }));
        victim.input(Input::InterfaceUp {
            interface: Interface {
                index: LINK.interface,
                name: "eth0".to_owned(),
                kind: InterfaceKind::Lan,
                addrs: vec![InterfaceAddr {
                    ip: IpAddr::from([10, 0, 0, 1]),
                    prefix_len: 16,
                }],
            },
            families: vec![Family::V4],
        });
        victim
    }

    fn input(&mut self, input: Input<'_>) {
        self.engine.handle(self.now, input);
        loop {
            match self.engine.poll_output() {
                Output::Transmit { payload, .. } => {
                    self.sent_bytes += payload.len();
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

    fn receive(&mut self, source: impl Into<SocketAddr>, payload: &[u8]) {
        self.input(Input::Datagram {
            link: LINK,
            source: source.into(),
            payload,
        });
    }

    /// Lets time pass in steps of 50 ms.
    fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += Duration::from_millis(50);
            self.input(Input::Timeout);
        }
    }

    fn sees(&self, id: NodeId) -> bool {
        self.engine.peers().any(|peer| peer.id == id)
    }

    fn peer_count(&self) -> usize {
        self.engine.peers().count()
    }
}

/// What a node announces, each part of which a test may bend.
struct Announcement {
    label: String,
    id: String,
    txt_port: String,
    srv_port: u16,
    addr: Ipv4Addr,
    ttl: u32,
}

impl Announcement {
    fn of(id: NodeId, addr: Ipv4Addr) -> Self {
        Self {
            label: format!("TAZCOM Node {}", id.short()),
            id: id.to_string(),
            txt_port: "7000".to_owned(),
            srv_port: 7000,
            addr,
            ttl: 120,
        }
    }

    fn packet(&self) -> Vec<u8> {
        let instance = format!("{}._tazcom._tcp.local", self.label);
        let host = format!("tazcom-{}.local", self.label.len());
        let instance = Name::new_unchecked(&instance);
        let host = Name::new_unchecked(&host);
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

fn from(ip: [u8; 4]) -> (Ipv4Addr, u16) {
    (Ipv4Addr::from(ip), MDNS_PORT)
}

#[test]
fn a_proper_announcement_is_believed() {
    let mut victim = Victim::start(Seed(1));
    let peer = fixed_id(1);
    let addr = Ipv4Addr::new(10, 0, 0, 2);
    victim.receive(from([10, 0, 0, 2]), &Announcement::of(peer, addr).packet());
    assert!(victim.sees(peer));
}

#[test]
fn an_announcement_that_does_not_fit_is_refused() {
    let id = fixed_id(1);
    let addr = Ipv4Addr::new(10, 0, 0, 2);
    let bend = |change: fn(&mut Announcement)| {
        let mut announcement = Announcement::of(id, addr);
        change(&mut announcement);
        announcement
    };
    let bent = [
        (
            "another's name",
            bend(|a| a.label = "TAZCOM Node AAAAAAAA".to_owned()),
        ),
        ("no such label", bend(|a| a.label = "Printer".to_owned())),
        ("an id too short", bend(|a| a.id.truncate(42))),
        ("an id too long", bend(|a| a.id.push('A'))),
        ("an id of 200 bytes", bend(|a| a.id = "A".repeat(200))),
        ("no id", bend(|a| a.id.clear())),
        (
            "another port in TXT",
            bend(|a| a.txt_port = "7001".to_owned()),
        ),
        (
            "a port with a sign",
            bend(|a| a.txt_port = "+7000".to_owned()),
        ),
        (
            "port 0",
            bend(|a| {
                a.srv_port = 0;
                a.txt_port = "0".to_owned();
            }),
        ),
        (
            "an address off the link",
            bend(|a| a.addr = Ipv4Addr::new(192, 0, 2, 1)),
        ),
        ("loopback", bend(|a| a.addr = Ipv4Addr::LOCALHOST)),
        (
            "a multicast address",
            bend(|a| a.addr = Ipv4Addr::new(224, 0, 0, 251)),
        ),
        ("nowhere", bend(|a| a.addr = Ipv4Addr::UNSPECIFIED)),
        ("everywhere", bend(|a| a.addr = Ipv4Addr::BROADCAST)),
    ];
    for (what, announcement) in bent {
        let mut victim = Victim::start(Seed(1));
        victim.receive(from([10, 0, 0, 2]), &announcement.packet());
        victim.run_for(Duration::from_secs(40));
        assert_eq!(victim.peer_count(), 0, "{what}");
    }
}

#[test]
fn responses_from_another_port_or_from_off_the_link_are_ignored() {
    let id = fixed_id(1);
    let packet = Announcement::of(id, Ipv4Addr::new(10, 0, 0, 2)).packet();
    let mut victim = Victim::start(Seed(1));
    victim.receive((Ipv4Addr::new(10, 0, 0, 2), 40_000), &packet);
    victim.receive(from([192, 0, 2, 7]), &packet);
    assert_eq!(victim.peer_count(), 0);
    assert_eq!(victim.engine.stats().packets_dropped, 2);
}

#[test]
fn a_flood_from_one_address_leaves_a_real_peer_visible() {
    let mut victim = Victim::start(Seed(1));
    let before = resident_bytes();
    for n in 0..20_000u32 {
        let addr = Ipv4Addr::new(10, 0, 6, 6);
        let mut fake = Announcement::of(fixed_id(1000 + n), addr);
        fake.ttl = u32::MAX;
        victim.receive(from([10, 0, 6, 6]), &fake.packet());
        if n % 20 == 0 {
            victim.run_for(Duration::from_millis(50));
        }
    }
    assert!(victim.peer_count() <= usize::try_from(MAX_INSTANCES_PER_SOURCE).unwrap());
    let real = fixed_id(1);
    let packet = Announcement::of(real, Ipv4Addr::new(10, 0, 0, 2)).packet();
    victim.receive(from([10, 0, 0, 2]), &packet);
    assert!(victim.sees(real));
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < 8 << 20, "{grown} bytes more");
}

#[test]
fn a_flood_from_many_addresses_is_bounded_and_a_newcomer_still_gets_in() {
    let mut victim = Victim::start(Seed(1));
    for n in 0..4_000u32 {
        let addr = Ipv4Addr::from_bits(0x0a00_0100 + n % 100);
        let fake = Announcement::of(fixed_id(1000 + n), addr);
        victim.receive((addr, MDNS_PORT), &fake.packet());
        victim.run_for(Duration::from_millis(50));
    }
    assert!(
        victim.peer_count() <= MAX_INSTANCES,
        "{}",
        victim.peer_count()
    );
    let real = fixed_id(1);
    let packet = Announcement::of(real, Ipv4Addr::new(10, 0, 0, 2)).packet();
    victim.receive(from([10, 0, 0, 2]), &packet);
    assert!(victim.sees(real));
}

#[test]
fn a_peer_that_flaps_is_told_of_at_a_limited_rate_and_rightly_in_the_end() {
    let mut victim = Victim::start(Seed(1));
    let id = fixed_id(1);
    let addr = Ipv4Addr::new(10, 0, 0, 2);
    for n in 0..2_000u16 {
        let mut announcement = Announcement::of(id, addr);
        announcement.srv_port = 7000 + n % 2;
        announcement.txt_port = announcement.srv_port.to_string();
        victim.receive(from([10, 0, 0, 2]), &announcement.packet());
    }
    assert!(
        victim.events.len() < 100,
        "{} events at once",
        victim.events.len()
    );
    victim.run_for(Duration::from_secs(1));
    let port = victim.engine.peers().next().map(|peer| peer.port);
    assert_eq!(port, Some(7001));
}

#[test]
fn a_goodbye_in_our_name_is_answered_with_an_announcement() {
    let mut victim = Victim::start(Seed(1));
    victim.run_for(Duration::from_secs(10));
    let announcement = victim
        .sent
        .iter()
        .find(|packet| packet.get(2) == Some(&0x84))
        .cloned()
        .unwrap();
    let mut forged = Packet::parse(&announcement).unwrap();
    for record in &mut forged.answers {
        record.ttl = 0;
    }
    let forged = forged.build_bytes_vec_compressed().unwrap();
    victim.sent.clear();
    victim.receive(from([10, 0, 6, 6]), &forged);
    let said = |packet: &Vec<u8>| {
        let packet = Packet::parse(packet).unwrap();
        packet.has_flags(PacketFlag::RESPONSE) && packet.answers.iter().all(|r| r.ttl > 0)
    };
    assert!(victim.sent.iter().any(said));
}

#[test]
fn legacy_queries_are_not_worth_bouncing_off_us() {
    let mut victim = Victim::start(Seed(1));
    victim.run_for(Duration::from_secs(10));
    let mut query = Packet::new_query(7);
    query.questions.push(simple_dns::Question::new(
        Name::new_unchecked("_tazcom._tcp.local"),
        simple_dns::TYPE::PTR.into(),
        CLASS::IN.into(),
        false,
    ));
    let query = query.build_bytes_vec().unwrap();
    victim.sent.clear();
    for _ in 0..1_000 {
        victim.receive((Ipv4Addr::new(10, 0, 0, 3), 40_000), &query);
    }
    assert_eq!(victim.sent.len(), 40, "the burst, and not one more");
    let answer = Packet::parse(&victim.sent[0]).unwrap();
    assert_eq!((answer.id(), answer.questions.len()), (7, 1));
    assert!(answer.answers.iter().all(|r| r.ttl <= 10 && !r.cache_flush));
}

#[test]
fn a_million_mutated_packets_do_no_harm() {
    let seed = Seed::from_env_or(42);
    let mut rng = seed.rng(1);
    let mut victim = Victim::start(seed);
    victim.run_for(Duration::from_secs(5));
    let mut corpus = victim.sent.clone();
    corpus.push(Announcement::of(fixed_id(1), Ipv4Addr::new(10, 0, 0, 2)).packet());
    corpus.push(Announcement::of(fixed_id(0), Ipv4Addr::new(10, 0, 0, 9)).packet());
    corpus.extend(
        std::fs::read_dir(corpus_dir())
            .into_iter()
            .flatten()
            .map(|entry| std::fs::read(entry.unwrap().path()).unwrap()),
    );
    let before = resident_bytes();
    for n in 0..1_000_000u32 {
        let mut packet = corpus[rng.next_u32() as usize % corpus.len()].clone();
        for _ in 0..=rng.next_u32() % 4 {
            mutate(&mut packet, &corpus, &mut rng);
        }
        let source = Ipv4Addr::from_bits(0x0a00_0002 + rng.next_u32() % 0x0300);
        let port = if n % 16 == 0 { 40_000 } else { MDNS_PORT };
        victim.receive((source, port), &packet);
        if n % 64 == 0 {
            victim.run_for(Duration::from_millis(50));
        }
    }
    assert!(victim.peer_count() <= MAX_INSTANCES, "{seed}");
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes more; {seed}");

    let real = fixed_id(77);
    let packet = Announcement::of(real, Ipv4Addr::new(10, 0, 200, 1)).packet();
    victim.run_for(Duration::from_secs(5));
    victim.receive(from([10, 0, 200, 1]), &packet);
    assert!(victim.sees(real), "{seed}");
    let _ = victim.clock;
}

fn mutate(packet: &mut Vec<u8>, corpus: &[Vec<u8>], rng: &mut impl Rng) {
    let mut random = |below: usize| rng.next_u32() as usize % below.max(1);
    let at = random(packet.len());
    match random(7) {
        0 => {
            if let Some(byte) = packet.get_mut(at) {
                *byte ^= 1 << random(8);
            }
        }
        1 => {
            if let Some(byte) = packet.get_mut(at) {
                *byte = u8::try_from(random(256)).unwrap();
            }
        }
        2 => packet.truncate(at),
        3 => packet.insert(at.min(packet.len()), u8::try_from(random(256)).unwrap()),
        4 => {
            let other = &corpus[random(corpus.len())];
            let tail = random(other.len());
            packet.truncate(at);
            packet.extend_from_slice(&other[tail..]);
        }
        5 => {
            // A compression pointer anywhere.
            if let Some(pair) = packet.get_mut(at..at + 2) {
                pair.copy_from_slice(&[0xc0 | (random(4) as u8), random(256) as u8]);
            }
        }
        _ => {
            // The counts of the header.
            if let Some(count) = packet.get_mut(4 + random(8)) {
                *count = u8::try_from(random(256)).unwrap();
            }
        }
    }
    packet.truncate(9_100);
}

/// Seeds of the fuzz target for packets, when they are there (they are not packaged).
fn corpus_dir() -> std::path::PathBuf {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("../../fuzz/corpus/dns_packet")
}

/// Resident memory of this process, in bytes; 0 where the system does not tell.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Option<usize> = statm.split(' ').nth(1).and_then(|n| n.parse().ok());
    pages.unwrap_or(0) * 4096
}
