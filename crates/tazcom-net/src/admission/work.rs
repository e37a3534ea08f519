//! How many requests are worked on, in all and from one address.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Instant;

use crate::bucket::Bucket;
use crate::config::{Rate, WorkLimits};
use crate::event::ConnectionLimit;

/// The part of the total burst that only those may use who have said nothing lately: `1 / RESERVE`.
const RESERVE: u32 = 4;

/// Token buckets, charged when a whole request has come in and before it is parsed. An idle
/// connection costs none: it is [`HalfOpen`]'s business.
///
/// [`HalfOpen`]: super::HalfOpen
#[derive(Debug)]
pub(crate) struct WorkBudget {
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
    pub(crate) fn new(now: Instant, limits: WorkLimits, loopback_exempt: bool) -> Self {
        Self {
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
        let mut newcomer = false;
        if !(self.loopback_exempt && from.is_loopback()) {
            let (limits, most) = (self.limits, self.limits.tracked_addresses.get());
            newcomer = self
                .by_address
                .charge(now, from, limits.per_address, most)
                .map_err(ConnectionLimit::RatePerAddress)?;
            if let IpAddr::V6(ip) = from {
                self.by_network
                    .charge(now, Network::of(ip), limits.per_network, most)
                    .map_err(ConnectionLimit::RatePerNetwork)?;
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
            .map_err(|_| ConnectionLimit::Rate(rate.per_second.get()))
    }

    #[cfg(test)]
    pub(crate) fn tracked(&self) -> usize {
        self.by_address
            .buckets
            .len()
            .max(self.by_network.buckets.len())
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
