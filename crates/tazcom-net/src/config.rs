//! Every limit of this layer, by name, with the reason for its number.
//!
//! [`Config::lan`] is what a node uses; [`Config::bench`] lifts only what a benchmark must lift.

use std::collections::BTreeSet;
use std::net::{Ipv6Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_proto::MAX_LINE_LEN;

/// How an [`Endpoint`](crate::Endpoint) listens, dials and defends itself.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen. `[::]:port` means both families, and falls back to `0.0.0.0:port` on a
    /// host without IPv6. Port 0 means any free port; several addresses with port 0 share one,
    /// because DNS-SD announces a single port for all of them.
    pub listen: Vec<SocketAddr>,
    /// Connections that have come in and are not answered yet.
    pub half_open: HalfOpenLimits,
    /// How many lines are worked on in a second.
    pub work: WorkLimits,
    /// How many handshakes that others begin are worked on in a second.
    pub handshakes: WorkLimits,
    /// Sessions: how many, which of two stays, and how fast they may be fed.
    pub links: LinkLimits,
    /// What waits to be carried to one peer.
    pub outgoing: QueueLimits,
    /// What a session allows the peer, and its timers. Its handshake deadline is
    /// [`Deadlines::exchange`], whatever it says.
    pub session: tazcom_session::Config,
    /// What this node calls itself, at most 32 bytes; empty for nothing. Told to peers that have
    /// proven who they are.
    pub name: String,
    /// Ids that are known to speak sessions. In their name, plain greetings mean nothing.
    pub modern: BTreeSet<NodeId>,
    /// Ids that are not wanted: they are not dialled, and told `Bye` 2 as soon as they have proven
    /// who they are.
    pub blocked: BTreeSet<NodeId>,
    /// How peers are dialled.
    pub dial: DialLimits,
    /// How long anything may take.
    pub deadlines: Deadlines,
    /// How often the same complaint is made.
    pub reports: ReportLimits,
    /// Whether `127.0.0.1` and `::1` are free of the per-address limits (never of the total ones):
    /// what comes from there was sent on this very host, where many nodes share one address.
    pub loopback_exempt: bool,
    /// Events waiting to be read before some are lost and counted.
    ///
    /// Worst case memory: about 1.2 KiB each, for a HELLO carries its line.
    pub event_capacity: NonZeroUsize,
    /// For simulations: all that is random is drawn from this instead of the operating system. A
    /// node that is run with it has no secrets.
    pub seed: Option<u64>,
}

impl Config {
    /// For a local network: the numbers a node lives with.
    #[must_use]
    pub fn lan() -> Self {
        Self {
            listen: vec![SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))],
            half_open: HalfOpenLimits {
                total: nonzero_usize(64),
                per_address: nonzero_usize(8),
                grace: Duration::from_millis(10),
            },
            work: WorkLimits {
                total: Rate {
                    per_second: nonzero_u32(2000),
                    burst: nonzero_u32(4000),
                },
                per_network: Rate {
                    per_second: nonzero_u32(1000),
                    burst: nonzero_u32(2000),
                },
                per_address: Rate {
                    per_second: nonzero_u32(5),
                    burst: nonzero_u32(10),
                },
                tracked_addresses: nonzero_usize(1024),
            },
            handshakes: WorkLimits {
                total: Rate {
                    per_second: nonzero_u32(200),
                    burst: nonzero_u32(400),
                },
                per_network: Rate {
                    per_second: nonzero_u32(100),
                    burst: nonzero_u32(200),
                },
                per_address: Rate {
                    per_second: nonzero_u32(5),
                    burst: nonzero_u32(10),
                },
                tracked_addresses: nonzero_usize(1024),
            },
            links: LinkLimits {
                total: nonzero_usize(256),
                per_address: nonzero_usize(16),
                crossing: Duration::from_secs(5),
                doubt: Duration::from_secs(2),
                blocked: Duration::from_secs(20),
                frames: Rate {
                    per_second: nonzero_u32(4000),
                    burst: nonzero_u32(8000),
                },
                payloads_waiting: nonzero_usize(64),
                legacy_for: Duration::from_secs(600),
            },
            outgoing: QueueLimits {
                direct: nonzero_usize(128 * 1024),
                gossip: nonzero_usize(512 * 1024),
                sync: nonzero_usize(256 * 1024),
                file: nonzero_usize(128 * 1024),
            },
            session: tazcom_session::Config::lan(),
            name: String::new(),
            modern: BTreeSet::new(),
            blocked: BTreeSet::new(),
            dial: DialLimits {
                parallel: nonzero_usize(16),
                unanswered: nonzero_usize(256),
                per_source: nonzero_usize(4),
                rate: Rate {
                    per_second: nonzero_u32(20),
                    burst: nonzero_u32(20),
                },
                backoff_min: Duration::from_millis(500),
                backoff_max: Duration::from_secs(60),
                failures_per_source: nonzero_usize(20),
                failure_window: Duration::from_secs(60),
                peers: nonzero_usize(1024 + 256),
                addrs_per_peer: nonzero_usize(16),
                by_hand: nonzero_usize(256),
                hinted: nonzero_usize(128),
                hint_rounds: nonzero_u32(3),
                patience: Duration::from_millis(1500),
                patience_spread: Duration::from_secs(1),
            },
            deadlines: Deadlines {
                first_byte: Duration::from_secs(3),
                exchange: Duration::from_secs(5),
                connect: Duration::from_secs(3),
                linger: Duration::from_secs(1),
                drain: Duration::from_secs(1),
            },
            reports: ReportLimits {
                burst: nonzero_u32(4),
                window: Duration::from_secs(10),
                total: Rate {
                    per_second: nonzero_u32(10),
                    burst: nonzero_u32(20),
                },
                tracked: nonzero_usize(256),
            },
            loopback_exempt: true,
            event_capacity: nonzero_usize(1024),
            seed: None,
        }
    }

    /// For a benchmark on loopback: slots and rates are lifted, since one address offers far more
    /// than a network of people ever would. Deadlines and sizes stay as they are in [`lan`].
    ///
    /// [`lan`]: Self::lan
    #[must_use]
    pub fn bench() -> Self {
        let lan = Self::lan();
        let lifted = Rate {
            per_second: nonzero_u32(1_000_000),
            burst: nonzero_u32(1_000_000),
        };
        Self {
            half_open: HalfOpenLimits {
                total: nonzero_usize(4096),
                per_address: nonzero_usize(4096),
                ..lan.half_open
            },
            work: WorkLimits {
                total: lifted,
                per_network: lifted,
                per_address: lifted,
                ..lan.work
            },
            handshakes: WorkLimits {
                total: lifted,
                per_network: lifted,
                per_address: lifted,
                ..lan.handshakes
            },
            links: LinkLimits {
                total: nonzero_usize(4096),
                per_address: nonzero_usize(4096),
                frames: lifted,
                ..lan.links
            },
            session: tazcom_session::Config::bench(),
            dial: DialLimits {
                parallel: nonzero_usize(256),
                unanswered: nonzero_usize(4096),
                rate: lifted,
                ..lan.dial
            },
            ..lan
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::lan()
    }
}

/// Bounds on connections that are not answered yet, the ones an attacker holds for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfOpenLimits {
    /// In all that say nothing yet or a line, and as many more whose handshake is worked on. One
    /// past it, the oldest such connection of the busiest address makes room: refusing the
    /// newcomer instead would let a hundred idle addresses keep everybody else out.
    pub total: NonZeroUsize,
    /// From one address. One past it, that address's own oldest connection makes room. Eight is
    /// what go-libp2p allows a network.
    pub per_address: NonZeroUsize,
    /// How long a connection keeps its place in a full table at least; accepting waits meanwhile,
    /// and newcomers wait in the backlog. Without it a whole LAN that greets a newcomer in the
    /// same instant would push each other out before a byte was read. A HELLO follows right on
    /// the connection's heels, and 64 places of 10 ms let 6400 newcomers in each second.
    pub grace: Duration,
}

/// Bounds on requests, charged before they are worked on: for lines when they are read to their
/// end, for handshakes with their first byte. A handshake costs a responder some 0.3 ms of a fast
/// core for nothing but 43 bytes, so 200 a second are 6 % of it, and a quarter of a Raspberry Pi's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkLimits {
    /// In all. For lines: one is cheap, 6000 to 7000 a second on 0.4 of a core, so this is no more than a
    /// lid on the processor time a flood can cost; were it low, a few addresses could use it up
    /// and keep everybody else out. The last quarter of the burst is kept for addresses whose own
    /// bucket is full: those that have said nothing lately.
    pub total: Rate,
    /// From one IPv6 network of 64 bits. One host can have every address in its own, so that the
    /// limit per address means nothing to it; yet all neighbours on a link share one as well, so
    /// this must let all of them greet a newcomer at once. Half of the total: the other half
    /// stays for IPv4 and for other networks.
    pub per_network: Rate,
    /// From one address.
    pub per_address: Rate,
    /// Addresses, and networks, whose rate is remembered; past it the one nearest to a full burst
    /// is forgotten, which forgives it at most one burst. About 128 bytes each.
    pub tracked_addresses: NonZeroUsize,
}

/// Bounds on sessions, and the times by which it is settled which of two stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkLimits {
    /// In all. One past it is refused with `Bye` 3; nothing more is dialled meanwhile. Every node
    /// of a LAN of 200 has one with every other, at some 20 KiB each.
    pub total: NonZeroUsize,
    /// With one address.
    pub per_address: NonZeroUsize,
    /// Two sessions that began within this time of each other were opened from both sides at once.
    pub crossing: Duration,
    /// How long a session that is in doubt may take to answer a ping.
    pub doubt: Duration,
    /// How long a peer may leave unread what is written to it before the session ends.
    pub blocked: Duration,
    /// Frames taken from one session. Beyond it, reading pauses: the peer waits, nobody else does.
    /// A lid on processor time, 64 MiB/s of the largest frames.
    pub frames: Rate,
    /// Payloads, of whichever peer, that wait for whoever reads them. Then sessions pause too.
    pub payloads_waiting: NonZeroUsize,
    /// How long an address that answered in plain is greeted in plain without trying a session.
    pub legacy_for: Duration,
}

/// Bytes of payloads that may wait for one peer, by what they belong to: 1 MiB in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Messages for the peer alone. They go first.
    pub direct: NonZeroUsize,
    /// Broadcast.
    pub gossip: NonZeroUsize,
    /// Repair.
    pub sync: NonZeroUsize,
    /// Files; interleaved with the others, so that they are not starved.
    pub file: NonZeroUsize,
}

/// A token bucket: `per_second` on average, `burst` at once. At most `burst + per_second * t` in
/// any time `t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Tokens that come back in a second.
    pub per_second: NonZeroU32,
    /// Tokens that can be saved up.
    pub burst: NonZeroU32,
}

/// How peers are dialled. Success is cheap and welcome; failure is what is limited, for a forged
/// record can aim us at somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialLimits {
    /// Dials at once that have no connection yet.
    pub parallel: NonZeroUsize,
    /// Dials at once that are not answered yet, those without a connection included. Whoever
    /// accepts and never answers holds one of these for [`Deadlines::exchange`] and none of
    /// [`parallel`](Self::parallel). At 20 dials a second and 5 s each, 100 is the most there
    /// can be.
    pub unanswered: NonZeroUsize,
    /// Dials at once to addresses that one source announced. Sources take turns, those without a
    /// failure in the last [`failure_window`](Self::failure_window) first.
    pub per_source: NonZeroUsize,
    /// Dials begun.
    pub rate: Rate,
    /// The shortest pause after every address of a peer has failed once. Each further round
    /// doubles it; the pause is drawn from between this and twice this, so that nodes started
    /// together do not dial together.
    pub backoff_min: Duration,
    /// The longest pause.
    pub backoff_max: Duration,
    /// Failed dials that one source address may cause in a [`failure_window`]. Then its records
    /// wait; peers announced by others and those given by hand do not.
    ///
    /// [`failure_window`]: Self::failure_window
    pub failures_per_source: NonZeroUsize,
    /// How long a failed dial is held against the source that announced it.
    pub failure_window: Duration,
    /// Announced peers kept. Newcomers past it are refused and counted
    /// ([`Event::PeersRefused`](crate::Event::PeersRefused)). A quarter more than discovery keeps:
    /// it tells of each newcomer once, and one refused here would never be greeted.
    pub peers: NonZeroUsize,
    /// Addresses kept of one peer, the newest.
    pub addrs_per_peer: NonZeroUsize,
    /// Addresses given by hand.
    pub by_hand: NonZeroUsize,
    /// Peers that are not announced, of which others or our own memory say where they may be.
    /// As many as there may be sessions with a roomful of people.
    pub hinted: NonZeroUsize,
    /// How often all addresses of such a peer are tried in vain before it is forgotten. Some five
    /// seconds, with the pauses between.
    pub hint_rounds: NonZeroU32,
    /// Of two nodes that see each other the one with the smaller id dials. How long the other waits
    /// for it, at least, before it dials too.
    pub patience: Duration,
    /// What may be added to that, drawn anew each time.
    pub patience_spread: Duration,
}

/// How long anything may take. All are absolute: a byte now and then buys no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// From an accepted connection to its first byte.
    pub first_byte: Duration,
    /// From an accepted connection to its answer, and from a dial to its ACK.
    pub exchange: Duration,
    /// From a dial to an open connection. A LAN answers within milliseconds; three seconds leaves
    /// room for a lost SYN (RFC 6298 section 2: sent again after 1 s).
    pub connect: Duration,
    /// How long an answered connection is kept so that the answer arrives: closing over unread
    /// bytes sends a reset, which can destroy an answer under way (RFC 1122 section 4.2.2.13).
    pub linger: Duration,
    /// How long a shutdown waits for exchanges under way before it aborts them.
    pub drain: Duration,
}

/// How often a complaint is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportLimits {
    /// Complaints of one kind about one address that are passed on in a [`window`]; the others are
    /// counted and told as one [`Event::Suppressed`](crate::Event::Suppressed) when it ends.
    ///
    /// [`window`]: Self::window
    pub burst: NonZeroU32,
    /// The window, begun by the first complaint.
    pub window: Duration,
    /// Complaints of one kind that are passed on, about whomever, the counts that name an address
    /// included. Past it they are counted without an address.
    pub total: Rate,
    /// Pairs of kind and address kept apart. Past it, complaints are only counted, per kind.
    pub tracked: NonZeroUsize,
}

/// The longest line accepted, with its newline. Part of the protocol, so not a knob.
pub(crate) const LINE_LIMIT: usize = MAX_LINE_LEN;

const fn nonzero_usize(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("every limit above is a literal greater than zero")
}

const fn nonzero_u32(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("every limit above is a literal greater than zero")
}
