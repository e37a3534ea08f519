//! What is kept, what goes for what, and what does not come back.

use std::time::Duration;

use tazcom_proto::{Content, Hlc, MessageId, Scope, Seal, UnixMillis};
use tazcom_store::{Config, EXPIRE_STEP, Outcome, Quota, Refusal, Retention};

use crate::people::*;

const fn messages(messages: u64) -> Quota {
    Quota {
        messages,
        bytes: u64::MAX,
    }
}

#[test]
fn a_message_is_stored_once() {
    let mut store = store(Config::lan());
    let hello = came(says(1, "hello", NOW));
    stored(&mut store, hello.clone());
    let again = store.put(&[hello.clone(), hello]).unwrap();
    assert_eq!(again.outcomes, [Outcome::Known, Outcome::Known]);
    assert_eq!(store.index().unwrap().len(), 1);
}

#[test]
fn the_index_tells_what_gossip_compares() {
    let mut store = store(Config::lan());
    let (late, early) = (says(1, "late", at(9)), says(2, "early", at(3)));
    store
        .put(&[came(late.clone()), came(early.clone())])
        .unwrap();
    let index = store.index().unwrap();
    assert_eq!([index[0].id, index[1].id], [early.id(), late.id()]);
    assert_eq!(index[0].created, at(3));
    assert_eq!(index[0].expires, early.expires());
    assert_eq!(usize::try_from(index[0].len).unwrap(), early.bytes().len());
}

#[test]
fn an_author_beyond_its_messages_loses_its_oldest_and_nobody_elses() {
    let mut config = roomy();
    config.author = messages(3);
    let mut store = store(config);
    let other = stored(&mut store, came(says(9, "older than all", NOW)));
    let mine: Vec<_> = (1..=3)
        .map(|n| stored(&mut store, came(says(1, &format!("{n}"), at(n)))))
        .collect();
    let (outcome, evicted) = put_one(&mut store, came(says(1, "one past it", at(4))));
    assert_eq!((outcome, evicted), (Outcome::Stored, vec![mine[0]]));
    assert!(held(&store).contains(&other));
}

#[test]
fn an_author_beyond_its_bytes_loses_its_oldest() {
    let one = came(says(1, "aaaa", at(1)));
    let len = u64::try_from(one.envelope.bytes().len()).unwrap();
    let mut config = roomy();
    config.author.bytes = 2 * len;
    let mut store = store(config);
    let first = stored(&mut store, one);
    stored(&mut store, came(says(1, "bbbb", at(2))));
    let (outcome, evicted) = put_one(&mut store, came(says(1, "cccc", at(3))));
    assert_eq!((outcome, evicted), (Outcome::Stored, vec![first]));
}

#[test]
fn an_author_has_a_quota_in_each_scope() {
    let mut config = roomy();
    config.author = messages(1);
    let mut store = store(config);
    stored(&mut store, came(says(1, "in the lobby", NOW)));
    let elsewhere = draft(Scope::Room(room("den")), text("in the den"), NOW);
    stored(&mut store, came(elsewhere.sign(&key(1)).unwrap()));
}

#[test]
fn what_an_author_lost_to_its_quota_does_not_come_back() {
    let mut config = roomy();
    config.author = messages(2);
    let mut store = store(config);
    let first = came(says(1, "1", at(1)));
    stored(&mut store, first.clone());
    stored(&mut store, came(says(1, "2", at(2))));
    put_one(&mut store, came(says(1, "3", at(3))));
    assert_eq!(put_one(&mut store, first), refused(Refusal::Author));
    // Nor what is older still, and was never here.
    let older = came(says(1, "0", NOW));
    assert_eq!(put_one(&mut store, older), refused(Refusal::Author));
}

#[test]
fn a_message_older_than_a_full_quota_of_its_author_is_refused() {
    let mut config = roomy();
    config.author = messages(2);
    let mut store = store(config);
    stored(&mut store, came(says(1, "2", at(2))));
    stored(&mut store, came(says(1, "3", at(3))));
    let before = held(&store);
    let older = came(says(1, "1", at(1)));
    assert_eq!(put_one(&mut store, older), refused(Refusal::Author));
    assert_eq!(held(&store), before);
}

#[test]
fn strangers_rooms_share_a_quota_and_the_first_to_come_goes() {
    let mut config = roomy();
    config.others.quota = messages(2);
    let mut store = store(config);
    let in_room = |name: &str, n: u8, secs: u64| {
        let draft = draft(Scope::Room(room(name)), text("hi"), at(secs));
        draft.sign(&key(n)).unwrap()
    };
    // It says that it was made last, but it came first.
    let boaster = stored(&mut store, came_at(in_room("a", 1, 900), at(1)));
    stored(&mut store, came_at(in_room("b", 2, 2), at(2)));
    let (outcome, evicted) = put_one(&mut store, came_at(in_room("c", 3, 3), at(3)));
    assert_eq!((outcome, evicted), (Outcome::Stored, vec![boaster]));
    let again = came_at(in_room("a", 1, 900), at(4));
    assert_eq!(put_one(&mut store, again), refused(Refusal::Evicted));
}

#[test]
fn strangers_rooms_share_bytes() {
    let one = came(says(1, "aaaa", at(1)));
    let len = u64::try_from(one.envelope.bytes().len()).unwrap();
    let mut config = roomy();
    config.others.quota.bytes = len;
    let mut store = store(config);
    let first = stored(&mut store, one);
    let (outcome, evicted) = put_one(&mut store, came(says(2, "bbbb", at(2))));
    assert_eq!((outcome, evicted), (Outcome::Stored, vec![first]));
}

#[test]
fn a_joined_room_is_not_touched_by_a_flood_elsewhere() {
    let mut config = roomy();
    config.others.quota = messages(1);
    let mut store = store(config);
    store.join(&room("lobby")).unwrap();
    let kept = stored(&mut store, came(says(1, "in the lobby", NOW)));
    for n in 0..20 {
        let spam = draft(Scope::Room(room("spam")), text("buy"), at(n));
        store.put(&[came(spam.sign(&key(2)).unwrap())]).unwrap();
    }
    assert!(held(&store).contains(&kept));
    assert_eq!(store.index().unwrap().len(), 2);
}

#[test]
fn a_joined_room_has_its_own_quota() {
    let mut config = roomy();
    config.joined.quota = messages(2);
    let mut store = store(config);
    store.join(&room("lobby")).unwrap();
    let first = stored(&mut store, came(says(1, "1", at(1))));
    stored(&mut store, came(says(2, "2", at(2))));
    let (outcome, evicted) = put_one(&mut store, came(says(3, "3", at(3))));
    assert_eq!((outcome, evicted), (Outcome::Stored, vec![first]));
}

#[test]
fn sealed_messages_have_their_own_quota() {
    let mut config = roomy();
    config.sealed.quota = messages(1);
    let mut store = store(config);
    let sealed = |tag: u8, secs| {
        let content = Content::Sealed {
            seal: Seal::Direct,
            bytes: b"\x01".as_slice().into(),
        };
        came(
            draft(Scope::Sealed([tag; 32]), content, at(secs))
                .sign(&key(tag))
                .unwrap(),
        )
    };
    let open = stored(&mut store, came(says(1, "open", NOW)));
    let first = stored(&mut store, sealed(1, 1));
    let (outcome, evicted) = put_one(&mut store, sealed(2, 2));
    assert_eq!((outcome, evicted), (Outcome::Stored, vec![first]));
    assert!(held(&store).contains(&open));
}

#[test]
fn own_messages_are_not_pushed_out_by_others() {
    let mut config = roomy();
    config.others.quota = messages(1);
    let mut store = store(config);
    let mine = stored(&mut store, own(says(1, "mine", NOW)));
    for n in 2..20 {
        put_one(&mut store, came(says(n, "flood", at(u64::from(n)))));
    }
    assert!(held(&store).contains(&mine));
    assert_eq!(store.index().unwrap().len(), 2);
}

#[test]
fn own_messages_are_within_their_authors_quota() {
    let mut config = roomy();
    config.author = messages(1);
    let mut store = store(config);
    let first = stored(&mut store, own(says(1, "1", at(1))));
    let (outcome, evicted) = put_one(&mut store, own(says(1, "2", at(2))));
    assert_eq!((outcome, evicted), (Outcome::Stored, vec![first]));
}

#[test]
fn a_message_is_kept_for_its_lifetime_since_it_was_first_seen() {
    let mut store = store(roomy());
    let mut draft = draft(lobby(), text("for a minute"), NOW);
    draft.lifetime_secs = 60;
    let short = draft.sign(&key(1)).unwrap();
    let id = stored(&mut store, came_at(short.clone(), at(30)));
    assert_eq!(store.expire(at(89)).unwrap().messages, []);
    let expired = store.expire(at(90)).unwrap();
    assert_eq!((expired.messages, expired.more), (vec![id], false));
    let again = came_at(short, at(91));
    assert_eq!(put_one(&mut store, again), refused(Refusal::Evicted));
}

#[test]
fn strangers_rooms_are_kept_for_a_day_and_joined_ones_for_a_week() {
    let mut store = store(Config::lan());
    store.join(&room("lobby")).unwrap();
    let mine = stored(&mut store, came(says(1, "joined", NOW)));
    let den = draft(Scope::Room(room("den")), text("not joined"), NOW);
    let theirs = stored(&mut store, came(den.sign(&key(1)).unwrap()));
    assert_eq!(store.expire(NOW.after(DAY)).unwrap().messages, [theirs]);
    let week = NOW.after(7 * DAY);
    assert_eq!(
        store.expire(UnixMillis(week.0 - 1)).unwrap().messages,
        Vec::<MessageId>::new()
    );
    assert_eq!(store.expire(week).unwrap().messages, [mine]);
}

#[test]
fn an_id_is_remembered_while_anybody_may_still_offer_it_and_then_forgotten() {
    let mut store = store(Config::lan());
    let den = draft(Scope::Room(room("den")), text("not joined"), NOW);
    let message = den.sign(&key(1)).unwrap();
    stored(&mut store, came(message.clone()));
    store.expire(NOW.after(DAY)).unwrap();
    let late = came_at(message.clone(), NOW.after(8 * DAY));
    assert_eq!(put_one(&mut store, late), refused(Refusal::Evicted));
    store.expire(NOW.after(10 * DAY)).unwrap();
    stored(&mut store, came_at(message, NOW.after(10 * DAY)));
}

#[test]
fn expiry_is_done_in_steps() {
    let mut store = store(roomy());
    let step = u64::from(EXPIRE_STEP);
    let many: Vec<_> = (0..=step)
        .map(|n| came(says(1, "x", UnixMillis(NOW.0 + n))))
        .collect();
    store.put(&many).unwrap();
    let later = NOW.after(9 * DAY);
    let first = store.expire(later).unwrap();
    assert_eq!(first.messages.len(), many.len() - 1);
    assert!(first.more);
    let second = store.expire(later).unwrap();
    assert_eq!((second.messages.len(), second.more), (1, false));
}

#[test]
fn ids_beyond_what_is_remembered_are_kept_out_by_a_floor() {
    let mut config = roomy();
    config.others.quota = messages(1);
    config.evicted = 2;
    let mut store = store(config);
    let said: Vec<_> = (1..=5)
        .map(|n| came(says(n, "x", at(u64::from(n)))))
        .collect();
    for message in &said {
        put_one(&mut store, message.clone());
    }
    // 1 to 4 were evicted; the ids of 3 and 4 are remembered, and nothing as old as 2 comes in.
    let again = |n: usize| came_at(said[n - 1].envelope.clone(), at(9));
    assert_eq!(put_one(&mut store, again(1)), refused(Refusal::Shared));
    assert_eq!(put_one(&mut store, again(2)), refused(Refusal::Shared));
    assert_eq!(put_one(&mut store, again(3)), refused(Refusal::Evicted));
    let (outcome, _) = put_one(&mut store, came_at(says(7, "new", at(3)), at(9)));
    assert_eq!(outcome, Outcome::Stored);
}

#[test]
fn a_clock_that_is_ahead_does_not_lift_the_floor_above_now() {
    let mut config = roomy();
    config.others.quota = messages(1);
    config.evicted = 1;
    let mut store = store(config);
    for n in 0..10 {
        let ahead = says(1, &format!("{n}"), at(50_000 + n));
        put_one(&mut store, came_at(ahead, at(n)));
    }
    let (outcome, _) = put_one(&mut store, came(says(2, "honest", at(11))));
    assert_eq!(outcome, Outcome::Stored);
}

#[test]
fn an_author_whose_clock_was_ahead_harms_only_itself() {
    let mut config = roomy();
    config.author = messages(1);
    let mut store = store(config);
    stored(&mut store, came_at(says(1, "a", at(5_000)), NOW));
    put_one(&mut store, came_at(says(1, "b", at(5_001)), NOW));
    let now = came(says(1, "now", at(1)));
    assert_eq!(put_one(&mut store, now), refused(Refusal::Author));
    stored(&mut store, came(says(2, "somebody else", at(1))));
}

#[test]
fn times_beyond_what_can_be_ordered_are_refused_and_the_last_one_is_not() {
    let mut store = store(roomy());
    let last = UnixMillis((1 << 43) - 1);
    let beyond = Hlc {
        millis: UnixMillis(1 << 43),
        counter: 0,
    };
    let mut draft = draft(lobby(), text("far"), NOW);
    draft.hlc = beyond;
    let far = came(draft.sign(&key(1)).unwrap());
    assert_eq!(put_one(&mut store, far), refused(Refusal::Range));
    stored(&mut store, came_at(says(1, "just there", last), NOW));
    stored(
        &mut store,
        came_at(says(1, "1970", UnixMillis(0)), UnixMillis(0)),
    );
    stored(
        &mut store,
        came_at(says(1, "seen late", NOW), UnixMillis(u64::MAX)),
    );
}

#[test]
fn a_number_beyond_what_can_be_kept_is_refused() {
    let mut store = store(roomy());
    let previous = Some(MessageId::from_bytes([1; 32]));
    let beyond = came(numbered(1, lobby(), 1 << 63, previous, NOW));
    assert_eq!(put_one(&mut store, beyond), refused(Refusal::Range));
    stored(
        &mut store,
        came(numbered(1, lobby(), (1 << 63) - 1, previous, NOW)),
    );
}

#[test]
fn a_batch_may_evict_what_it_has_brought() {
    let mut config = roomy();
    config.author = messages(1);
    let mut store = store(config);
    let batch = [came(says(1, "1", at(1))), came(says(1, "2", at(2)))];
    let put = store.put(&batch).unwrap();
    assert_eq!(put.outcomes, [Outcome::Stored, Outcome::Stored]);
    assert_eq!(put.evicted, [batch[0].envelope.id()]);
    assert_eq!(held(&store), [batch[1].envelope.id()]);
}

#[test]
fn a_quota_of_nothing_keeps_nothing() {
    let mut config = roomy();
    config.others = Retention {
        quota: messages(0),
        keep: Duration::ZERO,
    };
    let mut store = store(config);
    let hello = came(says(1, "hello", NOW));
    assert_eq!(put_one(&mut store, hello), refused(Refusal::Shared));
    assert_eq!(held(&store), []);
}

#[test]
fn authors_whose_messages_are_gone_are_remembered_up_to_a_limit() {
    let mut config = roomy();
    (config.author, config.idle_authors) = (messages(1), 1);
    let mut store = store(config);
    let short = |n: u8, lifetime_secs, when| {
        let mut draft = draft(lobby(), text("x"), when);
        draft.lifetime_secs = lifetime_secs;
        came_at(draft.sign(&key(n)).unwrap(), NOW)
    };
    // Each has lost one to its quota; the floor of 1 would last longer.
    for (n, lifetime) in [(1, 500), (2, 400)] {
        put_one(&mut store, short(n, lifetime, at(1)));
        put_one(&mut store, short(n, 1, at(2)));
    }
    store.expire(at(10)).unwrap();
    assert_eq!(held(&store), []);
    let again = |n, lifetime| came_at(short(n, lifetime, at(1)).envelope, at(11));
    assert_eq!(put_one(&mut store, again(1, 500)), refused(Refusal::Author));
    stored(&mut store, again(2, 400));
}
