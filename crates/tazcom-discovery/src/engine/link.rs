//! One interface and family: when to announce, when to ask, what to answer.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::limits::{
    ANNOUNCE_INTERVAL, ANNOUNCEMENTS, CROSSING, MAX_PENDING_ANSWERS, MAX_QUERY_INTERVAL,
    MULTICAST_INTERVAL, PROBE_ANSWER_INTERVAL, PROBES, QUERY_BACKOFF, QUERY_INTERVAL,
    UNICAST_ANSWERS,
};
use super::looped::Looped;
use super::source::Bucket;
use crate::wire::Records;

/// The state of one link.
#[derive(Debug)]
pub(crate) struct Link {
    announce: Option<Announce>,
    query: QuerySchedule,
    pending: Vec<Pending>,
    /// When each record was last multicast, in the order of [`Records::EACH`].
    multicast: [Option<Instant>; Records::EACH.len()],
    /// Our own packets, which come back.
    pub(crate) looped: Looped,
    unicast: Bucket,
}

#[derive(Debug)]
struct Announce {
    next: Instant,
    left: u8,
}

#[derive(Debug)]
struct QuerySchedule {
    next: Instant,
    /// From the next query to the one after it.
    interval: Duration,
    probes_left: u8,
    /// Nothing has been asked yet.
    first: bool,
    /// Another host has just asked what the next query would.
    suppressed: bool,
    /// Another host is asking, in several packets.
    foreign: Option<Foreign>,
}

/// A query of another host that lists its known answers over several packets.
#[derive(Debug)]
struct Foreign {
    asker: IpAddr,
    listed: usize,
}

/// What is to be sent as a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DueQuery {
    pub(crate) browse: bool,
    pub(crate) probe: bool,
}

/// Answers that wait for their moment.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) records: Records,
    /// To one host, else to all.
    pub(crate) to: Option<SocketAddr>,
    /// Who asked: further known answers from there cancel what they list.
    pub(crate) asker: IpAddr,
    /// The asker has more known answers to list.
    pub(crate) open: bool,
    pub(crate) asked: Instant,
    pub(crate) due: Instant,
    /// Defending our name: the shorter multicast interval holds.
    pub(crate) probe: bool,
}

/// What is to be sent now.
#[derive(Debug, Default)]
pub(crate) struct Due {
    pub(crate) multicast: Records,
    pub(crate) unicast: Vec<(SocketAddr, Records)>,
}

impl Link {
    /// A link that comes up now and asks first after `first_query`.
    pub(crate) fn new(now: Instant, first_query: Duration) -> Self {
        Self {
            announce: None,
            query: QuerySchedule {
                next: now + first_query,
                interval: QUERY_INTERVAL,
                probes_left: PROBES,
                first: true,
                suppressed: false,
                foreign: None,
            },
            pending: Vec::new(),
            multicast: [None; Records::EACH.len()],
            looped: Looped::default(),
            unicast: Bucket::new(now, UNICAST_ANSWERS),
        }
    }

    pub(crate) fn next_deadline(&self) -> Instant {
        let announce = self.announce.as_ref().map(|announce| announce.next);
        let pending = self.pending.iter().map(|pending| pending.due);
        let others = pending.chain(announce).min();
        others.map_or(self.query.next, |at| at.min(self.query.next))
    }

    // --- announcing ---

    /// Begins a series of announcements at once.
    pub(crate) fn announce(&mut self, now: Instant) {
        self.announce = Some(Announce {
            next: now,
            left: ANNOUNCEMENTS,
        });
    }

    /// Announces once more at that time, or sooner if that is planned: somebody spoke in our name.
    pub(crate) fn defend(&mut self, at: Instant) {
        let announce = self.announce.get_or_insert(Announce { next: at, left: 1 });
        announce.next = announce.next.min(at);
    }

    /// Whether an announcement is due; counts it as sent.
    pub(crate) fn take_announcement(&mut self, now: Instant) -> bool {
        let Some(announce) = &mut self.announce else {
            return false;
        };
        if announce.next > now {
            return false;
        }
        announce.left -= 1;
        announce.next = now + ANNOUNCE_INTERVAL;
        if announce.left == 0 {
            self.announce = None;
        }
        self.sent_multicast(now, Records::ANNOUNCED);
        true
    }

    // --- asking ---

    /// Starts the series of queries anew: the link is another one now.
    pub(crate) fn restart_queries(&mut self, now: Instant, first_query: Duration) {
        self.query.next = now + first_query;
        self.query.interval = QUERY_INTERVAL;
        self.query.first = true;
        self.query.suppressed = false;
    }

    /// What is due to be asked; counts it as asked. `random` is any random number: it spreads the
    /// queries of hosts that started together, so that one can spare the others theirs.
    pub(crate) fn take_query(&mut self, now: Instant, random: u32) -> Option<DueQuery> {
        let query = &mut self.query;
        if query.next > now {
            return None;
        }
        let due = DueQuery {
            browse: !std::mem::take(&mut query.suppressed),
            probe: query.probes_left > 0,
        };
        query.first = false;
        query.probes_left = query.probes_left.saturating_sub(1);
        let interval = query.interval;
        query.next = now + interval + interval / 4 * (random % 1000) / 1000;
        query.interval = if interval == QUERY_INTERVAL {
            // 1 s, then 2 s, 6 s, 18 s …: queries at about 1, 3, 9, 27 … s.
            QUERY_INTERVAL * 2
        } else {
            (interval * QUERY_BACKOFF).min(MAX_QUERY_INTERVAL)
        };
        Some(due)
    }

    /// Takes in a browse query of another host, or a further packet of it, which lists `listed`
    /// peers, all of them known to us. When it leaves out nobody whom our own next query would
    /// leave out, and that is due soon, its answers serve us too (RFC 6762 section 7.3). Several
    /// packets count only if they list all of the `known`, since one of them may have been lost.
    pub(crate) fn foreign_query(
        &mut self,
        now: Instant,
        asker: IpAddr,
        begins: bool,
        ends: bool,
        listed: usize,
        known: usize,
    ) {
        let before = self.query.foreign.take();
        let soon = self.query.next <= now + self.query.interval / 2;
        if self.query.first || !soon {
            return;
        }
        let total = match before {
            _ if begins => listed,
            Some(foreign) if foreign.asker == asker => foreign.listed + listed,
            _ => return,
        };
        if !ends {
            self.query.foreign = Some(Foreign {
                asker,
                listed: total,
            });
            return;
        }
        if begins || total >= known {
            self.query.suppressed = true;
        }
    }

    /// The query that `asker` is making in several packets lists a peer unknown to us.
    pub(crate) fn foreign_query_differs(&mut self) {
        self.query.foreign = None;
    }

    /// Whether `asker` is making a query in several packets that may spare us ours.
    pub(crate) fn follows(&self, asker: IpAddr) -> bool {
        let foreign = self.query.foreign.as_ref();
        foreign.is_some_and(|foreign| foreign.asker == asker)
    }

    // --- answering ---

    /// Queues an answer. One that goes to all joins another that does, unless either waits for
    /// known answers. Beyond the bound the oldest is dropped: its asker asks again.
    pub(crate) fn queue(&mut self, answer: Pending) {
        if answer.records.is_empty() {
            return;
        }
        let joins = |other: &&mut Pending| {
            let to_all = answer.to.is_none() && other.to.is_none();
            to_all && !answer.open && !other.open && answer.probe == other.probe
        };
        if let Some(other) = self.pending.iter_mut().find(joins) {
            other.records |= answer.records;
            other.asked = other.asked.max(answer.asked);
            other.due = other.due.min(answer.due);
            return;
        }
        if self.pending.len() >= MAX_PENDING_ANSWERS {
            let to_one = self.pending.iter().position(|pending| pending.to.is_some());
            self.pending.remove(to_one.unwrap_or(0));
        }
        self.pending.push(answer);
    }

    /// Whether an answer to `asker` waits for further known answers.
    pub(crate) fn owes(&self, asker: IpAddr) -> bool {
        let mut pending = self.pending.iter();
        pending.any(|pending| pending.open && pending.asker == asker)
    }

    /// `asker` adds to its query that it knows these already. Many nodes of one machine share an
    /// address, so only a query that announced more is affected.
    pub(crate) fn known_answers(&mut self, asker: IpAddr, known: Records) {
        let of_asker = |pending: &&mut Pending| pending.open && pending.asker == asker;
        for pending in self.pending.iter_mut().filter(of_asker) {
            pending.records = pending.records.without(known);
        }
        self.pending.retain(|pending| !pending.records.is_empty());
    }

    /// Takes the answers that may go now. One multicast answer serves all who asked before it.
    pub(crate) fn take_due(&mut self, now: Instant) -> Due {
        let mut due = Due::default();
        for mut pending in std::mem::take(&mut self.pending) {
            if let Some(to) = pending.to {
                if pending.due <= now {
                    due.unicast.push((to, pending.records));
                } else {
                    self.pending.push(pending);
                }
                continue;
            }
            let least = if pending.probe {
                PROBE_ANSWER_INTERVAL
            } else {
                MULTICAST_INTERVAL
            };
            let mut earliest = None;
            for (record, last) in Records::EACH.into_iter().zip(&self.multicast) {
                let Some(last) = last.filter(|_| pending.records.contains(record)) else {
                    continue;
                };
                let crossed = !pending.probe && last + CROSSING >= pending.asked;
                if crossed || last >= pending.asked {
                    pending.records = pending.records.without(record);
                } else if last + least > now {
                    earliest = earliest.max(Some(last + least));
                }
            }
            if pending.records.is_empty() {
                continue;
            }
            match earliest {
                Some(at) if pending.due <= now => pending.due = at,
                _ => {}
            }
            if pending.due <= now {
                due.multicast |= pending.records;
            } else {
                self.pending.push(pending);
            }
        }
        let sent = due.multicast;
        if !sent.is_empty() {
            self.sent_multicast(now, sent);
            for pending in self.pending.iter_mut().filter(|p| p.to.is_none()) {
                pending.records = pending.records.without(sent);
            }
            self.pending.retain(|pending| !pending.records.is_empty());
        }
        due
    }

    /// Which of `records` were not multicast within a quarter of their TTL: those are multicast
    /// even if a unicast answer was asked for (RFC 6762 section 5.4).
    pub(crate) fn not_multicast_since(
        &self,
        now: Instant,
        records: Records,
        ttl: Duration,
    ) -> Records {
        let mut stale = Records::NONE;
        for (record, last) in Records::EACH.into_iter().zip(&self.multicast) {
            let recent = last.is_some_and(|last| now.saturating_duration_since(last) < ttl / 4);
            if records.contains(record) && !recent {
                stale |= record;
            }
        }
        stale
    }

    /// Whether one more answer may go to a single host now.
    pub(crate) fn allow_unicast(&mut self, now: Instant) -> bool {
        self.unicast.take(now).is_ok()
    }

    fn sent_multicast(&mut self, now: Instant, records: Records) {
        for (record, last) in Records::EACH.into_iter().zip(&mut self.multicast) {
            if records.contains(record) {
                *last = Some(now);
            }
        }
    }
}
