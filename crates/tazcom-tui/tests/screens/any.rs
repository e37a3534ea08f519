//! Whatever is pressed, told and resized, it can be drawn.

use proptest::prelude::*;
use tazcom_tui::{Input, KeyCode, News};

use crate::chat::{Chat, Look};
use crate::people::{ana, bob, private, said, three_peers};
use crate::said::HOSTILE;

/// Something that happens.
#[derive(Clone, Debug)]
enum Happening {
    Key(KeyCode),
    Control(char),
    Alt(char),
    Typed(&'static str),
    Pasted(String),
    /// One of the hostile texts is said.
    Said(usize),
    Resized(u16, u16),
    People,
    Ended,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let keys = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Backspace,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::F(1),
        KeyCode::F(2),
        KeyCode::F(3),
        KeyCode::F(4),
        KeyCode::F(8),
        KeyCode::Char('y'),
        KeyCode::Char('日'),
    ]);
    let words = prop::sample::select(vec![
        "/",
        "/verify bob",
        "/enter ops",
        "/me ",
        "/jion",
        "@a",
    ]);
    let one = prop_oneof![
        8 => keys.prop_map(Happening::Key),
        1 => prop::sample::select(vec!['n', 'p', 'u', 'w', 'j', 'l']).prop_map(Happening::Control),
        1 => prop::sample::select(vec!['1', '2', 'a', 'b']).prop_map(Happening::Alt),
        2 => words.prop_map(Happening::Typed),
        2 => "\\PC{0,40}\n?\\PC{0,40}".prop_map(Happening::Pasted),
        4 => (0..HOSTILE.len()).prop_map(Happening::Said),
        2 => (1_u16..=250, 1_u16..=100).prop_map(|(width, height)| Happening::Resized(width, height)),
        1 => Just(Happening::People),
    ];
    let end = prop::option::weighted(0.1, Just(Happening::Ended));
    (prop::collection::vec(one, 1..40), end).prop_map(|(mut all, end)| {
        all.extend(end);
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_can_always_be_drawn(happenings in happenings()) {
        let mut chat = Chat::begin((80, 24), Look::Colour);
        chat.ready().news(News::Conversation(private()));
        for (minute, happening) in happenings.into_iter().enumerate() {
            match happening {
                Happening::Key(code) => chat.key(code),
                Happening::Control(c) => chat.control(c),
                Happening::Alt(c) => chat.alt(c),
                Happening::Typed(text) => chat.typed(text),
                Happening::Pasted(text) => chat.input(Input::Paste(text)),
                Happening::Said(which) => {
                    let author = if which % 2 == 0 { ana() } else { bob() };
                    chat.news(News::Said(said(minute as u64, author, HOSTILE[which])))
                }
                Happening::Resized(width, height) => chat.resize(width, height),
                Happening::People => chat.news(three_peers()),
                Happening::Ended => chat.news(News::Ended),
            };
            let drawn = chat.drawn();
            prop_assert!(drawn.content().iter().any(|cell| cell.symbol() != " "));
        }
    }
}
