//! What a session costs beyond its cryptography, in this process and without a network.
//!
//! - Handshakes, both ends, against bare `snow` with the same resolver and the same signatures.
//! - 16 KiB frames sealed and opened, against bare ChaCha20-Poly1305 on as many bytes.
//!
//! Fails when a ratio is below its floor.

#![expect(clippy::print_stdout, reason = "the figures are the result")]

mod bare;
mod ours;

use std::process::ExitCode;

use tazcom_session::benching::Cipher;
use tazcom_session::limits::MAX_BODY_LEN;
use tazcom_testkit::measure::{self, Figures, Side};

/// The share of the bare handshakes that sessions must reach: nearly all the time goes to the same
/// ten operations on the curve, so what is lost is lost on our own doing.
const HANDSHAKE_FLOOR: f64 = 0.9;

/// The share of the bare cipher's speed that frames must reach: what they add is a head, a queue
/// and a copy of each byte.
const THROUGHPUT_FLOOR: f64 = 0.9;

/// Turns of handshakes on each side, one handshake each.
const HANDSHAKES: usize = 1000;

/// Turns of frames on each side ...
const THROUGHPUTS: usize = 300;
/// ... and frames in each: about a millisecond.
const FRAMES: u32 = 32;

/// Bytes of a payload that fills the largest frame: a body less its head.
const PAYLOAD_LEN: usize = MAX_BODY_LEN - 5;

fn main() -> ExitCode {
    let handshakes = handshakes();
    println!(
        "handshakes, both ends        {:8.0} /s and core",
        handshakes.ours.rate()
    );
    println!(
        "snow and signatures alone    {:8.0} /s and core",
        handshakes.bare.rate()
    );
    let throughput = throughput();
    let megabytes = |side: Side| side.rate() * f64::from(FRAMES) * PLAINTEXT_MB;
    println!(
        "session, seal and open       {:8.0} MB/s",
        megabytes(throughput.ours)
    );
    println!(
        "bare cipher, seal and open   {:8.0} MB/s",
        megabytes(throughput.bare)
    );
    println!(
        "ratio session_handshakes {:.3} floor {HANDSHAKE_FLOOR} (snow and signatures alone)",
        handshakes.ratio()
    );
    println!(
        "ratio session_throughput {:.3} floor {THROUGHPUT_FLOOR} (raw ChaCha20-Poly1305)",
        throughput.ratio()
    );
    match handshakes.ratio() < HANDSHAKE_FLOOR || throughput.ratio() < THROUGHPUT_FLOOR {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

/// Megabytes the cipher goes over for the largest frame.
const PLAINTEXT_MB: f64 = 0.016_368;

fn handshakes() -> Figures {
    let mut ours = ours::Ends::new();
    let mut bare = bare::Ends::new();
    measure::in_turns(HANDSHAKES, || ours.shake_hands(), || bare.shake_hands())
}

fn throughput() -> Figures {
    let mut ours = ours::Line::new(PAYLOAD_LEN);
    let mut bare = Cipher::new();
    measure::in_turns(
        THROUGHPUTS,
        || (0..FRAMES).for_each(|_| ours.carry()),
        || (0..FRAMES).for_each(|_| bare.seal_and_open()),
    )
}
