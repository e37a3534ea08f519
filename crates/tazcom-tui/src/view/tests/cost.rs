//! What is not seen costs nothing.

use ratatui::layout::Rect;

use super::{Scene, called, said};
use crate::model::Scroll;
use crate::view::timeline::seen;

/// As many lines as a conversation holds.
const MANY: u64 = 100_000;

#[test]
fn only_what_is_seen_of_many_lines_is_worked_out() {
    let area = Rect::new(0, 0, 60, 30);
    let mut scene = Scene::new(80, 34);
    let ana = called(1, "ana");
    for n in 0..MANY {
        scene = scene.said(said(n, ana.clone(), "hello"));
    }
    let middle = Scroll::At {
        index: 50_000,
        row: 0,
    };
    for scroll in [Scroll::End, middle, Scroll::At { index: 0, row: 0 }] {
        scene.model.talks[0].scroll = scroll;
        let talk = &scene.model.talks[0];
        let seen = seen(&scene.model, talk, area);
        assert_eq!(seen.rows.len(), 30, "{scroll:?}");
        assert!(seen.items <= 31, "{scroll:?}: {} items", seen.items);
    }
}

#[test]
fn the_lowest_row_is_the_one_scrolled_to() {
    let area = Rect::new(0, 0, 60, 4);
    let mut scene = Scene::new(80, 24);
    for n in 0..20 {
        scene = scene.said(said(n, called(1, "ana"), &format!("first {n}\nsecond {n}")));
    }
    scene.model.talks[0].scroll = Scroll::At { index: 10, row: 0 };
    let seen = seen(&scene.model, &scene.model.talks[0], area);
    let rows: Vec<String> = seen.rows.iter().map(ToString::to_string).collect();
    let ends = ["second 8", "first 9", "second 9", "first 10"];
    for (row, end) in rows.iter().zip(ends) {
        assert!(row.ends_with(end), "{rows:#?}");
    }
}

#[test]
fn at_the_beginning_the_room_below_is_used() {
    let area = Rect::new(0, 0, 60, 6);
    let mut scene = Scene::new(80, 24);
    for n in 0..20 {
        scene = scene.said(said(n, called(1, "ana"), &format!("first {n}\nsecond {n}")));
    }
    scene.model.talks[0].scroll = Scroll::At { index: 0, row: 1 };
    let seen = seen(&scene.model, &scene.model.talks[0], area);
    let rows: Vec<String> = seen.rows.iter().map(ToString::to_string).collect();
    // The day is a row of the first.
    let ends = [
        "2026 ──",
        "first 0",
        "second 0",
        "first 1",
        "second 1",
        "first 2",
    ];
    assert_eq!(rows.len(), ends.len());
    for (row, end) in rows.iter().zip(ends) {
        assert!(row.ends_with(end), "{rows:#?}");
    }
}
