//! The responder's half: announcing, answering, defending our name, saying goodbye.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::limits::{
    CONFLICT_REPORT_INTERVAL, DEFENCE_INTERVAL, MAX_DEFENCE_INTERVAL, SHARED_ANSWER_MS,
    TRUNCATED_ANSWER_MS,
};
use super::link::Pending;
use super::{Engine, LinkId, MDNS_PORT, Output, announced_addrs};
use crate::event::Event;
use crate::names::Name;
use crate::wire::{
    Data, HOST_TTL, Message, OTHER_TTL, OwnRecords, QuestionKind, Record, Records, Section,
};

/// What a query asks of us.
#[derive(Debug, Default)]
struct Wanted {
    multicast: Records,
    unicast: Records,
}

impl Engine {
    pub(super) fn on_query(
        &mut self,
        now: Instant,
        id: LinkId,
        source: SocketAddr,
        message: &Message,
    ) {
        let legacy = source.port() != MDNS_PORT;
        if !legacy {
            self.note_foreign_questions(now, id, source.ip(), message);
            self.note_probed_names(now, id, source.ip(), message);
        }
        let foreign_probe = message.authority.iter().any(|r| self.speaks_for_us(r));
        if foreign_probe {
            self.on_conflict(now, source.ip());
        }
        let known = self.known_to_asker(message);
        if !known.is_empty()
            && message.questions.is_empty()
            && let Some(link) = self.net.links.get_mut(&id)
        {
            link.known_answers(source.ip(), known);
        }
        let wanted = self.wanted(id, message);
        if legacy {
            self.answer_legacy(now, id, source, message, wanted.multicast | wanted.unicast);
            return;
        }
        let probe = !message.authority.is_empty();
        self.queue_answers(now, id, source, message.truncated, probe, wanted, known);
    }

    /// Which of our records answer the questions.
    fn wanted(&self, id: LinkId, message: &Message) -> Wanted {
        let mut wanted = Wanted::default();
        let (Some(local), Some(interface)) = (&self.local, self.net.interfaces.get(&id.interface))
        else {
            return wanted;
        };
        let has = |v4: bool| interface.addrs.iter().any(|addr| addr.ip.is_ipv4() == v4);
        for question in &message.questions {
            use QuestionKind::{A, Aaaa, Any, Other, Ptr, Srv, Txt};
            let records = match (&question.name, question.kind) {
                (Name::Meta, Ptr | Any) => Records::META,
                (Name::Service, Ptr | Any) => Records::PTR,
                (Name::Instance(key), kind) if *key == local.key => match kind {
                    Srv => Records::SRV,
                    Txt => Records::TXT,
                    Any => Records::SRV | Records::TXT,
                    A | Aaaa | Ptr | Other => Records::NSEC_INSTANCE,
                },
                (Name::Host(name), kind) if *name == local.host => match kind {
                    Any => Records::ADDRS,
                    A if has(true) => Records::ADDRS,
                    Aaaa if has(false) => Records::ADDRS,
                    _ => Records::NSEC_HOST,
                },
                _ => Records::NONE,
            };
            if question.unicast {
                wanted.unicast |= records;
            } else {
                wanted.multicast |= records;
            }
        }
        wanted
    }

    /// Our records that the query lists as known with at least half of their TTL left
    /// (RFC 6762 section 7.1).
    fn known_to_asker(&self, message: &Message) -> Records {
        let Some(local) = &self.local else {
            return Records::NONE;
        };
        let lists_us = message.answers.iter().any(|record| {
            record.data == Data::Ptr(Name::Instance(local.key)) && record.ttl >= OTHER_TTL / 2
        });
        if lists_us {
            Records::PTR
        } else {
            Records::NONE
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one query's properties, used once"
    )]
    fn queue_answers(
        &mut self,
        now: Instant,
        id: LinkId,
        source: SocketAddr,
        truncated: bool,
        probe: bool,
        mut wanted: Wanted,
        known: Records,
    ) {
        wanted.multicast = wanted.multicast.without(known);
        wanted.unicast = wanted.unicast.without(known);
        if wanted.multicast.is_empty() && wanted.unicast.is_empty() {
            return;
        }
        let shared = Records::META | Records::PTR;
        let shared_delay = if truncated {
            self.random_ms(TRUNCATED_ANSWER_MS)
        } else {
            self.random_ms(SHARED_ANSWER_MS)
        };
        let Some(link) = self.net.links.get_mut(&id) else {
            return;
        };
        for record in Records::EACH {
            let ttl = if record == Records::SRV || record == Records::ADDRS {
                HOST_TTL
            } else {
                OTHER_TTL
            };
            let ttl = Duration::from_secs(u64::from(ttl));
            if wanted.unicast.contains(record)
                && !link.not_multicast_since(now, record, ttl).is_empty()
            {
                wanted.unicast = wanted.unicast.without(record);
                wanted.multicast |= record;
            }
        }
        if !wanted.unicast.is_empty() && !link.allow_unicast(now) {
            wanted.multicast |= std::mem::take(&mut wanted.unicast);
        }
        for (records, to) in [(wanted.multicast, None), (wanted.unicast, Some(source))] {
            let unique = records.without(shared);
            // Only we have the answer, so nobody can collide with it (RFC 6762 section 6); a
            // prober waits for it (section 8.1).
            for (records, delay, probe) in [
                (unique, Duration::ZERO, probe),
                (records.without(unique), shared_delay, false),
            ] {
                link.queue(Pending {
                    records,
                    to,
                    asker: source.ip(),
                    open: truncated,
                    asked: now,
                    due: now + if truncated { shared_delay } else { delay },
                    probe,
                });
            }
        }
    }

    /// A resolver that knows nothing of multicast DNS gets a plain DNS answer at once
    /// (RFC 6762 section 6.7).
    fn answer_legacy(
        &mut self,
        now: Instant,
        id: LinkId,
        source: SocketAddr,
        message: &Message,
        records: Records,
    ) {
        let allowed = |link: &mut super::Link| link.allow_unicast(now);
        if records.is_empty() || !self.net.links.get_mut(&id).is_some_and(allowed) {
            return;
        }
        let section = Section::Legacy { id: message.id };
        let payload = self.own_records(id).map(|(service, addrs)| {
            let own = OwnRecords {
                service,
                addrs: &addrs,
            };
            own.response(section, records, records.additional(), &message.questions)
        });
        if let Some(payload) = payload {
            self.transmit(now, id, Some(source), payload);
        }
    }

    pub(super) fn send_announcements(&mut self, now: Instant) {
        let due: Vec<LinkId> = self
            .net
            .links
            .iter_mut()
            .filter_map(|(id, link)| link.take_announcement(now).then_some(*id))
            .collect();
        for id in due {
            self.send_own(now, id, None, Section::Response, Records::ANNOUNCED);
        }
    }

    pub(super) fn send_answers(&mut self, now: Instant) {
        let ids: Vec<LinkId> = self.net.links.keys().copied().collect();
        for id in ids {
            let Some(link) = self.net.links.get_mut(&id) else {
                continue;
            };
            if link.next_deadline() > now {
                continue;
            }
            let due = link.take_due(now);
            if !due.multicast.is_empty() {
                self.send_own(now, id, None, Section::Response, due.multicast);
            }
            for (to, records) in due.unicast {
                self.send_own(now, id, Some(to), Section::Response, records);
            }
        }
    }

    pub(super) fn send_goodbyes(&mut self, now: Instant) {
        let ids: Vec<LinkId> = self.net.links.keys().copied().collect();
        for id in ids {
            self.send_own(now, id, None, Section::Goodbye, Records::ANNOUNCED);
        }
    }

    fn send_own(
        &mut self,
        now: Instant,
        id: LinkId,
        to: Option<SocketAddr>,
        section: Section,
        answers: Records,
    ) {
        let additional = if section == Section::Goodbye {
            Records::NONE
        } else {
            answers.additional()
        };
        let payload = self.own_records(id).map(|(service, addrs)| {
            let own = OwnRecords {
                service,
                addrs: &addrs,
            };
            own.response(section, answers, additional, &[])
        });
        if let Some(payload) = payload {
            self.transmit(now, id, to, payload);
        }
    }

    fn own_records(&self, id: LinkId) -> Option<(&crate::service::LocalService, Vec<IpAddr>)> {
        let local = self.local.as_ref()?;
        let interface = self.net.interfaces.get(&id.interface)?;
        Some((&local.service, announced_addrs(interface)))
    }

    // --- others who use our name ---

    /// Whether a record is about our own instance or host.
    pub(super) fn is_ours(&self, record: &Record) -> bool {
        let Some(local) = &self.local else {
            return false;
        };
        match (&record.name, &record.data) {
            (_, Data::Ptr(Name::Instance(key))) | (Name::Instance(key), _) => *key == local.key,
            (Name::Host(host), _) => *host == local.host,
            _ => false,
        }
    }

    /// Whether a record in our name says what we never said.
    pub(super) fn speaks_for_us(&self, record: &Record) -> bool {
        let Some(local) = self.local.as_ref().filter(|_| record.ttl > 0) else {
            return false;
        };
        if !self.is_ours(record) {
            return false;
        }
        let foreign = |ip: IpAddr| !local.addrs.contains(&ip);
        match &record.data {
            Data::Srv { port, host } => !local.ports.contains(port) || *host != local.host,
            Data::A(ip) => foreign(IpAddr::V4(*ip)),
            Data::Aaaa(ip) => foreign(IpAddr::V6(*ip)),
            Data::Txt(txt) => {
                let port = txt.port.is_some_and(|port| local.ports.contains(&port));
                txt.id != Some(local.service.id) || !port
            }
            Data::Ptr(_) => false,
        }
    }

    /// Whether a record in our name says goodbye, or has others forget us long before our own
    /// would (RFC 6762 section 6.6).
    pub(super) fn takes_us_back(&self, record: &Record) -> bool {
        let own = match record.data {
            Data::Srv { .. } | Data::A(_) | Data::Aaaa(_) => HOST_TTL,
            Data::Ptr(_) | Data::Txt(_) => OTHER_TTL,
        };
        record.ttl < own / 2 && self.is_ours(record)
    }

    /// Somebody else runs with our key, or pretends to: report it, and say again who we are.
    pub(super) fn on_conflict(&mut self, now: Instant, source: IpAddr) {
        let Some(local) = &mut self.local else {
            return;
        };
        let reported = local.conflict_reported;
        if reported.is_none_or(|at| at + CONFLICT_REPORT_INTERVAL <= now) {
            local.conflict_reported = Some(now);
            let event = Event::IdentityConflict { source };
            self.out.push_back(Output::Event(event));
        }
        self.defend(now, true);
    }

    /// A goodbye in our name would make others forget us within a second.
    pub(super) fn defend_against_goodbye(&mut self, now: Instant) {
        self.defend(now, false);
    }

    /// Announces once more: now, or as soon as the last time is long enough ago. It is never left
    /// out, since the last word would be the other's.
    fn defend(&mut self, now: Instant, lasting: bool) {
        let Some(local) = &mut self.local else {
            return;
        };
        let at = match local.defended {
            // Already planned.
            Some(at) if at > now => return,
            Some(last) => now.max(last + local.defence_interval),
            None => now,
        };
        let quiet = local
            .defended
            .is_none_or(|last| last + 2 * MAX_DEFENCE_INTERVAL < now);
        local.defence_interval = if quiet || !lasting {
            DEFENCE_INTERVAL
        } else {
            (local.defence_interval * 2).min(MAX_DEFENCE_INTERVAL)
        };
        local.defended = Some(at);
        for link in self.net.links.values_mut() {
            link.defend(at);
        }
    }
}
