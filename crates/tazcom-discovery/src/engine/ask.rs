//! Asking: who is there, what is about to run out, and what others have asked already.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

use rand_core::Rng;

use super::limits::{MAX_REFRESHED_AT_ONCE, REFRESH_PACE};
use super::link::DueQuery;
use super::{Engine, Family, LinkId, announced_addrs};
use crate::interface::InterfaceIndex;
use crate::names::Name;
use crate::wire::{Data, Message, OwnRecords, QueryBuilder, Question};

impl Engine {
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
}
