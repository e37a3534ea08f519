//! What really travelled on the interfaces of a machine.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use crate::host::Host;

/// `ETH_P_ALL` of `linux/if_ether.h`: packets of every protocol, in and out.
const EVERY_PROTOCOL: u16 = 3;
/// Whole runs wait in the socket until they are looked at.
const BUFFER: usize = 16 * 1024 * 1024;
/// Segmentation is left to the interface, so packets may be larger than any on a wire.
const LARGEST_PACKET: usize = 128 * 1024;
/// Nothing more comes.
const QUIET: Duration = Duration::from_millis(200);

/// A machine's interfaces, listened in on since it was made. IPv4 only.
#[derive(Debug)]
pub struct Capture {
    socket: Socket,
    packets: Vec<Vec<u8>>,
}

/// What was said on one TCP connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// By the end that opened it.
    pub said: Vec<u8>,
    /// By the other.
    pub answered: Vec<u8>,
}

impl Capture {
    /// Begins to listen in.
    ///
    /// # Panics
    ///
    /// Without root.
    #[must_use]
    pub fn start(host: &Host) -> Self {
        let protocol = Protocol::from(i32::from(EVERY_PROTOCOL.to_be()));
        let socket = host.enter(|| Socket::new(Domain::PACKET, Type::DGRAM, Some(protocol)));
        let socket = socket.expect("root may listen in");
        socket
            .set_recv_buffer_size(BUFFER)
            .expect("a size the system may cut");
        socket
            .set_read_timeout(Some(QUIET))
            .expect("not a zero timeout");
        Self {
            socket,
            packets: Vec::new(),
        }
    }

    /// The TCP connections whose beginning was heard, by who opened them to whom.
    ///
    /// # Panics
    ///
    /// When a part of one is missing.
    #[must_use]
    pub fn conversations(&mut self) -> BTreeMap<(SocketAddr, SocketAddr), Conversation> {
        self.catch_up();
        let segments = || self.packets.iter().filter_map(|packet| Segment::of(packet));
        let flow = |from, to| {
            let of_it = segments().filter(|segment| (segment.from, segment.to) == (from, to));
            put_together(of_it).unwrap_or_else(|| panic!("gaps in what {from} said to {to}"))
        };
        let opened = segments().filter(|segment| segment.begins && !segment.answers);
        opened
            .map(|syn| {
                let conversation = Conversation {
                    said: flow(syn.from, syn.to),
                    answered: flow(syn.to, syn.from),
                };
                ((syn.from, syn.to), conversation)
            })
            .collect()
    }

    /// Whether these bytes crossed in any packet, whatever it was, or on any connection.
    #[must_use]
    pub fn holds(&mut self, bytes: &[u8]) -> bool {
        let has = |all: &[u8]| all.windows(bytes.len()).any(|window| window == bytes);
        let conversations = self.conversations();
        self.packets.iter().any(|packet| has(packet))
            || conversations
                .values()
                .any(|conversation| has(&conversation.said) || has(&conversation.answered))
    }

    fn catch_up(&mut self) {
        let mut buffer = vec![0; LARGEST_PACKET];
        loop {
            match self.socket.read(&mut buffer) {
                Ok(length) => self.packets.push(buffer[..length].to_vec()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

/// One TCP segment (RFC 9293 section 3.1).
#[derive(Debug)]
struct Segment<'a> {
    from: SocketAddr,
    to: SocketAddr,
    number: u32,
    /// SYN and ACK.
    begins: bool,
    answers: bool,
    payload: &'a [u8],
}

impl<'a> Segment<'a> {
    /// Of an IPv4 packet (RFC 791 section 3.1), if it holds one.
    fn of(packet: &'a [u8]) -> Option<Self> {
        const TCP: u8 = 6;
        let version_and_words = packet.first()?;
        if version_and_words >> 4 != 4 || *packet.get(9)? != TCP {
            return None;
        }
        let total = usize::from(short(packet, 2)?);
        // Zero for one that is too large to say.
        let end = if total == 0 { packet.len() } else { total };
        let segment = packet.get(usize::from(version_and_words & 15) * 4..end)?;
        let end = |ip_at, port_at| {
            let ip: [u8; 4] = packet.get(ip_at..ip_at + 4)?.try_into().ok()?;
            let ip = IpAddr::V4(Ipv4Addr::from(ip));
            Some(SocketAddr::new(ip, short(segment, port_at)?))
        };
        let flags = segment.get(13)?;
        let header = usize::from(segment.get(12)? >> 4) * 4;
        Some(Self {
            from: end(12, 0)?,
            to: end(16, 2)?,
            number: u32::from_be_bytes(segment.get(4..8)?.try_into().ok()?),
            begins: flags & 0x02 != 0,
            answers: flags & 0x10 != 0,
            payload: segment.get(header..)?,
        })
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// The bytes of one direction, each once; on loopback every packet is heard twice. `None` when
/// some are missing.
fn put_together<'a>(segments: impl Iterator<Item = Segment<'a>>) -> Option<Vec<u8>> {
    let mut first = None;
    let mut parts = BTreeMap::new();
    for segment in segments {
        if segment.begins {
            // A SYN takes a number of its own.
            first = Some(segment.number.wrapping_add(1));
        } else if let Some(first) = first
            && !segment.payload.is_empty()
        {
            let at = usize::try_from(segment.number.wrapping_sub(first)).ok()?;
            parts.insert((at, segment.payload.len()), segment.payload);
        }
    }
    let mut whole = Vec::new();
    for ((at, length), payload) in parts {
        let known = whole.len().checked_sub(at)?;
        if known < length {
            whole.extend_from_slice(&payload[known..]);
        }
    }
    Some(whole)
}
