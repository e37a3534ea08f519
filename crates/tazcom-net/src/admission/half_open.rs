//! The table of connections that are not answered yet.
//!
//! When it is full somebody has to go, and the newcomer is the one party about whom nothing bad
//! is known. So the oldest connection of the address that holds most makes room: an honest peer
//! holds one, for a few milliseconds; whoever tries to fill the table holds many, for seconds.
//!
//! Handshakes that have begun are apart from connections that say nothing. Those are free, and can
//! come by the ten thousand; a handshake takes longer than any of them may then stay, but only so
//! many are worked on in a second, so that it keeps its place for long enough.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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

/// Set by whoever serves a connection, once its handshake is worked on.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    this: Arc<AtomicBool>,
    /// Of all slots. One whose connection was evicted in the same moment is counted no more.
    all: Arc<AtomicUsize>,
}

impl Begun {
    pub(crate) fn set(&self) {
        if !self.this.swap(true, Ordering::AcqRel) {
            self.all.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn get(&self) -> bool {
        self.this.load(Ordering::Acquire)
    }

    /// Its slot is given back.
    fn forget(&self) {
        // Whether it was set before or is set after, it has been counted once and uncounted once.
        if self.this.swap(true, Ordering::AcqRel) {
            self.all.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

#[derive(Clone, Debug)]
struct Place {
    holder: IpAddr,
    since: Instant,
    begun: Begun,
}

#[derive(Debug)]
pub(crate) struct HalfOpen {
    limits: HalfOpenLimits,
    loopback_exempt: bool,
    next: u64,
    /// Bounded by twice `limits.total`: those that have begun, and those that have not.
    slots: BTreeMap<SlotId, Place>,
    /// How many slots have begun.
    begun: Arc<AtomicUsize>,
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
            begun: Arc::default(),
            held: HashMap::new(),
        }
    }

    /// When the next newcomer may come in, if not at once: a full table grants the one that would
    /// have to go its time first.
    pub(crate) fn opens_at(&self) -> Option<Instant> {
        if self.count(false) < self.limits.total.get() {
            return None;
        }
        let next_to_go = self.slots.get(&self.oldest_of_the_busiest(false)?)?;
        Some(next_to_go.since + self.limits.grace)
    }

    /// Gives the newcomer a slot, always, and says who lost theirs for it.
    pub(crate) fn admit(&mut self, now: Instant, from: IpAddr) -> (SlotId, Begun, Vec<Evicted>) {
        let evicted = self.make_room(from);
        let slot = SlotId(self.next);
        self.next += 1;
        let begun = Begun {
            this: Arc::default(),
            all: Arc::clone(&self.begun),
        };
        let place = Place {
            holder: from,
            since: now,
            begun: begun.clone(),
        };
        self.slots.insert(slot, place);
        *self.held.entry(from).or_default() += 1;
        (slot, begun, evicted)
    }

    /// Takes a slot back. `false` when it was evicted before.
    pub(crate) fn release(&mut self, slot: SlotId) -> bool {
        let Some(Place { holder, begun, .. }) = self.slots.remove(&slot) else {
            return false;
        };
        begun.forget();
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

    fn make_room(&mut self, from: IpAddr) -> Vec<Evicted> {
        let (per_address, total) = (self.limits.per_address.get(), self.limits.total.get());
        let limited = !(self.loopback_exempt && shares_one_address(from));
        let mut evicted = Vec::new();
        if limited
            && self.held_by(from) >= per_address
            && let Some(slot) = self.oldest_of(from)
        {
            self.release(slot);
            let limit = ConnectionLimit::HalfOpenPerAddress(per_address);
            evicted.push(Evicted { slot, limit });
        }
        // The newcomer has not begun; of those that have, some may have become too many since.
        for (begun, most) in [(false, total - 1), (true, total)] {
            while self.count(begun) > most
                && let Some(slot) = self.oldest_of_the_busiest(begun)
            {
                self.release(slot);
                let limit = ConnectionLimit::HalfOpen(total);
                evicted.push(Evicted { slot, limit });
            }
        }
        evicted
    }

    /// How many have begun a handshake, or have not.
    fn count(&self, begun: bool) -> usize {
        let have = self.begun.load(Ordering::Acquire).min(self.slots.len());
        if begun { have } else { self.slots.len() - have }
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

    /// Of those that have begun, or have not: among addresses that hold equally many of them, the
    /// oldest connection of all.
    fn oldest_of_the_busiest(&self, begun: bool) -> Option<SlotId> {
        let of_it = || {
            self.slots
                .iter()
                .filter(move |(_, place)| place.begun.get() == begun)
        };
        let mut held: HashMap<IpAddr, usize> = HashMap::new();
        for (_, place) in of_it() {
            *held.entry(place.holder).or_default() += 1;
        }
        let most = *held.values().max()?;
        of_it()
            .find(|(_, place)| held.get(&place.holder) == Some(&most))
            .map(|(slot, _)| *slot)
    }
}
