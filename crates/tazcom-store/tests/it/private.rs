//! What was sealed before it came here.

use tazcom_identity::SecretKey;
use tazcom_proto::{Content, Draft, Hlc, Scope, Seal, UnixMillis, VerifiedEnvelope};
use tazcom_store::{
    Config, MAX_SAID_LEN, MAX_SECRET_LEN, MAX_SECRET_NAME_LEN, Quota, Said, Secret, Store,
    StoreError,
};

use crate::people::*;

fn secret(name: &[u8], sealed: Option<&[u8]>) -> Secret {
    Secret {
        name: name.to_vec(),
        sealed: sealed.map(<[u8]>::to_vec),
    }
}

fn line(talk: &[u8], id: u8, at: u64) -> Said {
    Said {
        talk: talk.to_vec(),
        id: [id; 16],
        at: UnixMillis(at),
        fate: 0,
        sealed: vec![id; 8],
    }
}

fn ids(store: &Store, talk: &[u8]) -> Vec<u8> {
    let page = store.said(talk, None, 100).unwrap();
    page.lines.iter().map(|line| line.id[0]).collect()
}

fn sealed_for(author: u8, tag: [u8; 32], at: UnixMillis) -> VerifiedEnvelope {
    let content = Content::Sealed {
        seal: Seal::Direct,
        bytes: vec![author; 40].into(),
    };
    let hlc = Hlc {
        millis: at,
        counter: 0,
    };
    Draft::new(Scope::Sealed(tag), content, hlc, at)
        .sign(&SecretKey::from_seed([author; 32]))
        .unwrap()
}

#[test]
fn secrets_are_found_by_how_their_names_begin() {
    let mut store = store(Config::lan());
    let all = [
        secret(b"direct/a", Some(b"1")),
        secret(b"direct/b", Some(b"2")),
        secret(b"group/a", Some(b"3")),
    ];
    store.set_secrets(&all).unwrap();
    let change = [secret(b"direct/a", None), secret(b"direct/b", Some(b"4"))];
    store.set_secrets(&change).unwrap();
    assert_eq!(
        store.secrets(b"direct/").unwrap(),
        [(b"direct/b".to_vec(), b"4".to_vec())]
    );
    assert_eq!(store.secrets(b"").unwrap().len(), 2);
}

#[test]
fn all_secrets_of_a_step_are_set_or_none() {
    let mut config = Config::lan();
    config.secrets = 2;
    let mut store = store(config);
    store.set_secrets(&[secret(b"a", Some(b"1"))]).unwrap();
    let too_many = [secret(b"b", Some(b"2")), secret(b"c", Some(b"3"))];
    assert!(matches!(
        store.set_secrets(&too_many),
        Err(StoreError::TooMany { most: 2, .. })
    ));
    assert_eq!(store.secrets(b"").unwrap().len(), 1);
    // What takes the place of another needs none of its own.
    let swapped = [
        secret(b"a", None),
        secret(b"c", Some(b"3")),
        secret(b"d", Some(b"4")),
    ];
    store.set_secrets(&swapped).unwrap();
    assert_eq!(store.secrets(b"").unwrap().len(), 2);
}

#[test]
fn a_secret_has_its_longest_name_and_value_and_not_one_byte_more() {
    let mut store = store(Config::lan());
    let (name, value) = (vec![1; MAX_SECRET_NAME_LEN], vec![1; MAX_SECRET_LEN]);
    store.set_secrets(&[secret(&name, Some(&value))]).unwrap();
    let long_name = secret(&[1; MAX_SECRET_NAME_LEN + 1], Some(b""));
    let long_value = secret(b"a", Some(&vec![1; MAX_SECRET_LEN + 1]));
    for wrong in [long_name, long_value] {
        assert!(store.set_secrets(&[wrong]).is_err());
    }
}

#[test]
fn lines_stand_in_their_order_and_each_once() {
    let mut store = store(Config::lan());
    store
        .say(&[line(b"ana", 3, 30), line(b"ana", 1, 10), line(b"bob", 9, 5)])
        .unwrap();
    store
        .say(&[line(b"ana", 2, 10), line(b"ana", 3, 99)])
        .unwrap();
    assert_eq!(ids(&store, b"ana"), [1, 2, 3]);
    assert_eq!(ids(&store, b"bob"), [9]);
    let talks = store.talks().unwrap();
    let counted: Vec<_> = talks
        .iter()
        .map(|talk| (&talk.name[..], talk.lines))
        .collect();
    assert_eq!(counted, [(&b"ana"[..], 3), (&b"bob"[..], 1)]);
    assert_eq!(talks[0].newest, Some(UnixMillis(30)));
}

#[test]
fn a_conversation_is_read_backwards_page_by_page() {
    let mut store = store(Config::lan());
    let all: Vec<Said> = (1..=7).map(|n| line(b"ana", n, u64::from(n))).collect();
    store.say(&all).unwrap();
    let (mut before, mut read) = (None, Vec::new());
    loop {
        let page = store.said(b"ana", before, 3).unwrap();
        let ids: Vec<u8> = page.lines.iter().map(|line| line.id[0]).collect();
        read.push(ids);
        before = page.before;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(read, [vec![5, 6, 7], vec![2, 3, 4], vec![1]]);
}

#[test]
fn what_becomes_of_a_line_is_kept_with_it() {
    let mut store = store(Config::lan());
    store
        .say(&[line(b"ana", 1, 1), line(b"bob", 1, 1)])
        .unwrap();
    store.set_fate(b"ana", [1; 16], 2).unwrap();
    store.set_fate(b"nobody", [1; 16], 2).unwrap();
    let fate = |talk: &[u8]| store.said(talk, None, 1).unwrap().lines[0].fate;
    assert_eq!((fate(b"ana"), fate(b"bob")), (2, 0));
}

#[test]
fn a_conversation_beyond_its_quota_loses_its_oldest_and_no_other_does() {
    let mut config = Config::lan();
    config.said = Quota {
        messages: 2,
        bytes: 100,
    };
    let mut store = store(config);
    store.say(&[line(b"bob", 9, 1)]).unwrap();
    store
        .say(&[line(b"ana", 1, 1), line(b"ana", 2, 2), line(b"ana", 3, 3)])
        .unwrap();
    assert_eq!(ids(&store, b"ana"), [2, 3]);
    let mut long = line(b"ana", 4, 4);
    long.sealed = vec![0; 95];
    store.say(&[long]).unwrap();
    assert_eq!(ids(&store, b"ana"), [4]);
    assert_eq!(ids(&store, b"bob"), [9]);
    let mut longer = line(b"ana", 5, 5);
    longer.sealed = vec![0; MAX_SAID_LEN + 1];
    assert!(store.say(&[longer]).is_err());
}

#[test]
fn one_conversation_too_many_costs_the_one_that_was_silent_longest() {
    let mut config = Config::lan();
    config.talks = 2;
    let mut store = store(config);
    store
        .say(&[line(b"ana", 1, 50), line(b"bob", 1, 40), line(b"cy", 1, 60)])
        .unwrap();
    assert_eq!(ids(&store, b"bob"), [0_u8; 0]);
    assert_eq!(
        (ids(&store, b"ana"), ids(&store, b"cy")),
        (vec![1], vec![1])
    );
    store.forget_talk(b"ana").unwrap();
    assert_eq!(store.talks().unwrap().len(), 1);
}

#[test]
fn a_sealed_message_waits_until_it_was_looked_at() {
    let mut store = store(Config::lan());
    let mine = [7; 32];
    let (first, second) = (sealed_for(1, mine, at(1)), sealed_for(2, mine, at(2)));
    let other = sealed_for(1, [8; 32], at(3));
    for envelope in [&second, &first, &other] {
        stored(&mut store, came(envelope.clone()));
    }
    let waiting = |store: &Store| -> Vec<_> {
        let waiting = store.unopened(&Scope::Sealed(mine), 10).unwrap();
        waiting.iter().map(|envelope| envelope.id()).collect()
    };
    assert_eq!(waiting(&store), [first.id(), second.id()]);
    assert_eq!(store.unopened(&Scope::Sealed(mine), 1).unwrap().len(), 1);
    store.mark_opened(&[first.id()]).unwrap();
    assert_eq!(waiting(&store), [second.id()]);
    let all = |limit| -> Vec<_> {
        let all = store.sealed(&Scope::Sealed(mine), limit).unwrap();
        all.iter().map(|envelope| envelope.id()).collect()
    };
    assert_eq!(all(10), [first.id(), second.id()]);
    assert_eq!(all(1), [second.id()]);
}
