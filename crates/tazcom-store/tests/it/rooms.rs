//! Rooms, places and receipts.

use std::collections::BTreeSet;

use tazcom_proto::{Content, MessageId, RoomName, Scope, UnixMillis};
use tazcom_store::{Config, MAX_LISTED_ROOMS, Quota, StoreError};

use crate::people::*;

fn receipt(n: u8, ids: &[MessageId], when: UnixMillis) -> tazcom_store::Incoming {
    let content = Content::Receipt { ids: ids.to_vec() };
    came(draft(lobby(), content, when).sign(&key(n)).unwrap())
}

#[test]
fn rooms_tell_what_is_in_them() {
    let mut store = store(roomy());
    store.join(&room("attic")).unwrap();
    let topic = |topic: &str, secs| {
        let content = Content::Room {
            topic: topic.into(),
        };
        came(draft(lobby(), content, at(secs)).sign(&key(1)).unwrap())
    };
    store
        .put(&[
            came(says(1, "one", at(1))),
            came(says(2, "two", at(2))),
            topic("new", 9),
            topic("old", 8),
            came(
                draft(
                    Scope::Sealed([1; 32]),
                    Content::Unknown {
                        kind: 9,
                        value: b"\x01".as_slice().into(),
                    },
                    NOW,
                )
                .sign(&key(1))
                .unwrap(),
            ),
        ])
        .unwrap();
    let rooms = store.rooms().unwrap();
    let [attic, lobby] = &rooms[..] else {
        panic!("{rooms:?}");
    };
    assert_eq!((&attic.name, attic.joined), (&room("attic"), true));
    assert_eq!((attic.texts, attic.last), (0, None));
    assert_eq!((&lobby.name, lobby.joined), (&RoomName::lobby(), false));
    assert_eq!((lobby.texts, lobby.last), (2, Some(at(2))));
    assert_eq!(lobby.topic.as_deref(), Some("new"));
}

#[test]
fn a_room_is_joined_and_left_once() {
    let mut store = store(Config::lan());
    let lobby = RoomName::lobby();
    assert!(store.join(&lobby).unwrap());
    assert!(!store.join(&lobby).unwrap());
    assert_eq!(store.joined().unwrap(), std::slice::from_ref(&lobby));
    assert_eq!(store.leave(&lobby, NOW).unwrap(), []);
    assert_eq!(store.leave(&lobby, NOW).unwrap(), []);
    assert_eq!(store.joined().unwrap(), []);
    assert_eq!(store.rooms().unwrap(), []);
}

#[test]
fn rooms_can_be_joined_up_to_a_limit() {
    let mut config = Config::lan();
    config.joined_rooms = 2;
    let mut store = store(config);
    store.join(&room("a")).unwrap();
    store.join(&room("b")).unwrap();
    let third = store.join(&room("c"));
    assert!(matches!(third, Err(StoreError::TooMany { most: 2, .. })));
    assert_eq!(store.rooms().unwrap().len(), 2);
}

#[test]
fn joining_keeps_what_is_there_for_longer_and_leaving_does_not() {
    let mut store = store(Config::lan());
    let lobby = RoomName::lobby();
    let id = stored(&mut store, came(says(1, "hello", NOW)));
    store.join(&lobby).unwrap();
    assert_eq!(store.expire(NOW.after(2 * DAY)).unwrap().messages, []);
    store.leave(&lobby, NOW.after(2 * DAY)).unwrap();
    assert_eq!(store.expire(NOW.after(2 * DAY)).unwrap().messages, [id]);
}

#[test]
fn leaving_a_room_that_is_larger_than_what_strangers_get_evicts() {
    let mut config = roomy();
    config.others.quota = Quota {
        messages: 1,
        bytes: u64::MAX,
    };
    let mut store = store(config);
    let lobby = RoomName::lobby();
    store.join(&lobby).unwrap();
    let first = stored(&mut store, came(says(1, "1", at(1))));
    let second = stored(&mut store, came(says(2, "2", at(2))));
    assert_eq!(store.leave(&lobby, at(3)).unwrap(), [first]);
    assert_eq!(held(&store), [second]);
    // And the counts are right afterwards: one more, one less.
    let (_, evicted) = put_one(&mut store, came(says(3, "3", at(4))));
    assert_eq!(evicted, [second]);
}

#[test]
fn an_author_goes_on_counting_where_it_was() {
    let mut config = roomy();
    config.author.messages = 1;
    let mut store = store(config);
    let first = numbered(1, lobby(), 1, None, at(1));
    let second = numbered(1, lobby(), 2, Some(first.id()), at(2));
    let mesh = numbered(1, Scope::Room(room("den")), 1, None, at(3));
    store
        .put(&[own(second.clone()), own(first), own(mesh.clone())])
        .unwrap();
    let places = |store: &tazcom_store::Store| {
        let places = store.places(id(1)).unwrap();
        let place = |place: tazcom_store::LastPlace| (place.scope, place.seq, place.id);
        places.into_iter().map(place).collect::<Vec<_>>()
    };
    let wanted = [
        (Scope::Room(room("den")), 1, mesh.id()),
        (lobby(), 2, second.id()),
    ];
    assert_eq!(places(&store), wanted);
    // Not only as long as the messages are kept.
    store.expire(at(0).after(20 * DAY)).unwrap();
    assert_eq!(held(&store), []);
    assert_eq!(places(&store), wanted);
}

#[test]
fn the_places_in_a_room_are_those_of_all_who_count() {
    let mut store = store(roomy());
    let first = numbered(1, lobby(), 1, None, at(1));
    let other = numbered(2, lobby(), 7, Some(first.id()), at(1));
    store
        .put(&[
            came(first),
            came(other),
            came(says(3, "not numbered", NOW)),
            came(numbered(4, Scope::Room(room("den")), 1, None, NOW)),
        ])
        .unwrap();
    let places = store.places_in(&RoomName::lobby()).unwrap();
    let counted: BTreeSet<_> = places.iter().map(|p| (p.author, p.seq)).collect();
    assert_eq!(counted, BTreeSet::from([(id(1), 1), (id(2), 7)]));
}

#[test]
fn receipts_are_counted_before_and_after_the_message_comes() {
    let mut store = store(roomy());
    let hello = says(1, "hello", NOW);
    stored(&mut store, receipt(2, &[hello.id()], at(1)));
    stored(&mut store, own(hello.clone()));
    stored(&mut store, receipt(3, &[hello.id()], at(2)));
    stored(&mut store, receipt(3, &[hello.id()], at(3)));
    let other = MessageId::from_bytes([5; 32]);
    let receipts = store.receipts(&[hello.id(), other]).unwrap();
    assert_eq!(receipts, [BTreeSet::from([id(2), id(3)]), BTreeSet::new()]);
}

#[test]
fn receipts_of_one_message_are_bounded() {
    let mut config = roomy();
    config.receipts_per_message = 2;
    let mut store = store(config);
    let message = stored(&mut store, own(says(1, "hello", NOW)));
    for n in 2..6 {
        stored(&mut store, receipt(n, &[message], at(u64::from(n))));
    }
    assert_eq!(
        store.receipts(&[message]).unwrap(),
        [BTreeSet::from([id(2), id(3)])]
    );
}

#[test]
fn receipts_for_what_others_invent_leave_room_for_own_messages() {
    let mut config = roomy();
    config.counted_receipts = 3;
    let mut store = store(config);
    let mine = stored(&mut store, own(says(1, "hello", NOW)));
    let invented: Vec<_> = (0..60).map(|n| MessageId::from_bytes([n; 32])).collect();
    stored(&mut store, receipt(2, &invented, at(1)));
    let counted = store.receipts(&invented).unwrap();
    assert_eq!(counted.iter().filter(|who| !who.is_empty()).count(), 3);
    stored(&mut store, receipt(2, &[mine], at(2)));
    assert_eq!(store.receipts(&[mine]).unwrap(), [BTreeSet::from([id(2)])]);
}

#[test]
fn receipts_go_with_what_they_are_about() {
    let mut config = roomy();
    config.counted_receipts = 1;
    let mut store = store(config);
    let invented = MessageId::from_bytes([1; 32]);
    let mut content = draft(
        lobby(),
        Content::Receipt {
            ids: vec![invented],
        },
        NOW,
    );
    content.lifetime_secs = 1;
    stored(&mut store, came(content.sign(&key(2)).unwrap()));
    store.expire(at(2)).unwrap();
    assert_eq!(store.receipts(&[invented]).unwrap(), [BTreeSet::new()]);
    // Its room is free again.
    let other = MessageId::from_bytes([2; 32]);
    stored(&mut store, receipt(2, &[other], at(3)));
    assert_eq!(store.receipts(&[other]).unwrap(), [BTreeSet::from([id(2)])]);
}

#[test]
fn receipts_push_out_no_text_of_their_author_or_their_room() {
    let mut config = roomy();
    config.author.messages = 2;
    config.joined.quota.messages = 2;
    let mut store = store(config);
    store.join(&RoomName::lobby()).unwrap();
    let said = stored(&mut store, came(says(2, "hello", NOW)));
    for n in 1..9 {
        store.put(&[receipt(2, &[said], at(n))]).unwrap();
    }
    assert_eq!(store.rooms().unwrap()[0].texts, 1);
    assert_eq!(store.index().unwrap().len(), 3, "two receipts are left");
    store.leave(&RoomName::lobby(), at(9)).unwrap();
    assert_eq!(store.index().unwrap().len(), 3);
    // What they say is known for longer than they are.
    assert_eq!(store.receipts(&[said]).unwrap(), [BTreeSet::from([id(2)])]);
}

#[test]
fn receipts_have_a_quota_of_their_own() {
    let mut config = roomy();
    config.receipts.quota.messages = 1;
    let mut store = store(config);
    let said = stored(&mut store, came(says(1, "hello", NOW)));
    let first = stored(&mut store, receipt(2, &[said], at(1)));
    let (_, evicted) = put_one(&mut store, receipt(3, &[said], at(2)));
    assert_eq!(evicted, [first]);
    assert!(held(&store).contains(&said));
}

#[test]
fn rooms_are_listed_up_to_a_limit_and_joined_ones_come_first() {
    let mut store = store(roomy());
    let most = usize::try_from(MAX_LISTED_ROOMS).unwrap();
    let made_up: Vec<_> = (0..most)
        .map(|n| {
            let scope = Scope::Room(room(&format!("r{n}")));
            came(draft(scope, text("hi"), NOW).sign(&key(1)).unwrap())
        })
        .collect();
    store.put(&made_up).unwrap();
    assert_eq!(store.rooms().unwrap().len(), most);
    store.join(&room("mine")).unwrap();
    let rooms = store.rooms().unwrap();
    assert_eq!(rooms.len(), most);
    assert_eq!(rooms[0].name, room("mine"));
}
