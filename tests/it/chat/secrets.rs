//! What is said, typed and not shown stays where it belongs.

use std::fs;

use tazcom_tests::{Host, Screen, Signal, User};

use super::chat;

/// Gives the screen back.
const LEFT: &[u8] = b"\x1b[?1049l";

#[test]
fn a_passphrase_a_draft_and_what_was_said_are_neither_in_the_log_nor_in_clear_on_the_disk() {
    const PASSPHRASE: &str = "turtle elephant cake hammer apple hat";
    const SAID: &str = "the-well-is-behind-the-mill";
    const DRAFT: &str = "a-thought-that-is-not-finished";
    let host = Host::loopback();
    let ana = User::on_loopback("ana", &host);
    let mut screen = Screen::run(chat(&ana, &["--log", "trace"]), 80, 24);
    screen.shows("#lobby>");
    screen.types("/enter vault\r");
    screen.shows("passphrase");
    screen.types(PASSPHRASE);
    screen.types("\r");
    screen.shows("+vault>");
    screen.types(SAID);
    screen.types("\r");
    screen.waits_for("it is said", |contents| {
        contents.contains(SAID) && !contents.contains(&format!("> {SAID}"))
    });
    screen.types(DRAFT);
    screen.shows(DRAFT);
    screen.signal(Signal::TERM);
    screen.ends();

    let written = screen.written();
    let left = written.windows(LEFT.len()).rposition(|part| part == LEFT);
    let log = String::from_utf8_lossy(&written[left.unwrap()..]).into_owned();
    // Else this test would prove nothing.
    assert!(
        log.contains("DEBUG") || log.contains("TRACE"),
        "nothing was traced:\n{log}"
    );
    let screen = String::from_utf8_lossy(&written);
    assert!(
        !screen.contains(PASSPHRASE),
        "it was shown while it was typed"
    );
    for secret in [PASSPHRASE, SAID, DRAFT] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
        for entry in fs::read_dir(ana.data_dir()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap_or_default();
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} is in {}", path.display());
        }
    }

    let mut again = Screen::run(chat(&ana, &["+vault"]), 80, 24);
    again.shows(DRAFT);
    again.shows(SAID);
    again.signal(Signal::TERM);
    again.ends();
}
