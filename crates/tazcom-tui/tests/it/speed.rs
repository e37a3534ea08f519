//! How much it takes. What is measured is printed; the bounds are wide, for a machine that does much
//! else, and for a build that is not optimised. They hold what grows with what is there already.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "time is what is measured, and it is told"
)]

use std::time::{Duration, Instant};

use ratatui::crossterm::event::KeyCode;
use tazcom_tui::{Conversation, Fate, News};

use crate::stage::{Stage, conversation, lobby, room, said, who};

/// Lines for each measurement.
const LINES: u64 = 20_000;

fn each(name: &str, count: u64, begun: Instant) -> Duration {
    let each = begun.elapsed() / u32::try_from(count).unwrap();
    eprintln!("{name}: {each:?}");
    each
}

/// Of one who speaks in the open room and in others, by turns.
fn flood(stage: &mut Stage, rooms: u64) -> Duration {
    let lines: Vec<_> = (0..LINES)
        .map(|n| {
            let place = match n % rooms {
                0 => lobby(),
                other => room(&format!("r{other}")),
            };
            let author = who(u8::try_from(n % 50).unwrap() + 20, "somebody");
            News::Said(said(
                place,
                author,
                n,
                "something of a usual length, as people say it",
            ))
        })
        .collect();
    let begun = Instant::now();
    for line in lines {
        stage.news(line);
    }
    each(&format!("a line in one of {rooms} rooms"), LINES, begun)
}

#[test]
fn a_line_costs_little_however_many_rooms_there_are() {
    let mut stage = Stage::lobby();
    let one = flood(&mut stage, 1);
    let mut stage = Stage::lobby();
    for n in 1..500 {
        stage.news(News::Conversation(conversation(room(&format!("r{n}")))));
    }
    stage.no_history();
    let many = flood(&mut stage, 500);
    let bound = Duration::from_micros(500);
    assert!(one < bound && many < bound, "{one:?} {many:?}");
}

#[test]
fn a_key_among_a_hundred_thousand_lines_is_done_at_once() {
    let mut stage = Stage::lobby();
    for n in 0..100_000 {
        stage.say(said(lobby(), who(3, "zoe"), n, "line"));
    }
    let begun = Instant::now();
    for _ in 0..100 {
        stage.key(KeyCode::PageUp);
        stage.key(KeyCode::Char('x'));
        stage.key(KeyCode::Backspace);
    }
    let key = each("a key", 300, begun);
    let begun = Instant::now();
    for _ in 0..10 {
        stage.screen();
    }
    let frame = each("a frame", 10, begun);
    assert!(key < Duration::from_millis(20), "{key:?}");
    assert!(frame < Duration::from_millis(100), "{frame:?}");
}

#[test]
fn what_comes_late_into_a_long_conversation_costs_little_more() {
    let mut stage = Stage::lobby();
    for n in 0..50_000 {
        stage.say(said(lobby(), who(3, "zoe"), 2 * n, "line"));
    }
    let begun = Instant::now();
    for n in 0..2000 {
        stage.say(said(lobby(), who(4, "ana"), 40 * n + 1, "late"));
    }
    let late = each("a late line", 2000, begun);
    let id = said(lobby(), who(9, "mia"), 7, "mine");
    stage.say(id.clone());
    let begun = Instant::now();
    for reached in 1..2000 {
        stage.news(News::Fate {
            id: id.id.clone(),
            fate: Fate::Reached {
                reached,
                of: 5000,
                missing: Vec::new(),
            },
        });
    }
    let fate = each("a fate", 2000, begun);
    let bound = Duration::from_millis(10);
    assert!(late < bound && fate < bound, "{late:?} {fate:?}");
}

#[test]
fn a_list_of_many_conversations_is_made_in_time() {
    let mut stage = Stage::lobby();
    let begun = Instant::now();
    for n in 0..1000 {
        let about = Conversation {
            topic: None,
            ..conversation(room(&format!("r{n}")))
        };
        stage.news(News::Conversation(about));
    }
    let each = each("a conversation", 1000, begun);
    let bound = Duration::from_millis(50);
    assert!(each < bound, "{each:?}");
}
