//! What a verb needs that the repository does not hold: cargo's tools, a Python environment,
//! Debian packages. Each is installed once, when first needed, and said aloud.

mod cargo_tool;
mod debian;
mod lane;
mod python;

use anyhow::{Result, bail};

pub(crate) use self::cargo_tool::{CargoTool, cargo_tool};
pub(crate) use self::debian::debian_packages;
pub(crate) use self::lane::Lane;
pub(crate) use self::python::{PYTHON_VARIABLE, python};

/// Whether nobody is watching: then nothing may be skipped.
pub(crate) fn unattended() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// Says that something is skipped, which is an error where nothing may be.
pub(crate) fn missing(what_and_why: &str) -> Result<()> {
    if unattended() {
        bail!("{what_and_why} (nothing may be skipped when CI=true)");
    }
    eprintln!("skipped: {what_and_why}");
    Ok(())
}
