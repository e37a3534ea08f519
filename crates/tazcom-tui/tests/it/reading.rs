//! What is read, what is new, and where that is kept.

use std::collections::BTreeMap;

use ratatui::crossterm::event::KeyCode;
use tazcom_tui::{
    Answer, Ask, Config, Conversation, Kept, KeptConversation, News, Order, Place, Standing,
};

use crate::stage::{
    SECOND, START, Stage, ana, bob, config, conversation, id, lobby, me, plain, room, said,
};

/// As if this had been read the last time, up to the line with this order.
fn read(places: &[(&Place, u64)]) -> Config {
    let kept = |order: u64| KeptConversation {
        read: Some((START + order * 1000, 0)),
        ..KeptConversation::default()
    };
    let places = places
        .iter()
        .map(|(place, order)| (place.to_string(), kept(*order)));
    let conversations = places.collect::<BTreeMap<_, _>>();
    let kept = Kept {
        conversations,
        ..Kept::default()
    };
    Config { kept, ..config() }
}

/// With a second room, whose history is asked for.
fn two_rooms(config: Config) -> Stage {
    let mut stage = Stage::new(config);
    stage.news(News::Me(me()));
    stage.news(News::Conversation(conversation(lobby())));
    stage.news(News::Conversation(conversation(room("west"))));
    stage.there([ana(), bob()]);
    stage.news(News::Ready);
    stage
}

#[test]
fn what_was_said_elsewhere_counts_as_unread_until_it_is_opened() {
    let mut stage = two_rooms(config());
    stage.no_history();
    stage.say(said(room("west"), ana(), 1, "one"));
    stage.say(said(room("west"), bob(), 2, "two"));
    stage.say(said(room("west"), me(), 3, "from me"));
    assert!(
        stage
            .screen()
            .lines()
            .any(|row| row.contains("#west") && row.contains(" 2"))
    );
    stage.alt('a');
    assert!(stage.sees("two"));
    assert!(
        !stage
            .screen()
            .lines()
            .any(|row| row.contains("2 #west") && row.ends_with(" 2"))
    );
    stage.alt('a');
    assert!(stage.sees("nothing is new"));
}

#[test]
fn in_the_first_run_what_was_said_before_is_no_news() {
    let mut stage = two_rooms(config());
    stage.history(&[
        said(room("west"), ana(), 1, "old"),
        said(lobby(), bob(), 2, "older"),
    ]);
    assert!(!stage.screen().contains("new ──") && !stage.sees("-- new"));
    stage.alt('a');
    assert!(stage.sees("nothing is new"));
}

#[test]
fn what_came_since_the_last_time_is_new_and_the_marker_stands_before_it() {
    let mut stage = two_rooms(read(&[(&room("west"), 1)]));
    stage.history(&[
        said(room("west"), ana(), 1, "known"),
        said(room("west"), ana(), 2, "fresh"),
    ]);
    stage.alt('a');
    let screen = stage.screen();
    let at = |text: &str| screen.lines().position(|row| row.contains(text)).unwrap();
    assert!(
        at("known") < at("new") && at("new") < at("fresh"),
        "{screen}"
    );
}

#[test]
fn of_what_is_read_already_nothing_is_marked_as_new() {
    let mut stage = two_rooms(read(&[(&lobby(), 5)]));
    stage.history(&[said(lobby(), ana(), 4, "known")]);
    stage.say(said(lobby(), ana(), 6, "live"));
    let marked = |row: &str| row.contains(" new ");
    assert!(!stage.screen().lines().any(marked), "{}", stage.screen());
}

#[test]
fn what_is_read_is_kept_a_little_later_and_once() {
    let mut stage = Stage::lobby();
    stage.pass(10 * SECOND);
    stage.kept.clear();
    stage.say(said(lobby(), ana(), 1, "one"));
    stage.say(said(lobby(), ana(), 2, "two"));
    assert!(stage.kept.is_empty());
    stage.pass(3 * SECOND);
    let [kept] = stage.kept.as_slice() else {
        panic!("kept {} times", stage.kept.len());
    };
    let read = kept.conversations["#lobby"].read_up_to();
    assert_eq!(read, Some(Order(START + 2000, 0)));
    stage.kept.clear();
    stage.pass(60 * SECOND);
    assert!(stage.kept.is_empty());
    assert_eq!(stage.wait, None);
}

#[test]
fn a_line_that_claims_to_be_of_another_age_does_not_make_what_comes_read() {
    let mut stage = Stage::lobby();
    let mut far = said(lobby(), ana(), 1, "from the future");
    far.order = Order(u64::MAX, u64::MAX);
    stage.say(far);
    stage.pass(3 * SECOND);
    let kept = stage.kept.last().unwrap();
    let Some(Order(read, _)) = kept.conversations["#lobby"].read_up_to() else {
        panic!("nothing is read");
    };
    assert!(read <= START + 25 * 60 * 60 * 1000);
}

#[test]
fn a_message_of_somebody_new_makes_a_conversation_and_takes_no_place() {
    let mut stage = Stage::lobby();
    stage.write("half a");
    stage.say(said(Place::Person(id(1)), ana(), 1, "psst"));
    assert!(stage.sees("half a"));
    assert!(stage.sees("ana"));
    assert!(!stage.sees("psst"));
    stage.alt('2');
    assert!(stage.sees("psst"));
}

#[test]
fn a_muted_room_is_passed_over_and_a_person_is_not() {
    let mut stage = two_rooms(config());
    stage.no_history();
    stage.alt('2');
    stage.enter("/mute");
    stage.alt('1');
    stage.say(said(room("west"), ana(), 1, "noise"));
    stage.alt('a');
    assert!(stage.sees("nothing is new"));
    stage.say(said(Place::Person(id(1)), ana(), 2, "psst"));
    stage.alt('a');
    assert!(stage.sees("psst"));
}

#[test]
fn where_we_are_named_is_gone_to_first() {
    let mut stage = two_rooms(config());
    stage.news(News::Conversation(conversation(room("attic"))));
    stage.no_history();
    stage.say(said(room("attic"), ana(), 1, "something"));
    let mut named = said(room("west"), bob(), 2, "mia: look");
    named.mentions_us = true;
    stage.say(named);
    stage.alt('a');
    assert!(stage.sees("mia: look"));
    stage.alt('a');
    assert!(stage.sees("something"));
}

#[test]
fn histories_are_asked_for_a_few_at_a_time() {
    let mut stage = Stage::new(config());
    stage.news(News::Conversation(conversation(lobby())));
    for n in 0..20 {
        stage.news(News::Conversation(conversation(room(&format!("r{n}")))));
    }
    stage.news(News::Ready);
    assert_eq!(stage.asked.len(), 4);
    assert!(matches!(&stage.asked[0].1, Ask::History { of, .. } if *of == lobby()));
    let mut count = 0;
    while !stage.asked.is_empty() {
        assert!(stage.asked.len() <= 4);
        let lines = Vec::new();
        stage.reply(Answer::History { lines, more: false });
        count += 1;
    }
    assert_eq!(count, 21);
}

#[test]
fn a_room_into_which_we_are_invited_is_read_once_we_are_in() {
    let mut stage = Stage::lobby();
    let about = Conversation {
        standing: Standing::Invited,
        ..conversation(crate::stage::crew())
    };
    stage.news(News::Conversation(about.clone()));
    stage.alt('2');
    assert!(stage.asked.is_empty());
    stage.enter("hello?");
    assert!(stage.sees("/accept enters it"));
    stage.ctrl('u');
    stage.enter("/accept");
    assert!(matches!(stage.reply(Answer::Done), Ask::Accept(_)));
    assert!(matches!(stage.next_ask().1, Ask::History { .. }));
    stage.enter("at once");
    assert!(matches!(stage.next_ask().1, Ask::Say { .. }));
    let standing = Standing::In;
    stage.news(News::Conversation(Conversation { standing, ..about }));
    assert!(stage.asked.is_empty(), "it was asked for already");
}

#[test]
fn what_was_lost_on_the_way_is_asked_for_again() {
    let mut stage = Stage::lobby();
    stage.say(said(lobby(), ana(), 1, "one"));
    stage.news(News::Missed(7));
    stage.pass(2 * SECOND);
    assert!(stage.sees("something may have been missed"));
    stage.history(&[
        said(lobby(), ana(), 1, "one"),
        said(lobby(), ana(), 2, "two"),
    ]);
    let screen = stage.screen();
    assert_eq!(screen.matches("one").count(), 1, "{screen}");
    assert_eq!(screen.matches("two").count(), 1, "{screen}");
}

#[test]
fn while_the_user_looks_elsewhere_the_marker_waits_before_what_comes() {
    let mut stage = Stage::lobby();
    stage.say(said(lobby(), ana(), 1, "seen"));
    stage.handle(tazcom_tui::Input::Focus(false));
    stage.say(said(lobby(), ana(), 2, "not seen"));
    stage.say(said(lobby(), ana(), 3, "nor this"));
    let screen = stage.screen();
    let at = |text: &str| screen.lines().position(|row| row.contains(text)).unwrap();
    assert!(
        at(" seen") < at(" new ") && at(" new ") < at("not seen"),
        "{screen}"
    );
}

#[test]
fn without_a_screen_what_is_printed_is_read() {
    let mut stage = Stage::with(plain());
    stage.news(News::Conversation(conversation(room("west"))));
    stage.no_history();
    stage.say(said(room("west"), ana(), 4, "elsewhere"));
    stage.pass(3 * SECOND);
    let kept = stage.kept.last().unwrap();
    let read = kept.conversations["#west"].read_up_to();
    assert_eq!(read, Some(Order(START + 4000, 0)));
}

#[test]
fn a_conversation_that_is_left_goes_from_the_list_and_comes_back_with_news() {
    let mut stage = Stage::lobby();
    stage.say(said(Place::Person(id(1)), ana(), 1, "psst"));
    stage.alt('2');
    stage.enter("/leave");
    assert!(!stage.sees("psst"));
    stage.key(KeyCode::Esc);
    stage.say(said(Place::Person(id(1)), ana(), 2, "still there?"));
    stage.alt('2');
    assert!(stage.sees("still there?"));
}

#[test]
fn what_comes_after_a_first_run_in_which_nothing_was_said_is_news() {
    let mut stage = two_rooms(config());
    stage.no_history();
    stage.pass(3 * SECOND);
    let kept = stage.kept.last().unwrap().clone();
    let mut stage = two_rooms(Config { kept, ..config() });
    stage.history(&[said(room("west"), ana(), 1, "while you were away")]);
    stage.alt('a');
    assert!(stage.sees("while you were away"));
}
