//! Comparing on a small screen.

use ratatui::crossterm::event::KeyCode;
use tazcom_tui::{Ask, Comparison, Input, News};

use crate::stage::{Stage, ana};

fn comparing(width: u16, height: u16) -> Stage {
    let mut stage = Stage::lobby();
    stage.handle(Input::Resize(width, height));
    stage.enter("/verify ana");
    let names = ["Dog", "Cat", "Lion", "Horse", "Unicorn", "Pig", "Key"];
    stage.news(News::Compare(Comparison {
        with: ana(),
        emoji: names.map(|name| ("*".to_owned(), name.to_owned())).to_vec(),
        numbers: [1234, 5678, 9012],
    }));
    stage
}

#[test]
fn the_question_and_the_numbers_are_seen_where_the_signs_have_no_room() {
    let screen = comparing(30, 10).screen_of(30, 10);
    for text in ["Has ana", "1234", "5678", "9012", "Enter", "> "] {
        assert!(screen.contains(text), "{text}: {screen}");
    }
    assert!(!screen.contains("more below"), "{screen}");
}

#[test]
fn what_cannot_be_read_is_not_answered() {
    for (width, height) in [(20, 6), (19, 5)] {
        let mut stage = comparing(width, height);
        let screen = stage.screen_of(width, height);
        assert!(!screen.contains("1234"), "{screen}");
        for word in ["yes", "same", "y"] {
            stage.enter(word);
            stage.key(KeyCode::Enter);
        }
        let mut asked = stage.asked.iter();
        assert!(!asked.any(|(_, ask)| matches!(ask, Ask::Confirm { .. })));
    }
}
