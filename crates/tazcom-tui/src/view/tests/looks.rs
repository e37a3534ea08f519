//! Nothing needs colours, and nothing needs more than ASCII.

use ratatui::style::Color;

use super::scenes::second;
use super::{NOON, Scene, called, drawn, said, text};
use crate::model::{Entry, Overlay};
use crate::news::{Comparison, Fate, Order, Presence, SaidId, Weight};
use crate::settings::Theme;

/// All that there is, in English.
fn scenes() -> Vec<Scene> {
    let talking = || {
        let mut own = said(3, called(0, "me"), "hello");
        own.own = true;
        own.fate = Some(Fate::Queued);
        let mut mention = said(4, called(1, "ana"), "me: hello");
        mention.mentions_us = true;
        mention.key_from = Some(called(2, "bob"));
        let mut action = said(5, called(2, "bob"), "waves");
        action.action = true;
        let mut scene = Scene::new(120, 40)
            .present(called(1, "ana"), Presence::Direct)
            .present(
                called(2, "a_rather_long_name_bob"),
                Presence::Via(Some(called(1, "ana"))),
            )
            .said(said(1, called(1, "ana"), "hello"))
            .said(own)
            .said(mention)
            .said(action)
            .note(Weight::Quiet, "ana is here now")
            .note(Weight::Alert, "two nodes call themselves ana")
            .item(
                Order(NOON.0, 0),
                Entry::Gap {
                    author: called(1, "ana"),
                    missing: None,
                    before: SaidId("5".into()),
                    asking: 2,
                },
            )
            .item(
                Order(NOON.0, 0),
                Entry::Reply {
                    at: second(9),
                    text: "that is so".to_owned(),
                },
            )
            .alert("two nodes call themselves ana");
        scene.model.talks[0].marker = Some(said(1, called(1, "ana"), "").order);
        scene.model.queued = 1;
        scene
    };
    let over = |overlay| {
        let mut scene = talking();
        scene.model.overlay = Some(overlay);
        scene
    };
    let emoji = [
        ("🐶", "dog"),
        ("🎩", "hat"),
        ("🍕", "pizza"),
        ("🌂", "umbrella"),
    ];
    vec![
        Scene::new(80, 24),
        talking(),
        over(Overlay::Help { scroll: 0 }),
        over(Overlay::Help { scroll: 60 }),
        over(Overlay::Doctor { scroll: 0 }),
        over(Overlay::Verify {
            with: called(1, "ana"),
            comparison: Some(Comparison {
                with: called(1, "ana"),
                emoji: emoji
                    .map(|(sign, name)| (sign.to_owned(), name.to_owned()))
                    .into(),
                numbers: [1234, 5678, 9012],
            }),
            said_same: false,
            offered: false,
            typed: "ye".to_owned(),
        }),
        over(Overlay::Secret {
            question: "The passphrase of +ops".to_owned(),
            typed: "secret".to_owned().into(),
            room: "ops".to_owned(),
        }),
    ]
}

#[test]
fn in_ascii_everything_is_ascii_but_what_people_write() {
    for scene in scenes() {
        let scene = scene.look(Theme::Dark, true);
        for row in text(&drawn(&scene.model)) {
            assert!(row.is_ascii(), "{row}");
        }
    }
}

#[test]
fn what_people_write_stays_as_it_is_in_ascii() {
    let scene = Scene::new(80, 24)
        .said(said(1, called(1, "zoë"), "grüße"))
        .look(Theme::Dark, true);
    let rows = text(&drawn(&scene.model));
    assert!(
        rows.iter().any(|row| row.contains("zoë | grüße")),
        "{rows:#?}"
    );
}

#[test]
fn without_colours_no_cell_has_one() {
    for scene in scenes() {
        let mut scene = scene.look(Theme::Dark, false);
        scene.model.look.colour = false;
        let buffer = drawn(&scene.model);
        let colours = buffer.content().iter().map(|cell| (cell.fg, cell.bg));
        assert!(
            colours
                .into_iter()
                .all(|colour| colour == (Color::Reset, Color::Reset))
        );
    }
}

#[test]
fn the_mono_theme_is_as_without_colours() {
    for (chosen, forced) in scenes().into_iter().zip(scenes()) {
        let chosen = chosen.look(Theme::Mono, false);
        let mut forced = forced.look(Theme::Light, false);
        forced.model.look.colour = false;
        assert_eq!(drawn(&chosen.model), drawn(&forced.model));
    }
}

#[test]
fn colours_change_no_sign() {
    for (coloured, plain) in scenes().into_iter().zip(scenes()) {
        let coloured = coloured.look(Theme::Light, false);
        let plain = plain.look(Theme::Mono, false);
        assert_eq!(text(&drawn(&coloured.model)), text(&drawn(&plain.model)));
    }
}

#[test]
fn a_secret_is_not_shown() {
    let scene = scenes().pop().unwrap();
    let rows = text(&drawn(&scene.model));
    assert!(!rows.iter().any(|row| row.contains("secret")), "{rows:#?}");
    assert!(rows.iter().any(|row| row.contains("> ••••••")), "{rows:#?}");
}

#[test]
fn an_alert_begins_with_its_mark_and_ends_with_its_key_in_every_look() {
    let long = "two nodes call themselves ana, and one of them is not the one you know ".repeat(9);
    for (theme, ascii) in [
        (Theme::Dark, false),
        (Theme::Light, true),
        (Theme::Mono, true),
    ] {
        for width in [20, 40, 80, 200] {
            for text_of in ["short", "this is exactly right", long.as_str()] {
                let scene = Scene::new(width, 24).alert(text_of).look(theme, ascii);
                let rows = text(&drawn(&scene.model));
                assert!(rows[0].starts_with("!! "), "{rows:#?}");
                let ends = rows.iter().take(3).filter(|row| row.ends_with("[F8]"));
                assert_eq!(ends.count(), 1, "{rows:#?}");
            }
        }
    }
}
