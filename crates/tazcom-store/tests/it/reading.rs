//! Reading what is kept.

use tazcom_proto::{Content, Hlc, Kind, MessageId, Scope, UnixMillis};
use tazcom_store::{Config, MAX_META_LEN, MAX_META_NAME_LEN, MAX_PAGE, Moment, Query, StoreError};

use crate::people::*;

fn words(store: &tazcom_store::Store, query: &Query) -> Vec<String> {
    let page = store.history(query).unwrap();
    assert_eq!(page.damaged, []);
    let text = |message: &tazcom_store::Message| match message.envelope.content() {
        Content::Text { text, .. } => text.to_string(),
        other => format!("{:?}", other.kind()),
    };
    page.messages.iter().map(text).collect()
}

#[test]
fn messages_are_had_by_id_and_are_what_was_put() {
    let mut store = store(Config::lan());
    let hello = says(1, "hello", NOW);
    stored(&mut store, came(hello.clone()));
    let unknown = MessageId::from_bytes([9; 32]);
    let got = store.get(&[unknown, hello.id()]).unwrap();
    assert_eq!(got.messages, [hello]);
    assert_eq!(got.damaged, []);
}

#[test]
fn history_is_in_the_order_that_every_node_has() {
    let mut store = store(roomy());
    let mut all = Vec::new();
    for n in 0..60_u8 {
        let millis = UnixMillis(NOW.0 + u64::from(n % 4));
        let mut draft = draft(lobby(), text("x"), NOW);
        draft.hlc = Hlc {
            millis,
            counter: u32::from(n % 3),
        };
        let envelope = draft.sign(&key(1 + n % 5)).unwrap();
        all.push(envelope);
    }
    all.dedup_by_key(|envelope| envelope.id());
    for envelope in &all {
        store.put(&[came_at(envelope.clone(), NOW)]).unwrap();
    }
    let mut wanted: Vec<_> = all.iter().map(|envelope| envelope.order_key()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let page = store.history(&Query::default()).unwrap();
    let found: Vec<_> = page
        .messages
        .iter()
        .map(|message| message.envelope.order_key())
        .collect();
    assert_eq!(found, wanted);
    // Paged back seven at a time it is the same.
    let (mut paged, mut before) = (Vec::new(), None);
    loop {
        let page = store
            .history(&Query {
                limit: 7,
                before,
                ..Query::default()
            })
            .unwrap();
        before = page
            .messages
            .first()
            .map(|first| first.envelope.order_key());
        let keys = page.messages.iter().map(|m| m.envelope.order_key());
        paged.splice(0..0, keys);
        if !page.more {
            break;
        }
    }
    assert_eq!(paged, wanted);
}

#[test]
fn history_can_be_asked_for_by_room_author_kind_and_time() {
    let mut store = store(roomy());
    let den = Scope::Room(room("den"));
    let topic = Content::Room {
        topic: "owls".into(),
    };
    store
        .put(&[
            came(says(1, "one", at(1))),
            came_at(says(2, "two", at(2)), at(50)),
            came(
                draft(den.clone(), text("three"), at(3))
                    .sign(&key(1))
                    .unwrap(),
            ),
            came(draft(den, topic, at(4)).sign(&key(1)).unwrap()),
        ])
        .unwrap();
    let all = Query::default();
    let query = |change: &dyn Fn(&mut Query)| {
        let mut query = all.clone();
        change(&mut query);
        query
    };
    let table: [(Query, &[&str]); 9] = [
        (query(&|q| q.room = Some(room("lobby"))), &["one", "two"]),
        (query(&|q| q.room = Some(room("attic"))), &[]),
        (
            query(&|q| q.author = Some(id(1))),
            &["one", "three", "Room"],
        ),
        (
            query(&|q| {
                q.author = Some(id(1));
                q.kind = Some(Kind::Text);
            }),
            &["one", "three"],
        ),
        (query(&|q| q.since = Some(at(2))), &["two", "three", "Room"]),
        (query(&|q| q.until = Some(at(2))), &["one"]),
        (
            query(&|q| {
                q.by = Moment::FirstSeen;
                q.since = Some(at(10));
            }),
            &["two"],
        ),
        (query(&|q| q.limit = 1), &["Room"]),
        (query(&|q| q.limit = 0), &[]),
    ];
    for (query, wanted) in table {
        assert_eq!(words(&store, &query), wanted, "{query:?}");
    }
}

#[test]
fn a_message_tells_how_it_came() {
    let mut store = store(roomy());
    stored(&mut store, came_at(says(1, "theirs", at(1)), at(7)));
    stored(&mut store, own(says(2, "mine", at(2))));
    let page = store.history(&Query::default()).unwrap();
    let [theirs, mine] = &page.messages[..] else {
        panic!("two were put");
    };
    assert_eq!((theirs.first_seen, theirs.hops), (at(7), 2));
    assert_eq!((theirs.own, theirs.from), (false, Some(id(200))));
    assert_eq!((mine.own, mine.hops, mine.from), (true, 0, None));
}

#[test]
fn a_page_is_never_longer_than_the_longest() {
    let mut store = store(roomy());
    let many: Vec<_> = (0..=u64::try_from(MAX_PAGE).unwrap())
        .map(|n| came(says(1, "x", UnixMillis(NOW.0 + n))))
        .collect();
    store.put(&many).unwrap();
    let page = store
        .history(&Query {
            limit: usize::MAX,
            ..Query::default()
        })
        .unwrap();
    assert_eq!(page.messages.len(), MAX_PAGE);
    assert!(page.more);
}

#[test]
fn the_newest_clock_is_that_of_the_last_message() {
    let mut store = store(roomy());
    assert_eq!(store.newest_hlc().unwrap(), None);
    for counter in [3, 9, 4] {
        let mut draft = draft(lobby(), text("x"), NOW);
        draft.hlc = Hlc {
            millis: at(5),
            counter,
        };
        stored(&mut store, came(draft.sign(&key(1)).unwrap()));
    }
    stored(&mut store, came(says(1, "earlier", at(1))));
    let newest = Hlc {
        millis: at(5),
        counter: 9,
    };
    assert_eq!(store.newest_hlc().unwrap(), Some(newest));
}

#[test]
fn the_newest_name_of_each_author_counts() {
    let mut store = store(roomy());
    let called = |n: u8, name: &str, secs: u64| {
        let profile = Content::Profile { name: name.into() };
        came(draft(Scope::Mesh, profile, at(secs)).sign(&key(n)).unwrap())
    };
    let latest = called(1, "anna", 5);
    store
        .put(&[called(1, "ana", 1), latest.clone(), called(1, "an", 3)])
        .unwrap();
    let ben = called(2, "ben", 2);
    stored(&mut store, ben.clone());
    let mut names = store.names().unwrap();
    names.sort_by_key(|name| name.created());
    assert_eq!(names, [ben.envelope, latest.envelope]);
}

#[test]
fn small_values_are_kept_by_name_within_their_limits() {
    let mut config = Config::lan();
    config.meta = 2;
    let mut store = store(config);
    let (name, value) = ("n".repeat(MAX_META_NAME_LEN), vec![7; MAX_META_LEN]);
    store.set_meta(&name, Some(&value)).unwrap();
    store.set_meta("nick", Some(b"ana")).unwrap();
    assert_eq!(store.meta(&name).unwrap(), Some(value.clone()));
    let too_many = store.set_meta("third", Some(b"x"));
    assert!(matches!(too_many, Err(StoreError::TooMany { most: 2, .. })));
    store.set_meta("nick", Some(b"anna")).unwrap();
    assert_eq!(store.meta("nick").unwrap(), Some(b"anna".to_vec()));
    store.set_meta("nick", None).unwrap();
    assert_eq!(store.meta("nick").unwrap(), None);
    store.set_meta("third", Some(b"x")).unwrap();
    let long_name = store.set_meta(&format!("{name}n"), None);
    assert!(matches!(long_name, Err(StoreError::TooMany { .. })));
    let long_value = store.set_meta("third", Some(&[value, vec![7]].concat()));
    assert!(matches!(long_value, Err(StoreError::TooMany { .. })));
    assert_eq!(store.meta("third").unwrap(), Some(b"x".to_vec()));
}

#[test]
fn peers_are_remembered_where_they_were_met_last() {
    let mut config = Config::lan();
    (config.peers, config.addrs_per_peer) = (2, 2);
    let mut store = store(config);
    let addr = |n: u16| std::net::SocketAddr::from(([10, 0, 0, 1], n));
    for n in 1..=3_u16 {
        store
            .remember_peer(id(1), addr(n), at(u64::from(n)))
            .unwrap();
    }
    store
        .remember_peer(id(2), "[fe80::1%3]:7".parse().unwrap(), at(9))
        .unwrap();
    let peers = store.remembered_peers(10).unwrap();
    assert_eq!(peers.len(), 2);
    assert_eq!(peers[0].id, id(2));
    assert_eq!(peers[1].addrs, [(addr(3), at(3)), (addr(2), at(2))]);
    store.remember_peer(id(3), addr(1), at(10)).unwrap();
    let ids = |limit| {
        let peers = store.remembered_peers(limit).unwrap();
        peers.into_iter().map(|peer| peer.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(10), [id(3), id(2)]);
    assert_eq!(ids(1), [id(3)]);
}

#[test]
fn nothing_that_anybody_wrote_is_in_a_debug_output() {
    let mut store = store(roomy());
    let secret = "xyzzy-secret";
    stored(&mut store, came(says(1, secret, NOW)));
    let topic = Content::Room {
        topic: secret.into(),
    };
    stored(
        &mut store,
        came(draft(lobby(), topic, NOW).sign(&key(1)).unwrap()),
    );
    let query = Query {
        search: Some(secret.to_owned()),
        ..Query::default()
    };
    let page = store.history(&query).unwrap();
    let got = store.get(&held(&store)).unwrap();
    assert_eq!(got.messages.len(), 2);
    let shown = format!(
        "{page:?} {got:?} {query:?} {store:?} {:?} {:?}",
        store.rooms().unwrap(),
        came(says(1, secret, NOW)),
    );
    assert!(!shown.contains("xyzzy"), "{shown}");
}
