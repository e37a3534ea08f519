//! Where the workspace is, what cargo says of it, and how its programs are built.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};

use crate::shell;

/// A run that finds the command line built already says where in this variable.
pub(crate) const CLI_VARIABLE: &str = "TAZCOM_CLI";

/// The workspace's root directory.
pub(crate) fn root() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask
        .parent()
        .map_or_else(|| xtask.clone(), Path::to_path_buf)
}

/// The cargo that runs us, or the one on the path; it works in the root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// What cargo knows of the members alone, which needs no network.
pub(crate) fn members() -> Result<Metadata> {
    MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()
        .context("cargo metadata of the workspace")
}

/// The directory that builds go to.
pub(crate) fn target_dir() -> Result<PathBuf> {
    Ok(members()?.target_directory.into_std_path_buf())
}

/// The released command line: the one `TAZCOM_CLI` names, else built now.
pub(crate) fn release_cli() -> Result<PathBuf> {
    if let Some(built) = std::env::var_os(CLI_VARIABLE) {
        let built = PathBuf::from(built);
        anyhow::ensure!(
            built.is_file(),
            "{CLI_VARIABLE} names {}, no file",
            built.display()
        );
        return Ok(built);
    }
    eprintln!("Building tazcom-cli (release; the first time takes a minute or two) ...");
    shell::run(cargo().args(["build", "--release", "--package", "tazcom-cli"]))?;
    let built = target_dir()?.join("release").join("tazcom-cli");
    anyhow::ensure!(built.is_file(), "the build left no {}", built.display());
    Ok(built)
}

/// This program, to be started again. Not by the name it was started under: a build of the whole
/// workspace may have put another in that place since.
pub(crate) fn own_program() -> Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from(format!("/proc/{}/exe", std::process::id())));
    }
    std::env::current_exe().context("where this program is")
}
