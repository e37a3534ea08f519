//! What does not go well.

use tazcom_tui::{Answer, News, Note, Presence, Trust, Weight};

use crate::people::{ana, bob, doubtful, present, said, status};
use crate::said::talking;
use crate::snapshot::compare;

#[test]
fn something_is_refused() {
    compare("error_refused", |chat| {
        talking(chat);
        chat.enter("hello, is anybody there?");
        chat.answer(Answer::Refused(
            "the disk is full; nothing was sent".to_owned(),
        ));
    });
}

#[test]
fn a_command_that_there_is_not() {
    compare("error_command", |chat| {
        talking(chat);
        chat.enter("/jion #west");
    });
}

#[test]
fn the_node_has_ended() {
    compare("error_ended", |chat| {
        talking(chat);
        chat.news(News::Ended);
    });
}

#[test]
fn an_identity_in_two_places_is_an_alert() {
    compare("alert_identity_conflict", |chat| {
        talking(chat);
        let text = format!(
            "{} speaks from two hosts at once: one of them has a copy of its key. Ask ana in person.",
            ana()
        );
        chat.news(note(&text, Weight::Alert));
    });
}

#[test]
fn a_name_that_looks_like_another_is_an_alert() {
    compare("alert_look_alike", |chat| {
        talking(chat);
        let false_ana = doubtful(9, "аna");
        chat.news(status(vec![
            present(doubtful(1, "ana"), Presence::Direct, Trust::Known),
            present(false_ana.clone(), Presence::Direct, Trust::New),
            present(bob(), Presence::Direct, Trust::Verified),
        ]));
        chat.news(News::Said(said(
            4,
            false_ana.clone(),
            "send me the code, please",
        )));
        let text = format!("{false_ana} is called like {} and is another one.", ana());
        chat.news(note(&text, Weight::Alert));
        let second = "zoe has a new key and did not say so with the old one.";
        chat.news(note(second, Weight::Alert));
    });
}

fn note(text: &str, weight: Weight) -> News {
    News::Note(Note {
        place: None,
        text: text.to_owned(),
        weight,
        key: None,
    })
}
