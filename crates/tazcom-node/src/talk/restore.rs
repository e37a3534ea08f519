//! What is on the disk when a node starts, as the conversation takes it.

use std::collections::{BTreeMap, BTreeSet};

use tazcom_chat::{Kept, Restored};
use tazcom_identity::NodeId;
use tazcom_proto::{Kind, MessageId, RoomName};
use tazcom_store::{Message, Query, Store, StoreError};

use super::disk::{IGNORED, NAME};

/// Lines of each joined room that are in memory from the start.
const RECENT: usize = 200;

/// Own messages of a page of which it is looked up who has them: thousands may have each.
const LOOKED_UP: usize = 256;

pub(super) fn restore(store: &Store, me: NodeId) -> Result<Restored, StoreError> {
    let mut restored = Restored {
        name: store
            .meta(NAME)?
            .and_then(|name| String::from_utf8(name).ok()),
        newest: store.newest_hlc()?.unwrap_or_default(),
        ..Restored::default()
    };
    for room in store.joined()? {
        let recent = recent(store, &room)?;
        restored.rooms.insert(room, recent);
    }
    for place in store.places(me)? {
        restored.places.insert(place.scope, (place.seq, place.id));
    }
    let names = store.names()?.into_iter().map(|envelope| Kept {
        first_seen: envelope.created(),
        envelope,
        hops: 0,
        have: None,
    });
    restored.people = names.collect();
    if let Some(ids) = store.meta(IGNORED)? {
        let ids = ids.as_chunks::<{ NodeId::LEN }>().0;
        restored.ignored = ids.iter().map(|id| NodeId::from_bytes(*id)).collect();
    }
    Ok(restored)
}

/// What the disk has last of a room: what was said, and what it is about.
pub(crate) fn recent(store: &Store, room: &RoomName) -> Result<Vec<Kept>, StoreError> {
    let of = |kind, limit| Query {
        room: Some(room.clone()),
        kind: Some(kind),
        limit,
        ..Query::default()
    };
    let mut messages = store.history(&of(Kind::Text, RECENT))?.messages;
    messages.extend(store.history(&of(Kind::Room, 1))?.messages);
    messages.sort_by_key(|message| message.envelope.order_key());
    kept(store, messages)
}

/// Messages of the disk as the conversation takes them, the oldest first. Of the newest that are our own it
/// is looked up who has them.
pub(crate) fn kept(store: &Store, messages: Vec<Message>) -> Result<Vec<Kept>, StoreError> {
    let own = messages.iter().rev().filter(|message| message.own);
    let own: Vec<MessageId> = own
        .map(|message| message.envelope.id())
        .take(LOOKED_UP)
        .collect();
    let have = store.receipts(&own)?;
    let mut have: BTreeMap<MessageId, BTreeSet<NodeId>> = own.into_iter().zip(have).collect();
    let kept = messages.into_iter().map(|message| Kept {
        first_seen: message.first_seen,
        hops: message.hops,
        have: have.remove(&message.envelope.id()),
        envelope: message.envelope,
    });
    Ok(kept.collect())
}
