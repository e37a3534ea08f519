//! Whom a typed name means.

use tazcom_chat::DisplayName;
use tazcom_tui::{Answer, Ask, News, Status};

use crate::stage::{Stage, ana, id, lobby, me, said, who};

#[test]
fn a_name_that_only_one_has_is_enough() {
    let mut stage = Stage::lobby();
    stage.enter("/ping ana");
    assert!(stage.next_ask().1 == Ask::Ping(id(1)));
    stage.enter("/ping @ana");
    assert!(stage.next_ask().1 == Ask::Ping(id(1)));
}

#[test]
fn a_name_in_doubt_is_asked_about_and_then_it_goes_on() {
    let mut stage = Stage::lobby();
    let doubtful = DisplayName::told(id(4), Some("ana"), true);
    for present in [vec![ana(), who(3, "ana")], vec![doubtful]] {
        stage.there(present);
        stage.enter("/ping ana");
        let (reference, ask) = stage.next_ask();
        assert!(
            ask == Ask::Find {
                who: "ana".to_owned()
            }
        );
        stage.answer(reference, Answer::Person(ana()));
        assert!(stage.next_ask().1 == Ask::Ping(id(1)));
    }
}

#[test]
fn a_name_with_its_tag_is_certain() {
    let mut stage = Stage::lobby();
    stage.there([ana(), who(3, "ana")]);
    stage.enter(&format!("/ping {}", who(3, "ana")));
    assert!(stage.next_ask().1 == Ask::Ping(id(3)));
    stage.enter("/ping ana~zzzz");
    assert!(matches!(stage.next_ask().1, Ask::Find { .. }));
}

#[test]
fn nobody_talks_with_itself() {
    let mut stage = Stage::lobby();
    for command in ["msg", "verify", "ignore", "ping"] {
        stage.enter(&format!("/{command} mia"));
        assert!(
            stage.asked.is_empty() && stage.sees("that is you"),
            "{command}"
        );
        stage.ctrl('u');
    }
    stage.enter("/whois mia");
    assert!(stage.next_ask().1 == Ask::Whois(me().id()));
}

#[test]
fn who_is_not_found_is_told_where_it_was_asked() {
    let mut stage = Stage::lobby();
    stage.enter("/verify nobody");
    stage.reply(Answer::Refused("nobody here is called so".to_owned()));
    assert!(stage.sees("nobody here is called so"));
    assert!(stage.app.has_refused());
}

#[test]
fn who_is_verified_is_so_while_it_is_away() {
    let mut stage = Stage::lobby();
    let away = |verified: &[DisplayName]| {
        News::Status(Status {
            verified: verified.iter().map(DisplayName::id).collect(),
            ..Status::default()
        })
    };
    stage.enter("/msg ana");
    stage.news(away(&[ana()]));
    assert!(
        !stage.sees("not verified") && stage.sees("verified"),
        "{}",
        stage.screen()
    );
    stage.news(away(&[]));
    assert!(stage.sees("not verified"));
}

#[test]
fn what_somebody_said_before_its_name_came_is_shown_with_it() {
    let mut stage = Stage::lobby();
    let nameless = |n: u8| DisplayName::told(id(n), None, false);
    stage.say(said(lobby(), nameless(4), 1, "too soon"));
    stage.say(said(lobby(), nameless(5), 2, "somebody else"));
    assert!(!stage.sees("zoe"));
    stage.news(News::Named(who(4, "zoe")));
    let shown = |stage: &Stage, text: &str| {
        let screen = stage.screen();
        screen
            .lines()
            .find(|row| row.contains(text))
            .unwrap()
            .to_owned()
    };
    assert!(shown(&stage, "too soon").contains(" zoe |"));
    assert!(!shown(&stage, "somebody else").contains("zoe"));
    // Whoever takes another name had the first when it said that.
    stage.news(News::Named(who(4, "eve")));
    assert!(shown(&stage, "too soon").contains(" zoe |"));
}

#[test]
fn a_name_that_comes_late_is_given_to_the_last_200_lines() {
    let mut stage = Stage::lobby();
    let nameless = DisplayName::told(id(4), None, false);
    for n in 1..=201 {
        stage.say(said(lobby(), nameless.clone(), n, &format!("line {n:03}")));
    }
    stage.news(News::Named(who(4, "zoe")));
    let screen = stage.screen_of(80, 250);
    let named = |text: &str| {
        let row = screen.lines().find(|row| row.contains(text)).unwrap();
        row.contains(" zoe |")
    };
    assert!(!named("line 001") && named("line 002") && named("line 201"));
}
