//! What one interface's link has told us of each instance.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

use tazcom_identity::NodeId;

use super::instance::{Ask, Instance};
use super::source::Sources;
use super::{Family, LostReason};
use crate::interface::Interface;
use crate::names::{HostName, InstanceKey, Name};
use crate::wire::{Data, Question, QuestionKind, QueryBuilder, Record};

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
    instances: BTreeMap<InstanceKey, Instance>,
    /// The earliest deadline of all instances; recomputed after each change.
    next: Option<Instant>,
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
        self.instances.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &InstanceKey) -> Option<&mut Instance> {
        self.instances.get_mut(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.instances.len()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &InstanceKey> {
        self.instances.keys()
    }

    /// When something is to be done next.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.next
    }

    /// Must follow every change made through [`Self::get_mut`] or [`Self::apply`].
    pub(crate) fn reschedule(&mut self, now: Instant) {
        self.next = self
            .instances
            .values()
            .filter_map(|instance| instance.next_deadline(now))
            .min();
    }

    /// Takes in one record of a response; [`Self::reschedule`] is to follow.
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
            (Name::Host(host), Data::A(ip)) => {
                self.on_addr(host, IpAddr::V4(*ip), record, arrival)
            }
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
        if let Some(instance) = self.instances.get_mut(&key) {
            change(instance);
            return Applied::Changed(vec![key]);
        }
        if record.ttl == 0 {
            return Applied::Ignored;
        }
        if !room || !sources.charge_instance(arrival.now, arrival.source) {
            return Applied::Refused;
        }
        let mut instance = Instance::new(arrival);
        change(&mut instance);
        self.instances.insert(key, instance);
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
        if !is_unicast(ip) || !arrival.interface.is_on_link(ip) {
            return Applied::Ignored;
        }
        let mut changed = Vec::new();
        for (key, instance) in &mut self.instances {
            if instance.is_on(host) {
                instance.on_addr(ip, record, arrival);
                changed.push(*key);
            }
        }
        Applied::Changed(changed)
    }

    /// Drops an instance and gives its source the room back.
    pub(crate) fn remove(&mut self, key: &InstanceKey, sources: &mut Sources) {
        if let Some(instance) = self.instances.remove(key) {
            sources.release_instance(instance.source());
        }
    }

    /// The longest-known instance charged to `source`.
    pub(crate) fn oldest_from(&self, source: IpAddr) -> Option<(Instant, InstanceKey)> {
        self.instances
            .iter()
            .filter(|(_, instance)| instance.source() == source)
            .map(|(key, instance)| (instance.first_seen(), *key))
            .min()
    }

    /// Drops what has run out; says what changed, and why where an instance is gone.
    pub(crate) fn expire(
        &mut self,
        now: Instant,
        sources: &mut Sources,
    ) -> Vec<(InstanceKey, Option<LostReason>)> {
        let mut changed = Vec::new();
        for (key, instance) in &mut self.instances {
            let had = instance.addr_count();
            match instance.expire(now) {
                Some(reason) => changed.push((*key, Some(reason))),
                None if instance.addr_count() != had => changed.push((*key, None)),
                None => {}
            }
        }
        for (key, reason) in &changed {
            if reason.is_some() {
                self.remove(key, sources);
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
        self.instances
            .iter_mut()
            .filter_map(|(key, instance)| Some((*key, instance.due_question(now, ipv6)?)))
            .take(most)
            .collect()
    }

    /// Somebody else asked these questions: the answers will reach us too
    /// (RFC 6762 section 7.3).
    pub(crate) fn asked_by_others(&mut self, now: Instant, questions: &[Question]) {
        let mut any = false;
        for question in questions {
            if let Name::Instance(key) = &question.name
                && let Some(instance) = self.instances.get_mut(key)
            {
                let all = question.kind == QuestionKind::Any;
                let srv = all || question.kind == QuestionKind::Srv;
                let txt = all || question.kind == QuestionKind::Txt;
                instance.asked(now, srv, txt);
                any = true;
            }
        }
        if any {
            self.reschedule(now);
        }
    }

    /// Lists as known answers all pointers of which more than half the life is left.
    pub(crate) fn known_answers(&self, now: Instant, query: &mut QueryBuilder) {
        for (key, instance) in &self.instances {
            if let Some(ttl) = instance.known_answer(now) {
                query.known(key, ttl);
            }
        }
    }

    /// Whether we would list this pointer as a known answer.
    pub(crate) fn knows(&self, now: Instant, key: &InstanceKey) -> bool {
        self.get(key)
            .is_some_and(|instance| instance.known_answer(now).is_some())
    }

    /// The ids of complete instances, for a key another interface holds too.
    pub(crate) fn id_of(&self, key: &InstanceKey) -> Option<NodeId> {
        self.get(key)?.id()
    }
}

fn is_unicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast(),
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast(),
    }
}
