//! What people do in private rooms.

use std::time::Duration;

use tazcom_group::{Config, Input, Refusal, RoomEvent, RoomState};

use crate::people::{HOUR, People};

#[test]
fn whoever_is_invited_and_accepts_reads_what_is_said_from_then_on() {
    let mut people = People::new(2);
    let room = people.create(0);
    people.say(0, room, "nobody else is here").unwrap();
    people.invite(0, room, 1);
    people.settle();
    let by = people.id(0);
    assert_eq!(people.state(1, room), RoomState::Invited { by });
    assert_eq!(people.view(1, room).name, "den");
    assert_eq!(people.say(1, room, "too soon"), Err(Refusal::NotAccepted));
    people.accept(1, room);
    people.say(0, room, "welcome").unwrap();
    people.settle();
    people.say(1, room, "hello").unwrap();
    people.settle();
    assert_eq!(people.texts(1), ["welcome"]);
    assert_eq!(people.texts(0), ["hello"]);
    assert!(people.quiet());
}

#[test]
fn what_is_said_between_invitation_and_acceptance_is_read_after_it() {
    let mut people = People::new(2);
    let room = people.create(0);
    people.invite(0, room, 1);
    people.say(0, room, "before you answer").unwrap();
    people.settle();
    assert!(people.texts(1).is_empty());
    people.accept(1, room);
    assert_eq!(people.texts(1), ["before you answer"]);
}

#[test]
fn a_key_and_a_message_that_overtake_the_invitation_wait_for_it() {
    let mut people = People::new(2);
    let room = people.create(0);
    people.invite(0, room, 1);
    let invitation = people.mail.pop_front().unwrap();
    people.say(0, room, "hello").unwrap();
    people.settle();
    assert!(people.people[1].groups.room(room).is_none());
    people.receive_mail(invitation);
    people.accept(1, room);
    people.settle();
    // The tag was not known when the envelope came; it comes again, as from the store.
    let again = people.people[0].said[0].clone();
    people.tell(1, Input::Sealed(again));
    assert_eq!(people.texts(1), ["hello"]);
    assert!(people.quiet());
}

#[test]
fn a_message_is_one_encryption_and_one_envelope_however_many_members() {
    let mut people = People::new(8);
    let room = people.gather();
    people.say(0, room, "first").unwrap();
    assert_eq!(people.mail.len(), 7, "each gets the key once");
    people.settle();
    people.say(0, room, "second").unwrap();
    assert!(people.mail.is_empty());
    assert_eq!(people.people[0].said.len(), 2);
    people.settle();
    for who in 1..8 {
        assert_eq!(people.texts(who), ["first", "second"]);
    }
}

#[test]
fn after_a_removal_what_is_said_is_sealed_anew_and_the_removed_cannot_read_it() {
    let mut people = People::new(3);
    let room = people.gather();
    people.say(0, room, "all of you").unwrap();
    people.settle();
    assert_eq!(people.view(0, room).epoch, 1);
    people.remove(0, room, 2);
    people.say(0, room, "two of us").unwrap();
    let keys = people
        .mail
        .iter()
        .filter(|mail| mail.to == 2 && mail.kind == tazcom_group::wire::KEY);
    assert_eq!(keys.count(), 0);
    people.settle();
    assert_eq!(people.view(0, room).epoch, 2);
    assert_eq!(people.texts(1), ["all of you", "two of us"]);
    assert_eq!(people.texts(2), ["all of you"]);
    let by = people.id(0);
    assert_eq!(people.state(2, room), RoomState::Removed { by });
    assert_eq!(people.say(2, room, "still here?"), Err(Refusal::NotMember));
}

#[test]
fn a_session_is_changed_after_a_hundred_messages_and_after_a_week() {
    let mut people = People::new(2);
    let room = people.gather();
    for _ in 0..100 {
        people.say(0, room, "x").unwrap();
    }
    assert_eq!(people.view(0, room).epoch, 1);
    people.say(0, room, "x").unwrap();
    assert_eq!(people.view(0, room).epoch, 2);
    people.settle();
    let week = Config::lan().rotate_after;
    people.pass(week - Duration::from_millis(1));
    people.say(0, room, "x").unwrap();
    assert_eq!(people.view(0, room).epoch, 2);
    people.pass(Duration::from_millis(1));
    people.say(0, room, "x").unwrap();
    assert_eq!(people.view(0, room).epoch, 3);
    people.settle();
    assert_eq!(people.texts(1).len(), 103);
}

#[test]
fn a_new_member_reads_from_the_present_index_on_and_what_was_before_only_when_it_is_shared() {
    let mut people = People::new(3);
    let room = people.create(0);
    people.invite(0, room, 1);
    people.settle();
    people.accept(1, room);
    people.say(0, room, "old").unwrap();
    people.settle();
    people.invite(0, room, 2);
    people.settle();
    people.accept(2, room);
    people.say(0, room, "new").unwrap();
    people.settle();
    let old = people.people[0].said[0].clone();
    people.tell(2, Input::Sealed(old.clone()));
    assert_eq!(people.texts(2), ["new"]);
    people.share(1, room, 2);
    people.settle();
    people.tell(2, Input::Sealed(old));
    assert_eq!(people.texts(2), ["new", "old"]);
    // That it is the author's is proven by the key that the author gave.
    assert_eq!(people.people[2].read[1].vouched_by, None);
    assert!(people.quiet());
}

#[test]
fn shared_history_is_labelled_with_who_shared_it() {
    let mut people = People::new(3);
    let room = people.create(0);
    people.invite(0, room, 1);
    people.settle();
    people.accept(1, room);
    people.say(0, room, "old").unwrap();
    people.settle();
    people.invite(0, room, 2);
    people.settle();
    people.accept(2, room);
    people.settle();
    let old = people.people[0].said[0].clone();
    people.tell(2, Input::Sealed(old));
    assert!(people.texts(2).is_empty());
    people.share(1, room, 2);
    people.settle();
    assert_eq!(people.texts(2), ["old"]);
    let read = &people.people[2].read[0];
    assert_eq!(read.from, people.id(0));
    assert_eq!(read.vouched_by, Some(people.id(1)));
    let by = people.id(1);
    assert!(
        people.people[2]
            .events
            .contains(&RoomEvent::HistoryShared { room, by })
    );
}

#[test]
fn only_admins_change_a_room_and_an_admin_can_make_others_admins() {
    let mut people = People::new(3);
    let room = people.gather();
    assert_eq!(people.remove(1, room, 2), Some(Refusal::NotAdmin));
    assert_eq!(people.rename(1, room, "lair"), Some(Refusal::NotAdmin));
    people.promote(0, room, 1);
    people.settle();
    assert_eq!(people.rename(1, room, "lair"), None);
    assert_eq!(people.remove(1, room, 0), Some(Refusal::Creator));
    assert_eq!(people.remove(1, room, 2), None);
    people.settle();
    for who in 0..2 {
        assert_eq!(people.view(who, room).name, "lair");
        assert_eq!(people.members(who, room).len(), 2);
    }
}

#[test]
fn whoever_leaves_is_gone_for_all_and_can_be_invited_again() {
    let mut people = People::new(3);
    let room = people.gather();
    people.leave(2, room);
    people.settle();
    assert_eq!(people.state(2, room), RoomState::Left);
    assert_eq!(people.members(0, room), people.members(1, room));
    assert_eq!(people.members(0, room).len(), 2);
    people.invite(0, room, 2);
    people.settle();
    people.accept(2, room);
    people.say(1, room, "back?").unwrap();
    people.settle();
    assert_eq!(people.texts(2), ["back?"]);
    assert!(people.quiet());
}

#[test]
fn a_blocked_member_is_not_heard_and_its_changes_still_count() {
    let mut people = People::new(3);
    let room = people.gather();
    let ben = people.id(1);
    people.promote(0, room, 1);
    people.settle();
    people.tell(2, Input::Block(ben));
    people.say(1, room, "can you hear me").unwrap();
    people.rename(1, room, "lair");
    people.settle();
    assert!(people.texts(2).is_empty());
    assert_eq!(people.view(2, room).name, "lair");
    people.tell(2, Input::Unblock(ben));
    people.say(1, room, "and now").unwrap();
    people.settle();
    assert_eq!(people.texts(2), ["and now"]);
}

#[test]
fn a_blocked_person_cannot_invite() {
    let mut people = People::new(2);
    let ana = people.id(0);
    people.tell(1, Input::Block(ana));
    let room = people.create(0);
    people.invite(0, room, 1);
    people.settle();
    assert!(people.people[1].groups.room(room).is_none());
    assert!(people.people[1].events.is_empty());
}

#[test]
fn a_missing_key_is_told_once_and_given_up_after_a_week() {
    let mut people = People::new(2);
    let room = people.gather();
    people.say(0, room, "one").unwrap();
    people.say(0, room, "two").unwrap();
    people.mail.clear();
    people.settle();
    people.pass(Duration::from_secs(29));
    let from = people.id(0);
    let missing = RoomEvent::MissingKey { room, from };
    let told = |people: &People| {
        people.people[1]
            .events
            .iter()
            .filter(|one| **one == missing)
            .count()
    };
    assert_eq!(told(&people), 0);
    people.pass(Duration::from_secs(1));
    assert_eq!(told(&people), 1);
    people.pass(HOUR);
    assert_eq!(told(&people), 1);
    people.pass(Config::lan().wait_at_most);
    assert!(
        people.people[1]
            .events
            .contains(&RoomEvent::Unreadable { room, from })
    );
}

#[test]
fn the_view_says_while_removed_members_may_still_read() {
    let mut people = People::new(3);
    let room = people.gather();
    assert!(!people.view(0, room).removed_may_read);
    people.remove(0, room, 2);
    assert!(people.view(0, room).removed_may_read);
    people.settle();
    assert!(
        !people.view(0, room).removed_may_read,
        "the other has said that it knows"
    );
    assert_eq!(people.view(1, room).last_change_by, Some(people.id(0)));
    assert_eq!(people.view(1, room).known_since, people.now);
}
