//! Peers in Python: a POC-02 node on python-zeroconf, and a second implementation of sessions.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::SOON;
use crate::binary::{once_a_run, target_directory};
use crate::host::Host;
use crate::process::Process;

const PACKAGES: [&str; 4] = ["zeroconf", "pynacl", "noiseprotocol", "cryptography"];
const IMPORTS: &str = "import zeroconf.asyncio, nacl.signing, noise.connection, cryptography";
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/python/");

/// A running Python peer. Its events are `started`, `found`, `removed`, `hello_sent`, `ack`,
/// `hello_received`, `line_received` and `error`.
#[derive(Debug)]
pub struct PythonPeer {
    process: Process,
    id: String,
    _host: Host,
}

impl PythonPeer {
    /// Starts one on `host`, on the interface with `address`, and waits until it is announced.
    ///
    /// # Panics
    ///
    /// Without [`crate::lane::Lane::Python`], or when it does not come up.
    #[must_use]
    pub fn spawn(name: &str, host: &Host, address: Ipv4Addr) -> Self {
        let address = address.to_string();
        let mut process = python_script(name, host, "poc02_peer.py", &["--address", &address]);
        let started = process.wait_for("started", SOON, |event| event.name() == "started");
        Self {
            id: started.text("id").to_owned(),
            process,
            _host: host.clone(),
        }
    }

    /// Its node id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl std::ops::Deref for PythonPeer {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl std::ops::DerefMut for PythonPeer {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}

/// Starts one of the Python programs beside the interoperability tests. Each prints one JSON object
/// a line.
///
/// # Panics
///
/// Without [`crate::lane::Lane::Python`].
#[must_use]
pub fn python_script(name: &str, host: &Host, script: &str, arguments: &[&str]) -> Process {
    let interpreter = interpreter().expect("the test checked for Python");
    let mut command = host.command(interpreter);
    command.arg("-u").arg(format!("{SCRIPTS}{script}"));
    Process::spawn(name, command.args(arguments))
}

/// The interpreter: what `TAZCOM_PYTHON` says, else one with a virtual environment under
/// `target/`, made when it is missing. An error says why there is none.
pub(crate) fn interpreter() -> Result<PathBuf, String> {
    static INTERPRETER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let find = || {
        if let Some(path) = std::env::var_os("TAZCOM_PYTHON") {
            return has_packages(Path::new(&path)).map(|()| PathBuf::from(path));
        }
        let mut made = Ok(());
        let path = once_a_run("python-venv", || {
            let environment = target_directory().join("python-venv");
            let interpreter = environment.join("bin/python");
            if has_packages(&interpreter).is_err() {
                made = make_environment(&environment, &interpreter);
            }
            interpreter
        });
        made?;
        has_packages(&path).map(|()| path)
    };
    INTERPRETER.get_or_init(find).clone()
}

fn make_environment(environment: &Path, interpreter: &Path) -> Result<(), String> {
    succeed(
        Command::new("python3")
            .args(["-m", "venv"])
            .arg(environment),
    )?;
    succeed(
        Command::new(interpreter)
            .args(["-m", "pip", "install", "--quiet"])
            .args(PACKAGES),
    )
}

fn has_packages(interpreter: &Path) -> Result<(), String> {
    succeed(Command::new(interpreter).args(["-c", IMPORTS]))
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{command:?}: {}",
        complaint.lines().last().unwrap_or("failed")
    ))
}
