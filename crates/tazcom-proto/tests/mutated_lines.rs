//! A million damaged lines through decoder and parser: no panic, and memory stays where it was.
//!
//! Deterministic. Another run of it: `TAZCOM_SEED=7 cargo test -p tazcom-proto --test mutated_lines`.

use bytes::BytesMut;
use tazcom_proto::{
    Hello, LineDecoder, LineError, MAX_LINE_LEN, MAX_PEER_TEXT_LEN, Request, RequestError,
};

const LINES: u32 = 1_000_000;

/// The bytes a reader's buffer may have room for: its own start, and one doubling.
const MAX_CAPACITY: usize = 2 * MAX_LINE_LEN;

const SEEDS: [&[u8]; 10] = [
    include_bytes!("vectors/hello.line"),
    include_bytes!("vectors/hello-python.line"),
    b"{\"from\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"x\":[1,{\"y\":null}],\"type\":\"HELLO\"}\r\n",
    b"{\"type\":\"BYE\",\"from\":\"nobody\"}\n",
    b"{\"type\":\"\\u001b[2J\\ud83d\\ude00\",\"type\":1}\n",
    b"{\"type\":\"HELLO\",\"from\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp\"}\n",
    b"[[[[[[[[{\"a\":{\"a\":{\"a\":[]}}}]]]]]]]]\n",
    b"GET / HTTP/1.1\r\nHost: node\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n",
    b"ACK\n",
];

const TELLING: &[u8] = b"\n\r\0\"\\{}[]:,u \x1b\x7f\x80\xff=-_A9";

#[test]
fn a_million_mutated_lines_do_no_harm() {
    let seed = std::env::var("TAZCOM_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(20_241_102);
    // Shown when the test fails.
    show(seed);
    let mut random = Random(seed);
    let mut reader = Reader::new();
    let mut line = Vec::new();
    for _ in 0..LINES {
        line.clear();
        line.extend_from_slice(random.pick::<&[u8]>(&SEEDS));
        for _ in 0..=random.below(3) {
            mutate(&mut line, &mut random);
        }
        reader.receive(&line, &mut random);
    }
    let Tally {
        greetings,
        refused,
        too_long,
    } = reader.tally;
    assert!(greetings > LINES / 100, "{greetings} greetings got through");
    assert!(refused > LINES / 2, "{refused} lines were refused");
    assert!(too_long > LINES / 1000, "{too_long} lines were too long");
}

#[expect(clippy::print_stderr, reason = "a failure is repeated with its seed")]
fn show(seed: u64) {
    eprintln!("TAZCOM_SEED={seed}");
}

/// A server's end of one connection after the other.
struct Reader {
    decoder: LineDecoder,
    buffer: BytesMut,
    tally: Tally,
}

#[derive(Default)]
struct Tally {
    greetings: u32,
    refused: u32,
    too_long: u32,
}

impl Reader {
    fn new() -> Self {
        Self {
            decoder: LineDecoder::new(MAX_LINE_LEN),
            buffer: BytesMut::with_capacity(MAX_LINE_LEN),
            tally: Tally::default(),
        }
    }

    fn receive(&mut self, mut bytes: &[u8], random: &mut Random) {
        while !bytes.is_empty() {
            let len = bytes.len().min(1 + random.below(128));
            let len = len.min(self.decoder.room(&self.buffer));
            let (chunk, rest) = bytes.split_at(len);
            bytes = rest;
            self.buffer.extend_from_slice(chunk);
            assert!(self.buffer.len() <= MAX_LINE_LEN);
            assert!(self.buffer.capacity() <= MAX_CAPACITY);
            self.drain();
        }
    }

    fn drain(&mut self) {
        loop {
            match self.decoder.decode(&mut self.buffer) {
                Ok(Some(line)) => self.judge(&line),
                Ok(None) => return,
                Err(LineError::TooLong { .. }) => {
                    assert!(self.buffer.is_empty());
                    self.tally.too_long += 1;
                    self.decoder = LineDecoder::new(MAX_LINE_LEN);
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    fn judge(&mut self, line: &[u8]) {
        assert!(line.len() < MAX_LINE_LEN && !line.contains(&b'\n'));
        match Request::parse(line) {
            Ok(Request::Hello(hello)) => {
                self.tally.greetings += 1;
                assert_eq!(hello.encode().len(), Hello::ENCODED_LEN);
            }
            Err(error) => {
                self.tally.refused += 1;
                if let RequestError::UnknownType(name) = error {
                    assert!(name.as_str().len() <= 4 * MAX_PEER_TEXT_LEN);
                }
            }
        }
    }
}

fn mutate(line: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(line.len());
    match random.below(16) {
        0..4 => line[at] ^= 1 << random.below(8),
        4..8 => line[at] = *random.pick(TELLING),
        8..10 => line.insert(at, *random.pick(TELLING)),
        10..12 => {
            line.remove(at);
        }
        12 => line.truncate(at),
        13 => {
            let again = line[at..].to_vec();
            line.extend_from_slice(&again);
        }
        14 => line.swap(at, 0),
        // Rarely, so that lines around the limit are met without taking all the time.
        _ if random.below(8) == 0 => {
            let filler = *random.pick(TELLING);
            let len = MAX_LINE_LEN - 100 + random.below(140);
            line.splice(at..at, std::iter::repeat_n(filler, len));
        }
        _ => {}
    }
    if line.is_empty() {
        line.push(b'\n');
    }
}

/// SplitMix64: small, quick without optimisation, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`, which is small: the bias does not matter.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or_default() % bound.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
