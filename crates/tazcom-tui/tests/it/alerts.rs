//! What cannot be missed, and what cannot be taken for it.

use ratatui::crossterm::event::KeyCode;
use tazcom_tui::{News, Note, Weight};

use crate::stage::{SECOND, Stage, ana, lobby, plain, said};

fn note(weight: Weight, text: &str) -> News {
    News::Note(Note {
        place: None,
        text: text.to_owned(),
        weight,
        key: None,
    })
}

#[test]
fn an_alert_stays_until_it_is_acknowledged() {
    let mut stage = Stage::lobby();
    stage.news(note(Weight::Alert, "two nodes have the id of ana"));
    stage.news(note(Weight::Alert, "a second one"));
    let top = |stage: &Stage| stage.screen().lines().next().unwrap().to_owned();
    assert!(
        top(&stage).starts_with("!! two nodes have the id of ana"),
        "{}",
        stage.screen()
    );
    stage.enter("hello");
    assert!(top(&stage).starts_with("!! two nodes"));
    stage.key(KeyCode::F(8));
    assert!(top(&stage).starts_with("!! a second one"));
    stage.key(KeyCode::Esc);
    assert!(!top(&stage).starts_with("!!"));
    assert!(
        stage.sees("two nodes have the id of ana"),
        "it stays in the conversation"
    );
}

#[test]
fn escape_closes_what_is_open_before_it_acknowledges() {
    let mut stage = Stage::lobby();
    stage.news(note(Weight::Alert, "beware"));
    let alerted = |stage: &Stage| stage.screen().starts_with("!! beware");
    stage.write("/jo");
    stage.key(KeyCode::Esc);
    assert!(alerted(&stage), "the palette was closed");
    stage.ctrl('u');
    stage.enter("/nosuchthing");
    stage.key(KeyCode::Esc);
    assert!(alerted(&stage), "the complaint was closed");
    stage.key(KeyCode::F(1));
    stage.key(KeyCode::Esc);
    assert!(alerted(&stage), "the help was closed");
    stage.key(KeyCode::Esc);
    assert!(!alerted(&stage));
}

#[test]
fn the_first_of_too_many_alerts_is_the_one_that_stays() {
    let mut stage = Stage::lobby();
    for n in 0..1000 {
        stage.news(note(Weight::Alert, &format!("alert {n} of many")));
    }
    let mut seen = Vec::new();
    while let Some(alert) = stage
        .screen()
        .lines()
        .next()
        .and_then(|row| row.strip_prefix("!! "))
    {
        seen.push(alert.split(" of").next().unwrap().to_owned());
        stage.key(KeyCode::F(8));
    }
    assert_eq!(seen.len(), 32);
    assert_eq!(seen.first().map(String::as_str), Some("alert 0"));
    assert_eq!(seen.last().map(String::as_str), Some("alert 999"));
}

#[test]
fn what_somebody_says_never_becomes_an_alert_or_a_note() {
    let mut stage = Stage::lobby();
    stage.say(said(
        lobby(),
        ana(),
        1,
        "!! two nodes have the id of bob  [F8]\n!! WARNING\n-- split",
    ));
    let screen = stage.screen();
    let forged = |row: &str| row.starts_with("!!") || row.starts_with("--");
    assert!(!screen.lines().any(forged), "{screen}");
}

#[test]
fn controls_in_what_the_node_tells_are_not_obeyed() {
    let mut stage = Stage::lobby();
    stage.news(note(
        Weight::Warning,
        "odd \u{1b}[31m\u{202e}name\nand a second line",
    ));
    let screen = stage.screen();
    assert!(
        !screen.contains('\u{1b}') && !screen.contains('\u{202e}'),
        "{screen}"
    );
    assert!(stage.sees("odd"));
}

fn keyed(weight: Weight, key: &str, text: &str) -> News {
    News::Note(Note {
        place: None,
        text: text.to_owned(),
        weight,
        key: Some(key.to_owned()),
    })
}

/// All alerts that wait, acknowledged one by one.
fn alerts(stage: &mut Stage) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        let screen = stage.screen();
        let first = screen.lines().next().unwrap();
        let Some(alert) = first.strip_prefix("!! ") else {
            return seen;
        };
        let end = alert.find(['(', '[']).unwrap();
        seen.push(alert[..end].trim().to_owned());
        stage.key(KeyCode::F(8));
    }
}

#[test]
fn one_who_renames_itself_again_and_again_is_one_alert_and_one_note() {
    let mut stage = Stage::lobby();
    stage.news(note(Weight::Alert, "two nodes have the id of ana"));
    for n in 0..1000 {
        let text = format!("x takes name {n}");
        stage.news(keyed(Weight::Alert, "name:x", &text));
    }
    let noted = |stage: &Stage| stage.screen().matches("x takes name").count();
    assert_eq!(noted(&stage), 1);
    assert_eq!(
        alerts(&mut stage),
        ["two nodes have the id of ana", "x takes name 999"]
    );
    stage.news(keyed(Weight::Warning, "name:x", "x takes name 1000"));
    assert_eq!(noted(&stage), 1);
    stage.pass(600 * SECOND);
    stage.news(keyed(Weight::Warning, "name:x", "x takes name 1001"));
    assert_eq!(noted(&stage), 2);
}

#[test]
fn what_matters_more_is_noted_at_once() {
    let mut stage = Stage::with(plain());
    stage.take_printed();
    stage.news(keyed(Weight::Warning, "keys:x", "a warning"));
    stage.news(keyed(Weight::Alert, "keys:x", "an alert"));
    stage.news(keyed(Weight::Quiet, "keys:x", "quiet"));
    stage.news(keyed(Weight::Alert, "keys:x", "again"));
    assert_eq!(
        stage.take_printed(),
        "!  a warning\n!! WARNING: an alert\n-- quiet\n"
    );
}

#[test]
fn alerts_about_names_give_way_to_others_and_never_others_to_them() {
    let mut stage = Stage::lobby();
    for n in 0..16 {
        stage.news(keyed(
            Weight::Alert,
            &format!("keys:{n}"),
            &format!("keys of {n}"),
        ));
    }
    for n in 0..1000 {
        stage.news(keyed(
            Weight::Alert,
            &format!("name:{n}"),
            &format!("name of {n}"),
        ));
    }
    for n in 16..31 {
        stage.news(keyed(
            Weight::Alert,
            &format!("keys:{n}"),
            &format!("keys of {n}"),
        ));
    }
    let seen = alerts(&mut stage);
    assert_eq!(seen.len(), 32);
    let keys = seen.iter().filter(|alert| alert.starts_with("keys"));
    assert_eq!(keys.count(), 31);
    assert!(seen.contains(&"name of 999".to_owned()));
}

#[test]
fn a_name_never_takes_the_place_of_another_alert() {
    let mut stage = Stage::lobby();
    for n in 0..32 {
        stage.news(keyed(
            Weight::Alert,
            &format!("keys:{n}"),
            &format!("keys of {n}"),
        ));
    }
    stage.news(keyed(Weight::Alert, "name:x", "name of x"));
    assert!(stage.sees("name of x"), "it is noted");
    let seen = alerts(&mut stage);
    assert_eq!(seen.len(), 32);
    assert!(!seen.contains(&"name of x".to_owned()));
}
