//! Whose line a line is can be seen in its first columns, whatever is written in it.

use ratatui::layout::Position;

use super::scenes::{HOSTILE, HOSTILE_NAMES};
use super::{Scene, called, drawn, said, text};
use crate::model::Model;
use crate::news::{Fate, Presence, Weight};
use crate::view::layout::panes;

/// Columns of the rooms pane and its border at 80 columns.
const ROOMS: usize = 17;

/// Of what stands before the words in 63 columns: the margin, the time, the name.
const BEFORE: usize = 1 + 6 + 12;

/// The columns of a row from one on.
fn from(row: &str, column: usize) -> String {
    row.chars().skip(column).collect()
}

fn rows_of(scene: Scene) -> Vec<String> {
    let buffer = drawn(&scene.model);
    // Title above; input, status and keys below.
    let rows = text(&buffer);
    let end = rows.len() - 3;
    rows[1..end].iter().map(|row| from(row, ROOMS)).collect()
}

#[test]
fn words_stand_behind_a_bar_on_every_row() {
    for words in HOSTILE {
        let scene = Scene::new(80, 60).said(said(1, called(1, "ana"), words));
        let rows = rows_of(scene);
        let day = rows
            .iter()
            .position(|row| row.starts_with("── Wednesday 25 November 2026 ──"))
            .unwrap();
        let (first, rest) = rows[day + 1..].split_first().unwrap();
        assert!(first.starts_with(" 14:02          ana │ "), "{first:?}");
        for row in rest {
            let (before, behind) = row.split_at(BEFORE);
            assert!(before.chars().all(|c| c == ' '), "{row:?}");
            assert!(behind.starts_with(" │ "), "{row:?}");
        }
    }
}

#[test]
fn no_name_looks_like_the_mark_of_the_program() {
    for name in [
        "-- a", "--", "!!1", "!! 1", ":: 1", "-", "!", "*", "* ana", "│ 1",
    ] {
        let scene = Scene::new(80, 24).said(said(1, called(1, name), "hello"));
        let rows = rows_of(scene);
        let row = rows.last().unwrap();
        for mark in ["-- ", "!  ", "!! ", ":: ", "* "] {
            assert!(!from(row, 7).starts_with(mark), "{name:?}: {row:?}");
        }
        assert_eq!(from(row, BEFORE).chars().nth(1), Some('│'), "{row:?}");
    }
}

#[test]
fn the_program_begins_where_names_do() {
    let scene = Scene::new(80, 24)
        .note(Weight::Quiet, "ana is here now")
        .note(Weight::Warning, "that went wrong")
        .note(Weight::Alert, "that is not ana");
    let rows = rows_of(scene);
    let last: Vec<&str> = rows
        .iter()
        .rev()
        .take(3)
        .rev()
        .map(|row| row.trim_end())
        .collect();
    assert_eq!(
        last,
        [
            " 14:02 -- ana is here now",
            " 14:02 !  that went wrong",
            " 14:02 !! that is not ana"
        ]
    );
}

#[test]
fn a_tag_is_never_cut_from_a_name_in_doubt() {
    let doubtful = tazcom_chat::DisplayName::told(
        called(1, "ana").id(),
        Some("a_very_long_name_of_ana"),
        true,
    );
    let tag = format!("~{}", doubtful.id().short());
    let before = [
        (30, "a_ve", 5),
        (40, "a_ve", 5),
        (60, "a_ve", 5),
        (80, "a_very…", 5),
        (100, "a_very…", 5),
        (200, "a_ve…", 9),
    ];
    for (width, name, len) in before {
        let tag = &tag[..len];
        let scene = Scene::new(width, 24)
            .present(doubtful.clone(), Presence::Direct)
            .said(said(1, doubtful.clone(), "hello"));
        let rows = text(&drawn(&scene.model));
        assert!(
            rows.iter()
                .any(|row| row.contains(&format!("{name}{tag} │ hello"))),
            "{rows:#?}"
        );
    }
}

#[test]
fn four_letters_of_a_name_in_doubt_are_left_before_its_tag() {
    let doubtful = |name| tazcom_chat::DisplayName::told(called(1, "ana").id(), Some(name), true);
    let id = doubtful("x").id().short().to_string();
    let (tag, short) = (format!("~{id}"), format!("~{}", &id[..4]));
    for (name, limit, shown) in [
        ("anastasia", 18, format!("anastasia{tag}")),
        ("anastasia", 17, format!("anastas…{tag}")),
        ("anastasia", 14, format!("anas…{tag}")),
        ("anastasia", 13, format!("anastas…{short}")),
        ("anastasia", 10, format!("anas…{short}")),
        ("anastasia", 9, format!("anas{short}")),
        ("anastasia", 8, tag[..8].to_owned()),
        ("ana", 12, format!("ana{tag}")),
        ("ana", 11, format!("ana{short}")),
        ("ana", 8, format!("ana{short}")),
    ] {
        let name = crate::view::measure::name(&doubtful(name), limit, "…");
        assert_eq!(name, shown, "{limit}");
    }
}

#[test]
fn a_line_of_ours_ends_with_its_fate() {
    let fates = [
        (Fate::Queued, "hello …"),
        (Fate::Sent, "hello →"),
        (
            Fate::Reached {
                reached: 14,
                of: 17,
                missing: Vec::new(),
            },
            "hello ✓ 14/17",
        ),
        (Fate::Delivered, "hello ✓"),
        (Fate::Failed("too long".to_owned()), "hello ✗ too long"),
    ];
    for (fate, shown) in fates {
        let mut own = said(1, called(0, "me"), "hello");
        own.own = true;
        own.fate = Some(fate);
        let rows = rows_of(Scene::new(80, 24).said(own));
        assert!(
            rows.last().unwrap().trim_end().ends_with(shown),
            "{rows:#?}"
        );
    }
}

#[test]
fn nobody_else_gives_a_line_a_fate() {
    let mut theirs = said(1, called(1, "ana"), "hello");
    theirs.fate = Some(Fate::Delivered);
    let rows = rows_of(Scene::new(80, 24).said(theirs));
    assert!(rows.last().unwrap().trim_end().ends_with("│ hello"));
}

/// Whether two screens are the same but for what is in an area.
fn assert_same_outside(area: ratatui::layout::Rect, one: &Model, other: &Model) {
    let (one, other) = (drawn(one), drawn(other));
    for Position { x, y } in one.area().positions() {
        if !area.contains(Position::new(x, y)) {
            assert_eq!(one.cell((x, y)), other.cell((x, y)), "at {x}, {y}");
        }
    }
}

#[test]
fn words_change_nothing_outside_the_timeline() {
    for (width, height) in [(80, 24), (120, 30), (40, 20)] {
        for words in HOSTILE {
            let scene = |words| Scene::new(width, height).said(said(1, called(1, "ana"), words));
            let (usual, hostile) = (scene("hello").model, scene(words).model);
            assert_same_outside(panes(&usual).timeline, &usual, &hostile);
        }
    }
}

#[test]
fn names_change_nothing_outside_their_pane() {
    for name in HOSTILE_NAMES {
        let scene = |name| Scene::new(120, 30).present(called(1, name), Presence::Direct);
        let (usual, hostile) = (scene("ana").model, scene(name).model);
        assert_same_outside(panes(&usual).people.unwrap(), &usual, &hostile);
    }
}
