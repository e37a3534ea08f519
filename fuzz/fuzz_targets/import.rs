//! A file that somebody brings to be imported.
//!
//! The first byte gives the size of the chunks in which it is read, the rest is the file.

#![no_main]

use std::io::BufReader;

use libfuzzer_sys::fuzz_target;
use tazcom_proto::{Envelope, VerifiedEnvelope};
use tazcom_store::{BadLine, ImportLines};

/// Characters in the longest error: a peer's text and the sentence round it.
const MAX_ERROR_LEN: usize = 300;

fuzz_target!(|input: &[u8]| {
    let Some((&chunking, file)) = input.split_first() else {
        return;
    };
    let whole = read(file, file.len());
    assert_eq!(whole, read(file, usize::from(chunking) + 1));
    let lines = file.split(|byte| *byte == b'\n').count();
    assert!(whole.len() <= lines);
    for line in whole {
        match line {
            Ok(message) => {
                let again = Envelope::decode(message.bytes().clone()).expect("it was decoded");
                assert!(again.verify().is_ok(), "nothing comes in unsigned");
            }
            Err(bad) => {
                assert!(bad.number >= 1 && bad.number <= lines as u64);
                let told = bad.to_string();
                assert!(told.chars().count() <= MAX_ERROR_LEN, "{told}");
                assert!(!told.chars().any(char::is_control), "{told:?}");
            }
        }
    }
});

fn read(file: &[u8], chunk: usize) -> Vec<Result<VerifiedEnvelope, BadLine>> {
    let lines = ImportLines::new(BufReader::with_capacity(chunk.max(1), file));
    lines
        .map(|line| line.expect("memory does not fail"))
        .collect()
}
