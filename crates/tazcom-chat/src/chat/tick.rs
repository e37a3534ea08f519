//! What the time that has passed brings.

use std::time::Instant;

use tazcom_proto::{Content, Scope, UnixMillis};

use super::{Chat, SWEEP};
use crate::config::lifetime_secs;
use crate::io::Output;

impl Chat {
    pub(super) fn tick(&mut self, now: Instant, wall: UnixMillis) {
        let changes = self.gaps.timeout(now);
        self.gaps_changed(changes);
        if let Some(merge) = self.partition.timeout(now) {
            self.merged(merge);
        }
        while let Some(id) = self.reach.timeout(now) {
            self.reached(now, id);
        }
        self.send_receipts(now, wall);
        if self.profile.timeout(now) {
            self.send_profile(wall);
        }
        if self.sweep_at <= now {
            self.sweep_at = now + SWEEP;
            for room in self.rooms.values_mut() {
                room.timeline.expire(wall);
            }
        }
    }

    /// When there is something to do next.
    pub(super) fn next(&self) -> Instant {
        let dues = [
            self.gaps.next(),
            self.partition.next(),
            self.reach.next(),
            self.receipts.next(),
            self.profile.next(),
        ];
        dues.into_iter().flatten().fold(self.sweep_at, Instant::min)
    }

    fn send_receipts(&mut self, now: Instant, wall: UnixMillis) {
        let people = || self.people.present(now).len();
        if let Some((room, ids)) = self.receipts.take(now, people) {
            let lifetime = lifetime_secs(self.config.receipt_lifetime);
            self.publish(wall, Scope::Room(room), Content::Receipt { ids }, lifetime);
        }
    }

    fn send_profile(&mut self, wall: UnixMillis) {
        if let Some(name) = self.people.my_name() {
            let name = Box::from(name.as_str());
            let lifetime = lifetime_secs(self.config.profile_lifetime);
            self.publish(wall, Scope::Mesh, Content::Profile { name }, lifetime);
        }
    }

    fn publish(&mut self, wall: UnixMillis, scope: Scope, content: Content, lifetime: u32) {
        let signed = self.author.sign(wall, scope, content, lifetime);
        debug_assert!(signed.is_ok(), "what is within its limits can be signed");
        if let Ok(envelope) = signed {
            self.out.push_back(Output::Publish {
                envelope: Box::new(envelope),
                reference: None,
            });
        }
    }
}
