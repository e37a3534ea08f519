//! What came out of a seal, and what two nodes say to each other alone.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tazcom_proto::direct::{DirectFrame, MAX_VERIFY_LEN};
use tazcom_proto::inner::{Inner, InnerText};
use tazcom_proto::limits::{INNER_LENGTHS, MAX_TEXT_LEN};

fuzz_target!(|input: &[u8]| {
    if let Ok(inner) = Inner::decode(input) {
        assert!(INNER_LENGTHS.contains(&input.len()));
        let again = inner.encode().expect("it was as long before");
        // Fields that are not known are passed over, and not written again.
        let read = Inner::decode(&again).expect("it was written");
        assert_eq!(read, inner);
        if let Ok(text) = InnerText::decode(&inner.body) {
            assert!((1..=MAX_TEXT_LEN).contains(&text.text.len()));
        }
    }
    if let Ok(Some(frame)) = DirectFrame::decode(input) {
        assert_eq!(frame.encode(), input, "there is one encoding");
        if let DirectFrame::Verify(step) = frame {
            assert!(step.len() <= MAX_VERIFY_LEN);
        }
    }
});
