//! The multicast DNS side: announcements made by hand, and an ear on the wire.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use simple_dns::rdata::{A, PTR, RData, SRV, TXT};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, ResourceRecord, TYPE};
use socket2::{Domain, Protocol, Socket, Type};

use crate::host::Host;

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const PORT: u16 = 5353;
const SERVICE: &str = "_tazcom._tcp.local";
/// RFC 6762 section 17: no packet is larger.
const LARGEST_PACKET: usize = 9000;

/// What a node announces, true or not.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The node id: 43 characters.
    pub id: String,
    /// The TCP port, in SRV and in TXT `p`.
    pub port: u16,
    /// The address of its host.
    pub address: Ipv4Addr,
    /// How long it holds, in seconds.
    pub ttl: u32,
}

impl Announcement {
    /// `TAZCOM Node <short>`.
    #[must_use]
    pub fn instance(&self) -> String {
        format!("TAZCOM Node {}", &self.id[..8])
    }

    /// The packet that says so.
    ///
    /// # Panics
    ///
    /// When the id is shorter than 8 characters.
    #[must_use]
    pub fn packet(&self) -> Vec<u8> {
        let instance = format!("{}.{SERVICE}", self.instance());
        let host = format!("tazcom-{}.local", &self.id[..8]);
        let port = self.port.to_string();
        let txt = [("id", self.id.as_str()), ("version", "2.0"), ("p", &port)]
            .into_iter()
            .fold(TXT::new(), |txt, (key, value)| {
                txt.with_attribute(key, Some(value.as_bytes()))
                    .expect("a short attribute")
            });
        let srv = SRV {
            priority: 0,
            weight: 0,
            port: self.port,
            target: name(&host),
        };
        let unique = |owner, data| {
            ResourceRecord::new(name(owner), CLASS::IN, self.ttl, data).with_cache_flush(true)
        };

        let mut packet = Packet::new_reply(0);
        packet.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
        packet.answers = vec![
            ResourceRecord::new(
                name(SERVICE),
                CLASS::IN,
                self.ttl,
                RData::PTR(PTR(name(&instance))),
            ),
            unique(&instance, RData::SRV(srv)),
            unique(&instance, RData::TXT(txt)),
            unique(
                &host,
                RData::A(A {
                    address: self.address.to_bits(),
                }),
            ),
        ];
        packet
            .build_bytes_vec_compressed()
            .expect("four small records fit")
    }
}

fn name(text: &str) -> Name<'_> {
    Name::new(text).expect("a name of short labels")
}

/// Asks the mDNS responder at `addr` directly, from a port other than 5353, for the address of
/// `host_name`. True when it answered within a second.
///
/// # Panics
///
/// When no socket can be had.
#[must_use]
pub fn unicast_query_is_answered(from: &Host, addr: Ipv4Addr, host_name: &str) -> bool {
    let mut query = Packet::new_query(0x5a5a);
    query.questions.push(Question::new(
        name(host_name),
        QTYPE::TYPE(TYPE::A),
        CLASS::IN.into(),
        false,
    ));
    let query = query.build_bytes_vec().expect("one question fits");

    let socket = from
        .enter(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)))
        .expect("a free port");
    socket
        .set_read_timeout(Some(Duration::from_secs(1)))
        .expect("not a zero timeout");
    socket
        .send_to(&query, (addr, PORT))
        .expect("the network is up");
    let mut buffer = [0; LARGEST_PACKET];
    let Ok(length) = socket.recv(&mut buffer) else {
        return false;
    };
    Packet::parse(&buffer[..length]).is_ok_and(|answer| !answer.answers.is_empty())
}

/// Says anything to everybody, from port 5353 of one address.
#[derive(Debug)]
pub struct Speaker {
    socket: UdpSocket,
}

impl Speaker {
    /// Speaks on `host` with the source address `from`, on the interface that has `interface`.
    ///
    /// # Panics
    ///
    /// When the host does not have the addresses.
    #[must_use]
    pub fn new(host: &Host, from: Ipv4Addr, interface: Ipv4Addr) -> Self {
        let socket = host.enter(|| udp_socket(SocketAddrV4::new(from, PORT)));
        socket
            .set_multicast_if_v4(&interface)
            .expect("the interface exists");
        socket.set_multicast_ttl_v4(255).expect("a valid TTL");
        Self {
            socket: socket.into(),
        }
    }

    /// Sends one packet. What the network refuses is lost, as on any LAN.
    pub fn say(&self, packet: &[u8]) {
        let _ = self.socket.send_to(packet, (GROUP, PORT));
    }

    /// Sends many, at most `per_second`.
    pub fn say_all(&self, packets: impl IntoIterator<Item = Vec<u8>>, per_second: u32) {
        let start = Instant::now();
        let interval = Duration::from_secs(1) / per_second;
        for (packet, number) in packets.into_iter().zip(0_u32..) {
            let due = start + interval * number;
            if let Some(early) = due.checked_duration_since(Instant::now()) {
                crate::pause(early);
            }
            self.say(&packet);
        }
    }
}

/// Hears what is said to everybody on one network.
#[derive(Debug)]
pub struct Ear {
    socket: UdpSocket,
}

impl Ear {
    /// Listens on `host`, on the interface that has `address`.
    ///
    /// # Panics
    ///
    /// When the host does not have the address.
    #[must_use]
    pub fn new(host: &Host, address: Ipv4Addr) -> Self {
        let socket = host.enter(|| {
            let socket = udp_socket(SocketAddrV4::new(GROUP, PORT));
            socket
                .join_multicast_v4(&GROUP, &address)
                .expect("the interface exists");
            socket
        });
        Self {
            socket: socket.into(),
        }
    }

    /// Everything that was heard and is still in the socket's buffer, with who sent it.
    ///
    /// # Panics
    ///
    /// When the socket fails.
    #[must_use]
    pub fn heard(&self) -> Vec<(IpAddr, Vec<u8>)> {
        self.socket
            .set_nonblocking(true)
            .expect("a socket can be made not to block");
        let mut packets = Vec::new();
        let mut buffer = [0; LARGEST_PACKET];
        while let Ok((length, source)) = self.socket.recv_from(&mut buffer) {
            packets.push((source.ip(), buffer[..length].to_vec()));
        }
        packets
    }
}

/// The IPv4 addresses in the records of a packet, in any section.
#[must_use]
pub fn addresses_in(packet: &[u8]) -> Vec<Ipv4Addr> {
    let Ok(packet) = Packet::parse(packet) else {
        return Vec::new();
    };
    let records = [
        &packet.answers,
        &packet.name_servers,
        &packet.additional_records,
    ];
    records
        .into_iter()
        .flatten()
        .filter_map(|record| match &record.rdata {
            RData::A(a) => Some(Ipv4Addr::from_bits(a.address)),
            _ => None,
        })
        .collect()
}

/// A packet like `packet`, damaged: bytes changed, cut off, doubled, or all of it invented.
#[must_use]
pub fn damaged(packet: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = packet.to_vec();
    match below(rng, 8) {
        0 => bytes.truncate(below(rng, packet.len())),
        1 => bytes.extend_from_within(below(rng, packet.len())..),
        2 => {
            bytes.resize(below(rng, 600), 0);
            rng.fill_bytes(&mut bytes);
        }
        _ => {
            for _ in 0..=below(rng, 8) {
                let at = below(rng, bytes.len());
                bytes[at] = rng.next_u32().to_be_bytes()[0];
            }
        }
    }
    bytes
}

fn below(rng: &mut ChaCha8Rng, limit: usize) -> usize {
    usize::try_from(rng.next_u32()).unwrap_or(0) % limit.max(1)
}

fn udp_socket(addr: SocketAddrV4) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).expect("a UDP socket");
    socket
        .set_reuse_address(true)
        .expect("an option every system has");
    socket
        .set_reuse_port(true)
        .expect("an option every Unix has");
    socket
        .bind(&SocketAddr::V4(addr).into())
        .unwrap_or_else(|error| panic!("cannot bind {addr}: {error}"));
    socket
}
