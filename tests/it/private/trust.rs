//! How far people are trusted, beside who is there and what is said.

use std::ffi::OsStr;

use tazcom_tests::{Event, Host, Node, Process, SOON, Signal, User};

use super::{reads, tells};
use crate::talking::met;

const LOBBY: &str = "#lobby";

/// What a record says of how far somebody is trusted; none when it says nothing.
fn trust(event: &Event) -> Option<String> {
    event.value("trust").as_str().map(str::to_owned)
}

fn of_peer(user: &User, id: &str) -> Option<String> {
    let peers = user.does(["peers", "--json", "--timeout", "2"]).is(0);
    let mut peers = peers.events().into_iter();
    let peer = peers.find(|event| event.is_about("peer", id));
    trust(&peer.unwrap_or_else(|| panic!("{id} is not listed")))
}

/// What is shown of how far the author of each message is trusted.
fn of_history(user: &User, room: &str) -> Vec<Option<String>> {
    user.history(room).iter().map(trust).collect()
}

fn shown(user: &User, arguments: &[&str], locale: &str) -> String {
    let variables = [("LC_ALL", OsStr::new(locale))];
    let shown = user.does_in(arguments, &variables).is(0);
    shown.text().to_owned()
}

fn verifies(user: &User, other: &User, node: &Node) {
    let code = other.does(["id", "--json"]).is(0).event("id");
    let _ = user
        .does(["verify", node.id(), "--code", code.text("uri")])
        .is(0);
}

fn watches(user: &User) -> Process {
    let mut command = user.verb(["peers", "--watch", "--json"]);
    Process::spawn(format!("{} watches", user.name()), &mut command)
}

/// Waits until who watches is told that somebody is trusted so from now on.
fn becomes(watch: &mut Process, id: &str, level: &str) {
    tells(watch, "trust", |event| {
        event.value("who")["id"] == id && event.text("level") == level
    });
}

fn heard(ear: &mut Process, text: &str) -> Option<String> {
    let is_it = |event: &Event| {
        ["message", "private_message"].contains(&event.name()) && event.text("text") == text
    };
    trust(&ear.wait_for("what was said", SOON, is_it))
}

fn some(level: &str) -> Option<String> {
    Some(level.to_owned())
}

#[test]
fn whoever_is_verified_is_shown_so_everywhere_until_it_revokes_its_id() {
    let host = Host::loopback();
    let [(anna, mut first), (bert, second)] = met(&host, ["anna", "bert"]);
    let (to_anna, with_bert) = (format!("@{}", first.id()), format!("@{}", second.id()));
    let mut ear = anna.listens(&[]);
    let mut watch = watches(&anna);
    let id = second.id();
    let up = tells(&mut watch, "session_up", |event| event.text("id") == id);
    assert_eq!(trust(&up), some("known"));
    bert.says(LOBBY, "before");
    assert_eq!(heard(&mut ear, "before"), some("known"));
    bert.tells(&to_anna, "psst");
    assert_eq!(heard(&mut ear, "psst"), some("known"));
    assert_eq!(of_peer(&anna, id), some("known"));
    assert_eq!(
        of_peer(&anna, first.id()),
        None,
        "of oneself there is nothing to say"
    );
    assert!(!shown(&anna, &["history", LOBBY], "C").contains("<+"));

    verifies(&anna, &bert, &second);
    becomes(&mut watch, id, "verified");
    bert.says(LOBBY, "after");
    assert_eq!(heard(&mut ear, "after"), some("verified"));
    bert.tells(&to_anna, "psst again");
    assert_eq!(heard(&mut ear, "psst again"), some("verified"));
    anna.says(LOBBY, "mine");
    assert_eq!(heard(&mut ear, "mine"), None);
    let verified = some("verified");
    assert_eq!(of_peer(&anna, id), verified);
    assert_eq!(
        of_history(&anna, LOBBY),
        [verified.clone(), verified.clone(), None]
    );
    assert_eq!(of_history(&anna, &with_bert), [verified.clone(), verified]);
    let who = &id[..8];
    let table = shown(&anna, &["peers"], "C");
    let row = table.lines().find(|line| line.starts_with(who)).unwrap();
    assert!(row.contains("  handshake  verified  "), "{table}");
    let said = shown(&anna, &["history", LOBBY], "C");
    assert!(
        said.contains(&format!("#lobby <+ ~{who}> after\n")),
        "{said}"
    );
    let said = shown(&anna, &["history", LOBBY], "C.UTF-8");
    assert!(
        said.contains(&format!("#lobby <✓ ~{who}> after\n")),
        "{said}"
    );
    let said = shown(&anna, &["history", &with_bert], "C.UTF-8");
    assert!(
        said.contains(&format!("[private] <✓ ~{who}> psst\n")),
        "{said}"
    );

    let _ = bert.does(["id", "--revoke", "--yes"]).is(0);
    becomes(&mut watch, id, "known");
    let known = some("known");
    assert_eq!(of_peer(&anna, id), known);
    assert_eq!(
        of_history(&anna, &with_bert),
        [known.clone(), known.clone()]
    );
    // A node that is started for the question knows it as well; whoever only looks around does not.
    first.end(Signal::TERM, SOON);
    assert_eq!(of_history(&anna, LOBBY), [known.clone(), known, None]);
    assert_eq!(of_peer(&anna, id), None);
}

#[test]
fn whoever_goes_on_under_another_id_is_verified_under_neither() {
    let host = Host::loopback();
    let [(anna, mut first), (bert, mut second)] = met(&host, ["anna", "bert"]);
    let to_anna = format!("@{}", first.id());
    bert.tells(&to_anna, "as before");
    let with_bert = format!("@{}", second.id());
    let said = reads(&anna, &with_bert, "as before");
    assert_eq!(trust(&said), some("known"));
    verifies(&anna, &bert, &second);
    assert_eq!(of_history(&anna, &with_bert), [some("verified")]);
    let mut watch = watches(&anna);
    let old = second.id().to_owned();
    tells(&mut watch, "session_up", |event| event.text("id") == old);
    second.end(Signal::TERM, SOON);
    let _ = bert.does(["id", "--renew", "--yes"]).is(0);
    let second = bert.runs();
    becomes(&mut watch, &old, "known");
    tells(&mut first, "succeeded", |event| {
        event.value("previous")["id"] == old
    });
    assert_eq!(of_history(&anna, &with_bert), [some("known")]);
    first.is_in_session_with(second.id());
    assert_eq!(of_peer(&anna, second.id()), some("known"));
}

#[test]
fn whoever_is_blocked_is_shown_so_in_what_they_said_in_private_before() {
    let host = Host::loopback();
    let [(anna, first), (bert, second)] = met(&host, ["anna", "bert"]);
    let with_bert = format!("@{}", second.id());
    bert.tells(&format!("@{}", first.id()), "before");
    assert_eq!(trust(&reads(&anna, &with_bert, "before")), some("known"));
    let _ = anna.does(["block", second.id()]).is(0);
    assert_eq!(of_peer(&anna, second.id()), some("blocked"));
    assert_eq!(of_history(&anna, &with_bert), [some("blocked")]);
    let said = shown(&anna, &["history", &with_bert], "C.UTF-8");
    let who = &second.id()[..8];
    assert!(said.contains(&format!("<✗ ~{who}> before\n")), "{said}");
}
