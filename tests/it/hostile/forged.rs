//! Messages that are not what they seem, in a session of somebody who could know better.

use std::time::Duration;

use tazcom_proto::mesh::MeshFrame;
use tazcom_proto::sync::SyncFrame;
use tazcom_proto::{Content, Hlc, Place, Scope, UnixMillis};
use tazcom_session::{Command, PayloadKind};
use tazcom_tests::session::{Stranger, Talk};
use tazcom_tests::{Author, Event, SOON, resealed};

use super::conversation::Conversation;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Hops that a message may claim to have come, and the last one.
const MAX_HOPS: u64 = 64 + 1;

#[test]
fn whoever_passes_on_a_forged_signature_loses_its_session_and_nobody_else_does() {
    let mut scene = Conversation::new();
    let mut author = Author::new(101);
    let honest = author.says("the word of its author");
    let forged = author.says("not quite");
    let mut talk = scene.neighbour(1);
    assert!(talk.pushes(honest.bytes()));
    scene.hears(&honest.id().to_string());
    assert!(talk.pushes(&resealed(&forged)));
    scene.throws_out(talk, &Stranger::new(1));

    // The same when it was offered, wanted, and then sent.
    let mut talk = scene.neighbour(2);
    assert!(talk.repairs(&SyncFrame::Offer(vec![forged.id()])));
    let number = wish(&mut talk);
    let envelopes = vec![resealed(&forged).into()];
    assert!(talk.repairs(&SyncFrame::Envelopes {
        number,
        last: true,
        envelopes
    }));
    scene.throws_out(talk, &Stranger::new(2));

    // Somebody else's name over one's own signature is a forged signature, too.
    let mut talk = scene.neighbour(3);
    let mut borrowed = author.says("by whom?").bytes().to_vec();
    borrowed[..32].copy_from_slice(&tazcom_tests::raw_id(scene.node.id()));
    assert!(talk.pushes(&borrowed));
    scene.throws_out(talk, &Stranger::new(3));

    // What was forged is not held against what is true.
    let mut talk = scene.neighbour(4);
    assert!(talk.pushes(forged.bytes()));
    scene.hears(&forged.id().to_string());
    scene.is_well();
    scene.has_shown(&["the word of its author", "not quite"]);
}

#[test]
fn what_is_no_envelope_ends_the_session_that_brought_it() {
    let mut scene = Conversation::new();
    let mut author = Author::new(102);
    let whole = author.says("hello");
    let no_envelopes: [Vec<u8>; 7] = [
        Vec::new(),
        whole.bytes()[..whole.bytes().len() - 1].to_vec(),
        [whole.bytes(), &[0][..]].concat(),
        vec![0xa0; 8_193],
        // Signed by its author as it is, and not in the one encoding.
        author.signs_bytes(&whole, |body| {
            assert_eq!(body[1..3], [1, 1], "the first field: its kind");
            body.insert(2, 0x18);
        }),
        author.signs_bytes(&whole, |body| body.push(0)),
        author.signs_bytes(&whole, |body| body[0] = 0xbf),
    ];
    for (bytes, number) in no_envelopes.iter().zip(10..) {
        let mut talk = scene.neighbour(number);
        assert!(talk.pushes(bytes));
        scene.throws_out(talk, &Stranger::new(number));
    }
    for (payload, number) in [&[][..], &[0xff; 64], &[0x82, 0x00]].iter().zip(20..) {
        for (kind, number) in [
            (PayloadKind::Gossip, number),
            (PayloadKind::Sync, number + 10),
        ] {
            let mut talk = scene.neighbour(number);
            assert!(talk.say(Command::Send(kind, payload.to_vec().into())));
            scene.throws_out(talk, &Stranger::new(number));
        }
    }
    scene.is_well();
    scene.has_shown(&[]);
}

#[test]
fn times_that_cannot_be_are_not_believed_and_cost_nobody_a_session() {
    let mut scene = Conversation::new();
    let mut author = Author::new(103);
    let mut talk = scene.neighbour(1);
    let first = author.says("at the right time");
    assert!(talk.pushes(first.bytes()));
    let now = first.created();
    let year = 365 * DAY;
    for (created, lifetime) in [
        (UnixMillis(0), 7 * DAY),
        (now.before(10 * year), 7 * DAY),
        (now.before(DAY), Duration::from_secs(60)),
        (now.after(DAY + Duration::from_secs(600)), 7 * DAY),
        (now.after(10 * year), 7 * DAY),
    ] {
        let mut draft = author.draft("at the wrong time");
        draft.created = created;
        draft.hlc.millis = created;
        draft.lifetime_secs = u32::try_from(lifetime.as_secs()).unwrap();
        let envelope = author.signs(draft);
        assert!(talk.pushes(envelope.bytes()));
        assert!(talk.repairs(&SyncFrame::Offer(vec![envelope.id()])));
    }
    // A clock that orders it behind everything there will ever be.
    let mut draft = author.draft("at the wrong time");
    draft.hlc = Hlc {
        millis: now.after(10 * year),
        ..draft.hlc
    };
    let envelope = author.signs(draft);
    assert!(talk.pushes(envelope.bytes()));

    let mut draft = author.draft("three hours ahead");
    draft.created = now.after(Duration::from_secs(3 * 60 * 60));
    draft.hlc.millis = draft.created;
    let ahead = author.signs(draft);
    assert!(talk.pushes(ahead.bytes()));
    let shown = scene.hears(&ahead.id().to_string());
    assert!(shown.text("first_seen") < shown.text("created"), "{shown}");
    talk.ping(SOON);
    scene.is_well();
    scene.has_shown(&["at the right time", "three hours ahead"]);
}

#[test]
fn copies_of_a_message_are_one_message_however_far_they_claim_to_have_come() {
    let mut scene = Conversation::new();
    let mut author = Author::new(104);
    let message = author.says("once");
    let mut talk = scene.neighbour(1);
    for round in [u16::MAX, 0, 1, 255, u16::MAX]
        .into_iter()
        .cycle()
        .take(100)
    {
        assert!(talk.pushes_from_afar(message.bytes(), round));
    }
    let shown = scene.hears(&message.id().to_string());
    assert!(shown.value("hops").as_u64() <= Some(MAX_HOPS), "{shown}");
    talk.ping(SOON);
    scene.is_well();
    scene.has_shown(&["once"]);
}

#[test]
fn numbers_that_jump_lock_nobody_out() {
    let mut scene = Conversation::new();
    let mut author = Author::new(105);
    let mut talk = scene.neighbour(1);
    let mut texts = Vec::new();
    for (seq, number) in [1, 1 << 62, (1 << 63) - 1, 2, 2, 1, 3].into_iter().zip(0..) {
        let text = format!("numbered {seq}, as message {number}");
        let mut draft = author.draft(&text);
        let previous = draft.place.and_then(|place| place.previous);
        draft.place = Some(Place {
            seq,
            previous: previous.filter(|_| seq > 1),
        });
        let envelope = author.signs(draft);
        assert!(talk.pushes(envelope.bytes()));
        scene.hears(&envelope.id().to_string());
        texts.push(text);
    }
    // More than a store can count. It is passed on, and kept by nobody.
    for seq in [1 << 63, u64::MAX] {
        let mut draft = author.draft("numbered too high");
        draft.place = draft.place.map(|place| Place { seq, ..place });
        let envelope = author.signs(draft);
        assert!(talk.pushes(envelope.bytes()));
    }
    let last = author.says("and on");
    assert!(talk.pushes(last.bytes()));
    scene.hears(&last.id().to_string());
    texts.push("and on".to_owned());
    scene.is_well();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    scene.has_shown(&texts);
}

#[test]
fn envelopes_that_nobody_wanted_are_not_taken() {
    let mut scene = Conversation::new();
    let mut author = Author::new(106);
    let mut talk = scene.neighbour(1);
    for number in 0..50 {
        let unwanted = author.says(&format!("unwanted {number}"));
        let envelopes = vec![unwanted.bytes().clone(), resealed(&unwanted).into()];
        assert!(talk.repairs(&SyncFrame::Envelopes {
            number,
            last: number % 2 == 0,
            envelopes
        }));
    }
    // One thing is wanted, and others come in its place.
    let (wanted, other) = (author.says("wanted"), author.says("in its place"));
    assert!(talk.repairs(&SyncFrame::Offer(vec![wanted.id()])));
    let number = wish(&mut talk);
    let envelopes = vec![other.bytes().clone(), wanted.bytes().clone()];
    assert!(talk.repairs(&SyncFrame::Envelopes {
        number,
        last: true,
        envelopes
    }));
    scene.hears(&wanted.id().to_string());
    scene.is_well();
    scene.has_shown(&["wanted"]);
}

#[test]
fn kinds_and_frames_that_nobody_knows_are_skipped() {
    let mut scene = Conversation::new();
    let mut talk = scene.neighbour(1);
    // An odd kind of frame that a later version may send.
    for kind in [PayloadKind::Gossip, PayloadKind::Sync] {
        assert!(talk.say(Command::Send(kind, vec![0x82, 0x17, 0xf6].into())));
    }
    assert!(talk.gossips(&MeshFrame::Prune));
    let message = Author::new(107).says("still here");
    assert!(talk.pushes(message.bytes()));
    scene.hears(&message.id().to_string());
    talk.ping(SOON);
    scene.is_well();
}

/// The number of the next wish of the node.
fn wish(talk: &mut Talk) -> u64 {
    match talk.hears(
        "what it wants",
        SOON,
        |frame| matches!(frame, SyncFrame::Want { ids, .. } if !ids.is_empty()),
    ) {
        SyncFrame::Want { number, .. } => number,
        other => panic!("not waited for: {other:?}"),
    }
}

#[test]
fn a_name_of_a_stranger_is_as_inert_as_its_text_and_no_mask() {
    let mut scene = Conversation::new();
    let mut author = Author::new(108);
    let mut talk = scene.neighbour(1);
    for name in ["\u{1b}[31mred", "a\u{202e}b", "\u{200b}", "two\nlines"] {
        let mut draft = author.draft("");
        draft.content = Content::Profile { name: name.into() };
        (draft.scope, draft.place) = (Scope::Mesh, None);
        // What stands in no room has no place, and none stands on it.
        let envelope = author.signs(draft);
        assert!(talk.pushes(envelope.bytes()));
        author.forgets();
    }
    let message = author.says("\u{9b}2J who am I?");
    assert!(talk.pushes(message.bytes()));
    scene.hears(&message.id().to_string());
    let node = &mut scene.node;
    let strange = |event: &Event| {
        let texts = ["name", "old", "message", "text"].map(|key| event.text(key).to_owned());
        let obeyed = |c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{200b}');
        texts.iter().any(|text| text.chars().any(obeyed))
    };
    let obeyed = node.events().iter().find(|event| strange(event)).cloned();
    assert!(obeyed.is_none(), "{obeyed:?}");
    let log = node.log();
    assert!(!log.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{log:?}");

    // In the name of the program nobody speaks without being told apart from it.
    let mut draft = author.draft("");
    draft.content = Content::Profile {
        name: "system".into(),
    };
    (draft.scope, draft.place) = (Scope::Mesh, None);
    let envelope = author.signs(draft);
    author.forgets();
    assert!(talk.pushes(envelope.bytes()));
    let id = author.id();
    let flagged = scene.node.wait_for("the name", SOON, |event| {
        event.is_about("name_changed", &id) && event.text("name") == "system"
    });
    assert_eq!(flagged.texts("warnings").len(), 1, "{flagged}");
    let shown = scene.victim.does(["history"]).is(0);
    let masked = format!("<system~{}>", &id[..8]);
    assert!(shown.text().contains(&masked), "{}", shown.account());
}
