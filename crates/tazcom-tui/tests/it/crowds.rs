//! More people and rooms than anybody can follow.

use ratatui::crossterm::event::KeyCode;
use tazcom_chat::DisplayName;
use tazcom_tui::{Answer, Ask, Input, News, Place, Said};

use crate::stage::{SECOND, Stage, ana, bob, conversation, me, plain, room, said};

#[test]
fn a_crowd_of_strangers_does_not_fill_the_list_for_ever() {
    let mut stage = Stage::with(plain());
    for n in 0..3000u32 {
        stage.say(direct(stranger(n), u64::from(n), "spam"));
    }
    stage.pass(5 * SECOND);
    stage.no_history();
    // All of it was printed, and the newest is in the list still.
    assert_eq!(stage.printed.matches("spam").count(), 3000);
    let kept = stage.kept.last().unwrap();
    assert!(kept.conversations.len() <= tazcom_tui::Kept::MAX_KEPT);
}

fn stranger(n: u32) -> DisplayName {
    let mut stranger = [9; 32];
    stranger[..4].copy_from_slice(&n.to_be_bytes());
    DisplayName::told(tazcom_identity::NodeId::from_bytes(stranger), None, true)
}

/// Somebody who says something to us alone.
fn direct(who: DisplayName, n: u64, text: &str) -> Said {
    said(Place::Person(who.id()), who, n, text)
}

#[test]
fn single_lines_of_strangers_give_way_and_friends_and_rooms_do_not() {
    let mut stage = Stage::lobby();
    stage.news(News::Conversation(conversation(room("west"))));
    stage.say(direct(ana(), 1, "psst"));
    stage.enter("/msg bob");
    stage.no_history();
    stage.say(said(Place::Person(bob().id()), me(), 2, "it is me"));
    stage.alt('1');
    stage.say(direct(stranger(0), 3, "one"));
    stage.say(direct(stranger(0), 4, "two"));
    stage.write("half");
    for n in 1..3000u32 {
        stage.say(direct(stranger(n), 10 + u64::from(n), "spam"));
    }
    let warned = stage.screen();
    assert_eq!(
        warned
            .matches("more conversations than can be shown")
            .count(),
        1,
        "{warned}"
    );
    stage.no_history();
    stage.handle(Input::Paste(" a line".to_owned()));
    assert!(stage.sees("half a line"));
    stage.key(KeyCode::Enter);
    for (typed, of) in [
        ("/msg ana", "psst"),
        ("/join #west", "#west"),
        ("/msg bob", "it is me"),
    ] {
        stage.enter(typed);
        assert!(stage.sees(of), "{typed}\n{}", stage.screen());
    }
}

#[test]
fn of_more_rooms_than_can_be_shown_those_that_are_joined_stay() {
    let mut stage = Stage::lobby();
    for n in 1..1024 {
        stage.news(News::Conversation(conversation(room(&format!("r{n}")))));
    }
    stage.say(direct(ana(), 1, "psst"));
    assert!(stage.sees("more conversations than can be shown"));
    stage.say(direct(ana(), 2, "psst"));
    assert_eq!(stage.screen().matches("more conversations than").count(), 1);
    let mut out = conversation(room("r7"));
    out.standing = tazcom_tui::Standing::Out;
    stage.news(News::Conversation(out));
    stage.say(direct(ana(), 3, "at last"));
    stage.no_history();
    stage.enter("/msg ana");
    assert!(stage.sees("at last"), "{}", stage.screen());
}

#[test]
fn a_room_that_comes_and_goes_is_asked_about_a_few_times_at_most() {
    let mut stage = Stage::lobby();
    for n in 0..500 {
        for name in ["west".to_owned(), format!("r{n}")] {
            let at = room(&name);
            stage.news(News::Conversation(conversation(at.clone())));
            stage.news(News::Gone(at));
        }
        let mut out = conversation(room("west"));
        out.standing = tazcom_tui::Standing::Out;
        stage.news(News::Conversation(out));
        stage.news(News::Conversation(conversation(room("west"))));
    }
    let mut histories = 0;
    while let Some(at) = stage
        .asked
        .iter()
        .position(|(_, ask)| matches!(ask, Ask::History { .. }))
    {
        let (reference, _) = stage.asked.remove(at).unwrap();
        histories += 1;
        let lines = Vec::new();
        stage.answer(reference, Answer::History { lines, more: false });
    }
    // Four at once, and one for each that is there still.
    assert!(histories <= 6, "{histories}");
}
