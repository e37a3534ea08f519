//! A stranger's answer to an initiator. Without cryptography.
//!
//! The first byte gives the chunks. `0x01` at the front of the rest asks for an honest message 2,
//! changed at the place and by the bits that the next two bytes tell.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tazcom_fuzz::{Crypto, START, chunks, initiator, responder, responder_id, sent};
use tazcom_session::{HandshakeError, HandshakeOutput, Input};

fuzz_target!(|input: &[u8]| {
    let Some((&chunking, stream)) = input.split_first() else {
        return;
    };
    let mut one = initiator(Crypto::Fake);
    let call = sent(&mut one);
    let mut answer = Vec::new();
    let mut honest = false;
    let mut stream = stream;
    if let [1, at, bits, rest @ ..] = stream {
        let mut other = responder(Crypto::Fake);
        other.handle(*START, Input::Received(&call));
        answer = sent(&mut other);
        let at = usize::from(*at) % answer.len();
        answer[at] ^= bits;
        honest = *bits == 0;
        stream = rest;
    }
    answer.extend_from_slice(stream);
    for chunk in chunks(&answer, chunking) {
        one.handle(*START, Input::Received(chunk));
    }
    let confirmation = sent(&mut one);
    match one.poll_output() {
        HandshakeOutput::Authenticated(peer) => {
            assert!(
                honest && peer == responder_id(),
                "only the honest answer counts"
            );
            assert_eq!(confirmation.len(), 162);
        }
        HandshakeOutput::Failed(HandshakeError::TooEarly) => assert!(honest),
        HandshakeOutput::Failed(_) => {
            assert!(!honest, "the honest answer is taken");
            assert!(confirmation.is_empty(), "our id did not leave");
        }
        output => assert!(!honest, "{output:?}"),
    }
});
