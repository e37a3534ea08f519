//! Receipts, and how far a message got.

use std::time::Duration;

use tazcom_chat::{ChatEvent, Config, Input, Kept, ReceiptPolicy, Restored};
use tazcom_identity::NodeId;
use tazcom_proto::{
    Content, Draft, Kind, MessageId, RoomName, Scope, UnixMillis, VerifiedEnvelope,
};

use crate::stage::{HOUR, Node, SECOND, START, Voice, draft, lobby, millis};

fn receipts(node: &Node) -> Vec<Vec<MessageId>> {
    let said = node.published.iter();
    let ids = said.filter_map(|envelope| match envelope.content() {
        Content::Receipt { ids } => Some(ids.clone()),
        _ => None,
    });
    ids.collect()
}

fn reached(node: &mut Node) -> Vec<(usize, usize, usize)> {
    let news = node.news().into_iter();
    let reached = news.filter_map(|event| match event {
        ChatEvent::Reach {
            reached,
            of,
            missing,
            ..
        } => Some((reached, of, missing.len())),
        _ => None,
    });
    reached.collect()
}

#[test]
fn receipts_are_gathered_for_20_to_40_ms_and_then_say_all_at_once() {
    let mut node = Node::new();
    let mut ana = Voice::new(1);
    node.reach(&[ana.id()], &[]);
    let said: Vec<_> = (0..5).map(|n| ana.says("x", millis(n))).collect();
    said.iter().for_each(|envelope| node.hear(envelope));
    node.pass(millis(19));
    assert!(receipts(&node).is_empty());
    node.pass(millis(22));
    let ids: Vec<_> = said.iter().map(|envelope| envelope.id()).collect();
    assert_eq!(receipts(&node), [ids]);
    let receipt = node.published.last().unwrap();
    assert_eq!(receipt.lifetime(), HOUR);
    assert_eq!((receipt.place(), receipt.room()), (None, Some(&lobby())));
}

#[test]
fn a_receipt_names_64_messages_and_the_next_one_the_65th() {
    let mut node = Node::new();
    let mut ana = Voice::new(1);
    for n in 0..65 {
        node.hear(&ana.says("x", millis(n)));
    }
    node.pass(SECOND);
    let sizes: Vec<usize> = receipts(&node).iter().map(Vec::len).collect();
    assert_eq!(sizes, [64, 1]);
}

#[test]
fn nobody_gets_a_receipt_for_a_receipt_or_a_name_and_none_from_a_room_not_joined() {
    let mut node = Node::new();
    let ana = Voice::new(1);
    let id = MessageId::from_bytes([1; 32]);
    node.hear(&ana.has(&[id], millis(0)));
    node.hear(&ana.is_called("ana", millis(0)));
    let elsewhere = Scope::Room("elsewhere".parse::<RoomName>().unwrap());
    let text = Box::from("x");
    let content = Content::Text {
        text,
        action: false,
    };
    node.hear(&ana.signs(draft(elsewhere.clone(), content.clone(), millis(0))));
    node.pass(10 * SECOND);
    assert!(receipts(&node).is_empty());

    let mut config = Config::lan();
    config.receipts = ReceiptPolicy::EveryRoom;
    let mut relay = Node::with(1, config, Restored::default());
    relay.hear(&ana.signs(draft(elsewhere, content, millis(0))));
    relay.pass(10 * SECOND);
    assert_eq!(receipts(&relay).len(), 1);
}

#[test]
fn whoever_does_not_want_to_be_counted_is_not() {
    let mut config = Config::lan();
    config.receipts = ReceiptPolicy::Never;
    let mut node = Node::with(0, config, Restored::fresh());
    node.hear(&Voice::new(1).says("x", millis(0)));
    node.pass(10 * SECOND);
    assert!(receipts(&node).is_empty());
}

#[test]
fn a_repair_brings_receipts_for_256_old_messages_and_for_all_young_ones() {
    let mut node = Node::new();
    let mut ana = Voice::new(1);
    node.reach(&[ana.id()], &[]);
    let old: Vec<_> = (0..300).map(|n| ana.says("old", millis(n))).collect();
    let young: Vec<_> = (0..300)
        .map(|n| ana.says("young", HOUR + millis(n)))
        .collect();
    node.pass(HOUR + SECOND);
    old.iter()
        .chain(&young)
        .for_each(|envelope| node.repair(envelope));
    node.pass(10 * SECOND);
    assert_eq!(receipts(&node).iter().map(Vec::len).sum::<usize>(), 556);
    node.handle(Input::Synced { peer: ana.id() });
    node.repair(&ana.says("old, in the next repair", millis(400)));
    node.pass(10 * SECOND);
    assert_eq!(receipts(&node).iter().map(Vec::len).sum::<usize>(), 557);
}

#[test]
fn the_first_receipt_is_told_at_once_and_more_only_every_half_second() {
    let mut node = Node::new();
    let voices: Vec<Voice> = (0..9).map(Voice::new).collect();
    let ids: Vec<NodeId> = voices.iter().map(Voice::id).collect();
    node.reach(&ids, &[]);
    node.say("hello");
    let id = node.published[0].id();
    node.news();
    node.hear(&voices[0].has(&[id], millis(0)));
    assert_eq!(reached(&mut node), [(1, 9, 5)]);
    for voice in &voices[1..6] {
        node.pass(millis(20));
        node.hear(&voice.has(&[id, id], node.at));
        node.hear(&voice.has(&[id], node.at));
    }
    assert_eq!(reached(&mut node), []);
    node.pass(millis(400));
    assert_eq!(reached(&mut node), [(6, 9, 3)]);
    assert_eq!(node.chat.has_reached(&id).unwrap().count(), 6);
}

#[test]
fn a_receipt_in_another_room_or_by_ourselves_counts_for_nothing() {
    let mut node = Node::new();
    node.say("hello");
    let id = node.published[0].id();
    node.news();
    let elsewhere = Scope::Room("elsewhere".parse::<RoomName>().unwrap());
    let content = Content::Receipt { ids: vec![id] };
    node.hear(&Voice::new(1).signs(draft(elsewhere, content, millis(0))));
    let own = Voice {
        key: crate::stage::key(0),
        last: None,
    };
    node.hear(&own.has(&[id], millis(0)));
    node.pass(SECOND);
    assert_eq!(reached(&mut node), []);
}

#[test]
fn more_people_than_counted_do_not_make_more_than_there_are() {
    let mut config = Config::lan();
    config.reach_people = 3;
    let mut node = Node::with(0, config, Restored::fresh());
    node.say("hello");
    let id = node.published[0].id();
    node.news();
    for n in 0..4 {
        node.hear(&Voice::new(n).has(&[id], millis(0)));
    }
    node.pass(SECOND);
    assert_eq!(reached(&mut node).last(), Some(&(3, 4, 1)));
}

#[test]
fn people_who_were_heard_lately_count_and_those_who_were_not_do_not() {
    let mut node = Node::new();
    let mut ana = Voice::new(1);
    node.hear(&ana.says("x", millis(0)));
    assert_eq!(node.chat.present(node.now()).count(), 1);
    node.pass(600 * SECOND);
    assert_eq!(node.chat.present(node.now()).count(), 0);
    let lately = 600 * SECOND;
    node.repair(&Voice::new(2).says("a moment ago, to others", lately));
    assert_eq!(node.chat.present(node.now()).count(), 0);
}

#[test]
fn who_says_goodbye_is_not_there_and_who_is_only_unlinked_may_be() {
    let mut node = Node::new();
    let [ana, bob, zoe] = [1, 2, 3].map(|n| Voice::new(n).id());
    node.reach(&[ana, bob, zoe], &[]);
    node.part(&[ana, zoe], &[bob]);
    let present = |node: &Node| -> Vec<NodeId> {
        let present = node.chat.present(node.now());
        present.map(|name| name.id()).collect()
    };
    assert!(!present(&node).contains(&bob));
    node.part(&[ana], &[]);
    assert!(present(&node).contains(&zoe));
    node.reach(&[ana, bob], &[]);
    assert!(present(&node).contains(&bob));
}

/// A hundred people who each say something every ten seconds.
#[test]
fn a_hundred_people_send_no_more_than_fifty_receipts_a_second() {
    const PEOPLE: u32 = 100;
    const SECONDS: u32 = 60;
    let mut nodes: Vec<Node> = (0..PEOPLE)
        .map(|n| Node::with(n, Config::lan(), Restored::fresh()))
        .collect();
    let ids: Vec<NodeId> = nodes.iter().map(|node| node.chat.id()).collect();
    for node in &mut nodes {
        node.reach(&ids, &[]);
    }
    let mut sent = Vec::new();
    for second in 0..SECONDS {
        let mut voice = Voice::new(5000 + second % 10);
        voice.last = None;
        let said: Vec<VerifiedEnvelope> = (0..10)
            .map(|n| {
                let text = Box::from(format!("{second} {n}"));
                let content = Content::Text {
                    text,
                    action: false,
                };
                let at = Duration::from_secs(u64::from(second));
                voice.signs(Draft {
                    place: None,
                    ..draft(Scope::Room(lobby()), content, at)
                })
            })
            .collect();
        for node in &mut nodes {
            said.iter().for_each(|envelope| node.hear(envelope));
            node.pass(SECOND);
        }
        let receipts = nodes.iter_mut().flat_map(|node| node.published.drain(..));
        let receipts = receipts.filter(|envelope| envelope.content().kind() == Kind::Receipt);
        sent.push(receipts.count());
    }
    let total: usize = sent.iter().sum();
    assert!(total > 1000, "receipts are sent: {total}");
    let busiest = sent.windows(5).map(|five| five.iter().sum::<usize>()).max();
    assert!(busiest <= Some(5 * 55), "{sent:?}");
}

#[test]
fn how_far_a_message_got_is_known_after_a_restart() {
    let mut node = Node::new();
    let [ana, bob, zoe] = [1, 2, 3].map(Voice::new);
    node.reach(&[ana.id(), bob.id()], &[]);
    node.say("hello");
    let said = node.published[0].clone();
    let kept = |have: &[&Voice]| Kept {
        envelope: said.clone(),
        first_seen: UnixMillis(START),
        hops: 0,
        have: Some(have.iter().map(|voice| voice.id()).collect()),
    };
    node.hear(&ana.has(&[said.id()], millis(0)));
    let before = node.chat.reach_of(node.now(), &kept(&[])).unwrap();
    assert_eq!((before.reached, before.of, before.missing.len()), (1, 2, 1));
    assert_eq!(before.missing[0].id(), bob.id());

    let restored = Restored {
        rooms: [(lobby(), vec![kept(&[&ana])])].into(),
        ..Restored::fresh()
    };
    let mut again = Node::with(0, Config::lan(), restored);
    assert_eq!(reached(&mut again), [], "nothing is news");
    again.hear(&ana.has(&[said.id()], millis(1)));
    assert_eq!(reached(&mut again), [], "nor is this");
    again.hear(&bob.has(&[said.id()], millis(2)));
    assert_eq!(reached(&mut again), [(2, 2, 0)]);
    // The same who say it on the disk and again are counted once.
    let after = again
        .chat
        .reach_of(again.now(), &kept(&[&ana, &zoe]))
        .unwrap();
    assert_eq!((after.reached, after.of), (3, 3));
}

#[test]
fn of_what_others_said_nobody_asks_how_far_it_got() {
    let node = Node::new();
    let kept = Kept {
        envelope: Voice::new(1).says("x", millis(0)),
        first_seen: UnixMillis(START),
        hops: 1,
        have: Some([Voice::new(2).id()].into()),
    };
    assert_eq!(node.chat.reach_of(node.now(), &kept), None);
}

#[test]
fn whoever_enters_a_room_says_that_it_has_what_was_kept_there() {
    let mut node = Node::new();
    let west: RoomName = "west".parse().unwrap();
    let voice = Voice::new(1);
    let in_room = |room: &RoomName, text: &str| {
        let text = Box::from(text);
        let content = Content::Text {
            text,
            action: false,
        };
        voice.signs(draft(Scope::Room(room.clone()), content, millis(0)))
    };
    let said = in_room(&west, "is anybody here?");
    let elsewhere = in_room(&lobby(), "not there");
    node.hear(&said);
    node.pass(SECOND);
    assert!(receipts(&node).is_empty(), "nobody has read it");
    let kept = |envelope: &VerifiedEnvelope| Kept {
        envelope: envelope.clone(),
        first_seen: UnixMillis(START),
        hops: 1,
        have: None,
    };
    node.handle(Input::Join {
        room: west,
        recent: vec![kept(&said), kept(&elsewhere)],
        reference: 1,
    });
    node.pass(SECOND);
    assert_eq!(receipts(&node), [vec![said.id()]]);
}
