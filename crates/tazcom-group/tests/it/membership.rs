//! Who is a member, when several change that at once.

use proptest::prelude::*;
use tazcom_group::ops::{Action, Op, SignedOp};
use tazcom_group::wire::OPERATIONS;
use tazcom_group::{Input, RoomState};
use tazcom_identity::NodeId;
use tazcom_proto::cbor;
use tazcom_proto::inner::SealedRoomId;
use zeroize::Zeroizing;

use crate::people::People;

/// Four, of whom the first two are admins.
fn two_admins() -> (People, SealedRoomId) {
    let mut people = People::new(4);
    let room = people.gather();
    people.promote(0, room, 1);
    people.settle();
    (people, room)
}

fn agree(people: &People, room: SealedRoomId, who: &[usize]) {
    let first = people.members(who[0], room);
    for other in who {
        assert_eq!(people.members(*other, room), first, "of {other}");
    }
}

#[test]
fn a_removal_wins_against_an_invitation_that_does_not_know_of_it() {
    let (mut people, room) = two_admins();
    people.promote(0, room, 2);
    people.settle();
    people.remove(0, room, 3);
    let news: Vec<_> = people.mail.drain(..).collect();
    for mail in news.iter().filter(|mail| mail.to == 1) {
        people.receive_mail(mail.clone());
    }
    // 1 knows, and brings 3 back. 2 does not, and removes 3 once more.
    people.invite(1, room, 3);
    people.remove(2, room, 3);
    people.mail.extend(news);
    people.settle();
    agree(&people, room, &[0, 1, 2]);
    assert!(!people.members(0, room).contains(&people.id(3)));
    assert!(matches!(people.state(3, room), RoomState::Removed { .. }));
    people.invite(1, room, 3);
    people.settle();
    agree(&people, room, &[0, 1, 2, 3]);
    assert!(
        people.members(0, room).contains(&people.id(3)),
        "whoever knows can bring it back"
    );
}

#[test]
fn what_a_removed_admin_did_without_knowing_does_not_count() {
    let (mut people, room) = two_admins();
    people.rename(1, room, "mine");
    people.remove(1, room, 2);
    let held: Vec<_> = people.mail.drain(..).collect();
    // So that the removal stands after all that 1 did: not the order decides, but who knew what.
    people.promote(0, room, 3);
    people.promote(0, room, 2);
    people.remove(0, room, 1);
    people.mail.extend(held);
    people.settle();
    agree(&people, room, &[0, 2, 3]);
    assert_eq!(people.view(0, room).name, "den");
    assert!(people.members(3, room).contains(&people.id(2)));
}

#[test]
fn of_two_admins_who_remove_each_other_the_same_one_stays_for_all() {
    let mut people = People::new(4);
    let room = people.gather();
    people.promote(0, room, 1);
    people.promote(0, room, 2);
    people.settle();
    people.remove(1, room, 2);
    people.remove(2, room, 1);
    people.settle();
    agree(&people, room, &[0, 3]);
    let members = people.members(0, room);
    let stays = [1, 2].map(|who| members.contains(&people.id(who)));
    assert!(
        stays == [true, false] || stays == [false, true],
        "{stays:?}"
    );
}

#[test]
fn whoever_was_let_in_by_an_admin_that_was_gone_already_learns_that_it_is_not_in() {
    let mut people = People::new(4);
    let room = people.create(0);
    for who in [1, 2] {
        people.invite(0, room, who);
        people.settle();
        people.accept(who, room);
    }
    people.promote(0, room, 1);
    people.settle();
    people.invite(1, room, 3);
    let invitations: Vec<_> = people.mail.drain(..).collect();
    people.remove(0, room, 1);
    people.mail.extend(invitations);
    people.settle();
    assert!(!people.members(2, room).contains(&people.id(3)));
    assert!(!people.state(3, room).eq(&RoomState::Member));
    assert!(!people.members(3, room).contains(&people.id(3)));
}

#[test]
fn a_change_by_one_who_did_not_know_of_a_new_member_reaches_it() {
    let mut people = People::new(4);
    let room = people.create(0);
    for who in [1, 2] {
        people.invite(0, room, who);
        people.settle();
        people.accept(who, room);
    }
    people.promote(0, room, 1);
    people.settle();
    people.rename(1, room, "lair");
    let news: Vec<_> = people.mail.drain(..).collect();
    people.invite(0, room, 3);
    people.settle();
    people.accept(3, room);
    people.settle();
    people.mail.extend(news);
    people.settle();
    for who in 0..4 {
        assert_eq!(people.view(who, room).name, "lair", "for {who}");
    }
}

#[test]
fn a_creator_that_begins_a_new_log_takes_the_state_along() {
    let mut people = People::with(3, tazcom_group::Config::sim());
    let room = people.gather();
    for at in 0..60 {
        assert_eq!(people.rename(0, room, &format!("den {at}")), None);
    }
    people.settle();
    people.remove(0, room, 2);
    people.settle();
    agree(&people, room, &[0, 1]);
    assert_eq!(people.view(1, room).name, "den 59");
    assert!(
        people.people[1].disk.len() < 40,
        "of the old log nothing is left"
    );
    people.say(1, room, "still here").unwrap();
    people.settle();
    assert_eq!(people.texts(0), ["still here"]);
    assert!(people.texts(2).is_empty());
    assert!(people.quiet());
}

#[test]
fn a_removal_that_a_new_log_does_not_know_of_is_said_again() {
    let mut people = People::with(4, tazcom_group::Config::sim());
    let room = people.gather();
    people.promote(0, room, 1);
    people.settle();
    people.remove(1, room, 3);
    let held: Vec<_> = people.mail.drain(..).collect();
    for at in 0..60 {
        people.rename(0, room, &format!("den {at}"));
    }
    people.settle();
    people.mail.extend(held);
    people.settle();
    agree(&people, room, &[0, 1, 2]);
    assert_eq!(people.members(0, room).len(), 3);
}

/// An operation as a test draws it: who, what about whom, and which of those before it had seen.
type Drawn = (usize, u8, usize, Vec<usize>);

const CREW: usize = 6;

fn ops(people: &People, room: SealedRoomId, drawn: &[Drawn]) -> Vec<SignedOp> {
    let mut members: Vec<(NodeId, bool)> = (0..CREW).map(|at| (people.id(at), at < 3)).collect();
    members.sort_unstable();
    let genesis = Op {
        room,
        author: people.id(0),
        lamport: 0,
        parents: Vec::new(),
        action: Action::Genesis {
            generation: 0,
            name: "den".to_owned(),
            topic: String::new(),
            members,
        },
    };
    let mut all = vec![genesis.sign(&people.people[0].key)];
    for (author, what, whom, seen) in drawn {
        let mut parents: Vec<_> = seen.iter().map(|at| &all[at % all.len()]).collect();
        parents.sort_by_key(|parent| parent.id());
        parents.dedup_by_key(|parent| parent.id());
        let who = people.id(*whom);
        let op = Op {
            room,
            author: people.id(*author),
            lamport: parents
                .iter()
                .map(|parent| parent.op().lamport)
                .max()
                .unwrap()
                + 1,
            parents: parents.iter().map(|parent| parent.id()).collect(),
            action: match what {
                0 => Action::Add { who, admin: false },
                1 => Action::Add { who, admin: true },
                2 => Action::Remove { who },
                3 => Action::Remove {
                    who: people.id(*author),
                },
                _ => Action::Rename {
                    name: format!("{whom}"),
                    topic: String::new(),
                },
            },
        };
        all.push(op.sign(&people.people[*author].key));
    }
    all
}

/// The last of the crew hears these operations, in this order.
fn hear(people: &mut People, room: SealedRoomId, ops: &[&SignedOp]) {
    for op in ops {
        let mut body = Vec::new();
        cbor::put_array(&mut body, 3);
        cbor::put_bytes(&mut body, &room.0);
        cbor::put_array(&mut body, 1);
        cbor::put_bytes(&mut body, op.bytes());
        cbor::put_array(&mut body, 0);
        let carried = Input::Carried {
            from: people.id(0),
            created: people.now,
            kind: OPERATIONS,
            body: Zeroizing::new(body),
        };
        people.tell(CREW - 1, carried);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whoever has the same operations has the same room, in whatever order they came and however often.
    #[test]
    fn the_same_operations_in_any_order_are_the_same_room(
        drawn in proptest::collection::vec(
            (0..CREW, 0..5_u8, 0..CREW, proptest::collection::vec(0..64_usize, 1..4)),
            1..20,
        ),
        order in Just((0..64_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let room = SealedRoomId([5; 16]);
        let mut seen = Vec::new();
        for shuffled in [false, true] {
            let mut people = People::new(CREW);
            let all = ops(&people, room, &drawn);
            let mut later: Vec<&SignedOp> = all.iter().skip(1).collect();
            if shuffled {
                let mut keyed: Vec<_> = later.iter().enumerate().collect();
                keyed.sort_by_key(|(at, _)| order[*at]);
                later = keyed.into_iter().map(|(_, op)| *op).collect();
                later.extend(all.iter().take(3));
            }
            hear(&mut people, room, &[&all[0]]);
            hear(&mut people, room, &later);
            let view = people.view(CREW - 1, room).clone();
            seen.push((view.members, view.name, view.topic));
        }
        prop_assert_eq!(&seen[0], &seen[1]);
        prop_assert!(seen[0].0.len() <= CREW);
    }
}
