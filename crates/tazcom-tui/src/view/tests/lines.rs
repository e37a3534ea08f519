//! The lines of the program: status, title, keys, gaps, days.

use tazcom_chat::DisplayText;
use tazcom_proto::inner::SealedRoomId;

use super::scenes::second;
use super::{NOON, Scene, called, drawn, said, text};
use crate::model::{Entry, Past, Scroll};
use crate::news::{Order, Presence, SaidId, Trust};
use crate::place::Place;

fn row(scene: &Scene, from_bottom: usize) -> String {
    let rows = text(&drawn(&scene.model));
    rows[rows.len() - from_bottom].trim().to_owned()
}

/// The line above the keys.
fn status(scene: &Scene) -> String {
    row(scene, 2)
}

fn keys(scene: &Scene) -> String {
    row(scene, 1)
}

fn crowd(width: u16) -> Scene {
    let mut scene = Scene::new(width, 24)
        .present(called(1, "ana"), Presence::Direct)
        .present(called(2, "bob"), Presence::Direct)
        .present(called(3, "zoe"), Presence::Via(Some(called(2, "bob"))));
    scene.model.status.interfaces.push("eth0".to_owned());
    scene.model.queued = 1;
    scene.model.attached = true;
    scene
}

#[test]
fn the_status_says_who_is_there_over_what_and_what_waits() {
    let status = status(&crowd(80));
    assert_eq!(
        status,
        "3 peers (2 direct, 1 via bob) | wlan0, eth0 | 1 queued | attached"
    );
}

#[test]
fn the_status_drops_what_does_not_fit_the_least_important_first() {
    let table = [
        (
            66,
            "3 peers (2 direct, 1 via bob) | wlan0, eth0 | 1 queued | attached",
        ),
        (65, "3 peers (2 direct, 1 via bob) | wlan0, eth0 | 1 queued"),
        (54, "3 peers (2 direct, 1 via bob) | wlan0, eth0"),
        (30, "3 peers (2 direct, 1 via bob)"),
        (24, "3 peers (2 direct, 1 v…"),
    ];
    for (width, line) in table {
        assert_eq!(status(&crowd(width)), line);
    }
}

#[test]
fn the_status_of_who_is_alone_names_the_doctor() {
    assert_eq!(
        status(&Scene::new(80, 24)),
        "nobody yet | wlan0 | F2 doctor"
    );
}

#[test]
fn the_status_of_a_node_that_has_ended_says_so() {
    let mut scene = crowd(80);
    scene.model.ended = true;
    assert_eq!(status(&scene), "the node has ended | /quit");
}

#[test]
fn neighbours_are_named_up_to_two() {
    let over = |names: &[&str]| {
        let mut scene = Scene::new(80, 24);
        for (n, name) in names.iter().enumerate() {
            let n = u32::try_from(n).unwrap();
            let over = Presence::Via(Some(called(10 + n, name)));
            scene = scene.present(called(20 + n, "zoe"), over);
        }
        status(&scene)
    };
    assert_eq!(over(&["bob"]), "1 peer (1 via bob) | wlan0");
    assert_eq!(over(&["bob", "ana"]), "2 peers (2 via bob, ana) | wlan0");
    assert_eq!(
        over(&["bob", "ana", "eve"]),
        "3 peers (3 via others) | wlan0"
    );
}

#[test]
fn what_is_below_is_said_when_it_is_not_seen() {
    let mut scene = crowd(120);
    for n in 0..50 {
        scene = scene.said(said(n, called(1, "ana"), "hello"));
    }
    assert!(!status(&scene).contains("more below"));
    scene.model.talks[0].scroll = Scroll::At { index: 30, row: 0 };
    assert!(status(&scene).contains("more below (Ctrl-End)"));
    assert!(
        keys(&scene).starts_with("Ctrl-End newest"),
        "{}",
        keys(&scene)
    );
}

#[test]
fn the_keys_are_those_that_do_something_now() {
    let scene = crowd(80);
    assert_eq!(
        keys(&scene),
        "F1 help  F2 doctor  F3 rooms  F4 people  Ctrl-C quit"
    );
    let scene = scene.typed("hello");
    assert!(keys(&scene).starts_with("Enter send  Alt-Enter new line"));
    let scene = scene.alert("ana is not who it says");
    assert!(keys(&scene).starts_with("F8 alert seen"));
    let mut scene = crowd(80).talk(Place::Room("#west".parse().unwrap()));
    assert!(!keys(&scene).contains("Alt-A"));
    scene.model.talks[1].unread = 1;
    assert!(keys(&scene).contains("Alt-A next new"));
}

#[test]
fn a_private_room_says_who_can_read_it() {
    let mut scene = crowd(80).talk(Place::Private(SealedRoomId([7; 16])));
    scene.model.current = 1;
    let title = |scene: &Scene| text(&drawn(&scene.model))[0].trim().to_owned();
    scene.model.talks[1].about.name = Some(DisplayText::line("ops", 24));
    assert_eq!(title(&scene), "+ops | members only | 1 in it, 1 here");
    let about = &mut scene.model.talks[1].about;
    about.passphrase = true;
    // Whoever names it cannot say so in its place.
    about.name = Some(DisplayText::line("ops | members only", 24));
    assert_eq!(
        title(&scene),
        "+ops / members only | passphrase | 1 in it, 1 here"
    );
}

#[test]
fn a_conversation_with_somebody_says_whether_that_was_made_sure() {
    let mut scene = crowd(80).talk(Place::Person(called(3, "zoe").id()));
    scene.model.current = 1;
    let title = |scene: &Scene| text(&drawn(&scene.model))[0].trim().to_owned();
    assert_eq!(title(&scene), "@zoe | not verified | via bob");
    scene.model.status.present[2].trust = Trust::Verified;
    assert_eq!(title(&scene), "@zoe | ✓ verified | via bob");
    // Nothing is known about the name of who is not here: it has its tag.
    scene.model.status.present.clear();
    scene.model.talks[1].about.name = Some(DisplayText::line("zoe", 24));
    let tag = called(3, "zoe").id().short();
    assert_eq!(
        title(&scene),
        format!("@zoe~{tag} | not verified | not here")
    );
}

#[test]
fn a_gap_says_how_much_is_missing_and_who_is_asked() {
    let gap = |missing, asking| {
        let entry = Entry::Gap {
            author: called(1, "ana"),
            missing,
            before: SaidId("1".into()),
            asking,
        };
        row(&Scene::new(120, 24).item(Order(NOON.0, 0), entry), 4)
    };
    let table = [
        (Some(3), 2, "3 messages from ana missing, asking 2 peers --"),
        (Some(1), 1, "1 message from ana missing, asking 1 peer --"),
        (
            None,
            0,
            "more than 9999 messages from ana missing, nobody to ask --",
        ),
    ];
    for (missing, asking, end) in table {
        let row = gap(missing, asking);
        assert!(row.contains(&format!("-- {end}")), "{row}");
    }
}

#[test]
fn each_day_begins_with_its_name() {
    const DAY: u64 = 86_400;
    let mut scene = Scene::new(80, 24);
    for (n, at) in [0, 1, DAY, 3 * DAY].into_iter().enumerate() {
        let mut said = said(n as u64, called(1, "ana"), "hello");
        said.at = second(at);
        scene = scene.said(said);
    }
    let rows = text(&drawn(&scene.model));
    let days: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.split("│── ").nth(1))
        .map(|row| row.split(" ──").next().unwrap().trim_end())
        .collect();
    let named = [
        "Wednesday 25 November 2026",
        "Thursday 26 November 2026",
        "Saturday 28 November 2026",
    ];
    assert_eq!(days, named);
}

#[test]
fn a_time_that_no_calendar_has_is_shown_as_none() {
    let mut said = said(1, called(1, "ana"), "hello");
    said.at = tazcom_proto::UnixMillis(u64::MAX);
    let row = row(&Scene::new(80, 24).said(said), 4);
    assert!(row.contains("--:--          ana │ hello"), "{row}");
}

#[test]
fn what_is_new_begins_behind_the_marker() {
    let mut scene = Scene::new(80, 24);
    for n in 0..4 {
        scene = scene.said(said(n, called(1, "ana"), &format!("hello {n}")));
    }
    scene.model.talks[0].marker = Some(second(1)).map(|at| Order(at.0, 0));
    let rows = text(&drawn(&scene.model));
    let at = rows
        .iter()
        .position(|row| row.contains("── new ──"))
        .unwrap();
    assert!(
        rows[at - 1].contains("hello 1") && rows[at + 1].contains("hello 2"),
        "{rows:#?}"
    );
    // What we say ourselves is not new to us.
    scene.model.talks[0].marker = Some(second(3)).map(|at| Order(at.0, 0));
    let mut own = said(4, called(0, "me"), "mine");
    own.own = true;
    let rows = text(&drawn(&scene.said(own).model));
    assert!(
        !rows.iter().any(|row| row.contains("── new ──")),
        "{rows:#?}"
    );
}

#[test]
fn the_beginning_says_whether_there_may_be_more() {
    let mut scene = Scene::new(80, 24).said(said(1, called(1, "ana"), "hello"));
    let says = |scene: &Scene, what: &str| {
        text(&drawn(&scene.model))
            .iter()
            .any(|row| row.contains(what))
    };
    assert!(!says(&scene, "looks up"));
    scene.model.talks[0].past = Past::More;
    assert!(says(&scene, "-- PgUp looks up what was said before"));
}
