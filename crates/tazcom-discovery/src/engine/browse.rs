//! The browser's half: asking, believing, and telling what is there.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use rand_core::Rng;
use tazcom_identity::NodeId;

use super::cache::{Applied, Arrival, Cache};
use super::instance::View;
use super::limits::{
    MAX_ADDR_RECORDS, MAX_ADDRS, MAX_INSTANCES, MAX_REFRESHED_AT_ONCE, REFRESH_PACE,
};
use super::link::DueQuery;
use super::roster::Standing;
use super::source::Sources;
use super::{Engine, Family, LinkId, MDNS_PORT, Net, Output, announced_addrs};
use crate::event::LostReason;
use crate::interface::InterfaceIndex;
use crate::names::{InstanceKey, Name};
use crate::peer::{Peer, PeerAddr, Via};
use crate::wire::{Data, Message, OwnRecords, QueryBuilder, Question, Record};

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

    /// Asks who is there, saying whom we know.
    pub(super) fn send_queries(&mut self, now: Instant) {
        let rng = &mut self.rng;
        let due: Vec<(LinkId, DueQuery)> = self
            .net
            .links
            .iter_mut()
            .filter_map(|(id, link)| Some((*id, link.take_query(now, rng.next_u32())?)))
            .collect();
        for (id, due) in due {
            let mut query = QueryBuilder::default();
            if due.browse {
                query.browse();
                if let Some(cache) = self.net.caches.get(&id.interface) {
                    cache.known_answers(now, &mut query);
                }
                self.stats.queries_sent += 1;
            }
            if let (true, Some(local), Some(interface)) = (
                due.probe,
                &self.local,
                self.net.interfaces.get(&id.interface),
            ) {
                query.probe(&OwnRecords {
                    service: &local.service,
                    addrs: &announced_addrs(interface),
                });
            }
            if query.is_empty() {
                continue;
            }
            for payload in query.build() {
                self.transmit(now, id, None, payload);
            }
        }
    }

    /// Asks again for what is about to run out, and for what is missing.
    pub(super) fn send_refreshes(&mut self, now: Instant) {
        let indexes: Vec<InterfaceIndex> = self.net.caches.keys().copied().collect();
        for index in indexes {
            let paced = self
                .net
                .refresh_after
                .get(&index)
                .is_some_and(|at| *at > now);
            let Some(cache) = self.net.caches.get_mut(&index) else {
                continue;
            };
            if paced || cache.next_deadline().is_none_or(|at| at > now) {
                continue;
            }
            let v6 = LinkId {
                interface: index,
                family: Family::V6,
            };
            let ipv6 = self.net.links.contains_key(&v6);
            let asks = cache.due_questions(now, ipv6, MAX_REFRESHED_AT_ONCE);
            let mut queries: BTreeMap<Family, QueryBuilder> = BTreeMap::new();
            for (key, ask) in &asks {
                let query = queries.entry(ask.family).or_default();
                query.instance(key, ask.srv, ask.txt);
                if let Some(host) = &ask.host {
                    query.host(host, ask.ipv4, ask.ipv6);
                }
            }
            if !asks.is_empty() {
                self.net.refresh_after.insert(index, now + REFRESH_PACE);
            }
            for (family, query) in queries.into_iter().filter(|(_, q)| !q.is_empty()) {
                let of = |family| LinkId {
                    interface: index,
                    family,
                };
                // The family it was heard on may have failed since.
                let families = [family, Family::V4, Family::V6].into_iter().map(of);
                let mut open = families.filter(|id| self.net.links.contains_key(id));
                let Some(id) = open.next() else {
                    continue;
                };
                for payload in query.build() {
                    self.transmit(now, id, None, payload);
                }
            }
        }
    }

    /// Another host's queries spare us our own (RFC 6762 section 7.3).
    pub(super) fn note_foreign_questions(
        &mut self,
        now: Instant,
        id: LinkId,
        asker: IpAddr,
        message: &Message,
    ) {
        let own_machine = self.is_own_addr(asker);
        let (Some(cache), Some(link)) = (
            self.net.caches.get_mut(&id.interface),
            self.net.links.get_mut(&id),
        ) else {
            return;
        };
        cache.asked_by_others(now, &message.questions);

        let browses = |question: &Question| question.name == Name::Service && !question.unicast;
        let begins = message.questions.iter().any(browses);
        if !begins && !message.questions.is_empty() {
            return;
        }
        // The asker does not answer itself, so it must be known to us already. On our own machine
        // an address does not tell which node that is.
        if own_machine || !cache.has_addr(asker) {
            link.foreign_query_differs();
            return;
        }
        let own = self.local.as_ref().map(|local| local.key);
        let mut listed = 0;
        for record in &message.answers {
            match &record.data {
                Data::Ptr(Name::Instance(key)) if Some(*key) == own => {}
                Data::Ptr(Name::Instance(key)) if cache.knows(now, key) => listed += 1,
                Data::Ptr(_) => {
                    link.foreign_query_differs();
                    return;
                }
                _ => {}
            }
        }
        // The asker does not list itself, though we know it.
        let known = cache.len().saturating_sub(1);
        link.foreign_query(now, asker, begins, !message.truncated, listed, known);
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

impl Net {
    fn instance_count(&self) -> usize {
        self.caches.values().map(Cache::len).sum()
    }

    /// Puts together what the interfaces know of an instance.
    fn standing(&self, key: &InstanceKey) -> Standing {
        let mut unclear = false;
        let mut settling = false;
        let mut newest: Option<(Instant, Peer, IpAddr)> = None;
        let mut addrs: Vec<(Instant, NodeId, PeerAddr)> = Vec::new();
        for (index, cache) in &self.caches {
            let (Some(instance), Some(interface)) = (cache.get(key), self.interfaces.get(index))
            else {
                continue;
            };
            let View::Complete {
                id,
                port,
                txt,
                received,
            } = instance.view()
            else {
                unclear = true;
                continue;
            };
            if InstanceKey::of(&id) != *key {
                unclear = true;
                continue;
            }
            settling |= instance.is_settling();
            addrs.extend(instance.addrs().map(|(ip, source, received)| {
                let addr = PeerAddr {
                    ip,
                    interface: Some(*index),
                    via: Via::Mdns(interface.name.clone()),
                    source: Some(source),
                };
                (received, id, addr)
            }));
            if newest.as_ref().is_none_or(|(at, ..)| *at < received) {
                let peer = Peer {
                    id,
                    port,
                    version: txt.version.clone().unwrap_or_default(),
                    sessions: txt.sessions,
                    addrs: Vec::new(),
                };
                newest = Some((received, peer, instance.source()));
            }
        }
        let Some((_, mut peer, source)) = newest else {
            return if unclear {
                Standing::Unclear
            } else {
                Standing::Gone
            };
        };
        addrs.retain(|(_, id, _)| *id == peer.id);
        // Newest first; of one announcement IPv4 before IPv6.
        addrs.sort_by_key(|(received, _, addr)| (std::cmp::Reverse(*received), addr.ip));
        peer.addrs = addrs.into_iter().map(|(_, _, addr)| addr).collect();
        if settling {
            Standing::Settling(peer, source)
        } else {
            Standing::Present(peer, source)
        }
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
