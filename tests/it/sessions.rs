//! Sessions between real nodes: what crosses the wire, and two hosts with one key.

use std::fs;
use std::time::Duration;

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Capture, Host, SOON, Signal, raw_id};
use tempfile::TempDir;

use crate::{LOOPBACK, on_loopback};

/// Long enough for the refused to come back several times.
const A_WHILE: Duration = Duration::from_secs(12);

/// Two nodes meet, greet, ping and part, and everything that crossed is looked at.
#[test]
fn nothing_readable_crosses_the_wire_but_the_preamble() {
    if !lane::open(&[Lane::Namespaces]) {
        return;
    }
    let host = Host::new();
    let mut capture = Capture::start(&host);
    let mut anna = on_loopback("anna")
        .calls_itself("anna the quick")
        .spawn(&host);
    let mut bert = on_loopback("bert")
        .calls_itself("bert the brown")
        .spawn(&host);
    anna.meets(&mut bert);
    assert_eq!(
        anna.says("session_up", bert.id(), SOON).text("name"),
        "bert the brown"
    );
    let ids = [anna.id().to_owned(), bert.id().to_owned()];
    bert.end(Signal::TERM, SOON);
    anna.loses(&ids[1], SOON);
    anna.end(Signal::TERM, SOON);

    // None so short that ciphertext has it by chance.
    let texts = [
        "the quick",
        "the brown",
        "HELLO",
        "ACK\n",
        "\"from\"",
        "{\"type\"",
    ];
    let mut secrets: Vec<Vec<u8>> = texts.map(|text| text.as_bytes().to_vec()).into();
    for id in &ids {
        secrets.push(id.as_bytes().to_vec());
        secrets.push(id.as_bytes()[..8].to_vec());
        secrets.push(raw_id(id).to_vec());
    }
    let conversations = capture.conversations();
    assert!(!conversations.is_empty(), "nothing was heard");
    for ((from, to), conversation) in &conversations {
        let said = conversation.said.strip_prefix(b"TAZCOM/2\n");
        let said = said.unwrap_or_else(|| panic!("{from} said no preamble to {to}"));
        // A handshake, a greeting and a goodbye at least.
        assert!(said.len() > 34 + 162 + 2 * 66, "{} bytes", said.len());
        assert!(conversation.answered.len() > 194 + 2 * 66);
        for bytes in [said, &conversation.answered] {
            for secret in &secrets {
                let found = bytes.windows(secret.len()).any(|window| window == secret);
                assert!(!found, "{} crossed", String::from_utf8_lossy(secret));
            }
        }
    }
}

#[test]
fn a_second_host_with_a_copied_key_is_refused_and_told_of_and_the_first_stays() {
    let host = Host::loopback();
    let mut anna = on_loopback("anna").discovery("none").spawn(&host);
    let addr = anna.at(LOOPBACK);
    let (first_dir, second_dir) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let bert = || on_loopback("bert").discovery("none").peer(addr);
    let mut first = bert().data_dir(first_dir.path()).spawn(&host);
    let id = first.id().to_owned();
    anna.is_in_session_with(&id);
    // What is begun at the same moment counts as opened from both sides.
    anna.expect_none("it goes on", Duration::from_secs(6), |event| {
        event.is_about("session_down", &id)
    });

    fs::copy(
        first_dir.path().join("node.key"),
        second_dir.path().join("node.key"),
    )
    .unwrap();
    let mut second = bert().data_dir(second_dir.path()).spawn(&host);
    assert_eq!(second.id(), id);
    let warning = anna.warns("two_hosts", SOON);
    assert_eq!(warning.text("id"), id);
    anna.mark();
    first.mark();
    let ended = |event: &tazcom_tests::Event| event.name() == "session_down";
    anna.expect_none("the first one stays", A_WHILE, ended);
    first.expect_none("the first one stays", Duration::from_millis(100), ended);
    let came = second.count(|event| event.name() == "session_up");
    assert!(
        came <= 8,
        "it comes back less and less often, not {came} times"
    );
}
