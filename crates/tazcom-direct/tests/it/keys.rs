//! Keys: of others, own ones, and those for one use (row 53).

use std::time::Duration;

use tazcom_direct::{Config, Direct, Fate, Input, SecurityEvent};
use tazcom_proto::direct::DirectFrame;
use tazcom_proto::{Content, Envelope};
use vodozemac::Curve25519PublicKey;
use vodozemac::olm::{Account, OlmMessage, SessionConfig};

use crate::forger::Forger;
use crate::stage::{DAY, HOUR, Node, SECOND, acquainted, established, id, olm, talk};

#[test]
fn a_bundle_with_a_flipped_bit_is_nobodys() {
    let bundle = Forger::new(9).bundle();
    for at in 0..bundle.bytes().len() {
        let mut bytes = bundle.bytes().to_vec();
        bytes[at] ^= 1;
        let read = Envelope::decode(bytes.into());
        assert!(
            read.map_or(true, |envelope| envelope.verify().is_err()),
            "byte {at}"
        );
    }
}

#[test]
fn an_expired_bundle_is_not_used() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let bundle = eve.bundle();
    ana.pass(7 * DAY);
    ana.hear(&[bundle]);
    ana.say(eve.id(), "hello");
    assert_eq!(ana.answers, [Ok(true)], "it waits");
    assert_eq!(ana.events, [SecurityEvent::BadKeys { who: eve.id() }]);
}

#[test]
fn a_bundle_that_expires_while_it_is_known_begins_nothing() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    ana.hear(&[eve.bundle()]);
    ana.pass(7 * DAY);
    ana.say(eve.id(), "hello");
    assert_eq!(ana.answers, [Ok(true)], "it waits");
}

#[test]
fn an_older_bundle_with_another_key_is_ignored() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let old = eve.bundle_of([7; 32], [8; 32]);
    ana.hear(&[eve.bundle(), old]);
    assert_eq!(ana.events, [SecurityEvent::OldKeys { who: eve.id() }]);
    ana.say(eve.id(), "hello");
    let (_, inner) = eve.accept(&ana.take()[0]);
    assert_eq!(inner.from, ana.id(), "sealed with the newer one");
}

#[test]
fn an_older_bundle_is_ignored_after_a_restart_too() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let old = eve.bundle_of([7; 32], [8; 32]);
    ana.hear(&[eve.bundle()]);
    ana.say(eve.id(), "hello");
    ana.restart();
    ana.hear(&[old]);
    assert_eq!(ana.events, [SecurityEvent::OldKeys { who: eve.id() }]);
}

#[test]
fn a_newer_bundle_with_another_key_is_told_and_no_old_ratchet_is_used() {
    let (mut ana, mut ben) = established();
    let who = ben.id();
    let mut anew = Forger::new(1);
    anew.now = ana.now.after(SECOND);
    ana.hear(&[anew.bundle()]);
    assert_eq!(ana.events, [SecurityEvent::NewKeys { who }]);
    let said = ana.say(who, "is it you?");
    let sealed = ana.take();
    let (_, inner) = anew.accept(&sealed[0]);
    assert_eq!(inner.id, said);
    ben.hear(&sealed);
    assert!(ben.opened.is_empty(), "the lost keys open nothing new");
}

#[test]
fn keys_that_make_every_secret_the_same_are_refused() {
    let p = |first: u8| {
        let mut key = [0xff; 32];
        (key[0], key[31]) = (first, 0x7f);
        key
    };
    let one = |mut key: [u8; 32]| {
        key[0] = 1;
        key
    };
    let mut weak = vec![[0; 32], one([0; 32]), p(0xec), p(0xed), p(0xee)];
    let order_8 = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ];
    weak.extend(order_8.map(|hex| {
        let digits = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        std::array::from_fn(digits)
    }));
    for mut key in weak {
        for top_bit in [0, 0x80] {
            key[31] = key[31] & 0x7f | top_bit;
            let bare = Account::new().create_outbound_session(
                SessionConfig::version_1(),
                Account::new().curve25519_key(),
                Curve25519PublicKey::from_bytes(key),
            );
            assert!(bare.is_err(), "Olm knows it too");
            let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
            let who = eve.id();
            let identity = eve.identity();
            let bundles = [eve.bundle_of(key, [9; 32]), eve.bundle_of([9; 32], key)];
            ana.hear(&bundles);
            let from = who;
            ana.handle(Input::OneTimeKey {
                from,
                identity,
                key,
            });
            assert_eq!(ana.events, [SecurityEvent::BadKeys { who }; 3]);
        }
    }
}

#[test]
fn bundles_of_strangers_are_bounded_and_those_of_friends_stay() {
    let mut config = Config::lan();
    config.bundles = 3;
    let mut ana = Node::with(0, config);
    let mut friend = Forger::new(100);
    ana.hear(&[friend.bundle()]);
    ana.say(friend.id(), "hello");
    let mut strangers: Vec<_> = (101..105).map(Forger::new).collect();
    for (n, stranger) in (1..).zip(&mut strangers) {
        stranger.now = ana.now.after(n * SECOND);
        ana.hear(&[stranger.bundle()]);
    }
    for stranger in &strangers {
        ana.say(stranger.id(), "hello");
    }
    ana.say(friend.id(), "hello again");
    let waits = [false, true, false, false, false, false];
    assert_eq!(
        ana.answers,
        waits.map(Ok),
        "the one that ends first is forgotten"
    );
}

#[test]
fn the_own_bundle_is_published_at_start_and_every_day_and_its_key_lives_a_week() {
    let mut ana = Node::new(0);
    let fallback = |ana: &Node| {
        let bundles = ana.bundles.iter().map(|bundle| match bundle.content() {
            Content::Prekeys { fallback, .. } => (*fallback, bundle.expires()),
            _ => panic!("no bundle"),
        });
        bundles.collect::<Vec<_>>()
    };
    let start = ana.now;
    assert_eq!(fallback(&ana).len(), 1);
    ana.pass(23 * HOUR);
    ana.restart();
    ana.handle(Input::Tick);
    assert_eq!(fallback(&ana).len(), 1, "it is less than a day old");
    ana.pass(HOUR);
    assert_eq!(fallback(&ana).len(), 2);
    ana.pass(6 * DAY - Duration::from_millis(1));
    let week = fallback(&ana);
    let first = week[0];
    assert_eq!(week, vec![first; 7], "one key, and one end");
    assert_eq!(first.1, start.after(7 * DAY));
    ana.pass(SECOND);
    let next = fallback(&ana)[7];
    assert_ne!(next.0, first.0);
    assert_eq!(next.1, start.after(14 * DAY));
}

#[test]
fn a_message_to_the_last_fallback_key_is_opened_and_one_to_the_key_before_is_not() {
    for (weeks, opens) in [(0, true), (1, true), (2, false)] {
        let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
        let mut session = eve.begin(&ana);
        ana.pass(weeks * 7 * DAY);
        eve.now = ana.now;
        let inner = eve.inner(ana.id(), id(1), "hello");
        let sealed = eve.seal(&mut session, ana.id(), &inner);
        ana.hear(&[sealed]);
        assert_eq!(ana.opened.len(), usize::from(opens), "after {weeks} weeks");
    }
}

#[test]
fn two_who_meet_have_one_ratchet_begun_with_a_key_for_one_use() {
    let (mut ana, mut ben) = (Node::new(0), Node::new(1));
    meet(&mut ana, &mut ben);
    let (one, other) = (ana.take(), ben.take());
    assert_eq!(one.len() + other.len(), 1, "one of the two begins");
    ana.hear(&other);
    ben.hear(&one);
    let begun = [one, other].concat();
    let OlmMessage::PreKey(first) = olm(&begun[0]) else {
        panic!("it begins a ratchet");
    };
    ana.say(ben.id(), "hello");
    ben.say(ana.id(), "hello");
    for said in [&ana.sealed, &ben.sealed] {
        match olm(&said[0]) {
            OlmMessage::PreKey(goes_on) => assert_eq!(goes_on.session_id(), first.session_id()),
            OlmMessage::Normal(_) => {}
        }
    }
    talk(&mut ana, &mut ben);
    assert_eq!(
        (ana.texts(), ben.texts()),
        (vec!["hello".into()], vec!["hello".into()])
    );
}

/// Lets each have a one-time key of the other.
fn meet(one: &mut Node, other: &mut Node) {
    let ids = [one.id(), other.id()];
    one.handle(Input::SessionUp(ids[1]));
    other.handle(Input::SessionUp(ids[0]));
    cross(one, other, ids[0]);
    cross(other, one, ids[1]);
}

fn cross(from: &mut Node, to: &mut Node, id: tazcom_identity::NodeId) {
    for (_, frame) in std::mem::take(&mut from.frames) {
        if let DirectFrame::OneTimeKey { identity, key } = frame {
            to.handle(Input::OneTimeKey {
                from: id,
                identity,
                key,
            });
        }
    }
}

#[test]
fn who_meets_again_gets_the_same_key_until_it_is_used() {
    let (mut ana, ben) = (Node::new(0), Node::new(1));
    for _ in 0..3 {
        ana.handle(Input::SessionUp(ben.id()));
        ana.restart();
    }
    assert_eq!(ana.frames.len(), 3);
    assert!(ana.frames.iter().all(|frame| *frame == ana.frames[0]));
}

#[test]
fn keys_for_one_use_are_bounded_and_the_oldest_is_taken_back() {
    let mut config = Config::lan();
    config.one_time_keys = 2;
    let mut ana = Node::with(0, config);
    let mut guests: Vec<_> = (10..13).map(Forger::new).collect();
    for guest in &guests {
        ana.handle(Input::SessionUp(guest.id()));
        ana.pass(SECOND);
    }
    let frames = std::mem::take(&mut ana.frames);
    for (n, (guest, (_, frame))) in guests.iter_mut().zip(frames).enumerate() {
        let DirectFrame::OneTimeKey { identity, key } = frame else {
            panic!("no key");
        };
        let session = guest.account.create_outbound_session(
            SessionConfig::version_1(),
            Curve25519PublicKey::from_bytes(identity),
            Curve25519PublicKey::from_bytes(key),
        );
        let inner = guest.inner(ana.id(), id(1), "hello");
        let sealed = guest.seal(&mut session.unwrap(), ana.id(), &inner);
        ana.hear(&[sealed]);
        assert_eq!(ana.opened.len(), n, "the first was taken back");
    }
}

#[test]
fn a_key_for_one_use_is_good_for_nobody_else() {
    let (mut ana, ben, mut eve) = (Node::new(0), Node::new(1), Forger::new(9));
    ana.handle(Input::SessionUp(ben.id()));
    let DirectFrame::OneTimeKey { identity, key } = ana.frames[0].1.clone() else {
        panic!("no key");
    };
    let session = eve.account.create_outbound_session(
        SessionConfig::version_1(),
        Curve25519PublicKey::from_bytes(identity),
        Curve25519PublicKey::from_bytes(key),
    );
    let inner = eve.inner(ana.id(), id(1), "hello");
    let sealed = eve.seal(&mut session.unwrap(), ana.id(), &inner);
    ana.hear(&[sealed]);
    assert_eq!(ana.events, [SecurityEvent::ForeignKey { who: eve.id() }]);
    assert!(ana.opened.is_empty());
}

#[test]
fn who_lost_everything_is_reached_again_with_its_new_keys() {
    let (mut ana, mut ben) = established();
    let lost = ana.say(ben.id(), "do you still have this?");
    // The same id on a new disk.
    ben.now = ben.now.after(SECOND);
    ben.direct = Direct::new(ben.id(), Config::lan(), [77; 32]);
    ben.bundles.clear();
    ben.handle(Input::Tick);
    let bundle = ben.bundles.clone();
    ben.hear(&ana.bundles.clone());
    // Its complaint comes before its keys: it waits for them.
    ben.hear(&ana.take());
    ana.now = ben.now;
    ana.hear(&ben.take());
    assert_eq!(ana.take().len(), 0);
    ana.hear(&bundle);
    talk(&mut ana, &mut ben);
    assert_eq!(ben.texts(), ["do you still have this?"]);
    assert_eq!(ana.fates_of(lost), [Fate::Delivered]);
    assert!(
        ana.events
            .contains(&SecurityEvent::NewKeys { who: ben.id() })
    );
}

#[test]
fn envelopes_that_wait_for_keys_are_bounded_and_kept_over_a_restart() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    let most = ana.config.aside_peer;
    ana.hear(&[eve.bundle()]);
    let mut anew = Forger::new(9);
    anew.now = ana.now.after(SECOND);
    let mut session = anew.begin(&ana);
    let sealed: Vec<_> = (0..=most)
        .map(|n| {
            let inner = anew.inner(ana.id(), id(u64::try_from(n).unwrap()), "hello");
            anew.seal(&mut session, ana.id(), &inner)
        })
        .collect();
    ana.hear(&sealed);
    assert_eq!(
        ana.events,
        [SecurityEvent::TooMuch { who: eve.id() }],
        "one too many"
    );
    assert!(ana.opened.is_empty());
    ana.restart();
    ana.hear(&[eve.bundle()]);
    assert!(ana.opened.is_empty(), "the old keys change nothing");
    ana.hear(&[anew.bundle()]);
    assert_eq!(ana.opened.len(), most);
}

#[test]
fn a_friend_is_written_to_at_once_after_a_restart() {
    let (mut ana, ben) = acquainted();
    ana.say(ben.id(), "hello");
    ana.restart();
    ana.say(ben.id(), "hello again");
    assert_eq!(ana.answers, [Ok(false), Ok(false)]);
}
