//! What a message in a private room of 64 costs beyond its cryptography.
//!
//! - Said: sealed for all and signed, against bare Megolm and a signature over as many bytes.
//! - Heard: verified and opened, against a bare verification and Megolm.
//!
//! Fails when a ratio is below its floor, or when a message takes more than one encryption.

#![expect(clippy::print_stdout, reason = "the figures are the result")]

mod bare;
mod ours;

use std::process::ExitCode;

use tazcom_testkit::measure;

/// The share of the bare cryptography that saying and hearing must reach: no more than 1.3 times its
/// time, for what is filled up, encoded, checked and noted around it.
const FLOOR: f64 = 0.77;

/// Turns on each side ...
const TURNS: usize = 400;
/// ... and messages in each: about half a millisecond.
const MESSAGES: u32 = 8;

/// Members of the room.
const MEMBERS: usize = 64;

fn main() -> ExitCode {
    let mut ours = ours::Room::new(MEMBERS);
    let mut bare = bare::Pair::new(ours.sealed_len());
    let said = measure::in_turns(
        TURNS,
        || (0..MESSAGES).for_each(|_| ours.say()),
        || (0..MESSAGES).for_each(|_| bare.say()),
    );
    // Each message is heard once; enough for all turns lie there.
    let heard = measure::in_turns(
        TURNS,
        || (0..MESSAGES).for_each(|_| ours.hear()),
        || (0..MESSAGES).for_each(|_| bare.hear()),
    );
    let each = |side: measure::Side| 1e6 / side.rate() / f64::from(MESSAGES);
    println!(
        "said, room of {MEMBERS}      {:8.1} us a message",
        each(said.ours)
    );
    println!(
        "bare Megolm, signed    {:8.1} us a message",
        each(said.bare)
    );
    println!(
        "heard                  {:8.1} us a message",
        each(heard.ours)
    );
    println!(
        "bare, verified         {:8.1} us a message",
        each(heard.bare)
    );
    let key = ours.rotate();
    println!("figure room_rotation {key:.0} us a new key for {MEMBERS}");
    let ratios = [("room_said", said.ratio()), ("room_heard", heard.ratio())];
    for (name, ratio) in ratios {
        println!("ratio {name} {ratio:.3} floor {FLOOR} (bare vodozemac and ed25519)");
    }
    match ratios.iter().any(|(_, ratio)| *ratio < FLOOR) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}
