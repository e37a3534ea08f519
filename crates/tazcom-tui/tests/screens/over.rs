//! What lies over the conversation.

use tazcom_tui::{Answer, Comparison, KeyCode, News};

use crate::people::{alone, bob};
use crate::said::talking;
use crate::snapshot::compare;

#[test]
fn help() {
    compare("help", |chat| {
        talking(chat);
        chat.key(KeyCode::F(1));
    });
}

#[test]
fn the_doctor_says_what_to_do() {
    compare("doctor_hint", |chat| {
        chat.ready().news(alone()).key(KeyCode::F(2));
    });
}

#[test]
fn commands_are_offered() {
    compare("palette", |chat| {
        talking(chat);
        chat.typed("/").key(KeyCode::Down);
    });
}

#[test]
fn who_somebody_is() {
    compare("text", |chat| {
        talking(chat);
        chat.enter("/whois bob");
        let text = "bob~ZSm_sgNb\nid: ZSm_sgNb0000\nverified on 24 November 2026\nreached directly";
        chat.answer(Answer::Text(text.to_owned()));
    });
}

#[test]
fn a_passphrase_is_not_shown() {
    compare("secret", |chat| {
        talking(chat);
        chat.enter("/enter cellar").typed("correct horse");
    });
}

#[test]
fn it_asks_before_it_ends() {
    compare("confirm", |chat| {
        talking(chat);
        chat.control('c');
    });
}

#[test]
fn somebody_is_verified() {
    compare("verification", |chat| {
        talking(chat);
        chat.enter("/verify bob").news(News::Compare(comparison()));
    });
}

#[test]
fn somebody_is_waited_for_to_be_verified() {
    compare("verification_waits", |chat| {
        talking(chat);
        chat.enter("/verify bob");
    });
}

#[test]
fn somebody_wants_to_be_verified() {
    compare("verification_asked", |chat| {
        talking(chat);
        chat.news(News::ComparisonAsked(bob()));
    });
}

fn comparison() -> Comparison {
    let emoji = [
        ("🐶", "dog"),
        ("🎩", "hat"),
        ("🍕", "pizza"),
        ("☂️", "umbrella"),
        ("🔑", "key"),
        ("🚂", "train"),
        ("❤️", "heart"),
    ];
    Comparison {
        with: bob(),
        emoji: emoji
            .map(|(sign, name)| (sign.to_owned(), name.to_owned()))
            .into(),
        numbers: [1234, 5678, 9012],
    }
}
