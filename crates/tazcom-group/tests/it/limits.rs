//! Every bound, at it and one past it.

use tazcom_group::ops::{Action, Op};
use tazcom_group::wire::HISTORY;
use tazcom_group::{
    Config, Input, MAX_LEAVES, MAX_MEMBERS, MAX_OP_LEN, MAX_SHARED_KEYS, Refusal, RoomEvent,
};
use tazcom_proto::inner::{InnerId, SealedRoomId, kind};
use tazcom_proto::limits::{MAX_INNER_LEN, MAX_ROOM_NAME_LEN, MAX_TOPIC_LEN};
use tazcom_proto::{Hlc, cbor};
use tazcom_testkit::fixed_id;
use zeroize::Zeroizing;

use crate::people::People;

fn try_create(people: &mut People, name: usize, topic: usize) -> Result<SealedRoomId, Refusal> {
    let (name, topic) = ("n".repeat(name), "t".repeat(topic));
    let reference = 1;
    people
        .tell(
            0,
            Input::Create {
                name,
                topic,
                reference,
            },
        )
        .unwrap()
}

#[test]
fn a_room_has_a_name_of_48_bytes_and_a_topic_of_256() {
    let mut people = People::new(1);
    assert!(try_create(&mut people, MAX_ROOM_NAME_LEN, MAX_TOPIC_LEN).is_ok());
    assert_eq!(
        try_create(&mut people, MAX_ROOM_NAME_LEN + 1, 0),
        Err(Refusal::Name)
    );
    assert_eq!(
        try_create(&mut people, 1, MAX_TOPIC_LEN + 1),
        Err(Refusal::Name)
    );
    assert_eq!(try_create(&mut people, 0, 0), Err(Refusal::Name));
}

#[test]
fn there_are_64_rooms_and_one_that_was_left_makes_place() {
    let mut people = People::new(1);
    let most = Config::lan().max_rooms;
    let rooms: Vec<_> = (0..most).map(|_| people.create(0)).collect();
    assert_eq!(try_create(&mut people, 3, 0), Err(Refusal::TooManyRooms));
    people.leave(0, rooms[0]);
    assert!(try_create(&mut people, 3, 0).is_ok());
    assert!(people.people[0].groups.room(rooms[0]).is_none());
    assert_eq!(people.people[0].groups.rooms().count(), most);
}

#[test]
fn sixteen_invitations_may_be_unanswered() {
    let config = Config::lan();
    let (most, each) = (config.max_invitations, config.max_invitations_each);
    let mut people = People::new(1 + most);
    // As many of everybody as there is place for.
    for from in 1..=most {
        let room = people.create(from);
        people.invite(from, room, 0);
        people.settle();
        assert_eq!(people.people[0].groups.rooms().count(), from);
    }
    let room = people.create(1);
    people.invite(1, room, 0);
    people.settle();
    assert_eq!(people.people[0].groups.rooms().count(), most);
    assert_eq!((most, each), (16, 4));
}

#[test]
fn a_room_has_64_members() {
    let mut people = People::new(1);
    let room = people.create(0);
    let mut invite = |n: usize| {
        let who = fixed_id(u32::try_from(n).unwrap());
        people
            .tell(
                0,
                Input::Invite {
                    room,
                    who,
                    reference: 1,
                },
            )
            .unwrap()
            .err()
    };
    for n in 1..MAX_MEMBERS {
        assert_eq!(invite(n), None);
    }
    assert_eq!(invite(MAX_MEMBERS), Some(Refusal::RoomFull));
    assert_eq!(people.members(0, room).len(), MAX_MEMBERS);
}

#[test]
fn the_state_of_the_fullest_room_fits_into_one_operation() {
    let people = People::new(1);
    let most = u32::try_from(MAX_MEMBERS).unwrap();
    let mut members: Vec<_> = (0..most).map(|n| (fixed_id(n), true)).collect();
    members.sort_unstable();
    let op = Op {
        room: SealedRoomId([1; 16]),
        author: people.id(0),
        lamport: 0,
        parents: Vec::new(),
        action: Action::Genesis {
            generation: u64::MAX,
            name: "n".repeat(MAX_ROOM_NAME_LEN),
            topic: "t".repeat(MAX_TOPIC_LEN),
            members,
        },
    };
    let len = op.sign(&people.people[0].key).bytes().len();
    assert!(len <= MAX_OP_LEN, "{len}");
}

#[test]
fn as_many_messages_wait_for_their_key_and_the_oldest_goes_first() {
    let mut people = People::new(2);
    let room = people.gather();
    let most = Config::lan().max_waiting;
    let mut dropped = Vec::new();
    for at in 0..=most {
        people.say(0, room, &at.to_string()).unwrap();
        dropped.extend(people.mail.drain(..));
        people.settle();
        let events = &people.people[1].events;
        let gone = events
            .iter()
            .filter(|event| matches!(event, RoomEvent::Unreadable { .. }));
        assert_eq!(gone.count(), usize::from(at == most));
    }
    people.mail.extend(dropped);
    people.settle();
    assert_eq!(people.texts(1).len(), most);
    assert!(!people.texts(1).contains(&"0"));
}

#[test]
fn eight_messages_of_one_sender_are_held_before_the_invitation() {
    let mut people = People::new(2);
    let room = people.create(0);
    people.invite(0, room, 1);
    let invitation = people.mail.pop_front().unwrap();
    let most = Config::lan().max_held_each;
    let held = |people: &People| {
        people.people[1]
            .disk
            .keys()
            .filter(|key| key[6] == b'h')
            .count()
    };
    for at in 0..=most {
        people.crash(0);
        people.say(0, room, &at.to_string()).unwrap();
        people.settle();
        assert_eq!(held(&people), most.min(at + 1));
    }
    people.receive_mail(invitation);
    people.accept(1, room);
    assert_eq!(held(&people), 0);
    for said in people.people[0].said.clone() {
        people.tell(1, Input::Sealed(said));
    }
    assert_eq!(people.texts(1), ["1", "2", "3", "4", "5", "6", "7", "8"]);
}

#[test]
fn sixty_four_messages_of_all_senders_are_held() {
    let config = Config {
        max_held: 3,
        ..Config::lan()
    };
    let mut people = People::with(6, config);
    for from in 0..4 {
        let room = people.create(from);
        people.invite(from, room, 5);
        people.mail.clear();
        people.say(from, room, "x").unwrap();
        people.settle();
        let held = people.people[5]
            .disk
            .keys()
            .filter(|key| key[6] == b'h')
            .count();
        assert_eq!(held, 3.min(from + 1));
    }
    assert_eq!(Config::lan().max_held, 64);
}

#[test]
fn thirty_two_sessions_of_one_member_are_kept() {
    let mut people = People::new(2);
    let room = people.gather();
    let most = Config::lan().max_sessions_each;
    for at in 0..=most {
        people.crash(0);
        people.say(0, room, "x").unwrap();
        people.now = people.now.after(std::time::Duration::from_secs(1));
        people.settle();
        let kept = people.people[1]
            .disk
            .keys()
            .filter(|key| key[6] == b's')
            .count();
        assert_eq!(kept, most.min(at + 1));
    }
    let seen = people.people[1]
        .disk
        .keys()
        .filter(|key| key[6] == b'i')
        .count();
    assert_eq!(
        seen, most,
        "what was opened with the forgotten one is forgotten"
    );
}

#[test]
fn twenty_sessions_fit_into_one_message_of_history() {
    let mut people = People::new(2);
    let room = people.gather();
    for at in 1..=MAX_SHARED_KEYS + 1 {
        people.crash(0);
        people.say(0, room, "x").unwrap();
        people.mail.clear();
        people.share(0, room, 1);
        let sent = people
            .mail
            .iter()
            .filter(|mail| mail.kind == HISTORY)
            .count();
        assert_eq!(sent, 1 + usize::from(at > MAX_SHARED_KEYS));
        people.mail.clear();
    }
}

#[test]
fn a_member_leaves_sixteen_times_and_an_admin_as_often_as_the_log_is_long() {
    let mut people = People::new(2);
    let room = people.gather();
    for _ in 0..MAX_LEAVES {
        assert_eq!(people.leave(1, room), None);
        people.settle();
        people.invite(0, room, 1);
        people.settle();
        people.accept(1, room);
        people.settle();
    }
    assert_eq!(people.leave(1, room), Some(Refusal::LogFull));
}

#[test]
fn a_full_log_takes_nothing_from_anybody_but_its_creator() {
    let config = Config {
        snapshot_after: usize::MAX,
        max_ops: 16,
        ..Config::lan()
    };
    let mut people = People::with(2, config);
    let room = people.create(0);
    people.invite(0, room, 1);
    people.promote(0, room, 1);
    people.settle();
    people.accept(1, room);
    for at in 3..16 {
        assert_eq!(people.rename(1, room, &at.to_string()), None);
    }
    people.settle();
    assert_eq!(people.rename(1, room, "16"), Some(Refusal::LogFull));
    assert_eq!(people.rename(0, room, "new"), None);
    people.settle();
    assert_eq!(people.rename(1, room, "and on"), None);
    people.settle();
    assert_eq!(people.view(0, room).name, "and on");
}

#[test]
fn what_is_too_long_for_one_message_is_refused() {
    let mut people = People::new(1);
    let room = people.create(0);
    let mut refused = Vec::new();
    for len in MAX_INNER_LEN - 200..MAX_INNER_LEN {
        let mut body = Vec::new();
        cbor::put_bytes(&mut body, &vec![0; len]);
        let say = Input::Say {
            room,
            id: InnerId([0; 16]),
            hlc: Hlc::default(),
            created: people.now,
            kind: kind::TEXT,
            body: Zeroizing::new(body),
            reference: 1,
        };
        refused.push(people.tell(0, say).unwrap() == Err(Refusal::TooLong));
    }
    assert!(!refused[0] && refused[199]);
    assert!(refused.is_sorted(), "up to one length, and not past it");
}
