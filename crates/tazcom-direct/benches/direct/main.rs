//! What a direct message costs beyond its cryptography, in this process and without a network.
//!
//! A message on an established pair: sent, signed as an envelope, read and verified, opened; against the
//! bare ratchet and bare signatures on as many bytes. Fails when the ratio is below its floor.

#![expect(clippy::print_stdout, reason = "the figures are the result")]

mod bare;
mod measure;
mod ours;

use std::process::ExitCode;

/// The share of the bare cryptography's speed that messages must reach: they may cost 1.3 times as much.
const FLOOR: f64 = 0.769;

/// Turns on each side ...
const TURNS: usize = 400;
/// ... and messages in each, half of what may be on its way in a ratchet.
const MESSAGES: usize = 16;

/// Bytes of a text: a sentence.
const TEXT_LEN: usize = 64;
/// Bytes that are sealed for it.
const PLAIN_LEN: usize = 256;

fn main() -> ExitCode {
    let mut pair = ours::Pair::new(TEXT_LEN);
    let mut ends = bare::Ends::new(PLAIN_LEN, pair.signed_len);
    let figures = measure::in_turns(TURNS, || pair.turn(MESSAGES), || ends.turn(MESSAGES));
    let micros = 1e6 / 16.0;
    println!("bytes that are signed        {:6}", pair.signed_len);
    println!(
        "a message, sent and opened   {:8.1} us",
        figures.ours * micros
    );
    println!(
        "ratchet and signatures alone {:8.1} us",
        figures.bare * micros
    );
    println!(
        "rows of {MESSAGES} messages, both ends {:6.1} us (not in the ratio)",
        measure::quantile(pair.rows.clone()) * 1e6
    );
    let ratio = figures.bare / figures.ours;
    println!("ratio direct_messages {ratio:.3} floor {FLOOR} (bare Olm and Ed25519)");
    match ratio < FLOOR {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}
