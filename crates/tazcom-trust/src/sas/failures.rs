//! How often comparing went wrong, and with whom.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tazcom_identity::NodeId;

/// After so many within [`MEMORY`] nobody is compared with any more: whoever is between two people
/// guesses right once in 2^42 times, and is not to be given many.
pub(super) const MAX_FAILURES: usize = 3;

/// Asks that may be withdrawn within [`MEMORY`] before they are not shown any more: two people miss each
/// other a few times, and nobody is to be asked for ever.
pub(super) const MAX_WITHDRAWN: usize = 10;

/// How long a failure counts.
const MEMORY: Duration = Duration::from_secs(3600);

/// Peers of whom failures are remembered: more than anybody compares with in an hour. Beyond it, the
/// one whose last failure is longest ago is forgiven; each guess needs a person here all the same.
const MAX_PEERS: usize = 1024;

pub(super) struct Failures {
    most: usize,
    failed: BTreeMap<NodeId, Vec<Instant>>,
}

impl Failures {
    /// After so many it is too often.
    pub(super) const fn up_to(most: usize) -> Self {
        Self {
            most,
            failed: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, now: Instant, peer: NodeId) {
        self.failed.retain(|_, failed| {
            failed.retain(|at| now.saturating_duration_since(*at) < MEMORY);
            !failed.is_empty()
        });
        if self.failed.len() >= MAX_PEERS && !self.failed.contains_key(&peer) {
            let oldest = self
                .failed
                .iter()
                .min_by_key(|(_, failed)| failed.last().copied());
            if let Some(oldest) = oldest.map(|(peer, _)| *peer) {
                self.failed.remove(&oldest);
            }
        }
        let failed = self.failed.entry(peer).or_default();
        failed.push(now);
        if failed.len() > self.most {
            failed.remove(0);
        }
    }

    pub(super) fn too_often(&self, now: Instant, peer: &NodeId) -> bool {
        let counts = |at: &&Instant| now.saturating_duration_since(**at) < MEMORY;
        let failed = self.failed.get(peer);
        failed.is_some_and(|failed| failed.iter().filter(counts).count() >= self.most)
    }
}

#[cfg(test)]
mod tests {
    use tazcom_testkit::{Clock, fixed_id};

    use super::*;

    #[test]
    fn the_third_failure_is_too_often_for_an_hour_and_no_longer() {
        let clock = Clock::start();
        let at = |secs| clock.at(Duration::from_secs(secs));
        let (peer, mut failures) = (fixed_id(1), Failures::up_to(MAX_FAILURES));
        failures.add(at(0), peer);
        failures.add(at(10), peer);
        assert!(!failures.too_often(at(20), &peer));
        failures.add(at(20), peer);
        assert!(failures.too_often(at(20), &peer));
        assert!(failures.too_often(at(3599), &peer));
        assert!(!failures.too_often(at(3600), &peer));
        assert!(!failures.too_often(at(20), &fixed_id(2)));
    }

    #[test]
    fn one_peer_more_than_are_remembered_forgives_the_oldest() {
        let clock = Clock::start();
        let mut failures = Failures::up_to(MAX_FAILURES);
        let most = u32::try_from(MAX_PEERS).unwrap();
        for peer in 0..=most {
            for _ in 0..MAX_FAILURES {
                let at = clock.at(Duration::from_millis(peer.into()));
                failures.add(at, id(peer));
            }
            assert!(failures.failed.len() <= MAX_PEERS);
        }
        let now = clock.at(Duration::from_secs(2));
        assert!(!failures.too_often(now, &id(0)));
        assert!(failures.too_often(now, &id(1)));
        assert!(failures.too_often(now, &id(most)));
    }

    fn id(n: u32) -> NodeId {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        NodeId::from_bytes(bytes)
    }
}
