//! Comparing emoji with a peer that says whatever the input says, and codes that somebody types.
//!
//! Again and again: a byte that chooses what happens, a byte that gives the number of bytes that follow,
//! and as many.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use tazcom_fuzz::START;
use tazcom_identity::NodeId;
use tazcom_trust::uri::Uri;
use tazcom_trust::words::Words;
use tazcom_trust::{Input, Output, Verifications};

fuzz_target!(|input: &[u8]| {
    let (me, peer) = (NodeId::from_bytes([1; 32]), NodeId::from_bytes([2; 32]));
    if let Ok(typed) = str::from_utf8(input) {
        if let Ok(Uri(id)) = typed.parse::<Uri>() {
            assert_eq!(Uri(id).to_string().parse::<Uri>().map(|uri| uri.0), Ok(id));
        }
        if Words::of(&me).compare(typed).is_ok() {
            assert!(!typed.is_empty());
        }
    }
    let binding = [7; 32];
    let mut now = *START;
    let mut comparing = Verifications::new(me, [3; 32]);
    let mut rest = input;
    while let [what, len, bytes @ ..] = rest {
        let (bytes, more) = bytes.split_at(bytes.len().min(usize::from(*len)));
        rest = more;
        let step = match what % 6 {
            0 => Input::Start { peer, binding },
            1 => Input::Answer { peer },
            2 | 3 => Input::Frame {
                peer,
                binding,
                frame: bytes.to_vec().into(),
            },
            4 => Input::Cancel { peer },
            _ => {
                now += Duration::from_secs(u64::from(*len));
                Input::Timeout
            }
        };
        comparing.handle(now, step);
        loop {
            match comparing.poll_output() {
                Output::Wait(_) => break,
                // The person here has confirmed nothing.
                Output::Verified { .. } => panic!("nobody has compared anything"),
                _ => {}
            }
        }
    }
});
