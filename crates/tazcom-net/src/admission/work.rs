//! How many requests are worked on, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use crate::bucket::Bucket;
use crate::config::WorkLimits;
use crate::event::ConnectionLimit;

/// Token buckets, one for all and one an address, charged when a whole request has come in and
/// before it is parsed. An idle connection costs none: it is [`HalfOpen`]'s business.
///
/// [`HalfOpen`]: super::HalfOpen
#[derive(Debug)]
pub(crate) struct WorkBudget {
    limits: WorkLimits,
    loopback_exempt: bool,
    total: Bucket,
    /// Bounded by `limits.tracked_addresses`.
    by_address: HashMap<IpAddr, Bucket>,
}

impl WorkBudget {
    pub(crate) fn new(now: Instant, limits: WorkLimits, loopback_exempt: bool) -> Self {
        Self {
            limits,
            loopback_exempt,
            total: Bucket::full(now),
            by_address: HashMap::new(),
        }
    }

    /// Charges one request.
    ///
    /// # Errors
    /// The limit that was met. The address is asked first: what one address may not do takes
    /// nothing away from the others.
    pub(crate) fn charge(&mut self, now: Instant, from: IpAddr) -> Result<(), ConnectionLimit> {
        if !(self.loopback_exempt && from.is_loopback()) {
            let rate = self.limits.per_address;
            if !self.by_address.contains_key(&from) {
                self.make_room(now);
            }
            let bucket = self
                .by_address
                .entry(from)
                .or_insert_with(|| Bucket::full(now));
            if bucket.try_take(now, rate).is_err() {
                return Err(ConnectionLimit::RatePerAddress(rate.per_second.get()));
            }
        }
        let rate = self.limits.total;
        self.total
            .try_take(now, rate)
            .map_err(|_| ConnectionLimit::Rate(rate.per_second.get()))
    }

    /// Forgets full buckets first, for that changes nothing, then the fullest one.
    fn make_room(&mut self, now: Instant) {
        if self.by_address.len() < self.limits.tracked_addresses.get() {
            return;
        }
        self.by_address.retain(|_, bucket| !bucket.is_full(now));
        if self.by_address.len() >= self.limits.tracked_addresses.get() {
            let fullest = self
                .by_address
                .iter()
                .min_by_key(|(_, bucket)| bucket.full_at())
                .map(|(ip, _)| *ip);
            if let Some(fullest) = fullest {
                self.by_address.remove(&fullest);
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn tracked(&self) -> usize {
        self.by_address.len()
    }
}
