//! What a log could show of private rooms: nothing of what is in them.

use tazcom_group::{Input, Output, PassphraseRoom};
use tazcom_proto::RoomName;

use crate::people::People;

/// Nothing that is debug-printed holds any of these.
const CANARIES: [&str; 4] = ["den", "what we do", "canary", "cellar"];

fn silent(shown: &str) {
    for canary in CANARIES {
        assert!(!shown.contains(canary), "{shown}");
    }
}

#[test]
fn neither_inputs_nor_outputs_nor_rows_nor_views_print_what_is_in_them() {
    let mut people = People::new(2);
    let room = people.gather();
    people.rename(0, room, "canary");
    let (_, words) = people.words(room, "a canary in a mine");
    silent(&format!("{words:?}"));
    people.people[0].groups.handle(people.now, words);
    let groups = &mut people.people[0].groups;
    let outputs: Vec<Output> = std::iter::from_fn(|| groups.poll_output()).collect();
    assert!(outputs.len() > 2);
    silent(&format!("{outputs:?} {:?} {groups:?}", groups.take_rows()));
    people.settle();
    silent(&format!(
        "{:?} {:?}",
        people.view(1, room),
        people.people[1].events
    ));
    let create = Input::Create {
        name: "den".to_owned(),
        topic: "what we do".to_owned(),
        reference: 1,
    };
    silent(&format!("{create:?}"));
    let cellar = RoomName::from_wire("cellar").unwrap();
    let secret = PassphraseRoom::derive(&cellar, "anchor violet humble orbit candle");
    silent(&format!("{secret:?}"));
}

#[test]
fn what_relays_see_says_nothing_of_name_members_or_room() {
    let mut people = People::new(2);
    let room = people.gather();
    people.say(0, room, "a canary in a mine").unwrap();
    let seen = people.people[0].said[0].bytes().clone();
    let ben = people.id(1);
    let inside: [&[u8]; 5] = [b"den", b"what we do", b"canary", &room.0, ben.as_bytes()];
    for part in inside {
        assert!(!seen.windows(part.len()).any(|window| window == part));
    }
}
