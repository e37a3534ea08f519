//! The bytes on the wire, which never change.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use tazcom_identity::NodeId;
use tazcom_proto::{Hello, Reply, Request};

const HELLO: &[u8] = include_bytes!("vectors/hello.line");
/// As `json.dumps` of the Python node writes it.
const HELLO_PYTHON: &[u8] = include_bytes!("vectors/hello-python.line");
const ACK: &[u8] = include_bytes!("vectors/ack.line");
const ERROR: &[u8] = include_bytes!("vectors/error.line");

/// The public key of RFC 8032 section 7.1, test 1.
fn hello() -> Hello {
    let from: NodeId = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        .parse()
        .unwrap();
    Hello { from }
}

#[test]
fn a_hello_is_these_bytes() {
    assert_eq!(hello().encode(), HELLO);
    assert_eq!(HELLO.len(), Hello::ENCODED_LEN);
}

#[test]
fn these_bytes_are_a_hello() {
    for bytes in [HELLO, HELLO_PYTHON] {
        let line = bytes.strip_suffix(b"\n").unwrap();
        assert_eq!(Request::parse(line), Ok(Request::Hello(hello())));
    }
}

#[test]
fn the_replies_are_these_bytes() {
    for (reply, bytes) in [(Reply::Ack, ACK), (Reply::Error, ERROR)] {
        assert_eq!(reply.as_bytes(), bytes);
        let line = bytes.strip_suffix(b"\n").unwrap();
        assert_eq!(Reply::parse(line), Ok(reply));
    }
}
