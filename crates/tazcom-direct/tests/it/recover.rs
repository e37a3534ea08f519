//! What cannot be opened is told, and sealed anew; and storms of either (rows 55 and 56).

use std::collections::BTreeSet;

use tazcom_direct::{Config, Fate, Input};
use tazcom_proto::VerifiedEnvelope;
use tazcom_proto::direct::DirectFrame;
use tazcom_proto::inner::InnerId;
use vodozemac::olm::OlmMessage;

use crate::forger::Forger;
use crate::stage::{HOUR, Node, SECOND, established, id, olm, talk};

/// One who says so many messages that all are on their way in one ratchet.
fn wide_open(most: usize) -> (Node, Node, Vec<InnerId>, Vec<VerifiedEnvelope>) {
    let mut config = Config::lan();
    config.window = most;
    config.outbox_peer = most;
    let mut ana = Node::with(0, config);
    let mut ben = Node::new(1);
    ana.hear(&ben.bundles.clone());
    ben.hear(&ana.bundles.clone());
    let ids = (0..most).map(|_| ana.say(ben.id(), "hello")).collect();
    let sealed = ana.take();
    (ana, ben, ids, sealed)
}

fn all_once(ana: &Node, ben: &Node, ids: &[InnerId]) {
    for id in ids {
        let came = ben.opened.iter().filter(|opened| opened.id() == *id);
        assert_eq!(came.count(), 1);
        assert_eq!(ana.fates_of(*id), [Fate::Delivered]);
    }
}

/// Lets both talk until everything has arrived, over the hours that takes.
fn recover(ana: &mut Node, ben: &mut Node) {
    for _ in 0..4 {
        talk(ana, ben);
        ana.pass(HOUR);
        ben.pass(HOUR);
    }
}

#[test]
fn a_gap_of_2001_is_told_and_what_was_behind_it_is_sealed_anew() {
    let (mut ana, mut ben, ids, sealed) = wide_open(2003);
    // The first one is opened, the next 2001 are overtaken.
    ben.hear(&sealed[..1]);
    ben.hear(&sealed[2002..]);
    assert_eq!(ben.direct.counts().of("unopened"), 1);
    recover(&mut ana, &mut ben);
    all_once(&ana, &ben, &[ids[0], ids[2002]]);
    assert_eq!(ben.opened.len(), 2);
}

#[test]
fn with_41_overtaken_the_oldest_is_told_and_sealed_anew() {
    let (mut ana, mut ben, ids, sealed) = wide_open(42);
    ben.hear(&sealed.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(ben.direct.counts().of("unopened"), 1, "40 keys are kept");
    recover(&mut ana, &mut ben);
    all_once(&ana, &ben, &ids);
}

#[test]
fn a_full_window_newest_first_is_opened_without_a_complaint() {
    let (mut ana, mut ben) = established();
    let ids: Vec<_> = (0..32).map(|_| ana.say(ben.id(), "hello")).collect();
    ben.hear(&ana.take().into_iter().rev().collect::<Vec<_>>());
    assert_eq!(ben.direct.counts().of("unopened"), 0);
    talk(&mut ana, &mut ben);
    all_once(&ana, &ben, &ids);
}

#[test]
fn a_message_of_an_old_chain_is_told_and_sealed_anew() {
    let (mut ana, mut ben) = established();
    let late = ana.say(ben.id(), "late");
    let sealed = ana.take();
    for _ in 0..6 {
        ben.say(ana.id(), "ping");
        talk(&mut ana, &mut ben);
        ana.say(ben.id(), "pong");
        talk(&mut ana, &mut ben);
    }
    ben.hear(&sealed);
    assert_eq!(ben.direct.counts().of("unopened"), 1);
    recover(&mut ana, &mut ben);
    all_once(&ana, &ben, &[late]);
}

/// The ratchets that were begun with these.
fn begun(sealed: &[VerifiedEnvelope]) -> BTreeSet<String> {
    let begun = sealed.iter().filter_map(|envelope| match olm(envelope) {
        OlmMessage::PreKey(message) => Some(message.session_id()),
        OlmMessage::Normal(_) => None,
    });
    begun.collect()
}

#[test]
fn a_storm_of_complaints_begins_one_ratchet_an_hour() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    ana.hear(&[eve.bundle()]);
    for _ in 0..20 {
        ana.say(eve.id(), "hello");
    }
    let mut all = ana.take();
    let before = begun(&all);
    assert_eq!(before.len(), 1);
    let (mut session, _) = eve.accept(&all[0]);
    let mut n = 0;
    for _ in 0..3 * 60 {
        for envelope in all.clone() {
            n += 1;
            eve.now = ana.now;
            let inner = eve.complaint(ana.id(), id(n), &envelope);
            let sealed = eve.seal(&mut session, ana.id(), &inner);
            ana.hear(&[sealed]);
        }
        ana.pass(60 * SECOND);
        all.extend(ana.take());
    }
    let afresh = begun(&all).len() - before.len();
    assert!((1..=4).contains(&afresh), "{afresh} in three hours");
    assert!(
        all.len() <= 20 * 5,
        "{} envelopes: each message once a ratchet",
        all.len()
    );
}

#[test]
fn a_storm_of_what_cannot_be_opened_has_few_answers() {
    let (mut ana, mut eve) = (Node::new(0), Forger::new(9));
    ana.hear(&[eve.bundle()]);
    let mut session = eve.begin(&ana);
    let _ = eve.account.generate_fallback_key();
    for n in 0..500 {
        let inner = eve.inner(ana.id(), id(n), "hello");
        let plain = inner.encode().unwrap();
        let OlmMessage::PreKey(message) = session.encrypt(&*plain).unwrap() else {
            panic!("nobody has answered");
        };
        // The beginning is cut off.
        let normal = OlmMessage::Normal(message.message().clone());
        let sealed = eve.envelope(ana.id(), &normal);
        ana.hear(&[sealed]);
    }
    assert_eq!(ana.sealed.len(), ana.config.complaints);
    assert_eq!(begun(&ana.sealed).len(), 1);
    assert_eq!(ana.direct.counts().of("too_much"), 500 - 64);
}

#[test]
fn two_who_know_only_keys_the_other_has_taken_back_wait_for_published_ones() {
    let mut config = Config::lan();
    config.one_time_keys = 1;
    let (mut ana, mut ben) = (Node::with(0, config.clone()), Node::with(1, config));
    let ids = [ana.id(), ben.id()];
    for (one, other) in [(&mut ana, ids[1]), (&mut ben, ids[0])] {
        one.handle(Input::SessionUp(other));
        // Meeting somebody else takes the key back.
        one.handle(Input::SessionUp(Forger::new(9).id()));
    }
    let frames = [ana.frames.remove(0).1, ben.frames.remove(0).1];
    for (to, from, frame) in [
        (&mut ben, ids[0], &frames[0]),
        (&mut ana, ids[1], &frames[1]),
    ] {
        let DirectFrame::OneTimeKey { identity, key } = *frame else {
            panic!("no key");
        };
        to.handle(Input::OneTimeKey {
            from,
            identity,
            key,
        });
    }
    let said = [ana.say(ids[1], "hello"), ben.say(ids[0], "hello")];
    let sealed = ana.sealed.len() + ben.sealed.len();
    for _ in 0..10 {
        talk(&mut ana, &mut ben);
    }
    assert!(sealed <= 3 && ana.opened.is_empty() && ben.opened.is_empty());
    ana.hear(&ben.bundles.clone());
    ben.hear(&ana.bundles.clone());
    recover(&mut ana, &mut ben);
    all_once(&ana, &ben, &said[..1]);
    all_once(&ben, &ana, &said[1..]);
    let complaints = ana.direct.counts().of("unopened") + ben.direct.counts().of("unopened");
    assert!(complaints <= 3, "no complaint is complained about");
}
