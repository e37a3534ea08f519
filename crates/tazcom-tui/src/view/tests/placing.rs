//! Where things are.

use super::{Scene, called, drawn, lobby, said, text};
use crate::model::Overlay;
use crate::news::{Presence, Standing};
use crate::place::Place;
use crate::view::layout::{Hit, hit, panes};

fn with_people(width: u16, height: u16) -> Scene {
    Scene::new(width, height)
        .present(called(1, "ana"), Presence::Direct)
        .present(called(2, "bob"), Presence::Via(Some(called(1, "ana"))))
        .said(said(1, called(1, "ana"), "hello"))
}

#[test]
fn three_panes_stand_beside_each_other_from_100_columns_on() {
    let panes = panes(&with_people(100, 24).model);
    assert_eq!(panes.rooms.unwrap().width, 18);
    assert_eq!(panes.people.unwrap().width, 20);
    let wide = super::super::layout::panes(&with_people(200, 60).model);
    assert_eq!(wide.rooms.unwrap().width, 24);
    assert_eq!(wide.people.unwrap().width, 26);
}

#[test]
fn people_are_folded_at_80_columns_until_they_are_asked_for() {
    let mut scene = with_people(80, 24);
    let folded = panes(&scene.model);
    assert_eq!(folded.rooms.unwrap().width, 16);
    assert!(folded.people.is_none());
    scene.model.folds.people = Some(true);
    let asked = panes(&scene.model);
    assert!(asked.rooms.is_some() && asked.people.is_some());
    assert!(asked.timeline.width >= 24, "{asked:?}");
}

#[test]
fn where_only_one_pane_fits_beside_it_is_the_people_who_were_asked_for() {
    let mut scene = with_people(60, 24);
    scene.model.folds.people = Some(true);
    let panes = panes(&scene.model);
    assert!(panes.rooms.is_none() && panes.people.is_some());
    assert!(panes.timeline.width >= 24, "{panes:?}");
}

#[test]
fn a_pane_takes_the_place_of_the_timeline_below_60_columns() {
    let mut scene = with_people(40, 20);
    assert!(panes(&scene.model).rooms.is_none());
    scene.model.folds.rooms = Some(true);
    let rooms = panes(&scene.model);
    assert_eq!(rooms.rooms.unwrap().width, 40);
    assert!(rooms.timeline.is_empty());
    scene.model.folds.people = Some(true);
    assert_eq!(panes(&scene.model).people.unwrap().width, 40);
}

#[test]
fn what_is_typed_grows_to_six_rows_and_keeps_its_cursor_in_sight() {
    let scene = with_people(80, 24).typed("a\nb\nc\nd\ne\nf\ng\nh");
    assert_eq!(panes(&scene.model).input.height, 6);
    let rows = text(&drawn(&scene.model));
    assert!(rows.iter().any(|row| row.trim() == "h"), "{rows:#?}");
    assert!(
        !rows.iter().any(|row| row.contains("#lobby> a")),
        "{rows:#?}"
    );
}

#[test]
fn the_mouse_finds_what_is_drawn() {
    let scene = with_people(100, 24)
        .talk(Place::Room("#west".parse().unwrap()))
        .alert("ana is not who it says");
    let rows = text(&drawn(&scene.model));
    let at = |what: &str| -> (u16, u16) {
        let row = rows
            .iter()
            .skip(2)
            .position(|row| row.contains(what))
            .unwrap()
            + 2;
        let bytes = rows[row].find(what).unwrap();
        let column = rows[row][..bytes].chars().count();
        (column.try_into().unwrap(), row.try_into().unwrap())
    };
    let hit_at = |(column, row): (u16, u16)| hit(&scene.model, column, row);
    assert_eq!(hit_at(at("#west")), Some(Hit::Talk(1)));
    assert_eq!(hit_at(at("hello")), Some(Hit::Timeline));
    assert_eq!(hit_at((3, 0)), Some(Hit::Alert));
    let bob = at("bob via ana");
    // Ourselves, ana, bob.
    assert_eq!(hit_at(bob), Some(Hit::Person(2)));
    assert_eq!(
        super::super::people::at(&scene.model, 2),
        Some(called(2, "bob").id())
    );
    assert_eq!(hit_at((5, 21)), Some(Hit::Input));
}

#[test]
fn the_open_conversation_is_in_sight_among_many() {
    let mut scene = with_people(80, 24);
    for n in 0..60 {
        scene = scene.talk(Place::Room(format!("#room{n}").parse().unwrap()));
    }
    for open in [0, 30, 60] {
        scene.model.current = open;
        let name = scene.model.talks[open].about.place.to_string();
        let rows = text(&drawn(&scene.model));
        let pane = rows[1..21].iter().map(|row| row.split('│').next().unwrap());
        let shown = pane.into_iter().any(|row| row.contains(&name));
        assert!(shown, "{name}");
    }
}

#[test]
fn what_was_written_about_a_room_stands_behind_what_is_known() {
    let mut scene = with_people(80, 24);
    let about = &mut scene.model.talks[0].about;
    about.topic = Some(tazcom_chat::DisplayText::line(
        "| members only | ✓ verified",
        80,
    ));
    about.standing = Standing::In;
    let rows = text(&drawn(&scene.model));
    assert_eq!(
        rows[0].trim(),
        "#lobby | 3 here | topic: | members only | ✓ verified"
    );
}

#[test]
fn a_wide_sign_under_the_edge_of_what_lies_over_goes_with_it() {
    // The edge is in the middle of one of these for one of two widths.
    for width in 100..104 {
        let mut scene = Scene::new(width, 24);
        scene.model.folds.rooms = Some(false);
        scene.model.folds.people = Some(false);
        for n in 0..20 {
            scene = scene.said(said(n, called(1, "日本"), &"日本語".repeat(60)));
        }
        scene.model.overlay = Some(Overlay::Help { scroll: 0 });
        let buffer = drawn(&scene.model);
        let left = (width - 78) / 2;
        for y in 2..18 {
            let before = buffer.cell((left - 1, y)).unwrap().symbol();
            assert_eq!(crate::view::measure::columns(before), 1, "{before}");
            assert_eq!(buffer.cell((left, y)).unwrap().symbol(), "│");
        }
    }
}

#[test]
fn a_conversation_is_named_before_what_is_typed() {
    let scene = with_people(80, 24).typed("hello");
    assert_eq!(scene.model.talks[0].about.place, lobby());
    let rows = text(&drawn(&scene.model));
    assert!(
        rows.iter().any(|row| row.starts_with("#lobby> hello")),
        "{rows:#?}"
    );
}
