//! What is on the disk when the private machines begin.

use std::collections::VecDeque;
use std::sync::Arc;

use tazcom_direct::Direct;
use tazcom_group::Groups;
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::{Hlc, Kind, Scope, UnixMillis, VerifiedEnvelope};
use tazcom_store::{NamedSecret, Store, StoreError};
use tazcom_trust::{Book, Verifications};
use zeroize::Zeroizing;

use super::{Input, Machines, RestoreError, Sealers, Writes, renew};

/// Envelopes that wait to be opened and are read at once, of one person or room.
const MAX_UNOPENED: usize = 4_096;

/// What the disk has of private conversations.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    secrets: Vec<NamedSecret>,
    envelopes: Vec<VerifiedEnvelope>,
    newest: Option<UnixMillis>,
    /// The latest clock of all envelopes.
    latest: Hlc,
}

impl Kept {
    /// Reads it, and the messages with these tags that nobody has looked at.
    pub(crate) fn read(store: &Store, tags: &[[u8; 32]]) -> Result<Self, StoreError> {
        let mut envelopes = Self::unopened(store, tags)?;
        let sealed = envelopes.len();
        for kind in [Kind::Prekeys, Kind::Succession, Kind::Revocation] {
            envelopes.extend(store.of_mesh(kind)?);
        }
        // Keys are to be known before what they open.
        envelopes.rotate_left(sealed);
        let talks = store.talks()?;
        Ok(Self {
            secrets: store.secrets(b"")?,
            envelopes,
            latest: store.newest_hlc()?.unwrap_or_default(),
            newest: talks.into_iter().filter_map(|talk| talk.newest).max(),
        })
    }
}

impl Kept {
    /// The newest messages with this tag, whether or not they were looked at.
    pub(crate) fn sealed(
        store: &Store,
        tag: [u8; 32],
    ) -> Result<Vec<VerifiedEnvelope>, StoreError> {
        store.sealed(&Scope::Sealed(tag), MAX_UNOPENED)
    }

    /// The messages with these tags that nobody has looked at.
    pub(crate) fn unopened(
        store: &Store,
        tags: &[[u8; 32]],
    ) -> Result<Vec<VerifiedEnvelope>, StoreError> {
        let mut envelopes = Vec::new();
        for tag in tags {
            envelopes.extend(store.unopened(&Scope::Sealed(*tag), MAX_UNOPENED)?);
        }
        Ok(envelopes)
    }
}

/// What the machines begin with.
pub(super) struct Restored {
    pub(super) machines: Machines,
    pub(super) inbox: VecDeque<Input>,
    /// Of what was said in private.
    pub(super) clock: Hlc,
    /// Of all envelopes.
    pub(super) latest: Hlc,
    pub(super) first: Writes,
}

pub(super) fn machines(
    key: &Arc<SecretKey>,
    sealers: &Sealers,
    seed: [u8; 32],
    restarts: u64,
    kept: Kept,
) -> Result<Restored, RestoreError> {
    let me = key.node_id();
    let mut rows = Vec::with_capacity(kept.secrets.len());
    for (name, sealed) in kept.secrets {
        let value = sealers.state.open(&name, &sealed)?;
        rows.push((name, value));
    }
    let first = renewed(me, &mut rows);
    let of = |prefix: &[u8]| -> Vec<(Vec<u8>, Zeroizing<Vec<u8>>)> {
        let found = rows.iter().filter(|(name, _)| name.starts_with(prefix));
        found.cloned().collect()
    };
    let seed = |what: u8| anew(seed, restarts, what);
    let direct_config = tazcom_direct::Config::lan();
    let group_config = tazcom_group::Config::lan();
    let trusted = of(b"trust/")
        .into_iter()
        .map(|(key, value)| tazcom_trust::Row {
            key,
            value: Some(value),
        });
    let machines = Machines {
        direct: Direct::restore(me, direct_config, seed(1), of(b"direct/"))?,
        groups: Groups::restore(Arc::clone(key), group_config, seed(2), of(b"group/"))?,
        book: Book::restore(me, trusted)?,
        verifications: Verifications::new(me, seed(3)),
    };
    let mut machines = machines;
    for who in blocked(&machines.book) {
        // They do not keep it themselves.
        machines
            .direct
            .handle(UnixMillis(0), tazcom_direct::Input::Block(who));
        machines
            .groups
            .handle(UnixMillis(0), tazcom_group::Input::Block(who));
    }
    let mut inbox: VecDeque<Input> = kept
        .envelopes
        .into_iter()
        .map(Box::new)
        .map(Input::Envelope)
        .collect();
    // Own keys may have to be published, and what was due while nobody was here.
    inbox.push_back(Input::Tick);
    let clock = Hlc {
        millis: kept.newest.unwrap_or(UnixMillis(0)),
        counter: 0,
    };
    Ok(Restored {
        machines,
        inbox,
        clock,
        latest: kept.latest,
        first,
    })
}

/// Ends what was begun by giving the node another id, if it was: what is of the old one is dropped, and
/// the others are told.
fn renewed(me: NodeId, rows: &mut Vec<(Vec<u8>, Zeroizing<Vec<u8>>)>) -> Writes {
    let mut first = Writes::default();
    let take = |rows: &mut Vec<(Vec<u8>, Zeroizing<Vec<u8>>)>, prefix: &[u8]| {
        let all = std::mem::take(rows).into_iter();
        let (taken, kept): (Vec<_>, Vec<_>) = all.partition(|(name, _)| name.starts_with(prefix));
        *rows = kept;
        taken
    };
    for (name, announcement) in take(rows, renew::ROWS) {
        first.forget(name);
        let Some(envelope) = renew::read(&announcement) else {
            continue;
        };
        // With the old key still in its place nothing has happened.
        if envelope.author() != me {
            first.own.push(envelope);
        }
    }
    if !first.own.is_empty() {
        for of_the_old in renew::OF_THE_OLD {
            take(rows, of_the_old)
                .into_iter()
                .for_each(|(name, _)| first.forget(name));
        }
    }
    first
}

/// A seed that no machine before has had.
fn anew(seed: [u8; 32], restarts: u64, what: u8) -> [u8; 32] {
    let mut text = seed.to_vec();
    text.extend_from_slice(&restarts.to_be_bytes());
    text.push(what);
    *tazcom_proto::MessageId::of(&text).as_bytes()
}

pub(super) fn blocked(book: &Book) -> Vec<NodeId> {
    let people = book.people();
    let blocked = people.filter(|person| person.level == tazcom_trust::Level::Blocked);
    blocked.map(|person| person.id).collect()
}
