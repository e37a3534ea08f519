//! Operations that no honest member makes.

use tazcom_group::ops::{Action, Op, OpId, SignedOp};
use tazcom_group::wire::OPERATIONS;
use tazcom_group::{Config, RoomState, SecurityEvent};
use tazcom_proto::cbor::{self, Reader};
use tazcom_proto::inner::SealedRoomId;
use zeroize::Zeroizing;

use crate::people::{Mail, People};

fn ops_body(room: SealedRoomId, ops: &[SignedOp]) -> Zeroizing<Vec<u8>> {
    let mut body = Vec::new();
    cbor::put_array(&mut body, 3);
    cbor::put_bytes(&mut body, &room.0);
    cbor::put_array(&mut body, ops.len());
    ops.iter()
        .for_each(|op| cbor::put_bytes(&mut body, op.bytes()));
    cbor::put_array(&mut body, 0);
    Zeroizing::new(body)
}

/// The operations in a direct message.
fn ops_of(body: &[u8]) -> Vec<SignedOp> {
    let mut reader = Reader::new(body);
    reader.array().unwrap();
    reader.bytes().unwrap();
    let len = reader.array().unwrap();
    (0..len)
        .map(|_| SignedOp::decode(reader.bytes().unwrap()).unwrap())
        .collect()
}

fn mail(people: &mut People, from: usize, to: usize, kind: u64, body: Zeroizing<Vec<u8>>) {
    people.receive_mail(Mail {
        from,
        to,
        kind,
        body,
    });
}

/// Row 59.
#[test]
fn an_operation_of_somebody_who_is_no_admin_is_refused_and_told() {
    let mut people = People::new(3);
    let room = people.create(0);
    people.invite(0, room, 1);
    let invitation = people.mail[0].clone();
    people.settle();
    people.accept(1, room);
    people.settle();
    let added = ops_of(&invitation.body).pop().unwrap();
    for (author, action) in [
        (
            1,
            Action::Add {
                who: people.id(2),
                admin: true,
            },
        ),
        (1, Action::Remove { who: people.id(0) }),
        (
            1,
            Action::Rename {
                name: "mine".to_owned(),
                topic: String::new(),
            },
        ),
        (
            2,
            Action::Add {
                who: people.id(2),
                admin: true,
            },
        ),
        (2, Action::Remove { who: people.id(2) }),
    ] {
        let op = Op {
            room,
            author: people.id(author),
            lamport: 2,
            parents: vec![added.id()],
            action,
        };
        let op = op.sign(&people.people[author].key);
        people.people[0].security.clear();
        mail(&mut people, author, 0, OPERATIONS, ops_body(room, &[op]));
        let from = people.id(author);
        assert_eq!(
            people.people[0].security,
            [SecurityEvent::Unauthorised { room, from }]
        );
    }
    assert_eq!(people.members(0, room).len(), 2);
    assert_eq!(people.view(0, room).name, "den");
}

/// Row 59: names are hashes, so none can name itself; what builds on nothing known waits, and is
/// given up.
#[test]
fn operations_that_build_on_what_never_comes_wait_bounded_and_are_given_up() {
    let mut people = People::new(2);
    let room = people.gather();
    let author = people.id(1);
    for at in 0..200_u64 {
        let mut parent = [3; 32];
        parent[..8].copy_from_slice(&at.to_be_bytes());
        let op = Op {
            room,
            author,
            lamport: 9,
            parents: vec![OpId(parent)],
            action: Action::Remove { who: author },
        };
        let op = op.sign(&people.people[1].key);
        mail(&mut people, 1, 0, OPERATIONS, ops_body(room, &[op]));
    }
    for _ in 0..20 {
        people.mail.clear();
        people.pass(std::time::Duration::from_secs(24 * 60 * 60));
    }
    assert_eq!(
        people.people[0].groups.due(),
        None,
        "nothing is asked for any more"
    );
    assert_eq!(people.members(0, room).len(), 2);
}

/// Row 59.
#[test]
fn a_hundred_thousand_operations_leave_a_bounded_log() {
    let config = Config::sim();
    let mut people = People::with(2, config.clone());
    let room = people.create(0);
    people.invite(0, room, 1);
    people.promote(0, room, 1);
    people.settle();
    people.accept(1, room);
    people.settle();
    let head = people.people[1].disk.len();
    let last = {
        people.rename(0, room, "x");
        let op = ops_of(&people.mail.pop_front().unwrap().body)
            .pop()
            .unwrap();
        people.mail.clear();
        op
    };
    // An admin that has lost its mind: one operation, said in a hundred thousand ways.
    let author = people.id(1);
    let signature = Op {
        room,
        author,
        lamport: 4,
        parents: vec![last.id()],
        action: Action::Rename {
            name: "y".to_owned(),
            topic: String::new(),
        },
    };
    let signed = signature.clone().sign(&people.people[1].key);
    for at in 0..100_000_u32 {
        let mut bytes = signed.bytes().to_vec();
        let op = match at < 1000 {
            true => {
                let mut op = signature.clone();
                op.action = Action::Rename {
                    name: at.to_string(),
                    topic: String::new(),
                };
                op.sign(&people.people[1].key)
            }
            // The rest it does not even sign.
            false => {
                let end = bytes.len() - 1;
                bytes[end - usize::try_from(at % 60).unwrap()] ^= 1;
                SignedOp::decode(&bytes).unwrap()
            }
        };
        mail(&mut people, 1, 0, OPERATIONS, ops_body(room, &[op]));
        people.people[0].security.clear();
        people.people[0].events.clear();
        people.mail.clear();
    }
    assert_ne!(people.view(0, room).name, "x", "an admin can do that");
    let kept = people.people[0].disk.len();
    assert!(kept <= head + config.max_ops, "{kept} rows");
    assert_eq!(people.members(0, room).len(), 2);
    assert_eq!(
        people.rename(0, room, "calm"),
        None,
        "its creator begins anew"
    );
    assert_eq!(people.view(0, room).name, "calm");
}

#[test]
fn an_invitation_by_somebody_without_the_right_to_it_is_none() {
    let mut people = People::new(3);
    let room = people.gather();
    people.rename(0, room, "x");
    let news = people.mail[0].clone();
    people.settle();
    let last = ops_of(&news.body).pop().unwrap();
    let mut outsider = People::new(4);
    // 1 makes up that it lets 3 in, and sends it the first operation as well.
    let genesis = Op {
        room,
        author: people.id(0),
        lamport: 0,
        parents: Vec::new(),
        action: Action::Genesis {
            generation: 0,
            name: "den".to_owned(),
            topic: String::new(),
            members: vec![(people.id(0), true)],
        },
    };
    let genesis = genesis.sign(&people.people[0].key);
    let add = Op {
        room,
        author: people.id(1),
        lamport: last.op().lamport + 1,
        parents: vec![last.id()],
        action: Action::Add {
            who: outsider.id(3),
            admin: false,
        },
    };
    let add = add.sign(&people.people[1].key);
    mail(
        &mut outsider,
        1,
        3,
        OPERATIONS,
        ops_body(room, &[genesis, add]),
    );
    assert!(outsider.people[3].groups.room(room).is_none());
    assert!(outsider.people[3].groups.tags().next().is_none());
    for _ in 0..20 {
        outsider.mail.clear();
        outsider.pass(std::time::Duration::from_secs(24 * 60 * 60));
    }
    assert!(outsider.people[3].disk.is_empty(), "nothing of it is left");
    assert_ne!(people.state(1, room), RoomState::Left);
}
