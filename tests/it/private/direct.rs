//! Words for one person.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand_core::Rng;
use tazcom_testkit::Seed;
use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Capture, Event, Host, SOON, Signal, User, eventually, pause};

use super::{WITHIN, reads, tells};
use crate::talking::met;

const SEED: u64 = 0x7a7c_0011;
const RUNS: u64 = 3;
/// Between two messages: no faster than others take them of one author for long.
const WRITES_EVERY: Duration = Duration::from_millis(100);
const AFTER: Duration = Duration::from_millis(700);

#[test]
fn a_private_word_is_delivered_and_answered() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, _bert)] = met(&host, ["anna", "bert"]);
    let (to_bert, to_anna) = (format!("@{}", _bert.id()), format!("@{}", _anna.id()));
    let told = anna.does(["send", &to_bert, "only for you", "--wait-ack", "--json"]);
    let delivered = told.is(0).event("delivered");
    assert_eq!(
        (delivered.value("reached"), delivered.value("of")),
        (&1.into(), &1.into())
    );
    let shown = reads(&bert, &to_anna, "only for you");
    assert_eq!(shown.text("author"), _anna.id());
    assert_eq!(shown.text("talk"), to_anna);
    let answered = bert.does(["send", &to_anna, "for you as well", "--wait-ack"]);
    assert!(answered.is(0).text().contains("delivered"));
    let own = reads(&anna, &to_bert, "only for you");
    assert_eq!(own.text("fate"), "delivered");
}

#[test]
fn nothing_of_a_private_word_crosses_the_wire_or_lies_on_a_disk_or_in_a_log() {
    const CANARY: &str = "canary-in-private-7f3a";
    if !lane::open(&[Lane::Namespaces]) {
        return;
    }
    let host = Host::new();
    let mut capture = Capture::start(&host);
    let users = ["anna", "bert", "cleo"].map(|name| User::on_loopback(name, &host));
    let mut nodes = users
        .each_ref()
        .map(|user| user.command().log("trace").spawn(&host));
    let ids = nodes.each_ref().map(|node| node.id().to_owned());
    nodes[0].is_in_session_with(&ids[1]);
    nodes[0].is_in_session_with(&ids[2]);
    let told = users[0].does(["send", &format!("@{}", ids[1]), CANARY, "--wait-ack"]);
    let _ = told.is(0);
    for (user, node) in users.iter().zip(&mut nodes) {
        node.end(Signal::TERM, SOON);
        assert!(
            !user.keeps(CANARY.as_bytes()),
            "{} keeps it readable",
            user.name()
        );
        assert!(!node.log().contains(CANARY), "{} logs it", user.name());
    }
    assert!(!capture.holds(CANARY.as_bytes()), "it crossed the wire");
}

#[test]
fn whoever_was_away_has_it_when_it_comes_back_and_the_sender_learns_of_it() {
    let host = Host::loopback();
    let [(anna, mut first), (bert, mut second), (_cleo, _third)] =
        met(&host, ["anna", "bert", "cleo"]);
    let (to_bert, to_anna) = (format!("@{}", second.id()), format!("@{}", first.id()));
    // They have met: keys were exchanged.
    let _ = anna.does(["send", &to_bert, "first", "--wait-ack"]).is(0);
    second.end(Signal::TERM, SOON);
    let later = anna.does(["send", &to_bert, "later", "--wait-ack", "--timeout", "0.3"]);
    let _ = later.is(3);
    assert_eq!(reads(&anna, &to_bert, "later").text("fate"), "sent");
    // The sender goes, too: somebody else has it.
    eventually("a third has it", WITHIN, || {
        let exported = _cleo.does(["export"]).is(0);
        let sealed = exported
            .text()
            .lines()
            .filter(|line| line.contains(first.id()));
        (sealed.count() > 2).then_some(())
    });
    first.end(Signal::TERM, SOON);
    let _second = bert.runs();
    let _ = reads(&bert, &to_anna, "later");
    let _first = anna.runs();
    eventually("the sender learns of it", WITHIN, || {
        let shown = reads(&anna, &to_bert, "later");
        (shown.text("fate") == "delivered").then_some(())
    });
}

#[test]
fn a_word_for_somebody_unknown_waits_until_that_one_comes() {
    let host = Host::loopback();
    let anna = User::on_loopback("anna", &host);
    let bert = User::on_loopback("bert", &host);
    let id = bert.does(["id"]).is(0).text().trim().to_owned();
    let mut first = anna.runs();
    let told = anna.does(["send", &format!("@{id}"), "for when you come", "--json"]);
    assert_eq!(told.is(0).event("queued").value("waiting"), true);
    let mut second = bert.runs();
    second.is_in_session_with(first.id());
    let talk = format!("@{}", first.id());
    let _ = reads(&bert, &talk, "for when you come");
    tells(&mut first, "fate", |event| {
        event.text("fate") == "delivered"
    });
}

#[test]
fn private_words_are_heard_by_whoever_listens_to_them_and_by_nobody_else() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, node), (cleo, _cleo)] = met(&host, ["anna", "bert", "cleo"]);
    let from_anna = format!("@{}", _anna.id());
    let mut ear = bert.listens(&[&from_anna]);
    let mut other = cleo.listens(&[]);
    let id = anna.tells(&format!("@{}", node.id()), "psst");
    let heard = tells(&mut ear, "private_message", |event| event.text("id") == id);
    assert_eq!(heard.text("text"), "psst");
    let after = anna.says("#lobby", "out loud");
    other.wait_for("what is said out loud", SOON, |event| {
        event.name() == "message" && event.text("id") == after
    });
    let overheard = other.count(|event| event.name() == "private_message");
    assert_eq!(overheard, 0);
}

#[test]
fn nothing_queued_is_lost_or_doubled_when_either_end_is_killed_at_any_moment() {
    let seed = Seed::from_env_or(SEED);
    let host = Host::loopback();
    if !host.is_private() {
        return;
    }
    for run in 0..RUNS {
        let mut rng = seed.rng(run);
        let victim = usize::try_from(rng.next_u32() % 2).unwrap();
        let moment = Duration::from_millis(u64::from(rng.next_u32() % 1_200));
        crate::talking::tell(&format!("{seed:?}, run {run}: {victim} after {moment:?}"));
        killed(&Host::new(), victim, moment);
    }
}

fn killed(host: &Host, victim: usize, moment: Duration) {
    let [(anna, first), (bert, second)] = met(host, ["anna", "bert"]);
    let (to_bert, to_anna) = (format!("@{}", second.id()), format!("@{}", first.id()));
    let users = [&anna, &bert];
    let mut nodes = [first, second];
    let stop = AtomicBool::new(false);
    let mut queued = std::thread::scope(|scope| {
        let writer = scope.spawn(|| write(&anna, &to_bert, "before", &stop));
        pause(moment);
        // Who writes while its node is gone starts one of its own, which would be in the way.
        stop.store(victim == 0, Ordering::Relaxed);
        nodes[victim].end(Signal::KILL, SOON);
        if victim != 0 {
            pause(AFTER);
        }
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    });
    nodes[victim] = users[victim].runs();
    stop.store(false, Ordering::Relaxed);
    queued.append(&mut std::thread::scope(|scope| {
        let writer = scope.spawn(|| write(&anna, &to_bert, "after", &stop));
        pause(AFTER);
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    }));
    assert!(queued.len() > 2, "hardly anything was said: {queued:?}");
    eventually("everything has come", WITHIN, || {
        let history = bert.history(&to_anna);
        let mut texts: Vec<&str> = history.iter().map(|event| event.text("text")).collect();
        texts.sort_unstable();
        let before = texts.len();
        texts.dedup();
        assert_eq!(texts.len(), before, "something came twice");
        let missing = |text: &&String| !texts.contains(&text.as_str());
        let missing: Vec<&String> = queued.iter().filter(missing).collect();
        missing.is_empty().then_some(())
    });
}

/// Says things until it is told to stop, and tells which of them are kept.
fn write(user: &User, to: &str, part: &str, stop: &AtomicBool) -> Vec<String> {
    let mut queued = Vec::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let text = format!("number {number} {part}");
        let said = user.does(["send", to, &text, "--json", "--timeout", "0.1"]);
        let mut told = said.text().lines().map(Event::from_line);
        if told.any(|event| event.name() == "queued") {
            queued.push(text);
        }
        pause(WRITES_EVERY);
    }
    queued
}
