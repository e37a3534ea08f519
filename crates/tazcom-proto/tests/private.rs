//! What is said in private: what travels of it, and what is in it.

use bytes::Bytes;
use proptest::prelude::*;
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::direct::{DirectFrame, MAX_VERIFY_LEN};
use tazcom_proto::inner::{Audience, Inner, InnerError, InnerId, InnerText, SealedRoomId, kind};
use tazcom_proto::limits::{
    INNER_LENGTHS, MAX_DIRECT_LEN, MAX_ENVELOPE_LEN, MAX_INNER_LEN, MAX_SEALED_LEN, MAX_TEXT_LEN,
};
use tazcom_proto::{
    Content, Draft, Envelope, EnvelopeError, Hlc, PayloadError, RoomName, Scope, Seal, UnixMillis,
    VerifiedEnvelope, cbor, succession_text,
};
use zeroize::Zeroizing;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
const HLC: Hlc = Hlc {
    millis: NOW,
    counter: 0,
};

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

fn sign(scope: Scope, content: Content) -> Result<VerifiedEnvelope, EnvelopeError> {
    let signed = Draft::new(scope, content, HLC, NOW).sign(&key(1));
    signed.map_err(|error| error.0)
}

fn sealed(len: usize) -> Content {
    Content::Sealed {
        seal: Seal::Direct,
        bytes: vec![7; len].into(),
    }
}

fn succession() -> Content {
    let (old, next) = (key(1).node_id(), key(2).node_id());
    Content::Succession {
        next,
        signature: key(2).sign(&succession_text(&old, &next)),
    }
}

fn inner(text: &str, to: Audience) -> Inner {
    let text = InnerText {
        text: Zeroizing::new(text.to_owned()),
        action: false,
    };
    Inner {
        from: key(1).node_id(),
        to,
        id: InnerId([5; 16]),
        hlc: HLC,
        created: NOW,
        kind: kind::TEXT,
        body: text.encode(),
    }
}

fn to_bob() -> Audience {
    Audience::Person(NodeId::from_bytes([9; 32]))
}

#[test]
fn envelopes_of_every_private_kind_are_read_as_they_were_written() {
    let keys = Content::Prekeys {
        identity: [3; 32],
        fallback: [4; 32],
    };
    let tag = Scope::Sealed([8; 32]);
    let all = [
        (Scope::Mesh, keys),
        (tag, sealed(300)),
        (Scope::Mesh, succession()),
        (Scope::Mesh, Content::Revocation),
    ];
    for (scope, content) in all {
        let envelope = sign(scope.clone(), content.clone()).expect("it is well-formed");
        let read = Envelope::decode(envelope.bytes().clone()).expect("it was written");
        let read = read.verify().expect("it was signed");
        assert_eq!((read.scope(), read.content()), (&scope, &content));
    }
}

#[test]
fn nothing_private_belongs_into_an_open_room_and_keys_belong_to_nobody_in_particular() {
    let lobby = Scope::Room(RoomName::lobby());
    for scope in [lobby, Scope::Mesh] {
        let refused = sign(scope, sealed(1)).expect_err("it does not belong there");
        assert!(matches!(refused, EnvelopeError::Misplaced { .. }));
    }
    for content in [succession(), Content::Revocation] {
        let refused = sign(Scope::Sealed([1; 32]), content).expect_err("everybody is to hear it");
        assert!(matches!(refused, EnvelopeError::Misplaced { .. }));
    }
}

#[test]
fn the_longest_sealed_message_fits_and_one_byte_more_does_not() {
    let longest = sign(Scope::Sealed([1; 32]), sealed(MAX_SEALED_LEN)).expect("it is allowed");
    assert!(longest.bytes().len() <= MAX_ENVELOPE_LEN);
    for len in [0, MAX_SEALED_LEN + 1] {
        let refused = sign(Scope::Sealed([1; 32]), sealed(len)).expect_err("it is too long");
        assert_eq!(refused, EnvelopeError::SealedLength { len });
    }
}

#[test]
fn the_longest_text_can_be_said_in_private() {
    let said = inner(&"x".repeat(MAX_TEXT_LEN), to_bob());
    let encoded = said.encode().expect("it fits");
    assert!(INNER_LENGTHS.contains(&encoded.len()));
    assert_eq!(Inner::decode(&encoded), Ok(said));
}

#[test]
fn more_than_can_be_sealed_is_refused() {
    let mut said = inner("", to_bob());
    let mut body = Zeroizing::new(Vec::new());
    cbor::put_bytes(&mut body, &vec![1; MAX_INNER_LEN]);
    said.body = body;
    assert!(matches!(said.encode(), Err(InnerError::TooLong { .. })));
}

#[test]
fn what_fills_it_up_is_nothing_but_zeros_up_to_the_next_step() {
    let encoded = inner("hi", to_bob()).encode().expect("it fits");
    assert_eq!(encoded.len(), INNER_LENGTHS[0]);
    let mut marked = encoded.clone();
    *marked.last_mut().expect("it has bytes") = 1;
    let longer = [encoded.as_slice(), &[0; 768]].concat();
    let mut beyond = encoded.clone();
    beyond[..2].copy_from_slice(&[0xFF, 0xFF]);
    let others: [&[u8]; 5] = [&marked, &longer, &beyond, &encoded[..255], &[]];
    for wrong in others {
        let len = wrong.len();
        assert_eq!(Inner::decode(wrong), Err(InnerError::Length { len }));
    }
}

#[test]
fn a_text_has_at_least_a_byte_and_no_more_than_fit() {
    for (len, is_one) in [
        (0, false),
        (1, true),
        (MAX_TEXT_LEN, true),
        (MAX_TEXT_LEN + 1, false),
    ] {
        let text = InnerText {
            text: Zeroizing::new("x".repeat(len)),
            action: true,
        };
        assert_eq!(InnerText::decode(&text.encode()).is_ok(), is_one, "{len}");
    }
}

#[test]
fn what_two_nodes_say_alone_is_read_as_it_was_written() {
    let key = DirectFrame::OneTimeKey {
        identity: [1; 32],
        key: [2; 32],
    };
    let longest = DirectFrame::Verify(vec![3; MAX_VERIFY_LEN].into());
    let sealed = DirectFrame::Sealed(vec![5; 700].into());
    for frame in [key, sealed, longest] {
        let encoded = frame.encode();
        assert!(encoded.len() <= MAX_DIRECT_LEN);
        assert_eq!(DirectFrame::decode(&encoded), Ok(Some(frame)));
    }
    let longer = DirectFrame::Verify(vec![3; MAX_VERIFY_LEN + 1].into()).encode();
    let len = MAX_VERIFY_LEN + 1;
    let most = MAX_VERIFY_LEN;
    assert_eq!(
        DirectFrame::decode(&longer),
        Err(PayloadError::TooLong { len, most })
    );
}

#[test]
fn an_odd_kind_between_two_nodes_is_passed_over_and_an_even_one_is_not() {
    let of = |kind| {
        let mut out = Vec::new();
        cbor::put_array(&mut out, 2);
        cbor::put_uint(&mut out, kind);
        cbor::put_null(&mut out);
        DirectFrame::decode(&out)
    };
    assert_eq!(of(7), Ok(None));
    assert_eq!(of(8), Err(PayloadError::UnknownKind { kind: 8 }));
}

proptest! {
    #[test]
    fn whatever_is_said_in_private_comes_out_as_it_went_in(
        text in "\\PC{1,900}",
        action: bool,
        room: Option<[u8; 16]>,
        counter: u32,
    ) {
        let to = room.map_or_else(to_bob, |room| Audience::Room(SealedRoomId(room)));
        let text = InnerText { text: Zeroizing::new(text), action };
        let mut said = inner("", to);
        said.body = text.encode();
        said.hlc.counter = counter;
        let encoded = said.encode().expect("it fits");
        let read = Inner::decode(&encoded).expect("it was written");
        prop_assert_eq!(InnerText::decode(&read.body), Ok(text));
        prop_assert_eq!(read, said);
    }

    #[test]
    fn no_bytes_make_a_reader_of_private_things_panic(bytes: Vec<u8>) {
        let _ = Inner::decode(&bytes);
        let _ = InnerText::decode(&bytes);
        let _ = DirectFrame::decode(&bytes);
        let filled = [&[0, 200][..], &bytes].concat();
        let mut filled = Bytes::from(filled).to_vec();
        filled.resize(INNER_LENGTHS[0], 0);
        let _ = Inner::decode(&filled);
    }
}
