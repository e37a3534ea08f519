//! People who say things, and what a store is told of it.

use std::time::Duration;

use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::{
    Content, Draft, Hlc, MessageId, Place, RoomName, Scope, UnixMillis, VerifiedEnvelope,
};
use tazcom_store::{Config, Incoming, Outcome, Put, Quota, Refusal, Retention, Store};

/// Some day in 2026.
pub(crate) const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// So many seconds after [`NOW`].
pub(crate) fn at(secs: u64) -> UnixMillis {
    NOW.after(Duration::from_secs(secs))
}

pub(crate) fn key(n: u8) -> SecretKey {
    SecretKey::from_seed([n; 32])
}

pub(crate) fn id(n: u8) -> NodeId {
    key(n).node_id()
}

pub(crate) fn room(name: &str) -> RoomName {
    name.parse().unwrap()
}

pub(crate) fn lobby() -> Scope {
    Scope::Room(RoomName::lobby())
}

pub(crate) fn text(text: &str) -> Content {
    Content::Text {
        text: text.into(),
        action: false,
    }
}

pub(crate) fn draft(scope: Scope, content: Content, when: UnixMillis) -> Draft {
    let hlc = Hlc {
        millis: when,
        counter: 0,
    };
    Draft::new(scope, content, hlc, when)
}

/// Author `n` says this in the lobby.
pub(crate) fn says(n: u8, words: &str, when: UnixMillis) -> VerifiedEnvelope {
    draft(lobby(), text(words), when).sign(&key(n)).unwrap()
}

pub(crate) fn numbered(
    n: u8,
    scope: Scope,
    seq: u64,
    previous: Option<MessageId>,
    when: UnixMillis,
) -> VerifiedEnvelope {
    let mut draft = draft(scope, text("numbered"), when);
    draft.place = Some(Place { seq, previous });
    draft.sign(&key(n)).unwrap()
}

/// It came when it was made, from a peer.
pub(crate) fn came(envelope: VerifiedEnvelope) -> Incoming {
    let first_seen = envelope.created();
    came_at(envelope, first_seen)
}

pub(crate) fn came_at(envelope: VerifiedEnvelope, first_seen: UnixMillis) -> Incoming {
    Incoming {
        envelope,
        first_seen,
        own: false,
        hops: 2,
        from: Some(id(200)),
    }
}

pub(crate) fn own(envelope: VerifiedEnvelope) -> Incoming {
    Incoming {
        own: true,
        hops: 0,
        from: None,
        ..came(envelope)
    }
}

/// Nothing is limited but what the test limits.
pub(crate) const fn roomy() -> Config {
    let all = Retention {
        quota: Quota {
            messages: u64::MAX,
            bytes: u64::MAX,
        },
        keep: Duration::from_secs(7 * 24 * 60 * 60),
    };
    let mut config = Config::lan();
    config.joined = all;
    config.others = all;
    config.sealed = all;
    config.mesh = all;
    config.receipts = all;
    config.author = all.quota;
    config
}

pub(crate) fn store(config: Config) -> Store {
    Store::in_memory(config).unwrap()
}

pub(crate) fn put_one(store: &mut Store, incoming: Incoming) -> (Outcome, Vec<MessageId>) {
    let Put { outcomes, evicted } = store.put(&[incoming]).unwrap();
    (outcomes[0], evicted)
}

pub(crate) fn stored(store: &mut Store, incoming: Incoming) -> MessageId {
    let id = incoming.envelope.id();
    assert_eq!(put_one(store, incoming), (Outcome::Stored, Vec::new()));
    id
}

pub(crate) const fn refused(why: Refusal) -> (Outcome, Vec<MessageId>) {
    (Outcome::Refused(why), Vec::new())
}

pub(crate) fn held(store: &Store) -> Vec<MessageId> {
    store
        .index()
        .unwrap()
        .into_iter()
        .map(|held| held.id)
        .collect()
}
