//! What we say and do ourselves.

use tazcom_chat::{ChatEvent, Config, Input, Kept, Refusal, Restored};
use tazcom_proto::limits::{MAX_NAME_LEN, MAX_TEXT_LEN};
use tazcom_proto::{Place, RoomName, Scope, UnixMillis};

use crate::stage::{Node, SECOND, START, Voice, key, lobby, millis};

fn refusals(node: &mut Node) -> Vec<Refusal> {
    let news = node.news().into_iter();
    let refusals = news.filter_map(|event| match event {
        ChatEvent::Refused { why, .. } => Some(why),
        _ => None,
    });
    refusals.collect()
}

#[test]
fn our_messages_are_numbered_and_each_names_the_one_before() {
    let mut node = Node::new();
    node.say("one");
    node.say("two");
    let [one, two] = node.published.as_slice() else {
        panic!("two were said");
    };
    let first = Place {
        seq: 1,
        previous: None,
    };
    assert_eq!(one.place(), Some(first));
    let second = Place {
        seq: 2,
        previous: Some(one.id()),
    };
    assert_eq!(two.place(), Some(second));
    assert!(one.hlc() < two.hlc());
    assert_eq!(two.lifetime().as_secs(), 7 * 24 * 60 * 60);
}

#[test]
fn a_message_is_a_line_once_it_is_on_disk_and_not_before() {
    let mut node = Node::new();
    node.disk = false;
    node.say("hello");
    assert!(node.texts().is_empty() && node.events.is_empty());
    let id = node.published[0].id();
    node.handle(Input::Published { id });
    assert_eq!(node.texts(), ["hello"]);
    let [ChatEvent::Message { reference, .. }] = node.events.as_slice() else {
        panic!("one line");
    };
    assert_eq!(*reference, Some(1));
}

#[test]
fn what_could_not_be_kept_leaves_no_hole() {
    let mut node = Node::new();
    node.say("one");
    node.disk = false;
    for text in ["two", "three", "four"] {
        node.say(text);
    }
    let lost: Vec<_> = node.published[1..].iter().map(|lost| lost.id()).collect();
    for id in lost {
        node.handle(Input::NotKept { id });
    }
    assert_eq!(refusals(&mut node), vec![Refusal::NotKept; 3]);
    node.disk = true;
    node.say("five");
    let place = node.published.last().unwrap().place().unwrap();
    assert_eq!(
        (place.seq, place.previous),
        (2, Some(node.published[0].id()))
    );
    assert_eq!(node.texts(), ["one", "five"]);
}

#[test]
fn a_text_of_4096_bytes_is_said_and_one_of_4097_refused() {
    let mut node = Node::new();
    node.say(&"x".repeat(MAX_TEXT_LEN));
    assert_eq!(node.published.len(), 1);
    node.say(&"x".repeat(MAX_TEXT_LEN + 1));
    node.say(" \n ");
    let expected = [Refusal::TextTooLong { len: 4097 }, Refusal::Empty];
    assert_eq!(refusals(&mut node), expected);
    assert_eq!(node.published.len(), 1);
}

#[test]
fn whoever_says_more_than_the_disk_takes_is_told_to_wait() {
    let mut config = Config::lan();
    config.unkept = 2;
    let mut node = Node::with(0, config, Restored::fresh());
    node.disk = false;
    for _ in 0..3 {
        node.say("x");
    }
    assert_eq!(node.published.len(), 2);
    assert_eq!(refusals(&mut node), [Refusal::Busy]);
}

#[test]
fn a_name_of_32_bytes_is_taken_and_one_of_33_refused() {
    let mut node = Node::new();
    for len in [MAX_NAME_LEN, MAX_NAME_LEN + 1] {
        node.handle(Input::SetName {
            name: "x".repeat(len),
            reference: 1,
        });
    }
    assert_eq!(refusals(&mut node), [Refusal::NameTooLong { len: 33 }]);
    assert!(node.chat.own_name().is_some());
}

#[test]
fn a_node_that_starts_again_goes_on_counting() {
    let mut before = Node::new();
    before.say("one");
    let said = before.published[0].clone();
    let mut restored = Restored::fresh();
    restored.places = [(Scope::Room(lobby()), (1, said.id()))].into();
    let mut after = Node::with(0, Config::lan(), restored);
    after.say("two");
    let place = after.published[0].place().unwrap();
    assert_eq!((place.seq, place.previous), (2, Some(said.id())));
}

#[test]
fn what_others_kept_of_ours_is_taken_up_again() {
    let mut before = Node::new();
    before.say("one");
    before.say("two");
    let mut wiped = Node::new();
    for envelope in &before.published {
        wiped.repair(envelope);
    }
    wiped.say("three");
    let place = wiped.published[0].place().unwrap();
    assert_eq!(
        (place.seq, place.previous),
        (3, Some(before.published[1].id()))
    );
    assert_eq!(wiped.texts(), ["one", "two", "three"]);
    assert!(wiped.told().iter().all(|(line, _)| line.own));
}

#[test]
fn rooms_are_joined_up_to_the_limit_and_remembered() {
    let mut config = Config::lan();
    config.rooms = 2;
    let mut node = Node::with(0, config, Restored::fresh());
    let join = |name: &str| Input::Join {
        room: name.parse().unwrap(),
        recent: Vec::new(),
        reference: 7,
    };
    node.handle(join("#garden"));
    node.handle(join("#attic"));
    assert_eq!(refusals(&mut node), [Refusal::TooManyRooms { most: 2 }]);
    let garden: RoomName = "garden".parse().unwrap();
    let rooms = &node.memory.as_ref().unwrap().rooms;
    assert_eq!(*rooms, [garden.clone(), lobby()].into());
    node.handle(Input::Leave {
        room: garden.clone(),
    });
    assert_eq!(node.memory.as_ref().unwrap().rooms, [lobby()].into());
    node.handle(Input::Say {
        room: garden.clone(),
        text: "x".to_owned(),
        action: false,
        reference: 8,
    });
    assert_eq!(refusals(&mut node), [Refusal::NotJoined { room: garden }]);
}

#[test]
fn a_room_that_is_joined_has_what_was_on_disk_and_none_of_it_is_news() {
    let mut node = Node::with(0, Config::lan(), Restored::default());
    let mut ana = Voice::new(1);
    let said: Vec<_> = (0..3).map(|n| ana.says("x", n * SECOND)).collect();
    said.iter().for_each(|envelope| node.hear(envelope));
    let news = node.news();
    assert!(matches!(news.as_slice(), [ChatEvent::RoomSeen { .. }]));
    let recent = said.iter().rev().map(|envelope| Kept {
        envelope: envelope.clone(),
        first_seen: UnixMillis(START),
        hops: 1,
        have: None,
    });
    node.handle(Input::Join {
        room: lobby(),
        recent: recent.collect(),
        reference: 1,
    });
    let room = node.chat.room(&lobby()).unwrap();
    assert_eq!((room.lines().count(), room.unread()), (3, 0));
    assert_eq!(room.members().count(), 1);
    node.hear(&said[1]);
    assert_eq!(node.news(), []);
}

#[test]
fn a_topic_is_set_and_the_later_one_counts() {
    let mut node = Node::new();
    let topic = |topic: &str| Input::SetTopic {
        room: lobby(),
        topic: topic.to_owned(),
        reference: 1,
    };
    node.handle(topic("tea\nand cake"));
    let older = node.published[0].clone();
    node.handle(topic("only tea"));
    node.hear(&older);
    let room = node.chat.room(&lobby()).unwrap();
    assert_eq!(room.topic().unwrap().as_str(), "only tea");
    assert_eq!(node.news().len(), 2);
    node.handle(topic(""));
    assert_eq!(node.chat.room(&lobby()).unwrap().topic(), None);
}

#[test]
fn unread_lines_and_mentions_are_counted_until_the_room_is_read() {
    let mut node = Node::new();
    node.handle(Input::SetName {
        name: "Zoé".to_owned(),
        reference: 1,
    });
    let mut ana = Voice::new(1);
    let id = key(0).node_id().short().to_string();
    let mentions = ["zoé: hi", "hello ZOÉ!", "@Zoé", id.as_str()];
    let others = ["zoéa", "hello", "azoé", "zoé_2"];
    for (n, text) in (0..).zip(mentions.iter().chain(&others)) {
        node.hear(&ana.says(text, n * millis(1)));
    }
    node.say("zoé says so");
    let room = node.chat.room(&lobby()).unwrap();
    assert_eq!((room.unread(), room.mentions()), (8, 4));
    assert!(room.first_unread().is_some());
    node.handle(Input::Read { room: lobby() });
    let room = node.chat.room(&lobby()).unwrap();
    assert_eq!(
        (room.unread(), room.mentions(), room.first_unread()),
        (0, 0, None)
    );
}

#[test]
fn who_is_ignored_is_not_shown_until_it_is_no_longer() {
    let mut node = Node::new();
    let mut ana = Voice::new(1);
    let ignore = |ignore| Input::Ignore {
        who: Voice::new(1).id(),
        ignore,
        reference: 1,
    };
    node.handle(ignore(true));
    assert_eq!(node.memory.as_ref().unwrap().ignored.len(), 1);
    node.hear(&ana.says("unseen", millis(0)));
    node.handle(ignore(false));
    node.hear(&ana.says("seen", millis(1)));
    assert_eq!(node.texts(), ["seen"]);
    node.pass(3 * SECOND);
    assert_eq!(node.news(), [], "what was not shown is not missing");
}

#[test]
fn one_person_past_the_limit_cannot_be_ignored() {
    let mut config = Config::lan();
    config.ignored = 1;
    let mut node = Node::with(0, config, Restored::fresh());
    for n in 0..2 {
        node.handle(Input::Ignore {
            who: Voice::new(n).id(),
            ignore: true,
            reference: 1,
        });
    }
    assert_eq!(refusals(&mut node), [Refusal::TooManyIgnored { most: 1 }]);
    assert!(node.chat.is_ignored(&Voice::new(0).id()));
}

#[test]
fn what_was_said_before_the_room_was_left_is_told_and_followed() {
    let mut node = Node::new();
    node.disk = false;
    node.say("last words");
    node.handle(Input::Leave { room: lobby() });
    let id = node.published[0].id();
    node.handle(Input::Published { id });
    assert_eq!(node.told().len(), 1);
    assert!(node.chat.has_reached(&id).is_some());
}
