//! Finding words, whatever somebody types.

use proptest::prelude::*;
use tazcom_proto::UnixMillis;
use tazcom_store::{MAX_SEARCH_LEN, Query, Store, StoreError};

use crate::people::*;

fn found(store: &Store, search: &str) -> Vec<u64> {
    let page = store
        .history(&Query {
            search: Some(search.to_owned()),
            ..Query::default()
        })
        .unwrap();
    let place = |message: &tazcom_store::Message| message.envelope.created().0 - NOW.0;
    page.messages.iter().map(place).collect()
}

fn said(words: &[&str]) -> Store {
    let mut store = store(roomy());
    let all: Vec<_> = (0..)
        .zip(words)
        .map(|(n, words)| came(says(1, words, UnixMillis(NOW.0 + n))))
        .collect();
    store.put(&all).unwrap();
    store
}

#[test]
fn words_are_found_by_their_beginnings_without_case_and_accents() {
    let store = said(&[
        "Das Café am Rhein",
        "cafeteria",
        "the RHEIN is high",
        "привет мир",
        "can't \"stop\" now",
        "foo-bar baz",
    ]);
    let table: [(&str, &[u64]); 14] = [
        ("cafe", &[0, 1]),
        ("CAFÉ", &[0, 1]),
        ("caf", &[0, 1]),
        ("rhein", &[0, 2]),
        ("rhein cafe", &[0]),
        ("ein", &[]),
        ("ПРИВ", &[3]),
        ("can't", &[4]),
        ("\"stop\"", &[4]),
        ("foo-bar", &[5]),
        ("bar-foo", &[]),
        ("", &[]),
        ("   ", &[]),
        ("*", &[]),
    ];
    for (search, wanted) in table {
        assert_eq!(found(&store, search), wanted, "{search:?}");
    }
}

#[test]
fn nothing_that_is_typed_means_anything_but_words() {
    let store = said(&["plain words here"]);
    for typed in [
        "plain OR nothing",
        "text:plain",
        "-plain",
        "NOT plain",
        "NEAR(plain words)",
        "^plain",
        "plain AND",
        "(plain",
        "\"plain",
        "{text} : plain",
        "plain + words",
        "'; DROP TABLE message; --",
        "\0plain",
        "\"\"\"",
    ] {
        let page = store.history(&Query {
            search: Some(typed.to_owned()),
            ..Query::default()
        });
        assert!(page.is_ok(), "{typed:?}: {page:?}");
    }
    assert_eq!(found(&store, "plain OR nothing"), [] as [u64; 0]);
    assert_eq!(found(&store, "^plain"), [0]);
    assert_eq!(found(&store, "\0plain"), [0]);
}

#[test]
fn a_search_has_a_limit() {
    let store = said(&["x"]);
    let ask = |len: usize| {
        store.history(&Query {
            search: Some("y".repeat(len)),
            ..Query::default()
        })
    };
    assert!(ask(MAX_SEARCH_LEN).is_ok());
    let beyond = ask(MAX_SEARCH_LEN + 1);
    assert!(matches!(beyond, Err(StoreError::TooMany { .. })));
}

#[test]
fn what_went_is_not_found_and_its_place_can_be_taken() {
    let mut config = roomy();
    config.author.messages = 1;
    let mut store = store(config);
    let same = |words: &str, counter: u32| {
        let mut draft = draft(lobby(), text(words), NOW);
        draft.hlc.counter = counter;
        came(draft.sign(&key(1)).unwrap())
    };
    stored(&mut store, same("first", 0));
    assert_eq!(found(&store, "first"), [0]);
    // The floor keeps the same millisecond out, so the author's next one is later.
    let (_, evicted) = put_one(&mut store, came(says(1, "second", at(1))));
    assert_eq!(evicted.len(), 1);
    assert_eq!(found(&store, "first"), [] as [u64; 0]);
    stored(&mut store, came(says(2, "third", NOW)));
    assert_eq!(found(&store, "third"), [0]);
    assert_eq!(found(&store, "first"), [] as [u64; 0]);
    store.check().unwrap();
}

#[test]
fn a_search_pages_back_through_what_it_finds() {
    let words: Vec<String> = (0..25).map(|n| format!("needle {n}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let store = said(&words);
    let (mut places, mut before) = (Vec::new(), None);
    loop {
        let page = store
            .history(&Query {
                search: Some("needle".to_owned()),
                room: Some(room("lobby")),
                limit: 10,
                before,
                ..Query::default()
            })
            .unwrap();
        before = page.messages.first().map(|m| m.envelope.order_key());
        let created = page.messages.iter().map(|m| m.envelope.created().0 - NOW.0);
        places.splice(0..0, created);
        if !page.more {
            break;
        }
    }
    assert_eq!(places, (0..25).collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_search_fails(typed in "\\PC{0,60}|[\"*()^:+\\-{} \\x00a-cA-Z]{0,40}") {
        let store = said(&["a b c AND OR NOT NEAR"]);
        let page = store.history(&Query { search: Some(typed), ..Query::default() });
        prop_assert!(page.is_ok());
    }

    #[test]
    fn whoever_searches_for_a_word_of_a_text_finds_it(
        word in "[a-zäöüéčñ]{1,12}",
        around in "[A-Za-z ]{0,30}",
    ) {
        let store = said(&[&format!("{around} {word} {around}")]);
        prop_assert_eq!(found(&store, &word), [0]);
    }
}
