//! What one interface's link has told us of each instance.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Instant;

use tazcom_identity::NodeId;

use super::instance::{Ask, Instance};
use super::limits::MAX_INSTANCES_PER_HOST;
use super::source::Sources;
use super::{Family, LostReason};
use crate::interface::Interface;
use crate::names::{HostName, InstanceKey, Name};
use crate::wire::{Data, QueryBuilder, Question, QuestionKind, Record};

/// Where a record came from, and all that is needed to judge it.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) now: Instant,
    pub(crate) source: IpAddr,
    pub(crate) family: Family,
    pub(crate) interface: &'a Interface,
    /// Any random number, for the jitter of refreshes.
    pub(crate) random: u32,
}

/// The instances of one interface.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    instances: BTreeMap<InstanceKey, Slot>,
    /// When each instance is to be looked at next.
    due: BTreeSet<(Instant, InstanceKey)>,
}

#[derive(Debug)]
struct Slot {
    instance: Instance,
    /// As it stands in [`Cache::due`].
    due: Option<Instant>,
}

/// What became of a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// It concerns nobody we know.
    Ignored,
    /// It would begin an instance, and there is no room for one from this source.
    Refused,
    /// These instances may have changed.
    Changed(Vec<InstanceKey>),
}

impl Cache {
    pub(crate) fn get(&self, key: &InstanceKey) -> Option<&Instance> {
        self.instances.get(key).map(|slot| &slot.instance)
    }

    /// Changes one instance, if it is there.
    pub(crate) fn change<T>(
        &mut self,
        now: Instant,
        key: &InstanceKey,
        change: impl FnOnce(&mut Instance) -> T,
    ) -> Option<T> {
        let slot = self.instances.get_mut(key)?;
        let result = change(&mut slot.instance);
        slot.reschedule(now, *key, &mut self.due);
        Some(result)
    }

    pub(crate) fn len(&self) -> usize {
        self.instances.len()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &InstanceKey> {
        self.instances.keys()
    }

    /// When something is to be done next.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    fn due_keys(&self, now: Instant) -> Vec<InstanceKey> {
        let due = self.due.iter().take_while(|(at, _)| *at <= now);
        due.map(|(_, key)| *key).collect()
    }

    /// Takes in one record of a response.
    pub(crate) fn apply(
        &mut self,
        record: &Record,
        arrival: &Arrival<'_>,
        sources: &mut Sources,
        room: bool,
    ) -> Applied {
        match (&record.name, &record.data) {
            (Name::Service, Data::Ptr(Name::Instance(key))) => {
                self.with(*key, record, arrival, sources, room, |instance| {
                    instance.on_ptr(record, arrival);
                })
            }
            (Name::Instance(key), Data::Srv { port, host }) => {
                self.with(*key, record, arrival, sources, room, |instance| {
                    instance.on_srv(*port, host, record, arrival);
                })
            }
            (Name::Instance(key), Data::Txt(txt)) => {
                self.with(*key, record, arrival, sources, room, |instance| {
                    instance.on_txt(txt, record, arrival);
                })
            }
            (Name::Host(host), Data::A(ip)) => self.on_addr(host, IpAddr::V4(*ip), record, arrival),
            (Name::Host(host), Data::Aaaa(ip)) => {
                self.on_addr(host, IpAddr::V6(*ip), record, arrival)
            }
            _ => Applied::Ignored,
        }
    }

    fn with(
        &mut self,
        key: InstanceKey,
        record: &Record,
        arrival: &Arrival<'_>,
        sources: &mut Sources,
        room: bool,
        change: impl FnOnce(&mut Instance),
    ) -> Applied {
        if self.instances.contains_key(&key) {
            self.change(arrival.now, &key, change);
            return Applied::Changed(vec![key]);
        }
        if record.ttl == 0 {
            return Applied::Ignored;
        }
        self.begin(key, arrival, sources, room, change)
    }

    /// Somebody uses this name; nothing else is known of it yet.
    pub(crate) fn hint(
        &mut self,
        key: InstanceKey,
        arrival: &Arrival<'_>,
        sources: &mut Sources,
        room: bool,
    ) -> Applied {
        if self.instances.contains_key(&key) {
            return Applied::Ignored;
        }
        self.begin(key, arrival, sources, room, |instance| {
            instance.await_announcement(arrival.now);
        })
    }

    fn begin(
        &mut self,
        key: InstanceKey,
        arrival: &Arrival<'_>,
        sources: &mut Sources,
        room: bool,
        change: impl FnOnce(&mut Instance),
    ) -> Applied {
        if !room {
            return Applied::Refused;
        }
        if !sources.charge_instance(arrival.now, arrival.source) {
            // Names that came to nothing make way for one that may.
            let Some(worst) = self.oldest_incomplete(Some(arrival.source)) else {
                return Applied::Refused;
            };
            self.remove(&worst, sources);
            if !sources.charge_instance(arrival.now, arrival.source) {
                return Applied::Refused;
            }
        }
        let mut instance = Instance::new(arrival);
        change(&mut instance);
        let mut slot = Slot {
            instance,
            due: None,
        };
        slot.reschedule(arrival.now, key, &mut self.due);
        self.instances.insert(key, slot);
        Applied::Changed(vec![key])
    }

    fn on_addr(
        &mut self,
        host: &HostName,
        ip: IpAddr,
        record: &Record,
        arrival: &Arrival<'_>,
    ) -> Applied {
        // An address elsewhere, or of no single machine, is never dialled: a forged record must
        // not aim us at one.
        if !arrival.interface.is_neighbour(ip) {
            return Applied::Ignored;
        }
        let slots = self.instances.iter_mut();
        let on_host = slots.filter(|(_, slot)| slot.instance.is_on(host));
        let mut changed = Vec::new();
        for (key, slot) in on_host.take(MAX_INSTANCES_PER_HOST) {
            slot.instance.on_addr(ip, record, arrival);
            slot.reschedule(arrival.now, *key, &mut self.due);
            changed.push(*key);
        }
        Applied::Changed(changed)
    }

    /// Drops an instance and gives its source the room back.
    pub(crate) fn remove(&mut self, key: &InstanceKey, sources: &mut Sources) {
        if let Some(slot) = self.instances.remove(key) {
            if let Some(due) = slot.due {
                self.due.remove(&(due, *key));
            }
            sources.release_instance(slot.instance.source());
        }
    }

    /// The longest-known instance of which something is missing, of that source or of any.
    pub(crate) fn oldest_incomplete(&self, source: Option<IpAddr>) -> Option<InstanceKey> {
        self.instances
            .iter()
            .filter(|(_, slot)| slot.instance.is_incomplete())
            .filter(|(_, slot)| source.is_none_or(|ip| slot.instance.source() == ip))
            .min_by_key(|(_, slot)| slot.instance.first_seen())
            .map(|(key, _)| *key)
    }

    /// The longest-known instance charged to `source`.
    pub(crate) fn oldest_from(&self, source: IpAddr) -> Option<(Instant, InstanceKey)> {
        self.instances
            .iter()
            .filter(|(_, slot)| slot.instance.source() == source)
            .map(|(key, slot)| (slot.instance.first_seen(), *key))
            .min()
    }

    /// Drops what has run out; says what changed, and why where an instance is gone.
    pub(crate) fn expire(
        &mut self,
        now: Instant,
        sources: &mut Sources,
    ) -> Vec<(InstanceKey, Option<LostReason>)> {
        let mut changed = Vec::new();
        for key in self.due_keys(now) {
            let expired = self.change(now, &key, |instance| {
                let had = instance.addr_count();
                let reason = instance.expire(now);
                (reason, instance.addr_count() != had)
            });
            match expired {
                Some((Some(reason), _)) => {
                    self.remove(&key, sources);
                    changed.push((key, Some(reason)));
                }
                Some((None, true)) => changed.push((key, None)),
                _ => {}
            }
        }
        changed
    }

    /// Questions that are due, at most `most`, each with the family to ask on.
    pub(crate) fn due_questions(
        &mut self,
        now: Instant,
        ipv6: bool,
        most: usize,
    ) -> Vec<(InstanceKey, Ask)> {
        let due = self.due_keys(now).into_iter().take(most);
        due.filter_map(|key| {
            let ask = self.change(now, &key, |instance| instance.due_question(now, ipv6));
            Some((key, ask??))
        })
        .collect()
    }

    /// Somebody else asked these questions: the answers will reach us too
    /// (RFC 6762 section 7.3).
    pub(crate) fn asked_by_others(&mut self, now: Instant, questions: &[Question]) {
        for question in questions {
            if let Name::Instance(key) = &question.name {
                let all = question.kind == QuestionKind::Any;
                let srv = all || question.kind == QuestionKind::Srv;
                let txt = all || question.kind == QuestionKind::Txt;
                self.change(now, key, |instance| instance.asked(now, srv, txt));
            }
        }
    }

    /// Lists as known answers all pointers of which more than half the life is left.
    pub(crate) fn known_answers(&self, now: Instant, query: &mut QueryBuilder) {
        for (key, slot) in &self.instances {
            if let Some(ttl) = slot.instance.known_answer(now) {
                query.known(key, ttl);
            }
        }
    }

    /// Whether a complete instance has this address.
    pub(crate) fn has_addr(&self, ip: IpAddr) -> bool {
        let mut instances = self.instances.values();
        instances.any(|slot| slot.instance.addrs().any(|(addr, ..)| addr == ip))
    }

    /// Whether we would list this pointer as a known answer.
    pub(crate) fn knows(&self, now: Instant, key: &InstanceKey) -> bool {
        self.get(key)
            .is_some_and(|instance| instance.known_answer(now).is_some())
    }

    /// The id an instance says it has.
    pub(crate) fn id_of(&self, key: &InstanceKey) -> Option<NodeId> {
        self.get(key)?.id()
    }
}

impl Slot {
    fn reschedule(
        &mut self,
        now: Instant,
        key: InstanceKey,
        due: &mut BTreeSet<(Instant, InstanceKey)>,
    ) {
        let next = self.instance.next_deadline(now);
        if next == self.due {
            return;
        }
        if let Some(before) = self.due {
            due.remove(&(before, key));
        }
        if let Some(next) = next {
            due.insert((next, key));
        }
        self.due = next;
    }
}
