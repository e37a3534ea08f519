//! One order, whatever comes when.

use std::time::Duration;

use proptest::prelude::*;
use tazcom_chat::{Config, Position, Restored};
use tazcom_proto::{Content, Draft, Hlc, Scope, UnixMillis, VerifiedEnvelope};

use crate::stage::{HOUR, Node, SECOND, START, Voice, draft, lobby};

#[test]
fn a_late_message_is_put_where_it_belongs() {
    let mut node = Node::new();
    let (mut ana, mut ben) = (Voice::new(1), Voice::new(2));
    let first = ana.says("first", SECOND);
    let late = ben.says("late", 2 * SECOND);
    let last = ana.says("last", 3 * SECOND);
    let earliest = Voice::new(3).says("earliest", Duration::ZERO);
    node.pass(4 * SECOND);
    for envelope in [&first, &last, &late, &earliest] {
        node.hear(envelope);
    }
    assert_eq!(node.texts(), ["earliest", "first", "late", "last"]);
    let positions: Vec<Position> = node.told().iter().map(|told| told.1).collect();
    let expected = [
        Position::End,
        Position::End,
        Position::After(first.id()),
        Position::Start,
    ];
    assert_eq!(positions, expected);
}

#[test]
fn an_answer_is_behind_what_it_answers_though_our_clock_is_behind() {
    let mut node = Node::new();
    node.hear(&Voice::new(1).says("from the future", 20 * HOUR));
    node.say("an answer");
    assert_eq!(node.texts(), ["from the future", "an answer"]);
    let own = node.published.last().unwrap();
    assert_eq!(own.created(), UnixMillis(START), "the claim stays honest");
}

#[test]
fn a_clock_is_followed_for_a_day_and_not_a_millisecond_longer() {
    let day = 24 * HOUR;
    for (ahead, followed) in [(day, true), (day + Duration::from_millis(1), false)] {
        let mut node = Node::new();
        node.hear(&Voice::new(1).says("ahead", ahead));
        node.say("an answer");
        let own = node.published.last().unwrap();
        assert_eq!(own.hlc().millis > UnixMillis(START), followed);
    }
}

#[test]
fn one_line_past_the_limit_drops_the_oldest() {
    let mut config = Config::lan();
    config.lines = 3;
    let mut node = Node::with(0, config, Restored::fresh());
    let mut ana = Voice::new(1);
    let said: Vec<_> = (1..=4)
        .map(|n| ana.says(&n.to_string(), n * SECOND))
        .collect();
    for envelope in &said[1..] {
        node.hear(envelope);
    }
    assert_eq!(node.texts(), ["2", "3", "4"]);
    node.hear(&said[0]);
    assert_eq!(node.texts(), ["2", "3", "4"]);
    assert_eq!(node.told().last().unwrap().1, Position::Earlier);
}

#[test]
fn lines_are_forgotten_when_their_time_is_over() {
    let mut node = Node::new();
    let ana = Voice::new(1);
    let text = Box::from("for an hour");
    let content = Content::Text {
        text,
        action: false,
    };
    let short = Draft {
        lifetime_secs: 3600,
        ..draft(Scope::Room(lobby()), content, Duration::ZERO)
    };
    node.hear(&ana.signs(short));
    node.pass(HOUR / 2);
    assert_eq!(node.texts(), ["for an hour"]);
    node.pass(2 * HOUR);
    assert!(node.texts().is_empty());
}

/// A few authors whose clocks agree, or do not.
fn conversation() -> impl Strategy<Value = Vec<VerifiedEnvelope>> {
    prop::collection::vec((0..4usize, 0..50u32, 0..40usize), 1..40).prop_map(|turns| {
        let mut voices: Vec<Voice> = (0..4).map(Voice::new).collect();
        let said = turns.into_iter().enumerate();
        let said = said.map(|(n, (who, at, len))| {
            let voice = &mut voices[who];
            voice.says(&format!("{n} {}", "x".repeat(len)), at * SECOND / 10)
        });
        said.collect()
    })
}

fn shuffled() -> impl Strategy<Value = (Vec<VerifiedEnvelope>, Vec<VerifiedEnvelope>)> {
    conversation().prop_flat_map(|said| {
        // Some of it twice.
        let again = said.iter().step_by(3).cloned();
        let twice: Vec<_> = said.iter().cloned().chain(again).collect();
        (
            Just(twice.clone()).prop_shuffle(),
            Just(twice).prop_shuffle(),
        )
    })
}

fn small(lines: usize, line_bytes: usize) -> Node {
    let mut config = Config::lan();
    (config.lines, config.line_bytes) = (lines, line_bytes);
    Node::with(0, config, Restored::fresh())
}

proptest! {
    #[test]
    fn what_is_in_a_room_does_not_depend_on_the_order_it_came_in((one, other) in shuffled()) {
        for (lines, bytes) in [(2000, 1 << 20), (7, 1 << 20), (2000, 3000)] {
            let (mut here, mut there) = (small(lines, bytes), small(lines, bytes));
            one.iter().for_each(|envelope| here.hear(envelope));
            other.iter().for_each(|envelope| there.repair(envelope));
            prop_assert_eq!(here.texts(), there.texts());
        }
    }

    #[test]
    fn every_message_is_told_once_and_stands_where_it_was_said_to((one, _) in shuffled()) {
        let mut node = Node::new();
        let mut shown = Vec::new();
        for envelope in &one {
            node.hear(envelope);
            for (line, position) in node.told() {
                let at = match position {
                    Position::End => shown.len(),
                    Position::Start => 0,
                    Position::After(id) => 1 + shown.iter().position(|shown| *shown == id).unwrap(),
                    Position::Earlier => unreachable!("there is room"),
                };
                shown.insert(at, line.id);
            }
            node.events.clear();
        }
        let room = node.chat.room(&lobby()).unwrap();
        let lines: Vec<_> = room.lines().map(|line| line.id).collect();
        prop_assert_eq!(shown, lines);
        let keys: Vec<(Hlc, _, _)> = room.lines().map(|l| (l.hlc, l.author.id(), l.id)).collect();
        prop_assert!(keys.is_sorted());
    }
}
