//! What a test needs of the machine.
//!
//! A missing lane skips the test and says why on stderr; with `CI=true` it fails it instead, so
//! that a green run always means that everything was run.

use std::process::{Command, Stdio};

use crate::namespace::Namespace;

/// Something the machine must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Network namespaces: root, and the `ip` command.
    Namespaces,
    /// `nft`.
    Nftables,
    /// `avahi-daemon`, its command-line programs, and `dbus-daemon`.
    Avahi,
    /// `tmux`.
    Tmux,
    /// A Python with the packages the peers in Python are made of.
    Python,
}

/// Whether every one of `lanes` is open. A test that is told no returns.
///
/// # Panics
///
/// With `CI=true`, instead of telling no.
#[must_use]
pub fn open(lanes: &[Lane]) -> bool {
    let Some((lane, reason)) = lanes
        .iter()
        .find_map(|lane| lane.missing().map(|reason| (lane, reason)))
    else {
        return true;
    };
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "{lane:?} is needed where CI=true: {reason}");
    tell_skip(*lane, &reason);
    false
}

#[expect(
    clippy::print_stderr,
    reason = "a skipped test must say so to the person who runs it"
)]
fn tell_skip(lane: Lane, reason: &str) {
    eprintln!("skipped: no {lane:?} here: {reason}");
}

impl Lane {
    fn missing(self) -> Option<String> {
        match self {
            Self::Namespaces => namespaces_missing(),
            Self::Nftables => program_missing("nft", "--version"),
            Self::Avahi => [
                "avahi-daemon",
                "avahi-browse",
                "avahi-publish",
                "dbus-daemon",
            ]
            .iter()
            .find_map(|program| program_missing(program, "--version")),
            Self::Tmux => program_missing("tmux", "-V"),
            Self::Python => crate::python::interpreter().err(),
        }
    }
}

pub(crate) fn namespaces_missing() -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("network namespaces need root".to_owned());
    }
    program_missing("ip", "-V").or_else(|| Namespace::try_new().err())
}

fn program_missing(program: &str, version_flag: &str) -> Option<String> {
    let status = Command::new(program)
        .arg(version_flag)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match status {
        Ok(_) => None,
        Err(error) => Some(format!("cannot run {program}: {error}")),
    }
}
