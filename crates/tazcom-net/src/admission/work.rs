//! How many requests are worked on, in all and from one address.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Instant;

use super::shares_one_address;
use crate::bucket::Bucket;
use crate::config::{Rate, WorkLimits};
use crate::event::ConnectionLimit;

/// The part of the total burst that only those may use who have said nothing lately: `1 / RESERVE`.
const RESERVE: u32 = 4;

/// What is charged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Lines,
    Handshakes,
}

/// Token buckets, charged before any work is done. An idle connection costs none: it is
/// [`HalfOpen`]'s business.
///
/// [`HalfOpen`]: super::HalfOpen
#[derive(Debug)]
pub(crate) struct WorkBudget {
    work: Work,
    limits: WorkLimits,
    loopback_exempt: bool,
    total: Bucket,
    by_address: Buckets<IpAddr>,
    by_network: Buckets<Network>,
}

/// The upper 64 bits of an IPv6 address: a host may give itself every address below them
/// (RFC 4291 section 2.5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Network(u64);

impl WorkBudget {
    pub(crate) fn new(
        now: Instant,
        work: Work,
        limits: WorkLimits,
        loopback_exempt: bool,
    ) -> Self {
        Self {
            work,
            limits,
            loopback_exempt,
            total: Bucket::full(now),
            by_address: Buckets::default(),
            by_network: Buckets::default(),
        }
    }

    /// Charges one request.
    ///
    /// # Errors
    /// The limit that was met. The narrower is asked first: what one address may not do takes
    /// nothing away from its network, nor what that may not do from all.
    pub(crate) fn charge(&mut self, now: Instant, from: IpAddr) -> Result<(), ConnectionLimit> {
        // Programs of this very host are not the crowd the reserve is kept from.
        let mut newcomer = true;
        if !(self.loopback_exempt && shares_one_address(from)) {
            let (limits, most) = (self.limits, self.limits.tracked_addresses.get());
            newcomer = self
                .by_address
                .charge(now, from, limits.per_address, most)
                .map_err(|rate| self.work.per_address(rate))?;
            if let IpAddr::V6(ip) = from {
                self.by_network
                    .charge(now, Network::of(ip), limits.per_network, most)
                    .map_err(|rate| self.work.per_network(rate))?;
            }
        }
        let rate = self.limits.total;
        let kept = if newcomer {
            0
        } else {
            rate.burst.get() / RESERVE
        };
        self.total
            .try_take_leaving(now, rate, kept)
            .map_err(|_| self.work.total(rate.per_second.get()))
    }

    #[cfg(test)]
    pub(crate) fn tracked(&self) -> usize {
        self.by_address
            .buckets
            .len()
            .max(self.by_network.buckets.len())
    }
}

impl Work {
    const fn total(self, rate: u32) -> ConnectionLimit {
        match self {
            Self::Lines => ConnectionLimit::Rate(rate),
            Self::Handshakes => ConnectionLimit::Handshakes(rate),
        }
    }

    const fn per_address(self, rate: u32) -> ConnectionLimit {
        match self {
            Self::Lines => ConnectionLimit::RatePerAddress(rate),
            Self::Handshakes => ConnectionLimit::HandshakesPerAddress(rate),
        }
    }

    const fn per_network(self, rate: u32) -> ConnectionLimit {
        match self {
            Self::Lines => ConnectionLimit::RatePerNetwork(rate),
            Self::Handshakes => ConnectionLimit::HandshakesPerNetwork(rate),
        }
    }
}

impl Network {
    fn of(ip: Ipv6Addr) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = ip.octets();
        Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

/// A bucket for each of many.
#[derive(Debug)]
struct Buckets<K> {
    buckets: HashMap<K, Bucket>,
    /// The same, those nearest to full first.
    by_fullness: BTreeSet<(Instant, K)>,
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self {
            buckets: HashMap::new(),
            by_fullness: BTreeSet::new(),
        }
    }
}

impl<K: Copy + Ord + Hash> Buckets<K> {
    /// Charges one; tells whether the bucket was full before.
    ///
    /// # Errors
    /// The bucket is empty; its rate a second.
    fn charge(&mut self, now: Instant, who: K, rate: Rate, most: usize) -> Result<bool, u32> {
        let known = self.buckets.get(&who).copied();
        let mut bucket = known.unwrap_or_else(|| Bucket::full(now));
        let full = bucket.is_full(now);
        if bucket.try_take(now, rate).is_err() {
            return Err(rate.per_second.get());
        }
        match known {
            Some(before) => {
                self.by_fullness.remove(&(before.full_at(), who));
            }
            None => self.make_room(most),
        }
        self.by_fullness.insert((bucket.full_at(), who));
        self.buckets.insert(who, bucket);
        Ok(full)
    }

    /// Forgets the bucket nearest to full: of one that is full, nothing is forgotten.
    fn make_room(&mut self, most: usize) {
        if self.buckets.len() >= most
            && let Some((_, fullest)) = self.by_fullness.pop_first()
        {
            self.buckets.remove(&fullest);
        }
    }
}
