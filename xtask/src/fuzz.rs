//! `fuzz`: cargo-fuzz on the targets of `fuzz/Cargo.toml`, on a stable compiler.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{MetadataCommand, TargetKind};

use crate::provision::CargoTool;
use crate::{provision, shell, workspace};

/// For each target in a smoke run, after its corpus.
const SMOKE_SECONDS: u32 = 6;

/// For each target otherwise.
const SECONDS: u32 = 60;

/// One input of more than this is not what the limits of the wire are about.
const MOST_BYTES: u32 = 65_536;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The target; all of them when none is named
    target: Option<String>,
    /// Build every target, replay its corpus, and fuzz it for 6 s
    #[arg(long, conflicts_with = "target")]
    smoke: bool,
    /// Seconds for each target [default: 60, in a smoke run 6]
    #[arg(long, value_name = "S")]
    seconds: Option<u32>,
}

impl Args {
    pub(crate) const fn smoke() -> Self {
        Self {
            target: None,
            smoke: true,
            seconds: None,
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    provision::cargo_tool(CargoTool::Fuzz)?;
    let mut targets = targets()?;
    if let Some(wanted) = &args.target {
        let known = targets.join(", ");
        targets.retain(|target| target == wanted);
        ensure!(
            !targets.is_empty(),
            "no fuzz target `{wanted}`; there are: {known}"
        );
    }
    let seconds = args
        .seconds
        .unwrap_or(if args.smoke { SMOKE_SECONDS } else { SECONDS });
    let build = workspace::target_dir()?.join("fuzz");
    // All before the first is run, so that one that does not compile is known at once.
    for target in &targets {
        shell::run(
            cargo_fuzz("build")?
                .arg("--target-dir")
                .arg(&build)
                .arg(target),
        )?;
    }
    for target in &targets {
        fuzz(target, &build, seconds)?;
    }
    Ok(())
}

/// The names of the fuzz targets.
fn targets() -> Result<Vec<String>> {
    let manifest = workspace::root().join("fuzz").join("Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(&manifest)
        .no_deps()
        .exec()
        .with_context(|| format!("cargo metadata of {}", manifest.display()))?;
    let targets = metadata
        .packages
        .iter()
        .flat_map(|package| &package.targets);
    let binaries = targets.filter(|target| target.kind.contains(&TargetKind::Bin));
    let names: Vec<String> = binaries.map(|target| target.name.clone()).collect();
    ensure!(!names.is_empty(), "{} names no target", manifest.display());
    Ok(names)
}

/// What is found goes to a corpus under the target directory; the seeds in the repository are
/// read first and never written to.
fn fuzz(target: &str, build: &PathBuf, seconds: u32) -> Result<()> {
    let found = build.join("corpus").join(target);
    std::fs::create_dir_all(&found).with_context(|| format!("making {}", found.display()))?;
    let mut command = cargo_fuzz("run")?;
    command
        .arg("--target-dir")
        .arg(build)
        .arg(target)
        .arg(&found);
    let seeds = workspace::root().join("fuzz").join("corpus").join(target);
    if seeds.is_dir() {
        command.arg(seeds);
    }
    // Without this each input that reaches something new is a line of its own.
    command.args(["--", "-verbosity=0", "-print_final_stats=1"]);
    command.arg(format!("-max_total_time={seconds}"));
    shell::run(command.arg(format!("-max_len={MOST_BYTES}")))
}

/// The flags of a sanitizer are for a nightly compiler, or for one that is told it is one.
fn cargo_fuzz(verb: &str) -> Result<Command> {
    let mut command = workspace::cargo();
    command.args(["fuzz", verb]);
    let version = Command::new("rustc")
        .arg("--version")
        .output()
        .context("asking rustc")?;
    if !String::from_utf8_lossy(&version.stdout).contains("nightly") {
        command.env("RUSTC_BOOTSTRAP", "1");
    }
    Ok(command)
}
