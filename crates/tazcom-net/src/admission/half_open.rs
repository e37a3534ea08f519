//! The table of connections that are not answered yet.
//!
//! When it is full somebody has to go, and the newcomer is the one party about whom nothing bad
//! is known. So the oldest connection of the address that holds most makes room: an honest peer
//! holds one, for a few milliseconds; whoever tries to fill the table holds many, for seconds.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::Instant;

use super::shares_one_address;
use crate::config::HalfOpenLimits;
use crate::event::ConnectionLimit;

/// A place in the table. Ids grow, so their order is the connections' age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SlotId(u64);

/// The connection that had to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Evicted {
    pub(crate) slot: SlotId,
    /// The limit that was met.
    pub(crate) limit: ConnectionLimit,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    holder: IpAddr,
    since: Instant,
}

#[derive(Debug)]
pub(crate) struct HalfOpen {
    limits: HalfOpenLimits,
    loopback_exempt: bool,
    next: u64,
    /// Bounded by `limits.total`.
    slots: BTreeMap<SlotId, Place>,
    /// How many slots each address holds; never zero, so bounded by `slots`.
    held: HashMap<IpAddr, usize>,
}

impl HalfOpen {
    pub(crate) fn new(limits: HalfOpenLimits, loopback_exempt: bool) -> Self {
        Self {
            limits,
            loopback_exempt,
            next: 0,
            slots: BTreeMap::new(),
            held: HashMap::new(),
        }
    }

    /// When the next newcomer may come in, if not at once: a full table grants the one that would
    /// have to go its time first.
    pub(crate) fn opens_at(&self) -> Option<Instant> {
        if self.slots.len() < self.limits.total.get() {
            return None;
        }
        let next_to_go = self.slots.get(&self.oldest_of_the_busiest()?)?;
        Some(next_to_go.since + self.limits.grace)
    }

    /// Gives the newcomer a slot, always, and says who lost theirs for it.
    pub(crate) fn admit(&mut self, now: Instant, from: IpAddr) -> (SlotId, Option<Evicted>) {
        let evicted = self.make_room(from);
        let slot = SlotId(self.next);
        self.next += 1;
        let place = Place {
            holder: from,
            since: now,
        };
        self.slots.insert(slot, place);
        *self.held.entry(from).or_default() += 1;
        (slot, evicted)
    }

    /// Takes a slot back. `false` when it was evicted before.
    pub(crate) fn release(&mut self, slot: SlotId) -> bool {
        let Some(Place { holder, .. }) = self.slots.remove(&slot) else {
            return false;
        };
        if let Some(held) = self.held.get_mut(&holder) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&holder);
            }
        }
        true
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    fn make_room(&mut self, from: IpAddr) -> Option<Evicted> {
        let per_address = self.limits.per_address.get();
        let limited = !(self.loopback_exempt && shares_one_address(from));
        let evicted = if limited && self.held_by(from) >= per_address {
            let slot = self.oldest_of(from)?;
            Evicted {
                slot,
                limit: ConnectionLimit::HalfOpenPerAddress(per_address),
            }
        } else if self.slots.len() >= self.limits.total.get() {
            let slot = self.oldest_of_the_busiest()?;
            Evicted {
                slot,
                limit: ConnectionLimit::HalfOpen(self.limits.total.get()),
            }
        } else {
            return None;
        };
        self.release(evicted.slot);
        Some(evicted)
    }

    pub(crate) fn held_by(&self, address: IpAddr) -> usize {
        self.held.get(&address).copied().unwrap_or(0)
    }

    fn oldest_of(&self, address: IpAddr) -> Option<SlotId> {
        self.slots
            .iter()
            .find(|(_, place)| place.holder == address)
            .map(|(slot, _)| *slot)
    }

    /// Among addresses that hold equally many, the oldest connection of them all.
    fn oldest_of_the_busiest(&self) -> Option<SlotId> {
        let most = *self.held.values().max()?;
        self.slots
            .iter()
            .find(|(_, place)| self.held_by(place.holder) == most)
            .map(|(slot, _)| *slot)
    }
}
