//! What the log never says, however much it is asked to say.

use std::fmt::Write as _;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tazcom_tests::line::{Dial, exchange};
use tazcom_tests::{Host, SOON, Signal};
use tempfile::TempDir;

use crate::{LOOPBACK, on_loopback};

/// Enough of a secret to be no coincidence: 12 bytes as base64.
const TELLING: usize = 16;

#[test]
fn a_log_at_trace_holds_no_secret() {
    let host = Host::loopback();
    let directory = TempDir::new().unwrap();
    let mut anna = on_loopback("anna")
        .data_dir(directory.path())
        .log("trace")
        .spawn(&host);
    let mut bert = on_loopback("bert").log("trace").spawn(&host);
    anna.meets(&mut bert);
    exchange(&host, anna.at(LOOPBACK), b"{HELLO}\n");
    let mut broken = Dial::new(&host, anna.at(LOOPBACK));
    broken.send(b"{");
    broken.reset();
    bert.end(Signal::TERM, SOON);
    anna.loses(bert.id(), SOON);
    anna.end(Signal::TERM, SOON);

    let file = fs::read_to_string(directory.path().join("node.key")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&file).unwrap();
    let seed = STANDARD
        .decode(json["signing_key"].as_str().unwrap())
        .unwrap();
    assert_eq!(seed.len(), 32);

    let log = anna.log();
    // Else this test would prove nothing.
    assert!(
        log.contains("[TRACE]") || log.contains("[DEBUG]"),
        "nothing was traced:\n{log}"
    );
    let said: String = anna
        .events()
        .iter()
        .map(|event| format!("{event}\n"))
        .collect();
    for form in forms(&seed) {
        assert!(!log.contains(&form), "the secret key is in the log");
        assert!(!said.contains(&form), "the secret key is among the events");
    }
}

/// The ways in which bytes end up in a text.
fn forms(seed: &[u8]) -> Vec<String> {
    let (mut lower, mut upper, mut list) = (String::new(), String::new(), String::new());
    for byte in &seed[..TELLING / 2] {
        let _ = write!(lower, "{byte:02x}");
        let _ = write!(upper, "{byte:02X}");
        let _ = write!(list, "{byte}, ");
    }
    let standard = STANDARD.encode(seed)[..TELLING].to_owned();
    let url = URL_SAFE_NO_PAD.encode(seed)[..TELLING].to_owned();
    vec![lower, upper, list, standard, url]
}
