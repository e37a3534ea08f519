//! Whatever anybody sends.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use tazcom_chat::{ChatEvent, Config, Input, Restored};
use tazcom_identity::Signature;
use tazcom_proto::{
    Content, Draft, Envelope, Hlc, MessageId, Place, RoomName, Scope, UnixMillis, VerifiedEnvelope,
};

use crate::stage::{HOUR, Node, SECOND, START, Voice, draft, lobby, millis};

/// Row 44: what says that it is ours, and is not, cannot be had as verified.
#[test]
fn what_another_key_signed_in_our_name_is_no_verified_envelope() {
    let mut node = Node::new();
    node.say("ours");
    let ours = node.published[0].clone();
    let forged = Voice::new(1).says("ours", Duration::ZERO);
    let mut bytes = ours.signed().to_vec();
    bytes.extend_from_slice(&forged.signature().to_bytes());
    let forged = Envelope::decode(Bytes::from(bytes)).unwrap();
    assert!(forged.verify().is_err());
}

/// Row 45: an author can sign one thing in many ways.
#[test]
fn one_message_with_another_signature_is_one_message() {
    let mut node = Node::new();
    let once = Voice::new(1).says("once", Duration::ZERO);
    let mut bytes = once.signed().to_vec();
    bytes.extend_from_slice(&Signature::from_bytes([3; Signature::LEN]).to_bytes());
    let again = Envelope::decode(Bytes::from(bytes))
        .unwrap()
        .assume_verified();
    node.hear(&once);
    node.hear(&again);
    node.repair(&once);
    assert_eq!(node.told().len(), 1);
}

/// Row 48.
#[test]
fn a_claim_about_the_time_that_nobody_believes_is_not_shown() {
    let year = 365 * 24 * 60 * 60 * 1000;
    let claims = [0, START - 10 * year, START + 10 * year, u64::MAX];
    for claim in claims {
        let mut node = Node::new();
        let text = Box::from("x");
        let content = Content::Text {
            text,
            action: false,
        };
        let created = UnixMillis(claim);
        let hlc = Hlc {
            millis: created,
            counter: u32::MAX,
        };
        let room = Scope::Room(lobby());
        node.hear(&Voice::new(1).signs(Draft::new(room, content, hlc, created)));
        node.say("honest");
        let honest = node.published.last().unwrap();
        assert_eq!(
            honest.hlc().millis,
            UnixMillis(START),
            "nobody is dragged along"
        );
        let room = node.chat.room(&lobby()).unwrap();
        for line in room.lines() {
            assert_eq!(line.said_at(), UnixMillis(START));
        }
    }
}

#[test]
fn a_credible_time_is_shown_as_it_is_claimed() {
    let mut node = Node::new();
    node.pass(48 * HOUR);
    node.repair(&Voice::new(1).says("two days ago", Duration::ZERO));
    let room = node.chat.room(&lobby()).unwrap();
    assert_eq!(room.lines().next().unwrap().said_at(), UnixMillis(START));
}

#[test]
fn ten_thousand_strangers_make_nothing_grow() {
    let mut config = Config::lan();
    (config.people, config.chains, config.members) = (64, 64, 64);
    (config.known_rooms, config.seen, config.lines) = (64, 64, 64);
    let mut node = Node::with(0, config, Restored::fresh());
    let mut honest = Voice::new(0);
    for n in 1..=2_000u32 {
        let mut stranger = Voice::new(n);
        let at = n * millis(1);
        node.hear(&stranger.says("x", at));
        node.hear(&stranger.is_called(&format!("n{n}"), at));
        let room: RoomName = format!("room{n}").parse().unwrap();
        let topic = Box::from("t");
        node.hear(&stranger.signs(draft(Scope::Room(room), Content::Room { topic }, at)));
        if n % 10 == 0 {
            node.hear(&honest.says("honest", at));
        }
        node.events.clear();
    }
    let room = node.chat.room(&lobby()).unwrap();
    assert_eq!(room.lines().count(), 64);
    assert!(room.members().count() <= 64);
    assert_eq!(node.chat.other_rooms().count(), 64);
    assert!(node.chat.present(node.now()).count() <= 64);
    node.pass(3 * SECOND);
    let gap = node
        .news()
        .into_iter()
        .find(|event| matches!(event, ChatEvent::Gap { .. }));
    assert_eq!(gap, None, "and nobody is said to miss anything");
}

#[test]
fn a_log_of_all_that_is_told_has_no_word_of_it() {
    let mut node = Node::new();
    let mut ana = Voice::new(1);
    node.hear(&ana.is_called("canary", millis(0)));
    node.hear(&ana.says("canary", millis(1)));
    let text = "canary".to_owned();
    let say = Input::Say {
        room: lobby(),
        text,
        action: false,
        reference: 1,
    };
    let said = tazcom_chat::parse("/me canary");
    let logged = format!("{:?} {say:?} {:?} {said:?}", node.events, node.chat);
    assert!(!logged.contains("canary"), "{logged}");
}

#[derive(Clone, Debug)]
enum Act {
    Text(u32, u64, u64, String),
    Receipt(u32, u8),
    Name(u32, String),
    Topic(u32, String),
    Reach(u8, u8),
    Say(String),
    Rename(String),
    Synced,
    Skew(u32, i64),
    Leave,
    Join,
    Pass(u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let number = prop_oneof![1..9u64, Just(1 << 63), Just(u64::MAX), any::<u64>()];
    let time = prop_oneof![0..100_000u64, any::<u64>()];
    let act = prop_oneof![
        4 => (0..5u32, number, time, "\\PC{1,8}").prop_map(|(w, n, t, x)| Act::Text(w, n, t, x)),
        1 => (0..5u32, any::<u8>()).prop_map(|(w, n)| Act::Receipt(w, n)),
        1 => (0..5u32, "\\PC{1,8}").prop_map(|(w, x)| Act::Name(w, x)),
        1 => (0..5u32, "\\PC{0,8}").prop_map(|(w, x)| Act::Topic(w, x)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(a, b)| Act::Reach(a, b)),
        1 => ".{0,20}".prop_map(Act::Say),
        1 => ".{0,10}".prop_map(Act::Rename),
        1 => Just(Act::Synced),
        1 => (0..5u32, any::<i64>()).prop_map(|(w, o)| Act::Skew(w, o)),
        1 => Just(Act::Leave),
        1 => Just(Act::Join),
        2 => (0..100_000u64).prop_map(Act::Pass),
    ];
    prop::collection::vec(act, 0..60)
}

fn text_at(who: u32, seq: u64, time: u64, text: &str) -> Option<VerifiedEnvelope> {
    let created = UnixMillis(time);
    let text = Box::from(text);
    let content = Content::Text {
        text,
        action: false,
    };
    let previous = (seq > 1).then(|| MessageId::from_bytes([7; 32]));
    let draft = Draft {
        place: Some(Place { seq, previous }),
        ..Draft::new(
            Scope::Room(lobby()),
            content,
            Hlc::default().tick(created),
            created,
        )
    };
    // Voice 0 has our own key.
    let key = crate::stage::key(if who == 0 { 0 } else { 1000 + who });
    draft.sign(&key).ok()
}

fn act(node: &mut Node, act: Act) {
    let at = node.at;
    let peers = |bits: u8| -> BTreeSet<_> {
        let there = (0..8u32).filter(|n| bits & (1 << n) != 0);
        there.map(|n| Voice::new(n).id()).collect()
    };
    match act {
        Act::Text(who, seq, time, text) => {
            if let Some(envelope) = text_at(who, seq, time, &text) {
                node.repair(&envelope);
            }
        }
        Act::Receipt(who, n) => {
            let own: Vec<_> = node.published.iter().map(|own| own.id()).collect();
            let id = own.get(usize::from(n) % own.len().max(1));
            let id = id
                .copied()
                .unwrap_or_else(|| MessageId::from_bytes([n; 32]));
            node.hear(&Voice::new(who).has(&[id], at));
        }
        Act::Name(who, name) => node.hear(&Voice::new(who).is_called(&name, at)),
        Act::Topic(who, topic) => {
            let topic = Box::from(topic);
            let draft = draft(Scope::Room(lobby()), Content::Room { topic }, at);
            node.hear(&Voice::new(who).signs(draft));
        }
        Act::Reach(peers_bits, lost) => node.handle(Input::Reachable {
            peers: peers(peers_bits),
            lost: peers(lost),
            left: peers(lost.rotate_left(3)),
        }),
        Act::Say(text) => node.say(&text),
        Act::Rename(name) => node.handle(Input::SetName { name, reference: 1 }),
        Act::Synced => node.handle(Input::Synced {
            peer: Voice::new(1).id(),
        }),
        Act::Skew(who, offset_millis) => node.handle(Input::Skew {
            who: Some(Voice::new(who).id()),
            offset_millis,
        }),
        Act::Leave => node.handle(Input::Leave { room: lobby() }),
        Act::Join => node.handle(Input::Join {
            room: lobby(),
            recent: Vec::new(),
            reference: 1,
        }),
        Act::Pass(time) => node.pass(millis(time)),
    }
}

proptest! {
    #[test]
    fn nothing_anybody_does_panics_or_makes_a_deadline_be_missed(acts in acts()) {
        let mut node = Node::new();
        for one in acts {
            // Each turn asserts that the next deadline lies ahead.
            act(&mut node, one);
        }
        node.pass(HOUR);
        for event in &node.events {
            if let ChatEvent::Reach { reached, of, .. } = event {
                prop_assert!(reached <= of);
            }
        }
    }
}
