//! What is missing.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use tazcom_chat::{ChatEvent, Config, Kept, Missing, Restored};
use tazcom_proto::{MessageId, Place, UnixMillis, VerifiedEnvelope};

use crate::stage::{HOUR, Node, SECOND, START, Voice, lobby, millis};

fn five() -> Vec<VerifiedEnvelope> {
    let mut ana = Voice::new(1);
    (1..=5)
        .map(|n| ana.says(&n.to_string(), n * millis(10)))
        .collect()
}

/// What is said to be missing, and before what; closed gaps as none.
fn gaps(node: &mut Node) -> Vec<(MessageId, Option<Missing>)> {
    let news = node.news().into_iter();
    let gaps = news.filter_map(|event| match event {
        ChatEvent::Gap {
            before, missing, ..
        } => Some((before, Some(missing))),
        ChatEvent::GapClosed { before, .. } => Some((before, None)),
        _ => None,
    });
    gaps.collect()
}

#[test]
fn a_gap_is_told_after_two_seconds_and_again_when_it_shrinks_and_closes() {
    let said = five();
    let mut node = Node::new();
    node.hear(&said[0]);
    node.hear(&said[4]);
    node.pass(2 * SECOND - millis(1));
    assert_eq!(gaps(&mut node), []);
    node.pass(millis(1));
    let before = said[4].id();
    assert_eq!(gaps(&mut node), [(before, Some(Missing::Exactly(3)))]);
    node.repair(&said[2]);
    let two = [
        (before, Some(Missing::Exactly(1))),
        (said[2].id(), Some(Missing::Exactly(1))),
    ];
    assert_eq!(gaps(&mut node), two);
    node.repair(&said[3]);
    assert_eq!(gaps(&mut node), [(before, None)]);
    node.repair(&said[1]);
    assert_eq!(gaps(&mut node), [(said[2].id(), None)]);
}

#[test]
fn a_gap_that_is_repaired_within_two_seconds_is_not_told() {
    let said = five();
    let mut node = Node::new();
    for n in [4, 0, 2, 3, 1] {
        node.repair(&said[n]);
        node.pass(millis(400));
    }
    node.pass(10 * SECOND);
    assert_eq!(gaps(&mut node), []);
}

#[test]
fn a_gap_closes_when_what_is_missing_is_too_old_to_come() {
    let said = five();
    let mut node = Node::new();
    node.hear(&said[0]);
    node.hear(&said[2]);
    node.pass(3 * SECOND);
    node.news();
    node.pass(7 * 24 * HOUR);
    let closed = node.news();
    let [ChatEvent::GapClosed { before, filled, .. }] = closed.as_slice() else {
        panic!("{closed:?}");
    };
    assert_eq!((*before, *filled), (said[2].id(), false));
}

#[test]
fn what_is_before_the_part_read_from_disk_is_not_missing() {
    let said = five();
    let kept = |envelope: &VerifiedEnvelope| Kept {
        envelope: envelope.clone(),
        first_seen: UnixMillis(START),
        hops: 1,
        have: None,
    };
    let mut restored = Restored::default();
    let recent = said[3..].iter().map(kept).collect();
    restored.rooms.insert(lobby(), recent);
    let mut node = Node::with(0, Config::lan(), restored);
    node.repair(&said[0]);
    node.pass(10 * SECOND);
    assert_eq!(gaps(&mut node), []);
    assert_eq!(node.texts(), ["1", "4", "5"]);
}

/// Row 49: a number that leaps, and one that was used.
#[test]
fn a_leap_to_two_to_the_63_is_many_and_locks_nobody_out() {
    let mut node = Node::new();
    let mut ana = Voice::new(1);
    let previous = Some(MessageId::from_bytes([9; 32]));
    for (n, seq) in [(1, 5), (2, 1 << 63), (3, u64::MAX), (4, 6), (5, 7)] {
        node.hear(&ana.numbered(&n.to_string(), n * SECOND, Place { seq, previous }));
    }
    assert_eq!(node.texts(), ["1", "2", "3", "4", "5"]);
    node.pass(3 * SECOND);
    let gaps = gaps(&mut node);
    assert_eq!(gaps.len(), 2, "before 2^63, and before the last number");
    assert!(
        gaps.iter()
            .all(|(_, missing)| *missing == Some(Missing::Many))
    );
}

#[test]
fn an_author_who_begins_anew_is_shown_and_told_once() {
    let mut node = Node::new();
    let mut ana = Voice::new(1);
    for n in 1..=4 {
        node.hear(&ana.says(&n.to_string(), n * SECOND));
    }
    ana.last = None;
    let again: Vec<_> = (5..=8)
        .map(|n| ana.says(&n.to_string(), n * SECOND))
        .collect();
    for n in [0, 1, 3] {
        node.hear(&again[n]);
    }
    node.pass(3 * SECOND);
    let news = node.news();
    let forks = news
        .iter()
        .filter(|event| matches!(event, ChatEvent::Forked { .. }));
    assert_eq!(forks.count(), 1);
    let before = again[3].id();
    let missing = Missing::Exactly(1);
    assert!(
        news.iter().any(
            |event| matches!(event, ChatEvent::Gap { before: b, missing: m, .. } if *b == before && *m == missing)
        ),
        "what is missing of the new count is seen"
    );
    assert_eq!(node.texts(), ["1", "2", "3", "4", "5", "6", "8"]);
}

#[test]
fn two_messages_with_one_number_are_both_shown_and_told_once() {
    let mut node = Node::new();
    let mut ana = Voice::new(1);
    node.hear(&ana.says("1", SECOND));
    let (seq, id) = ana.last.unwrap();
    let place = Place {
        seq: seq + 1,
        previous: Some(id),
    };
    for n in 2..6u32 {
        node.hear(&ana.numbered(&n.to_string(), n * SECOND, place));
    }
    assert_eq!(node.texts(), ["1", "2", "3", "4", "5"]);
    let news = node.news();
    assert!(matches!(news.as_slice(), [ChatEvent::Forked { .. }]));
}

#[test]
fn whoever_leaves_seventeen_holes_is_told_about_the_last_sixteen() {
    for (holes, told) in [(16, 16), (17, 16)] {
        let mut node = Node::new();
        let mut ana = Voice::new(1);
        let said: Vec<_> = (0..=2 * holes)
            .map(|n| ana.says("x", n * millis(10)))
            .collect();
        said.iter()
            .step_by(2)
            .for_each(|envelope| node.hear(envelope));
        node.pass(3 * SECOND);
        let gaps = gaps(&mut node);
        assert_eq!(gaps.len(), told);
        assert_eq!(gaps.last().unwrap().0, said.last().unwrap().id());
    }
}

#[test]
fn authors_past_the_limit_forget_what_the_first_has_said() {
    let mut config = Config::lan();
    config.chains = 2;
    let mut node = Node::with(0, config, Restored::fresh());
    let said = five();
    node.hear(&said[0]);
    node.hear(&said[2]);
    node.pass(3 * SECOND);
    assert_eq!(gaps(&mut node).len(), 1);
    node.hear(&Voice::new(2).says("x", millis(1)));
    assert_eq!(gaps(&mut node), []);
    node.hear(&Voice::new(3).says("x", millis(1)));
    assert_eq!(gaps(&mut node), [(said[2].id(), None)]);
}

proptest! {
    #[test]
    fn what_is_told_missing_is_what_is_missing(
        came in prop::collection::btree_set(1..30u64, 1..12),
        order in any::<u64>(),
    ) {
        let mut ana = Voice::new(1);
        let said: Vec<_> = (1..30u32).map(|n| ana.says("x", n * millis(10))).collect();
        let mut arrivals: Vec<u64> = came.iter().copied().collect();
        arrivals.sort_by_key(|n| n.wrapping_mul(order | 1).rotate_left(17));
        let mut node = Node::new();
        for n in arrivals {
            node.repair(&said[usize::try_from(n - 1).unwrap()]);
        }
        node.pass(Duration::from_secs(3));
        let mut told = 0;
        for (_, missing) in gaps(&mut node) {
            let Some(Missing::Exactly(count)) = missing else { panic!("nothing came after") };
            told += count;
        }
        let span: BTreeSet<u64> = (*came.first().unwrap()..=*came.last().unwrap()).collect();
        prop_assert_eq!(told, u64::try_from(span.difference(&came).count()).unwrap());
    }
}
