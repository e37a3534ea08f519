//! What is typed and not sent is not lost.

use ratatui::crossterm::event::{KeyCode, KeyModifiers};
use tazcom_tui::{Answer, Ask, Config, Input, Kept, KeptConversation, News};

use crate::stage::{SECOND, Stage, config, conversation, lobby, room};

fn two_rooms() -> Stage {
    let mut stage = Stage::lobby();
    stage.news(News::Conversation(conversation(room("west"))));
    stage.no_history();
    stage
}

#[test]
fn each_conversation_has_a_draft_of_its_own() {
    let mut stage = two_rooms();
    stage.write("for the lobby");
    stage.ctrl('n');
    assert!(!stage.sees("for the lobby"));
    stage.write("for the west");
    stage.ctrl('p');
    assert!(stage.sees("for the lobby") && !stage.sees("for the west"));
}

#[test]
fn drafts_are_kept_until_the_next_time() {
    let mut stage = two_rooms();
    stage.write("half a thought");
    stage.ctrl('n');
    stage.write("half another");
    stage.pass(3 * SECOND);
    let kept = stage.kept.last().unwrap().clone();
    assert_eq!(kept.conversations["#lobby"].draft, "half a thought");
    assert_eq!(kept.conversations["#west"].draft, "half another");
    let mut stage = Stage::with(Config { kept, ..config() });
    assert!(stage.sees("half a thought"));
    stage.enter("!");
    let text = "half a thought!";
    assert!(
        stage
            .asked
            .iter()
            .any(|(_, ask)| matches!(ask, Ask::Say { text: said, .. } if said == text))
    );
}

#[test]
fn what_is_kept_fits_without_the_longest_drafts() {
    let mut stage = Stage::lobby();
    for n in 0..40 {
        stage.news(News::Conversation(conversation(room(&format!("r{n:02}")))));
    }
    stage.no_history();
    for n in 0..41 {
        stage.handle(Input::Paste("x".repeat(1000 + n)));
        stage.ctrl('n');
        stage.no_history();
    }
    stage.pass(3 * SECOND);
    let kept = stage.kept.last().unwrap();
    let len = kept_len(kept);
    assert!(len <= Kept::MAX_LEN, "{len} bytes");
    let drafts: Vec<usize> = kept
        .conversations
        .values()
        .map(|kept| kept.draft.len())
        .collect();
    let kept_drafts = drafts.iter().filter(|len| **len > 0);
    assert!(kept_drafts.clone().count() > 10);
    assert!(kept_drafts.max() < Some(&1030), "the longest go first");
}

fn kept_len(kept: &Kept) -> usize {
    // As it is written to disk.
    let conversations = kept.conversations.iter();
    conversations
        .map(|(name, kept)| name.len() + kept.draft.len())
        .sum()
}

#[test]
fn more_conversations_than_are_kept_leave_the_newest() {
    let conversations = (0..2000u64).map(|n| {
        let kept = KeptConversation {
            read: Some((n, 0)),
            ..KeptConversation::default()
        };
        (format!("#old{n}"), kept)
    });
    let kept = Kept {
        conversations: conversations.collect(),
        ..Kept::default()
    };
    let mut stage = Stage::with(Config { kept, ..config() });
    stage.write("x");
    stage.pass(3 * SECOND);
    let kept = stage.kept.last().unwrap();
    assert!(kept.conversations.len() <= Kept::MAX_KEPT);
    assert!(kept.conversations.contains_key("#old1999"));
    assert_eq!(kept.conversations["#lobby"].draft, "x");
}

#[test]
fn quitting_keeps_first() {
    let mut stage = two_rooms();
    stage.write("left open");
    stage.ctrl('n');
    stage.ctrl('d');
    assert!(stage.ended);
    assert_eq!(
        stage.kept.last().unwrap().conversations["#lobby"].draft,
        "left open"
    );
}

#[test]
fn what_was_refused_comes_back_to_where_it_was_typed() {
    let mut stage = two_rooms();
    stage.enter("precious");
    let (reference, _) = stage.next_ask();
    stage.answer(reference, Answer::Refused("the disk is full".to_owned()));
    assert!(stage.sees("the disk is full"));
    stage.key(KeyCode::Enter);
    let again = stage.next_ask();
    assert!(matches!(again.1, Ask::Say { text, to, .. } if text == "precious" && to == lobby()));
}

#[test]
fn what_was_refused_elsewhere_is_told_and_kept_there() {
    let mut stage = two_rooms();
    stage.enter("precious");
    let (reference, _) = stage.next_ask();
    stage.ctrl('n');
    stage.write("something else");
    stage.answer(reference, Answer::Refused("the disk is full".to_owned()));
    assert!(!stage.sees("the disk is full") && stage.sees("something else"));
    stage.ctrl('p');
    assert!(stage.sees("the disk is full") && stage.sees("precious"));
}

#[test]
fn what_was_refused_does_not_take_the_place_of_what_is_typed() {
    let mut stage = two_rooms();
    stage.enter("/me waves");
    let (reference, _) = stage.next_ask();
    stage.write("next");
    stage.answer(reference, Answer::Refused("no".to_owned()));
    assert!(stage.sees("next"));
    stage.ctrl('u');
    stage.key(KeyCode::Up);
    assert!(stage.sees("/me waves"));
}

#[test]
fn a_message_to_somebody_who_is_not_found_comes_back() {
    let mut stage = two_rooms();
    stage.enter("/msg zoe a long story");
    let (reference, ask) = stage.next_ask();
    assert!(matches!(ask, Ask::Find { who } if who == "zoe"));
    stage.answer(reference, Answer::Refused("nobody".to_owned()));
    assert!(stage.sees("/msg zoe a long story"));
}

#[test]
fn an_answer_that_never_comes_is_told() {
    let mut stage = two_rooms();
    stage.enter("/whois ana");
    stage.pass(149 * SECOND);
    assert!(!stage.sees("has not answered"));
    stage.pass(SECOND);
    assert!(stage.sees("has not answered"));
}

#[test]
fn what_is_said_is_not_called_unsaid_before_its_answer() {
    let mut stage = two_rooms();
    stage.enter("precious");
    let (reference, _) = stage.next_ask();
    stage.enter("/whois ana");
    stage.pass(3600 * SECOND);
    assert!(stage.sees("has not answered"), "of what was asked later");
    assert!(!stage.sees("not said"));
    assert_eq!(stage.app.pending(), 1);
    stage.answer(
        reference,
        Answer::Refused("it may have been said".to_owned()),
    );
    assert!(stage.sees("not said: it may have been said") && stage.sees("precious"));
    assert_eq!(stage.app.pending(), 0);
}

#[test]
fn what_was_typed_before_it_had_begun_goes_with_the_user() {
    let begin = Some("#west".to_owned());
    let mut stage = Stage::new(Config { begin, ..config() });
    stage.write("early");
    stage.key(KeyCode::Enter);
    assert!(stage.sees("one moment"));
    stage.news(News::Conversation(conversation(lobby())));
    stage.news(News::Conversation(conversation(room("west"))));
    stage.news(News::Ready);
    assert!(stage.sees("early"));
    stage.press(KeyCode::Enter, KeyModifiers::NONE);
    assert!(
        stage
            .asked
            .iter()
            .any(|(_, ask)| matches!(ask, Ask::Say { to, .. } if *to == room("west")))
    );
}
