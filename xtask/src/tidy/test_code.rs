//! A test waits for an event and takes any free port.

use super::Finding;
use super::tree::SourceFile;

/// The port of multicast DNS is the protocol's, not the test's.
const PROTOCOL_PORTS: [u32; 1] = [5353];

pub(super) fn no_sleep_and_no_fixed_port(file: &SourceFile) -> Vec<Finding> {
    let Some(from) = first_test_line(file) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (number, line) in file.lines().filter(|(number, _)| *number >= from) {
        let code = line.split("//").next().unwrap_or(line);
        if sleeps(code) {
            let message = "a test that sleeps is slow and still fails: wait for the event";
            findings.push(Finding::failure(file.at(number), message));
        }
        if let Some(port) = fixed_port(code) {
            let message = format!("port {port} may be taken: bind port 0 and ask which it was");
            findings.push(Finding::failure(file.at(number), message));
        }
    }
    findings
}

/// The line from which a file is test code: 1 for a test file, that of the first inline test
/// module otherwise (which by habit is the last thing in its file), none where there is none.
fn first_test_line(file: &SourceFile) -> Option<usize> {
    if !file.is_rust() {
        return None;
    }
    let in_test_directory = file.path.split('/').any(|part| part == "tests");
    if in_test_directory || file.name() == "tests.rs" {
        return Some(1);
    }
    let mut marked = false;
    for (number, line) in file.lines() {
        let line = line.trim();
        if marked && line.starts_with("mod ") && line.ends_with('{') {
            return Some(number);
        }
        marked = line == "#[cfg(test)]" || (marked && line.starts_with("#["));
    }
    None
}

/// Whether the line calls a function named `sleep` or one like it.
fn sleeps(code: &str) -> bool {
    ["sleep(", "sleep_until(", "sleep_ms("].iter().any(|call| {
        code.match_indices(call).any(|(at, _)| {
            let before = code.get(..at).and_then(|head| head.chars().next_back());
            let a_word_of_its_own = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
            a_word_of_its_own && !code.trim_start().starts_with("fn ")
        })
    })
}

/// A port that is written out where a socket is bound.
fn fixed_port(code: &str) -> Option<u32> {
    let (_, bound) = code.split_once("bind(")?;
    bound
        .match_indices([':', ','])
        .filter_map(|(at, _)| {
            let rest = bound.get(at + 1..)?.trim_start();
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            // A hexadecimal group of an IPv6 address goes on with a colon.
            let after = rest
                .get(digits.len()..)
                .and_then(|tail| tail.chars().next());
            let ends = after.is_some_and(|c| matches!(c, '"' | ')' | '_' | ' '));
            digits.parse::<u32>().ok().filter(|port| ends && *port != 0)
        })
        .find(|port| !PROTOCOL_PORTS.contains(port))
}
