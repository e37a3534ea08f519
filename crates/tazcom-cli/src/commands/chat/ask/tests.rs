//! What is asked is what was meant, and what is answered is what there is.

use tazcom_tui::{Order, Standing};
use zeroize::Zeroizing;

use super::*;

fn id(seed: u8) -> NodeId {
    NodeId::from_bytes([seed; 32])
}

const ROOM: SealedRoomId = SealedRoomId([0xab; 16]);

fn told(line: serde_json::Value) -> Told {
    serde_json::from_value(line).expect("it is a record")
}

fn page(more: bool, before: Option<i64>) -> Told {
    told(serde_json::json!({"event": "page", "more": more, "damaged": 0, "before": before}))
}

fn past(text: &str) -> serde_json::Value {
    serde_json::json!({
        "event": "past", "id": "m1", "room": "#lobby", "author": id(1), "name": "ana",
        "text": text, "action": false, "created": "2026-11-25T14:00:00.000Z",
        "first_seen": "2026-11-25T14:00:01.000Z", "order": [7, 2], "own": false, "hops": 1,
        "mentions_us": false,
    })
}

#[test]
fn nothing_for_one_place_is_said_in_another() {
    let say = |to| {
        request(&Ask::Say {
            to,
            text: "hi".to_owned(),
            action: true,
        })
    };
    let room = "#lobby".parse().expect("it is a room");
    let to_room = say(Place::Room(room));
    assert!(
        matches!(&to_room, Some(Request::Send { room, action: true, .. }) if room == "#lobby"),
        "{to_room:?}"
    );
    let to_one = say(Place::Person(id(1)));
    assert!(
        matches!(&to_one, Some(Request::Tell { to, .. }) if *to == id(1).to_string()),
        "{to_one:?}"
    );
    let to_few = say(Place::Private(ROOM));
    assert!(
        matches!(&to_few, Some(Request::SayPrivately { room, .. }) if *room == "ab".repeat(16)),
        "{to_few:?}"
    );
}

#[test]
fn every_ask_is_the_request_that_it_says() {
    let who = id(3);
    let room = "#west".parse().expect("it is a room");
    let passphrase = Zeroizing::new("correct horse".to_owned());
    let name = "crew".to_owned();
    for (ask, wanted) in [
        (Ask::Join("#west".parse().expect("a room")), "join"),
        (Ask::Leave(Place::Room(room)), "leave"),
        (Ask::Leave(Place::Private(ROOM)), "private_room"),
        (Ask::Nick("ana".to_owned()), "nick"),
        (Ask::Whois(who), "whois"),
        (Ask::Find { who: name.clone() }, "whois"),
        (Ask::Block { who, undo: true }, "block"),
        (Ask::Ping(who), "ping"),
        (Ask::Trace(who), "trace"),
        (Ask::Create { name: name.clone() }, "private_room"),
        (Ask::Enter { name, passphrase }, "private_room"),
        (Ask::Accept(ROOM), "private_room"),
        (Ask::Invite { room: ROOM, who }, "private_room"),
        (Ask::Remove { room: ROOM, who }, "private_room"),
        (Ask::Promote { room: ROOM, who }, "private_room"),
        (Ask::ShareHistory { room: ROOM, who }, "private_room"),
        (Ask::Compare(who), "compare"),
        (Ask::Confirm { who, same: false }, "confirm"),
    ] {
        let request = serde_json::to_value(request(&ask).expect("it is one question"))
            .expect("it is written");
        assert_eq!(request["request"], wanted, "{ask:?}");
    }
}

#[test]
fn paging_goes_back_from_what_was_first() {
    let told = [told(past("hello")), page(true, None)];
    let Answered { answer, page, .. } = page_of("#lobby".parse().expect("a place"), &told);
    assert_eq!(page, None);
    let Answer::History { lines, more: true } = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(lines[0].order, Order(7, 2));
    let asked = history(&lines[0].place, Some(&lines[0]), 20, None);
    let Request::History {
        before: Some(before),
        limit: 20,
        ..
    } = asked
    else {
        panic!("{asked:?}");
    };
    assert_eq!((before.order, before.author), ([7, 2], id(1)));

    let talk = Place::Private(ROOM);
    let answered = page_of(talk.clone(), &[super::tests::page(true, Some(41))]);
    assert_eq!(answered.page, Some((talk.clone(), Some(41))));
    let newest = history(&talk, None, 20, Some(41));
    assert!(
        matches!(newest, Request::PrivateHistory { before: None, .. }),
        "{newest:?}"
    );
    let older = history(&talk, Some(&lines[0]), 20, Some(41));
    assert!(
        matches!(
            older,
            Request::PrivateHistory {
                before: Some(41),
                ..
            }
        ),
        "{older:?}"
    );
}

#[test]
fn what_the_node_gives_is_the_answer_where_it_was_asked_for() {
    let room = told(serde_json::json!({
        "event": "private_room", "room": "ab".repeat(16), "name": "crew", "topic": "",
        "kind": "members", "state": "member", "members": [], "removed_may_read": false,
        "known_since": null,
    }));
    let room = std::slice::from_ref(&room);
    let create = Ask::Create {
        name: "crew".to_owned(),
    };
    let created = plain(&create, room);
    assert_eq!(created.answer, Answer::Place(Place::Private(ROOM)));
    let accepted = plain(&Ask::Accept(ROOM), room);
    assert_eq!(accepted.answer, Answer::Done);
    let standing = accepted.room.map(|room| room.standing);
    assert_eq!(standing, Some(Standing::In), "known at once");
    let left = plain(&Ask::Leave(Place::Private(ROOM)), room);
    assert_eq!((left.answer, left.room), (Answer::Done, None));
    let failed = told(serde_json::json!({"event": "verification_failed", "why": "called off"}));
    let compared = plain(&Ask::Compare(id(1)), &[failed]);
    assert_eq!(compared.answer, Answer::Refused("called off".to_owned()));
    assert_eq!(
        plain(&Ask::Nick("ana".to_owned()), &[]).answer,
        Answer::Done
    );
}

#[test]
fn what_is_looked_for_and_not_there_is_said_in_words() {
    assert!(found(&[page(false, None)]).starts_with("nothing"));
    let text = found(&[told(past("hello")), page(true, None)]);
    assert!(
        text.contains("<ana> hello") && text.contains("more"),
        "{text}"
    );
}

#[test]
fn a_passphrase_is_shown_nowhere() {
    let ask = Ask::Enter {
        name: "crew".to_owned(),
        passphrase: Zeroizing::new("correct horse".to_owned()),
    };
    let shown = format!("{ask:?} {:?}", request(&ask));
    assert!(!shown.contains("horse"), "{shown}");
}

#[test]
fn what_is_not_one_question_is_none() {
    let (room, who) = (SealedRoomId([1; 16]), id(1));
    for ask in [
        Ask::Rooms,
        Ask::Connect("host:1".to_owned()),
        Ask::Rename {
            room,
            name: "crew".to_owned(),
        },
        Ask::Topic {
            of: Place::Person(who),
            topic: "tea".to_owned(),
        },
        Ask::Leave(Place::Person(who)),
    ] {
        assert_eq!(request(&ask), None, "{ask:?}");
    }
}
