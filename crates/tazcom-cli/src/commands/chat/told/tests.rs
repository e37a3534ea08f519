//! However much a node writes, the chat takes as much as it shows.

use tazcom_tui::Place;

use super::*;
use crate::output::PresentRecord;

fn somebody(name: &str) -> Person {
    Person {
        id: NodeId::from_bytes([1; 32]),
        name: Some(name.to_owned()),
        doubtful: false,
    }
}

fn some<T: Clone>(count: usize, one: &T) -> Vec<T> {
    vec![one.clone(); count]
}

#[test]
fn what_has_too_long_a_name_has_none() {
    let id = |len| said_id(&"x".repeat(len));
    assert!(id(MAX_ID_LEN).is_some());
    assert!(id(MAX_ID_LEN + 1).is_none());
    let long = "a".repeat(1 << 20);
    for name in [format!("#{long}"), format!("@{long}"), format!("+{long}")] {
        assert_eq!(place(&name), None);
    }
    assert_eq!(private_room(&long), None);
    let room = private_room(&"ab".repeat(16));
    assert!(matches!(room, Some(Place::Private(_))));
}

#[test]
fn of_many_a_few_are_named() {
    let many = |count| people(&some(count, &somebody("ana"))).len();
    assert_eq!(many(MAX_NAMED), MAX_NAMED);
    assert_eq!(many(MAX_NAMED + 1), MAX_NAMED);
}

#[test]
fn a_status_has_as_much_as_is_shown() {
    let present = PresentRecord {
        who: somebody("ana"),
        direct: true,
        via: None,
        trust: "new".to_owned(),
    };
    let counted = |more: usize| {
        let ids = (0..MAX_VERIFIED + more).map(|number| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
            NodeId::from_bytes(id)
        });
        let lines = some(MAX_LINES + more, &"line".to_owned());
        let told = status(&StatusRecord {
            interfaces: lines.clone(),
            listens: lines.clone(),
            tried: lines,
            present: some(MAX_PRESENT + more, &present),
            verified: ids.collect(),
            heard: some(MAX_HEARD + more, &"#west".to_owned()),
        });
        [
            told.interfaces.len(),
            told.listens.len(),
            told.tried.len(),
            told.present.len(),
            told.verified.len(),
            told.heard.len(),
        ]
    };
    assert_eq!(counted(0), counted(1));
    assert_eq!(
        counted(1),
        [
            MAX_LINES,
            MAX_LINES,
            MAX_LINES,
            MAX_PRESENT,
            MAX_VERIFIED,
            MAX_HEARD
        ]
    );
}

#[test]
fn what_is_no_name_of_a_room_is_not_offered_as_one() {
    let told = status(&StatusRecord {
        heard: ["#west", "#\u{1b}[2J", "#a b", "#", "#re\u{202e}ve"]
            .map(str::to_owned)
            .to_vec(),
        ..StatusRecord::default()
    });
    assert_eq!(told.heard, ["#west".parse().unwrap()]);
}

#[test]
fn a_conversation_has_as_many_members_as_a_node_tells() {
    let member = MemberRecord {
        who: somebody("ana"),
        admin: false,
    };
    let counted = |count| {
        let record = ConversationRecord {
            place: "#lobby".to_owned(),
            name: None,
            topic: None,
            standing: "in".to_owned(),
            passphrase: false,
            members: some(count, &member),
        };
        conversation(&record).unwrap().members.len()
    };
    assert_eq!(counted(MAX_MEMBERS), MAX_MEMBERS);
    assert_eq!(counted(MAX_MEMBERS + 1), MAX_MEMBERS);
}
