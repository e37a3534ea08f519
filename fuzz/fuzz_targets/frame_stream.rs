//! Plaintexts of a peer that is authenticated and means harm, and bytes between its frames.
//!
//! The first byte gives the chunks. Then, again and again: a byte that chooses between a sealed
//! body (even) and bytes as they are (odd), a byte that gives their number, and as many bytes.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use tazcom_fuzz::{Crypto, START, chunks, connected};
use tazcom_session::limits::MAX_PAYLOAD_LEN;
use tazcom_session::{End, Event, Input, SessionOutput, fuzzing};

fuzz_target!(|input: &[u8]| {
    let Some((&chunking, mut script)) = input.split_first() else {
        return;
    };
    let [mut victim, mut liar] = connected(Crypto::Fake);
    let mut stream = Vec::new();
    while let SessionOutput::Send(welcome) = liar.poll_output() {
        stream.extend_from_slice(&welcome);
    }
    while let [how, len, rest @ ..] = script {
        let (bytes, after) = rest.split_at(usize::from(*len).min(rest.len()));
        script = after;
        match how % 2 {
            0 => stream.extend_from_slice(&fuzzing::seal(&mut liar, bytes)),
            _ => stream.extend_from_slice(bytes),
        }
    }
    let whole = hear(connected(Crypto::Fake)[0..1].as_mut(), &[&stream]);
    let cut: Vec<&[u8]> = chunks(&stream, chunking).collect();
    assert_eq!(hear(std::slice::from_mut(&mut victim), &cut), whole);
});

/// Everything the session put out, and how it ended.
fn hear(
    victim: &mut [tazcom_session::Session],
    stream: &[&[u8]],
) -> (Vec<Bytes>, Vec<Event>, Option<End>) {
    let victim = &mut victim[0];
    let (mut sent, mut events, mut end) = (Vec::new(), Vec::new(), None);
    for bytes in stream {
        victim.handle(*START, Input::Received(bytes));
        loop {
            match victim.poll_output() {
                SessionOutput::Send(frame) => sent.push(frame),
                SessionOutput::Event(event) => events.push(event),
                SessionOutput::Ended(how) => {
                    end = Some(how);
                    break;
                }
                _ => break,
            }
        }
    }
    for event in &events {
        if let Event::Received(_, bytes) = event {
            assert!(bytes.len() <= MAX_PAYLOAD_LEN);
        }
    }
    (sent, events, end)
}
