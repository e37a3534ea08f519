//! The store beside a simple model of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use tazcom_identity::NodeId;
use tazcom_proto::{Content, Kind, MessageId, Scope, UnixMillis, VerifiedEnvelope};
use tazcom_store::{Config, Incoming, Outcome, Query, Quota, Refusal, Retention};

use crate::people::*;

/// The author whose messages are own.
const ME: u8 = 1;

const MARGIN: Duration = DAY;

fn config() -> Config {
    let retention = |messages, secs| Retention {
        quota: Quota {
            messages,
            bytes: u64::MAX,
        },
        keep: Duration::from_secs(secs),
    };
    let mut config = roomy();
    config.joined = retention(6, 600);
    config.others = retention(5, 60);
    config.sealed = retention(2, 300);
    config.author.messages = 3;
    config
}

#[derive(Clone, Debug)]
enum Step {
    Put(Vec<Said>),
    Expire,
    Join(u8),
    Leave(u8),
    Pass(u64),
}

#[derive(Clone, Debug)]
struct Said {
    author: u8,
    scope: u8,
    /// Seconds before now, or after it.
    ago: i64,
    lifetime: u32,
}

fn said() -> impl Strategy<Value = Said> {
    (1..5_u8, 0..4_u8, -20..40_i64, 1..400_u32).prop_map(|(author, scope, ago, lifetime)| Said {
        author,
        scope,
        ago,
        lifetime,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(said(), 1..6).prop_map(Step::Put),
        1 => Just(Step::Expire),
        1 => (0..2_u8).prop_map(Step::Join),
        1 => (0..2_u8).prop_map(Step::Leave),
        2 => (0..50_u64).prop_map(Step::Pass),
    ]
}

fn scope(n: u8) -> Scope {
    match n {
        3 => Scope::Sealed([7; 32]),
        n => Scope::Room(room(["a", "b", "c"][usize::from(n)])),
    }
}

#[derive(Clone)]
struct Kept {
    envelope: VerifiedEnvelope,
    first_seen: UnixMillis,
    own: bool,
    /// In which order they came.
    number: u64,
}

#[derive(Default)]
struct Model {
    kept: Vec<Kept>,
    evicted: BTreeMap<MessageId, UnixMillis>,
    floors: BTreeMap<(NodeId, Scope), (UnixMillis, UnixMillis)>,
    joined: BTreeSet<Scope>,
    number: u64,
}

impl Model {
    /// Joined rooms are each a pool, the others are one.
    fn pool(&self, scope: &Scope) -> Option<Scope> {
        match scope {
            Scope::Room(_) if !self.joined.contains(scope) => None,
            scope => Some(scope.clone()),
        }
    }

    fn retention(&self, scope: &Scope) -> Retention {
        match self.pool(scope) {
            None => config().others,
            Some(Scope::Room(_)) => config().joined,
            Some(_) => config().sealed,
        }
    }

    fn put(&mut self, incoming: &Incoming, evicted: &mut Vec<MessageId>) -> Outcome {
        let envelope = &incoming.envelope;
        let (id, now) = (envelope.id(), incoming.first_seen);
        if self.kept.iter().any(|kept| kept.envelope.id() == id) {
            return Outcome::Known;
        }
        if self.evicted.get(&id).is_some_and(|until| *until > now) {
            return Outcome::Refused(Refusal::Evicted);
        }
        let writer = (envelope.author(), envelope.scope().clone());
        if let Some((floor, until)) = self.floors.get(&writer)
            && *floor >= envelope.hlc().millis
            && *until > now
        {
            return Outcome::Refused(Refusal::Author);
        }
        self.number += 1;
        self.kept.push(Kept {
            envelope: envelope.clone(),
            first_seen: now,
            own: incoming.own,
            number: self.number,
        });
        let before = evicted.len();
        self.make_room_for_author(&writer, evicted);
        if !incoming.own {
            self.make_room_in_pool(self.pool(envelope.scope()), now, evicted);
        }
        let Some(at) = evicted.iter().skip(before).position(|gone| *gone == id) else {
            return Outcome::Stored;
        };
        evicted.remove(before + at);
        Outcome::Refused(match self.evicted.contains_key(&id) {
            true => Refusal::Shared,
            false => Refusal::Author,
        })
    }

    fn make_room_for_author(&mut self, writer: &(NodeId, Scope), evicted: &mut Vec<MessageId>) {
        loop {
            let mut theirs: Vec<_> = self
                .kept
                .iter()
                .filter(|kept| {
                    (kept.envelope.author(), kept.envelope.scope()) == (writer.0, &writer.1)
                })
                .collect();
            if theirs.len() <= 3 {
                return;
            }
            theirs.sort_by_key(|kept| (kept.envelope.hlc().millis, kept.number));
            let oldest = theirs[0].envelope.clone();
            let until = oldest.expires().after(MARGIN);
            let floor = self.floors.entry(writer.clone()).or_default();
            *floor = (floor.0.max(oldest.hlc().millis), floor.1.max(until));
            self.remove(oldest.id(), evicted);
        }
    }

    fn make_room_in_pool(
        &mut self,
        pool: Option<Scope>,
        now: UnixMillis,
        evicted: &mut Vec<MessageId>,
    ) {
        loop {
            let mut there: Vec<_> = self
                .kept
                .iter()
                .filter(|kept| !kept.own && self.pool(kept.envelope.scope()) == pool)
                .collect();
            let Some(most) = there
                .first()
                .map(|kept| self.retention(kept.envelope.scope()).quota.messages)
            else {
                return;
            };
            if u64::try_from(there.len()).unwrap() <= most {
                return;
            }
            there.sort_by_key(|kept| (kept.first_seen, kept.envelope.hlc().millis, kept.number));
            let first = there[0].envelope.clone();
            self.forget(&first, now, evicted);
        }
    }

    fn forget(&mut self, envelope: &VerifiedEnvelope, now: UnixMillis, gone: &mut Vec<MessageId>) {
        let until = envelope
            .created()
            .max(now)
            .after(envelope.lifetime())
            .after(MARGIN);
        self.evicted.insert(envelope.id(), until);
        self.remove(envelope.id(), gone);
    }

    fn remove(&mut self, id: MessageId, evicted: &mut Vec<MessageId>) {
        self.kept.retain(|kept| kept.envelope.id() != id);
        evicted.push(id);
    }

    fn expire(&mut self, now: UnixMillis) -> Vec<MessageId> {
        let mut gone = Vec::new();
        let due: Vec<_> = self
            .kept
            .iter()
            .filter(|kept| {
                let keep = self.retention(kept.envelope.scope()).keep;
                kept.first_seen.after(keep.min(kept.envelope.lifetime())) <= now
            })
            .map(|kept| kept.envelope.clone())
            .collect();
        for envelope in due {
            self.forget(&envelope, now, &mut gone);
        }
        gone
    }

    fn ordered(&self, scope: Option<&Scope>) -> Vec<MessageId> {
        let mut all: Vec<_> = self
            .kept
            .iter()
            .filter(|kept| scope.is_none_or(|scope| kept.envelope.scope() == scope))
            .map(|kept| kept.envelope.order_key())
            .collect();
        all.sort_unstable();
        all.into_iter().map(|(_, _, id)| id).collect()
    }
}

fn incoming(said: &Said, now: UnixMillis, number: u64) -> Incoming {
    let when = now.0.saturating_add_signed(said.ago * -1_000);
    // Few words, so that some messages are the same.
    let digit = number % 3;
    let content = match said.scope {
        3 => Content::Unknown {
            kind: 9,
            value: vec![u8::try_from(digit).unwrap()].into(),
        },
        _ => text(&digit.to_string()),
    };
    let mut draft = draft(scope(said.scope), content, UnixMillis(when));
    draft.lifetime_secs = said.lifetime;
    Incoming {
        own: said.author == ME,
        ..came_at(draft.sign(&key(said.author)).unwrap(), now)
    }
}

fn sorted(mut ids: Vec<MessageId>) -> Vec<MessageId> {
    ids.sort_unstable();
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_store_does_what_the_model_does(steps in prop::collection::vec(step(), 1..40)) {
        let (mut store, mut model) = (store(config()), Model::default());
        let (mut now, mut number, mut again) = (NOW, 0, Vec::new());
        for step in steps {
            match step {
                Step::Pass(secs) => now = now.after(Duration::from_secs(secs)),
                Step::Put(said) => {
                    let mut batch = Vec::new();
                    for said in &said {
                        number += 1;
                        batch.push(incoming(said, now, number));
                    }
                    // Somebody offers an old one again.
                    if let Some(old) = again.get(number as usize % (again.len() + 1)) {
                        batch.push(Incoming { first_seen: now, ..Incoming::clone(old) });
                    }
                    again.extend(batch.iter().cloned());
                    let put = store.put(&batch).unwrap();
                    let mut evicted = Vec::new();
                    let outcomes: Vec<_> = batch
                        .iter()
                        .map(|incoming| model.put(incoming, &mut evicted))
                        .collect();
                    prop_assert_eq!(put.outcomes, outcomes);
                    prop_assert_eq!(put.evicted, evicted);
                }
                Step::Expire => {
                    let expired = store.expire(now).unwrap();
                    prop_assert!(!expired.more);
                    prop_assert_eq!(sorted(expired.messages), sorted(model.expire(now)));
                }
                Step::Join(n) => {
                    let Scope::Room(room) = scope(n) else { unreachable!() };
                    let is_new = model.joined.insert(scope(n));
                    prop_assert_eq!(store.join(&room).unwrap(), is_new);
                }
                Step::Leave(n) => {
                    let Scope::Room(room) = scope(n) else { unreachable!() };
                    let mut evicted = Vec::new();
                    if model.joined.remove(&scope(n)) {
                        model.make_room_in_pool(None, now, &mut evicted);
                    }
                    prop_assert_eq!(store.leave(&room, now).unwrap(), evicted);
                }
            }
            prop_assert_eq!(sorted(held(&store)), sorted(model.ordered(None)));
            for n in [None, Some(0), Some(1), Some(2)] {
                let room = n.map(|n| match scope(n) {
                    Scope::Room(room) => room,
                    _ => unreachable!(),
                });
                let page = store.history(&Query { room, ..Query::default() }).unwrap();
                let ids: Vec<_> = page.messages.iter().map(|m| m.envelope.id()).collect();
                prop_assert_eq!(ids, model.ordered(n.map(scope).as_ref()));
            }
            let found = store
                .history(&Query {
                    search: Some("1".to_owned()),
                    kind: Some(Kind::Text),
                    ..Query::default()
                })
                .unwrap();
            let wanted = model.kept.iter().filter(|kept| {
                matches!(kept.envelope.content(), Content::Text { text, .. } if &**text == "1")
            });
            prop_assert_eq!(found.messages.len(), wanted.count());
        }
        store.check().unwrap();
    }
}
