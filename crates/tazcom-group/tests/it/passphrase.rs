//! Rooms of a passphrase.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tazcom_group::{
    Config, Input, MIN_STRENGTH_BITS, PassphraseRoom, Refusal, RoomEvent, RoomKind, WeakPassphrase,
    strength_bits,
};
use tazcom_proto::inner::SealedRoomId;
use tazcom_proto::{Content, RoomName, Seal};
use tazcom_testkit::Seed;

use crate::people::People;

const PHRASE: &str = "anchor violet humble orbit candle";

fn derive(name: &str, passphrase: &str) -> Result<PassphraseRoom, WeakPassphrase> {
    PassphraseRoom::derive(&RoomName::from_wire(name).unwrap(), passphrase)
}

fn enter(people: &mut People, at: usize) -> SealedRoomId {
    let secret = derive("cellar", PHRASE).unwrap();
    let room = secret.id();
    people.tell(at, Input::Enter(secret));
    assert!(
        people.people[at]
            .events
            .contains(&RoomEvent::Entered { room })
    );
    room
}

#[test]
fn whoever_knows_the_passphrase_reads_and_says_and_is_shown_each_message_once() {
    let config = Config {
        max_remembered: 2,
        ..Config::lan()
    };
    let mut people = People::with(2, config);
    let room = enter(&mut people, 0);
    assert_eq!(enter(&mut people, 1), room);
    people.say(0, room, "one").unwrap();
    people.settle();
    let said = people.people[0].said[0].clone();
    people.tell(1, Input::Sealed(said.clone()));
    people.crash(1);
    people.tell(1, Input::Sealed(said.clone()));
    assert_eq!(people.texts(1), ["one"]);
    // Two are remembered; the third makes the first forgotten.
    people.say(0, room, "two").unwrap();
    people.settle();
    people.tell(1, Input::Sealed(said.clone()));
    assert_eq!(people.texts(1), ["one", "two"]);
    people.say(0, room, "three").unwrap();
    people.settle();
    people.tell(1, Input::Sealed(said));
    assert_eq!(people.texts(1), ["one", "two", "three", "one"]);

    let view = people.view(1, room);
    assert_eq!(
        (view.kind, view.name.as_str()),
        (RoomKind::Passphrase, "cellar")
    );
    assert!(view.members.is_empty());
    assert_eq!(people.invite(0, room, 1), Some(Refusal::PassphraseRoom));

    // What another signs in the name of nobody: the ciphertext is bound to its author.
    let Content::Sealed { bytes, .. } = people.people[0].said[1].content() else {
        panic!("what is said is sealed");
    };
    let bytes = bytes.to_vec();
    let (tag, _) = people.people[1].groups.tags().next().unwrap();
    let mut others = People::new(3);
    others.now = people.now;
    let stolen = others.sign(2, tag, Seal::Passphrase, bytes);
    people.tell(1, Input::Sealed(stolen));
    assert_eq!(people.texts(1).len(), 4);
    assert!(people.quiet());

    people.leave(1, room);
    assert!(
        people.people[1].disk.is_empty(),
        "the key is gone with the room"
    );
}

#[test]
fn another_name_or_another_passphrase_is_another_room() {
    let ids = [
        ("cellar", PHRASE),
        ("attic", PHRASE),
        ("cellar", "five other unrelated words here"),
    ];
    let ids = ids.map(|(name, phrase)| derive(name, phrase).unwrap().id());
    assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
}

#[test]
fn a_passphrase_below_the_floor_is_refused_with_what_it_is_worth() {
    let weak = derive("cellar", "correct horse battery staple").unwrap_err();
    assert_eq!(weak.bits, 44);
    assert!(weak.to_string().contains("44 bits"), "{weak}");
    assert!(weak.bits < MIN_STRENGTH_BITS);
}

#[test]
fn repetition_counting_and_length_alone_are_worth_little() {
    for weak in [
        "",
        "password",
        "Passwordpassword1234",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "12345678901234567890",
        "abcdefghijklmnopqrstuvwxyz",
        "spam spam spam spam spam spam spam",
        "P@ssw0rd2024!",
        "tazcom tazcom tazcom",
        "1 2 3 4 5 6 7 8 9 10 11 12",
    ] {
        assert!(
            strength_bits(weak) < MIN_STRENGTH_BITS,
            "{weak}: {}",
            strength_bits(weak)
        );
    }
    for strong in [
        PHRASE,
        "kX9#mQ2$vL7pRw",
        "mein kleiner gruener kaktus steht draussen",
    ] {
        assert!(
            strength_bits(strong) >= MIN_STRENGTH_BITS,
            "{strong}: {}",
            strength_bits(strong)
        );
    }
}

#[test]
fn a_passphrase_made_here_has_six_words_and_is_accepted() {
    let seed = Seed::from_env_or(1);
    eprintln!("{seed}");
    let mut rng = ChaCha20Rng::from_seed(seed.bytes(0));
    let phrases: Vec<_> = (0..100)
        .map(|_| PassphraseRoom::generate(&mut rng))
        .collect();
    for phrase in &phrases {
        let words: std::collections::BTreeSet<&str> = phrase.split(' ').collect();
        assert_eq!(phrase.split(' ').count(), 6);
        // Drawing one word twice costs it its worth, and it is still enough.
        if words.len() == 6 && words.iter().all(|word| word.len() > 2) {
            assert!(
                strength_bits(phrase) >= MIN_STRENGTH_BITS,
                "{seed}: {}",
                **phrase
            );
        }
    }
    assert_ne!(phrases[0], phrases[1]);
}

#[test]
fn sixty_four_messages_that_were_shown_are_one_row() {
    let config = Config {
        max_remembered: 100,
        ..Config::lan()
    };
    let mut people = People::with(2, config);
    let room = enter(&mut people, 0);
    enter(&mut people, 1);
    let rows = |people: &People| {
        let disk = people.people[1].disk.keys();
        disk.filter(|key| key[6] == b'm').count()
    };
    for at in 1..=200 {
        people.say(0, room, "x").unwrap();
        people.settle();
        assert!(rows(&people) <= 3, "{at}");
        if at == 64 {
            assert_eq!(rows(&people), 1);
        }
    }
    people.crash(1);
    for said in people.people[0].said.clone().split_off(100) {
        people.tell(1, Input::Sealed(said));
    }
    assert_eq!(people.texts(1).len(), 200, "a hundred are remembered");
    let first = people.people[0].said[99].clone();
    people.tell(1, Input::Sealed(first));
    assert_eq!(people.texts(1).len(), 201);
    people.leave(1, room);
    assert!(people.people[1].disk.is_empty());
}
