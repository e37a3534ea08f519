//! How the chat begins.

use tazcom_tui::{Answer, Ask, Config, News};

use crate::stage::{Stage, ana, config, conversation, lobby, plain, room, said};

#[test]
fn it_begins_in_the_lobby_and_asks_for_what_was_said() {
    let mut stage = Stage::new(config());
    assert!(!stage.app.is_ready());
    stage.news(News::Conversation(conversation(lobby())));
    stage.news(News::Ready);
    assert!(stage.app.is_ready());
    let (_, ask) = stage.next_ask();
    assert!(matches!(ask, Ask::History { of, before: None, limit: 200 } if of == lobby()));
    stage.say(said(lobby(), ana(), 1, "hello"));
    assert!(stage.sees("hello"), "{}", stage.screen());
}

#[test]
fn a_room_that_we_are_not_in_is_entered_to_begin_there() {
    let begin = Some("#West".to_owned());
    let mut stage = Stage::new(Config { begin, ..config() });
    stage.news(News::Conversation(conversation(lobby())));
    stage.news(News::Ready);
    assert!(!stage.app.is_ready());
    let (reference, ask) = stage.asked.remove(0).unwrap();
    assert!(matches!(ask, Ask::Join(name) if name.as_str() == "west"));
    stage.answer(reference, Answer::Done);
    assert!(stage.app.is_ready());
    stage.enter("hi");
    assert!(stage.asked.iter().any(
        |(_, ask)| matches!(ask, Ask::Say { to, text, .. } if *to == room("west") && text == "hi")
    ));
}

#[test]
fn what_is_piped_to_somebody_who_is_not_found_goes_nowhere_else() {
    let begin = Some("@zoe".to_owned());
    let mut stage = Stage::new(Config { begin, ..plain() });
    stage.news(News::Conversation(conversation(lobby())));
    stage.news(News::Ready);
    assert!(!stage.app.takes_lines());
    stage.line("for zoe alone");
    assert_eq!(stage.app.pending(), 1);
    let find = stage
        .asked
        .iter()
        .position(|(_, ask)| matches!(ask, Ask::Find { .. }));
    let (reference, _) = stage.asked.remove(find.unwrap()).unwrap();
    let why = "nobody here is called so".to_owned();
    stage.answer(reference, Answer::Refused(why));
    assert!(
        !stage
            .asked
            .iter()
            .any(|(_, ask)| matches!(ask, Ask::Say { .. }))
    );
    assert!(stage.app.has_refused());
    assert_eq!(stage.app.pending(), 0);
    assert!(stage.take_printed().contains("nobody here is called so"));
}

#[test]
fn a_node_that_ends_before_it_has_begun_takes_nothing_and_keeps_nobody_waiting() {
    let mut stage = Stage::new(plain());
    stage.line("hello");
    stage.news(News::Ended);
    assert_eq!(stage.app.pending(), 0);
    assert!(stage.app.has_refused() && stage.app.takes_lines());
    stage.line("anybody?");
    let printed = stage.take_printed();
    assert_eq!(printed.matches("/quit leaves").count(), 3, "{printed}");
    assert!(stage.asked.is_empty());

    let mut stage = Stage::new(config());
    stage.news(News::Ended);
    stage.enter("hello");
    assert!(stage.sees("/quit leaves") && stage.sees("hello"));
    stage.line("/quit");
    assert!(stage.ended);
}

#[test]
fn a_line_that_ends_the_chat_ends_it_before_it_has_begun() {
    for config in [config(), plain()] {
        let mut stage = Stage::new(config);
        stage.line("/quit");
        assert!(stage.ended);
    }
}
