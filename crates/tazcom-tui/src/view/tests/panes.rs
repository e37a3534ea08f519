//! The panes beside the timeline.

use tazcom_chat::DisplayText;
use tazcom_proto::inner::SealedRoomId;

use super::{Scene, called, drawn, text};
use crate::news::{Member, Presence, Standing, Trust};
use crate::place::Place;

/// The rows of the rooms pane at 80 columns.
fn rooms(scene: &Scene) -> Vec<String> {
    let rows = text(&drawn(&scene.model));
    let pane = rows
        .iter()
        .skip(1)
        .take(20)
        .map(|row| row.chars().take(16).collect());
    pane.collect()
}

/// The rows of the people pane at 120 columns, which has the last 24.
fn people(scene: &Scene) -> Vec<String> {
    let rows = text(&drawn(&scene.model));
    let end = rows.len() - 3;
    let pane = rows
        .iter()
        .take(end)
        .skip(1)
        .map(|row| row.chars().skip(96).collect::<String>());
    pane.map(|row| row.trim_end().to_owned())
        .filter(|row| !row.is_empty())
        .collect()
}

#[test]
fn conversations_are_numbered_and_stand_under_their_kind() {
    let scene = Scene::new(80, 24)
        .present(called(1, "ana"), Presence::Direct)
        .talk(Place::Room("#west".parse().unwrap()))
        .talk(Place::Person(called(1, "ana").id()))
        .talk(Place::Private(SealedRoomId([7; 16])));
    let mut scene = scene;
    scene.model.talks[3].about.name = Some(DisplayText::line("ops", 24));
    let shown: Vec<String> = rooms(&scene).into_iter().take(7).collect();
    let expected = [
        "rooms           ",
        "1 #lobby        ",
        "2 #west         ",
        "people          ",
        "3 ●ana          ",
        "private         ",
        "4 +ops          ",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn what_is_new_is_counted_and_what_is_for_us_has_a_mark() {
    let mut scene = Scene::new(80, 24);
    for name in ["#a", "#b", "#c", "#d", "#e"] {
        scene = scene.talk(Place::Room(name.parse().unwrap()));
    }
    let talks = &mut scene.model.talks;
    talks[1].unread = 3;
    (talks[2].unread, talks[2].mentions) = (3, 1);
    (talks[3].unread, talks[3].muted) = (1000, true);
    talks[4].about.standing = Standing::Invited;
    let shown: Vec<String> = rooms(&scene).into_iter().skip(2).take(5).collect();
    let expected = [
        "2 #a           3",
        "3 #b          3!",
        "4 #c       999+m",
        "5 #d           ?",
        "6 #e            ",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn the_nearest_people_come_first_and_what_is_known_of_them_stands_before() {
    let mut scene = Scene::new(120, 24)
        .present(called(1, "zoe"), Presence::Via(Some(called(3, "bob"))))
        .present(called(2, "eve"), Presence::Direct)
        .present(called(3, "bob"), Presence::Direct);
    scene.model.talks[0].about.members.clear();
    scene.model.status.present[1].trust = Trust::Blocked;
    scene.model.status.present[2].trust = Trust::Verified;
    let expected = [
        "4 here",
        "  ● me (you)",
        "✓ ● bob",
        "  ○ zoe via bob",
        "✗ ● eve",
    ];
    assert_eq!(people(&scene), expected);
}

#[test]
fn of_a_private_room_the_members_are_shown_and_who_lets_others_in() {
    let mut scene = Scene::new(120, 24)
        .present(called(1, "ana"), Presence::Direct)
        .present(called(2, "bob"), Presence::Direct)
        .talk(Place::Private(SealedRoomId([7; 16])));
    scene.model.current = 1;
    scene.model.talks[1].about.members = [(0, "me", false), (2, "bob", true), (3, "zoe", false)]
        .map(|(n, name, admin)| Member {
            who: called(n, name),
            admin,
        })
        .into();
    let expected = ["2 here", "  ● me (you)", " @● bob", "  · zoe"];
    assert_eq!(people(&scene), expected);
}

#[test]
fn people_who_do_not_fit_are_counted() {
    let mut scene = Scene::new(120, 24);
    for n in 10..60 {
        scene = scene.present(called(n, &format!("ana{n}")), Presence::Direct);
    }
    let rows = people(&scene);
    assert_eq!(rows.len(), 20);
    // Ourselves, fifty, and zoe who is not here; a row for the heading and one for this.
    assert_eq!(rows.last().unwrap(), "+34 more");
}

#[test]
fn what_is_new_out_of_sight_is_told_at_the_edge() {
    let mut scene = Scene::new(80, 24);
    for n in 10..60 {
        scene = scene.talk(Place::Room(format!("#room{n}").parse().unwrap()));
    }
    scene.model.current = 25;
    assert_eq!(rooms(&scene)[0].trim(), "#room24");
    for talk in [0, 50] {
        scene.model.talks[talk].unread = 1;
    }
    scene.model.talks[49].mentions = 1;
    let shown = rooms(&scene);
    assert_eq!(shown[0].trim(), "↑ new in 1");
    assert_eq!(shown[19].trim(), "↓ new in 2!");
    // What is seen tells of itself.
    scene.model.talks[0].unread = 0;
    scene.model.talks[20].unread = 1;
    assert_ne!(rooms(&scene)[0].trim(), "↑ new in 1");
}
