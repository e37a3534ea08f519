//! What the engine answers, to whom and when: RFC 6762 section by section.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use simple_dns::rdata::{PTR, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, ResourceRecord, TYPE};
use tazcom_discovery::engine::{Engine, Family, Input, LinkId, MDNS_PORT, Output};
use tazcom_discovery::{Interface, InterfaceAddr, InterfaceIndex, InterfaceKind, LocalService};
use tazcom_testkit::{Clock, Seed, fixed_id};

const LINK: LinkId = LinkId {
    interface: InterfaceIndex(1),
    family: Family::V4,
};
const SERVICE: &str = "_tazcom._tcp.local";
const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// What was sent, when, and to whom.
struct Sent {
    after: Duration,
    to: Option<SocketAddr>,
    payload: Vec<u8>,
}

impl Sent {
    fn packet(&self) -> Packet<'_> {
        Packet::parse(&self.payload).unwrap()
    }

    fn is_response(&self) -> bool {
        self.packet().has_flags(PacketFlag::RESPONSE)
    }

    fn answers(&self, kind: TYPE) -> bool {
        let packet = self.packet();
        packet.answers.iter().any(|r| r.rdata.type_code() == kind)
    }
}

/// One settled node on 10.0.0.1/16, driven by hand.
struct Node {
    engine: Engine,
    now: Instant,
    deadline: Option<Instant>,
    asked: Instant,
    sent: Vec<Sent>,
}

impl Node {
    fn fresh() -> Self {
        let start = Clock::start().at(Duration::ZERO);
        let mut node = Self {
            engine: Engine::new(Seed(5).bytes(0)),
            now: start,
            deadline: None,
            asked: start,
            sent: Vec::new(),
        };
        node.input(Input::Register(LocalService {
            id: fixed_id(0),
            port: 7000,
            version: "2.0".to_owned(),
        }));
        node.input(Input::InterfaceUp {
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
        node
    }

    /// Between two browse queries, and long after the last announcement.
    fn settled() -> Self {
        let mut node = Self::fresh();
        node.run_for(Duration::from_secs(40));
        node.sent.clear();
        node
    }

    fn input(&mut self, input: Input<'_>) {
        self.engine.handle(self.now, input);
        loop {
            match self.engine.poll_output() {
                Output::Transmit { to, payload, .. } => self.sent.push(Sent {
                    after: self.now.saturating_duration_since(self.asked),
                    to,
                    payload,
                }),
                Output::Event(_) | Output::Finished => {}
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.deadline.filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.input(Input::Timeout);
        }
        self.now = end;
    }

    /// Asks, lets 3 s pass, and returns the responses.
    fn ask(&mut self, query: &Packet<'_>, source_port: u16) -> Vec<Sent> {
        self.tell(query, source_port);
        self.run_for(Duration::from_secs(3));
        let sent = std::mem::take(&mut self.sent);
        sent.into_iter().filter(Sent::is_response).collect()
    }

    fn tell(&mut self, query: &Packet<'_>, source_port: u16) {
        self.asked = self.now;
        let payload = query.build_bytes_vec_compressed().unwrap();
        self.input(Input::Datagram {
            link: LINK,
            source: SocketAddr::from((NEIGHBOUR, source_port)),
            payload: &payload,
        });
    }
}

fn instance() -> String {
    format!("TAZCOM Node {}.{SERVICE}", fixed_id(0).short())
}

fn host() -> String {
    format!("tazcom-{}.local", fixed_id(0).short())
}

fn query<'a>(name: &'a str, kind: impl Into<QTYPE>, unicast: bool) -> Packet<'a> {
    let mut packet = Packet::new_query(0);
    let name = Name::new_unchecked(name);
    let question = Question::new(name, kind.into(), CLASS::IN.into(), unicast);
    packet.questions.push(question);
    packet
}

fn known_answer(ttl: u32) -> ResourceRecord<'static> {
    let data = RData::PTR(PTR(Name::new_unchecked(&instance()).into_owned()));
    ResourceRecord::new(Name::new_unchecked(SERVICE), CLASS::IN, ttl, data)
}

#[test]
fn a_browse_query_is_answered_once_within_20_to_120_ms_with_all_that_is_needed() {
    let mut node = Node::settled();
    let answers = node.ask(&query(SERVICE, TYPE::PTR, false), MDNS_PORT);
    assert_eq!(answers.len(), 1);
    let answer = &answers[0];
    assert_eq!(answer.to, None);
    let window = Duration::from_millis(20)..=Duration::from_millis(120);
    assert!(window.contains(&answer.after), "{:?}", answer.after);
    let packet = answer.packet();
    assert_eq!(packet.id(), 0);
    assert!(packet.has_flags(PacketFlag::AUTHORITATIVE_ANSWER));
    assert!(packet.questions.is_empty());
    assert!(!packet.answers[0].cache_flush, "PTR is shared");
    let more: Vec<TYPE> = packet
        .additional_records
        .iter()
        .map(|record| record.rdata.type_code())
        .collect();
    assert_eq!(more, [TYPE::SRV, TYPE::TXT, TYPE::A]);
    assert!(packet.additional_records.iter().all(|r| r.cache_flush));
}

#[test]
fn the_txt_record_says_what_the_protocol_fixes() {
    let mut node = Node::settled();
    let answers = node.ask(&query(&instance(), TYPE::TXT, false), MDNS_PORT);
    let packet = answers[0].packet();
    let RData::TXT(txt) = &packet.answers[0].rdata else {
        panic!("{packet:?}");
    };
    let said: Vec<String> = txt
        .iter_raw()
        .map(|(key, value)| {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            format!("{}={}", text(key), text(value.unwrap_or_default()))
        })
        .collect();
    let id = format!("id={}", fixed_id(0));
    assert_eq!(said, [id.as_str(), "version=2.0", "p=7000", "tz=2"]);
}

#[test]
fn an_answer_the_asker_knows_is_not_given() {
    let mut node = Node::settled();
    let mut packet = query(SERVICE, TYPE::PTR, false);
    packet.answers.push(known_answer(4500 / 2));
    assert!(node.ask(&packet, MDNS_PORT).is_empty());
    packet.answers[0].ttl = 4500 / 2 - 1;
    assert_eq!(node.ask(&packet, MDNS_PORT).len(), 1, "about to run out");
}

#[test]
fn a_truncated_query_is_answered_after_400_to_500_ms() {
    let mut node = Node::settled();
    let mut packet = query(SERVICE, TYPE::PTR, false);
    packet.set_flags(PacketFlag::TRUNCATION);
    let answers = node.ask(&packet, MDNS_PORT);
    let window = Duration::from_millis(400)..=Duration::from_millis(500);
    assert!(window.contains(&answers[0].after), "{:?}", answers[0].after);
}

#[test]
fn known_answers_in_a_later_packet_count() {
    let mut node = Node::settled();
    let mut first = query(SERVICE, TYPE::PTR, false);
    first.set_flags(PacketFlag::TRUNCATION);
    node.tell(&first, MDNS_PORT);
    node.run_for(Duration::from_millis(5));
    let mut rest = Packet::new_query(0);
    rest.answers.push(known_answer(4500));
    assert!(node.ask(&rest, MDNS_PORT).is_empty());
}

#[test]
fn names_are_compared_without_regard_to_case() {
    let mut node = Node::settled();
    let answers = node.ask(&query("_TAZCOM._TCP.LOCAL", TYPE::PTR, false), MDNS_PORT);
    assert_eq!(answers.len(), 1);
    let loud = instance().to_ascii_uppercase();
    let answers = node.ask(&query(&loud, TYPE::SRV, false), MDNS_PORT);
    assert_eq!(answers.len(), 1);
}

#[test]
fn the_service_type_enumeration_is_answered() {
    let mut node = Node::settled();
    let meta = query("_services._dns-sd._udp.local", TYPE::PTR, false);
    let answers = node.ask(&meta, MDNS_PORT);
    let packet = answers[0].packet();
    let RData::PTR(ptr) = &packet.answers[0].rdata else {
        panic!("{packet:?}");
    };
    assert_eq!(ptr.0.to_string(), SERVICE);
}

#[test]
fn unique_records_are_answered_at_once() {
    for (name, kind) in [(instance(), TYPE::SRV), (host(), TYPE::A)] {
        let mut node = Node::settled();
        let answers = node.ask(&query(&name, kind, false), MDNS_PORT);
        assert_eq!(answers.len(), 1);
        assert_eq!(answers[0].after, Duration::ZERO);
        assert!(answers[0].answers(kind));
    }
}

#[test]
fn what_we_lack_is_denied() {
    for (name, kind) in [(host(), TYPE::AAAA), (instance(), TYPE::A)] {
        let mut node = Node::settled();
        let answers = node.ask(&query(&name, kind, false), MDNS_PORT);
        assert!(answers[0].answers(TYPE::NSEC), "{name} {kind:?}");
    }
}

#[test]
fn names_of_others_are_not_answered() {
    let mut node = Node::settled();
    for name in [
        "_http._tcp.local",
        "elsewhere.local",
        "TAZCOM Node AAAAAAAA._tazcom._tcp.local",
    ] {
        assert!(
            node.ask(&query(name, QTYPE::ANY, false), MDNS_PORT)
                .is_empty()
        );
    }
}

#[test]
fn a_record_is_multicast_once_a_second_at_most() {
    let mut node = Node::settled();
    let mut answers = 0;
    for _ in 0..20 {
        node.tell(&query(&instance(), TYPE::SRV, false), MDNS_PORT);
        node.run_for(Duration::from_millis(100));
        answers += std::mem::take(&mut node.sent).len();
    }
    assert!((2..=3).contains(&answers), "{answers} in two seconds");
}

#[test]
fn a_probe_for_our_name_is_answered_at_once() {
    let mut node = Node::settled();
    let name = instance();
    for _ in 0..2 {
        let mut probe = query(&name, QTYPE::ANY, false);
        probe.name_servers.push(known_answer(120));
        node.tell(&probe, MDNS_PORT);
        let answers = std::mem::take(&mut node.sent);
        assert_eq!(answers.len(), 1);
        assert!(answers[0].answers(TYPE::SRV));
        node.run_for(Duration::from_millis(250));
    }
}

#[test]
fn a_unicast_question_gets_a_unicast_answer_when_all_have_heard_it_lately() {
    let mut node = Node::settled();
    let answers = node.ask(&query(&instance(), TYPE::TXT, true), MDNS_PORT);
    assert_eq!(
        answers[0].to,
        Some(SocketAddr::from((NEIGHBOUR, MDNS_PORT)))
    );
}

#[test]
fn a_unicast_question_is_answered_to_all_when_it_has_been_long() {
    let mut node = Node::settled();
    // A quarter of the SRV record's 120 s has passed since it was announced.
    let answers = node.ask(&query(&instance(), TYPE::SRV, true), MDNS_PORT);
    assert_eq!(answers[0].to, None);
}

#[test]
fn a_legacy_resolver_gets_its_own_id_question_and_short_lives() {
    let mut node = Node::settled();
    let mut packet = query(SERVICE, TYPE::PTR, false);
    packet.set_id(4711);
    let answers = node.ask(&packet, 33_333);
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].to, Some(SocketAddr::from((NEIGHBOUR, 33_333))));
    let packet = answers[0].packet();
    assert_eq!((packet.id(), packet.questions.len()), (4711, 1));
    let mut records = packet.answers.iter().chain(&packet.additional_records);
    assert!(records.all(|record| record.ttl <= 10 && !record.cache_flush));
}

#[test]
fn both_goodbyes_say_ttl_0_and_leave_120_ms_apart() {
    let mut node = Node::settled();
    node.asked = node.now;
    node.input(Input::Shutdown);
    node.run_for(Duration::from_secs(1));
    let times: Vec<Duration> = node.sent.iter().map(|sent| sent.after).collect();
    assert_eq!(times, [Duration::ZERO, Duration::from_millis(120)]);
    for goodbye in &node.sent {
        let packet = goodbye.packet();
        assert!(packet.answers.iter().all(|record| record.ttl == 0));
        let kinds: Vec<TYPE> = packet.answers.iter().map(|r| r.rdata.type_code()).collect();
        assert_eq!(kinds, [TYPE::PTR, TYPE::SRV, TYPE::TXT, TYPE::A]);
        assert!(!packet.answers[0].cache_flush, "PTR is shared even then");
    }
}

#[test]
fn the_z_bit_is_ignored() {
    let mut node = Node::settled();
    let name = instance();
    let packet = query(&name, TYPE::SRV, false);
    let mut payload = packet.build_bytes_vec_compressed().unwrap();
    payload[3] |= 0b0100_0000;
    node.input(Input::Datagram {
        link: LINK,
        source: SocketAddr::from((NEIGHBOUR, MDNS_PORT)),
        payload: &payload,
    });
    assert_eq!(node.sent.len(), 1);
}

#[test]
fn a_packet_of_our_own_that_comes_back_is_recognised_once() {
    let mut node = Node::fresh();
    let own = node.sent.pop().expect("the first announcement");
    for expected in [(1, 0), (1, 1)] {
        node.input(Input::Datagram {
            link: LINK,
            source: SocketAddr::from(([10, 0, 0, 1], MDNS_PORT)),
            payload: &own.payload,
        });
        let stats = node.engine.stats();
        // The second one is another process on this machine that says the same.
        assert_eq!((stats.packets_looped, stats.packets_from_others), expected);
    }
}

#[test]
fn a_refresh_goes_out_where_there_still_is_a_socket() {
    let mut peer = Node::fresh();
    let announcement = peer.sent.pop().expect("the first announcement").payload;
    let both = vec![
        InterfaceAddr {
            ip: IpAddr::from([10, 0, 0, 9]),
            prefix_len: 16,
        },
        InterfaceAddr {
            ip: "fe80::9".parse().unwrap(),
            prefix_len: 64,
        },
    ];
    let interface = Interface {
        index: LINK.interface,
        name: "eth0".to_owned(),
        kind: InterfaceKind::Lan,
        addrs: both,
    };
    let mut engine = Engine::new(Seed(6).bytes(0));
    let mut now = peer.now;
    let up = |families| Input::InterfaceUp {
        interface: interface.clone(),
        families,
    };
    engine.handle(now, up(vec![Family::V4, Family::V6]));
    let v6 = LinkId {
        family: Family::V6,
        ..LINK
    };
    engine.handle(
        now,
        Input::Datagram {
            link: v6,
            source: "[fe80::1]:5353".parse().unwrap(),
            payload: &announcement,
        },
    );
    // What the driver says when the IPv6 socket has failed.
    engine.handle(now, up(vec![Family::V4]));
    let mut refreshed = false;
    loop {
        match engine.poll_output() {
            Output::Transmit { link, payload, .. } => {
                let packet = Packet::parse(&payload).unwrap();
                let srv = |question: &Question<'_>| question.qtype == TYPE::SRV.into();
                if packet.questions.iter().any(srv) {
                    assert_eq!(link.family, Family::V4);
                    refreshed = true;
                }
            }
            Output::Wait(Some(at)) if !refreshed => {
                now = now.max(at);
                engine.handle(now, Input::Timeout);
            }
            Output::Wait(_) => break,
            Output::Event(_) | Output::Finished => {}
        }
    }
    assert!(refreshed);
}
