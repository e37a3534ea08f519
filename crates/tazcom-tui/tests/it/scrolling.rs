//! Looking back.

use ratatui::crossterm::event::{KeyCode, KeyModifiers, MouseEvent, MouseEventKind};
use tazcom_tui::{Answer, Ask, Input, News};

use crate::stage::{Stage, ana, config, conversation, lobby, said};

/// The lobby after so many lines, and no more before.
fn after(count: u64) -> Stage {
    let mut stage = Stage::lobby();
    for n in 0..count {
        stage.say(said(lobby(), ana(), n, &format!("line {n}.")));
    }
    stage
}

/// The numbers of the lines that are seen.
fn numbers(stage: &Stage) -> Vec<u64> {
    let screen = stage.screen();
    let numbers = screen.lines().filter_map(|row| {
        let (_, rest) = row.split_once("line ")?;
        rest.split_once('.')?.0.parse().ok()
    });
    numbers.collect()
}

fn first_line(stage: &Stage) -> u64 {
    numbers(stage).into_iter().min().unwrap()
}

fn last_line(stage: &Stage) -> u64 {
    numbers(stage).into_iter().max().unwrap()
}

#[test]
fn a_page_up_keeps_one_row_of_what_was_seen() {
    let mut stage = after(100);
    let first = first_line(&stage);
    stage.key(KeyCode::PageUp);
    assert!(stage.sees(&format!("line {first}.")), "{}", stage.screen());
    assert!(!stage.sees(&format!("line {}.", first + 1)));
    stage.key(KeyCode::PageDown);
    assert_eq!(first_line(&stage), first);
}

#[test]
fn the_top_and_the_end_are_one_key_away() {
    let mut stage = after(100);
    stage.press(KeyCode::Home, KeyModifiers::CONTROL);
    assert!(stage.sees("line 0."), "{}", stage.screen());
    stage.press(KeyCode::End, KeyModifiers::CONTROL);
    assert!(stage.sees("line 99."));
}

#[test]
fn what_comes_does_not_move_what_is_seen() {
    let mut stage = after(100);
    stage.key(KeyCode::PageUp);
    let first = first_line(&stage);
    for n in 100..200 {
        stage.say(said(lobby(), ana(), n, &format!("line {n}.")));
    }
    // One that was said long ago, and comes now.
    let mut late = said(lobby(), ana(), 3, "late");
    late.id.0 = "late".into();
    stage.say(late);
    assert_eq!(first_line(&stage), first);
}

#[test]
fn at_the_top_more_is_asked_for_and_stands_before() {
    let mut stage = Stage::new(config());
    stage.news(News::Conversation(conversation(lobby())));
    stage.news(News::Ready);
    let lines = |from: u64, to: u64| {
        let lines = from..to;
        lines
            .map(|n| said(lobby(), ana(), n, &format!("line {n}.")))
            .collect::<Vec<_>>()
    };
    let more = true;
    stage.reply(Answer::History {
        lines: lines(200, 300),
        more,
    });
    stage.key(KeyCode::PageUp);
    assert!(stage.asked.is_empty());
    stage.press(KeyCode::Home, KeyModifiers::CONTROL);
    assert_eq!(first_line(&stage), 200);
    let last = last_line(&stage);
    stage.key(KeyCode::PageUp);
    let (reference, ask) = stage.next_ask();
    assert!(stage.asked.is_empty(), "it is asked for once");
    let Ask::History {
        before: Some(before),
        limit: 200,
        ..
    } = ask
    else {
        panic!("{ask:?}");
    };
    assert_eq!(before.text.as_str(), "line 200.");
    let more = false;
    stage.answer(
        reference,
        Answer::History {
            lines: lines(0, 200),
            more,
        },
    );
    assert_eq!(last_line(&stage), last, "what is seen stays");
    stage.press(KeyCode::Home, KeyModifiers::CONTROL);
    assert_eq!(first_line(&stage), 0);
    assert!(stage.asked.is_empty(), "there is no more");
}

#[test]
fn the_wheel_goes_three_rows() {
    let mut stage = after(100);
    let first = first_line(&stage);
    let wheel = |kind| {
        Input::Mouse(MouseEvent {
            kind,
            column: 40,
            row: 5,
            modifiers: KeyModifiers::NONE,
        })
    };
    stage.handle(wheel(MouseEventKind::ScrollUp));
    assert_eq!(first_line(&stage), first - 3);
    stage.handle(wheel(MouseEventKind::ScrollDown));
    assert_eq!(first_line(&stage), first);
}

#[test]
fn a_text_longer_than_the_screen_is_read_row_by_row() {
    let mut stage = Stage::lobby();
    let rows: Vec<String> = (0..60).map(|n| format!("row {n}.")).collect();
    stage.say(said(lobby(), ana(), 1, &rows.join("\n")));
    stage.press(KeyCode::Home, KeyModifiers::CONTROL);
    assert!(stage.sees("row 0."));
    for _ in 0..10 {
        stage.key(KeyCode::PageDown);
    }
    assert!(stage.sees("row 59."));
    stage.key(KeyCode::PageUp);
    assert!(!stage.sees("row 59."));
}

#[test]
fn the_wheel_scrolls_what_is_laid_over() {
    let mut stage = after(3);
    stage.key(KeyCode::F(1));
    let top = stage.screen();
    let wheel = |kind| {
        Input::Mouse(MouseEvent {
            kind,
            column: 40,
            row: 5,
            modifiers: KeyModifiers::NONE,
        })
    };
    stage.handle(wheel(MouseEventKind::ScrollDown));
    assert!(stage.screen() != top);
    stage.handle(wheel(MouseEventKind::ScrollUp));
    assert!(stage.screen() == top);
}
