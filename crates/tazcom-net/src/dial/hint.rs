//! Peers that are not announced, and where they may be all the same.
//!
//! A hint is worth less than an announcement: it gives way to one, there are few, and it is forgotten
//! when nothing came of it a few times.

use std::time::Instant;

use super::planner::Planner;
use super::sighting::Sighting;
use super::target::{State, Target, Who};

impl Planner {
    pub(super) fn hinted(&mut self, now: Instant, sighting: Sighting) {
        let id = sighting.id;
        let announced = self.targets.contains_key(&Who::Announced(id));
        if id == self.our_id || announced || self.linked.contains(&id) {
            return;
        }
        let mut addrs = self.dialable(sighting.addrs);
        // What was given by hand is tried anyway.
        addrs.retain(|seen| !self.targets.contains_key(&Who::ByHand(seen.addr)));
        if addrs.is_empty() {
            return;
        }
        let who = Who::Hinted(id);
        if let Some(target) = self.targets.get(&who) {
            // One that is being tried is told of again by everybody: only news count.
            let mut known = target.addrs.clone();
            let news: Vec<_> = addrs
                .into_iter()
                .filter(|seen| !target.has(seen.addr))
                .collect();
            if news.is_empty() {
                return;
            }
            known.splice(0..0, news);
            known.truncate(self.limits.addrs_per_peer.get());
            self.change(who, |target| target.update(now, known));
        } else if self.hinted < self.limits.hinted.get() {
            self.hinted += 1;
            let not_before = match sighting.sessions {
                true => now + self.patience(id),
                false => now,
            };
            self.insert(Target::new(who, not_before, addrs));
        } else {
            self.refused += 1;
        }
    }

    /// Forgets a hint of which nothing came often enough.
    pub(super) fn give_up(&mut self, who: Who) {
        let Who::Hinted(_) = who else {
            return;
        };
        let is_hopeless = self.targets.get(&who).is_some_and(|target| {
            target.failed_rounds >= self.limits.hint_rounds.get()
                && matches!(target.state, State::Due { .. } | State::Unreachable)
        });
        if is_hopeless {
            self.forget(who);
        }
    }
}
