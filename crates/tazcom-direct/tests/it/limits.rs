//! The outbox and its bounds, and what is told of a message.

use std::time::Duration;

use tazcom_direct::{Config, Fate, Input, Refusal, SecurityEvent};
use tazcom_proto::Hlc;
use tazcom_proto::inner::kind;
use vodozemac::olm::OlmMessage;
use zeroize::Zeroizing;

use crate::forger::Forger;
use crate::stage::{DAY, Node, SECOND, acquainted, established, id, key, olm, talk, text};

#[test]
fn a_message_is_delivered_once_its_receipt_is_here() {
    let (mut ana, mut ben) = acquainted();
    let said = ana.say(ben.id(), "hello");
    assert_eq!(ana.answers, [Ok(false)]);
    ben.hear(&ana.take());
    assert_eq!(ben.texts(), ["hello"]);
    assert_eq!(ben.opened[0].from(), ana.id());
    assert_eq!(ben.opened[0].id(), said);
    ben.pass(Duration::from_millis(249));
    assert!(ben.sealed.is_empty(), "receipts are gathered");
    ben.pass(Duration::from_millis(1));
    ana.hear(&ben.take());
    assert_eq!(ana.fates, [(said, Fate::Delivered)]);
    assert_eq!(ana.direct.outbox_len(), 0);
}

#[test]
fn without_keys_a_message_waits_and_leaves_when_they_come() {
    let (mut ana, ben) = (Node::new(0), Node::new(1));
    let said = ana.say(ben.id(), "hello");
    assert_eq!(ana.answers, [Ok(true)]);
    ana.restart();
    ana.hear(&ben.bundles.clone());
    assert_eq!(ana.fates, [(said, Fate::Sealed)]);
    assert_eq!(ana.sealed.len(), 1);
}

#[test]
fn without_keys_a_message_leaves_when_the_receiver_is_met() {
    let (mut ana, mut ben) = (Node::new(0), Node::new(1));
    ana.say(ben.id(), "hello");
    ben.handle(Input::SessionUp(ana.id()));
    let (_, frame) = ben.frames.remove(0);
    let tazcom_proto::direct::DirectFrame::OneTimeKey { identity, key } = frame else {
        panic!("no key");
    };
    let from = ben.id();
    ana.handle(Input::OneTimeKey {
        from,
        identity,
        key,
    });
    ben.hear(&ana.take());
    assert_eq!(ben.texts(), ["hello"]);
}

#[test]
fn the_outbox_of_one_person_takes_256_and_says_so_of_the_next() {
    let mut ana = Node::new(0);
    for _ in 0..=256 {
        ana.say(key(1).node_id(), "hello");
    }
    assert_eq!(ana.answers[255], Ok(true));
    assert_eq!(ana.answers[256], Err(Refusal::PeerFull { most: 256 }));
}

#[test]
fn the_outbox_of_all_takes_4096_and_says_so_of_the_next() {
    let mut ana = Node::new(0);
    for n in 0..=4096_u64 {
        let to = key(u8::try_from(n / 256 + 1).unwrap()).node_id();
        ana.handle(ana.words(to, id(n), "hello"));
    }
    assert_eq!(ana.answers[4095], Ok(true));
    assert_eq!(ana.answers[4096], Err(Refusal::Full { most: 4096 }));
}

#[test]
fn people_with_words_under_way_are_not_forgotten_and_idle_ones_are() {
    let mut config = Config::lan();
    config.peers = 2;
    let (mut ana, mut ben) = (Node::with(0, config), Node::new(1));
    ben.hear(&ana.bundles.clone());
    ben.say(ana.id(), "hello");
    talk(&mut ana, &mut ben);
    assert_eq!(ana.texts(), ["hello"]);
    for n in 2..5 {
        ana.say(key(n).node_id(), "hello");
    }
    let too_many = Refusal::TooManyPeople { most: 2 };
    assert_eq!(
        ana.answers,
        [Ok(true), Ok(true), Err(too_many)],
        "ben was forgotten"
    );
    let ratchets = ana
        .disk
        .keys()
        .filter(|key| key.starts_with(b"direct/ratchet/"));
    assert_eq!(ratchets.count(), 0);
    ben.say(ana.id(), "and now?");
    ana.hear(&ben.take());
    assert_eq!(ana.events, [SecurityEvent::Unopened { who: ben.id() }]);
}

#[test]
fn in_one_ratchet_32_are_on_their_way_and_the_next_begins_another() {
    let (mut ana, ben) = established();
    for _ in 0..33 {
        ana.say(ben.id(), "hello");
    }
    let begins = |n: usize| matches!(olm(&ana.sealed[n]), OlmMessage::PreKey(_));
    assert!(!begins(31), "in the ratchet that is there");
    assert!(begins(32), "in one begun for it");
}

#[test]
fn with_four_full_ratchets_the_next_waits_until_something_has_arrived() {
    let (mut ana, mut ben) = acquainted();
    let ids: Vec<_> = (0..129).map(|_| ana.say(ben.id(), "hello")).collect();
    assert_eq!(ana.answers[127], Ok(false));
    assert_eq!(ana.answers[128], Ok(true), "it waits");
    assert_eq!(ana.sealed.len(), 128);
    talk(&mut ana, &mut ben);
    assert_eq!(ben.opened.len(), 129);
    assert_eq!(ana.fates_of(ids[128]), [Fate::Sealed, Fate::Delivered]);
    assert_eq!(ana.fates_of(ids[0]), [Fate::Delivered]);
}

#[test]
fn more_than_four_ratchets_are_never_kept() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    for n in 0..9 {
        let mut session = eve.begin(&ana);
        let inner = eve.inner(ana.id(), id(n), "hello");
        let sealed = eve.seal(&mut session, ana.id(), &inner);
        ana.hear(&[sealed]);
        ana.pass(SECOND);
    }
    let ratchets = ana
        .disk
        .keys()
        .filter(|key| key.starts_with(b"direct/ratchet/"));
    assert_eq!(ratchets.count(), 4);
    assert_eq!(ana.opened.len(), 9);
}

#[test]
fn a_receipt_names_64_and_does_not_wait_for_more() {
    let (mut ana, mut ben) = acquainted();
    for _ in 0..65 {
        ana.say(ben.id(), "hello");
    }
    let sealed = ana.take();
    ben.hear(&sealed[..63]);
    assert_eq!(ben.sealed.len(), 0);
    ben.hear(&sealed[63..]);
    assert_eq!(ben.sealed.len(), 1);
    ana.hear(&ben.take());
    assert_eq!(ana.fates.len(), 64);
    ben.pass(SECOND);
    ana.hear(&ben.take());
    assert_eq!(ana.fates.len(), 65);
}

#[test]
fn a_message_without_a_receipt_is_given_up_after_a_week() {
    let (mut ana, ben) = acquainted();
    let said = ana.say(ben.id(), "hello");
    ana.pass(7 * DAY - Duration::from_millis(1));
    assert_eq!(ana.fates, []);
    ana.restart();
    ana.pass(Duration::from_millis(1));
    assert_eq!(ana.fates, [(said, Fate::Expired)]);
    assert_eq!(ana.direct.outbox_len(), 0);
}

#[test]
fn an_envelope_lives_no_longer_than_its_message_is_tried() {
    let (mut ana, ben) = (Node::new(0), Node::new(1));
    ana.say(ben.id(), "hello");
    ana.pass(2 * DAY);
    ana.hear(&ben.bundles.clone());
    assert_eq!(ana.sealed[0].lifetime(), 5 * DAY);
}

#[test]
fn what_cannot_be_sent_is_refused_and_says_why() {
    let (mut ana, ben) = acquainted();
    let send = |ana: &Node, kind, body: &[u8], days: u32| Input::Send {
        to: ben.id(),
        id: id(7),
        hlc: Hlc::default(),
        created: ana.now.before(days * DAY),
        kind,
        body: Zeroizing::new(body.to_vec()),
        reference: 0,
    };
    let inputs = [
        ana.words(ana.id(), id(1), "to myself"),
        send(&ana, kind::HELLO, &[0xf6], 0),
        send(&ana, kind::RECEIPT, &[0x80], 0),
        send(&ana, kind::TEXT, &[], 0),
        send(&ana, kind::TEXT, &[0xf6, 0xf6], 0),
        send(&ana, kind::TEXT, &text(&"x".repeat(7000)), 0),
        send(&ana, kind::TEXT, &[0xf6], 7),
        send(&ana, kind::TEXT, &[0xf6], 6),
        send(&ana, kind::TEXT, &[0xf6], 0),
    ];
    inputs.into_iter().for_each(|input| ana.handle(input));
    let expected = [
        Err(Refusal::ToSelf),
        Err(Refusal::Reserved { kind: kind::HELLO }),
        Err(Refusal::Reserved {
            kind: kind::RECEIPT,
        }),
        Err(Refusal::NotAValue),
        Err(Refusal::NotAValue),
        Err(Refusal::TooLong),
        Err(Refusal::TooOld),
        Ok(false),
        Err(Refusal::Known),
    ];
    assert_eq!(ana.answers, expected);
}

#[test]
fn the_longest_message_fits_into_an_envelope() {
    let (mut ana, mut ben) = acquainted();
    // What is around the body has 148 bytes at most.
    let body = text(&"x".repeat(4096));
    let input = match ana.words(ben.id(), id(1), "") {
        Input::Send {
            to,
            id,
            hlc,
            created,
            ..
        } => Input::Send {
            to,
            id,
            hlc,
            created,
            kind: kind::FIRST_OF_ROOMS,
            body: [&[0x82][..], &body, &text(&"y".repeat(1800))]
                .concat()
                .into(),
            reference: 0,
        },
        other => other,
    };
    ana.handle(input);
    ben.hear(&ana.take());
    assert_eq!(ben.opened[0].kind(), kind::FIRST_OF_ROOMS);
    assert!(ben.opened[0].body().len() > 5900);
}

#[test]
fn no_log_shows_what_is_said() {
    let (mut ana, ben) = acquainted();
    let words = ana.words(ben.id(), id(1), "canary");
    let shown = format!("{words:?}");
    ana.handle(words);
    let row = ana
        .disk
        .iter()
        .find(|(key, _)| key.starts_with(b"direct/outbox/"));
    let value = row.map(|(_, value)| value.clone());
    assert!(
        value
            .as_ref()
            .is_some_and(|row| row.windows(6).any(|bytes| bytes == b"canary"))
    );
    let row = tazcom_direct::Row {
        key: Vec::new(),
        value,
    };
    let shown = format!("{shown} {row:?} {:?}", ana.direct);
    assert!(
        !shown.contains("canary") && !shown.contains("99, 97, 110"),
        "{shown}"
    );
}
