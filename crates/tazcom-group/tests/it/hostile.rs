//! Members and strangers that do what no honest node does.

use tazcom_group::ops::OpId;
use tazcom_group::wire::{HISTORY, KEY, OPERATIONS};
use tazcom_group::{Config, Input, RoomState, SecurityEvent};
use tazcom_proto::inner::{Audience, Inner, InnerId, SealedRoomId, kind};
use tazcom_proto::{Content, Hlc, Seal, cbor};
use vodozemac::megolm::{GroupSession, SessionConfig};
use zeroize::Zeroizing;

use crate::floods::history_body;
use crate::people::{Mail, People};

pub(crate) fn key_body(room: SealedRoomId, key: &[u8], heads: &[OpId]) -> Zeroizing<Vec<u8>> {
    let mut body = Vec::new();
    cbor::put_array(&mut body, 3);
    cbor::put_bytes(&mut body, &room.0);
    cbor::put_bytes(&mut body, key);
    cbor::put_array(&mut body, heads.len());
    heads
        .iter()
        .for_each(|head| cbor::put_bytes(&mut body, &head.0));
    Zeroizing::new(body)
}

pub(crate) fn fresh_key() -> (GroupSession, Vec<u8>) {
    let session = GroupSession::new(SessionConfig::version_1());
    let key = session.session_key().to_bytes();
    (session, key)
}

pub(crate) fn mail(
    people: &mut People,
    from: usize,
    to: usize,
    kind: u64,
    body: Zeroizing<Vec<u8>>,
) {
    people.receive_mail(Mail {
        from,
        to,
        kind,
        body,
    });
}

pub(crate) fn publish(people: &mut People, from: usize, to: usize, tag: [u8; 32], bytes: Vec<u8>) {
    let envelope = people.sign(from, tag, Seal::Room, bytes);
    people.tell(to, Input::Sealed(envelope));
}

pub(crate) fn tag(people: &People, at: usize) -> [u8; 32] {
    people.people[at].groups.tags().next().unwrap().0
}

pub(crate) fn session_of(people: &People, at: usize) -> [u8; 32] {
    let Content::Sealed { bytes, .. } = people.people[at].said[0].content() else {
        panic!("what is said is sealed");
    };
    *bytes.first_chunk().unwrap()
}

/// Row 57 of the table of attacks.
#[test]
fn a_key_of_somebody_who_is_no_member_is_refused_and_told() {
    let mut people = People::new(3);
    let room = people.create(0);
    people.invite(0, room, 1);
    people.settle();
    people.accept(1, room);
    people.settle();
    let (mut session, key) = fresh_key();
    mail(&mut people, 2, 1, KEY, key_body(room, &key, &[]));
    let from = people.id(2);
    assert_eq!(
        people.people[1].security,
        [SecurityEvent::KeyFromStranger { room, from }]
    );
    let bytes = [&key[133..165], &session.encrypt("x").to_bytes()].concat();
    let tag = tag(&people, 1);
    publish(&mut people, 2, 1, tag, bytes);
    assert!(people.people[1].read.is_empty());
}

/// Row 57: nothing but a direct message brings a key.
#[test]
fn a_key_in_a_message_to_the_room_is_no_key() {
    let mut people = People::new(2);
    let room = people.gather();
    let (mut session, key) = fresh_key();
    let (_, say) = people.words(room, "x");
    let Input::Say {
        id,
        hlc,
        created,
        reference,
        ..
    } = say
    else {
        panic!("it is something to say");
    };
    let body = key_body(room, &key, &[]);
    people.people[0].groups.handle(
        people.now,
        Input::Say {
            room,
            id,
            hlc,
            created,
            kind: KEY,
            body,
            reference,
        },
    );
    // It comes out as something that was said, of a kind that nobody shows.
    while people.people[0].groups.poll_output().is_some() {}
    let bytes = [&key[133..165], &session.encrypt("x").to_bytes()].concat();
    let tag = tag(&people, 1);
    publish(&mut people, 0, 1, tag, bytes);
    assert!(people.people[1].read.is_empty());
    assert!(people.quiet());
}

/// Row 57.
#[test]
fn a_second_key_for_a_session_is_refused_and_told_whoever_sends_it() {
    let mut people = People::new(3);
    let room = people.gather();
    let (mut session, key) = fresh_key();
    mail(&mut people, 0, 1, KEY, key_body(room, &key, &[]));
    // The same again is nothing.
    mail(&mut people, 0, 1, KEY, key_body(room, &key, &[]));
    assert!(people.quiet());
    session.encrypt("x");
    let second = session.session_key().to_bytes();
    mail(&mut people, 0, 1, KEY, key_body(room, &second, &[]));
    // Another member says so.
    let made_up = [&[1, 0, 0, 0, 0][..], &[7; 128], &key[133..165]].concat();
    let keys = [(people.id(0), made_up)];
    mail(&mut people, 2, 1, HISTORY, history_body(room, &keys));
    let conflict = |from| SecurityEvent::KeyConflict { room, from };
    let told = [conflict(people.id(0)), conflict(people.id(2))];
    assert_eq!(people.people[1].security, told);
}

#[test]
fn shared_keys_never_take_the_place_of_those_of_their_owner() {
    let mut people = People::new(3);
    let room = people.gather();
    people.say(0, room, "one").unwrap();
    people.settle();
    let session = session_of(&people, 0);
    let owner = people.id(0);
    // A ratchet made up for the session of another.
    let mut made_up = vec![1, 0, 0, 0, 0];
    made_up.extend([7; 128]);
    made_up.extend(session);
    let mut body = Vec::new();
    cbor::put_array(&mut body, 2);
    cbor::put_bytes(&mut body, &room.0);
    cbor::put_array(&mut body, 1);
    cbor::put_array(&mut body, 2);
    cbor::put_bytes(&mut body, owner.as_bytes());
    cbor::put_bytes(&mut body, &made_up);
    mail(&mut people, 2, 1, HISTORY, Zeroizing::new(body));
    let from = people.id(2);
    assert_eq!(
        people.people[1].security,
        [SecurityEvent::KeyConflict { room, from }]
    );
    people.say(0, room, "two").unwrap();
    people.settle();
    assert_eq!(people.texts(1), ["one", "two"]);
}

/// Row 58 of the table of attacks.
#[test]
fn a_replayed_message_is_dropped_and_so_is_another_with_its_index() {
    let mut people = People::new(2);
    let room = people.gather();
    people.say(0, room, "once").unwrap();
    people.settle();
    let said = people.people[0].said[0].clone();
    people.tell(1, Input::Sealed(said.clone()));
    assert_eq!(people.texts(1), ["once"]);
    assert!(people.quiet(), "gossip may bring it twice");
    // The same ciphertext in another envelope.
    let Content::Sealed { bytes, .. } = said.content() else {
        panic!("what is said is sealed");
    };
    let bytes = bytes.to_vec();
    people.pass(std::time::Duration::from_secs(1));
    let tag = tag(&people, 1);
    publish(&mut people, 0, 1, tag, bytes);
    assert_eq!(people.texts(1), ["once"]);
    let from = people.id(0);
    assert_eq!(
        people.people[1].security,
        [SecurityEvent::IndexReused { room, from }]
    );
}

/// Row 58: two messages sealed at one index, as somebody does who turned its machine back.
#[test]
fn another_ciphertext_with_an_index_that_was_used_is_dropped_and_told() {
    let mut people = People::new(2);
    let room = people.gather();
    let (session, key) = fresh_key();
    let twin = GroupSession::from_pickle(session.pickle());
    mail(&mut people, 0, 1, KEY, key_body(room, &key, &[]));
    let tag = tag(&people, 1);
    for (mut session, text) in [(session, "one"), (twin, "other")] {
        let (id, _) = people.words(room, "");
        let bytes = [
            &key[133..165],
            &session
                .encrypt(sealed(&people, 0, room, id, text))
                .to_bytes(),
        ];
        publish(&mut people, 0, 1, tag, bytes.concat());
    }
    assert_eq!(people.texts(1), ["one"]);
    let from = people.id(0);
    assert_eq!(
        people.people[1].security,
        [SecurityEvent::IndexReused { room, from }]
    );
}

pub(crate) fn sealed(
    people: &People,
    from: usize,
    room: SealedRoomId,
    id: InnerId,
    text: &str,
) -> Vec<u8> {
    let body = tazcom_proto::inner::InnerText {
        text: Zeroizing::new(text.to_owned()),
        action: false,
    };
    let inner = Inner {
        from: people.id(from),
        to: Audience::Room(room),
        id,
        hlc: Hlc::default(),
        created: people.now,
        kind: kind::TEXT,
        body: body.encode(),
    };
    inner.encode().unwrap().to_vec()
}

#[test]
fn what_was_said_by_another_or_elsewhere_does_not_open_here() {
    let mut people = People::new(3);
    let room = people.gather();
    let (mut session, key) = fresh_key();
    mail(&mut people, 1, 0, KEY, key_body(room, &key, &[]));
    let id = InnerId([9; 16]);
    let elsewhere = SealedRoomId([9; 16]);
    let tag = tag(&people, 0);
    for plain in [
        sealed(&people, 2, room, id, "x"),
        sealed(&people, 1, elsewhere, id, "x"),
    ] {
        let bytes = [&key[133..165], &session.encrypt(plain).to_bytes()].concat();
        publish(&mut people, 1, 0, tag, bytes);
    }
    // And what somebody else has sealed, in an envelope of one's own.
    let bytes = [
        &key[133..165],
        &session
            .encrypt(sealed(&people, 1, room, id, "x"))
            .to_bytes(),
    ];
    publish(&mut people, 2, 0, tag, bytes.concat());
    assert!(people.people[0].read.is_empty());
    let (ben, cleo) = (people.id(1), people.id(2));
    let misdirected = SecurityEvent::Misdirected { room, from: ben };
    let foreign = SecurityEvent::ForeignSession { room, from: cleo };
    assert_eq!(
        people.people[0].security,
        [misdirected, misdirected, foreign]
    );
}

/// Row 59 of the table of attacks.
#[test]
fn what_a_removed_member_says_is_dropped() {
    let mut people = People::new(3);
    let room = people.gather();
    people.say(2, room, "before").unwrap();
    people.settle();
    people.remove(0, room, 2);
    // It does not know yet.
    people.say(2, room, "after").unwrap();
    people.settle();
    assert_eq!(people.texts(0), ["before"]);
    assert_eq!(people.texts(1), ["before"]);
    assert!(people.quiet(), "it was honest");
}

#[test]
fn what_is_no_direct_message_of_rooms_is_told_and_nothing_else_happens() {
    let mut people = People::new(2);
    let room = people.gather();
    let rows = people.people[1].disk.clone();
    let from = people.id(0);
    for kind in [OPERATIONS, KEY, HISTORY, OPERATIONS + 2] {
        for len in 0..64 {
            mail(&mut people, 0, 1, kind, Zeroizing::new(vec![0x83; len]));
        }
    }
    let expected = SecurityEvent::Malformed { from };
    assert!(
        people.people[1]
            .security
            .iter()
            .all(|event| *event == expected)
    );
    assert_eq!(people.people[1].security.len(), 4 * 64);
    assert_eq!(people.people[1].disk, rows);
    assert_eq!(people.state(1, room), RoomState::Member);
}

#[test]
fn a_message_far_ahead_of_its_session_is_not_chased() {
    let mut people = People::new(2);
    let room = people.gather();
    let (mut session, key) = fresh_key();
    mail(&mut people, 0, 1, KEY, key_body(room, &key, &[]));
    let tag = tag(&people, 1);
    let most = Config::lan().max_session_messages;
    for index in 0..=most {
        let id = InnerId([8; 16]);
        let message = session.encrypt(sealed(&people, 0, room, id, &index.to_string()));
        if index + 1 >= most {
            let bytes = [&key[133..165], &message.to_bytes()].concat();
            publish(&mut people, 0, 1, tag, bytes);
        }
    }
    assert_eq!(
        people.texts(1),
        [(most - 1).to_string()],
        "at the limit, and not one past it"
    );
}
