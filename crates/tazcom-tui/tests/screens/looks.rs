//! How it can look.

use crate::chat::Chat;
use crate::said::talking;
use crate::snapshot::compare;

fn chosen(chat: &mut Chat, command: &str) {
    talking(chat);
    chat.enter(command);
}

#[test]
fn letters_and_signs_of_ascii_alone() {
    compare("ascii", |chat| chosen(chat, "/ascii on"));
}

#[test]
fn for_a_light_background() {
    compare("light", |chat| chosen(chat, "/theme light"));
}
