//! The browser's half: asking, believing, and telling what is there.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use rand_core::Rng;
use tazcom_identity::NodeId;

use super::cache::{Applied, Arrival, Cache};
use super::limits::{MAX_ADDR_RECORDS, MAX_ADDRS, MAX_INSTANCES, MAX_REFRESHED_AT_ONCE};
use super::source::Sources;
use super::{Engine, LinkId, MDNS_PORT, Output};
use crate::event::LostReason;
use crate::interface::InterfaceIndex;
use crate::names::{InstanceKey, Name};
use crate::wire::{Data, Message, Record};

impl Engine {
    /// A response: records about others are cached, records about us are a conflict or harmless.
    pub(super) fn on_response(
        &mut self,
        now: Instant,
        id: LinkId,
        source: SocketAddr,
        message: &Message,
    ) {
        if source.port() != MDNS_PORT {
            // RFC 6762 section 11: no other port is a multicast DNS responder's.
            self.stats.packets_dropped += 1;
            return;
        }
        self.stats.instances_refused += u64::from(message.foreign_instances);
        let conflict = message
            .answers
            .iter()
            .any(|record| self.speaks_for_us(record));
        if conflict {
            self.on_conflict(now, source.ip());
        }
        if message
            .answers
            .iter()
            .any(|record| self.takes_us_back(record))
        {
            self.defend_against_goodbye(now);
        }

        // One for the whole packet: what was told together is asked for together.
        let random = self.rng.next_u32();
        let mut changed = Vec::new();
        // Addresses last: what they belong to may stand behind them in the packet.
        let (addrs, others): (Vec<_>, Vec<_>) = message
            .answers
            .iter()
            .partition(|record| matches!(record.data, Data::A(_) | Data::Aaaa(_)));
        let addrs = few_a_host(addrs);
        for record in others.into_iter().chain(addrs) {
            if !self.is_ours(record) {
                self.apply(now, id, (source.ip(), random), record, &mut changed);
            }
        }
        if changed.is_empty() {
            return;
        }
        changed.sort_unstable();
        changed.dedup();
        if let Some(cache) = self.net.caches.get(&id.interface) {
            let nonsense = |key: &&InstanceKey| cache.get(key).is_some_and(|i| i.is_nonsense(key));
            let refused = changed.iter().filter(nonsense).count();
            self.stats.instances_refused += u64::try_from(refused).unwrap_or(u64::MAX);
        }
        for key in changed {
            self.roster.touch(now, key, None);
        }
    }

    /// A probe tells that somebody uses a name. Its records are tentative and not believed, but
    /// whoever missed the announcement can ask for the real ones.
    pub(super) fn note_probed_names(
        &mut self,
        now: Instant,
        id: LinkId,
        source: IpAddr,
        message: &Message,
    ) {
        for record in message.authority.iter().take(MAX_REFRESHED_AT_ONCE) {
            let (Name::Instance(key), Data::Srv { .. }) = (&record.name, &record.data) else {
                continue;
            };
            let known = |cache: &Cache| cache.get(key).is_some();
            if self.is_ours(record) || self.net.caches.get(&id.interface).is_some_and(known) {
                continue;
            }
            self.with_cache(
                now,
                id,
                (source, 0),
                true,
                |cache, arrival, sources, room| cache.hint(*key, arrival, sources, room),
            );
        }
    }

    fn apply(
        &mut self,
        now: Instant,
        id: LinkId,
        from: (IpAddr, u32),
        record: &Record,
        changed: &mut Vec<InstanceKey>,
    ) {
        let known = |key: &InstanceKey| {
            let cache = self.net.caches.get(&id.interface);
            cache.is_some_and(|cache| cache.get(key).is_some())
        };
        let begins = record.ttl > 0 && record.instance().is_some_and(|key| !known(key));
        let applied = self.with_cache(now, id, from, begins, |cache, arrival, sources, room| {
            cache.apply(record, arrival, sources, room)
        });
        match applied {
            Applied::Ignored => {}
            Applied::Refused => self.stats.instances_refused += 1,
            Applied::Changed(mut keys) => changed.append(&mut keys),
        }
    }

    fn with_cache(
        &mut self,
        now: Instant,
        id: LinkId,
        (source, random): (IpAddr, u32),
        begins: bool,
        change: impl FnOnce(&mut Cache, &Arrival<'_>, &mut Sources, bool) -> Applied,
    ) -> Applied {
        let full = begins && self.net.instance_count() >= MAX_INSTANCES;
        let room = !full || self.make_room(now, source);
        let Some(interface) = self.net.interfaces.get(&id.interface) else {
            return Applied::Ignored;
        };
        let arrival = Arrival {
            now,
            source,
            family: id.family,
            interface,
            random,
        };
        let cache = self.net.caches.entry(id.interface).or_default();
        change(cache, &arrival, &mut self.sources, room)
    }

    /// All places are taken: the address that holds most of them gives up its oldest one. Where
    /// all hold one, a name that came to nothing goes, else any, so that a flood cannot keep
    /// newcomers out.
    fn make_room(&mut self, now: Instant, newcomer: IpAddr) -> bool {
        let caches = &self.net.caches;
        let (index, key) = if let Some(busiest) = self.sources.busiest() {
            if busiest == newcomer {
                return false;
            }
            let oldest = caches.iter().filter_map(|(index, cache)| {
                let (since, key) = cache.oldest_from(busiest)?;
                Some((since, *index, key))
            });
            let Some((_, index, key)) = oldest.min() else {
                return false;
            };
            (index, key)
        } else {
            let incomplete = caches.iter().find_map(|(index, cache)| {
                let key = cache.oldest_incomplete(None)?;
                Some((*index, key))
            });
            let at = self.rng.next_u32() as usize % self.net.instance_count().max(1);
            let keys = caches.iter();
            let any = || {
                keys.flat_map(|(index, cache)| cache.keys().map(|key| (*index, *key)))
                    .nth(at)
            };
            let Some(chosen) = incomplete.or_else(any) else {
                return false;
            };
            chosen
        };
        if let Some(cache) = self.net.caches.get_mut(&index) {
            cache.remove(&key, &mut self.sources);
            self.roster.touch(now, key, Some(LostReason::Expired));
        }
        true
    }

    /// Addresses that an interface no longer shares a link with are not believed any more: the
    /// interface has moved to another network, so everything is learnt anew.
    pub(super) fn forget_off_link(&mut self, now: Instant, index: InterfaceIndex) {
        let Some(interface) = self.net.interfaces.get(&index) else {
            return;
        };
        let Some(cache) = self.net.caches.get_mut(&index) else {
            return;
        };
        let off_link = |key: &&InstanceKey| {
            let instance = cache.get(key);
            instance.is_some_and(|i| !i.addrs().any(|(ip, ..)| interface.is_on_link(ip)))
        };
        let gone: Vec<_> = cache.keys().filter(off_link).copied().collect();
        for key in gone {
            cache.remove(&key, &mut self.sources);
            self.roster.touch(now, key, Some(LostReason::InterfaceDown));
        }
    }

    /// A dial to this peer failed.
    pub(super) fn on_unreachable(&mut self, now: Instant, id: &NodeId) {
        let key = InstanceKey::of(id);
        for cache in self.net.caches.values_mut() {
            if cache.id_of(&key) == Some(*id) {
                cache.change(now, &key, |instance| instance.confirm(now));
            }
        }
    }

    pub(super) fn expire(&mut self, now: Instant) {
        for cache in self.net.caches.values_mut() {
            if cache.next_deadline().is_none_or(|at| at > now) {
                continue;
            }
            for (key, reason) in cache.expire(now, &mut self.sources) {
                self.roster.touch(now, key, reason);
            }
        }
    }

    /// Tells the user what has changed.
    pub(super) fn settle(&mut self, now: Instant) {
        if self.roster.next_deadline().is_none_or(|at| at > now) {
            return;
        }
        let net = &self.net;
        let mut events = std::collections::VecDeque::new();
        self.roster
            .settle(now, &mut self.sources, &mut events, |key| net.standing(key));
        self.out.extend(events.into_iter().map(Output::Event));
    }
}

/// Of all address records the first few of each host: nobody has more, and each costs a search.
fn few_a_host(records: Vec<&Record>) -> Vec<&Record> {
    let mut hosts: Vec<(&Name, usize)> = Vec::new();
    let mut few = Vec::new();
    for record in records.into_iter().take(MAX_ADDR_RECORDS) {
        let count = match hosts.iter_mut().find(|(name, _)| **name == record.name) {
            Some((_, count)) => count,
            None => {
                hosts.push((&record.name, 0));
                let Some((_, count)) = hosts.last_mut() else {
                    continue;
                };
                count
            }
        };
        *count += 1;
        if *count <= MAX_ADDRS {
            few.push(record);
        }
    }
    few
}
