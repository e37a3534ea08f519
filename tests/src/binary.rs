//! Where the program under test is.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use rustix::fs::{FlockOperation, flock};

/// The path of `tazcom-cli`: what `TAZCOM_CLI` says, else one built now, in the profile of the
/// tests themselves.
pub(crate) fn tazcom_cli() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| match std::env::var_os("TAZCOM_CLI") {
        Some(path) => PathBuf::from(path),
        None => once_a_run("tazcom-cli", build),
    })
}

/// `target/`, or wherever the tests were built to.
pub(crate) fn target_directory() -> PathBuf {
    let profile = profile_directory();
    profile
        .parent()
        .expect("a profile's directory is inside target/")
        .to_owned()
}

/// Does `work` in one process of a test run, while the others wait: nextest runs every test as a
/// process of its own. All are told the path that `work` made.
pub(crate) fn once_a_run(name: &str, work: impl FnOnce() -> PathBuf) -> PathBuf {
    let directory = target_directory().join("tmp");
    fs::create_dir_all(&directory).expect("target/ is writable");
    let note = directory.join(format!("{name}.made"));
    let lock = File::create(directory.join(format!("{name}.lock"))).expect("target/ is writable");
    flock(&lock, FlockOperation::LockExclusive).expect("a lock on our own file");
    let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| std::process::id().to_string());
    if let Ok(text) = fs::read_to_string(&note)
        && let Some((noted_run, path)) = text.split_once('\n')
        && noted_run == run
    {
        return PathBuf::from(path);
    }
    let path = work();
    fs::write(&note, format!("{run}\n{}", path.display())).expect("target/ is writable");
    path
}

fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let profile = profile_directory();
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "tazcom-cli"]);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    if profile.ends_with("release") {
        command.arg("--release");
    }
    let status = command.status().expect("cargo runs");
    assert!(status.success(), "{command:?} failed: {status}");
    profile.join("tazcom-cli")
}

fn profile_directory() -> PathBuf {
    let executable = std::env::current_exe().expect("the system tells our own path");
    let deps = executable
        .parent()
        .expect("a test is in target/<profile>/deps");
    deps.parent()
        .expect("a test is in target/<profile>/deps")
        .to_owned()
}
