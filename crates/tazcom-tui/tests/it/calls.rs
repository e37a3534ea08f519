//! The bell and notifications.

use std::time::Duration;

use tazcom_tui::{Bell, Config, Input, Kept, Output, Place, Settings};

use crate::stage::{SECOND, Stage, ana, config, id, lobby, plain, room, said, who};

fn called_for(bell: Bell) -> Config {
    let settings = Settings {
        bell,
        notify: bell,
        ..Settings::default()
    };
    let kept = Kept {
        settings,
        ..Kept::default()
    };
    Config { kept, ..config() }
}

fn calls(stage: &mut Stage) -> Vec<Output> {
    let calls = stage.others.drain(..);
    calls
        .filter(|output| matches!(output, Output::Bell | Output::Notify(_)))
        .collect()
}

#[test]
fn nobody_is_called_without_having_asked_for_it() {
    let mut stage = Stage::lobby();
    stage.say(said(Place::Person(id(1)), ana(), 1, "psst"));
    assert_eq!(calls(&mut stage), []);
}

#[test]
fn a_private_message_calls_with_the_name_and_without_the_words() {
    let mut stage = Stage::with(called_for(Bell::Mentions));
    stage.say(said(Place::Person(id(1)), ana(), 1, "the secret"));
    let notice = "TAZCOM: ana".to_owned();
    assert_eq!(calls(&mut stage), [Output::Bell, Output::Notify(notice)]);
}

#[test]
fn what_is_looked_at_does_not_call() {
    let mut stage = Stage::with(called_for(Bell::All));
    stage.say(said(lobby(), ana(), 1, "hello"));
    assert_eq!(calls(&mut stage), []);
    stage.handle(Input::Focus(false));
    stage.say(said(lobby(), ana(), 2, "are you there?"));
    let notice = "TAZCOM: ana in #lobby".to_owned();
    assert_eq!(calls(&mut stage), [Output::Bell, Output::Notify(notice)]);
}

#[test]
fn mentions_alone_call_who_wants_mentions() {
    let mut stage = Stage::with(called_for(Bell::Mentions));
    stage.say(said(room("west"), ana(), 1, "nothing"));
    assert_eq!(calls(&mut stage), []);
    let mut named = said(room("west"), ana(), 2, "mia!");
    named.mentions_us = true;
    stage.say(named);
    assert_eq!(calls(&mut stage).len(), 2);
}

#[test]
fn a_muted_room_does_not_call_even_when_it_names_us() {
    let mut stage = Stage::with(called_for(Bell::All));
    stage.say(said(room("west"), ana(), 1, "one"));
    stage.alt('2');
    stage.enter("/mute");
    stage.alt('1');
    stage.pass(5 * SECOND);
    calls(&mut stage);
    let mut named = said(room("west"), ana(), 2, "mia!");
    named.mentions_us = true;
    stage.say(named);
    assert_eq!(calls(&mut stage), []);
}

#[test]
fn a_flood_calls_once_a_second() {
    let mut stage = Stage::with(called_for(Bell::All));
    for n in 0..1000 {
        stage.pass(Duration::from_millis(5));
        stage.say(said(room("west"), ana(), n, "spam"));
    }
    let calls = calls(&mut stage).len();
    assert!((8..=12).contains(&calls), "{calls} calls in five seconds");
}

#[test]
fn no_name_makes_a_notification_long_or_gives_it_controls() {
    let mut stage = Stage::with(called_for(Bell::All));
    let name = "\u{1b}]9;x\u{7}\u{202e}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    stage.say(said(room(&"w".repeat(48)), who(3, name), 1, "x"));
    let texts = calls(&mut stage);
    let Some(Output::Notify(text)) = texts.last() else {
        panic!("{texts:?}");
    };
    assert!(
        text.chars().count() <= 80 && !text.contains(char::is_control),
        "{text}"
    );
}

#[test]
fn without_a_screen_nothing_rings() {
    let mut config = called_for(Bell::All);
    config.size = plain().size;
    let mut stage = Stage::with(config);
    stage.say(said(Place::Person(id(1)), ana(), 1, "psst"));
    assert_eq!(calls(&mut stage), []);
}
