//! What was said while somebody was away.

use std::time::{Duration, Instant};

use tazcom_tests::{Author, Host, SOON, Signal, User, export_line, ids, pause};

use super::LOBBY;

const MESSAGES: usize = 1_000;

#[test]
fn what_was_said_to_nobody_is_kept_over_a_restart_and_delivered_when_somebody_comes() {
    let host = Host::loopback();
    if !host.is_private() {
        return;
    }
    let (anna, bert) = (
        User::on_loopback("anna", &host),
        User::on_loopback("bert", &host),
    );
    let mut node = anna.runs();
    let mut said: Vec<String> = (0..3)
        .map(|number| anna.says(LOBBY, &format!("for later {number}")))
        .collect();
    node.end(Signal::TERM, SOON);
    let mut node = anna.runs();
    said.push(anna.says(LOBBY, "after the restart"));

    let mut other = bert.runs();
    for id in &said {
        other.wait_for("what was said before", SOON, |event| {
            event.name() == "message" && event.text("id") == id
        });
    }
    for id in &said {
        let told = |event: &tazcom_tests::Event| {
            event.name() == "reach" && event.text("id") == id && event.value("reached") == 1
        };
        node.wait_for("that it has come", SOON, told);
    }
    assert_eq!(ids(&bert.history(LOBBY)), said, "once, in order");
}

#[test]
fn a_goodbye_and_a_return_lose_nothing() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, mut node)] = super::met(&host, ["anna", "bert"]);
    let mut said = vec![anna.says(LOBBY, "before")];
    node.wait_for("the first", SOON, |event| event.text("id") == said[0]);
    node.end(Signal::TERM, SOON);
    said.extend((0..5).map(|number| anna.says(LOBBY, &format!("while away {number}"))));
    let mut node = bert.runs();
    for id in &said[1..] {
        node.wait_for("what was missed", SOON, |event| {
            event.name() == "message" && event.text("id") == id
        });
    }
    let again = node.count(|event| event.name() == "message" && event.text("id") == said[0]);
    assert_eq!(again, 0, "what was heard before the restart is not news");
    assert_eq!(ids(&bert.history(LOBBY)), said);
}

#[test]
fn whoever_comes_after_a_thousand_messages_has_them_all() {
    let host = Host::loopback();
    if !host.is_private() {
        return;
    }
    let [(anna, _anna), (_bert, mut bert)] = super::met(&host, ["anna", "bert"]);
    let mut authors = [301, 302, 303, 304].map(Author::new);
    let file: String = (0..MESSAGES)
        .map(|number| {
            let author = &mut authors[number % 4];
            export_line(&author.says(&format!("message {number} of a long day")))
        })
        .collect();
    let taken = anna.does_with(["import", "-", "--json"], file.as_bytes());
    assert_eq!(taken.is(0).event("imported").value("new"), MESSAGES);
    // What is said now does not wait for what was imported.
    let now = anna.says(LOBBY, "and this is now");
    bert.wait_for("what is said now", SOON, |event| event.text("id") == now);

    let cleo = User::on_loopback("cleo", &host);
    let mut node = cleo.runs();
    node.wait_for("a session", SOON, |event| event.name() == "session_up");
    let began = Instant::now();
    let mut shown = 0;
    while shown <= MESSAGES {
        node.wait_for("the messages of the day", SOON, |_| true);
        pause(Duration::from_millis(10));
        shown = node.count(|event| event.name() == "message");
        assert!(began.elapsed() < SOON, "{shown} came{}", node.account());
    }
    super::tell(&format!(
        "{shown} messages {:?} after the first session",
        began.elapsed()
    ));
    assert_eq!(shown, MESSAGES + 1, "each of them once");
    let gaps = node.count(|event| event.name() == "gap");
    assert_eq!(gaps, 0, "nothing is missing{}", node.account());
    let (of_anna, of_cleo) = (anna.history(LOBBY), cleo.history(LOBBY));
    assert_eq!(ids(&of_cleo), ids(&of_anna), "in the same order");
}

#[test]
fn what_is_missing_is_told() {
    let host = Host::loopback();
    let [(anna, _anna), (_bert, mut bert)] = super::met(&host, ["anna", "bert"]);
    let mut author = Author::new(305);
    let messages: Vec<_> = (0..5).map(|n| author.says(&format!("part {n}"))).collect();
    // The second and third are nowhere.
    let known = [0, 3, 4].map(|place: usize| export_line(&messages[place]));
    let taken = anna.does_with(["import", "-"], known.concat().as_bytes());
    let _ = taken.is(0);
    let id = author.id();
    let gap = bert.wait_for("that something is missing", SOON, |event| {
        event.name() == "gap" && event.value("author")["id"] == id
    });
    assert_eq!(gap.value("missing"), 2, "{gap}");
    assert_eq!(gap.text("before"), messages[3].id().to_string(), "{gap}");

    let lost = [1, 2].map(|place: usize| export_line(&messages[place]));
    let _ = anna
        .does_with(["import", "-"], lost.concat().as_bytes())
        .is(0);
    let closed = bert.wait_for("that it has come", SOON, |event| {
        event.name() == "gap_closed" && event.value("author")["id"] == id
    });
    assert_eq!(closed.value("filled"), true, "{closed}");
}
