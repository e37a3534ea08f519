//! Envelopes: one encoding, one id, nobody else's words.

use bytes::Bytes;
use proptest::prelude::*;
use tazcom_identity::{SecretKey, Signature};
use tazcom_proto::cbor::{self, CborError};
use tazcom_proto::limits::{
    MAX_ENVELOPE_LEN, MAX_LIFETIME_SECS, MAX_NAME_LEN, MAX_RECEIPT_IDS, MAX_ROOM_NAME_LEN,
    MAX_TEXT_LEN, MAX_TOPIC_LEN,
};
use tazcom_proto::{
    Content, Draft, Envelope, EnvelopeError, Hlc, Kind, MessageId, Place, RoomName, RoomNameError,
    Scope, UnixMillis, VerifiedEnvelope,
};

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

fn text(text: &str) -> Content {
    Content::Text {
        text: text.into(),
        action: false,
    }
}

fn draft(content: Content) -> Draft {
    let scope = match content.kind() {
        Kind::Profile => Scope::Mesh,
        _ => Scope::Room(RoomName::lobby()),
    };
    let hlc = Hlc {
        millis: NOW,
        counter: 3,
    };
    Draft::new(scope, content, hlc, NOW)
}

fn signed(draft: Draft) -> VerifiedEnvelope {
    draft.sign(&key(1)).expect("it is well-formed")
}

fn refusal(draft: Draft) -> EnvelopeError {
    draft.sign(&key(1)).expect_err("it must be refused").0
}

/// An envelope around a body that no draft would make.
fn around(body: &[u8]) -> Bytes {
    let key = key(1);
    let mut signed = key.node_id().as_bytes().to_vec();
    signed.extend_from_slice(body);
    let mut message = b"tazcom/v2/envelope\0".to_vec();
    message.extend_from_slice(&signed);
    signed.extend_from_slice(&key.sign(&message).to_bytes());
    signed.into()
}

/// The fields that every body has, from the third on, with so many before them.
fn body(more: usize, kind: u64, first: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    cbor::put_map(&mut out, 5 + more);
    cbor::put_uint(&mut out, 1);
    cbor::put_uint(&mut out, kind);
    first(&mut out);
    cbor::put_uint(&mut out, 6);
    cbor::put_array(&mut out, 2);
    cbor::put_uint(&mut out, NOW.0);
    cbor::put_uint(&mut out, 0);
    cbor::put_uint(&mut out, 7);
    cbor::put_uint(&mut out, NOW.0);
    cbor::put_uint(&mut out, 8);
    cbor::put_uint(&mut out, 60);
    cbor::put_uint(&mut out, 9);
    cbor::put_map(&mut out, 0);
    out
}

#[test]
fn an_envelope_is_read_as_it_was_written() {
    let previous = MessageId::of(b"the one before");
    let envelope = signed(Draft {
        place: Some(Place {
            seq: 7,
            previous: Some(previous),
        }),
        lifetime_secs: 3600,
        ..draft(text("Käsespätzle um 12?"))
    });
    let read = Envelope::decode(envelope.bytes().clone()).expect("it was written");
    let read = read.verify().expect("it was signed");
    assert_eq!(read, envelope);
    assert_eq!(read.author(), key(1).node_id());
    assert_eq!(read.room(), Some(&RoomName::lobby()));
    assert_eq!(read.content(), &text("Käsespätzle um 12?"));
    let place = read.place().expect("it has one");
    assert_eq!((place.seq, place.previous), (7, Some(previous)));
    assert_eq!(read.expires(), UnixMillis(NOW.0 + 3_600_000));
}

#[test]
fn an_envelope_is_these_bytes() {
    let envelope = signed(Draft {
        place: Some(Place {
            seq: 1,
            previous: None,
        }),
        lifetime_secs: 3600,
        ..draft(text("hi"))
    });
    let hex: String = envelope
        .bytes()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(hex, include_str!("vectors/envelope.hex").trim());
    let id = include_str!("vectors/envelope.id").trim();
    assert_eq!(envelope.id().to_string(), id);
    assert_eq!(id.parse(), Ok(envelope.id()));
}

#[test]
fn another_signature_makes_no_other_message() {
    let envelope = signed(draft(text("hi")));
    let mut bytes = envelope.bytes().to_vec();
    let len = bytes.len();
    bytes[len - Signature::LEN..].fill(0);
    let forged = Envelope::decode(bytes.into()).expect("it is well-formed");
    assert_eq!(forged.id(), envelope.id());
    assert!(forged.verify().is_err());
}

#[test]
fn no_bit_of_an_envelope_can_be_turned() {
    let envelope = signed(draft(text("hi")));
    for bit in 0..8 * envelope.bytes().len() {
        let mut bytes = envelope.bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let read = Envelope::decode(bytes.into()).map(Envelope::verify);
        assert!(!matches!(read, Ok(Ok(_))), "bit {bit}");
    }
}

#[test]
fn a_text_may_have_so_many_bytes_and_no_more() {
    signed(draft(text(&"a".repeat(MAX_TEXT_LEN))));
    let len = MAX_TEXT_LEN + 1;
    let refused = refusal(draft(text(&"a".repeat(len))));
    assert_eq!(refused, EnvelopeError::TextLength { len });
    assert_eq!(
        refusal(draft(text(""))),
        EnvelopeError::TextLength { len: 0 }
    );
}

#[test]
fn names_topics_and_receipts_have_their_limits_too() {
    let name = |len| Content::Profile {
        name: "a".repeat(len).into(),
    };
    signed(draft(name(MAX_NAME_LEN)));
    let len = MAX_NAME_LEN + 1;
    assert_eq!(refusal(draft(name(len))), EnvelopeError::NameLength { len });

    let topic = |len| Content::Room {
        topic: "a".repeat(len).into(),
    };
    signed(draft(topic(MAX_TOPIC_LEN)));
    let len = MAX_TOPIC_LEN + 1;
    assert_eq!(
        refusal(draft(topic(len))),
        EnvelopeError::TopicLength { len }
    );

    let receipt = |len| Content::Receipt {
        ids: vec![MessageId::of(b"x"); len],
    };
    signed(draft(receipt(MAX_RECEIPT_IDS)));
    let refused = refusal(draft(receipt(MAX_RECEIPT_IDS + 1)));
    assert_eq!(refused, EnvelopeError::ReceiptLength { len: 65 });
}

#[test]
fn a_lifetime_ends_within_a_week() {
    let living = |lifetime_secs| Draft {
        lifetime_secs,
        ..draft(text("hi"))
    };
    signed(living(MAX_LIFETIME_SECS));
    for lifetime_secs in [0, MAX_LIFETIME_SECS + 1] {
        let secs = u64::from(lifetime_secs);
        assert_eq!(
            refusal(living(lifetime_secs)),
            EnvelopeError::Lifetime { secs }
        );
    }
}

#[test]
fn the_first_has_no_predecessor_and_every_other_one() {
    let placed = |seq, previous| Draft {
        place: Some(Place { seq, previous }),
        ..draft(text("hi"))
    };
    let before = Some(MessageId::of(b"before"));
    signed(placed(1, None));
    signed(placed(u64::MAX, before));
    for (seq, previous) in [(0, None), (1, before), (2, None)] {
        assert_eq!(refusal(placed(seq, previous)), EnvelopeError::Place { seq });
    }
}

#[test]
fn a_kind_belongs_where_it_belongs() {
    let misplaced = Draft {
        scope: Scope::Mesh,
        ..draft(text("hi"))
    };
    assert_eq!(
        refusal(misplaced),
        EnvelopeError::Misplaced { kind: "text" }
    );
}

#[test]
fn nothing_is_ordered_before_it_was_made() {
    let early = Draft {
        created: UnixMillis(NOW.0 + 1),
        ..draft(text("hi"))
    };
    assert_eq!(refusal(early), EnvelopeError::Clock);
}

#[test]
fn a_kind_of_the_future_is_carried() {
    let envelope = Envelope::decode(around(&body(0, 77, |_| {}))).expect("it is well-formed");
    assert_eq!(envelope.content().kind(), Kind::Unknown(77));
    envelope.verify().expect("it was signed");
}

#[test]
fn an_odd_field_of_the_future_is_passed_over_and_an_even_one_is_not() {
    let with = |key: u64| {
        let mut out = body(1, 77, |_| {});
        cbor::put_uint(&mut out, key);
        cbor::put_text(&mut out, "later");
        Envelope::decode(around(&out))
    };
    with(11).expect("an odd one is passed over");
    assert_eq!(with(10), Err(EnvelopeError::UnknownField { key: 10 }));
}

#[test]
fn a_body_in_another_encoding_is_no_envelope() {
    let trailing = [body(0, 77, |_| {}), vec![0]].concat();
    let twice = body(1, 77, |out| {
        cbor::put_uint(out, 1);
        cbor::put_uint(out, 77);
    });
    // 24 stands for a number of one byte, which a smaller one needs not.
    let long = [&[0xa5, 0x18, 0x01][..], &body(0, 77, |_| {})[2..]].concat();
    for (body, error) in [
        (trailing, CborError::Trailing),
        (twice, CborError::KeyOrder),
        (long, CborError::NotShortest),
    ] {
        assert_eq!(
            Envelope::decode(around(&body)),
            Err(EnvelopeError::Cbor(error))
        );
    }
}

#[test]
fn an_envelope_may_have_so_many_bytes_and_no_more() {
    let filled = |len: usize| {
        let mut out = body(1, 77, |_| {});
        cbor::put_uint(&mut out, 11);
        let head = 3;
        let rest = len - 32 - 64 - out.len() - head;
        cbor::put_bytes(&mut out, &vec![0; rest]);
        around(&out)
    };
    let largest = filled(MAX_ENVELOPE_LEN);
    assert_eq!(largest.len(), MAX_ENVELOPE_LEN);
    Envelope::decode(largest).expect("it is as large as allowed");
    let len = MAX_ENVELOPE_LEN + 1;
    assert_eq!(
        Envelope::decode(filled(len)),
        Err(EnvelopeError::TooLong { len })
    );
}

#[test]
fn a_room_has_one_name() {
    assert_eq!("#Lobby".parse(), Ok(RoomName::lobby()));
    assert_eq!(RoomName::lobby().to_string(), "#lobby");
    for good in ["küche", "stage-2", "v1.0", "日本語", "a"] {
        assert_eq!(RoomName::from_wire(good).expect(good).as_str(), good);
    }
    let longest = "a".repeat(MAX_ROOM_NAME_LEN);
    RoomName::from_wire(&longest).expect("as long as allowed");
    let len = MAX_ROOM_NAME_LEN + 1;
    let long = RoomName::from_wire(&"a".repeat(len));
    assert_eq!(long, Err(RoomNameError::TooLong { len }));
    assert_eq!(RoomName::from_wire(""), Err(RoomNameError::Empty));
    for edge in ["-a", "a.", "..", "_"] {
        assert_eq!(
            RoomName::from_wire(edge),
            Err(RoomNameError::Edge),
            "{edge}"
        );
    }
    for odd in [
        "Lobby",
        "a b",
        "a/b",
        "a\u{1b}b",
        "a\u{200b}b",
        "#a",
        "a\u{3164}",
    ] {
        let refused = RoomName::from_wire(odd);
        assert!(
            matches!(refused, Err(RoomNameError::Character(_))),
            "{odd:?}"
        );
    }
}

#[test]
fn a_clock_only_goes_forward() {
    let start = Hlc {
        millis: NOW,
        counter: u32::MAX,
    };
    let mut last = start;
    for now in [0, NOW.0, NOW.0, NOW.0 + 5, NOW.0 + 5, 0] {
        let next = last.tick(UnixMillis(now));
        assert!(next > last);
        last = next;
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_panic_or_two_encodings(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Envelope::decode(Bytes::from(bytes));
    }

    #[test]
    fn whatever_may_be_signed_is_read_back(
        said in "\\PC{1,200}",
        action: bool,
        millis in 0..u64::MAX,
        counter: u32,
        seq in 2..u64::MAX,
        lifetime_secs in 1..=MAX_LIFETIME_SECS,
        room in "[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?",
    ) {
        let content = Content::Text { text: said.into(), action };
        let envelope = Draft {
            scope: Scope::Room(RoomName::from_wire(&room).expect("it is one")),
            place: Some(Place { seq, previous: Some(MessageId::of(b"before")) }),
            hlc: Hlc { millis: UnixMillis(millis), counter },
            created: UnixMillis(millis),
            lifetime_secs,
            content,
        };
        let envelope = envelope.sign(&key(2)).expect("it is well-formed");
        let read = Envelope::decode(envelope.bytes().clone()).expect("it was written");
        prop_assert_eq!(read.verify().expect("it was signed"), envelope);
    }
}
