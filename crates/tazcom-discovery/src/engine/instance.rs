//! One instance on one interface: its records, and what is due for them.

mod due;

use std::net::IpAddr;
use std::time::Instant;

pub(crate) use due::Ask;
use tazcom_identity::NodeId;

use super::cache::Arrival;
use super::lease::Lease;
use super::limits::{
    CONFIRM_DEADLINE, GOODBYE_GRACE, HINT_DELAY, INCOMPLETE_LIFETIME, MAX_ADDRS, RESOLVE_INTERVAL,
};
use super::{Family, LostReason};
use crate::names::{HostName, InstanceKey};
use crate::wire::{Record, Txt};

/// An instance somebody announced.
#[derive(Debug)]
pub(crate) struct Instance {
    source: IpAddr,
    family: Family,
    first_seen: Instant,
    ptr: Option<Lease>,
    srv: Option<Srv>,
    txt: Option<(Txt, Lease)>,
    addrs: Vec<Addr>,
    /// It said goodbye: the time when it is gone, unless it comes back.
    leaving: Option<Instant>,
    /// Since when something is missing, how often it was asked for, when it is asked for next.
    incomplete: Option<Resolve>,
    confirm: Option<Confirm>,
}

#[derive(Debug)]
struct Srv {
    host: HostName,
    port: u16,
    lease: Lease,
}

#[derive(Debug)]
struct Addr {
    ip: IpAddr,
    source: IpAddr,
    lease: Lease,
}

#[derive(Debug)]
struct Resolve {
    since: Instant,
    tries: u8,
    next: Instant,
}

/// A dial failed; is it still there? (RFC 6762 section 10.4)
#[derive(Debug)]
struct Confirm {
    next_query: Option<Instant>,
    queries_left: u8,
    deadline: Instant,
}

/// What an instance amounts to.
#[derive(Debug)]
pub(crate) enum View<'a> {
    /// All there, and it fits together.
    Complete {
        id: NodeId,
        port: u16,
        txt: &'a Txt,
        /// When its SRV record last came in.
        received: Instant,
    },
    /// Something is missing or does not fit (yet).
    Pending,
}

impl Instance {
    pub(crate) fn new(arrival: &Arrival<'_>) -> Self {
        Self {
            source: arrival.source,
            family: arrival.family,
            first_seen: arrival.now,
            ptr: None,
            srv: None,
            txt: None,
            addrs: Vec::new(),
            leaving: None,
            // What is missing usually stands later in the same packet.
            incomplete: Some(Resolve {
                since: arrival.now,
                tries: 0,
                next: arrival.now + RESOLVE_INTERVAL / 10,
            }),
            confirm: None,
        }
    }

    /// Nothing is known of it but its name, and more may come by itself.
    pub(crate) fn await_announcement(&mut self, now: Instant) {
        if let Some(resolve) = &mut self.incomplete {
            resolve.next = now + HINT_DELAY;
        }
    }

    /// Who is charged for it.
    pub(crate) fn source(&self) -> IpAddr {
        self.source
    }

    pub(crate) fn first_seen(&self) -> Instant {
        self.first_seen
    }

    pub(crate) fn addr_count(&self) -> usize {
        self.addrs.len()
    }

    /// Addresses with who told us of them, newest first.
    pub(crate) fn addrs(&self) -> impl Iterator<Item = (IpAddr, IpAddr, Instant)> + '_ {
        let addrs = self.addrs.iter().rev();
        addrs.map(|addr| (addr.ip, addr.source, addr.lease.received))
    }

    pub(crate) fn is_on(&self, host: &HostName) -> bool {
        self.srv.as_ref().is_some_and(|srv| srv.host == *host)
    }

    pub(crate) fn view(&self) -> View<'_> {
        match (&self.srv, &self.txt) {
            (Some(srv), Some((txt, _))) if !self.addrs.is_empty() => match txt.id {
                Some(id) if txt.port == Some(srv.port) && srv.port != 0 => View::Complete {
                    id,
                    port: srv.port,
                    txt,
                    received: srv.lease.received,
                },
                _ => View::Pending,
            },
            _ => View::Pending,
        }
    }

    pub(crate) fn id(&self) -> Option<NodeId> {
        self.txt.as_ref()?.0.id
    }

    /// Whether what it says of itself cannot make a node named `key`: such an instance is refused.
    pub(crate) fn is_nonsense(&self, key: &InstanceKey) -> bool {
        let (Some(srv), Some((txt, _))) = (&self.srv, &self.txt) else {
            return false;
        };
        let named = txt.id.is_some_and(|id| InstanceKey::of(&id) == *key);
        !named || srv.port == 0 || txt.port != Some(srv.port)
    }

    /// Whether something of it is still missing.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.incomplete.is_some()
    }

    /// Whether an address is being replaced: in a second it is clear which ones hold.
    pub(crate) fn is_settling(&self) -> bool {
        self.addrs.iter().any(|addr| addr.lease.fading)
    }

    pub(crate) fn on_ptr(&mut self, record: &Record, arrival: &Arrival<'_>) {
        if record.ttl == 0 {
            self.leave(arrival.now);
            return;
        }
        self.stay(arrival);
        self.ptr = Some(Lease::new(arrival.now, record.ttl, arrival.random));
    }

    pub(crate) fn on_srv(
        &mut self,
        port: u16,
        host: &HostName,
        record: &Record,
        arrival: &Arrival<'_>,
    ) {
        if record.ttl == 0 {
            self.leave(arrival.now);
            return;
        }
        self.stay(arrival);
        self.confirm = None;
        if !self.is_on(host) {
            self.addrs.clear();
        }
        self.srv = Some(Srv {
            host: host.clone(),
            port,
            lease: Lease::new(arrival.now, record.ttl, arrival.random),
        });
        self.check_complete(arrival.now);
    }

    pub(crate) fn on_txt(&mut self, txt: &Txt, record: &Record, arrival: &Arrival<'_>) {
        if record.ttl == 0 {
            return;
        }
        self.txt = Some((
            txt.clone(),
            Lease::new(arrival.now, record.ttl, arrival.random),
        ));
        self.check_complete(arrival.now);
    }

    pub(crate) fn on_addr(&mut self, ip: IpAddr, record: &Record, arrival: &Arrival<'_>) {
        if record.ttl == 0 {
            for addr in self.addrs.iter_mut().filter(|addr| addr.ip == ip) {
                addr.lease.say_goodbye(arrival.now);
            }
            return;
        }
        // The cache-flush bit replaces what is older than a second (RFC 6762 section 10.2); what
        // is younger stands in the same announcement.
        if record.flush {
            for addr in &mut self.addrs {
                let age = arrival.now.saturating_duration_since(addr.lease.received);
                if addr.ip.is_ipv4() == ip.is_ipv4() && age > GOODBYE_GRACE {
                    addr.lease.supersede(arrival.now);
                }
            }
        }
        let lease = Lease::new(arrival.now, record.ttl, arrival.random);
        if let Some(known) = self.addrs.iter_mut().find(|addr| addr.ip == ip) {
            known.lease = lease;
            known.source = arrival.source;
        } else {
            if self.addrs.len() >= MAX_ADDRS {
                self.addrs.remove(0);
            }
            self.addrs.push(Addr {
                ip,
                source: arrival.source,
                lease,
            });
        }
        self.check_complete(arrival.now);
    }

    fn leave(&mut self, now: Instant) {
        self.leaving.get_or_insert(now + GOODBYE_GRACE);
    }

    fn stay(&mut self, arrival: &Arrival<'_>) {
        self.leaving = None;
        self.family = arrival.family;
    }

    fn check_complete(&mut self, now: Instant) {
        if self.srv.is_some() && self.txt.is_some() && !self.addrs.is_empty() {
            self.incomplete = None;
        } else if self.incomplete.is_none() {
            self.incomplete = Some(Resolve {
                since: now,
                tries: 0,
                next: now + RESOLVE_INTERVAL / 10,
            });
        }
    }

    /// A dial failed: ask twice, and give up on it when it does not answer.
    pub(crate) fn confirm(&mut self, now: Instant) {
        self.confirm.get_or_insert(Confirm {
            next_query: Some(now),
            queries_left: 2,
            deadline: now + CONFIRM_DEADLINE,
        });
    }

    /// Drops what has run out; the reason, when that is the end of the instance.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<LostReason> {
        if self.leaving.is_some_and(|at| at <= now) {
            return Some(LostReason::Goodbye);
        }
        if self
            .confirm
            .as_ref()
            .is_some_and(|confirm| confirm.deadline <= now)
        {
            return Some(LostReason::Unreachable);
        }
        if self
            .srv
            .as_ref()
            .is_some_and(|srv| srv.lease.expires <= now)
        {
            return Some(LostReason::Expired);
        }
        let before = self.addrs.len();
        let goodbye = self.addrs.iter().any(|addr| addr.lease.goodbye);
        self.addrs.retain(|addr| addr.lease.expires > now);
        if self.addrs.is_empty() && before > 0 {
            return Some(if goodbye {
                LostReason::Goodbye
            } else {
                LostReason::Expired
            });
        }
        if self.ptr.as_ref().is_some_and(|lease| lease.expires <= now) {
            self.ptr = None;
        }
        if self
            .txt
            .as_ref()
            .is_some_and(|(_, lease)| lease.expires <= now)
        {
            self.txt = None;
            self.check_complete(now);
        }
        let too_long = |resolve: &Resolve| resolve.since + INCOMPLETE_LIFETIME <= now;
        if self.incomplete.as_ref().is_some_and(too_long) {
            return Some(LostReason::Expired);
        }
        None
    }

    /// The TTL with which its pointer is listed as a known answer.
    pub(crate) fn known_answer(&self, now: Instant) -> Option<u32> {
        let lease = self.ptr.as_ref()?;
        // Only a complete instance is worth suppressing: otherwise we want its answer.
        let complete = self.incomplete.is_none() && self.leaving.is_none();
        (complete && lease.is_fresh(now)).then(|| lease.remaining(now))
    }
}
