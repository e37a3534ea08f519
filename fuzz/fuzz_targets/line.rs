//! A stranger's bytes, in chunks of any size, through the line decoder and the parsers.

#![no_main]

use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use tazcom_proto::{Hello, LineDecoder, LineError, MAX_LINE_LEN, Reply, Request};

/// Characters in the longest error: a peer's text and the sentence round it.
const MAX_ERROR_LEN: usize = 200;

// The first byte gives the sizes of the chunks, the rest is the stream.
fuzz_target!(|input: &[u8]| {
    let Some((&chunking, stream)) = input.split_first() else {
        return;
    };
    let whole = read(stream, |_| usize::MAX);
    let chunked = read(stream, |turn| {
        usize::from(chunking).wrapping_mul(turn + 1) % 131 + 1
    });
    assert_eq!(whole, chunked);
    for line in &whole.0 {
        judge(line);
    }
});

type Outcome = (Vec<Bytes>, Option<LineError>);

/// All lines of the stream, read in chunks of `size(turn)` bytes, and what ended them.
fn read(mut stream: &[u8], size: impl Fn(usize) -> usize) -> Outcome {
    let mut decoder = LineDecoder::new(MAX_LINE_LEN);
    let mut buffer = BytesMut::new();
    let mut lines = Vec::new();
    let mut turn = 0;
    while !stream.is_empty() {
        let len = size(turn).min(decoder.room(&buffer)).min(stream.len());
        assert!(len > 0, "there is room after every decode");
        turn += 1;
        buffer.extend_from_slice(&stream[..len]);
        stream = &stream[len..];
        assert!(buffer.len() <= MAX_LINE_LEN);
        loop {
            match decoder.decode(&mut buffer) {
                Ok(Some(line)) => lines.push(line),
                Ok(None) => break,
                Err(error) => {
                    assert!(buffer.is_empty());
                    return (lines, Some(error));
                }
            }
        }
    }
    (lines, None)
}

fn judge(line: &[u8]) {
    assert!(line.len() < MAX_LINE_LEN);
    assert!(!line.contains(&b'\n'));
    match Request::parse(line) {
        Ok(Request::Hello(hello)) => {
            let encoded = hello.encode();
            assert_eq!(encoded.len(), Hello::ENCODED_LEN);
            let again = Request::parse(&encoded[..encoded.len() - 1]);
            assert_eq!(again, Ok(Request::Hello(hello)));
        }
        Err(error) => printable(&error.to_string()),
    }
    if let Err(error) = Reply::parse(line) {
        printable(&error.to_string());
    }
}

fn printable(text: &str) {
    assert!(text.chars().count() <= MAX_ERROR_LEN);
    assert!(!text.chars().any(char::is_control));
}
