//! A payload of kind Gossip, as a link could write it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tazcom_proto::Envelope;
use tazcom_proto::limits::{MAX_ENVELOPE_LEN, MAX_IHAVES};
use tazcom_proto::mesh::MeshFrame;

fuzz_target!(|input: &[u8]| {
    let Ok(Some(frame)) = MeshFrame::decode(input) else {
        return;
    };
    assert_eq!(frame.encode(), input, "there is one encoding");
    match frame {
        MeshFrame::Gossip { envelope, .. } => {
            assert!(envelope.len() <= MAX_ENVELOPE_LEN);
            if let Ok(read) = Envelope::decode(envelope.clone()) {
                assert_eq!(read.bytes(), &envelope);
            }
        }
        MeshFrame::IHave(list) => assert!(list.len() <= MAX_IHAVES),
        _ => {}
    }
});
