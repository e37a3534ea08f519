//! Keeping secrets in memory out of files.

use std::io;

/// What could not be done to keep secrets out of core dumps.
#[derive(Debug, thiserror::Error)]
#[error("cannot {attempt}: {source}; secrets may get into a core dump")]
#[non_exhaustive]
pub struct HardenFailure {
    /// What was tried, a verb and its object.
    pub attempt: &'static str,
    /// What the system said.
    pub source: io::Error,
}

/// Keeps this process from leaving its memory in a file when it crashes, and on Linux others of the same
/// user from reading it while it runs. To be called before a passphrase is asked for.
///
/// What it does not do: swap and hibernation write memory to the disk, and whoever is root reads it.
///
/// Best effort: what failed is told, and the rest is done all the same.
#[cfg(unix)]
#[must_use = "what failed is worth a warning"]
pub fn harden_process() -> Vec<HardenFailure> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let mut failures = Vec::new();
    let mut note = |attempt, outcome: rustix::io::Result<()>| {
        if let Err(errno) = outcome {
            let source = errno.into();
            failures.push(HardenFailure { attempt, source });
        }
    };
    note(
        "limit core dumps to nothing",
        setrlimit(Resource::Core, none),
    );
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        let outcome = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        note("forbid core dumps", outcome);
    }
    failures
}

/// Elsewhere there is nothing that can be done from within.
#[cfg(not(unix))]
#[must_use = "what failed is worth a warning"]
pub fn harden_process() -> Vec<HardenFailure> {
    vec![HardenFailure {
        attempt: "forbid core dumps",
        source: io::ErrorKind::Unsupported.into(),
    }]
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    use super::*;

    #[test]
    fn a_hardened_process_leaves_no_core() {
        let failed = harden_process();
        assert!(failed.is_empty(), "{failed:?}");
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert_eq!(getrlimit(Resource::Core).maximum, Some(0));
        let dumpable = dumpable_behavior().unwrap();
        assert_eq!(dumpable, DumpableBehavior::NotDumpable);
    }
}
