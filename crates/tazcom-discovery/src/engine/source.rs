//! What each source address has used of its limits.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::limits::{
    EVENTS_ON_LOOPBACK, EVENTS_PER_SOURCE, MAX_INSTANCES_ON_LOOPBACK, MAX_INSTANCES_PER_SOURCE,
    MAX_SOURCES, PACKETS_ON_LOOPBACK, PACKETS_PER_SOURCE,
};

/// A token bucket: a rate a second and a burst.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: u32,
    burst: u32,
    /// Tokens at `updated`, in millionths.
    micro: u64,
    updated: Instant,
}

const MICRO: u64 = 1_000_000;

impl Bucket {
    pub(crate) fn new(now: Instant, (rate, burst): (u32, u32)) -> Self {
        Self {
            rate,
            burst,
            micro: u64::from(burst) * MICRO,
            updated: now,
        }
    }

    /// Takes one token, or says when there will be one.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        let passed = now.saturating_duration_since(self.updated);
        let gained = u64::try_from(passed.as_micros())
            .unwrap_or(u64::MAX)
            .saturating_mul(u64::from(self.rate));
        self.micro = self
            .micro
            .saturating_add(gained)
            .min(u64::from(self.burst) * MICRO);
        self.updated = self.updated.max(now);
        if self.micro >= MICRO {
            self.micro -= MICRO;
            return Ok(());
        }
        let missing = (MICRO - self.micro).div_ceil(u64::from(self.rate.max(1)));
        Err(now + Duration::from_micros(missing))
    }
}

#[derive(Debug)]
struct Source {
    packets: Bucket,
    events: Bucket,
    instances: u32,
    used: Instant,
}

/// The limits of every source address, at most [`MAX_SOURCES`] of them.
#[derive(Debug, Default)]
pub(crate) struct Sources(BTreeMap<IpAddr, Source>);

impl Sources {
    /// Whether one more packet from `ip` may be read.
    pub(crate) fn allow_packet(&mut self, now: Instant, ip: IpAddr) -> bool {
        self.entry(now, ip).packets.take(now).is_ok()
    }

    /// Whether one more event about `ip`'s instances may be told, else when.
    pub(crate) fn allow_event(&mut self, now: Instant, ip: IpAddr) -> Result<(), Instant> {
        self.entry(now, ip).events.take(now)
    }

    /// Charges one instance to `ip`; false when its quota is used up.
    pub(crate) fn charge_instance(&mut self, now: Instant, ip: IpAddr) -> bool {
        let quota = if ip.is_loopback() {
            MAX_INSTANCES_ON_LOOPBACK
        } else {
            MAX_INSTANCES_PER_SOURCE
        };
        let source = self.entry(now, ip);
        let free = source.instances < quota;
        source.instances += u32::from(free);
        free
    }

    /// Gives back what [`Self::charge_instance`] took.
    pub(crate) fn release_instance(&mut self, ip: IpAddr) {
        if let Some(source) = self.0.get_mut(&ip) {
            source.instances = source.instances.saturating_sub(1);
        }
    }

    /// The address that has most instances, when that is more than one.
    pub(crate) fn busiest(&self) -> Option<IpAddr> {
        let (ip, source) = self.0.iter().max_by_key(|(_, source)| source.instances)?;
        (source.instances > 1).then_some(*ip)
    }

    fn entry(&mut self, now: Instant, ip: IpAddr) -> &mut Source {
        if self.0.len() >= MAX_SOURCES && !self.0.contains_key(&ip) {
            self.forget_oldest();
        }
        let source = self.0.entry(ip).or_insert_with(|| {
            let (packets, events) = if ip.is_loopback() {
                (PACKETS_ON_LOOPBACK, EVENTS_ON_LOOPBACK)
            } else {
                (PACKETS_PER_SOURCE, EVENTS_PER_SOURCE)
            };
            Source {
                packets: Bucket::new(now, packets),
                events: Bucket::new(now, events),
                instances: 0,
                used: now,
            }
        });
        source.used = now;
        source
    }

    /// Sources with instances stay: there are never more than half of [`MAX_SOURCES`] of them.
    fn forget_oldest(&mut self) {
        let idle = self.0.iter().filter(|(_, source)| source.instances == 0);
        if let Some(ip) = idle
            .min_by_key(|(_, source)| source.used)
            .map(|(ip, _)| *ip)
        {
            self.0.remove(&ip);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start, (10, 3));
        for _ in 0..3 {
            assert_eq!(bucket.take(start), Ok(()));
        }
        let ready = bucket.take(start).unwrap_err();
        assert_eq!(ready - start, Duration::from_millis(100));
        assert_eq!(bucket.take(ready), Ok(()));
        assert!(bucket.take(ready).is_err());
        let later = start + Duration::from_secs(60);
        assert_eq!((0..9).filter(|_| bucket.take(later).is_ok()).count(), 3);
    }

    #[test]
    fn sources_are_bounded_and_those_with_instances_stay() {
        let start = Instant::now();
        let mut sources = Sources::default();
        let keeper = IpAddr::from([10, 0, 0, 1]);
        assert!(sources.charge_instance(start, keeper));
        for i in 0..u32::try_from(MAX_SOURCES).unwrap() * 2 {
            let ip = IpAddr::V4((0x0b00_0000 + i).into());
            sources.allow_packet(start + Duration::from_millis(u64::from(i)), ip);
        }
        assert_eq!(sources.0.len(), MAX_SOURCES);
        assert!(sources.0.contains_key(&keeper));
    }

    #[test]
    fn a_source_has_its_quota_of_instances_and_not_one_more() {
        let now = Instant::now();
        let mut sources = Sources::default();
        let ip = IpAddr::from([10, 0, 0, 9]);
        for _ in 0..MAX_INSTANCES_PER_SOURCE {
            assert!(sources.charge_instance(now, ip));
        }
        assert!(!sources.charge_instance(now, ip));
        sources.release_instance(ip);
        assert!(sources.charge_instance(now, ip));
    }
}
