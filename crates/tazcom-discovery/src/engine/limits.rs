//! Every number of the engine, with its unit and where it comes from.

use std::time::Duration;

pub use crate::wire::{
    HOST_TTL, LEGACY_TTL, MAX_MESSAGE_LEN, MAX_SENT_LEN, MAX_VERSION_LEN, OTHER_TTL,
};

/// Announcements after a start or a change (RFC 6762 section 8.3: at least two).
pub const ANNOUNCEMENTS: u8 = 2;

/// Between two announcements (RFC 6762 section 8.3).
pub const ANNOUNCE_INTERVAL: Duration = Duration::from_secs(1);

/// Probes sent beside the first queries (RFC 6762 section 8.1: three). They are not waited for:
/// our names derive from a key, so nobody else has a right to them.
pub const PROBES: u8 = 3;

/// The first query leaves this long after the start, in milliseconds. RFC 6762 section 5.2 asks
/// for a random delay of 20 to 120 ms so that machines switched on together do not collide; the
/// narrower span brings the median discovery below 150 ms and still spreads them.
pub const FIRST_QUERY_MS: (u64, u64) = (20, 60);

/// From the first query to the second.
pub const QUERY_INTERVAL: Duration = Duration::from_secs(1);

/// Queries leave about 1, 3, 9, … s after the start (RFC 6762 section 5.2: each interval at least
/// twice the one before) …
pub const QUERY_BACKOFF: u32 = 3;

/// … until they are this far apart (RFC 6762 section 5.2).
pub const MAX_QUERY_INTERVAL: Duration = Duration::from_secs(3600);

/// Shared answers wait this long, in milliseconds, so that many hosts do not answer at once
/// (RFC 6762 section 6).
pub const SHARED_ANSWER_MS: (u64, u64) = (20, 120);

/// An answer to a query with the TC bit waits this long, in milliseconds, for the rest of the
/// known answers (RFC 6762 section 7.2). Without it every host of a large network answers every other's query.
pub const TRUNCATED_ANSWER_MS: (u64, u64) = (400, 500);

/// A record is multicast at most once in this time (RFC 6762 section 6).
pub const MULTICAST_INTERVAL: Duration = Duration::from_secs(1);

/// The same for answers to probes (RFC 6762 section 6).
pub const PROBE_ANSWER_INTERVAL: Duration = Duration::from_millis(250);

/// A question that comes in this soon after its answer was multicast has crossed it on the way.
pub const CROSSING: Duration = Duration::from_millis(20);

/// Between the two goodbyes. The second is for those who lost the first.
pub const GOODBYE_INTERVAL: Duration = Duration::from_millis(120);

/// A record said goodbye to, or superseded by a cache flush, lives this much longer
/// (RFC 6762 sections 10.1 and 10.2).
pub const GOODBYE_GRACE: Duration = Duration::from_secs(1);

/// A record is asked for again at 80, 85, 90 and 95 % of its TTL (RFC 6762 section 5.2) …
pub const REFRESH_STEPS: [u32; 4] = [800, 850, 900, 950];

/// … plus 0 to 2 %; both in thousandths of the TTL.
pub const REFRESH_JITTER: u32 = 20;

/// Records with a shorter TTL are not asked for again: it would let a neighbour who announces
/// tiny TTLs drive our queries.
pub const MIN_REFRESHED_TTL: Duration = Duration::from_secs(10);

/// Longer TTLs are cut to this: the 75 minutes of RFC 6762 section 10.
pub const MAX_TTL: Duration = Duration::from_secs(4500);

/// An instance of which we know only a part is asked for after this time, then after twice as
/// long, and so on.
pub const RESOLVE_INTERVAL: Duration = Duration::from_millis(500);

/// How often at most.
pub const RESOLVE_TRIES: u8 = 4;

/// A name heard of only in a probe is asked for this much later: its owner is about to announce
/// it a second time.
pub const HINT_DELAY: Duration = Duration::from_millis(1200);

/// An instance still incomplete after this long is forgotten.
pub const INCOMPLETE_LIFETIME: Duration = Duration::from_secs(30);

/// After a failed dial the peer is asked for now and once more after this time …
pub const CONFIRM_INTERVAL: Duration = Duration::from_secs(3);

/// … and dropped when it has not answered by then (RFC 6762 section 10.4).
pub const CONFIRM_DEADLINE: Duration = Duration::from_secs(10);

/// Instances known at a time, over all interfaces.
pub const MAX_INSTANCES: usize = 1024;

/// Instances known from one source address. A cap over all sources alone would let one flooder
/// blind the node.
pub const MAX_INSTANCES_PER_SOURCE: u32 = 32;

/// The same for this machine's own loopback addresses, where many nodes share one address.
pub const MAX_INSTANCES_ON_LOOPBACK: u32 = 512;

/// Addresses kept of one instance on one interface, and announced of ourselves.
pub const MAX_ADDRS: usize = 8;

/// Packets a second read from one source address, and how many at once.
pub const PACKETS_PER_SOURCE: (u32, u32) = (250, 1000);

/// The same for loopback addresses.
pub const PACKETS_ON_LOOPBACK: (u32, u32) = (20_000, 100_000);

/// Events a second about instances from one source address, and how many at once. What exceeds
/// it is told later and coalesced, not lost.
pub const EVENTS_PER_SOURCE: (u32, u32) = (16, 64);

/// The same for loopback addresses.
pub const EVENTS_ON_LOOPBACK: (u32, u32) = (512, 1024);

/// Unicast answers a second on one link, and how many at once: what we send must not be worth
/// bouncing off us to a neighbour whose address was forged.
pub const UNICAST_ANSWERS: (u32, u32) = (20, 40);

/// Source addresses remembered for these limits.
pub const MAX_SOURCES: usize = 2048;

/// Address records taken in from one packet; a host has [`MAX_ADDRS`] at most.
pub const MAX_ADDR_RECORDS: usize = 128;

/// Instances that one address record can concern. Each node has a host name of its own, but other
/// programs may publish several services on one host.
pub const MAX_INSTANCES_PER_HOST: usize = 32;

/// Answers waiting to be sent on one link.
pub const MAX_PENDING_ANSWERS: usize = 256;

/// Questions sent in one refresh packet; more go into the next, 100 ms later.
pub const MAX_REFRESHED_AT_ONCE: usize = 32;

/// Between two refresh packets on one interface.
pub const REFRESH_PACE: Duration = Duration::from_millis(100);

/// An identity conflict is reported once in this time.
pub const CONFLICT_REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// Foreign records in our name are contradicted at once, and then after at least this time,
/// which doubles with each further one …
pub const DEFENCE_INTERVAL: Duration = Duration::from_secs(1);

/// … up to this: two machines with one key must not shout at each other for ever.
pub const MAX_DEFENCE_INTERVAL: Duration = Duration::from_secs(60);

/// Packets of our own expected back from the loop, a link.
pub const MAX_LOOPED: usize = 32;

/// How long a packet of our own may take to come back.
pub const LOOP_LIFETIME: Duration = Duration::from_secs(2);

/// Own ports and own addresses remembered, so that our own late packets are no conflict.
pub const MAX_OWN_HISTORY: usize = 64;
