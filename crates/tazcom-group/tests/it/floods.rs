//! Members and strangers that send as much as they can.

use std::time::Duration;

use tazcom_group::wire::{HEADS, HISTORY, KEY, OPERATIONS};
use tazcom_group::{Config, Input, RoomState};
use tazcom_identity::NodeId;
use tazcom_proto::cbor;
use tazcom_proto::inner::{InnerId, SealedRoomId};
use tazcom_testkit::fixed_id;
use vodozemac::megolm::{GroupSession, InboundGroupSession, SessionConfig};
use zeroize::Zeroizing;

use crate::hostile::{fresh_key, key_body, mail, publish, sealed, session_of, tag};
use crate::people::People;

pub(crate) fn history_body(room: SealedRoomId, keys: &[(NodeId, Vec<u8>)]) -> Zeroizing<Vec<u8>> {
    let mut body = Vec::new();
    cbor::put_array(&mut body, 2);
    cbor::put_bytes(&mut body, &room.0);
    cbor::put_array(&mut body, keys.len());
    for (owner, key) in keys {
        cbor::put_array(&mut body, 2);
        cbor::put_bytes(&mut body, owner.as_bytes());
        cbor::put_bytes(&mut body, key);
    }
    Zeroizing::new(body)
}

fn heads_body(room: SealedRoomId) -> Zeroizing<Vec<u8>> {
    let mut body = Vec::new();
    cbor::put_array(&mut body, 2);
    cbor::put_bytes(&mut body, &room.0);
    cbor::put_array(&mut body, 0);
    Zeroizing::new(body)
}

fn exported(session: &GroupSession) -> Vec<u8> {
    let session = InboundGroupSession::new(&session.session_key(), SessionConfig::version_1());
    session.export_at_first_known_index().to_bytes()
}

/// Keys that somebody made up in the name of others.
fn made_up(owners: impl IntoIterator<Item = NodeId>) -> Vec<(NodeId, Vec<u8>)> {
    let one = |owner| (owner, exported(&fresh_key().0));
    owners.into_iter().map(one).collect()
}

fn rows(people: &People, at: usize, kind: u8) -> usize {
    let disk = &people.people[at].disk;
    disk.keys().filter(|key| key[6] == kind).count()
}

#[test]
fn what_is_kept_is_fewer_than_32_768_rows_whatever_others_send() {
    assert_eq!(Config::lan().max_rows(), 28_800);
    assert!(Config::sim().max_rows() < 32_768);
}

#[test]
fn history_is_taken_for_members_only_and_once_we_have_accepted() {
    let mut people = People::new(2);
    let room = people.create(0);
    people.invite(0, room, 1);
    people.settle();
    let keys = made_up([people.id(0), fixed_id(7), fixed_id(8)]);
    mail(&mut people, 0, 1, HISTORY, history_body(room, &keys));
    assert_eq!(rows(&people, 1, b's'), 0);
    people.accept(1, room);
    assert_eq!(
        rows(&people, 1, b's'),
        1,
        "it waited, and two are of nobody here"
    );
    people.leave(1, room);
    mail(&mut people, 0, 1, HISTORY, history_body(room, &keys));
    assert_eq!(rows(&people, 1, b's'), 0);
}

#[test]
fn a_room_takes_so_many_keys_and_whoever_brought_most_loses_some() {
    let config = Config {
        max_sessions: 4,
        max_shared_sessions: 3,
        ..Config::lan()
    };
    let mut people = People::with(4, config);
    let room = people.gather();
    people.say(0, room, "one").unwrap();
    people.settle();
    for at in 0..6 {
        let key = fresh_key().1;
        mail(&mut people, 1, 3, KEY, key_body(room, &key, &[]));
        assert_eq!(rows(&people, 3, b's'), 4.min(at + 2));
    }
    let ana = people.id(0);
    let keys = made_up([people.id(1)]);
    mail(&mut people, 2, 3, HISTORY, history_body(room, &keys));
    for at in 0..6 {
        let keys = made_up([ana]);
        mail(&mut people, 1, 3, HISTORY, history_body(room, &keys));
        assert_eq!(rows(&people, 3, b's'), 4 + 3.min(at + 2));
    }
    let has = |people: &People, key: &[u8]| {
        let disk = people.people[3].disk.keys();
        disk.filter(|row| row[6] == b's')
            .any(|row| row.ends_with(key))
    };
    assert!(
        has(&people, &keys[0].1[133..165]),
        "the other brought too many"
    );
    people.say(0, room, "two").unwrap();
    people.settle();
    assert_eq!(people.texts(3), ["one", "two"]);
}

#[test]
fn all_rooms_together_take_so_many_keys_and_those_that_were_shared_go_first() {
    let config = Config {
        max_sessions_in_all: 6,
        ..Config::lan()
    };
    let mut people = People::with(2, config);
    let (one, two) = (people.gather(), people.gather());
    for (room, count) in [(one, 2), (two, 3)] {
        for _ in 0..count {
            let key = fresh_key().1;
            mail(&mut people, 0, 1, KEY, key_body(room, &key, &[]));
        }
    }
    let ana = people.id(0);
    let shared = made_up([ana, ana, ana]);
    mail(&mut people, 0, 1, HISTORY, history_body(one, &shared));
    assert_eq!(rows(&people, 1, b's'), 6);
    let of = |people: &People, room: SealedRoomId| {
        let disk = people.people[1].disk.keys();
        disk.filter(|key| key[6] == b's' && key[7..23] == room.0)
            .count()
    };
    assert_eq!((of(&people, one), of(&people, two)), (3, 3));
    for _ in 0..2 {
        let key = fresh_key().1;
        mail(&mut people, 0, 1, KEY, key_body(two, &key, &[]));
    }
    assert_eq!((of(&people, one), of(&people, two)), (2, 4));
    people.crash(1);
    let key = fresh_key().1;
    mail(&mut people, 0, 1, KEY, key_body(one, &key, &[]));
    assert_eq!((of(&people, one), of(&people, two)), (3, 3));
}

#[test]
fn keys_that_others_share_never_push_out_those_of_their_owner() {
    let mut people = People::new(3);
    let room = people.gather();
    people.say(0, room, "one").unwrap();
    people.settle();
    let ana = people.id(0);
    for _ in 0..4 {
        let keys = made_up([ana; 20]);
        mail(&mut people, 2, 1, HISTORY, history_body(room, &keys));
    }
    let each = Config::lan().max_sessions_each;
    assert_eq!(rows(&people, 1, b's'), 1 + each);
    people.say(0, room, "two").unwrap();
    people.settle();
    assert_eq!(people.texts(1), ["one", "two"]);
    assert!(people.quiet());
}

#[test]
fn a_key_that_another_gave_as_its_own_takes_nothing_from_its_owner() {
    let mut people = People::new(3);
    let room = people.gather();
    people.say(0, room, "one").unwrap();
    let genuine = people.mail.iter().find(|mail| mail.to == 1).unwrap();
    let genuine = genuine.clone();
    people.mail.clear();
    let mut stolen = genuine.clone();
    stolen.from = 2;
    people.receive_mail(stolen);
    people.settle();
    assert!(people.texts(1).is_empty());
    people.receive_mail(genuine);
    people.say(0, room, "two").unwrap();
    people.settle();
    assert_eq!(people.texts(1), ["one", "two"]);
    assert!(people.quiet(), "nobody is accused");
}

#[test]
fn a_key_that_another_made_up_does_not_keep_out_the_one_of_its_owner() {
    let mut people = People::new(3);
    let room = people.gather();
    people.say(0, room, "one").unwrap();
    let genuine = people.mail.iter().find(|mail| mail.to == 1).unwrap();
    let genuine = genuine.clone();
    people.mail.clear();
    let session = session_of(&people, 0);
    for index in [0, 9] {
        let made_up = [&[1, 0, 0, 0, index][..], &[7; 128], &session].concat();
        let keys = [(people.id(0), made_up)];
        mail(&mut people, 2, 1, HISTORY, history_body(room, &keys));
    }
    people.people[1].security.clear();
    people.settle();
    people.receive_mail(genuine);
    assert_eq!(people.texts(1), ["one"]);
    assert_eq!(people.people[1].read[0].vouched_by, None);
    assert!(people.quiet(), "its owner is not accused");
}

#[test]
fn whoever_waits_for_most_keys_pushes_out_only_its_own_words() {
    let config = Config {
        max_waiting: 4,
        ..Config::lan()
    };
    let mut people = People::with(3, config);
    let room = people.gather();
    people.say(0, room, "hello").unwrap();
    let keys: Vec<_> = people.mail.drain(..).collect();
    people.settle();
    let tag = tag(&people, 1);
    for _ in 0..8 {
        people.now = people.now.after(Duration::from_secs(1));
        let (mut session, key) = fresh_key();
        let words = sealed(&people, 2, room, InnerId([1; 16]), "x");
        let bytes = [&key[133..165], &session.encrypt(words).to_bytes()].concat();
        publish(&mut people, 2, 1, tag, bytes);
    }
    assert_eq!(rows(&people, 1, b'w'), 4);
    people.mail.extend(keys);
    people.settle();
    assert_eq!(people.texts(1), ["hello"]);
}

#[test]
fn words_that_are_read_again_push_out_nothing_newer() {
    let config = Config {
        max_waiting: 2,
        ..Config::lan()
    };
    let mut people = People::with(2, config);
    let room = people.gather();
    for at in 0..5 {
        people.now = people.now.after(Duration::from_secs(1));
        people.say(0, room, &at.to_string()).unwrap();
    }
    let keys: Vec<_> = people.mail.drain(..).collect();
    people.settle();
    let told = people.people[1].events.len();
    for said in people.people[0].said.clone() {
        people.tell(1, Input::Sealed(said));
    }
    assert_eq!(people.people[1].events.len(), told, "nothing is told twice");
    people.mail.extend(keys);
    people.settle();
    assert_eq!(people.texts(1), ["3", "4"]);
}

#[test]
fn all_rooms_together_wait_for_so_many_keys() {
    let config = Config {
        max_waiting_in_all: 4,
        ..Config::lan()
    };
    let mut people = People::with(2, config);
    let (one, two) = (people.gather(), people.gather());
    people.say(1, one, "hello").unwrap();
    for at in 0..6 {
        people.say(1, two, &at.to_string()).unwrap();
    }
    let keys: Vec<_> = people.mail.drain(..).collect();
    people.settle();
    assert_eq!(rows(&people, 0, b'w'), 4);
    people.mail.extend(keys);
    people.settle();
    assert_eq!(people.texts(0), ["hello", "3", "4", "5"]);
}

#[test]
fn whoever_asks_for_operations_gets_eight_messages_until_it_would_ask_again() {
    let mut people = People::new(3);
    let room = people.create(0);
    people.invite(0, room, 1);
    people.settle();
    let answers = |people: &mut People, from: usize, to: usize| {
        people.mail.clear();
        for _ in 0..20 {
            mail(people, from, to, HEADS, heads_body(room));
        }
        let sent = people.mail.iter().filter(|mail| mail.kind == OPERATIONS);
        let sent = sent.count();
        people.mail.clear();
        sent
    };
    assert_eq!(answers(&mut people, 0, 1), 0, "not before we have accepted");
    assert_eq!(answers(&mut people, 2, 0), 0, "it is no member");
    people.accept(1, room);
    people.settle();
    people.now = people.now.after(Config::lan().ask_again);
    assert_eq!(answers(&mut people, 0, 1), 8);
    assert_eq!(answers(&mut people, 0, 1), 0);
    people.now = people.now.after(Config::lan().ask_again);
    assert_eq!(answers(&mut people, 0, 1), 8);
}

#[test]
fn one_inviter_has_four_invitations_and_gives_way_to_others() {
    let config = Config {
        max_invitations: 5,
        ..Config::lan()
    };
    let mut people = People::with(4, config);
    let mut invite = |from: usize| {
        let room = people.create(from);
        people.now = people.now.after(Duration::from_secs(1));
        people.invite(from, room, 3);
        people.settle();
        let groups = &people.people[3].groups;
        (groups.room(room).is_some(), groups.rooms().count())
    };
    for at in 1..=4 {
        assert_eq!(invite(0), (true, at));
    }
    assert_eq!(invite(0), (false, 4), "it has as many as it may");
    assert_eq!(invite(1), (true, 5));
    assert_eq!(invite(2), (true, 5), "the one with most gives way");
    assert_eq!(invite(1), (true, 5));
    assert_eq!(invite(2), (false, 5), "there is nobody with more");
}

#[test]
fn whoever_has_most_held_pushes_out_only_its_own() {
    let config = Config {
        max_held: 4,
        ..Config::lan()
    };
    let mut people = People::with(3, config);
    let room = people.create(0);
    people.invite(0, room, 2);
    let invitation = people.mail.pop_front().unwrap();
    people.say(0, room, "hello").unwrap();
    people.settle();
    for at in 0..8 {
        let made_up = SealedRoomId([at; 16]);
        let key = fresh_key().1;
        mail(&mut people, 1, 2, KEY, key_body(made_up, &key, &[]));
    }
    assert_eq!(rows(&people, 2, b'h'), 4);
    people.receive_mail(invitation);
    people.accept(2, room);
    let said = people.people[0].said[0].clone();
    people.tell(2, Input::Sealed(said));
    assert_eq!(people.texts(2), ["hello"]);
}

#[test]
fn whoever_is_blocked_is_on_no_disk_and_there_are_not_too_many() {
    let config = Config {
        max_blocked: 2,
        ..Config::lan()
    };
    let mut people = People::with(4, config);
    for from in 0..3 {
        let who = people.id(from);
        people.tell(3, Input::Block(who));
    }
    assert!(people.people[3].disk.is_empty());
    for from in 0..3 {
        let room = people.create(from);
        people.invite(from, room, 3);
        people.settle();
        let heard = people.people[3].groups.room(room).is_some();
        assert_eq!(heard, from == 2);
    }
    assert_eq!(Config::lan().max_blocked, 8192);
}

#[test]
fn whoever_leaves_keeps_no_key_and_nothing_that_waits() {
    let mut people = People::new(3);
    let room = people.gather();
    people.say(0, room, "one").unwrap();
    people.say(2, room, "two").unwrap();
    people.mail.retain(|mail| mail.from != 2);
    people.settle();
    people.say(1, room, "three").unwrap();
    people.settle();
    let kept = |people: &People| [b's', b'i', b'w'].map(|kind| rows(people, 1, kind));
    assert_eq!(kept(&people), [2, 1, 1]);
    people.leave(1, room);
    assert_eq!(kept(&people), [0, 0, 0]);
    people.settle();
    people.crash(1);
    assert_eq!(people.state(1, room), RoomState::Left);
    assert_eq!(people.state(0, room), RoomState::Member);
    assert_eq!(people.members(0, room).len(), 2);
}

#[test]
fn sixty_four_operations_are_one_row_and_are_all_there_again() {
    let config = Config {
        snapshot_after: 130,
        ..Config::lan()
    };
    let mut people = People::with(1, config);
    let room = people.create(0);
    for at in 2..=130 {
        let name = at.to_string();
        assert_eq!(people.rename(0, room, &name), None);
        assert_eq!(rows(&people, 0, b'o'), usize::div_ceil(at, 64));
        if at % 13 == 0 {
            people.crash(0);
            assert_eq!(people.view(0, room).name, name);
        }
    }
    people.rename(0, room, "anew");
    assert_eq!(
        rows(&people, 0, b'o'),
        1,
        "a new log takes away the old one"
    );
    people.crash(0);
    assert_eq!(people.view(0, room).name, "anew");
}
