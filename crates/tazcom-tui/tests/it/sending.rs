//! Sending.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tazcom_tui::{Ask, Conversation, Input, News, Standing};

use crate::stage::{Stage, conversation, lobby, room};

fn said(stage: &mut Stage) -> String {
    match stage.next_ask().1 {
        Ask::Say { to, text, action } => {
            assert!(to == lobby() && !action);
            text
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_typed_is_said_where_one_is() {
    let mut stage = Stage::lobby();
    stage.enter("hello");
    assert_eq!(said(&mut stage), "hello");
    stage.enter("//quit is a word");
    assert_eq!(said(&mut stage), "/quit is a word");
    stage.key(KeyCode::Enter);
    stage.enter("   ");
    assert!(stage.asked.is_empty());
}

#[test]
fn several_lines_are_one_message() {
    let mut stage = Stage::lobby();
    stage.write("one");
    stage.press(KeyCode::Enter, KeyModifiers::ALT);
    stage.write("two");
    stage.ctrl('j');
    stage.write("three");
    stage.key(KeyCode::Enter);
    assert_eq!(said(&mut stage), "one\ntwo\nthree");
}

#[test]
fn what_is_pasted_is_one_message_and_is_not_sent_by_itself() {
    let mut stage = Stage::lobby();
    stage.handle(Input::Paste(
        "one\r\ntwo\rthree\u{1b}[31m\u{7}\tend\n".to_owned(),
    ));
    assert!(stage.asked.is_empty());
    stage.key(KeyCode::Enter);
    assert_eq!(said(&mut stage), "one\ntwo\nthree[31m\tend\n");
}

#[test]
fn the_longest_message_is_sent_and_one_byte_more_stays_where_it_is() {
    let mut stage = Stage::lobby();
    stage.handle(Input::Paste("x".repeat(4096)));
    stage.key(KeyCode::Enter);
    assert_eq!(said(&mut stage).len(), 4096);
    stage.handle(Input::Paste("x".repeat(4097)));
    assert!(
        stage.sees("4097") && stage.sees("4096"),
        "{}",
        stage.screen()
    );
    stage.key(KeyCode::Enter);
    assert!(stage.asked.is_empty());
    assert!(stage.sees("4097") && stage.sees("4096"));
    stage.key(KeyCode::Backspace);
    stage.key(KeyCode::Enter);
    assert_eq!(said(&mut stage).len(), 4096);
}

#[test]
fn a_paste_without_end_is_cut_and_said_to_be() {
    let mut stage = Stage::lobby();
    stage.handle(Input::Paste("é".repeat(100_000)));
    assert!(stage.sees("at most 64 KiB"));
    stage.key(KeyCode::Enter);
    assert!(stage.asked.is_empty());
}

#[test]
fn nothing_is_said_where_one_is_not() {
    let mut stage = Stage::lobby();
    let standing = Standing::Out;
    stage.news(News::Conversation(Conversation {
        standing,
        ..conversation(room("west"))
    }));
    stage.no_history();
    stage.alt('2');
    stage.no_history();
    stage.enter("hello");
    assert!(stage.asked.is_empty());
    assert!(stage.sees("/join #west enters it") && stage.sees("hello"));
}

#[test]
fn what_is_misspelled_stays_and_is_explained() {
    let mut stage = Stage::lobby();
    stage.enter("/jion #west");
    assert!(stage.sees("did you mean /join?") && stage.sees("/jion #west"));
    assert!(stage.asked.is_empty());
    stage.key(KeyCode::Left);
    assert!(!stage.sees("did you mean"), "gone with the next key");
}

#[test]
fn after_the_end_of_the_node_nothing_is_sent_and_one_can_leave() {
    let mut stage = Stage::lobby();
    stage.enter("under way");
    stage.news(News::Ended);
    assert!(stage.sees("the node has ended"));
    stage.ctrl('u');
    stage.enter("hello");
    assert!(stage.sees("/quit leaves") && stage.sees("hello"));
    assert_eq!(stage.asked.len(), 1, "what was asked before");
    stage.ctrl('u');
    stage.enter("/quit");
    assert!(stage.ended);
}

#[test]
fn too_much_at_once_is_refused_and_stays() {
    let mut stage = Stage::lobby();
    for n in 0..64 {
        stage.enter(&format!("message {n}"));
    }
    assert_eq!(stage.asked.len(), 64);
    stage.enter("one more");
    assert_eq!(stage.asked.len(), 64);
    assert!(stage.sees("wait for an answer") && stage.sees("one more"));
}

#[test]
fn a_key_that_is_let_go_does_nothing_and_one_that_is_held_repeats() {
    let mut stage = Stage::lobby();
    for kind in [
        KeyEventKind::Press,
        KeyEventKind::Repeat,
        KeyEventKind::Release,
    ] {
        let mut key = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        key.kind = kind;
        stage.handle(Input::Key(key));
    }
    stage.key(KeyCode::Enter);
    assert_eq!(said(&mut stage), "aa");
}
