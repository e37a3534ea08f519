//! What others try: replays, foreign words, nonsense (row 54, and published failures of others).

use proptest::prelude::*;
use tazcom_direct::{Config, Fate, Input, SecurityEvent};
use tazcom_proto::inner::{Audience, Inner, kind};
use tazcom_proto::{Content, Scope, Seal};

use crate::forger::Forger;
use crate::stage::{DAY, Node, SECOND, acquainted, established, id, olm, talk};

#[test]
fn a_message_that_begins_a_ratchet_replayed_a_hundred_times_is_shown_once() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let mut session = eve.begin(&ana);
    let inner = eve.inner(ana.id(), id(1), "hello");
    let sealed = eve.seal(&mut session, ana.id(), &inner);
    for n in 0..100 {
        // Also signed anew, and after restarts.
        let again = eve.envelope(ana.id(), &olm(&sealed));
        ana.hear(&[sealed.clone(), again]);
        if n % 10 == 0 {
            ana.restart();
        }
    }
    assert_eq!(ana.texts(), ["hello"]);
}

#[test]
fn a_replay_after_its_ratchet_was_dropped_is_shown_once() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let mut session = eve.begin(&ana);
    let inner = eve.inner(ana.id(), id(1), "hello");
    let sealed = eve.seal(&mut session, ana.id(), &inner);
    ana.hear(std::slice::from_ref(&sealed));
    for n in 0..5 {
        ana.pass(SECOND);
        let mut other = eve.begin(&ana);
        let inner = eve.inner(ana.id(), id(2 + n), "hello");
        let sealed = eve.seal(&mut other, ana.id(), &inner);
        ana.hear(&[sealed]);
    }
    let resealed = {
        let inner = eve.inner(ana.id(), id(1), "hello");
        eve.seal(&mut session, ana.id(), &inner)
    };
    ana.hear(&[sealed, resealed]);
    assert_eq!(ana.opened.len(), 6);
    assert_eq!(ana.direct.counts().of("repeated"), 2);
}

#[test]
fn a_message_sealed_anew_is_shown_once_and_has_a_receipt_again() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let mut session = eve.begin(&ana);
    let inner = eve.inner(ana.id(), id(1), "hello");
    for _ in 0..2 {
        let sealed = eve.seal(&mut session, ana.id(), &inner);
        ana.hear(&[sealed]);
        ana.pass(SECOND);
    }
    assert_eq!(ana.opened.len(), 1);
    assert_eq!(ana.sealed.len(), 2, "two receipts");
}

#[test]
fn words_of_somebody_else_are_not_shown() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let who = eve.id();
    let mut session = eve.begin(&ana);
    let mut inner = eve.inner(ana.id(), id(1), "I am Ben");
    inner.from = Node::new(1).id();
    let foreign = eve.seal(&mut session, ana.id(), &inner);
    let mut inner = eve.inner(who, id(2), "for somebody else");
    let mut other = eve.begin(&ana);
    let elsewhere = eve.seal(&mut other, ana.id(), &inner);
    inner.to = Audience::Room(tazcom_proto::inner::SealedRoomId([1; 16]));
    let mut third = eve.begin(&ana);
    let room = eve.seal(&mut third, ana.id(), &inner);
    ana.hear(&[foreign, elsewhere, room]);
    let not_for_me = SecurityEvent::NotForMe { who };
    let expected = [SecurityEvent::ForeignSender { who }, not_for_me, not_for_me];
    assert_eq!(ana.events, expected);
    assert!(ana.opened.is_empty());
}

#[test]
fn an_envelope_for_somebody_else_is_not_opened() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let mut session = eve.begin(&ana);
    let inner = eve.inner(ana.id(), id(1), "hello");
    let elsewhere = eve.seal(&mut session, eve.id(), &inner);
    ana.hear(&[elsewhere]);
    assert_eq!(ana.events, [SecurityEvent::NotForMe { who: eve.id() }]);
}

#[test]
fn the_message_of_another_signed_anew_is_refused_and_takes_nothing_from_it() {
    // Whether the thief and the author are known or not.
    for (knows_author, knows_thief) in [(false, false), (true, false), (false, true), (true, true)]
    {
        let (mut ana, mut ben, mut eve) = (Node::new(0), Node::new(1), Forger::new(9));
        ben.hear(&ana.bundles.clone());
        ben.say(ana.id(), "for ana");
        let sealed = ben.take();
        if knows_author {
            ana.hear(&ben.bundles.clone());
        }
        if knows_thief {
            ana.hear(&[eve.bundle()]);
        }
        let stolen = eve.envelope(ana.id(), &olm(&sealed[0]));
        ana.hear(&[stolen]);
        assert!(ana.opened.is_empty());
        ana.hear(&sealed);
        let from: Vec<_> = ana.opened.iter().map(|opened| opened.from()).collect();
        assert_eq!(from, [ben.id()]);
    }
}

#[test]
fn a_message_from_the_future_or_from_before_all_memory_is_refused() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let times = [
        (ana.now.after(DAY), true),
        (ana.now.after(DAY + SECOND), false),
        (ana.now.before(8 * DAY), true),
        (ana.now.before(8 * DAY + SECOND), false),
    ];
    for (n, (created, shown)) in (0..).zip(times) {
        let mut session = eve.begin(&ana);
        let mut inner = eve.inner(ana.id(), id(n), "hello");
        inner.created = created;
        let sealed = eve.seal(&mut session, ana.id(), &inner);
        ana.opened.clear();
        ana.hear(&[sealed]);
        assert_eq!(ana.opened.len(), usize::from(shown), "number {n}");
    }
}

#[test]
fn forgetting_what_came_lets_nothing_in_again() {
    let mut config = Config::lan();
    config.seen_peer = 3;
    let (mut ana, mut eve) = (Node::with(0, config), Forger::new(9));
    let mut session = eve.begin(&ana);
    let mut inners = Vec::new();
    for n in 0..4 {
        eve.now = eve.now.after(SECOND);
        inners.push(eve.inner(ana.id(), id(n), "hello"));
    }
    for inner in &inners {
        let sealed = eve.seal(&mut session, ana.id(), inner);
        ana.hear(&[sealed]);
    }
    ana.restart();
    for inner in &inners {
        let sealed = eve.seal(&mut session, ana.id(), inner);
        ana.hear(&[sealed]);
    }
    assert_eq!(ana.opened.len(), 4);
    let (events, who) = (&ana.events, eve.id());
    let repeated = SecurityEvent::Repeated { who };
    assert_eq!(
        *events,
        [
            SecurityEvent::OutOfTime { who },
            repeated,
            repeated,
            repeated
        ]
    );
}

#[test]
fn what_came_is_bounded_for_all_people_together() {
    let mut config = Config::lan();
    config.seen_all = 5;
    let mut ana = Node::with(0, config);
    for n in 10..13 {
        let mut eve = Forger::new(n);
        let mut session = eve.begin(&ana);
        for n in 0..3 {
            eve.now = eve.now.after(SECOND);
            let inner = eve.inner(ana.id(), id(n), "hello");
            let sealed = eve.seal(&mut session, ana.id(), &inner);
            ana.hear(&[sealed]);
        }
    }
    let rows = ana
        .disk
        .keys()
        .filter(|key| key.starts_with(b"direct/seen/"));
    assert_eq!(rows.count(), 5);
    assert_eq!(ana.opened.len(), 9);
}

#[test]
fn what_cannot_be_opened_of_somebody_unknown_is_told_when_there_is_a_way() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let mut session = eve.begin(&Node::new(3));
    let inner = eve.inner(ana.id(), id(1), "hello");
    let sealed = eve.seal(&mut session, ana.id(), &inner);
    ana.hear(&[sealed]);
    assert_eq!(ana.events, [SecurityEvent::Unopened { who: eve.id() }]);
    assert!(ana.sealed.is_empty());
    ana.restart();
    ana.hear(&[eve.bundle()]);
    let (_, told) = eve.accept(&ana.sealed[0]);
    assert_eq!(told.kind, kind::UNDECRYPTABLE);
}

#[test]
fn what_waits_for_keys_of_people_unknown_is_bounded() {
    let mut config = Config::lan();
    config.aside_all = 3;
    let mut ana = Node::with(0, config);
    let elsewhere = Node::new(3);
    for n in 10..14 {
        let mut eve = Forger::new(n);
        let mut session = eve.begin(&elsewhere);
        let inner = eve.inner(ana.id(), id(1), "hello");
        let sealed = eve.seal(&mut session, ana.id(), &inner);
        ana.hear(&[sealed]);
    }
    assert_eq!(ana.direct.counts().of("too_much"), 1);
    let rows = ana
        .disk
        .keys()
        .filter(|key| key.starts_with(b"direct/aside/"));
    assert_eq!(rows.count(), 3);
    ana.pass(8 * DAY);
    let rows = ana
        .disk
        .keys()
        .filter(|key| key.starts_with(b"direct/aside/"));
    assert_eq!(rows.count(), 0, "they do not wait for ever");
}

#[test]
fn words_that_only_machines_say_are_not_shown() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let mut session = eve.begin(&ana);
    for (n, kind) in (0..).zip([kind::HELLO, kind::RECEIPT, kind::UNDECRYPTABLE]) {
        let inner = Inner {
            kind,
            ..eve.inner(ana.id(), id(n), "not what belongs there")
        };
        let sealed = eve.seal(&mut session, ana.id(), &inner);
        ana.hear(&[sealed]);
    }
    assert!(ana.opened.is_empty());
    assert_eq!(ana.direct.counts().of("malformed"), 2);
}

#[test]
fn a_receipt_of_somebody_else_delivers_nothing() {
    let (mut ana, mut ben, mut eve) = {
        let (ana, ben) = acquainted();
        (ana, ben, Forger::new(9))
    };
    let said = ana.say(ben.id(), "hello");
    let mut session = eve.begin(&ana);
    let mut body = zeroize::Zeroizing::new(Vec::new());
    tazcom_proto::cbor::put_array(&mut body, 1);
    tazcom_proto::cbor::put_bytes(&mut body, &said.0);
    let inner = Inner {
        kind: kind::RECEIPT,
        body,
        ..eve.inner(ana.id(), id(1), "")
    };
    let sealed = eve.seal(&mut session, ana.id(), &inner);
    ana.hear(&[sealed]);
    assert_eq!(ana.fates_of(said), []);
    talk(&mut ana, &mut ben);
    assert_eq!(ana.fates_of(said), [Fate::Delivered]);
}

#[test]
fn nothing_of_who_is_blocked_is_shown_or_answered() {
    let (mut ana, mut ben) = established();
    ana.handle(Input::Block(ben.id()));
    ben.say(ana.id(), "hello?");
    let sealed = ben.take();
    ana.hear(&sealed);
    ana.handle(Input::SessionUp(ben.id()));
    ana.pass(SECOND);
    ana.say(ben.id(), "no");
    assert!(ana.opened.is_empty() && ana.sealed.is_empty() && ana.frames.is_empty());
    assert_eq!(
        ana.answers.last(),
        Some(&Err(tazcom_direct::Refusal::Blocked))
    );
    ana.handle(Input::Unblock(ben.id()));
    ana.hear(&sealed);
    assert_eq!(ana.texts(), ["hello?"]);
}

#[test]
fn short_and_cut_messages_are_refused() {
    let (mut ana, mut ben) = established();
    ben.say(ana.id(), "hello");
    let sealed = ben.take();
    let Content::Sealed { bytes, .. } = sealed[0].content() else {
        panic!("not sealed");
    };
    for len in 1..bytes.len() {
        let cut = Content::Sealed {
            seal: Seal::Direct,
            bytes: bytes.slice(..len),
        };
        let envelope = ben.sign(Scope::Sealed(*ana.id().as_bytes()), cut, 60);
        ana.hear(&[envelope]);
    }
    assert!(ana.opened.is_empty());
    ana.hear(&sealed);
    assert_eq!(ana.texts(), ["hello"], "and harm nothing");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_machine_panic_or_show_something(
        kind in 0..3_u8,
        mut bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
        ana.hear(&[eve.bundle()]);
        bytes.insert(0, kind);
        let sealed = eve.bytes(ana.id(), bytes);
        ana.hear(&[sealed]);
        prop_assert!(ana.opened.is_empty());
    }

    #[test]
    fn no_flipped_bit_shows_something_else_or_harms_the_message(bit in any::<prop::sample::Index>()) {
        let (mut ana, mut ben) = acquainted();
        ben.say(ana.id(), "hello");
        let sealed = ben.take();
        let Content::Sealed { bytes, .. } = sealed[0].content() else {
            panic!("not sealed");
        };
        let mut bytes = bytes.to_vec();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let seal = Seal::Direct;
        let flipped = Content::Sealed { seal, bytes: bytes.into() };
        let flipped = ben.sign(Scope::Sealed(*ana.id().as_bytes()), flipped, 60);
        // The highest bit of a key means nothing. Who else could sign it?
        ana.hear(&[flipped]);
        ana.hear(&sealed);
        prop_assert_eq!(ana.texts(), ["hello"]);
    }
}
