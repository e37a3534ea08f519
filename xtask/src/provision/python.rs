//! The Python environment of the interoperability tests, under the target directory.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{shell, workspace};

/// Tells the tests which Python has the packages below.
pub(crate) const PYTHON_VARIABLE: &str = "TAZCOM_PYTHON";

/// What a Python peer is made of. Exact, so that a run next year tests against the same peer.
const REQUIREMENTS: [&str; 4] = [
    "zeroconf==0.154.0",
    "pynacl==1.6.2",
    "noiseprotocol==0.3.1",
    "cryptography==50.0.2",
];

/// The environment's interpreter; the environment is made when it is not there, and made anew
/// when the requirements have changed.
pub(crate) fn python() -> Result<PathBuf> {
    let home = workspace::target_dir()?.join("python");
    let interpreter = home.join("bin").join("python");
    let stamp = home.join("requirements.txt");
    let wanted = REQUIREMENTS.join("\n");
    if interpreter.exists() && fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(interpreter);
    }
    let system = shell::find("python3").context("there is no python3 on this machine")?;
    eprintln!("Making a Python environment in {} ...", home.display());
    shell::run(
        Command::new(system)
            .args(["-m", "venv", "--clear"])
            .arg(&home),
    )
    .context("no environment could be made (on Debian: the package python3-venv)")?;
    let mut install = Command::new(&interpreter);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    shell::run(install.args(REQUIREMENTS)).context("its packages could not be installed")?;
    // Written last: an environment without it is half made.
    fs::write(&stamp, wanted).with_context(|| format!("writing {}", stamp.display()))?;
    Ok(interpreter)
}
