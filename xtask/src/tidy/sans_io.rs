//! A state machine takes time, randomness and bytes; it never fetches them.

use super::Finding;
use super::tree::SourceFile;

/// Where the state machines live.
const MACHINES: [&str; 10] = [
    "crates/tazcom-proto/src/",
    "crates/tazcom-session/src/",
    "crates/tazcom-chat/src/",
    "crates/tazcom-gossip/src/",
    "crates/tazcom-direct/src/",
    "crates/tazcom-group/src/",
    "crates/tazcom-trust/src/",
    "crates/tazcom-discovery/src/engine",
    "crates/tazcom-tui/src/app",
    "crates/tazcom-tui/src/view",
];

/// What would make one depend on the machine that runs it.
const FETCHED: [(&str, &str); 8] = [
    ("Instant::now", "time is an input"),
    ("SystemTime::now", "time is an input"),
    (".elapsed()", "time is an input"),
    ("getrandom::", "randomness is passed in at construction"),
    ("tokio::", "the driver waits, not the machine"),
    ("std::net::UdpSocket", "bytes are an input"),
    ("std::net::Tcp", "bytes are an input"),
    ("thread::spawn", "a machine does not spawn"),
];

pub(super) fn no_clock_and_no_socket(file: &SourceFile) -> Vec<Finding> {
    let machine = MACHINES.iter().any(|place| file.path.starts_with(place));
    // A test begins from some instant, which only the clock can give.
    let test = file.name() == "tests.rs" || file.path.contains("/tests/");
    if !machine || test || !file.is_rust() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let product = file
        .lines()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]");
    for (number, line) in product {
        let code = line.split("//").next().unwrap_or(line);
        for (fetched, reason) in FETCHED {
            if code.contains(fetched) {
                let message = format!("`{fetched}` in a state machine: {reason}");
                findings.push(Finding::failure(file.at(number), message));
            }
        }
    }
    findings
}
