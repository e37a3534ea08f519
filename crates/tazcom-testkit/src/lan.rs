//! An emulated LAN: segments that multicast, with latency, loss, duplication and partitions.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;

use crate::seed::Seed;

/// A link that ports are attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment(usize);

/// One interface on one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port(usize);

/// How a segment treats packets.
#[derive(Clone, Copy, Debug)]
pub struct LinkConfig {
    /// The shortest time a packet takes.
    pub latency: Duration,
    /// What is added to it at random, at most; packets overtake each other by it.
    pub jitter: Duration,
    /// Packets lost, in a thousand, for each receiver on its own. 0 to 1000.
    pub loss_per_mille: u32,
    /// Packets delivered twice, in a thousand.
    pub duplicate_per_mille: u32,
}

impl Default for LinkConfig {
    /// A wired LAN: 200 to 500 µs, nothing lost.
    fn default() -> Self {
        Self {
            latency: Duration::from_micros(200),
            jitter: Duration::from_micros(300),
            loss_per_mille: 0,
            duplicate_per_mille: 0,
        }
    }
}

/// A packet that has arrived.
#[derive(Debug)]
pub struct Delivery<P> {
    /// When.
    pub at: Instant,
    /// Who sent it.
    pub from: Port,
    /// Who gets it.
    pub to: Port,
    /// What.
    pub payload: Rc<P>,
}

/// What was sent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LanStats {
    /// Packets handed to the LAN, each counted once however many receive it.
    pub sent: u64,
    /// Copies that arrived.
    pub delivered: u64,
    /// Copies lost by chance.
    pub lost: u64,
}

/// The emulator. Generic over what a packet is; see the [crate documentation](crate).
#[derive(Debug)]
pub struct SimLan<P> {
    rng: ChaCha8Rng,
    segments: Vec<LinkConfig>,
    ports: Vec<Attachment>,
    queue: BinaryHeap<Reverse<Queued<P>>>,
    sequence: u64,
    stats: LanStats,
    /// Which side of a partition a port is on; all others are on side 0.
    sides: BTreeMap<Port, u32>,
}

#[derive(Debug)]
struct Attachment {
    segment: Segment,
    up: bool,
}

#[derive(Debug)]
struct Queued<P> {
    at: Instant,
    sequence: u64,
    from: Port,
    to: Port,
    payload: Rc<P>,
}

impl<P> SimLan<P> {
    /// An empty LAN.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self {
            rng: seed.rng(u64::MAX),
            segments: Vec::new(),
            ports: Vec::new(),
            queue: BinaryHeap::new(),
            sequence: 0,
            stats: LanStats::default(),
            sides: BTreeMap::new(),
        }
    }

    /// Adds a link.
    pub fn add_segment(&mut self, config: LinkConfig) -> Segment {
        self.segments.push(config);
        Segment(self.segments.len() - 1)
    }

    /// Attaches a new port to a link.
    pub fn attach(&mut self, segment: Segment) -> Port {
        self.ports.push(Attachment { segment, up: true });
        Port(self.ports.len() - 1)
    }

    /// Plugs a port in or pulls it out. What is on its way to a port that is out is lost.
    pub fn set_up(&mut self, port: Port, up: bool) {
        if let Some(attachment) = self.ports.get_mut(port.0) {
            attachment.up = up;
        }
    }

    /// Puts a port on one side of a partition: only ports on the same side hear each other.
    pub fn set_side(&mut self, port: Port, side: u32) {
        self.sides.insert(port, side);
    }

    /// Ends the partition.
    pub fn heal(&mut self) {
        self.sides.clear();
    }

    /// Sends to every port of the sender's segment. The sender's own copy comes at once and is
    /// never lost, as the operating system loops it back.
    pub fn multicast(&mut self, now: Instant, from: Port, payload: P) {
        let payload = Rc::new(payload);
        self.stats.sent += 1;
        let Some(segment) = self.segment_of(from) else {
            return;
        };
        for to in (0..self.ports.len()).map(Port) {
            if to == from {
                self.enqueue(now, from, to, &payload);
            } else if self.segment_of(to) == Some(segment) {
                self.carry(now, from, to, &payload);
            }
        }
    }

    /// Sends to one port of the sender's segment.
    pub fn unicast(&mut self, now: Instant, from: Port, to: Port, payload: P) {
        self.stats.sent += 1;
        if self.segment_of(from).is_some() && self.segment_of(from) == self.segment_of(to) {
            self.carry(now, from, to, &Rc::new(payload));
        }
    }

    /// When the next packet arrives.
    #[must_use]
    pub fn next_at(&self) -> Option<Instant> {
        self.queue.peek().map(|Reverse(queued)| queued.at)
    }

    /// Takes the next packet that arrives.
    pub fn next_delivery(&mut self) -> Option<Delivery<P>> {
        while let Some(Reverse(queued)) = self.queue.pop() {
            if self.segment_of(queued.to).is_none() {
                continue;
            }
            self.stats.delivered += 1;
            return Some(Delivery {
                at: queued.at,
                from: queued.from,
                to: queued.to,
                payload: queued.payload,
            });
        }
        None
    }

    /// What was sent so far.
    #[must_use]
    pub fn stats(&self) -> LanStats {
        self.stats
    }

    /// The segment of a port that is plugged in.
    fn segment_of(&self, port: Port) -> Option<Segment> {
        let attachment = self.ports.get(port.0)?;
        attachment.up.then_some(attachment.segment)
    }

    fn carry(&mut self, now: Instant, from: Port, to: Port, payload: &Rc<P>) {
        let side = |port| self.sides.get(&port).copied().unwrap_or(0);
        if side(from) != side(to) {
            return;
        }
        let Some(config) = self
            .segment_of(from)
            .and_then(|segment| self.segments.get(segment.0).copied())
        else {
            return;
        };
        if self.chance(config.loss_per_mille) {
            self.stats.lost += 1;
            return;
        }
        let copies = 1 + u32::from(self.chance(config.duplicate_per_mille));
        for _ in 0..copies {
            let span = u64::try_from(config.jitter.as_micros()).unwrap_or(u64::MAX - 1);
            let jitter = Duration::from_micros(self.rng.next_u64() % (span + 1));
            self.enqueue(now + config.latency + jitter, from, to, payload);
        }
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.rng.next_u32() % 1000 < per_mille
    }

    fn enqueue(&mut self, at: Instant, from: Port, to: Port, payload: &Rc<P>) {
        self.sequence += 1;
        self.queue.push(Reverse(Queued {
            at,
            sequence: self.sequence,
            from,
            to,
            payload: Rc::clone(payload),
        }));
    }
}

impl<P> PartialEq for Queued<P> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<P> Eq for Queued<P> {}

impl<P> PartialOrd for Queued<P> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<P> Ord for Queued<P> {
    /// By time; packets of one instant in the order they were sent.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.sequence).cmp(&(other.at, other.sequence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;

    fn drain(lan: &mut SimLan<u32>) -> Vec<(Port, u32)> {
        std::iter::from_fn(|| lan.next_delivery())
            .map(|delivery| (delivery.to, *delivery.payload))
            .collect()
    }

    #[test]
    fn segments_do_not_hear_each_other() {
        let now = Clock::start().at(Duration::ZERO);
        let mut lan = SimLan::new(Seed(1));
        let (one, two) = (
            lan.add_segment(LinkConfig::default()),
            lan.add_segment(LinkConfig::default()),
        );
        let (a, b, c) = (lan.attach(one), lan.attach(one), lan.attach(two));
        lan.multicast(now, a, 1);
        lan.unicast(now, b, c, 2);
        assert_eq!(drain(&mut lan), [(a, 1), (b, 1)]);
    }

    #[test]
    fn loss_and_duplication_are_near_their_rates_and_repeatable() {
        let run = || {
            let now = Clock::start().at(Duration::ZERO);
            let mut lan = SimLan::new(Seed(5));
            let segment = lan.add_segment(LinkConfig {
                loss_per_mille: 100,
                duplicate_per_mille: 50,
                ..LinkConfig::default()
            });
            let (a, b) = (lan.attach(segment), lan.attach(segment));
            for n in 0..10_000 {
                lan.unicast(now, a, b, n);
            }
            drain(&mut lan);
            lan.stats()
        };
        let stats = run();
        assert!((900..1100).contains(&stats.lost), "{stats:?}");
        assert!((9_200..9_700).contains(&stats.delivered), "{stats:?}");
        assert_eq!(stats, run());
    }

    #[test]
    fn a_partition_parts_and_heals() {
        let now = Clock::start().at(Duration::ZERO);
        let mut lan = SimLan::new(Seed(1));
        let segment = lan.add_segment(LinkConfig::default());
        let (a, b) = (lan.attach(segment), lan.attach(segment));
        lan.set_side(b, 1);
        lan.unicast(now, a, b, 1);
        lan.heal();
        lan.unicast(now, a, b, 2);
        assert_eq!(drain(&mut lan), [(b, 2)]);
    }

    #[test]
    fn what_is_on_its_way_to_a_pulled_port_is_lost() {
        let now = Clock::start().at(Duration::ZERO);
        let mut lan = SimLan::new(Seed(1));
        let segment = lan.add_segment(LinkConfig::default());
        let (a, b) = (lan.attach(segment), lan.attach(segment));
        lan.unicast(now, a, b, 1);
        lan.set_up(b, false);
        assert_eq!(drain(&mut lan), []);
    }
}
