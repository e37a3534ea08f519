//! The board by what nodes say, and whole swarms of made-up nodes.

use std::time::{Duration, Instant};

use super::board::{Board, Progress};
use super::event::NodeEvent;
use super::percentiles::Percentiles;

/// Node `n` of these tests.
fn id(number: usize) -> String {
    format!("id-{number}")
}

/// A board on which everybody has said its name.
fn board(nodes: usize, at: Instant) -> Board {
    let mut board = Board::new(nodes);
    for node in 0..nodes {
        board.hear(node, at, NodeEvent::Started { id: id(node) });
    }
    board
}

/// One node meets another, acknowledged after 3 ms.
fn meet(board: &mut Board, at: Instant, node: usize, other: usize) {
    board.hear(node, at, NodeEvent::Discovered { id: id(other) });
    board.hear(node, at, NodeEvent::HelloSent { id: id(other) });
    let acknowledged = NodeEvent::AckReceived {
        id: id(other),
        rtt_ms: 1.5,
    };
    board.hear(node, at + Duration::from_millis(3), acknowledged);
}

#[test]
fn a_swarm_is_complete_when_the_last_pair_is_and_not_before() {
    let now = Instant::now();
    let mut board = board(3, now);
    for (node, other) in [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2)] {
        meet(&mut board, now, node, other);
        assert!(!board.is_complete());
    }
    assert_eq!(board.unfinished(), [(2, 1)]);
    meet(&mut board, now, 2, 1);
    assert!(board.is_complete());
    assert_eq!(board.unfinished(), []);
    assert_eq!(board.discovery_to_ack(), [Duration::from_millis(3); 6]);
    assert_eq!(board.round_trips(), [1.5; 6]);
}

#[test]
fn each_of_found_greeted_and_acknowledged_is_needed() {
    let now = Instant::now();
    let events = [
        NodeEvent::Discovered { id: id(1) },
        NodeEvent::HelloSent { id: id(1) },
        NodeEvent::AckReceived {
            id: id(1),
            rtt_ms: 1.0,
        },
    ];
    for left_out in 0..events.len() {
        let mut board = board(2, now);
        meet(&mut board, now, 1, 0);
        for (_, event) in events
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != left_out)
        {
            board.hear(0, now, event.clone());
        }
        assert!(!board.is_complete(), "without {:?}", events[left_out]);
    }
}

#[test]
fn a_peer_that_was_let_go_of_is_not_met_until_it_is_found_again() {
    let now = Instant::now();
    let mut board = board(2, now);
    meet(&mut board, now, 0, 1);
    meet(&mut board, now, 1, 0);
    board.hear(
        0,
        now,
        NodeEvent::Removed {
            id: id(1),
            reason: "expired".into(),
        },
    );
    assert!(!board.is_complete());
    assert_eq!(board.progress(0), Progress::default());
    board.hear(0, now, NodeEvent::Discovered { id: id(1) });
    assert!(board.is_complete());
}

#[test]
fn strangers_on_the_same_network_do_not_count() {
    let now = Instant::now();
    let mut board = board(2, now);
    board.hear(
        0,
        now,
        NodeEvent::Discovered {
            id: "a stranger".into(),
        },
    );
    assert_eq!(board.progress(0).discovered, 0);
}

#[test]
fn a_node_may_be_heard_of_before_it_is_heard() {
    let now = Instant::now();
    let mut board = Board::new(2);
    meet(&mut board, now, 0, 1);
    assert_eq!(board.progress(0).acknowledged, 0);
    board.hear(1, now, NodeEvent::Started { id: id(1) });
    assert_eq!(board.progress(0).acknowledged, 1);
}

#[test]
fn two_nodes_of_one_name_are_noticed() {
    let now = Instant::now();
    let mut board = board(3, now);
    assert_eq!(board.double(), None);
    board.hear(2, now, NodeEvent::Started { id: id(0) });
    assert_eq!(board.double(), Some((0, 2)));
}

#[test]
fn percentiles_are_of_the_nearest_rank() {
    let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
    let expected = Percentiles {
        p50: 50.0,
        p90: 90.0,
        p99: 99.0,
        max: 100.0,
    };
    assert_eq!(Percentiles::of(hundred), Some(expected));
    let one = Percentiles {
        p50: 7.0,
        p90: 7.0,
        p99: 7.0,
        max: 7.0,
    };
    assert_eq!(Percentiles::of(vec![7.0]), Some(one));
    assert_eq!(Percentiles::of(Vec::new()), None);
}

#[test]
fn an_event_without_what_it_must_say_is_refused() {
    let read = |line: &str| NodeEvent::parse(line);
    assert_eq!(
        read(r#"{"event":"ack_received","at":"-","id":"a","addr":"127.0.0.1:1","rtt_ms":0.4}"#)
            .unwrap(),
        NodeEvent::AckReceived {
            id: "a".into(),
            rtt_ms: 0.4
        }
    );
    assert_eq!(
        read(r#"{"event":"later_invention"}"#).unwrap(),
        NodeEvent::Other
    );
    for line in [
        "",
        "hello",
        "{}",
        r#"{"event":"started"}"#,
        r#"{"event":"ack_received","id":"a"}"#,
    ] {
        assert!(read(line).is_err(), "{line}");
    }
}
