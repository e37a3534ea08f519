//! What all rooms together may keep.

use std::collections::BTreeMap;

use tazcom_proto::UnixMillis;

use super::{Groups, Room};
use crate::context::Context;
use crate::room::MembersRoom;

impl Groups {
    /// Keeps all rooms together within what they may keep. Those that have most give way.
    pub(super) fn trim(&mut self, now: UnixMillis) {
        let most = self.config.max_waiting_in_all;
        self.trim_one(now, most, MembersRoom::waits, |room, ctx| {
            room.drop_one_waiting(ctx, None);
        });
        // Those that came from others than their owners first.
        let total = |rooms: &BTreeMap<_, Room>| -> (usize, usize) {
            let rooms = rooms.values().filter_map(Room::members);
            rooms.fold((0, 0), |(all, shared), room| {
                (all + room.keys().len(), shared + room.keys().shared())
            })
        };
        let most = self.config.max_sessions_in_all;
        let (all, shared) = total(&self.rooms);
        if all <= most {
            return;
        }
        let left = shared.saturating_sub(all - most);
        let give_way = |room: &mut MembersRoom, ctx: &mut Context<'_>| {
            let id = room.id();
            room.keys_mut().give_way(&mut ctx.keep(id));
        };
        self.trim_one(now, left, |room| room.keys().shared(), give_way);
        self.trim_one(now, most, |room| room.keys().len(), give_way);
    }

    fn trim_one(
        &mut self,
        now: UnixMillis,
        most: usize,
        count: impl Fn(&MembersRoom) -> usize,
        drop_one: impl Fn(&mut MembersRoom, &mut Context<'_>),
    ) {
        let (rooms, mut ctx) = self.split(now);
        let rooms = rooms.values_mut().filter_map(Room::members_mut);
        let mut rooms: Vec<&mut MembersRoom> = rooms.collect();
        let all: usize = rooms.iter().map(|room| count(room)).sum();
        for _ in most..all {
            if let Some(room) = rooms.iter_mut().max_by_key(|room| count(room)) {
                drop_one(room, &mut ctx);
            }
        }
    }
}
