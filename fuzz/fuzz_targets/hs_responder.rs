//! A stranger's bytes to a responder. Without cryptography, so that a fuzzer gets past message 1.
//!
//! The first byte gives the chunks. In the rest, `0x01` at the front asks for an honest message 1
//! before it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tazcom_fuzz::{Crypto, START, chunks, initiator, responder, sent};
use tazcom_session::{HandshakeOutput, Input};

fuzz_target!(|input: &[u8]| {
    let Some((&chunking, stream)) = input.split_first() else {
        return;
    };
    let whole = answer(stream, None);
    assert_eq!(whole, answer(stream, Some(chunking)));
});

/// What the responder answers and how it ends, given the stream at once or in chunks.
fn answer(stream: &[u8], chunking: Option<u8>) -> (Vec<u8>, HandshakeOutput) {
    let mut end = responder(Crypto::Fake);
    let mut stream = stream;
    if let Some((&1, rest)) = stream.split_first() {
        let call = sent(&mut initiator(Crypto::Fake));
        end.handle(*START, Input::Received(&call));
        stream = rest;
    }
    match chunking {
        None => end.handle(*START, Input::Received(stream)),
        Some(chunking) => {
            for chunk in chunks(stream, chunking) {
                end.handle(*START, Input::Received(chunk));
            }
        }
    }
    let answer = sent(&mut end);
    assert!(
        answer.is_empty() || answer.len() == 194,
        "message 2 or nothing"
    );
    let output = end.poll_output();
    if let HandshakeOutput::Failed(error) = output {
        assert!(!error.to_string().contains('\n'));
        assert!(end.finish(*START).is_err());
    }
    (answer, output)
}
