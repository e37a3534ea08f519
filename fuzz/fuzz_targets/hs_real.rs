//! Both ends of a handshake with real cryptography, and one change to one message.
//!
//! Three bytes: which message, at which place, which bits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tazcom_fuzz::{Crypto, START, initiator, responder, sent};
use tazcom_session::{HandshakeOutput, Input};

fuzz_target!(|input: [u8; 3]| {
    let [which, at, bits] = input;
    let mut ends = [initiator(Crypto::Real), responder(Crypto::Real)];
    for (turn, from) in [0, 1, 0].into_iter().enumerate() {
        let mut message = sent(&mut ends[from]);
        if message.is_empty() {
            break;
        }
        if turn == usize::from(which) % 3 {
            let at = usize::from(at) % message.len();
            message[at] ^= bits;
        }
        ends[1 - from].handle(*START, Input::Received(&message));
    }
    let authenticated = matches!(ends[1].poll_output(), HandshakeOutput::Authenticated(_));
    assert_eq!(
        authenticated,
        bits == 0,
        "a changed message is noticed, an honest one taken"
    );
});
