//! `deny`: what may be depended on. `deny.toml` holds the rules and says why, but for one that
//! [`generations`] holds.

mod generations;

use anyhow::{Context, Result, ensure};

use self::generations::Lock;
use crate::provision::CargoTool;
use crate::{provision, shell, workspace};

/// The product with its tests and tools, and what is fuzzed: to be the same cryptography.
/// The bench of libp2p brings its own, and is in no product.
const LOCKS: [&str; 2] = ["Cargo.lock", "fuzz/Cargo.lock"];

/// The advisory check is left out: its database is fetched at every run, and the gate must also
/// pass on a network that reaches nothing but a package registry.
const CHECKS: [&str; 3] = ["bans", "licenses", "sources"];

pub(crate) fn run() -> Result<()> {
    for lock in LOCKS {
        one_generation(lock).with_context(|| lock.to_owned())?;
    }
    provision::cargo_tool(CargoTool::Deny)?;
    shell::run(
        workspace::cargo()
            .args(["deny", "--all-features", "check", "--hide-inclusion-graph"])
            .args(CHECKS),
    )
}

fn one_generation(lock: &str) -> Result<()> {
    let path = workspace::root().join(lock);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let crowds: Vec<String> = Lock::parse(&text)?
        .crowds()
        .iter()
        .map(ToString::to_string)
        .collect();
    ensure!(
        crowds.is_empty(),
        "more than one generation of a cryptography crate:\n  {}",
        crowds.join("\n  ")
    );
    println!("deny: {lock} has one generation of each cryptography crate");
    Ok(())
}
