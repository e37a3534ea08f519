//! Lines are the same however they arrive, and none is longer than the limit.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use tazcom_proto::{LineDecoder, LineError, MAX_LINE_LEN};

const TOO_LONG: LineError = LineError::TooLong {
    limit: MAX_LINE_LEN,
};

fn decoder() -> LineDecoder {
    LineDecoder::new(MAX_LINE_LEN)
}

/// What a careful reader gets from `chunks`: all lines, and the error that ended them.
///
/// Reads no more than there is room for, and checks that nothing more is ever held.
fn read<'a>(
    limit: usize,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Bytes>, Option<LineError>) {
    let mut decoder = LineDecoder::new(limit);
    let mut buffer = BytesMut::new();
    let mut lines = Vec::new();
    for mut chunk in chunks {
        while !chunk.is_empty() {
            let (read, rest) = chunk.split_at(decoder.room(&buffer).min(chunk.len()));
            assert!(!read.is_empty(), "there is always room after a decode");
            chunk = rest;
            buffer.extend_from_slice(read);
            assert!(buffer.len() <= limit);
            loop {
                match decoder.decode(&mut buffer) {
                    Ok(Some(line)) => lines.push(line),
                    Ok(None) => break,
                    Err(error) => return (lines, Some(error)),
                }
            }
        }
    }
    (lines, None)
}

/// What the limit means, said the slow way.
fn expected(limit: usize, stream: &[u8]) -> (Vec<Bytes>, Option<LineError>) {
    let mut lines = Vec::new();
    let mut rest = stream;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        if end >= limit {
            break;
        }
        lines.push(Bytes::copy_from_slice(&rest[..end]));
        rest = &rest[end + 1..];
    }
    let error = (rest.len() >= limit).then_some(LineError::TooLong { limit });
    (lines, error)
}

#[test]
fn a_line_of_exactly_the_limit_is_accepted() {
    let mut line = vec![b'x'; MAX_LINE_LEN - 1];
    line.push(b'\n');
    let mut buffer = BytesMut::from(&line[..]);
    let decoded = decoder().decode(&mut buffer);
    assert_eq!(
        decoded,
        Ok(Some(Bytes::from(line[..MAX_LINE_LEN - 1].to_vec())))
    );
    assert!(buffer.is_empty());
}

#[test]
fn a_line_of_one_byte_more_is_refused() {
    let mut line = vec![b'x'; MAX_LINE_LEN];
    line.push(b'\n');
    let mut buffer = BytesMut::from(&line[..]);
    assert_eq!(decoder().decode(&mut buffer), Err(TOO_LONG));
}

#[test]
fn a_line_is_refused_before_its_newline_can_come() {
    let mut buffer = BytesMut::from(&[b'x'; MAX_LINE_LEN - 1][..]);
    let mut decoder = decoder();
    assert_eq!(decoder.decode(&mut buffer), Ok(None));
    assert_eq!(decoder.room(&buffer), 1);
    buffer.extend_from_slice(b"x");
    assert_eq!(decoder.room(&buffer), 0);
    assert_eq!(decoder.decode(&mut buffer), Err(TOO_LONG));
}

#[test]
fn a_decoder_that_failed_keeps_nothing_and_stays_failed() {
    let mut decoder = decoder();
    let mut buffer = BytesMut::from(&[b'x'; 2 * MAX_LINE_LEN][..]);
    assert_eq!(decoder.decode(&mut buffer), Err(TOO_LONG));
    assert!(buffer.is_empty());
    buffer.extend_from_slice(b"an honest line\n");
    assert_eq!(decoder.decode(&mut buffer), Err(TOO_LONG));
    assert!(buffer.is_empty());
}

#[test]
fn lines_before_the_one_that_is_too_long_are_still_read() {
    let stream = [b"one\ntwo\n".as_slice(), &[b'x'; MAX_LINE_LEN]].concat();
    let (lines, error) = read(MAX_LINE_LEN, [stream.as_slice()]);
    assert_eq!(lines, ["one", "two"]);
    assert_eq!(error, Some(TOO_LONG));
}

#[test]
fn several_lines_in_one_chunk_come_one_by_one() {
    let mut buffer = BytesMut::from("one\n\nthree\nfo");
    let mut decoder = decoder();
    assert_eq!(decoder.decode(&mut buffer), Ok(Some("one".into())));
    assert_eq!(decoder.decode(&mut buffer), Ok(Some("".into())));
    assert_eq!(decoder.decode(&mut buffer), Ok(Some("three".into())));
    assert_eq!(decoder.decode(&mut buffer), Ok(None));
    assert_eq!(buffer, "fo");
}

#[test]
fn a_carriage_return_stays_with_the_line() {
    let mut buffer = BytesMut::from("ACK\r\n");
    assert_eq!(decoder().decode(&mut buffer), Ok(Some("ACK\r".into())));
}

#[test]
fn a_line_is_split_off_and_not_copied() {
    let mut buffer = BytesMut::from("ACK\n");
    let start = buffer.as_ptr();
    let line = decoder().decode(&mut buffer).ok().flatten();
    assert_eq!(line.map(|line| line.as_ptr()), Some(start));
}

#[test]
fn the_error_names_the_limit() {
    assert_eq!(TOO_LONG.to_string(), "line longer than 1024 bytes");
}

/// Streams with lines around a small limit, so that both sides of it are common.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![6 => Just(b'x'), 1 => Just(b'\n'), 1 => any::<u8>()];
    proptest::collection::vec(byte, 0..200)
}

fn cut<'a>(stream: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    cuts.extend([0, stream.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|ends| &stream[ends[0]..ends[1]])
        .collect()
}

proptest! {
    #[test]
    fn any_split_of_any_stream_decodes_the_same(
        stream in stream(),
        cuts: Vec<usize>,
        limit in 1usize..40,
    ) {
        let expected = expected(limit, &stream);
        prop_assert_eq!(&read(limit, [stream.as_slice()]), &expected);
        prop_assert_eq!(&read(limit, stream.chunks(1)), &expected);
        prop_assert_eq!(&read(limit, cut(&stream, &cuts)), &expected);
    }

    #[test]
    fn a_reader_who_ignores_the_room_gets_the_same(stream in stream(), limit in 1usize..40) {
        let mut decoder = LineDecoder::new(limit);
        let mut buffer = BytesMut::from(&stream[..]);
        let mut lines = Vec::new();
        let error = loop {
            match decoder.decode(&mut buffer) {
                Ok(Some(line)) => lines.push(line),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        prop_assert_eq!((lines, error), expected(limit, &stream));
    }

    #[test]
    fn nothing_over_the_limit_is_accepted_and_nothing_within_it_refused(
        len in 0usize..3 * MAX_LINE_LEN,
        chunk in 1usize..2 * MAX_LINE_LEN,
    ) {
        let mut stream = vec![b'x'; len];
        stream.push(b'\n');
        let (lines, error) = read(MAX_LINE_LEN, stream.chunks(chunk));
        if stream.len() <= MAX_LINE_LEN {
            prop_assert_eq!(lines, [&stream[..len]]);
            prop_assert_eq!(error, None);
        } else {
            prop_assert!(lines.is_empty());
            prop_assert_eq!(error, Some(TOO_LONG));
        }
    }
}
