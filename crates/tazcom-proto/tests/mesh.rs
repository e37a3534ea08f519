//! Payloads of kind Gossip: one encoding, limits, and no panic.

use proptest::prelude::*;
use tazcom_proto::limits::{MAX_ENVELOPE_LEN, MAX_IHAVES, MAX_MESH_LEN};
use tazcom_proto::mesh::{IHave, MeshFrame};
use tazcom_proto::{MessageId, PayloadError, cbor};

fn id(n: u32) -> MessageId {
    MessageId::of(&n.to_be_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn frame() -> impl Strategy<Value = MeshFrame> {
    let one = (any::<u32>(), any::<u16>()).prop_map(|(n, round)| IHave { id: id(n), round });
    prop_oneof![
        (any::<u16>(), prop::collection::vec(any::<u8>(), 0..300)).prop_map(|(round, bytes)| {
            MeshFrame::Gossip {
                round,
                envelope: bytes.into(),
            }
        }),
        Just(MeshFrame::Prune),
        (prop::option::of(any::<u32>()), any::<u16>()).prop_map(|(n, round)| MeshFrame::Graft {
            id: n.map(id),
            round,
        }),
        prop::collection::vec(one, 0..MAX_IHAVES).prop_map(MeshFrame::IHave),
    ]
}

/// As the frozen vectors have them, in this order.
fn frozen() -> Vec<MeshFrame> {
    let id = id(1);
    vec![
        MeshFrame::Gossip {
            round: 3,
            envelope: b"an envelope".to_vec().into(),
        },
        MeshFrame::Prune,
        MeshFrame::Graft {
            id: Some(id),
            round: 300,
        },
        MeshFrame::Graft { id: None, round: 0 },
        MeshFrame::IHave(vec![IHave { id, round: 2 }]),
    ]
}

#[test]
fn frames_are_these_bytes() {
    let lines: Vec<String> = frozen().iter().map(|frame| hex(&frame.encode())).collect();
    assert_eq!(lines.join("\n"), include_str!("vectors/mesh.hex").trim());
}

#[test]
fn the_longest_of_each_is_within_the_limit_and_one_more_is_not() {
    let gossip = |len| MeshFrame::Gossip {
        round: u16::MAX,
        envelope: vec![7; len].into(),
    };
    let longest = gossip(MAX_ENVELOPE_LEN).encode();
    assert!(longest.len() <= MAX_MESH_LEN);
    assert!(MeshFrame::decode(&longest).is_ok());
    let refused = MeshFrame::decode(&gossip(MAX_ENVELOPE_LEN + 1).encode());
    assert!(matches!(refused, Err(PayloadError::TooLong { .. })));
    let ihave = |count| {
        MeshFrame::IHave(vec![
            IHave {
                id: id(1),
                round: u16::MAX,
            };
            count
        ])
    };
    assert!(MeshFrame::decode(&ihave(MAX_IHAVES).encode()).is_ok());
    let refused = MeshFrame::decode(&ihave(MAX_IHAVES + 1).encode());
    assert!(matches!(
        refused,
        Err(PayloadError::TooMany { count: 129, .. })
    ));
    let refused = MeshFrame::decode(&vec![0; MAX_MESH_LEN + 1]);
    assert!(matches!(refused, Err(PayloadError::TooLong { .. })));
}

#[test]
fn an_odd_kind_is_skipped_and_an_even_one_is_not() {
    let of_kind = |kind| {
        let mut bytes = Vec::new();
        cbor::put_array(&mut bytes, 2);
        cbor::put_uint(&mut bytes, kind);
        cbor::put_text(&mut bytes, "whatever");
        bytes
    };
    assert_eq!(MeshFrame::decode(&of_kind(9)), Ok(None));
    let refused = MeshFrame::decode(&of_kind(8));
    assert_eq!(refused, Err(PayloadError::UnknownKind { kind: 8 }));
    let mut trailing = of_kind(9);
    trailing.push(0);
    assert!(MeshFrame::decode(&trailing).is_err());
}

#[test]
fn a_round_has_two_bytes() {
    let mut bytes = Vec::new();
    cbor::put_array(&mut bytes, 2);
    cbor::put_uint(&mut bytes, 4);
    cbor::put_array(&mut bytes, 2);
    cbor::put_null(&mut bytes);
    cbor::put_uint(&mut bytes, 65_536);
    assert!(MeshFrame::decode(&bytes).is_err());
}

#[test]
fn nothing_of_an_envelope_is_shown() {
    let frame = MeshFrame::Gossip {
        round: 1,
        envelope: b"secret".to_vec().into(),
    };
    assert_eq!(format!("{frame:?}"), "Gossip { round: 1, len: 6, .. }");
}

proptest! {
    #[test]
    fn a_frame_is_read_as_it_was_written(frame in frame()) {
        let bytes = frame.encode();
        prop_assert_eq!(MeshFrame::decode(&bytes).unwrap(), Some(frame));
    }

    #[test]
    fn no_other_bytes_are_the_same_frame(frame in frame(), at: prop::sample::Index, to: u8) {
        let mut bytes = frame.encode();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        if let Ok(Some(other)) = MeshFrame::decode(&bytes) {
            prop_assert_ne!(&other, &frame);
            prop_assert_eq!(other.encode(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        if let Ok(Some(frame)) = MeshFrame::decode(&bytes) {
            prop_assert_eq!(frame.encode(), bytes);
        }
    }
}
