//! What reading a HELLO costs, against what `serde_json` alone needs for the same bytes.
//!
//! Both sides run in turns in the same process, so that a busy machine slows both. The median of
//! many turns counts. Fails when the ratio is below its floor.

#![expect(clippy::print_stdout, reason = "the figures are the result")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use bytes::BytesMut;
use serde::Deserialize;
use tazcom_identity::NodeId;
use tazcom_proto::{Hello, LineDecoder, MAX_LINE_LEN, Request};

/// Turns of each side. Odd, so that there is a median.
const TURNS: usize = 401;
/// Calls in a turn: long enough for the clock, short enough to interleave.
const CALLS: u32 = 2_000;
/// The share of bare `serde_json`'s speed that reading a HELLO must reach.
const FLOOR: f64 = 0.8;

/// What the bare side reads: the same two strings, borrowed, nothing checked or decoded.
#[derive(Deserialize)]
struct Bare<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    from: &'a str,
}

fn main() -> ExitCode {
    let hello = Hello {
        from: NodeId::from_bytes(std::array::from_fn(|i| (i as u8).wrapping_mul(37))),
    };
    let encoded = hello.encode();
    let line = encoded.trim_ascii_end();

    let mut bare = Vec::with_capacity(TURNS);
    let mut parse = Vec::with_capacity(TURNS);
    let mut stream = Vec::with_capacity(TURNS);
    let mut encode = Vec::with_capacity(TURNS);
    let mut decoder = LineDecoder::new(MAX_LINE_LEN);
    for _ in 0..TURNS {
        bare.push(nanoseconds(|| {
            let value: Bare<'_> = serde_json::from_slice(black_box(line)).expect("it is JSON");
            black_box((value.kind, value.from));
        }));
        parse.push(nanoseconds(|| {
            black_box(Request::parse(black_box(line)).expect("it is a request"));
        }));
        stream.push(nanoseconds(|| {
            let mut buffer = BytesMut::from(black_box(&encoded[..]));
            let line = decoder.decode(&mut buffer).ok().flatten();
            black_box(Request::parse(&line.expect("it is a line")).expect("it is a request"));
        }));
        encode.push(nanoseconds(|| {
            black_box(black_box(&hello).encode());
        }));
    }

    let bare = median(bare);
    let parse = median(parse);
    println!("bare serde_json, 2 borrowed strings  {bare:7.1} ns");
    println!("Request::parse, id decoded           {parse:7.1} ns");
    println!(
        "buffer, LineDecoder, Request::parse  {:7.1} ns",
        median(stream)
    );
    println!(
        "Hello::encode                        {:7.1} ns",
        median(encode)
    );
    let ratio = bare / parse;
    println!("ratio hello_decode {ratio:.2} floor {FLOOR} (bare serde_json)");
    if ratio < FLOOR {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Nanoseconds a call takes, on the average of one turn.
fn nanoseconds(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}
