//! What is due for an instance, and when.

use std::time::{Duration, Instant};

use super::super::Family;
use super::super::lease::Lease;
use super::super::limits::{
    CONFIRM_INTERVAL, INCOMPLETE_LIFETIME, RESOLVE_INTERVAL, RESOLVE_TRIES,
};
use super::Instance;
use crate::names::HostName;

/// What to ask about an instance.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) family: Family,
    pub(crate) srv: bool,
    pub(crate) txt: bool,
    pub(crate) host: Option<HostName>,
    pub(crate) ipv4: bool,
    pub(crate) ipv6: bool,
}

impl Instance {
    pub(crate) fn next_deadline(&self, now: Instant) -> Option<Instant> {
        if self.leaving.is_some() {
            return self.leaving;
        }
        let srv = self.srv.as_ref().map(|srv| &srv.lease);
        let txt = self.txt.as_ref().map(|(_, lease)| lease);
        let addrs = self.addrs.iter().map(|addr| &addr.lease);
        let leases = srv.into_iter().chain(txt).chain(addrs);
        let leases = leases.flat_map(|lease| [Some(lease.expires), lease.refresh_at()]);
        let incomplete = self.incomplete.as_ref().map(|resolve| {
            let last = resolve.since + INCOMPLETE_LIFETIME;
            if resolve.tries < RESOLVE_TRIES {
                resolve.next.min(last)
            } else {
                last
            }
        });
        let confirm = self.confirm.as_ref().map(|confirm| {
            let query = confirm.next_query.unwrap_or(confirm.deadline);
            query.min(confirm.deadline)
        });
        let ptr = self.ptr.as_ref().map(|lease| lease.expires);
        leases
            .chain([incomplete, confirm, ptr])
            .flatten()
            .min()
            .map(|at| at.max(now))
    }

    /// What is to be asked now, counted as asked.
    pub(crate) fn due_question(&mut self, now: Instant, ipv6: bool) -> Option<Ask> {
        if self.leaving.is_some() {
            return None;
        }
        let resolving = self.take_resolve(now);
        let confirming = self.take_confirm(now);
        let due = |lease: &Lease| lease.refresh_at().is_some_and(|at| at <= now);
        let srv_due = self.srv.as_ref().is_some_and(|srv| due(&srv.lease));
        let addrs_due = self.addrs.iter().any(|addr| due(&addr.lease));
        // Where it is and on which port are asked in one packet, so that they stay in step.
        let whereabouts = confirming || srv_due || addrs_due;
        let has = |v4: bool| self.addrs.iter().any(|addr| addr.ip.is_ipv4() == v4);
        let no_addrs = resolving && self.srv.is_some() && self.addrs.is_empty();
        let ask = Ask {
            family: self.family,
            srv: whereabouts || (resolving && self.srv.is_none()),
            txt: match &self.txt {
                Some((_, lease)) => due(lease),
                None => resolving,
            },
            host: self.srv.as_ref().map(|srv| srv.host.clone()),
            ipv4: no_addrs || (whereabouts && has(true)),
            ipv6: (no_addrs && ipv6) || (whereabouts && has(false)),
        };
        if !(ask.srv || ask.txt || ask.ipv4 || ask.ipv6) {
            return None;
        }
        // With the SRV record goes the question for its addresses.
        self.asked(now, ask.srv, ask.txt);
        Some(ask)
    }

    fn take_resolve(&mut self, now: Instant) -> bool {
        let Some(resolve) = &mut self.incomplete else {
            return false;
        };
        if resolve.next > now || resolve.tries >= RESOLVE_TRIES {
            return false;
        }
        resolve.next = now + RESOLVE_INTERVAL * 2u32.pow(u32::from(resolve.tries));
        resolve.tries += 1;
        true
    }

    fn take_confirm(&mut self, now: Instant) -> bool {
        let Some(confirm) = &mut self.confirm else {
            return false;
        };
        if confirm.next_query.is_none_or(|at| at > now) {
            return false;
        }
        confirm.queries_left = confirm.queries_left.saturating_sub(1);
        let again: Option<Duration> = (confirm.queries_left > 0).then_some(CONFIRM_INTERVAL);
        confirm.next_query = again.map(|interval| now + interval);
        true
    }

    /// These records were asked for, by us or by somebody else on the link. Answers to the SRV
    /// question bring the addresses along.
    pub(crate) fn asked(&mut self, now: Instant, srv: bool, txt: bool) {
        if srv {
            if let Some(srv) = &mut self.srv {
                srv.lease.asked(now);
            }
            for addr in &mut self.addrs {
                addr.lease.asked(now);
            }
        }
        if txt && let Some((_, lease)) = &mut self.txt {
            lease.asked(now);
        }
    }
}
