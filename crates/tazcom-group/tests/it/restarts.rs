//! What is there again after a restart, and what is not.

use std::time::Duration;

use tazcom_group::{Config, Groups, Input, RestoreError, RoomState};
use tazcom_proto::Content;
use zeroize::Zeroizing;

use crate::people::People;

#[test]
fn a_restart_changes_nothing_but_the_key_that_is_sealed_with() {
    let mut people = People::new(3);
    let room = people.gather();
    people.say(0, room, "one").unwrap();
    people.settle();
    let before: Vec<_> = (0..3).map(|who| people.view(who, room).clone()).collect();
    for (who, view) in before.iter().enumerate() {
        people.crash(who);
        assert_eq!(people.view(who, room), view);
    }
    let seen = people.people[0].said[0].clone();
    people.tell(1, Input::Sealed(seen));
    people.say(0, room, "two").unwrap();
    people.settle();
    assert_eq!(people.view(0, room).epoch, 2);
    assert_eq!(people.texts(1), ["one", "two"]);
    assert!(people.quiet());
}

#[test]
fn whatever_of_the_last_step_reached_the_disk_no_index_of_a_session_is_used_twice() {
    let mut people = People::new(2);
    let room = people.gather();
    people.say(0, room, "one").unwrap();
    let disk = people.people[0].disk.clone();
    people.say(0, room, "two").unwrap();
    // Its disk is put back to before the second message, as from a copy.
    people.people[0].disk = disk;
    people.crash(0);
    people.say(0, room, "three").unwrap();
    let sessions: Vec<[u8; 32]> = people.people[0]
        .said
        .iter()
        .map(|said| {
            let Content::Sealed { bytes, .. } = said.content() else {
                panic!("what is said is sealed");
            };
            *bytes.first_chunk().unwrap()
        })
        .collect();
    assert_eq!(sessions[0], sessions[1]);
    assert_ne!(sessions[1], sessions[2]);
    people.settle();
    assert_eq!(people.texts(1), ["one", "two", "three"]);
    assert!(people.quiet());
}

#[test]
fn what_waits_for_its_key_waits_over_a_restart() {
    let mut people = People::new(2);
    let room = people.gather();
    people.say(0, room, "hello").unwrap();
    let key = people.mail.pop_front().unwrap();
    people.settle();
    people.crash(1);
    assert!(people.texts(1).is_empty());
    people.receive_mail(key);
    assert_eq!(people.texts(1), ["hello"]);
}

#[test]
fn what_came_before_its_invitation_waits_over_a_restart() {
    let mut people = People::new(2);
    let room = people.create(0);
    people.invite(0, room, 1);
    let invitation = people.mail.pop_front().unwrap();
    people.say(0, room, "hello").unwrap();
    people.settle();
    people.crash(1);
    people.receive_mail(invitation);
    people.accept(1, room);
    let said = people.people[0].said[0].clone();
    people.tell(1, Input::Sealed(said));
    assert_eq!(people.texts(1), ["hello"]);
}

#[test]
fn a_replay_is_dropped_after_a_restart() {
    let mut people = People::new(2);
    let room = people.gather();
    people.say(0, room, "once").unwrap();
    people.settle();
    people.crash(1);
    let said = people.people[0].said[0].clone();
    people.tell(1, Input::Sealed(said));
    assert_eq!(people.texts(1), ["once"]);
}

#[test]
fn a_state_is_there_again_and_a_block_when_it_is_said_again() {
    let mut people = People::new(3);
    let room = people.gather();
    let ben = people.id(1);
    people.tell(2, Input::Block(ben));
    people.remove(0, room, 1);
    people.settle();
    people.crash(1);
    people.crash(2);
    people.tell(2, Input::Block(ben));
    assert!(matches!(people.state(1, room), RoomState::Removed { .. }));
    assert!(people.people[1].groups.tags().next().is_none());
    let other = people.create(1);
    people.invite(1, other, 2);
    people.settle();
    assert!(people.people[2].groups.room(other).is_none());
}

/// Whoever has all of today's disk reads nothing of what was sealed with keys that are forgotten.
#[test]
fn keys_are_forgotten_when_nothing_sealed_with_them_travels_any_more() {
    let mut people = People::new(2);
    let room = people.gather();
    people.say(0, room, "long ago").unwrap();
    people.settle();
    let captured = people.people[0].said[0].clone();
    people.pass(Config::lan().key_retention);
    let sessions = |people: &People, at: usize| {
        people.people[at]
            .disk
            .keys()
            .filter(|key| key[6] == b's')
            .count()
    };
    assert_eq!(
        (sessions(&people, 0), sessions(&people, 1)),
        (1, 1),
        "not a moment too early"
    );
    people.pass(Duration::from_millis(1));
    assert_eq!((sessions(&people, 0), sessions(&people, 1)), (0, 0));
    // The attacker goes on from the disk.
    people.crash(1);
    people.people[1].read.clear();
    people.tell(1, Input::Sealed(captured));
    assert!(people.texts(1).is_empty());
}

#[test]
fn what_is_said_is_on_no_disk_and_the_key_that_is_sealed_with_neither() {
    let mut people = People::new(2);
    let room = people.gather();
    people.say(0, room, "a canary in a mine").unwrap();
    people.settle();
    let canary = b"canary";
    for person in &people.people {
        for value in person.disk.values() {
            assert!(!value.windows(canary.len()).any(|part| part == canary));
        }
    }
}

#[test]
fn rows_that_are_not_ours_are_refused() {
    let mut people = People::new(1);
    people.create(0);
    let person = &people.people[0];
    let restore = |key: &[u8], value: &[u8]| {
        let row = (key.to_vec(), Zeroizing::new(value.to_vec()));
        let rows = person.disk.clone().into_iter().chain([row]);
        Groups::restore(person.key.clone(), Config::lan(), [0; 32], rows).err()
    };
    assert_eq!(restore(b"group/x", b""), Some(RestoreError::Key));
    assert_eq!(restore(b"group/", b""), Some(RestoreError::Key));
    assert_eq!(restore(b"direct/r", b""), Some(RestoreError::Key));
    assert_eq!(
        restore(&[b"group/r", &[1; 16][..]].concat(), b""),
        Some(RestoreError::Value)
    );
    assert_eq!(
        restore(&[b"group/h", &[1; 8][..]].concat(), b"x"),
        Some(RestoreError::Value)
    );
}
