//! Splits, and what heals them.

use tazcom_chat::{ChatEvent, Input};
use tazcom_identity::NodeId;
use tazcom_proto::{UnixMillis, VerifiedEnvelope};

use crate::stage::{HOUR, Node, SECOND, START, Voice, lobby, millis};

fn merges(node: &mut Node) -> Vec<(Option<usize>, Option<u64>, u64)> {
    let since = |time: UnixMillis| time.0 - START;
    let news = node.news().into_iter();
    let merges = news.filter_map(|event| match event {
        ChatEvent::Merged {
            room,
            merged,
            split_at,
            rejoined_at,
        } => Some((
            room.map(|_| merged),
            split_at.map(since),
            since(rejoined_at),
        )),
        _ => None,
    });
    merges.collect()
}

/// A node that has been among people for a while.
fn settled(peers: &[NodeId]) -> Node {
    let mut node = Node::new();
    node.reach(peers, &[]);
    node.hear(&Voice::new(90).says("before", millis(0)));
    node.handle(Input::Synced { peer: peers[0] });
    node.pass(SECOND);
    node
}

#[test]
fn a_split_and_what_it_kept_apart_are_told_as_one_mark() {
    let (mut ana, mut ben) = (Voice::new(1), Voice::new(2));
    let peers = [ana.id(), ben.id()];
    let mut node = settled(&peers);
    node.reach(&[ben.id()], &[ana.id()]);
    let news = node.news();
    let [ChatEvent::Split { lost, count: 1, at }] = news.as_slice() else {
        panic!("{news:?}");
    };
    assert_eq!((lost[0].id(), at.0), (ana.id(), START + 1000));
    let there: Vec<_> = (2..14).map(|n| ana.says("there", n * SECOND)).collect();
    for n in 2..14 {
        node.hear(&ben.says("here", n * SECOND));
    }
    node.pass(30 * SECOND);
    node.reach(&peers, &[]);
    for envelope in &there {
        node.repair(envelope);
        node.pass(millis(500));
    }
    assert_eq!(merges(&mut node), []);
    node.pass(2 * SECOND);
    assert_eq!(merges(&mut node), [(Some(12), Some(1000), 31_000)]);
    assert_eq!(node.texts().len(), 25);
    node.pass(HOUR);
    assert_eq!(merges(&mut node), []);
}

#[test]
fn what_others_repaired_and_pass_on_counts_as_merged() {
    let (mut ana, ben) = (Voice::new(1), Voice::new(2));
    let mut node = settled(&[ben.id()]);
    let apart = ana.says("apart", 2 * SECOND);
    node.pass(20 * SECOND);
    node.say("meanwhile");
    node.hear(&apart);
    node.pass(3 * SECOND);
    assert_eq!(merges(&mut node), [(Some(1), None, 21_000)]);
}

#[test]
fn a_split_in_which_nobody_said_anything_ends_all_the_same() {
    let ana = Voice::new(1);
    let mut node = settled(&[ana.id()]);
    node.reach(&[], &[ana.id()]);
    node.pass(10 * SECOND);
    node.reach(&[ana.id()], &[]);
    node.pass(2 * SECOND);
    assert_eq!(merges(&mut node), [(None, Some(1000), 11_000)]);
}

#[test]
fn who_is_heard_over_others_is_back_too() {
    let (mut ana, ben) = (Voice::new(1), Voice::new(2));
    let mut node = settled(&[ana.id(), ben.id()]);
    node.reach(&[ben.id()], &[ana.id()]);
    node.pass(10 * SECOND);
    node.hear(&ana.says("over ben", 11 * SECOND));
    node.pass(2 * SECOND);
    assert_eq!(merges(&mut node), [(None, Some(1000), 11_000)]);
}

#[test]
fn who_says_goodbye_splits_nothing() {
    let ana = Voice::new(1);
    let mut node = settled(&[ana.id()]);
    node.reach(&[], &[]);
    node.pass(HOUR);
    assert_eq!(node.news(), []);
}

#[test]
fn a_latecomer_is_told_history_and_no_merge() {
    let mut ana = Voice::new(1);
    let mut node = Node::new();
    let history: Vec<VerifiedEnvelope> = (0..100).map(|n| ana.says("x", n * SECOND)).collect();
    node.pass(HOUR);
    node.reach(&[ana.id()], &[]);
    // A peer that has nothing either.
    node.handle(Input::Synced { peer: ana.id() });
    for envelope in history.iter().rev() {
        node.repair(envelope);
    }
    node.handle(Input::Synced { peer: ana.id() });
    node.pass(HOUR);
    assert_eq!(merges(&mut node), []);
    assert_eq!(node.texts().len(), 100);
}

#[test]
fn two_halves_that_meet_have_the_same_room() {
    let mut nodes: Vec<Node> = (0..6)
        .map(|n| {
            Node::with(
                n,
                tazcom_chat::Config::lan(),
                tazcom_chat::Restored::fresh(),
            )
        })
        .collect();
    let ids: Vec<NodeId> = nodes.iter().map(|node| node.chat.id()).collect();
    let half = |n: usize| n / 3;
    for node in &mut nodes {
        node.reach(&ids, &[]);
        node.pass(SECOND);
    }
    let begin = |n: usize| format!("before {n}");
    speak(&mut nodes, begin, |_, _| true);
    for (n, node) in nodes.iter_mut().enumerate() {
        let (near, far): (Vec<usize>, Vec<usize>) = (0..6).partition(|m| half(*m) == half(n));
        let of = |half: Vec<usize>| half.into_iter().map(|m| ids[m]).collect::<Vec<_>>();
        node.reach(&of(near), &of(far));
    }
    for turn in 0..34 {
        speak(
            &mut nodes,
            |n| format!("{turn} by {n}"),
            |a, b| half(a) == half(b),
        );
    }
    // They meet, and each has what the other half said.
    let all: Vec<VerifiedEnvelope> = nodes
        .iter()
        .flat_map(|node| node.published.clone())
        .collect();
    for (n, node) in nodes.iter_mut().enumerate() {
        node.reach(&ids, &[]);
        // In an order of its own.
        for at in 0..all.len() {
            node.repair(&all[(at * 7 + n * 31) % all.len()]);
        }
        node.pass(3 * SECOND);
    }
    let rooms: Vec<Vec<String>> = nodes.iter().map(Node::texts).collect();
    assert_eq!(rooms[0].len(), 6 + 34 * 6);
    for (node, room) in nodes.iter_mut().zip(&rooms) {
        assert_eq!(*room, rooms[0]);
        let merges = merges(node);
        assert!(
            matches!(merges.as_slice(), [(Some(102), Some(_), _)]),
            "{merges:?}"
        );
    }
    assert!(nodes[0].chat.room(&lobby()).unwrap().unread() > 0);
}

/// Everybody says one thing, and those who hear it do so at once.
fn speak(nodes: &mut [Node], text: impl Fn(usize) -> String, hears: impl Fn(usize, usize) -> bool) {
    for n in 0..nodes.len() {
        let before = nodes[n].published.len();
        nodes[n].say(&text(n));
        let said = nodes[n].published[before..].to_vec();
        for (m, node) in nodes.iter_mut().enumerate() {
            if m != n && hears(n, m) {
                said.iter().for_each(|envelope| node.hear(envelope));
            }
            node.pass(millis(100));
        }
    }
}
