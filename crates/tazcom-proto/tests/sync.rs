//! Payloads of kind Sync: one encoding, limits, and no panic.

use std::net::SocketAddr;

use proptest::prelude::*;
use tazcom_identity::NodeId;
use tazcom_proto::limits::{
    MAX_RECONCILE_LEN, MAX_SYNC_ENVELOPES, MAX_SYNC_ENVELOPES_LEN, MAX_SYNC_IDS, MAX_SYNC_LEN,
    MAX_TOLD_ADDRESSES, MAX_TOLD_PEERS, MAX_TRACE_PATH,
};
use tazcom_proto::sync::{Status, SyncFrame, ToldPeer, UnlinkReason};
use tazcom_proto::{MessageId, PayloadError, UnixMillis, cbor};

fn id(n: u32) -> MessageId {
    MessageId::of(&n.to_be_bytes())
}

fn node(n: u8) -> NodeId {
    NodeId::from_bytes([n; 32])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn told(n: u8, addresses: usize) -> ToldPeer {
    let address: SocketAddr = match n.is_multiple_of(2) {
        true => ([192, 0, 2, n], 40_000).into(),
        false => ([0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(n)], 40_000).into(),
    };
    ToldPeer {
        id: node(n),
        addresses: vec![address; addresses],
    }
}

fn status(answer: bool) -> SyncFrame {
    SyncFrame::Status(Status {
        wall: UnixMillis(1_790_000_000_000),
        floor: UnixMillis(1),
        fingerprint: [9; 16],
        answer,
    })
}

/// One of each kind. The frozen vectors have them in this order.
fn each() -> Vec<SyncFrame> {
    let message = vec![0x61, 0, 0, 2, 0];
    vec![
        status(false),
        status(true),
        SyncFrame::Link { chosen: true },
        SyncFrame::Unlink(UnlinkReason::Slow),
        SyncFrame::Reconcile {
            run: 77,
            floor: UnixMillis(5),
            message: message.clone().into(),
        },
        SyncFrame::ReconcileReply {
            run: 77,
            message: message.into(),
        },
        SyncFrame::Refuse { run: 77 },
        SyncFrame::Done { run: 77 },
        SyncFrame::Offer(vec![id(1)]),
        SyncFrame::Want {
            number: 3,
            ids: vec![id(1)],
        },
        SyncFrame::Envelopes {
            number: 3,
            last: true,
            envelopes: vec![b"an envelope".to_vec().into()],
        },
        SyncFrame::Peers(vec![told(2, 1), told(3, 1)]),
        SyncFrame::Trace {
            token: 4,
            target: node(9),
            path: vec![node(1)],
        },
        SyncFrame::TraceReply {
            token: 4,
            reached: true,
            path: vec![node(1), node(9)],
        },
    ]
}

#[test]
fn frames_are_these_bytes_and_these_bytes_are_frames() {
    let lines: Vec<String> = each().iter().map(|frame| hex(&frame.encode())).collect();
    assert_eq!(lines.join("\n"), include_str!("vectors/sync.hex").trim());
    for frame in each() {
        assert_eq!(SyncFrame::decode(&frame.encode()), Ok(Some(frame)));
    }
}

/// As many as allowed are read, and one more is not.
fn limit(most: usize, frame: impl Fn(usize) -> SyncFrame) {
    let longest = frame(most).encode();
    assert!(longest.len() <= MAX_SYNC_LEN);
    assert_eq!(SyncFrame::decode(&longest), Ok(Some(frame(most))));
    let refused = SyncFrame::decode(&frame(most + 1).encode());
    assert!(matches!(
        refused,
        Err(PayloadError::TooMany { .. } | PayloadError::TooLong { .. })
    ));
}

#[test]
fn each_limit_holds() {
    limit(MAX_SYNC_IDS, |count| SyncFrame::Offer(vec![id(1); count]));
    limit(MAX_SYNC_IDS, |count| SyncFrame::Want {
        number: u64::MAX,
        ids: vec![id(1); count],
    });
    limit(MAX_RECONCILE_LEN, |len| SyncFrame::Reconcile {
        run: u64::MAX,
        floor: UnixMillis(u64::MAX),
        message: vec![1; len].into(),
    });
    limit(MAX_RECONCILE_LEN, |len| SyncFrame::ReconcileReply {
        run: u64::MAX,
        message: vec![1; len].into(),
    });
    let envelopes = |count, len| SyncFrame::Envelopes {
        number: u64::MAX,
        last: false,
        envelopes: vec![vec![1; len].into(); count],
    };
    limit(MAX_SYNC_ENVELOPES, |count| envelopes(count, 100));
    limit(MAX_SYNC_ENVELOPES_LEN / 6000, |count| {
        envelopes(count, 6000)
    });
    limit(8192, |len| envelopes(1, len));
    limit(MAX_TOLD_PEERS, |count| {
        SyncFrame::Peers(vec![told(3, MAX_TOLD_ADDRESSES); count])
    });
    limit(MAX_TOLD_ADDRESSES, |count| {
        SyncFrame::Peers(vec![told(3, count)])
    });
    limit(MAX_TRACE_PATH, |count| SyncFrame::Trace {
        token: u64::MAX,
        target: node(1),
        path: vec![node(2); count],
    });
    limit(MAX_TRACE_PATH, |count| SyncFrame::TraceReply {
        token: u64::MAX,
        reached: false,
        path: vec![node(2); count],
    });
    let refused = SyncFrame::decode(&vec![0; MAX_SYNC_LEN + 1]);
    assert!(matches!(refused, Err(PayloadError::TooLong { .. })));
}

#[test]
fn a_status_may_say_more_one_day_and_must_say_this_much_today() {
    let with = |fields: &[(u64, Option<u64>)]| {
        let mut out = Vec::new();
        cbor::put_array(&mut out, 2);
        cbor::put_uint(&mut out, 0);
        cbor::put_map(&mut out, fields.len());
        for (key, value) in fields {
            cbor::put_uint(&mut out, *key);
            match value {
                Some(value) => cbor::put_uint(&mut out, *value),
                None => cbor::put_bytes(&mut out, &[9; 16]),
            }
        }
        SyncFrame::decode(&out)
    };
    let (wall, floor, print) = ((1, Some(1)), (2, Some(2)), (3, None));
    assert!(with(&[wall, floor, print]).is_ok());
    assert!(with(&[wall, floor, print, (7, Some(1))]).is_ok());
    let unknown = with(&[wall, floor, print, (8, Some(1))]);
    assert_eq!(unknown, Err(PayloadError::UnknownField { key: 8 }));
    assert!(
        with(&[wall, floor, print, (5, Some(0))]).is_err(),
        "said in one way only"
    );
    for missing in [&[floor, print][..], &[wall, print], &[wall, floor]] {
        assert!(matches!(with(missing), Err(PayloadError::Missing { .. })));
    }
}

#[test]
fn an_unknown_reason_is_as_good_as_any() {
    let frame = SyncFrame::Unlink(UnlinkReason::Other(700));
    assert_eq!(SyncFrame::decode(&frame.encode()), Ok(Some(frame)));
}

#[test]
fn what_is_neither_address_is_refused() {
    let mut bytes = SyncFrame::Peers(vec![told(2, 1)]).encode();
    // The length of the address, behind `[20, [[id, [[`.
    let at = bytes.iter().position(|byte| *byte == 0x44).unwrap();
    bytes[at] = 0x43;
    assert!(SyncFrame::decode(&bytes).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        if let Ok(Some(frame)) = SyncFrame::decode(&bytes) {
            // A status may hold what this version skips.
            if !matches!(frame, SyncFrame::Status(_)) {
                prop_assert_eq!(frame.encode(), bytes);
            }
        }
    }

    #[test]
    fn a_changed_frame_is_another_or_none(which in 0..14_usize, at: prop::sample::Index, to: u8) {
        let frame = &each()[which];
        let mut bytes = frame.encode();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        if let Ok(Some(other)) = SyncFrame::decode(&bytes) {
            prop_assert_ne!(&other, frame);
        }
    }
}
