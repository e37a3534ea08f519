//! A payload of kind Sync, as a peer could write it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tazcom_proto::limits::{MAX_SYNC_ENVELOPES_LEN, MAX_SYNC_IDS};
use tazcom_proto::sync::SyncFrame;

fuzz_target!(|input: &[u8]| {
    let Ok(Some(frame)) = SyncFrame::decode(input) else {
        return;
    };
    let again = frame.encode();
    match &frame {
        // It may hold fields that are skipped.
        SyncFrame::Status(_) => assert!(again.len() <= input.len()),
        _ => assert_eq!(again, input, "there is one encoding"),
    }
    assert_eq!(SyncFrame::decode(&again), Ok(Some(frame.clone())));
    match frame {
        SyncFrame::Offer(ids) | SyncFrame::Want { ids, .. } => assert!(ids.len() <= MAX_SYNC_IDS),
        SyncFrame::Envelopes { envelopes, .. } => {
            let len: usize = envelopes.iter().map(|envelope| envelope.len()).sum();
            assert!(len <= MAX_SYNC_ENVELOPES_LEN);
        }
        _ => {}
    }
});
